//! Where the sound comes from: an input of the machine, kept alive, or a file that is played.
//!
//! ```text
//!  sound card ─ callback ─ Feed (gain, channels) ─► Ears ─┬─► Session ─► who listens
//!                  ▲                                      └─► Tap ─────► Tape: keeps what was heard
//!  Keeper: opens, watches the frames, lets go of what is dead, opens again
//! ```

pub(crate) mod devices;
pub(crate) mod ears;
pub(crate) mod feed;
pub(crate) mod high_pass;
pub(crate) mod keeper;
mod opening;
pub(crate) mod player;
mod quiet;
pub(crate) mod tape;
mod trouble;
mod turn;

pub(crate) use self::trouble::Trouble;
