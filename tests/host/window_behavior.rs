//! Editor in hosts that show it late, listen to its keys, embed it by XEmbed, and ask for changes before they close.

use std::sync::atomic::Ordering;
use std::thread;
use std::time::{Duration, Instant};

use cpu_time::ProcessTime;
use earmark_tests::load::Load;
use x11rb::connection::Connection;
use x11rb::protocol::Event;
use x11rb::protocol::xproto::{AtomEnum, MOTION_NOTIFY_EVENT};
use x11rb::protocol::xproto::{
    BUTTON_PRESS_EVENT, BUTTON_RELEASE_EVENT, ConnectionExt, KEY_PRESS_EVENT, KEY_RELEASE_EVENT,
};
use x11rb::protocol::xtest::ConnectionExt as _;
use x11rb::rust_connection::RustConnection;
use x11rb::wrapper::ConnectionExt as _;

use super::test_host::Host;
use super::window::{MIN_COLOURS, Window, display};

const LONG: Duration = Duration::from_secs(30);
/// Largest share of a core that an open editor takes while nothing plays, with a GPU in software.
const MAX_IDLE_SHARE: f64 = 0.04;

/// Opens and closes the editor with a gap before it is shown, and returns the number of its colours.
fn colours_of_late_editor(display: &(RustConnection, usize), host: &mut Host, gap: Duration) -> usize {
    let window = Window::open_late(display, host, gap);
    let colours = window.wait_until_drawn(LONG);
    window.close(host);
    host.serve();
    colours
}

#[test(needs(Display))]
fn editor_that_is_shown_late_is_drawn() {
    let display = display();
    let mut host = Host::new();
    for gap_s in [0.0, 0.3, 0.3, 2.0] {
        let colours = colours_of_late_editor(&display, &mut host, Duration::from_secs_f64(gap_s));
        assert!(colours >= MIN_COLOURS, "shown after {gap_s} s: {colours} colours are a blank window");
    }
}

#[test(needs(Display))]
#[ignore = "a minute, and all cores are busy"]
fn editor_is_drawn_in_fifty_of_fifty_openings_under_load() {
    let (display, mut host, _load) = (display(), Host::new(), Load::new(6).unwrap());
    let gaps = [0.0, 0.3, 0.0, 0.3, 2.0].into_iter().cycle().take(50).map(Duration::from_secs_f64);
    let drawn = gaps.filter(|&gap| colours_of_late_editor(&display, &mut host, gap) >= MIN_COLOURS).count();
    println!("window: {drawn} of 50 openings drawn under load, shown after 0, 0.3 and 2 s");
    assert_eq!(drawn, 50);
}

/// Moves the pointer to the middle of the window and clicks.
fn click(window: &Window<'_>, root: u32) {
    let size = window.connection.get_geometry(window.id).unwrap().reply().unwrap();
    let place = window.connection.translate_coordinates(window.id, root, 0, 0).unwrap().reply().unwrap();
    let (x, y) = (place.dst_x + size.width as i16 / 2, place.dst_y + size.height as i16 / 2);
    for (event, detail) in [(MOTION_NOTIFY_EVENT, 0), (BUTTON_PRESS_EVENT, 1), (BUTTON_RELEASE_EVENT, 1)] {
        window.connection.xtest_fake_input(event, detail, 0, root, x, y, 0).unwrap();
        window.connection.sync().unwrap();
        // As long as a hand takes, so that the editor draws in between.
        thread::sleep(Duration::from_millis(120));
    }
}

/// Returns the keycode of a key by its symbol.
fn keycode(connection: &RustConnection, symbol: u32) -> u8 {
    let setup = connection.setup();
    let (first, count) = (setup.min_keycode, setup.max_keycode - setup.min_keycode + 1);
    let map = connection.get_keyboard_mapping(first, count).unwrap().reply().unwrap();
    let per_code = usize::from(map.keysyms_per_keycode);
    let place = map.keysyms.chunks(per_code).position(|symbols| symbols[0] == symbol).expect("a key with this symbol");
    first + place as u8
}

fn press(window: &Window<'_>, root: u32, symbol: u32) -> u8 {
    let code = keycode(window.connection, symbol);
    for event in [KEY_PRESS_EVENT, KEY_RELEASE_EVENT] {
        window.connection.xtest_fake_input(event, code, 0, root, 0, 0, 0).unwrap();
    }
    window.connection.sync().unwrap();
    code
}

/// Waits until the window of the host gets this key; false if it does not.
fn host_gets(window: &Window<'_>, code: u8) -> bool {
    let begun = Instant::now();
    while begun.elapsed() < Duration::from_secs(5) {
        match window.connection.poll_for_event().unwrap() {
            Some(Event::KeyPress(event)) if event.detail == code => return true,
            Some(_) => {}
            // The editor forwards keys on its own thread.
            None => thread::sleep(Duration::from_millis(5)),
        }
    }
    false
}

const SPACE: u32 = 0x20;
const LETTER_N: u32 = 0x6e;
const DIGIT_5: u32 = 0x35;

#[test(needs(Display))]
fn keys_that_the_panel_does_not_use_reach_the_host() {
    let display = display();
    let root = display.0.setup().roots[display.1].root;
    let mut host = Host::new();
    let window = Window::open(&display, &mut host);
    assert!(window.wait_until_drawn(LONG) >= MIN_COLOURS);
    click(&window, root);
    for symbol in [SPACE, LETTER_N] {
        let code = press(&window, root, symbol);
        assert!(host_gets(&window, code), "key {symbol:#x} stayed in the panel after a click");
    }
    window.close(&mut host);
}

#[test(needs(Display))]
fn change_of_the_saved_state_is_announced_to_the_host() {
    let display = display();
    let root = display.0.setup().roots[display.1].root;
    let mut host = Host::new();
    let window = Window::open(&display, &mut host);
    assert!(window.wait_until_drawn(LONG) >= MIN_COLOURS);
    click(&window, root);
    host.serve_for(Duration::from_millis(300));
    let (before, changes) = (host.save(), || host.requests.dirty.load(Ordering::Relaxed));
    let announced = changes();
    press(&window, root, DIGIT_5);
    let begun = Instant::now();
    while host.requests.dirty.load(Ordering::Relaxed) == announced && begun.elapsed() < LONG {
        host.serve_for(Duration::from_millis(20));
    }
    let after = host.save();
    window.close(&mut host);
    assert_ne!(before, after, "the page is a part of the saved state");
    assert!(host.requests.dirty.load(Ordering::Relaxed) > announced, "expected an announcement, got none");
    assert_eq!(host.requests.wrong(), Vec::<String>::new());
}

#[test(needs(Display))]
fn editor_supports_xembed() {
    let display = display();
    let mut host = Host::new();
    let window = Window::open(&display, &mut host);
    assert!(window.wait_until_drawn(LONG) >= MIN_COLOURS);
    let children = window.connection.query_tree(window.id).unwrap().reply().unwrap().children;
    let name = window.connection.intern_atom(false, b"_XEMBED_INFO").unwrap().reply().unwrap().atom;
    let info = window.connection.get_property(false, children[0], name, AtomEnum::ANY, 0, 2).unwrap().reply().unwrap();
    assert_eq!(info.value32().map(Iterator::collect), Some(vec![0, 1]), "version 0, mapped");
    window.close(&mut host);
}

#[test(needs(Display))]
fn open_editor_costs_little_while_nothing_plays() {
    let display = display();
    let mut host = Host::new();
    let window = Window::open(&display, &mut host);
    assert!(window.wait_until_drawn(LONG) >= MIN_COLOURS);
    // Animations of the first frames.
    host.serve_for(Duration::from_secs(2));
    let (begun, spent) = (Instant::now(), ProcessTime::now());
    host.serve_for(Duration::from_secs(5));
    let share = spent.elapsed().as_secs_f64() / begun.elapsed().as_secs_f64();
    println!("window: {:.1} % of a core while nothing plays", share * 100.0);
    window.close(&mut host);
    assert!(share <= MAX_IDLE_SHARE, "{share}");
}
