//! A test run of a model: whether it runs, and its cost.

use std::time::Instant;

use earmark_models::{Card, Model, ModelError};

/// Number of timed runs; the fastest counts.
const RUNS: usize = 3;

/// The result of a test run.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Probe {
    /// Time of one run of the network, in milliseconds.
    pub answer_ms: f64,
    /// CPU load at the hop of the card, as a fraction of real time; for a head, without its base model.
    pub share: f64,
    /// Whether overlapping patches share work, so that a shorter hop costs less than in proportion.
    pub shares_work: bool,
}

/// Loads a model and runs it on silence and on noise. Blocks.
pub(crate) fn probe(card: &Card, onnx: &[u8]) -> Result<Probe, ModelError> {
    let model = Model::from_onnx(card.clone(), onnx)?;
    let mut network = model.network();
    let values = card.input.iter().product();
    network.run(&vec![0.0; values])?;
    let mut state = 1_u32;
    let noise: Vec<f32> = (0..values)
        .map(|_| {
            state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
            (state >> 8) as f32 / (1 << 24) as f32
        })
        .collect();
    let mut fastest = f64::INFINITY;
    for _ in 0..RUNS {
        let begun = Instant::now();
        network.run(&noise)?;
        fastest = fastest.min(begun.elapsed().as_secs_f64());
    }
    let hop_s = (card.hop_frames * card.front_end.hop()) as f64 / card.front_end.rate().hz();
    Ok(Probe { answer_ms: fastest * 1e3, share: fastest / hop_s, shares_work: model.shares_work() })
}
