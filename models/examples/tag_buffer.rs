//! Tags a buffer of samples: what a batch job, a sampler or a sound library would do.
//!
//! `cargo run -p earmark-models --example tag_buffer`

use std::error::Error;

use earmark_dsp::SampleRate;
use earmark_models::{Analyzer, PredictionValue, Registry};

fn main() -> Result<(), Box<dyn Error>> {
    // Mono samples at any rate: here eight seconds of a plucked string, struck twice a second.
    let rate = SampleRate::new(44_100.0)?;
    let samples = plucked(rate.hz(), 8.0);

    // A model is loaded once per process, however many analyzers listen with it.
    let model = Registry::global().load("msd-musicnn")?;
    let labels = model.card().labels.clone();
    let mut analyzer = Analyzer::builder(rate).model(model).build()?;

    // `push` gives the predictions that the samples complete, `flush` those that the end of the stream completes.
    let mut predictions = Vec::new();
    analyzer.push(&samples, &mut |prediction| predictions.push(prediction))?;
    analyzer.flush(&mut |prediction| predictions.push(prediction))?;

    for prediction in predictions {
        print!("{:4.1} to {:4.1} s: ", prediction.start_s, prediction.end_s);
        match prediction.outcome {
            PredictionValue::Tags { values, .. } => {
                let mut tags: Vec<_> = labels.iter().zip(values).collect();
                tags.sort_by(|a, b| b.1.total_cmp(&a.1));
                let best: Vec<_> = tags.iter().take(3).map(|(label, value)| format!("{label} {value:.2}")).collect();
                println!("{}", best.join(", "));
            }
            // The gate let nothing through, so no network was asked.
            PredictionValue::Silent => println!("silence"),
            _ => println!("something that a tagger does not say"),
        }
    }
    Ok(())
}

/// A string plucked twice a second: noise that goes round in a delay line and loses its edges on the way.
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
