//! Analyzes a live stream without a window or a plugin host.
//!
//! `cargo run -p earmark-session --example headless`
//!
//! The main thread represents the audio callback of a device. Results are read from the timeline, as a log or another
//! program reads them.

use std::error::Error;
use std::f32::consts::TAU;
use std::sync::Arc;
use std::thread;
use std::time::Duration;

use earmark_dsp::SampleRate;
use earmark_models::{PredictionValue, Registry};
use earmark_session::{Instance, Mode, Session, SessionConfig, SharedSettings, Transport, WorkerPool};

/// Duration of the audio in seconds. It is played four times faster than real time.
const DURATION_S: usize = 8;
/// Frames in a block.
const BLOCK: usize = 512;
/// Number of channels.
const CHANNELS: usize = 2;

fn main() -> Result<(), Box<dyn Error>> {
    let settings = Arc::new(SharedSettings::new(Registry::global()));
    settings.set_tags("msd-vgg");
    settings.set_tempo(None);
    settings.set_rate_hz(2.0);
    let instance = Arc::new(Instance::new(settings));

    let rate = SampleRate::HZ_48000;
    let config = SessionConfig { rate, channels: CHANNELS, max_block: BLOCK };
    let mut session = Session::new(&instance, &WorkerPool::shared(), config)?;
    session.activate(Mode::Realtime);

    let mut next = 0;
    let mut block = [0.0; BLOCK * CHANNELS];
    for start in (0..DURATION_S * rate.hz() as usize).step_by(BLOCK) {
        for (i, frame) in block.chunks_exact_mut(CHANNELS).enumerate() {
            frame.fill(chord((start + i) as f32 / rate.hz() as f32));
        }
        session.process_interleaved(&block, &Transport::default());
        next = print(&instance, next);
        thread::sleep(Duration::from_secs_f64(BLOCK as f64 / rate.hz() / 4.0));
    }

    // The end of the stream is flushed like the end of a file.
    session.deactivate();
    if !session.wait_idle(Duration::from_secs(60)) {
        return Err("the worker thread has not processed all samples in a minute".into());
    }
    let predictions = print(&instance, next);
    let counters = instance.snapshot().ok_or("expected a session, got none")?.counters;
    println!("{predictions} predictions, {} samples dropped", counters.dropped);
    Ok(())
}

/// Prints the entries of the timeline from the sequence number `next` on, and returns the number after the last one.
fn print(instance: &Instance, next: u64) -> u64 {
    instance.timeline.read(|timeline| {
        for (_, entry) in timeline.since(next) {
            let prediction = &entry.prediction;
            let Some(card) = instance.registry().card(&prediction.model) else { continue };
            let text = match &prediction.outcome {
                PredictionValue::Tags { values, .. } => {
                    let best = card.labels.iter().zip(values).max_by(|a, b| a.1.total_cmp(b.1));
                    best.map_or_else(String::new, |(label, value)| format!("{label} {value:.2}"))
                }
                _ => "silence".to_owned(),
            };
            println!("{:4.1} to {:4.1} s: {text}", prediction.start_s, prediction.end_s);
        }
        timeline.next_seq()
    })
}

/// Returns a sample of a chord that swells every two seconds.
fn chord(at_s: f32) -> f32 {
    let swell = 0.5 - 0.5 * (TAU * at_s / 2.0).cos();
    [110.0, 164.81, 220.0, 277.18_f32].iter().map(|hz| (TAU * hz * at_s).sin()).sum::<f32>() * 0.15 * swell
}
