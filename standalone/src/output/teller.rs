//! Tells everything that is heard to whoever is to be told, on a thread of its own, in order and without loss.
//!
//! It follows the instance's time line, so an output that is slow for a while is told later, and none delays the worker.

use std::io::{self, Write};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant};

use crossbeam_channel::{Receiver, RecvTimeoutError, Sender, unbounded};
use earmark_dsp::Timeline;
#[cfg(feature = "link")]
use earmark_models::Outcome;
use earmark_models::Registry;
use earmark_session::outputs::MidiFrame;
use earmark_session::{Instance, Status, TimelineEntry};

use super::line::{self, Line, Totals};
use super::log::Log;
use super::midi::{Midi, Say};
use super::web::Web;
use crate::reactions::Reactions;

/// How often it looks even when nobody woke it.
const LOOK: Duration = Duration::from_millis(250);

/// Whoever hears nothing for so long, not even silence, hears no music.
const QUIET: Duration = Duration::from_secs(3);

/// Who is told.
#[derive(Default)]
pub(crate) struct Outputs {
    /// Standard output, a JSON object a line.
    pub(crate) lines: bool,
    /// A rolling log.
    pub(crate) log: Option<Log>,
    /// Browsers.
    pub(crate) web: Option<Web>,
    /// MIDI.
    pub(crate) midi: Option<Midi>,
    /// Ableton Link.
    #[cfg(feature = "link")]
    pub(crate) link: Option<super::link::Link>,
    /// What is done about it.
    pub(crate) reactions: Reactions,
}

/// Changes who is told; gives what is to be told about it.
type Change = Box<dyn FnOnce(&mut Outputs) -> Vec<Line> + Send>;

/// What the thread is told.
enum Word {
    Heard,
    Line(Line),
    Change(Change),
    Stopped,
    End(Totals),
}

/// Wakes the teller: given to the instance, and called on the worker's thread.
#[derive(Clone)]
pub(crate) struct Waker {
    words: Sender<Word>,
    pending: Arc<AtomicBool>,
}

impl Waker {
    /// There is something new.
    pub(crate) fn wake(&self) {
        if !self.pending.swap(true, Ordering::AcqRel) {
            // Without a thread there is nobody to wake.
            let _ = self.words.send(Word::Heard);
        }
    }
}

/// How it goes, for whoever shows it.
#[derive(Debug, Default)]
pub(crate) struct TellerStats {
    /// Predictions told.
    pub(crate) predictions: AtomicU64,
    /// Predictions that were dropped from the time line before they were told.
    pub(crate) missed: AtomicU64,
    /// Lines that an output did not take.
    pub(crate) lost: AtomicU64,
    /// Whether nobody reads standard output any more.
    pub(crate) unread: AtomicBool,
}

/// The thread, until [`Teller::end`] or until it is dropped.
pub(crate) struct Teller {
    words: Sender<Word>,
    stats: Arc<TellerStats>,
    thread: Option<JoinHandle<()>>,
}

/// What a teller begins with: the waker is needed before there is an instance to follow.
pub(crate) struct Beginning {
    waker: Waker,
    words: Receiver<Word>,
}

impl Teller {
    /// The waker for an instance, and what the teller begins with.
    pub(crate) fn prepare() -> (Waker, Beginning) {
        let (words, received) = unbounded();
        let waker = Waker { words, pending: Arc::default() };
        (waker.clone(), Beginning { waker, words: received })
    }

    /// Starts to tell.
    ///
    /// # Errors
    /// When the system gives no thread.
    pub(crate) fn start(beginning: Beginning, instance: &Arc<Instance>, outputs: Outputs) -> io::Result<Self> {
        let Beginning { waker, words } = beginning;
        let stats = Arc::new(TellerStats::default());
        let mut telling = Telling {
            instance: Arc::clone(instance),
            outputs,
            next: 0,
            stats: Arc::clone(&stats),
            complained: false,
            now_s: 0.0,
            failed: None,
            moved: (None, Instant::now()),
            quiet: true,
        };
        let pending = Arc::clone(&waker.pending);
        let thread =
            thread::Builder::new().name("earmark-teller".into()).spawn(move || telling.run(&words, &pending))?;
        Ok(Self { words: waker.words, stats, thread: Some(thread) })
    }

    /// How it goes.
    pub(crate) fn stats(&self) -> &Arc<TellerStats> {
        &self.stats
    }

    /// Tells a line that is no prediction.
    pub(crate) fn tell(&self, line: Line) {
        // It ends only with this.
        let _ = self.words.send(Word::Line(line));
    }

    /// A way to tell lines from another thread.
    pub(crate) fn mouth(&self) -> impl Fn(Line) + Send + use<> {
        let words = self.words.clone();
        move |line| drop(words.send(Word::Line(line)))
    }

    /// Changes who is told.
    pub(crate) fn change(&self, change: impl FnOnce(&mut Outputs) + Send + 'static) {
        self.change_and_tell(|outputs| {
            change(outputs);
            Vec::new()
        });
    }

    /// Changes who is told, and tells what comes of it.
    pub(crate) fn change_and_tell(&self, change: impl FnOnce(&mut Outputs) -> Vec<Line> + Send + 'static) {
        let _ = self.words.send(Word::Change(Box::new(change)));
    }

    /// Nothing is listened to any more: what goes on ends.
    pub(crate) fn stopped(&self) {
        let _ = self.words.send(Word::Stopped);
    }

    /// Tells what is still to be told and the end, and waits for it.
    pub(crate) fn end(mut self, totals: Totals) {
        let _ = self.words.send(Word::End(totals));
        if let Some(thread) = self.thread.take() {
            // A panic was told of on standard error.
            let _ = thread.join();
        }
    }
}

/// The thread's own.
struct Telling {
    instance: Arc<Instance>,
    outputs: Outputs,
    /// Number of the next entry of the time line.
    next: u64,
    stats: Arc<TellerStats>,
    complained: bool,
    /// Source time when it was last known, in seconds.
    now_s: f64,
    /// Why nothing is heard, if that was told.
    failed: Option<String>,
    /// Source time when it last was another, and when that was.
    moved: (Option<f64>, Instant),
    /// Whether what goes on was ended because nothing came.
    quiet: bool,
}

impl Telling {
    fn run(&mut self, words: &Receiver<Word>, pending: &AtomicBool) {
        loop {
            let word = words.recv_timeout(LOOK);
            // Before looking: whoever comes later wakes it again.
            pending.store(false, Ordering::Release);
            match word {
                Ok(Word::Heard) | Err(RecvTimeoutError::Timeout) => {
                    self.follow();
                    self.look_for_quiet();
                }
                Ok(Word::Line(line)) => {
                    self.follow();
                    self.tell(&line);
                }
                Ok(Word::Change(change)) => {
                    let lines = change(&mut self.outputs);
                    lines.iter().for_each(|line| self.tell(line));
                }
                Ok(Word::Stopped) => self.finish(),
                Ok(Word::End(totals)) => {
                    self.finish();
                    let (predictions, missed) =
                        (self.stats.predictions.load(Ordering::Relaxed), self.stats.missed.load(Ordering::Relaxed));
                    self.tell(&line::end(&Totals { predictions, missed, ..totals }));
                    self.outputs = Outputs::default();
                    return;
                }
                Err(RecvTimeoutError::Disconnected) => return,
            }
        }
    }

    /// Tells what has come, and that events and scenes are over.
    fn finish(&mut self) {
        self.follow();
        let lines = self.outputs.reactions.finish(self.outputs.midi.as_ref());
        lines.iter().for_each(|line| self.tell(line));
        if let Some(midi) = &self.outputs.midi {
            midi.say(Say { frame: MidiFrame::default(), bpm: None, solo: self.instance.solo() });
        }
    }

    /// A file that has ended or stands still, and an input that is gone, are no music: what goes on ends.
    fn look_for_quiet(&mut self) {
        let source_s = self.instance.report().map(|report| report.source_s);
        if source_s != self.moved.0 {
            (self.moved, self.quiet) = ((source_s, Instant::now()), false);
        } else if !self.quiet && self.moved.1.elapsed() > QUIET {
            self.quiet = true;
            self.finish();
        }
    }

    /// Tells what has come onto the time line.
    fn follow(&mut self) {
        let copy = |timeline: &Timeline<TimelineEntry>| -> Vec<_> {
            timeline.since(self.next).map(|(seq, entry)| (seq, entry.prediction.clone())).collect()
        };
        let entries = self.instance.timeline.read(copy);
        let report = self.instance.report();
        let failed = report.as_ref().and_then(|report| match &report.view.status {
            Status::Failed(words) => Some(words.clone()),
            Status::Waiting | Status::Listening => None,
        });
        if failed != self.failed {
            if let Some(words) = &failed {
                self.tell(&line::failed(words));
            }
            self.failed = failed;
        }
        let Some((first, _)) = entries.first() else { return };
        self.stats.missed.fetch_add(first - self.next, Ordering::Relaxed);
        // At the end there is no session any more.
        self.now_s = report.as_ref().map_or(self.now_s, |report| report.source_s);
        let (now_s, tags) = (self.now_s, report.as_ref().and_then(|report| report.view.tags.as_ref()));
        for (seq, prediction) in entries {
            self.next = seq + 1;
            if let Some(card) = Registry::global().card(&prediction.model) {
                self.tell(&line::prediction(&prediction, card, now_s, tags));
                self.stats.predictions.fetch_add(1, Ordering::Relaxed);
                #[cfg(feature = "link")]
                if let (Some(link), Outcome::Tempo { local, .. }) = (&mut self.outputs.link, &prediction.outcome)
                    && self.instance.wishes().choice().tempo == Some(&*prediction.model)
                {
                    link.follow(Some(local.bpm));
                }
                let Outputs { reactions, midi, .. } = &mut self.outputs;
                let lines = reactions.take(&prediction, card, self.instance.wishes(), midi.as_ref());
                lines.iter().for_each(|line| self.tell(line));
            }
        }
        if let (Some(midi), Some(report)) = (&self.outputs.midi, &report) {
            let bpm = report.view.tempo.as_ref().and_then(|tempo| tempo.value.bpm);
            midi.say(Say { frame: report.view.midi, bpm, solo: self.instance.solo() });
        }
    }

    fn tell(&mut self, (topic, line): &Line) {
        let lost = |told: bool, stats: &TellerStats| stats.lost.fetch_add(u64::from(!told), Ordering::Relaxed);
        if self.outputs.lines {
            let mut out = io::stdout().lock();
            let told = out.write_all(format!("{line}\n").as_bytes()).and_then(|()| out.flush());
            if told.is_err() {
                self.outputs.lines = false;
                self.stats.unread.store(true, Ordering::Release);
            }
        }
        if let Some(log) = &mut self.outputs.log
            && let Err(error) = log.write(line)
        {
            lost(false, &self.stats);
            if !std::mem::replace(&mut self.complained, true) {
                eprintln!("earmark: the log cannot be written: {error}");
            }
        }
        if let Some(web) = &self.outputs.web {
            lost(web.publish(*topic, line), &self.stats);
        }
    }
}
