//! Tags a buffer of samples, as a batch job, a sampler or a sound library does.
//!
//! `cargo run -p earmark-models --example tag_buffer`

use std::error::Error;
use std::sync::Arc;

use earmark_dsp::SampleRate;
use earmark_models::{Analyzer, PredictionValue, Registry};

fn main() -> Result<(), Box<dyn Error>> {
    // Mono samples at any rate: here eight seconds of a string that is plucked twice a second.
    let rate = SampleRate::new(44_100.0)?;
    let samples = plucked(rate.hz(), 8.0);

    // A model is loaded once per process for any number of analyzers.
    let model = Registry::global().load("msd-musicnn")?;
    let mut analyzer = Analyzer::builder(rate).model(Arc::clone(&model)).build()?;

    // `predictions` has those that the samples complete, `last_predictions` those that the end of the stream completes.
    let mut predictions = analyzer.predictions(&samples).collect::<Result<Vec<_>, _>>()?;
    for last in analyzer.last_predictions() {
        predictions.push(last?);
    }

    for prediction in predictions {
        print!("{:4.1} to {:4.1} s: ", prediction.start_s, prediction.end_s);
        match prediction.outcome {
            // The gate rejected the patch, so no network ran.
            PredictionValue::Silent => println!("silence"),
            _ => {
                let best = model.card().top_labels(&prediction, 3);
                let best: Vec<_> = best.iter().map(|(label, value)| format!("{label} {value:.2}")).collect();
                println!("{}", best.join(", "));
            }
        }
    }
    Ok(())
}

/// Returns a string plucked twice a second (Karplus-Strong: noise in a delay line with a low-pass filter).
fn plucked(rate_hz: f64, seconds: f64) -> Vec<f32> {
    let notes_hz = [220.0, 261.63, 329.63, 440.0];
    let note_len = (rate_hz / 2.0) as usize;
    let mut seed = 1_u32;
    let mut line: Vec<f32> = vec![0.0];
    (0..(rate_hz * seconds) as usize)
        .map(|i| {
            if i % note_len == 0 {
                let period = (rate_hz / notes_hz[i / note_len % notes_hz.len()]) as usize;
                line = (0..period)
                    .map(|_| {
                        seed = seed.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
                        (seed >> 8) as f32 / 16_777_216.0 - 0.5
                    })
                    .collect();
            }
            let (here, next) = (i % note_len % line.len(), (i % note_len + 1) % line.len());
            let out = line[here];
            line[here] = 0.498 * (line[here] + line[next]);
            out
        })
        .collect()
}
