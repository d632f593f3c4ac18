//! Plays a file into taps: as fast as it was recorded, faster, or as fast as it is heard; with pause and seek.

use std::io;
use std::path::Path;
use std::sync::Arc;
use std::sync::mpsc::{Receiver, RecvTimeoutError, Sender, TryRecvError, channel};
use std::time::{Duration, Instant};

use earmark_session::Mode;
use parking_lot::Mutex;

use super::ears::{Ears, Hearing, StreamSpec};
use crate::attendant::Attendant;
use crate::decode::{DecodeError, Decoder};

/// The longest that is played at a time, in seconds, so that a pause is soon heard.
const BLOCK_S: f64 = 0.02;

/// How fast a file is played.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) enum Speed {
    /// So many times as fast as it was recorded; above 0.
    Times(f64),
    /// As fast as it is heard.
    Heard,
}

/// How a player is.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Playing {
    /// Time of what is played next, in seconds.
    pub(crate) at_s: f64,
    /// How long the file says that it is.
    pub(crate) length_s: Option<f64>,
    /// Whether it stands still.
    pub(crate) paused: bool,
    /// Whether all of it was played.
    pub(crate) ended: bool,
    /// Why it broke off, in words.
    pub(crate) failed: Option<String>,
}

/// A wish of whoever listens.
enum Wish {
    Pause(bool),
    Seek(f64),
}

/// A file that plays until it is dropped; at its end it stands still and can be wound back.
pub(crate) struct Player {
    spec: StreamSpec,
    playing: Arc<Mutex<Playing>>,
    deck: Attendant<Sender<Wish>>,
}

impl Player {
    /// Opens the file and begins to play it to `hearing`.
    ///
    /// # Errors
    /// When the file cannot be decoded, or the system gives no thread.
    pub(crate) fn start(path: &Path, speed: Speed, mut hearing: Hearing) -> Result<Self, DecodeError> {
        let decoder = Decoder::open(path)?;
        // It is mixed while it is decoded.
        let spec = StreamSpec { rate: decoder.rate(), channels: 1 };
        let mode = if speed == Speed::Heard { Mode::Offline } else { Mode::Realtime };
        let ears = hearing.begin(spec, mode)?;
        let length_s = decoder.promised_frames().map(|frames| spec.rate.seconds(frames));
        let playing = Playing { at_s: 0.0, length_s, paused: false, ended: false, failed: None };
        let playing = Arc::new(Mutex::new(playing));
        let (wishes, wished) = channel();
        let deck = Deck {
            decoder,
            ears,
            hearing,
            speed,
            wished,
            playing: Arc::clone(&playing),
            pace: Pace::new(),
            block: Vec::new(),
            used: 0,
        };
        let deck = Attendant::start("earmark-player", wishes, || deck.run()).map_err(DecodeError::Io)?;
        Ok(Self { spec, playing, deck })
    }

    /// Its form.
    pub(crate) fn spec(&self) -> StreamSpec {
        self.spec
    }

    /// How it is now.
    pub(crate) fn playing(&self) -> Playing {
        self.playing.lock().clone()
    }

    /// Stands still, or goes on.
    pub(crate) fn pause(&self, paused: bool) {
        self.wish(Wish::Pause(paused));
    }

    /// Goes to that time, in seconds.
    pub(crate) fn seek(&self, to_s: f64) {
        self.wish(Wish::Seek(to_s));
    }

    fn wish(&self, wish: Wish) {
        if let Some(wishes) = self.deck.words() {
            // It may have failed meanwhile, which is told.
            let _ = wishes.send(wish);
        }
    }
}

/// When the next block is due.
struct Pace {
    begun: Instant,
    /// Seconds of the file played since then.
    played_s: f64,
}

impl Pace {
    fn new() -> Self {
        Self { begun: Instant::now(), played_s: 0.0 }
    }
}

/// The thread's own.
struct Deck {
    decoder: Decoder,
    ears: Ears,
    hearing: Hearing,
    speed: Speed,
    wished: Receiver<Wish>,
    playing: Arc<Mutex<Playing>>,
    pace: Pace,
    /// What was decoded last, and how much of it was played.
    block: Vec<f32>,
    used: usize,
}

/// What a block was.
enum Step {
    Played(usize),
    End,
}

impl Deck {
    fn run(mut self) {
        while self.follow_wishes() {
            match self.step() {
                Ok(Step::Played(samples)) => {
                    let block_s = self.decoder.rate().seconds(samples as u64);
                    self.say(|playing| playing.at_s += block_s);
                    self.pace.played_s += block_s;
                }
                Ok(Step::End) => {
                    self.say(|playing| (playing.ended, playing.paused) = (true, true));
                }
                Err(error) => self.say(|playing| (playing.failed, playing.paused) = (Some(error.to_string()), true)),
            }
        }
        let Self { mut hearing, ears, .. } = self;
        hearing.end(ears);
    }

    /// Does what was wished, and waits while it stands still or is ahead of its time; false when it is to stop.
    fn follow_wishes(&mut self) -> bool {
        loop {
            let paused = self.playing.lock().paused;
            let due = match self.speed {
                Speed::Heard => Duration::ZERO,
                Speed::Times(times) => Duration::from_secs_f64(self.pace.played_s / times.max(1e-3)),
            };
            let wish = if paused {
                self.wished.recv().map_err(|_| TryRecvError::Disconnected)
            } else {
                self.wished.recv_timeout(due.saturating_sub(self.pace.begun.elapsed())).map_err(|error| match error {
                    RecvTimeoutError::Timeout => TryRecvError::Empty,
                    RecvTimeoutError::Disconnected => TryRecvError::Disconnected,
                })
            };
            match wish {
                Err(TryRecvError::Empty) => return true,
                Err(TryRecvError::Disconnected) => return false,
                Ok(wish) => self.follow(wish),
            }
        }
    }

    fn follow(&mut self, wish: Wish) {
        self.pace = Pace::new();
        match wish {
            Wish::Pause(paused) => {
                let ended = self.playing.lock().ended;
                if ended && !paused {
                    self.go(0.0);
                }
                self.say(|playing| playing.paused = paused);
            }
            Wish::Seek(to_s) => self.go(to_s),
        }
    }

    fn go(&mut self, to_s: f64) {
        let length_s = self.playing.lock().length_s;
        let to_s = to_s.clamp(0.0, length_s.unwrap_or(f64::MAX));
        (self.used, self.block) = (0, Vec::new());
        match self.decoder.seek(to_s) {
            Ok(()) => {
                self.ears.jump(to_s);
                self.say(|playing| (playing.at_s, playing.ended, playing.failed) = (to_s, false, None));
            }
            Err(error) => self.say(|playing| playing.failed = Some(error.to_string())),
        }
    }

    /// Plays the next block.
    fn step(&mut self) -> Result<Step, DecodeError> {
        if self.used == self.block.len() {
            self.used = 0;
            self.block.clear();
            match self.decoder.next_block()? {
                Some(block) => self.block.extend_from_slice(block),
                None => return Ok(Step::End),
            }
        }
        let most = ((self.decoder.rate().hz() * BLOCK_S) as usize).max(1);
        let samples = &self.block[self.used..(self.used + most).min(self.block.len())];
        self.ears.take(samples);
        let samples = samples.len();
        self.used += samples;
        Ok(Step::Played(samples))
    }

    fn say(&self, change: impl FnOnce(&mut Playing)) {
        change(&mut self.playing.lock());
    }
}

/// For errors of the system on the way to a player.
impl From<io::Error> for DecodeError {
    fn from(error: io::Error) -> Self {
        Self::Io(error)
    }
}
