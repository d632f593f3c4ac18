//! MIDI output on a thread of its own: changes of the followed tags and the tempo, a clock, and messages of scenes.

mod clock;
mod error;
#[cfg(target_os = "linux")]
mod jack;
mod port;

use std::fmt;
use std::io;
use std::time::{Duration, Instant};

use crossbeam_channel::{Receiver, RecvTimeoutError, Sender, bounded};
use earmark_capture::worker_thread::WorkerThread;
use earmark_session::outputs::{MidiFrame, MidiOut};

use self::clock::Clock;

pub use self::error::MidiError;
pub use self::port::MidiPort;

/// Number of updates and messages that wait for the port; a later update repeats what one without room had.
const QUEUE_LEN: usize = 64;
/// Time that a message waits for room; no later one repeats it.
const SEND_TIMEOUT: Duration = Duration::from_millis(50);

/// Update of what MIDI sends.
#[derive(Debug, Clone, Copy)]
pub struct MidiUpdate {
    /// Mapped tags and tempo.
    pub frame: MidiFrame,
    /// Tempo of the clock in beats per minute; `None` in silence.
    pub bpm: Option<f32>,
    /// Only controller that is sent, while a receiver learns it.
    pub solo: Option<u8>,
}

/// Command to the thread.
enum MidiCommand {
    Update(Box<MidiUpdate>),
    /// Message of that many bytes.
    Send([u8; 3], usize),
}

/// MIDI output until this is dropped: then every note ends and the clock stops.
pub struct MidiSender(WorkerThread<Sender<MidiCommand>>);

impl fmt::Debug for MidiSender {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("MidiSender").finish_non_exhaustive()
    }
}

impl MidiSender {
    /// Starts to send to `port` on `channel` (0 to 15), with a clock if that is asked for.
    ///
    /// # Errors
    /// When the system gives no thread.
    pub fn start(port: MidiPort, channel: u8, clock: bool) -> io::Result<Self> {
        let (commands, received) = bounded(QUEUE_LEN);
        let mut sender = MidiThread {
            port,
            channel,
            out: MidiOut::default(),
            clock: clock.then(Clock::default),
            commands: received,
            notes: [0; 128],
        };
        Ok(Self(WorkerThread::start("earmark-midi", commands, move || sender.run())?))
    }

    /// Sends what has changed. Does not block.
    pub fn update(&self, update: MidiUpdate) {
        if let Some(commands) = self.0.sender() {
            // The next update repeats what one without room had.
            let _ = commands.try_send(MidiCommand::Update(Box::new(update)));
        }
    }

    /// Sends a message of three bytes. Blocks for at most 50 ms, after which the message is dropped.
    pub fn send(&self, message: [u8; 3]) {
        self.send_some(message, 3);
    }

    /// Sends a message of two bytes, as [`Self::send`] does.
    pub fn send_two(&self, [status, data]: [u8; 2]) {
        self.send_some([status, data, 0], 2);
    }

    fn send_some(&self, message: [u8; 3], length: usize) {
        if let Some(commands) = self.0.sender() {
            let _ = commands.send_timeout(MidiCommand::Send(message, length), SEND_TIMEOUT);
        }
    }
}

/// Updates the notes that sound; one whose end was not sent goes on.
fn track_note(notes: &mut [u16; 128], [status, key, velocity]: [u8; 3], taken: bool) {
    let (channel, sounding) = (1 << (status & 15), &mut notes[usize::from(key & 127)]);
    match status & 0xf0 {
        0x90 if velocity > 0 && taken => *sounding |= channel,
        0x80 | 0x90 if taken => *sounding &= !channel,
        _ => {}
    }
}

/// State of the thread.
struct MidiThread {
    port: MidiPort,
    channel: u8,
    out: MidiOut,
    clock: Option<Clock>,
    commands: Receiver<MidiCommand>,
    /// Notes that sound because of messages of scenes: a bit for each channel.
    notes: [u16; 128],
}

impl MidiThread {
    fn run(&mut self) {
        loop {
            let next = match self.clock.as_ref().and_then(Clock::due) {
                Some(due) => self.commands.recv_deadline(due),
                None => self.commands.recv().map_err(|_| RecvTimeoutError::Disconnected),
            };
            let Self { port, out, clock, notes, .. } = self;
            let now = Instant::now();
            match next {
                Ok(MidiCommand::Send(message, length)) => {
                    let taken = port.send(&message[..length]);
                    track_note(notes, message, taken);
                }
                Ok(MidiCommand::Update(update)) => {
                    let MidiUpdate { frame, bpm, solo } = *update;
                    out.send(&frame, self.channel, solo, &mut |event| port.send(&event.bytes()));
                    if let Some(tick) = clock.as_mut().and_then(|clock| clock.set_tempo(bpm, now)) {
                        port.send(&[tick.byte()]);
                    }
                }
                Err(RecvTimeoutError::Timeout) => {}
                Err(RecvTimeoutError::Disconnected) => {
                    out.all_notes_off(&mut |event| port.send(&event.bytes()));
                    for (key, channels) in (0..).zip(&*notes) {
                        for channel in (0..16).filter(|channel| channels >> channel & 1 == 1) {
                            port.send(&[0x80 | channel, key, 0]);
                        }
                    }
                    if let Some(tick) = clock.as_mut().and_then(|clock| clock.set_tempo(None, now)) {
                        port.send(&[tick.byte()]);
                    }
                    port.finish();
                    return;
                }
            }
            while let Some(tick) = clock.as_mut().and_then(|clock| clock.tick(now)) {
                port.send(&[tick.byte()]);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn track_note_knows_the_notes_that_sound() {
        let mut notes = [0; 128];
        let on = |notes: &[u16; 128]| notes.iter().map(|channels| channels.count_ones()).sum::<u32>();
        track_note(&mut notes, [0x93, 60, 100], true);
        track_note(&mut notes, [0x90, 60, 100], true);
        track_note(&mut notes, [0x91, 61, 100], false);
        track_note(&mut notes, [0xb0, 60, 100], true);
        assert_eq!((notes[60], on(&notes)), (0b1001, 2));
        track_note(&mut notes, [0x83, 60, 0], false);
        assert_eq!(on(&notes), 2, "its end was not sent");
        track_note(&mut notes, [0x83, 60, 0], true);
        track_note(&mut notes, [0x90, 60, 0], true);
        assert_eq!(on(&notes), 0);
    }
}
