//! R14: rate, block and model change at random while music plays; no value of the previous model is sent as one of the
//! present model.

use std::thread;
use std::time::{Duration, Instant};

use earmark_tests::signal::tune;
use serde_json::json;

use super::allocations::Counts;
use super::audio::ProcessHarness;
use super::rng::TestRng;
use super::test_host::Host;

/// Tags that only one of the two families of models has, with their controllers.
const OF_MSD: (&str, u8) = ("alternative", 20);
const OF_MTT: (&str, u8) = ("techno", 21);

/// Number of choices of the tag model; every other one in the parameter's order is of the second family.
const MODELS: usize = 4;

/// Longest time until a model's first prediction: the model is loaded first, and the machine may be busy.
const TIMEOUT: Duration = Duration::from_secs(60);

/// Checks that a block has no controller of the family that is not selected; returns whether it has one of the other.
fn listen(harness: &ProcessHarness, model: usize, about: &str) -> bool {
    let (mine, other) = if model.is_multiple_of(2) { (OF_MSD, OF_MTT) } else { (OF_MTT, OF_MSD) };
    let mut heard = false;
    for [status, controller, value] in harness.midi() {
        assert_ne!((status & 0xF0, controller), (0xB0, other.1), "{about}: {value} of `{}` is stale", other.0);
        heard |= (status & 0xF0, controller) == (0xB0, mine.1);
    }
    heard
}

#[test]
fn changes_of_rate_block_and_model_send_no_stale_value() {
    let seed = 0x5eed_0014;
    println!("seed {seed:#x}");
    let mut rng = TestRng::new(seed);
    let mut host = Host::new();
    let follow = |(tag, cc): (&str, u8)| json!({"tag": tag, "cc": cc, "note": null});
    host.restore(
        &[("midi", json!({"bool": true})), ("smooth", json!({"f32": 0.0})), ("tempo", json!({"string": "off"}))],
        &[("midi", json!([follow(OF_MSD), follow(OF_MTT)]))],
    );
    let (tags, channel) = (host.param("Tag model"), host.param("MIDI channel"));
    let (mut switches, mut answers) = (0_u16, 0);
    let mut model = 0;
    for rate_hz in [44_100.0, 16_000.0, 96_000.0, 48_000.0, 22_050.0] {
        let music = tune(rate_hz, 4.0);
        host.with_audio(rate_hz, 2048, |harness| {
            let mut at = 0;
            for round in 0..100 {
                let about = format!("seed {seed:#x}, {rate_hz} Hz, round {round}");
                model = rng.below(MODELS);
                harness.events.push(&tags.set(0, model as f64));
                // On another channel every value is sent again, even if the models agree.
                harness.events.push(&channel.set(0, f64::from(switches % 2)));
                switches += 1;
                // Every twentieth model runs until its first prediction, the others for a few blocks at most.
                let must_answer = round % 20 == 19;
                let blocks = if must_answer { usize::MAX } else { rng.below(20) };
                let begun = Instant::now();
                for _ in 0..blocks {
                    let frames = 1 + rng.below(2048);
                    let block: Vec<f32> = (0..frames).map(|i| music[(at + i) % music.len()]).collect();
                    at += frames;
                    harness.play_mono(&block);
                    if listen(harness, model, &about) && must_answer {
                        answers += 1;
                        break;
                    }
                    assert!(begun.elapsed() < TIMEOUT, "{about}: expected an answer of model {model}, got none");
                    if must_answer {
                        // Several times faster than real time, so that the worker is busy but keeps up.
                        thread::sleep(Duration::from_secs_f64(frames as f64 / rate_hz / 8.0));
                    }
                }
            }
            assert_eq!(harness.counts, Counts::default(), "in process, seed {seed:#x}, {rate_hz} Hz");
        });
    }
    println!("{switches} switches of the model, {answers} waited for, 5 rates");
    assert_eq!(answers, 25);
}
