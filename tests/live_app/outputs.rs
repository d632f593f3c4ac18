//! Outputs as received by independent programs: OSC by python-osc, MIDI by the monitor of JACK, the page by a browser.

use std::io::{BufRead, BufReader};
use std::process::{Child, Command, Stdio};
use std::sync::mpsc::{Receiver, channel};
use std::thread;
use std::time::{Duration, Instant};

use earmark_tests::reference::root;
use earmark_tests::requirements::python;

use super::browser::Browser;
use super::running::Running;
use super::virtual_sound_card::VirtualSoundCard;
use crate::command::models::network;
use crate::command::program::earmark_with_models;

/// Child process that ends on drop.
pub(super) struct Helper(pub(super) Child);

impl Drop for Helper {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

/// Returns a channel of the lines of a child, each with its time of arrival.
pub(super) fn lines(child: &mut Child) -> Receiver<(Instant, String)> {
    let (tell, told) = channel();
    let out = child.stdout.take().unwrap();
    thread::spawn(move || {
        for line in BufReader::new(out).lines().map_while(Result::ok) {
            if tell.send((Instant::now(), line)).is_err() {
                return;
            }
        }
    });
    told
}

/// Waits for the next line with that beginning.
pub(super) fn next(lines: &Receiver<(Instant, String)>, begins: &str) -> (Instant, String) {
    let begun = Instant::now();
    loop {
        let left = Duration::from_secs(60).saturating_sub(begun.elapsed());
        let line = lines.recv_timeout(left).unwrap_or_else(|_| panic!("waited a minute for a line with `{begins}`"));
        if line.1.contains(begins) {
            return line;
        }
    }
}

/// Writes music of the reference data in which a tag becomes active and inactive again; returns the folder and the path.
fn clip() -> (tempfile::TempDir, String) {
    let folder = tempfile::tempdir().unwrap();
    let (clip, ..) = super::mono_clip("metal_growl.flac", folder.path());
    let clip = clip.to_str().unwrap().to_owned();
    (folder, clip)
}

fn percentiles(mut delays_ms: Vec<f64>) -> (f64, f64) {
    delays_ms.sort_by(f64::total_cmp);
    let at = |share: f64| delays_ms[((delays_ms.len() - 1) as f64 * share).round() as usize];
    (at(0.5), at(0.99))
}

/// Program that prints the port and each message that it receives.
pub(super) const OSC_RECEIVER: &str = r#"
import sys, time
from pythonosc.dispatcher import Dispatcher
from pythonosc.osc_server import BlockingOSCUDPServer
def heard(address, *arguments):
    print(time.time(), address, *arguments, flush=True)
dispatcher = Dispatcher()
dispatcher.set_default_handler(heard)
server = BlockingOSCUDPServer(("127.0.0.1", 0), dispatcher)
print("port", server.server_address[1], flush=True)
server.serve_forever()
"#;

#[test(needs(PythonOsc, Reference))]
fn osc_is_received_by_python_osc() {
    let mut receiver = Command::new(python()).args(["-c", OSC_RECEIVER]).stdout(Stdio::piped()).spawn().unwrap();
    let heard = lines(&mut receiver);
    let _receiver = Helper(receiver);
    let port = next(&heard, "port ").1.trim_start_matches("port ").to_owned();
    let (_folder, clip) = clip();
    // Every address gets the messages.
    let second = std::net::UdpSocket::bind("127.0.0.1:0").unwrap();
    second.set_nonblocking(true).unwrap();
    let address = format!("127.0.0.1:{port}, localhost:{}", second.local_addr().unwrap().port());
    let arguments = ["listen", "--file", &clip, "--rate", "2", "--osc", &address, "--osc-prefix", "/stage"];
    let mut program = Running::start(&arguments, |_| {});
    assert_eq!(program.end(), 0, "{}", program.errors());
    let heard: Vec<String> = heard.try_iter().map(|(_, line)| line).collect();
    let of = |address: &str| heard.iter().filter(|line| line.contains(address)).collect::<Vec<_>>();
    let told = program.lines();
    let tags: Vec<_> = told.iter().filter(|line| line.json["event"] == "tags").collect();
    let times = of(" /stage/time ");
    assert_eq!(times.len(), tags.len(), "a message for every prediction");
    for (message, line) in times.iter().zip(&tags) {
        let end_s: f64 = message.rsplit(' ').next().unwrap().parse().unwrap();
        assert!((end_s - line.json["end_s"].as_f64().unwrap()).abs() < 1e-5, "{message}");
    }
    // Both times are of the system clock: from the line to the receipt of the message.
    let delays = times.iter().zip(&tags).map(|(message, line)| {
        let received: f64 = message.split(' ').next().unwrap().parse().unwrap();
        (received - line.json["at"].as_f64().unwrap()).abs() * 1e3
    });
    let (p50, p99) = percentiles(delays.collect());
    assert_eq!(of(" /stage/tag/metal ").len(), tags.len());
    assert!(!of(" /stage/begin ").is_empty(), "a tag lit up");
    assert_eq!(of(" /stage/tempo ").is_empty(), !cfg!(feature = "tempocnn"));
    assert!(second.recv(&mut [0; 2048]).is_ok_and(|length| length > 0), "the second address");
    println!("live_app: OSC: {} messages, receipt {p50:.1} ms (p50) and {p99:.1} ms (p99) from the line", heard.len());
}

#[test(needs(Jack, Reference))]
fn midi_is_received_by_another_client_with_a_clock_and_no_note_hangs() {
    let card = VirtualSoundCard::start(48_000);
    let (_folder, clip) = clip();
    // The program connects a requested port itself.
    let mut dump = Command::new("stdbuf");
    card.offer(dump.args(["-oL", "jack_midi_dump", "-a", "receiver"]).stdout(Stdio::piped()));
    let mut dump = dump.spawn().unwrap();
    let heard = lines(&mut dump);
    let _dump = Helper(dump);
    let begun = Instant::now();
    while !card.ports().iter().any(|port| port.starts_with("receiver:")) {
        assert!(begun.elapsed() < Duration::from_secs(10), "the receiver has not come up");
        thread::sleep(Duration::from_millis(50));
    }
    let arguments = [
        "listen",
        "--file",
        &clip,
        "--rate",
        "2",
        "--midi",
        "receiver",
        "--midi-clock",
        "--midi-channel",
        "3",
        "--follow",
        "metal=20/60",
        "--follow",
        "jazz=21",
    ];
    let mut program = Running::start(&arguments, |command| card.offer(command));
    assert_eq!(program.end(), 0, "{}", program.errors());
    assert!(program.errors().contains("MIDI port earmark:tags (JACK)"), "{}", program.errors());
    thread::sleep(Duration::from_millis(500));
    let (times, heard): (Vec<Instant>, Vec<String>) = heard.try_iter().unzip();
    let count = |bytes: &str| heard.iter().filter(|line| line.contains(bytes)).count();
    // From the line to the receipt of the controllers of the same prediction, both measured by this test.
    let told: Vec<Instant> =
        program.lines().iter().filter(|line| line.json["event"] == "tags").map(|line| line.at).collect();
    let controllers = times.iter().zip(&heard).filter(|(_, line)| line.contains("b2 14") || line.contains("b2 15"));
    let delays = controllers.filter_map(|(received, _)| {
        let line = told.iter().rev().find(|told| *told <= received)?;
        Some((*received - *line).as_secs_f64() * 1e3)
    });
    let (p50, p99) = percentiles(delays.collect());
    println!(
        "live_app: MIDI: {} messages, receipt {p50:.1} ms (p50) and {p99:.1} ms (p99) from the line: {} controllers for metal, \
         {} for jazz, {} note on, {} note off, {} clocks",
        heard.len(),
        count("b2 14"),
        count("b2 15"),
        count("92 3c"),
        count("82 3c"),
        count(" f8")
    );
    assert!(count("b2 14") >= 1 && count("b2 15") >= 1, "{heard:?}");
    assert_eq!((count("92 3c"), count("82 3c")), (1, 1), "the tag lights up once, and its note ends: {heard:?}");
    if cfg!(feature = "tempocnn") {
        assert!(count("b2 0e") >= 1 && count(" fa") == 1 && count(" fc") == 1 && count(" f8") > 24, "{heard:?}");
    }
}

#[test(needs(Reference))]
fn missing_midi_system_is_reported_and_the_program_continues() {
    let (_folder, clip) = clip();
    let nowhere = format!("none{}", std::process::id());
    let arguments = ["listen", "--file", &clip, "--speed", "max", "--rate", "1", "--model", "msd-vgg", "--midi"];
    let mut program = Running::start(&arguments, |command| {
        command.env("JACK_DEFAULT_SERVER", &nowhere);
    });
    assert_eq!(program.end(), 0, "{}", program.errors());
    if !program.errors().contains("no MIDI system found") {
        // This machine has a working MIDI sequencer.
        assert!(program.errors().contains("MIDI port"), "{}", program.errors());
    }
    assert!(program.lines().iter().any(|line| line.json["tags"].is_object()));
}

/// Returns the address of the page that the program prints.
fn page(program: &Running) -> String {
    let begun = Instant::now();
    loop {
        let errors = program.errors();
        if let Some(at) = errors.find("http://") {
            return errors[at..].lines().next().unwrap().to_owned();
        }
        assert!(begun.elapsed() < Duration::from_secs(20), "no page: {errors}");
        thread::sleep(Duration::from_millis(20));
    }
}

#[test(needs(Browser, Reference))]
fn page_is_shown_in_a_browser_and_reconnects() {
    let (folder, clip) = clip();
    // Besides the built-in models an added one, whose tags must not be mixed up with theirs.
    let models = folder.path().join("models");
    let added = earmark_with_models(["models", "add", network(folder.path()).to_str().unwrap()], &models);
    assert_eq!(added.0, 0, "{}", added.2);
    let serve = |address: &str| {
        let mut arguments = vec!["listen", "--file", &clip, "--rate", "4", "--web", address, "--model", "msd-musicnn"];
        arguments
            .extend(cfg!(feature = "tempocnn").then_some(["--model", "tempocnn-deepsquare-k8"]).into_iter().flatten());
        arguments.extend(["--model", "mine"]);
        Running::start(&arguments, |command| {
            command.env("EARMARK_MODELS", &models);
        })
    };
    let first = serve("127.0.0.1:0");
    let url = page(&first);
    let mut browser = Browser::open(&url, &folder.path().join("profile"));
    browser.wait(20, "document.body.dataset.connected === 'yes'");
    browser.wait(30, "document.querySelector('.row .name').textContent === 'metal'");
    let width = "parseFloat(document.querySelector('.row .bar').style.width)";
    let before = browser.ask(width).as_f64().unwrap();
    browser.wait(20, &format!("{width} !== {before}"));
    browser.wait(
        20,
        "document.getElementById('lane').getContext('2d').getImageData(0, 0, 9999, 280).data.some(v => v > 0)",
    );
    // From the line to its display in the page, by the same clock.
    browser.ask(
        "window.delays = []; const before = show.tags; \
         show.tags = line => { before(line); delays.push(Date.now() / 1e3 - line.at); }; true",
    );
    browser.wait(30, "delays.length >= 20");
    let delays: Vec<f64> =
        browser.ask("delays").as_array().unwrap().iter().map(|s| s.as_f64().unwrap() * 1e3).collect();
    let (p50, p99) = percentiles(delays);
    let of_mine = "document.querySelectorAll('#added > div').length === 1 && \
                   document.querySelector('#added h2').textContent === 'mine' && \
                   document.querySelectorAll('#added .row').length === 3";
    browser.wait(30, of_mine);
    browser.wait(30, "parseFloat(document.querySelector('#added .bar').style.width) > 0");
    if cfg!(feature = "tempocnn") {
        browser.wait(30, "/^[0-9]+$/.test(document.getElementById('bpm').textContent)");
    }
    drop(first);
    browser.wait(20, "document.body.dataset.connected === 'no'");
    assert_eq!(browser.ask("document.getElementById('input').className"), "bad");
    let _second = serve(url.trim_start_matches("http://").trim_end_matches('/'));
    browser.wait(30, "document.body.dataset.connected === 'yes'");
    browser.wait(30, "document.getElementById('input').className === ''");
    println!("live_app: page: shown {p50:.1} ms (p50) and {p99:.1} ms (p99) after the line; it came back by itself");
}

#[test(needs(Browser))]
fn page_shows_lines_of_both_schemas() {
    let folder = tempfile::tempdir().unwrap();
    let page = root().join("standalone/outputs/src/web/page.html");
    let mut browser = Browser::open(&format!("file://{}", page.display()), &folder.path().join("profile"));
    browser.wait(20, "typeof show === 'object'");
    for [active, hint] in [["active", "hint"], ["lit", "way_out"]] {
        let tags = format!(
            "showTags({{ generation: '{active}', end_s: 3, tags: {{ rock: 0.9, jazz: 0.2 }}, {active}: ['rock'] }});
             [...document.querySelectorAll('.row.active .name')].map(name => name.textContent).join()"
        );
        assert_eq!(browser.ask(&tags), "rock", "{active}");
        let input = format!(
            "showInput({{ state: 'waiting', message: 'no {hint}', {hint}: 'Start one.' }});
             document.getElementById('input').textContent"
        );
        assert_eq!(browser.ask(&input), format!("no {hint}. Start one."));
    }
}
