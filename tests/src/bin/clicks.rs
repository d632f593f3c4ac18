//! Accuracy of tempo models on clicks (R23): at every tempo from 60 to 200 BPM, with a jitter of up to 5 %, and on a
//! ramp. The prediction thirteen seconds after the first click counts.

use std::path::PathBuf;

use clap::Parser;
use earmark_dsp::LastPatchMode;
use earmark_models::{Kind, Model, ModelError, PredictionValue, Registry};
use earmark_tests::arrays::Fault;
use earmark_tests::listen::Setup;
use earmark_tests::{machine, signal};
use serde_json::{Value, json};
use std::f64::consts::TAU;
use std::sync::Arc;

const RATE_HZ: f64 = 11_025.0;
/// Tempi in BPM.
const TEMPI_BPM: std::ops::RangeInclusive<u32> = 60..=200;
/// Time in seconds from the first click to the prediction that counts.
const LOCK_IN_S: f64 = 13.0;
/// Largest jitter of a beat, as a share of the beat period.
const JITTER: f64 = 0.05;
/// First and last tempo of the ramp in BPM, and its length in seconds.
const RAMP: (f64, f64, f64) = (90.0, 150.0, 60.0);
/// Hop in frames: two predictions a second.
const HOP_FRAMES: usize = 11;

/// Measures the accuracy of tempo models on clicks.
#[derive(clap::Parser)]
struct Arguments {
    /// Write the figures as JSON to this file, too.
    #[arg(long)]
    json: Option<PathBuf>,
}

/// Numbers of predictions by their relation to the true tempo.
#[derive(Debug, Clone, Copy, Default)]
struct Score {
    /// Within 1 BPM.
    right: usize,
    /// Within 2 BPM of twice the tempo.
    double: usize,
    /// Within 1 BPM of half the tempo.
    half: usize,
    other: usize,
}

impl Score {
    fn add(&mut self, bpm: f64, truth: f64) {
        let near = |tempo: f64, most: f64| (bpm - tempo).abs() <= most;
        let slot = match () {
            () if near(truth, 1.0) => &mut self.right,
            () if near(truth * 2.0, 2.0) => &mut self.double,
            () if near(truth / 2.0, 1.0) => &mut self.half,
            () => &mut self.other,
        };
        *slot += 1;
    }
}

fn main() -> Result<(), Fault> {
    let Arguments { json } = Arguments::parse();
    println!("{}\n", machine::description());
    println!("clicks from {} to {} BPM, {LOCK_IN_S} s after the first:\n", TEMPI_BPM.start(), TEMPI_BPM.end());
    println!("model                    beats       first answer   right   double   half   other");
    let mut rows = Vec::new();
    for card in Registry::global().cards().iter().filter(|card| card.kind != Kind::Tags) {
        let model = Registry::global().load(&card.id)?;
        for (name, jitter) in [("steady", 0.0), ("5 % off", JITTER)] {
            let (score, first_s) = steady(&model, jitter)?;
            let Score { right, double, half, other } = score;
            println!("{:24} {name:10} {first_s:>11.1} s {right:>7} {double:>8} {half:>6} {other:>7}", card.id);
            if first_s > LOCK_IN_S {
                return Err(format!(
                    "{}: expected an answer within {LOCK_IN_S} s, got one after {first_s:.1} s",
                    card.id
                )
                .into());
            }
            rows.push(json!({ "model": card.id, "beats": name, "first_answer_s": first_s, "right": right,
                              "double": double, "half": half, "other": other }));
        }
    }
    let (from, to, seconds) = RAMP;
    println!("\na ramp from {from} to {to} BPM in {seconds} s:\n");
    println!("model                    answers   on the ramp (or an octave off)   median lag");
    for card in Registry::global().cards().iter().filter(|card| card.kind != Kind::Tags) {
        let (answers, mut lags) = ramp(&Registry::global().load(&card.id)?)?;
        lags.sort_by(f64::total_cmp);
        let lag_s = lags.get(lags.len() / 2).copied().unwrap_or(f64::NAN);
        println!("{:24} {answers:>7} {:>32} {lag_s:>10.1} s", card.id, lags.len());
        rows.push(
            json!({ "model": card.id, "beats": "ramp", "answers": answers, "on_the_ramp": lags.len(), "lag_s": lag_s }),
        );
    }
    Ok(json.map_or(Ok(()), |path| machine::write(&path, Value::Array(rows)))?)
}

/// Returns samples with clicks at these times in seconds.
fn clicks(beats: &[f64], seconds: f64) -> Vec<f32> {
    let mut samples = vec![0.0; (seconds * RATE_HZ) as usize];
    for beat_s in beats {
        let first = (beat_s * RATE_HZ).ceil().max(0.0) as usize;
        for (i, sample) in samples.iter_mut().enumerate().skip(first).take((0.1 * RATE_HZ) as usize) {
            let since_s = i as f64 / RATE_HZ - beat_s;
            *sample += (0.8 * (TAU * 1_000.0 * since_s).sin() * (-since_s * 60.0).exp()) as f32;
        }
    }
    samples
}

/// Returns the end in source time and the tempo of every prediction.
fn tempi(model: &Arc<Model>, samples: &[f32]) -> Result<Vec<(f64, f64)>, ModelError> {
    let models = vec![(Arc::clone(model), HOP_FRAMES)];
    let setup = Setup { rate_hz: RATE_HZ, models, gate: None, last_patch_mode: LastPatchMode::Discard };
    let predictions = setup.predict([samples])?.into_iter();
    Ok(predictions
        .filter_map(|prediction| match prediction.outcome {
            PredictionValue::Tempo { local, .. } => Some((prediction.end_s, local.bpm.into())),
            _ => None,
        })
        .collect())
}

/// Measures every tempo; returns the score and the time of the latest first prediction.
fn steady(model: &Arc<Model>, jitter: f64) -> Result<(Score, f64), Fault> {
    let (mut score, mut first_s, mut random) = (Score::default(), 0.0_f64, 23);
    for bpm in TEMPI_BPM {
        let beat_s = 60.0 / f64::from(bpm);
        let mut off = || jitter * (f64::from(signal::random(&mut random)) / f64::from(u32::MAX) * 2.0 - 1.0);
        let beats: Vec<f64> =
            (0..).map(|beat| (f64::from(beat) + off()) * beat_s).take_while(|at| *at < LOCK_IN_S).collect();
        let tempi = tempi(model, &clicks(&beats, LOCK_IN_S))?;
        let ((first, _), (_, last)) = tempi.first().zip(tempi.last()).ok_or("no answer in the time that one takes")?;
        first_s = first_s.max(*first);
        score.add(*last, bpm.into());
    }
    Ok((score, first_s))
}

/// Measures the ramp; returns the number of predictions, and the lags of those that are on it.
fn ramp(model: &Arc<Model>) -> Result<(usize, Vec<f64>), Fault> {
    let (from, to, seconds) = RAMP;
    let tempo = |at_s: f64| from + (to - from) * (at_s / seconds).min(1.0);
    let (mut beats, mut at_s) = (Vec::new(), 0.0);
    while at_s < seconds {
        beats.push(at_s);
        at_s += 60.0 / tempo(at_s);
    }
    let tempi = tempi(model, &clicks(&beats, seconds))?;
    // Lag behind the time at which the ramp had the predicted tempo, in any octave.
    let lag = |&(end_s, bpm): &(f64, f64)| {
        let octaves = [bpm, bpm / 2.0, bpm * 2.0].into_iter().filter(|bpm| (from..=to).contains(bpm));
        let lags = octaves.map(|bpm| end_s - (bpm - from) / (to - from) * seconds);
        // A patch is twelve seconds long, so the tempo must have occurred within it.
        lags.filter(|lag_s| (-0.5..=13.0).contains(lag_s)).min_by(f64::total_cmp)
    };
    Ok((tempi.len(), tempi.iter().filter_map(lag).collect()))
}
