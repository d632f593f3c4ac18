//! R27: the editor in a window of a real display.

use std::process::Command;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use clack_extensions::gui::{GuiApiType, GuiConfiguration, GuiSize, PluginGui};
use clack_host::events::event_types::TransportFlags;
use clack_host::utils::SecondsTime;
use earmark_models::Registry;
use earmark_session::state::AddedModel;
use earmark_tests::reference::{fixtures, folder};
use serde_json::{Value, json};
use x11rb::COPY_DEPTH_FROM_PARENT;
use x11rb::connection::Connection;
use x11rb::protocol::xproto::{ConnectionExt, CreateWindowAux, EventMask, ImageFormat, WindowClass};
use x11rb::rust_connection::RustConnection;
use x11rb::wrapper::ConnectionExt as _;

use super::audio::ProcessHarness;
use super::clap_raw;
use super::clip::Clip;
use super::test_host::Host;

const BLOCK: usize = 256;
/// Smallest number of colours of a picture that shows the panel.
pub(crate) const MIN_COLOURS: usize = 40;

/// Connects to the display and returns the connection and the number of the screen.
pub(crate) fn display() -> (RustConnection, usize) {
    x11rb::connect(None).unwrap()
}

/// Window of a host with an editor in it.
pub(crate) struct Window<'a> {
    pub(crate) connection: &'a RustConnection,
    pub(crate) id: u32,
    gui: PluginGui,
}

impl<'a> Window<'a> {
    pub(crate) fn open(display: &'a (RustConnection, usize), host: &mut Host) -> Self {
        Self::open_late(display, host, Duration::ZERO)
    }

    /// Opens the editor, and shows it `gap` after it was put into the window.
    pub(crate) fn open_late((connection, screen): &'a (RustConnection, usize), host: &mut Host, gap: Duration) -> Self {
        let gui: PluginGui = host.extension().expect("an editor");
        let configuration = GuiConfiguration { api_type: GuiApiType::X11, is_floating: false };
        let handle = host.instance().plugin_handle();
        assert!(gui.is_api_supported(&handle, configuration), "embedded in X11");
        gui.create(&handle, configuration).unwrap();
        let GuiSize { width, height } = gui.get_size(&handle).expect("a size");
        let id = connection.generate_id().unwrap();
        let root = connection.setup().roots[*screen].root;
        let (width, height) = (width as u16, height as u16);
        let looks =
            CreateWindowAux::new().background_pixel(0x00ff_00ff).override_redirect(1).event_mask(EventMask::KEY_PRESS);
        connection
            .create_window(
                COPY_DEPTH_FROM_PARENT,
                id,
                root,
                0,
                0,
                width,
                height,
                0,
                WindowClass::INPUT_OUTPUT,
                0,
                &looks,
            )
            .unwrap();
        connection.map_window(id).unwrap();
        connection.sync().unwrap();
        clap_raw::set_parent(gui, host, id);
        host.serve_for(gap);
        // A plugin may not support show and hide; the window is visible anyway.
        let _ = gui.show(&host.instance().plugin_handle());
        Self { connection, id, gui }
    }

    fn resize(&self, host: &mut Host, width: u32, height: u32) {
        let handle = host.instance().plugin_handle();
        let size = self.gui.adjust_size(&handle, GuiSize { width, height }).unwrap_or(GuiSize { width, height });
        if self.gui.set_size(&handle, size).is_ok() {
            let wanted = x11rb::protocol::xproto::ConfigureWindowAux::new().width(size.width).height(size.height);
            self.connection.configure_window(self.id, &wanted).unwrap();
            self.connection.sync().unwrap();
        }
    }

    /// Returns the number of colours in the window.
    fn colours(&self) -> usize {
        let size = self.connection.get_geometry(self.id).unwrap().reply().unwrap();
        let image = self.connection.get_image(ImageFormat::Z_PIXMAP, self.id, 0, 0, size.width, size.height, !0);
        let image = image.unwrap().reply().unwrap();
        let mut colours: Vec<&[u8]> = image.data.chunks_exact(4).map(|pixel| &pixel[..3]).collect();
        colours.sort_unstable();
        colours.dedup();
        colours.len()
    }

    /// Waits until the panel is drawn and returns the number of colours.
    pub(crate) fn wait_until_drawn(&self, longest: Duration) -> usize {
        let begun = Instant::now();
        loop {
            let colours = self.colours();
            if colours >= MIN_COLOURS || begun.elapsed() > longest {
                return colours;
            }
            // The window draws on a thread of its own.
            thread::sleep(Duration::from_millis(20));
        }
    }

    /// Saves a picture in the folder `EARMARK_PICTURES`, if it is set and ImageMagick is installed.
    pub(crate) fn keep_picture(&self, name: &str) {
        if let Some(folder) = std::env::var_os("EARMARK_PICTURES") {
            let path = std::path::Path::new(&folder).join(format!("{name}.png"));
            let _ = Command::new("import").args(["-window", &self.id.to_string()]).arg(path).status();
        }
    }

    pub(crate) fn close(self, host: &mut Host) {
        self.gui.destroy(&host.instance().plugin_handle());
        let _ = self.connection.destroy_window(self.id);
        self.connection.sync().unwrap();
    }
}

/// Processes a clip once or repeatedly, at `pace` times real time, until `stop` is set.
fn play(harness: &mut ProcessHarness, clip: &Clip, pace: f64, again: bool, stop: &AtomicBool) {
    let (begun, mut played, mut at) = (Instant::now(), 0, 0);
    while !stop.load(Ordering::Relaxed) {
        if at + BLOCK > clip.frames() {
            if !again {
                return;
            }
            at = 0;
        }
        if let Some(transport) = &mut harness.transport {
            transport.flags |= TransportFlags::IS_PLAYING;
            transport.song_pos_seconds = SecondsTime::from_float(at as f64 / clip.rate_hz);
        }
        let block: Vec<&[f32]> = clip.channels.iter().map(|channel| &channel[at..at + BLOCK]).collect();
        harness.play(&block);
        at += BLOCK;
        played += BLOCK;
        let due = begun + Duration::from_secs_f64(played as f64 / clip.rate_hz / pace);
        if let Some(wait) = due.checked_duration_since(Instant::now()) {
            // Paced like the callbacks of a sound card.
            thread::sleep(wait);
        }
    }
}

pub(crate) fn clip(name: &str) -> Clip {
    let reference = folder().ok().map(|folder| folder.join(format!("audio/{name}.flac"))).filter(|path| path.is_file());
    let mut clip = Clip::read(&reference.unwrap_or_else(|| fixtures().join("tune.flac")));
    if clip.channels.len() == 1 {
        clip.channels.push(clip.channels[0].clone());
    }
    clip
}

/// Opens the editor with these settings while a clip plays, and saves a picture of it.
fn show(
    display: &(RustConnection, usize),
    name: &str,
    choices: &[(&str, Value)],
    after: Duration,
    tall: bool,
    picture: &str,
) {
    let clip = clip(name);
    let mut host = Host::new();
    // An update rate that a slow machine can process while it draws.
    host.restore(&[("rate", json!({ "f32": 5.0 }))], choices);
    let stop = AtomicBool::new(false);
    host.with_both(
        clip.rate_hz,
        BLOCK,
        |harness| play(harness, &clip, 1.0, true, &stop),
        |host| {
            let window = Window::open(display, host);
            if tall {
                window.resize(host, 480, 1000);
            }
            thread::sleep(after);
            host.serve();
            let colours = window.wait_until_drawn(Duration::from_secs(60));
            window.keep_picture(picture);
            println!("window: {picture}: {colours} colours");
            assert!(colours >= MIN_COLOURS, "{picture}: {colours} colours are a blank window");
            stop.store(true, Ordering::Relaxed);
            window.close(host);
        },
    );
}

#[test(needs(Display))]
fn editor_shows_results() {
    let display = display();
    // Most runs are long enough for a tempo if the clip is.
    for (picture, name, theme, section, seconds) in [
        ("metal_growl", "metal_growl", "dark", "live", 16),
        ("solo_piano", "solo_piano", "light", "live", 15),
        ("silence", "silence", "dark", "live", 6),
        ("sound", "metal_growl", "dark", "sound", 8),
        ("descriptors", "solo_piano", "dark", "descriptors", 18),
        ("setup", "solo_piano", "dark", "setup", 4),
    ] {
        let choices = [("panel", json!(json!({ "theme": theme, "section": section }).to_string()))];
        // A tall window shows most of the settings.
        let tall = section == "setup";
        show(&display, name, &choices, Duration::from_secs(seconds), tall, picture);
    }
}

#[test(needs(Display, AddedModels))]
fn editor_shows_results_of_added_models() {
    let display = display();
    let registry = Registry::global();
    let added = registry.cards().into_iter().filter(|card| !registry.is_builtin(&card.id) && card.kind.has_labels());
    let added: Vec<_> = added.map(AddedModel::of).collect();
    assert!(!added.is_empty(), "expected added models, got none");
    for name in ["metal_growl", "solo_piano"] {
        let panel = json!({ "theme": "dark", "section": "moods" }).to_string();
        let choices = [("panel", json!(panel)), ("added_models", json!(added))];
        println!("window: {} added models", added.len());
        show(&display, name, &choices, Duration::from_secs(14), true, &format!("moods_{name}"));
    }
}

#[test(needs(Display))]
fn editor_is_resized_and_reopened_a_hundred_times() {
    let display = display();
    let clip = clip("metal_growl");
    let mut host = Host::new();
    host.restore(&[("tags", json!({ "string": "msd-vgg" })), ("rate", json!({ "f32": 20.0 }))], &[]);
    let stop = AtomicBool::new(false);
    host.with_both(
        clip.rate_hz,
        BLOCK,
        |harness| play(harness, &clip, 2.0, true, &stop),
        |host| {
            let begun = Instant::now();
            for round in 0..100 {
                let window = Window::open(&display, host);
                if round % 10 == 0 {
                    for scale in [0.5, 3.0, 1.0] {
                        window.resize(host, (480.0 * scale) as u32, (640.0 * scale) as u32);
                        host.serve();
                    }
                    let colours = window.wait_until_drawn(Duration::from_secs(60));
                    assert!(colours >= MIN_COLOURS, "round {round}: {colours} colours are a blank window");
                }
                // The other windows are closed at once, drawn or not, while the worker runs.
                window.close(host);
                host.serve();
            }
            println!("window: opened and closed 100 times in {:.1} s", begun.elapsed().as_secs_f64());
            stop.store(true, Ordering::Relaxed);
        },
    );
}
