//! Analyzes a stream that another thread plays, as a host, a live rig or an installation does.
//!
//! `cargo run -p earmark-models --example follow_stream`
//!
//! The playing thread represents an audio callback: it uses only the [`Tap`], which is real-time safe. The worker
//! thread analyzes the samples and calls the sink with each prediction.

use std::error::Error;
use std::f32::consts::TAU;
use std::sync::Arc;
use std::thread;
use std::time::Duration;

use earmark_dsp::{AnalysisStream, SampleRate, Tap, Worker, WorkerConfig, latest_channel, tap};
use earmark_models::{Analyzer, Card, Prediction, Registry};

/// Duration of the played audio in seconds; the example takes a quarter of that time.
const PLAYED_S: f64 = 12.0;
/// Samples in a block.
const BLOCK: usize = 512;

fn main() -> Result<(), Box<dyn Error>> {
    let rate = SampleRate::new(48_000.0)?;
    let model = Registry::global().load("msd-vgg")?;
    // 62 frames of 16 ms: one prediction per second. Ten per second would be 6 frames.
    let analyzer = Analyzer::builder(rate).model_with_hop(Arc::clone(&model), 62).build()?;

    // A ring of one second between the threads, and one reader of the latest prediction, for example for a display.
    let (tap, reader) = tap(rate, 48_000, 64);
    let (mut latest, mut readers) = latest_channel(1, None);
    let sink = move |prediction: Prediction| {
        println!("{}", describe(&prediction, model.card()));
        latest.publish(&Some(prediction));
    };

    let worker = Worker::spawn(WorkerConfig::default())?;
    let stream = worker.start(AnalysisStream::new(reader, analyzer, sink));
    let tap = thread::spawn(move || play(tap, rate.hz())).join().map_err(|_| "the playing thread panicked")?;

    // The end of the stream is a mark after its last sample: once it is processed, so are all samples.
    let everything = stream.wait_for_position(tap.position(), Duration::from_secs(60));
    let counters = tap.counters();
    println!("processed everything: {everything}; pushed {}, dropped {}", counters.pushed, counters.dropped);
    for reader in &mut readers {
        if let Some(prediction) = reader.latest() {
            println!("latest prediction ends at {:.1} s", prediction.end_s);
        }
    }
    Ok(())
}

/// Plays chords in blocks, at four times real-time speed.
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

fn describe(prediction: &Prediction, card: &Card) -> String {
    let best = card.top_labels(prediction, 1);
    let text = best.first().map_or_else(|| "silence".to_owned(), |(label, value)| format!("{label} {value:.2}"));
    format!("{:4.1} to {:4.1} s: {text}", prediction.start_s, prediction.end_s)
}
