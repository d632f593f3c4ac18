//! Time of the first prediction and age of predictions (R22), on a simulated clock.
//!
//! A host passes a block when its last sample has been played. The worker polls every few milliseconds, reads the
//! samples that have arrived, and is busy for as long as the predictions take; samples that arrive in the meantime are
//! read next. The cost of a prediction is the median thread time of a patch of a stream, measured beforehand, so only
//! that column depends on the load of the machine.

use std::path::PathBuf;
use std::process::ExitCode;
use std::sync::Arc;

use clap::Parser;
use earmark_dsp::{FeatureStream, SampleRate};
use earmark_models::{Analyzer, ContextMode, Model, ModelError, Registry};
use earmark_tests::arrays::Fault;
use earmark_tests::real_time::{self, Run};
use earmark_tests::{cost, machine, signal};
use serde_json::{Value, json};

/// Poll interval of the worker in seconds.
const POLL_INTERVAL_S: f64 = 0.004;
/// Length of the audio after the first prediction in seconds.
const REMAINING_S: f64 = 2.5;
/// Largest relative difference between the 99th percentile of the age and the sum of its terms.
const TOLERANCE: f64 = 0.2;

/// Models with their hops in frames: ten tag predictions and two tempo predictions a second.
const LIVE: [(&str, usize); 3] = [("msd-musicnn", 6), ("msd-vgg", 6), ("tempocnn-deepsquare-k8", 11)];

/// Prediction on the simulated clock; times in seconds.
struct Answer {
    published_s: f64,
    end_s: f64,
}

/// Terms of the age of a prediction, in seconds.
struct Terms {
    /// From the middle of the first frame to the middle of the last.
    context: f64,
    half_frame: f64,
    resampler: f64,
    hop: f64,
    /// Longest wait of a sample for the rest of its block.
    block: f64,
    /// Longest wait of a block for the worker's next poll.
    poll: f64,
    /// Thread time of one prediction.
    inference: f64,
}

/// Measures the time of the first prediction and the age of predictions.
#[derive(clap::Parser)]
struct Arguments {
    /// Run instances of the plugin in real time instead, and measure the cost of callbacks and the age of predictions.
    #[arg(long)]
    real: bool,
    /// Number of instances.
    #[arg(long, default_value_t = 8)]
    instances: usize,
    /// Duration in seconds.
    #[arg(long, default_value_t = 60.0)]
    seconds: f64,
    /// Write the figures as JSON to this file, too.
    #[arg(long)]
    json: Option<PathBuf>,
}

fn main() -> Result<ExitCode, Fault> {
    let Arguments { real, instances, seconds, json } = Arguments::parse();
    println!("{}\n", machine::description());
    if real {
        let report = real_time::run(Run { instances, seconds })?;
        report.print();
        if let Some(path) = json {
            machine::write(&path, report.json())?;
        }
        // The exit code depends on dropped samples, not on the speed of the machine.
        return Ok(ExitCode::from(u8::from(report.dropped() > 0)));
    }
    println!("milliseconds; first = context + half a frame + resampler + block + poll + inference;");
    println!("age = hop + resampler + block + poll + inference\n");
    println!(
        "model                     rate  block | context  1/2 fr  resamp     hop   block    poll   infer | \
         first: sum  seen | age: sum   p50   p99   p99/sum"
    );
    let (mut sound, mut rows) = (true, Vec::new());
    for (id, hop_frames) in LIVE {
        let Ok(model) = Registry::global().load(id) else { continue };
        let inference_s = cost::follow_s(&model, hop_frames, ContextMode::ZeroPadded)?;
        let hop_s = (hop_frames * model.card().front_end.hop()) as f64 / model.card().front_end.rate().hz();
        if inference_s > hop_s {
            println!("{id}: this machine cannot keep up with a prediction every {:.0} ms", hop_s * 1e3);
        }
        for rate_hz in [44_100.0, 48_000.0, 96_000.0] {
            for block in [64, 512, 2048] {
                let (row_sound, figures) = row(&model, hop_frames, inference_s, rate_hz, block)?;
                sound &= row_sound;
                rows.push(figures);
            }
        }
    }
    if let Some(path) = json {
        machine::write(&path, Value::Array(rows))?;
    }
    println!(
        "\nage p99 within {:.0} % of its sum, first answer no later than its sum: {}",
        TOLERANCE * 100.0,
        if sound { "yes" } else { "NO" }
    );
    Ok(ExitCode::from(u8::from(!sound)))
}

/// Measures and prints one row; returns false if the measured age differs from the sum of the terms.
fn row(
    model: &Arc<Model>,
    hop_frames: usize,
    inference_s: f64,
    rate_hz: f64,
    block: usize,
) -> Result<(bool, Value), Fault> {
    let (card, rate) = (model.card(), SampleRate::new(rate_hz)?);
    let samples = signal::tune(rate_hz, card.context_s() + REMAINING_S);
    // As in a live stream.
    let analyzer =
        Analyzer::builder(rate).gate(None).early(true).model_with_hop(Arc::clone(model), hop_frames).build()?;
    let answers = play(&completed(analyzer, &samples, block)?, block as f64 / rate_hz, inference_s);
    let Some(first) = answers.first() else { return Err("no answer in the time that one takes".into()) };

    let front_end = card.front_end;
    let at_front_end = |samples: usize| samples as f64 / front_end.rate().hz();
    let terms = Terms {
        context: at_front_end((model.needed_frames() - 1) * front_end.hop()),
        half_frame: at_front_end(front_end.frame_len() / 2),
        resampler: FeatureStream::new(front_end, rate)?.latency_s(),
        hop: at_front_end(hop_frames * front_end.hop()),
        block: rate.seconds(block as u64),
        poll: POLL_INTERVAL_S,
        inference: inference_s,
    };
    let common = terms.resampler + terms.block + terms.poll + terms.inference;
    let first_sum = terms.context + terms.half_frame + common;
    let age_sum = terms.hop + common;
    let ages = ages(&answers);
    let percentile = |share: f64| ages[((ages.len() - 1) as f64 * share).round() as usize];
    let (p50, p99) = (percentile(0.5), percentile(0.99));
    let ms = |seconds: f64| seconds * 1e3;
    println!(
        "{:24} {rate_hz:>6} {block:>5} | {:>7.0} {:>7.1} {:>7.1} {:>7.1} {:>7.1} {:>7.1} {:>7.1} | {:>10.0} {:>5.0} | {:>8.0} {:>5.0} {:>5.0} {:>9.2}",
        card.id,
        ms(terms.context),
        ms(terms.half_frame),
        ms(terms.resampler),
        ms(terms.hop),
        ms(terms.block),
        ms(terms.poll),
        ms(terms.inference),
        ms(first_sum),
        ms(first.published_s),
        ms(age_sum),
        ms(p50),
        ms(p99),
        p99 / age_sum
    );
    let figures = json!({
        "model": card.id, "rate_hz": rate_hz, "block": block, "context_s": terms.context, "half_frame_s": terms.half_frame,
        "resampler_s": terms.resampler, "hop_s": terms.hop, "block_s": terms.block, "poll_s": terms.poll,
        "inference_s": terms.inference, "first_s": first.published_s, "age_p50_s": p50, "age_p99_s": p99,
    });
    // If the machine is too slow for the rate, ages grow with the backlog, and the sum does not apply.
    let sound =
        terms.inference > terms.hop || (p99 / age_sum - 1.0).abs() <= TOLERANCE && first.published_s <= first_sum;
    Ok((sound, figures))
}

/// Returns the ends in source time of the predictions that each block completes.
fn completed(mut analyzer: Analyzer, samples: &[f32], block: usize) -> Result<Vec<Vec<f64>>, ModelError> {
    samples
        .chunks(block)
        .map(|samples| {
            let mut ends = Vec::new();
            analyzer.push(samples, &mut |prediction| ends.push(prediction.end_s))?;
            Ok(ends)
        })
        .collect()
}

/// Simulates a worker that needs `inference_s` for each prediction and gets blocks of `block_s` seconds.
fn play(completed: &[Vec<f64>], block_s: f64, inference_s: f64) -> Vec<Answer> {
    let mut blocks = completed.iter().zip(1..).peekable();
    let (mut now_s, mut answers) = (0.0, Vec::new());
    while blocks.peek().is_some() {
        let looked_s = now_s;
        while let Some((ends, _)) = blocks.next_if(|&(_, number)| f64::from(number) * block_s <= looked_s) {
            for &end_s in ends {
                now_s += inference_s;
                answers.push(Answer { published_s: now_s, end_s });
            }
        }
        if now_s == looked_s {
            now_s += POLL_INTERVAL_S;
        }
    }
    answers
}

/// Returns the age of the shown prediction at every millisecond from the first to the last, in order of size.
fn ages(answers: &[Answer]) -> Vec<f64> {
    let mut ages = Vec::new();
    for pair in answers.windows(2) {
        let looks = ((pair[1].published_s - pair[0].published_s) * 1e3) as usize;
        ages.extend((0..looks).map(|look| pair[0].published_s + look as f64 / 1e3 - pair[0].end_s));
    }
    ages.sort_by(f64::total_cmp);
    ages
}
