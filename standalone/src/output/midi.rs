//! MIDI out of the app: what changed of the followed tags and the tempo, and a clock, from a thread of its own.

mod clock;
#[cfg(target_os = "linux")]
mod jack;
mod port;
