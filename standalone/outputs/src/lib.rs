//! Outputs of a live session: JSON lines, logs, a web page, MIDI, Ableton Link, events, clips and scenes.
//!
//! ```text
//!  session's timeline ─► OutputDispatcher ─┬─► JSON lines: standard output, RollingLog, WebServer
//!                        (a thread)        ├─► MidiSender, LinkPeer
//!                                          └─► Automation: Events ─► EventLog, Clips
//!                                                          SceneEngine ─► OSC, MIDI
//! ```
//!
//! The dispatcher reads the timeline on its own thread. A slow output receives its results later and never delays the
//! worker of the session.
//!
//! | feature | adds | default |
//! |---|---|---|
//! | `link` | `link`: Ableton Link (GPL-2.0 or later) | off |

#![forbid(unsafe_code)]

pub mod automation;
pub mod clips;
pub mod dispatcher;
pub mod event_log;
pub mod events;
pub mod json_lines;
#[cfg(feature = "link")]
pub mod link;
pub mod midi;
pub mod rolling_log;
pub mod scenes;
pub mod topic;
pub mod web;
