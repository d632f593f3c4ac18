//! Helpers that compute features and predictions of samples.

use std::sync::Arc;

use earmark_dsp::{DspError, FeatureStream, FrontEnd, LastPatchMode, SampleRate};
use earmark_models::{Analyzer, Gate, Model, ModelError, Prediction};

/// Models, rate and gate of an analysis.
#[derive(Clone)]
pub struct Setup {
    /// Rate of the samples in Hz.
    pub rate_hz: f64,
    /// Models with their hops.
    pub models: Vec<(Arc<Model>, usize)>,
    /// The gate, if any.
    pub gate: Option<Gate>,
    /// Treatment of the last, incomplete patch.
    pub last_patch_mode: LastPatchMode,
}

impl Setup {
    /// Returns a setup of one model at its card's hop, without a gate.
    #[must_use]
    pub fn plain(rate_hz: f64, model: Arc<Model>) -> Self {
        let hop = model.card().hop_frames;
        Self { rate_hz, models: vec![(model, hop)], gate: None, last_patch_mode: LastPatchMode::Discard }
    }

    /// Returns an analyzer with this setup.
    ///
    /// # Errors
    /// Returns the error of the analyzer.
    pub fn analyzer(&self) -> Result<Analyzer, ModelError> {
        let mut builder =
            Analyzer::builder(SampleRate::new(self.rate_hz)?).gate(self.gate).last_patch_mode(self.last_patch_mode);
        for (model, hop) in &self.models {
            builder = builder.model_with_hop(Arc::clone(model), *hop);
        }
        builder.build()
    }

    /// Returns all predictions for samples that are pushed in blocks.
    ///
    /// # Errors
    /// Returns the error of the analyzer.
    pub fn predict<'a>(&self, blocks: impl IntoIterator<Item = &'a [f32]>) -> Result<Vec<Prediction>, ModelError> {
        let mut analyzer = self.analyzer()?;
        let mut predictions = Vec::new();
        for block in blocks {
            analyzer.push(block, &mut |prediction| predictions.push(prediction))?;
        }
        analyzer.flush(&mut |prediction| predictions.push(prediction))?;
        Ok(predictions)
    }
}

/// Returns the features, frame by frame, of samples that are pushed in blocks.
///
/// # Errors
/// When the rate cannot be converted.
pub fn features<'a>(
    front_end: FrontEnd,
    rate_hz: f64,
    blocks: impl IntoIterator<Item = &'a [f32]>,
) -> Result<Vec<f32>, DspError> {
    let mut stream = FeatureStream::new(front_end, SampleRate::new(rate_hz)?)?;
    let mut features = Vec::new();
    for block in blocks {
        stream.push(block, |mut frame| features.extend_from_slice(frame.bands()));
    }
    stream.flush(|mut frame| features.extend_from_slice(frame.bands()));
    Ok(features)
}

/// Returns the largest absolute difference between two sequences; infinite when their lengths differ or one holds a
/// NaN.
#[must_use]
pub fn worst_difference(a: &[f32], b: &[f32]) -> f32 {
    if a.len() != b.len() {
        return f32::INFINITY;
    }
    let worst = |worst: f32, difference: f32| if difference.is_nan() { f32::INFINITY } else { worst.max(difference) };
    a.iter().zip(b).map(|(a, b)| (a - b).abs()).fold(0.0, worst)
}
