//! Playback of a file into the sinks, at a multiple of its speed or as fast as it is processed, with pause and seek.

use std::path::Path;
use std::sync::Arc;
use std::sync::mpsc::{Receiver, RecvTimeoutError, Sender, TryRecvError, channel};
use std::time::{Duration, Instant};

use parking_lot::Mutex;

use crate::decode::{DecodeError, Decoder};
use crate::sinks::{CaptureSinks, SinkFactory, StreamMode, StreamSpec};
use crate::worker_thread::WorkerThread;

/// Maximum length of a block, in seconds; also the maximum delay of a pause.
const BLOCK_S: f64 = 0.02;

/// Speed of playback.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Speed {
    /// Multiple of the original speed, above 0.
    Times(f64),
    /// As fast as the sinks process the samples.
    Unlimited,
}

/// State of a player.
#[derive(Debug, Clone, PartialEq)]
pub struct PlaybackState {
    /// Time of the next sample, in seconds.
    pub at_s: f64,
    /// Length that the file declares, in seconds.
    pub length_s: Option<f64>,
    /// Whether playback is paused.
    pub paused: bool,
    /// Whether the end of the file was reached.
    pub ended: bool,
    /// Message of the error that stopped playback.
    pub failed: Option<String>,
}

/// Command to the player's thread.
enum PlayerCommand {
    Pause(bool),
    Seek(f64),
}

/// Player of a file. Playback pauses at the end of the file and stops when the player is dropped.
#[derive(Debug)]
pub struct Player {
    spec: StreamSpec,
    state: Arc<Mutex<PlaybackState>>,
    worker: WorkerThread<Sender<PlayerCommand>>,
}

impl Player {
    /// Opens a file and starts to play it into the sinks created by `factory`. Blocks.
    ///
    /// # Errors
    /// If the file cannot be decoded, or no thread can be started.
    pub fn start(path: &Path, speed: Speed, mut factory: SinkFactory) -> Result<Self, DecodeError> {
        let decoder = Decoder::open(path)?;
        // The decoder downmixes to mono.
        let spec = StreamSpec { rate: decoder.rate(), channels: 1 };
        let mode = if speed == Speed::Unlimited { StreamMode::Offline } else { StreamMode::Realtime };
        let sinks = factory.begin(spec, mode)?;
        let length_s = decoder.length_s();
        let state = PlaybackState { at_s: 0.0, length_s, paused: false, ended: false, failed: None };
        let state = Arc::new(Mutex::new(state));
        let (commands, received) = channel();
        let player = PlayerThread {
            decoder,
            sinks,
            factory,
            speed,
            commands: received,
            state: Arc::clone(&state),
            clock: PlaybackClock::new(),
            block: Vec::new(),
            used: 0,
        };
        let worker = WorkerThread::start("earmark-player", commands, || player.run())?;
        Ok(Self { spec, state, worker })
    }

    /// Returns the sample rate and channel count of the played stream.
    pub fn spec(&self) -> StreamSpec {
        self.spec
    }

    /// Returns the current state. Any thread.
    pub fn state(&self) -> PlaybackState {
        self.state.lock().clone()
    }

    /// Pauses or resumes playback. After the end of the file, playback resumes from the start.
    pub fn pause(&self, paused: bool) {
        self.send(PlayerCommand::Pause(paused));
    }

    /// Seeks to a time in the file, in seconds.
    pub fn seek(&self, to_s: f64) {
        self.send(PlayerCommand::Seek(to_s));
    }

    fn send(&self, command: PlayerCommand) {
        if let Some(commands) = self.worker.sender() {
            // If the thread has ended, the state contains the error.
            let _ = commands.send(command);
        }
    }
}

/// Reference for the due time of the next block.
struct PlaybackClock {
    started: Instant,
    /// Length of the file that was played since then, in seconds.
    played_s: f64,
}

impl PlaybackClock {
    fn new() -> Self {
        Self { started: Instant::now(), played_s: 0.0 }
    }
}

/// State of the player's thread.
struct PlayerThread {
    decoder: Decoder,
    sinks: CaptureSinks,
    factory: SinkFactory,
    speed: Speed,
    commands: Receiver<PlayerCommand>,
    state: Arc<Mutex<PlaybackState>>,
    clock: PlaybackClock,
    /// Last decoded block. `used` is the number of its samples that were played.
    block: Vec<f32>,
    used: usize,
}

/// Result of playing one block.
enum PlayerStep {
    Played(usize),
    End,
}

impl PlayerThread {
    fn run(mut self) {
        while self.handle_commands() {
            match self.step() {
                Ok(PlayerStep::Played(samples)) => {
                    let block_s = self.decoder.rate().seconds(samples as u64);
                    self.update_state(|state| state.at_s += block_s);
                    self.clock.played_s += block_s;
                }
                Ok(PlayerStep::End) => {
                    self.update_state(|state| (state.ended, state.paused) = (true, true));
                }
                Err(error) => {
                    self.update_state(|state| (state.failed, state.paused) = (Some(error.to_string()), true));
                }
            }
        }
        let Self { mut factory, sinks, .. } = self;
        factory.end(sinks);
    }

    /// Handles commands, and waits while playback is paused or the next block is not due. Returns false when the player
    /// is dropped.
    fn handle_commands(&mut self) -> bool {
        loop {
            let paused = self.state.lock().paused;
            let due = match self.speed {
                Speed::Unlimited => Duration::ZERO,
                Speed::Times(times) => Duration::from_secs_f64(self.clock.played_s / times.max(1e-3)),
            };
            let command = if paused {
                self.commands.recv().map_err(|_| TryRecvError::Disconnected)
            } else {
                let remaining = due.saturating_sub(self.clock.started.elapsed());
                self.commands.recv_timeout(remaining).map_err(|error| match error {
                    RecvTimeoutError::Timeout => TryRecvError::Empty,
                    RecvTimeoutError::Disconnected => TryRecvError::Disconnected,
                })
            };
            match command {
                Err(TryRecvError::Empty) => return true,
                Err(TryRecvError::Disconnected) => return false,
                Ok(command) => self.handle(command),
            }
        }
    }

    fn handle(&mut self, command: PlayerCommand) {
        self.clock = PlaybackClock::new();
        match command {
            PlayerCommand::Pause(paused) => {
                let ended = self.state.lock().ended;
                if ended && !paused {
                    self.jump_to(0.0);
                }
                self.update_state(|state| state.paused = paused);
            }
            PlayerCommand::Seek(to_s) => self.jump_to(to_s),
        }
    }

    fn jump_to(&mut self, to_s: f64) {
        let length_s = self.state.lock().length_s;
        let to_s = to_s.clamp(0.0, length_s.unwrap_or(f64::MAX));
        (self.used, self.block) = (0, Vec::new());
        match self.decoder.seek(to_s) {
            Ok(()) => {
                self.sinks.seek(to_s);
                self.update_state(|state| (state.at_s, state.ended, state.failed) = (to_s, false, None));
            }
            Err(error) => self.update_state(|state| state.failed = Some(error.to_string())),
        }
    }

    /// Plays the next block.
    fn step(&mut self) -> Result<PlayerStep, DecodeError> {
        if self.used == self.block.len() {
            self.used = 0;
            self.block.clear();
            match self.decoder.next_block()? {
                Some(block) => self.block.extend_from_slice(block),
                None => return Ok(PlayerStep::End),
            }
        }
        let max_samples = ((self.decoder.rate().hz() * BLOCK_S) as usize).max(1);
        let samples = &self.block[self.used..(self.used + max_samples).min(self.block.len())];
        self.sinks.process(samples);
        let samples = samples.len();
        self.used += samples;
        Ok(PlayerStep::Played(samples))
    }

    fn update_state(&self, change: impl FnOnce(&mut PlaybackState)) {
        change(&mut self.state.lock());
    }
}
