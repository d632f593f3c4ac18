//! Settings of the panel that are no host parameters are in the state that the host saves.

use std::thread;
use std::time::{Duration, Instant};

use earmark_editor::PanelHost;
use earmark_panel::{Controls, OscSettings, RenderHop, Reports};
use earmark_plugin::host_controls;
use earmark_tests::signal::tune;
use serde_json::json;

use super::audio::ProcessHarness;
use super::fault_injection;
use super::test_host::Saved;

#[test]
fn reports_and_osc_chosen_in_the_panel_are_saved_with_the_session() {
    let (mut host, inside) = fault_injection::host();
    let before = Saved::read(&host.save()).choices();
    assert_eq!((&before["report"]["save"], &before["osc"]["on"]), (&json!(false), &json!(false)));
    let mut controls = host_controls(&inside.params, None);
    let reports = Reports { save: true, folder: "/music".into(), hop: RenderHop::Frames(31), markers: true };
    let osc = OscSettings { on: true, address: "10.0.0.7:57120".into(), prefix: "/stage".into() };
    controls.set_reports(reports.clone());
    controls.set_osc(osc.clone());
    let saved = host.save();
    let after = Saved::read(&saved).choices();
    let expected = json!({"save": true, "folder": "/music", "hop": {"frames": 31}, "markers": true});
    assert_eq!(after["report"], expected);
    assert_eq!(after["osc"], json!({"on": true, "address": "10.0.0.7:57120", "prefix": "/stage"}));
    // Another instance that loads the state has the settings, too.
    let (mut other, inside) = fault_injection::host();
    assert!(other.load(&saved));
    let controls = host_controls(&inside.params, None);
    assert_eq!((controls.reports(), controls.osc()), (Some(reports), Some(osc)));
}

#[test]
fn session_with_an_absent_model_names_it_and_runs_the_others() {
    const RATE_HZ: f64 = 16_000.0;
    const BLOCK: usize = 512;

    let (mut host, inside) = fault_injection::host();
    let sha256 = "ab".repeat(32);
    let absent = json!({"id": "mood_sad-elsewhere-1", "sha256": sha256, "file": "mood_sad.pb"});
    host.select_fast_model();
    host.restore(&[], &[("added_models", json!([absent]))]);
    let stopped = host.activate(RATE_HZ, BLOCK);
    let mut harness = ProcessHarness::start(stopped, &host.requests, 2);
    let mut screen = PanelHost::new(&inside.instance);
    let begun = Instant::now();
    for block in tune(RATE_HZ, 30.0).chunks_exact(BLOCK).cycle() {
        harness.play_mono(block);
        if inside.instance.timeline.read(|timeline| timeline.next_seq()) > 3 {
            break;
        }
        assert!(begun.elapsed() < Duration::from_secs(60), "expected the others to listen, heard nothing");
        thread::sleep(Duration::from_millis(4));
    }
    let messages = screen.state().messages.clone();
    let words = messages.iter().map(|message| message.text.as_str()).collect::<Vec<_>>().join("\n");
    println!("shown: {words}");
    for expected in ["`mood_sad-elsewhere-1`", "mood_sad.pb", &sha256, "the other models run"] {
        assert!(words.contains(expected), "{expected}: {words}");
    }
    let stopped = harness.stop();
    host.deactivate(stopped);
    // The saved state still names the absent model.
    assert_eq!(Saved::read(&host.save()).choices()["added_models"], json!([absent]));
}
