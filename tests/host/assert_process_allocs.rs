//! R3: the plugin in a build of nice-plug that ends the host when `process` allocates or frees. `cargo xtask prove`
//! makes that build and passes its path.

use std::env;

use clack_host::events::event_types::TransportFlags;
use clack_host::prelude::PluginEntry;
use clack_host::utils::SecondsTime;
use earmark_tests::signal::tune;
use earmark_tests::subprocess;
use serde_json::json;

use super::clap_raw;
use super::parameters::random_events;
use super::rng::{SEED, TestRng};
use super::test_host::{Host, ID};

/// Variables with the paths of the plugin and of the plugin that allocates.
const LIBRARIES: [&str; 2] = ["EARMARK_ASSERTING", "EARMARK_ALLOCATING"];
const RATE_HZ: f64 = 48_000.0;
const MAX_BLOCK: usize = 2048;

/// Returns the entry of the library that a variable names.
fn entry(variable: &str) -> PluginEntry {
    clap_raw::load(&env::var_os(variable).unwrap())
}

/// Processes audio with the plugin that allocates, in a process that is expected to abort.
#[entry_point]
fn process_with_the_allocating_plugin() {
    let entry = entry(LIBRARIES[1]);
    Host::try_new(&entry, c"audio.earmark.allocates").unwrap().with_audio(RATE_HZ, MAX_BLOCK, |harness| {
        harness.play_mono(&[0.0; 64]);
    });
}

#[test(needs(Allocating))]
fn a_plugin_that_allocates_ends_the_host() {
    let mut again = subprocess::command("host::assert_process_allocs::process_with_the_allocating_plugin").unwrap();
    let outcome = again.output().unwrap();
    let words = String::from_utf8_lossy(&outcome.stderr);
    println!("asserting: a planted allocation ended the host: {}", outcome.status);
    assert!(!outcome.status.success() && words.contains("memory allocation of"), "{}: {words}", outcome.status);
}

#[test(needs(Asserting))]
fn earmark_does_not_end_the_host() {
    let entry = entry(LIBRARIES[0]);
    let mut host = Host::try_new(&entry, ID).unwrap();
    let music = tune(RATE_HZ, 60.0);
    let mut rng = TestRng::new(SEED);
    for offline in [false, true, false] {
        host.set_offline(offline);
        // The previous round may have left any values.
        let settings = [
            ("tags", json!({"string": "msd-vgg"})),
            ("midi", json!({"bool": true})),
            ("freeze", json!({"bool": false})),
            ("block", json!({"bool": true})),
        ];
        host.restore(&settings, &[]);
        let params = host.params();
        let seconds = if offline { 8.0 } else { 60.0 };
        let (blocks, events) = host.with_audio(RATE_HZ, MAX_BLOCK, |harness| {
            let (mut at, mut blocks, mut events) = (0, 0, 0);
            while at < (seconds * RATE_HZ) as usize {
                let frames = (1 + rng.below(MAX_BLOCK)).min(music.len() - at);
                if !offline && rng.chance(0.02) {
                    random_events(&params, &mut rng, 0).iter().for_each(|event| harness.events.push(event));
                }
                if let Some(transport) = &mut harness.transport {
                    // Plays, stops, or jumps.
                    transport.flags.set(TransportFlags::IS_PLAYING, offline || rng.chance(0.9));
                    let place = if !offline && rng.chance(0.01) { rng.below(music.len()) } else { at };
                    transport.song_pos_seconds = SecondsTime::from_float(place as f64 / RATE_HZ);
                }
                harness.play_mono(&music[at..at + frames]);
                events += harness.midi().count();
                if !offline && rng.chance(0.01) {
                    harness.reset();
                }
                (at, blocks) = (at + frames, blocks + 1);
            }
            (blocks, events)
        });
        println!("asserting: offline {offline}: {seconds} s in {blocks} blocks, {events} MIDI messages, no abort");
        // Without transport changes there are messages to send.
        assert!(!offline || events > 0, "expected MIDI messages, got none");
    }
}
