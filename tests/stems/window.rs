//! The editor of Earmark Stems in a window of a real display, while a song plays.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use earmark_tests::load::Load;

use super::song;
use super::stems_host::{host, render_beside, set};
use crate::host::window::{MIN_COLOURS, Window, display};

const BLOCK: usize = 512;
const RATE_HZ: f64 = 44_100.0;

/// Index of a mode, whether other work occupies the processor, and the name of a picture.
const CASES: [(f64, bool, &str); 3] =
    [(3.0, false, "stems_normal"), (5.0, false, "stems_light"), (1.0, true, "stems_overloaded")];

#[test(needs(Display, Reference))]
fn editor_shows_stems_and_the_state_of_the_machine() {
    let display = display();
    for (mode, busy, picture) in CASES {
        let input = song(13.0);
        let mut host = host();
        set(&mut host, "Mode", mode);
        let begun = Instant::now();
        let played = AtomicUsize::new(0);
        let pace = |_| {
            let blocks = played.fetch_add(1, Ordering::Relaxed) + 1;
            let due = begun + Duration::from_secs_f64((blocks * BLOCK) as f64 / RATE_HZ);
            thread::sleep(due.saturating_duration_since(Instant::now()));
        };
        let load = Load::new(if busy { 6 } else { 0 }).unwrap();
        render_beside(&mut host, RATE_HZ, &input, BLOCK, pace, |host| {
            let window = Window::open(&display, host);
            thread::sleep(Duration::from_secs(10));
            host.serve();
            let mut colours = window.wait_until_drawn(Duration::from_secs(5));
            window.keep_picture(picture);
            drop(load);
            if colours < MIN_COLOURS {
                // A software renderer may not get to draw beside the other work.
                colours = window.wait_until_drawn(Duration::from_secs(60));
            }
            println!("window: {picture}: {colours} colours");
            assert!(colours >= MIN_COLOURS, "{picture}: {colours} colours are a blank window");
            window.close(host);
        });
    }
}
