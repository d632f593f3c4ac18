//! Playback of a file into the sinks, at a multiple of its speed or as fast as it is processed, with pause and seek.

use std::path::Path;
use std::sync::Arc;
use std::sync::mpsc::{Receiver, RecvTimeoutError, Sender, TryRecvError, channel};
use std::time::{Duration, Instant};

use earmark_dsp::SampleRate;
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

/// Receiver of the played samples, such as an audio output.
pub trait PlaybackMonitor: Send {
    /// Receives the next samples of all channels, when they are due. Does not block.
    fn process(&mut self, rate: SampleRate, channels: usize, interleaved: &[f32]);
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
    /// Opens a file and starts to play it into the sinks created by `factory`, and into `monitor`. Blocks.
    ///
    /// # Errors
    /// If the file cannot be decoded, or no thread can be started.
    pub fn start(
        path: &Path,
        speed: Speed,
        mut factory: SinkFactory,
        monitor: Option<Box<dyn PlaybackMonitor>>,
    ) -> Result<Self, DecodeError> {
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
            monitor,
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
    monitor: Option<Box<dyn PlaybackMonitor>>,
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
        if let Some(monitor) = &mut self.monitor {
            let (interleaved, channels) = self.decoder.last_interleaved();
            let range = self.used * channels..(self.used + samples) * channels;
            monitor.process(self.decoder.rate(), channels, interleaved.get(range).unwrap_or_default());
        }
        self.used += samples;
        Ok(PlayerStep::Played(samples))
    }

    fn update_state(&self, change: impl FnOnce(&mut PlaybackState)) {
        change(&mut self.state.lock());
    }
}

#[cfg(test)]
mod tests {
    use std::io;
    use std::thread;

    use super::*;
    use crate::recorder::Recorder;
    use crate::sinks::StreamSink;

    struct NoAnalysis;

    impl StreamSink for NoAnalysis {
        fn activate(&mut self, _: StreamMode) {}
        fn process(&mut self, _: &[f32], _: Option<f64>) {}
        fn source_s(&self) -> f64 {
            0.0
        }
        fn deactivate(&mut self, _: Duration) {}
    }

    struct Collector(Arc<Mutex<Vec<f32>>>);

    impl PlaybackMonitor for Collector {
        fn process(&mut self, rate: SampleRate, channels: usize, interleaved: &[f32]) {
            assert_eq!((rate.hz(), channels), (8000.0, 2));
            self.0.lock().extend_from_slice(interleaved);
        }
    }

    #[test]
    fn monitor_gets_all_channels_of_the_file() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a.wav");
        let spec = hound::WavSpec {
            channels: 2,
            sample_rate: 8000,
            bits_per_sample: 32,
            sample_format: hound::SampleFormat::Float,
        };
        let mut wav = hound::WavWriter::create(&path, spec).unwrap();
        let samples: Vec<f32> = (0..10_000).map(|i| (i % 100) as f32 / 200.0).collect();
        samples.iter().for_each(|sample| wav.write_sample(*sample).unwrap());
        wav.finalize().unwrap();
        let played = Arc::new(Mutex::new(Vec::new()));
        let factory =
            SinkFactory::new(&Recorder::new(0.0), |_| -> io::Result<Box<dyn StreamSink>> { Ok(Box::new(NoAnalysis)) });
        let monitor = Box::new(Collector(Arc::clone(&played)));
        let player = Player::start(&path, Speed::Unlimited, factory, Some(monitor)).unwrap();
        let started = Instant::now();
        while !player.state().ended {
            assert!(started.elapsed() < Duration::from_secs(20), "{:?}", player.state());
            thread::sleep(Duration::from_millis(5));
        }
        assert_eq!(*played.lock(), samples);
    }
}
