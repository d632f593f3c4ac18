//! One live Earmark of this program: what is wished, what is heard, from where, and who is told. The window and
//! `earmark listen` are two ways to look at it.

use std::io;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::Ordering::Relaxed;

use earmark_models::Registry;
use earmark_session::{Instance, Report, Settings, Wishes};

use crate::decode::DecodeError;
use crate::input::ears::Hearing;
use crate::input::feed::Shared;
use crate::input::keeper::{Keeper, State, Status, Wish};
use crate::input::player::{Player, Speed};
use crate::input::tape::Tape;
use crate::output::line::{self, Line, Totals};
use crate::output::teller::{Outputs, Teller};

/// Where the sound comes from now.
pub(crate) enum Source {
    /// From nowhere.
    None,
    /// From an input of the machine.
    Input(Keeper),
    /// From a file.
    File(Player),
}

/// A live Earmark.
pub(crate) struct Live {
    /// What is wished.
    pub(crate) settings: Arc<Settings>,
    /// What is heard.
    pub(crate) instance: Arc<Instance>,
    /// What was heard.
    pub(crate) tape: Tape,
    /// Gain and counts of the input.
    pub(crate) shared: Arc<Shared>,
    /// Who is told.
    pub(crate) teller: Teller,
    source: Source,
}

impl Live {
    /// Listens to nothing yet; `repaint` is called whenever there is something new, on the worker's thread.
    ///
    /// # Errors
    /// When the system gives no thread.
    pub(crate) fn new(
        settings: Arc<Settings>,
        gain_db: f32,
        outputs: Outputs,
        repaint: impl Fn() + Send + Sync + 'static,
    ) -> io::Result<Self> {
        let (waker, beginning) = Teller::prepare();
        let instance = Arc::new(Instance::with_repaint(settings.clone(), move || {
            waker.wake();
            repaint();
        }));
        let teller = Teller::start(beginning, &instance, outputs)?;
        Ok(Self {
            settings,
            instance,
            tape: Tape::new(0.0),
            shared: Arc::new(Shared::new(gain_db)),
            teller,
            source: Source::None,
        })
    }

    /// Where the sound comes from.
    pub(crate) fn source(&self) -> &Source {
        &self.source
    }

    /// Listens to an input from now on; `tell` is called with every change of how it is.
    ///
    /// # Errors
    /// When the system gives no thread.
    pub(crate) fn listen(&mut self, wish: Wish, tell: impl Fn(&Status) + Send + 'static) -> io::Result<()> {
        self.stop();
        let mouth = self.teller.mouth();
        let told = move |status: &Status| {
            mouth_of(status).into_iter().for_each(&mouth);
            tell(status);
        };
        let hearing = Hearing::new(&self.instance, &self.tape);
        self.source = Source::Input(Keeper::start(wish, Arc::clone(&self.shared), hearing, Box::new(told))?);
        Ok(())
    }

    /// Plays a file from now on.
    ///
    /// # Errors
    /// When it cannot be decoded.
    pub(crate) fn play(&mut self, path: &Path, speed: Speed) -> Result<(), DecodeError> {
        self.stop();
        let player = Player::start(path, speed, Hearing::new(&self.instance, &self.tape))?;
        self.teller.tell(line::running(&path.display().to_string(), player.spec()));
        self.source = Source::File(player);
        Ok(())
    }

    /// Listens to nothing from now on; what was heard so far is heard to its end.
    pub(crate) fn stop(&mut self) {
        // Dropping it is what stops it.
        if !matches!(std::mem::replace(&mut self.source, Source::None), Source::None) {
            self.teller.stopped();
        }
    }

    /// Stops, finishes a recording, and tells the end; what was counted, `last` being how it was before.
    ///
    /// # Errors
    /// When the recording cannot be finished, in words.
    pub(crate) fn end(mut self, last: Option<&Report>) -> Result<(), String> {
        let starts = match &self.source {
            Source::Input(keeper) => keeper.status().starts,
            Source::File(_) => 1,
            Source::None => 0,
        };
        self.stop();
        let finished = self.tape.stop();
        let counters = last.map(|report| report.counters).unwrap_or_default();
        self.teller.end(Totals {
            source_s: last.map_or(0.0, |report| report.source_s),
            dropped: counters.dropped,
            gaps: counters.gaps,
            scrubbed: counters.scrubbed,
            skipped: last.map_or(0, |report| report.view.skipped),
            errors: self.shared.errors(),
            overruns: self.shared.overruns(),
            starts,
            ..Totals::default()
        });
        finished
    }

    /// Whether nobody reads standard output any more.
    pub(crate) fn is_unread(&self) -> bool {
        self.teller.stats().unread.load(Relaxed)
    }
}

/// The labels of the models that are wished: what can be followed, waited for, and have a threshold.
pub(crate) fn labels(settings: &Settings) -> Vec<String> {
    let (tags, added) = (settings.choice().tags, settings.state().added());
    let ids = std::iter::once(tags).chain(added.iter().map(|id| &**id));
    let cards = ids.filter_map(|id| Registry::global().card(id));
    let mut labels: Vec<String> = Vec::new();
    for label in cards.flat_map(|card| &card.labels) {
        if !labels.contains(label) {
            labels.push(label.clone());
        }
    }
    labels
}

/// What is told of an input.
fn mouth_of(status: &Status) -> Option<Line> {
    match &status.state {
        State::Running { device, spec } => Some(line::running(device, *spec)),
        State::Waiting(trouble) => Some(line::waiting(&trouble.to_string(), trouble.way_out())),
        State::Opening | State::Stopped => None,
    }
}
