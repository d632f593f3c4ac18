//! R41: loops in a host's window: tags and tempo of loops that are shorter than their models' patches.

use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use clack_host::events::event_types::TransportFlags;
use clack_host::utils::SecondsTime;
use serde_json::json;

use super::audio::ProcessHarness;
use super::clip::Clip;
use super::test_host::Host;
use super::window::{Window, clip, display};

const BLOCK: usize = 256;
/// Start of the loops in the clip, in seconds.
const START_S: f64 = 3.0;
/// Times of the pictures, in seconds; the loop ends after the last one.
const PICTURES_S: [u64; 4] = [4, 12, 26, 40];
/// Coarse part of the tempo.
const TEMPO_CC: u8 = 14;
/// Controllers of the first tags.
const TAG_CCS: std::ops::RangeInclusive<u8> = 102..=119;

/// Controllers that a loop has sent.
#[derive(Debug, Default, Clone, Copy)]
struct Sent {
    tags: u64,
    tempo: u64,
}

/// Plays a loop of `seconds` s in real time until `stop` is set. The host reports its position, but no loop. Returns the
/// number of messages: of tags after the first return, and of a tempo, which a pass shorter than 12 s does not give.
fn play_loop(harness: &mut ProcessHarness, clip: &Clip, seconds: f64, stop: &AtomicBool) -> Sent {
    let blocks = |seconds: f64| (seconds * clip.rate_hz / BLOCK as f64).round() as usize * BLOCK;
    let (start, length) = (blocks(START_S), blocks(seconds));
    let (begun, mut played, mut sent) = (Instant::now(), 0, Sent::default());
    while !stop.load(Ordering::Relaxed) {
        let at = start + played % length;
        if let Some(transport) = &mut harness.transport {
            transport.flags |= TransportFlags::IS_PLAYING;
            transport.song_pos_seconds = SecondsTime::from_float(at as f64 / clip.rate_hz);
        }
        let block: Vec<&[f32]> = clip.channels.iter().map(|channel| &channel[at..at + BLOCK]).collect();
        harness.play(&block);
        played += BLOCK;
        for [status, controller, value] in harness.midi() {
            let changed = u64::from(status & 0xf0 == 0xb0 && value > 0);
            sent.tags += if TAG_CCS.contains(&controller) && played > length { changed } else { 0 };
            sent.tempo += if controller == TEMPO_CC { changed } else { 0 };
        }
        let due = begun + Duration::from_secs_f64(played as f64 / clip.rate_hz);
        // Paced like the callbacks of a sound card.
        thread::sleep(due.saturating_duration_since(Instant::now()));
    }
    sent
}

/// Shows a loop in a window for 40 s, with pictures.
fn show_loop(name: &str, seconds: f64) -> Sent {
    let (clip, display, stop) = (clip(name), display(), AtomicBool::new(false));
    let mut host = Host::new();
    // An update rate that graphics in software leave time for.
    let params =
        [("rate", json!({ "f32": 4.0 })), ("midi", json!({ "bool": true })), ("smooth", json!({ "f32": 0.5 }))];
    host.restore(&params, &[("panel", json!(json!({ "theme": "dark" }).to_string()))]);
    let (sent, ()) = host.with_both(
        clip.rate_hz,
        BLOCK,
        |harness| play_loop(harness, &clip, seconds, &stop),
        |host| {
            let begun = Instant::now();
            let window = Window::open(&display, host);
            for at_s in PICTURES_S {
                host.serve_for(Duration::from_secs(at_s).saturating_sub(begun.elapsed()));
                window.keep_picture(&format!("loop_{name}_{seconds:02}_{at_s:03}"));
            }
            stop.store(true, Ordering::Relaxed);
            window.close(host);
        },
    );
    sent
}

#[test(needs(Display, Reference))]
#[ignore = "seven minutes of real time on an idle machine"]
fn loops_of_any_length_give_tags_and_a_tempo() {
    for name in ["rock_female_vocal", "techno_48k"] {
        for seconds in [1.0, 2.0, 4.0, 8.0, 16.0] {
            let sent = show_loop(name, seconds);
            println!(
                "window: loop of {seconds} s of {name}: {} values of tags, {} of a tempo sent",
                sent.tags, sent.tempo
            );
            assert!(sent.tags > 0 && sent.tempo > 0, "a loop of {seconds} s of {name}: {sent:?}");
        }
    }
}
