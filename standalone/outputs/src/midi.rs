//! MIDI output on its own thread: changes of the mapped tags and the tempo, a clock, and messages of scenes.

mod clock;
mod error;
mod input;
#[cfg(target_os = "linux")]
mod jack;
#[cfg(target_os = "linux")]
mod jack_client;
#[cfg(target_os = "linux")]
mod jack_input;
mod port;
mod received_message;

use std::fmt;
use std::io;
use std::time::{Duration, Instant};

use crossbeam_channel::{Receiver, RecvTimeoutError, Sender, bounded};
use earmark_capture::worker_thread::WorkerThread;
use earmark_session::outputs::{MidiFrame, MidiOut};

use self::clock::Clock;
use self::port::PortChange;

pub use self::clock::ClockTarget;
pub use self::error::MidiError;
pub use self::input::MidiInputPort;
pub use self::port::MidiPort;

/// Capacity of the queue of updates and messages. An update that does not fit is covered by the next update.
const QUEUE_LEN: usize = 64;
/// Interval between two checks of the port.
const CHECK_INTERVAL: Duration = Duration::from_millis(500);
/// Maximum time that a message of a scene waits for room in the queue: no later message repeats it.
const SEND_TIMEOUT: Duration = Duration::from_millis(50);

/// State that the MIDI output sends.
#[derive(Debug, Clone, Copy)]
pub struct MidiUpdate {
    /// Mapped tags and tempo.
    pub frame: MidiFrame,
    /// Line of beats that the clock follows.
    pub clock: ClockTarget,
    /// Controller that is sent alone during MIDI learn of a receiver.
    pub solo: Option<u8>,
}

/// State of the port of a MIDI output.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub enum MidiStatus {
    /// The port is open; its description.
    Open(String),
    /// There is no MIDI system. The port opens when there is one.
    #[default]
    Waiting,
}

/// Command to the MIDI thread.
enum MidiCommand {
    Update(Box<MidiUpdate>),
    /// Message and its length in bytes.
    Send([u8; 3], usize),
}

/// MIDI output. Dropping it ends every note and stops the clock.
pub struct MidiSender(WorkerThread<Sender<MidiCommand>>);

impl fmt::Debug for MidiSender {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("MidiSender").finish_non_exhaustive()
    }
}

impl MidiSender {
    /// Starts to send to `port` on `channel` (0 to 15). `clock` enables a MIDI clock. `notify` is called on the MIDI
    /// thread when the MIDI system is lost or returns.
    ///
    /// # Errors
    /// If no thread can be started.
    pub fn start(
        port: MidiPort,
        channel: u8,
        clock: bool,
        notify: impl FnMut(MidiStatus) + Send + 'static,
    ) -> io::Result<Self> {
        let (commands, received) = bounded(QUEUE_LEN);
        let mut sender = MidiThread {
            port,
            channel,
            out: MidiOut::default(),
            clock: clock.then(Clock::default),
            commands: received,
            notes: [0; 128],
            notify: Box::new(notify),
        };
        Ok(Self(WorkerThread::start("earmark-midi", commands, move || sender.run())?))
    }

    /// Sends the changes since the last update. Any thread; does not block.
    pub fn update(&self, update: MidiUpdate) {
        if let Some(commands) = self.0.sender() {
            // An update that does not fit is covered by the next one.
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

/// Updates the sounding notes. A note whose note-off was not sent still sounds.
fn track_note(notes: &mut [u16; 128], [status, key, velocity]: [u8; 3], sent: bool) {
    let (channel, sounding) = (1 << (status & 15), &mut notes[usize::from(key & 127)]);
    match status & 0xf0 {
        0x90 if velocity > 0 && sent => *sounding |= channel,
        0x80 | 0x90 if sent => *sounding &= !channel,
        _ => {}
    }
}

/// State of the MIDI thread.
struct MidiThread {
    port: MidiPort,
    channel: u8,
    out: MidiOut,
    clock: Option<Clock>,
    commands: Receiver<MidiCommand>,
    /// Sounding notes of scenes: a bit mask of channels for each key.
    notes: [u16; 128],
    notify: Box<dyn FnMut(MidiStatus) + Send>,
}

impl MidiThread {
    fn run(&mut self) {
        let mut check_due = Instant::now() + CHECK_INTERVAL;
        loop {
            let due = self.clock.as_ref().and_then(Clock::due).map_or(check_due, |due| due.min(check_due));
            let next = self.commands.recv_deadline(due);
            if Instant::now() >= check_due {
                self.check_port();
                check_due = Instant::now() + CHECK_INTERVAL;
            }
            let Self { port, out, clock, notes, .. } = self;
            let now = Instant::now();
            match next {
                Ok(MidiCommand::Send(message, length)) => {
                    let sent = port.send(&message[..length]);
                    track_note(notes, message, sent);
                }
                Ok(MidiCommand::Update(update)) => {
                    let MidiUpdate { frame, clock: target, solo } = *update;
                    out.send(&frame, self.channel, solo, &mut |event| port.send(&event.bytes()));
                    if let Some(tick) = clock.as_mut().and_then(|clock| clock.set_target(target, now)) {
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
                    if let Some(tick) = clock.as_mut().and_then(|clock| clock.set_target(ClockTarget::Stopped, now)) {
                        port.send(&[tick.byte()]);
                    }
                    port.finish();
                    return;
                }
            }
            while let Some((tick, late)) = clock.as_mut().and_then(|clock| clock.tick(now)) {
                port.send_late(&[tick.byte()], late);
            }
        }
    }

    /// Closes or opens the port if its MIDI system is lost or has returned. A new port gets the present values with the
    /// next update, and its clock starts again.
    fn check_port(&mut self) {
        let Some(change) = self.port.check() else { return };
        if change == PortChange::Opened {
            self.out = MidiOut::default();
            self.clock = self.clock.take().map(|_| Clock::default());
            self.notes = [0; 128];
        }
        (self.notify)(self.port.describe().map_or(MidiStatus::Waiting, MidiStatus::Open));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn track_note_follows_note_on_and_note_off() {
        let mut notes = [0; 128];
        let on = |notes: &[u16; 128]| notes.iter().map(|channels| channels.count_ones()).sum::<u32>();
        track_note(&mut notes, [0x93, 60, 100], true);
        track_note(&mut notes, [0x90, 60, 100], true);
        track_note(&mut notes, [0x91, 61, 100], false);
        track_note(&mut notes, [0xb0, 60, 100], true);
        assert_eq!((notes[60], on(&notes)), (0b1001, 2));
        track_note(&mut notes, [0x83, 60, 0], false);
        assert_eq!(on(&notes), 2, "the note-off was not sent");
        track_note(&mut notes, [0x83, 60, 0], true);
        track_note(&mut notes, [0x90, 60, 0], true);
        assert_eq!(on(&notes), 0);
    }
}
