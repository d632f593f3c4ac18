//! MIDI out of the app: what changed of the followed tags and the tempo, and a clock, from a thread of its own.

mod clock;
#[cfg(target_os = "linux")]
mod jack;
mod port;

use std::io;
use std::time::{Duration, Instant};

use crossbeam_channel::{Receiver, RecvTimeoutError, Sender, bounded};
use earmark_session::outputs::{MidiFrame, MidiOut};

use self::clock::Clock;
pub(crate) use self::port::{MidiPort, MidiTrouble};
use crate::attendant::Attendant;

/// Frames that wait for the port; when it is slower than that, later ones say all there is to say.
const WAITING: usize = 64;
/// How long a message that nothing later makes up for waits for room.
const PATIENCE: Duration = Duration::from_millis(50);

/// What MIDI should say.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Say {
    /// Followed tags and tempo.
    pub(crate) frame: MidiFrame,
    /// The tempo, for the clock; none in silence.
    pub(crate) bpm: Option<f32>,
    /// The only controller that is sent, if one is being learned.
    pub(crate) solo: Option<u8>,
}

/// What the thread is told.
enum Word {
    Say(Box<Say>),
    /// A message as it is, of so many bytes.
    Send([u8; 3], usize),
}

/// MIDI that is sent until this is dropped: then every note ends and the clock stops.
pub(crate) struct Midi(Attendant<Sender<Word>>);

impl Midi {
    /// Starts to send to `port` on `channel` (0 to 15), with a clock if that is wished.
    ///
    /// # Errors
    /// When the system gives no thread.
    pub(crate) fn start(port: MidiPort, channel: u8, clock: bool) -> io::Result<Self> {
        let (words, said) = bounded(WAITING);
        let mut sender =
            Player { port, channel, out: MidiOut::default(), clock: clock.then(Clock::default), said, notes: [0; 128] };
        Ok(Self(Attendant::start("earmark-midi", words, move || sender.run())?))
    }

    /// Sends what has changed; never waits.
    pub(crate) fn say(&self, what: Say) {
        // What finds no room is said by the next one.
        self.tell(Word::Say(Box::new(what)));
    }

    /// Sends a message of three bytes. Waits a little for a port that is slow; one that is stuck loses it.
    pub(crate) fn send(&self, message: [u8; 3]) {
        self.send_some(message, 3);
    }

    /// Sends a message of two bytes, likewise.
    pub(crate) fn send_two(&self, [status, data]: [u8; 2]) {
        self.send_some([status, data, 0], 2);
    }

    fn send_some(&self, message: [u8; 3], length: usize) {
        if let Some(words) = self.0.words() {
            let _ = words.send_timeout(Word::Send(message, length), PATIENCE);
        }
    }

    fn tell(&self, word: Word) {
        if let Some(words) = self.0.words() {
            let _ = words.try_send(word);
        }
    }
}

/// Notes which notes sound; one whose end was not taken goes on.
fn note(notes: &mut [u16; 128], [status, key, velocity]: [u8; 3], taken: bool) {
    let (channel, sounding) = (1 << (status & 15), &mut notes[usize::from(key & 127)]);
    match status & 0xf0 {
        0x90 if velocity > 0 && taken => *sounding |= channel,
        0x80 | 0x90 if taken => *sounding &= !channel,
        _ => {}
    }
}

/// The thread's own.
struct Player {
    port: MidiPort,
    channel: u8,
    out: MidiOut,
    clock: Option<Clock>,
    said: Receiver<Word>,
    /// Notes that sound because of messages that were sent as they are: a bit for each channel.
    notes: [u16; 128],
}

impl Player {
    fn run(&mut self) {
        loop {
            let next = match self.clock.as_ref().and_then(Clock::due) {
                Some(due) => self.said.recv_deadline(due),
                None => self.said.recv().map_err(|_| RecvTimeoutError::Disconnected),
            };
            let Self { port, out, clock, notes, .. } = self;
            let now = Instant::now();
            match next {
                Ok(Word::Send(message, length)) => {
                    let taken = port.send(&message[..length]);
                    note(notes, message, taken);
                }
                Ok(Word::Say(say)) => {
                    let Say { frame, bpm, solo } = *say;
                    out.send(&frame, self.channel, solo, &mut |event| port.send(&event.bytes()));
                    if let Some(tick) = clock.as_mut().and_then(|clock| clock.set_tempo(bpm, now)) {
                        port.send(&[tick.byte()]);
                    }
                }
                Err(RecvTimeoutError::Timeout) => {}
                Err(RecvTimeoutError::Disconnected) => {
                    out.silence(&mut |event| port.send(&event.bytes()));
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
    fn notes_that_sound_are_known() {
        let mut notes = [0; 128];
        let on = |notes: &[u16; 128]| notes.iter().map(|channels| channels.count_ones()).sum::<u32>();
        note(&mut notes, [0x93, 60, 100], true);
        note(&mut notes, [0x90, 60, 100], true);
        note(&mut notes, [0x91, 61, 100], false);
        note(&mut notes, [0xb0, 60, 100], true);
        assert_eq!((notes[60], on(&notes)), (0b1001, 2));
        note(&mut notes, [0x83, 60, 0], false);
        assert_eq!(on(&notes), 2, "its end was not taken");
        note(&mut notes, [0x83, 60, 0], true);
        note(&mut notes, [0x90, 60, 0], true);
        assert_eq!(on(&notes), 0);
    }
}
