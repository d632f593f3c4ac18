//! Follows a stream that another thread plays: what a host, a live rig or an installation would do.
//!
//! `cargo run -p earmark-models --example follow_stream`
//!
//! The playing thread stands for an audio callback: it touches nothing but the [`Tap`], which never allocates, locks
//! or waits. The worker hears at its own pace and calls back with each prediction.

use std::error::Error;
use std::f32::consts::TAU;
use std::thread;
use std::time::Duration;

use earmark_dsp::{SampleRate, Stream, Tap, Worker, WorkerConfig, latest_channel, tap};
use earmark_models::{Analyzer, Prediction, PredictionValue, Registry};

/// What is played, in seconds; it takes a quarter of that time.
const PLAYED_S: f64 = 12.0;
/// Samples in a block.
const BLOCK: usize = 512;

fn main() -> Result<(), Box<dyn Error>> {
    let rate = SampleRate::new(48_000.0)?;
    let model = Registry::global().load("msd-vgg")?;
    let labels = model.card().labels.clone();
    // 62 frames of 16 ms: a prediction a second. At 10 a second it would be 6.
    let analyzer = Analyzer::builder(rate).model_every(model, 62).build()?;

    // One ring of a second between the two threads, and one slot with the latest prediction for whoever shows it.
    let (tap, reader) = tap(rate, 48_000, 64);
    let (mut latest, mut readers) = latest_channel(1, None);
    let sink = move |prediction: Prediction| {
        println!("{}", describe(&prediction, &labels));
        latest.publish(&Some(prediction));
    };

    let worker = Worker::spawn(WorkerConfig::default())?;
    let stream = worker.attach(Stream { reader, analyzer, sink: Box::new(sink) });
    stream.set_active(true);
    let tap = thread::spawn(move || play(tap, rate.hz())).join().map_err(|_| "the playing thread panicked")?;

    // The end of the stream is a mark behind its last sample: once that is heard, so is everything.
    let everything = stream.wait_until(tap.position(), Duration::from_secs(60));
    let counters = tap.counters();
    println!("heard everything: {everything}; pushed {}, dropped {}", counters.pushed, counters.dropped);
    for reader in &mut readers {
        if let Some(prediction) = reader.latest() {
            println!("still on show: what was heard until {:.1} s", prediction.end_s);
        }
    }
    Ok(())
}

/// Plays chords in blocks, four times as fast as they would sound.
fn play(mut tap: Tap, rate_hz: f64) -> Tap {
    let chord_hz = [110.0, 164.81, 220.0, 277.18, 329.63_f32];
    let block_time = Duration::from_secs_f64(BLOCK as f64 / rate_hz / 4.0);
    let mut block = [0.0; BLOCK];
    for start in (0..(PLAYED_S * rate_hz) as usize).step_by(BLOCK) {
        for (i, sample) in block.iter_mut().enumerate() {
            let t = (start + i) as f32 / rate_hz as f32;
            let swell = 0.5 - 0.5 * (TAU * t / 4.0).cos();
            *sample = chord_hz.iter().map(|hz| (TAU * hz * t).sin()).sum::<f32>() * 0.15 * swell;
        }
        tap.push_mono(&block);
        thread::sleep(block_time);
    }
    tap.end();
    tap
}

fn describe(prediction: &Prediction, labels: &[String]) -> String {
    let heard = match &prediction.outcome {
        PredictionValue::Tags { values, .. } => {
            let best = labels.iter().zip(values).max_by(|a, b| a.1.total_cmp(b.1));
            best.map_or_else(String::new, |(label, value)| format!("{label} {value:.2}"))
        }
        _ => "silence".to_owned(),
    };
    format!("{:4.1} to {:4.1} s: {heard}", prediction.start_s, prediction.end_s)
}
