//! Network of a model for one stream: a patch in, activations and embedding out.

use std::fmt;
use std::sync::Arc;

use crate::{Card, ContextMode, Engine, InferenceState, Kind, Layout, ModelError, Normalisation, PatchStep};

/// Output of a network for one patch.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Activations {
    /// One value per class, 0 to 1 unless the classes are quantities; empty for a model that outputs only an embedding.
    pub activations: Vec<f32>,
    /// Embedding of the patch, of models that output one.
    pub embedding: Option<Vec<f32>>,
}

/// Network of a model with the state of one stream.
pub struct Network {
    id: String,
    /// Number of values in a row of the patch: a frame, or one of its rows.
    bands: usize,
    layout: Layout,
    normalisation: Normalisation,
    engine: Arc<dyn Engine>,
    state: Option<Box<dyn InferenceState>>,
    /// Number of new frames in skipped patches since the last patch that was run.
    passed: usize,
    input: Vec<f32>,
    outputs: Vec<Vec<f32>>,
    /// Whether the first output has one value per class.
    names: bool,
    result: Activations,
}

impl fmt::Debug for Network {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Network")
            .field("id", &self.id)
            .field("input", &self.engine.input())
            .field("outputs", &self.engine.outputs())
            .finish_non_exhaustive()
    }
}

impl Network {
    pub(crate) fn new(card: &Card, engine: Arc<dyn Engine>, context_mode: ContextMode) -> Self {
        Self {
            id: card.id.clone(),
            bands: card.front_end.bands() / card.front_end.rows(),
            layout: card.layout,
            normalisation: card.normalisation,
            input: Vec::with_capacity(card.input.iter().product()),
            names: card.kind != Kind::Embedding,
            outputs: vec![Vec::new(); engine.outputs().len()],
            result: Activations { activations: Vec::new(), embedding: card.embedding.map(Vec::with_capacity) },
            state: engine.new_state(context_mode),
            passed: 0,
            engine,
        }
    }

    /// Runs one independent patch: frame by frame, as the front end outputs it, not normalized. It may end with the last
    /// [frame that reaches the outputs](crate::Model::needed_frames). The input of a head is one embedding. Allocates in
    /// the engine.
    ///
    /// # Errors
    /// [`ModelError::Shape`] if the patch has another size, [`ModelError::Engine`] if the engine fails, and
    /// [`ModelError::NotFinite`] if an output is NaN or infinite.
    pub fn run(&mut self, patch: &[f32]) -> Result<&Activations, ModelError> {
        self.reset();
        self.run_next(patch, PatchStep { new_frames: usize::MAX, next_hop: usize::MAX })
    }

    /// Runs the next patch of a stream, which shares all frames except the new ones with the previous patch. The result
    /// equals that of [`Network::run`] up to rounding of sums.
    ///
    /// # Errors
    /// As [`Network::run`].
    pub fn run_next(&mut self, patch: &[f32], step: PatchStep) -> Result<&Activations, ModelError> {
        let expected = self.engine.input().iter().product();
        if patch.len() != expected && patch.len() != self.engine.needed_values() {
            let (id, what, got) = (self.id.clone(), "patch values", patch.len());
            return Err(ModelError::Shape { id, what, expected, got });
        }
        let input = if self.layout == Layout::FramesBands && self.normalisation == Normalisation::None {
            patch
        } else {
            self.prepare(patch);
            &self.input
        };
        let new_frames = step.new_frames.saturating_add(std::mem::take(&mut self.passed));
        let ran = match &mut self.state {
            Some(state) => state.run_patch(input, PatchStep { new_frames, ..step }, &mut self.outputs),
            None => self.engine.run(input, &mut self.outputs),
        };
        ran.map_err(|error| ModelError::Engine { id: self.id.clone(), error })?;
        for output in &self.outputs {
            if let Some((index, &got)) = output.iter().enumerate().find(|(_, value)| !value.is_finite()) {
                return Err(ModelError::NotFinite { id: self.id.clone(), index, got });
            }
        }
        let named = self.names.then_some(&mut self.result.activations);
        let slots = named.into_iter().chain(self.result.embedding.as_mut());
        slots.zip(&mut self.outputs).for_each(|(slot, output)| std::mem::swap(slot, output));
        Ok(&self.result)
    }

    /// Starts a new stream: tensors that the network carries from patch to patch become zeros.
    pub fn reset(&mut self) {
        if let Some(state) = &mut self.state {
            state.reset();
        }
    }

    /// Skips a patch of a stream, of which `new_frames` frames were not in the previous patch.
    pub fn skip(&mut self, new_frames: usize) {
        self.passed = self.passed.saturating_add(new_frames);
    }

    /// Writes the patch to the input, normalized and in the layout of the card.
    fn prepare(&mut self, patch: &[f32]) {
        let (offset, divisor) = match self.normalisation {
            Normalisation::None => (0.0, 1.0),
            Normalisation::Standard => standard(patch),
            Normalisation::Max => (0.0, patch.iter().copied().fold(0.0_f32, f32::max)),
            Normalisation::Decibels(_) => (patch.iter().copied().fold(f32::NEG_INFINITY, f32::max), 1.0),
        };
        let divisor = if divisor > 0.0 { divisor } else { 1.0 };
        let normalisation = self.normalisation;
        let normal = |value: f32| {
            let value = (value - offset) / divisor;
            match normalisation {
                Normalisation::Decibels(scale) => (value.max(-scale.range) + scale.add) * scale.multiply,
                _ => value,
            }
        };
        self.input.clear();
        match self.layout {
            Layout::FramesBands => self.input.extend(patch.iter().map(|&value| normal(value))),
            Layout::BandsFrames => {
                for band in 0..self.bands {
                    self.input.extend(patch.iter().skip(band).step_by(self.bands).map(|&value| normal(value)));
                }
            }
        }
    }
}

/// Returns mean and population standard deviation; the deviation of a constant patch is exactly 0.
fn standard(patch: &[f32]) -> (f32, f32) {
    if patch.windows(2).all(|pair| pair[0] == pair[1]) {
        return (patch.first().copied().unwrap_or(0.0), 0.0);
    }
    let count = patch.len() as f64;
    let mean = patch.iter().map(|&value| f64::from(value)).sum::<f64>() / count;
    let variance = patch.iter().map(|&value| (f64::from(value) - mean).powi(2)).sum::<f64>() / count;
    (mean as f32, variance.sqrt() as f32)
}

#[cfg(test)]
mod tests {
    use std::sync::Mutex;

    use super::*;
    use crate::{EngineError, OutputSpec, zoo};

    /// Engine with a constant output that records its input.
    struct FakeEngine {
        shape: Vec<usize>,
        output_specs: Vec<OutputSpec>,
        answer: f32,
        last_input: Mutex<Vec<f32>>,
    }

    impl Engine for FakeEngine {
        fn input(&self) -> &[usize] {
            &self.shape
        }

        fn outputs(&self) -> &[OutputSpec] {
            &self.output_specs
        }

        fn run(&self, input: &[f32], outputs: &mut [Vec<f32>]) -> Result<(), EngineError> {
            *self.last_input.lock().unwrap() = input.to_vec();
            outputs[0] = vec![self.answer; 2];
            Ok(())
        }
    }

    fn network(layout: Layout, normalisation: Normalisation, answer: f32) -> (Network, Arc<FakeEngine>) {
        let mut card = Card::from_toml(zoo::ENTRIES[0].card).unwrap();
        (card.layout, card.normalisation, card.embedding, card.patch_frames) = (layout, normalisation, None, 2);
        let output_specs = vec![OutputSpec { name: "activations".into(), width: 2 }];
        let engine = Arc::new(FakeEngine { shape: vec![1, 2, 96], output_specs, answer, last_input: Mutex::default() });
        (Network::new(&card, Arc::clone(&engine) as Arc<dyn Engine>, ContextMode::ZeroPadded), engine)
    }

    #[test]
    fn patch_is_normalized_and_laid_out_as_in_the_card() {
        let patch: Vec<f32> = (0..192).map(|i| i as f32).collect();
        let (mean, deviation) = (95.5, ((192.0 * 192.0 - 1.0) / 12.0_f32).sqrt());
        let cases = [
            (Normalisation::None, 0.0, 1.0),
            (Normalisation::Standard, mean, deviation),
            (Normalisation::Max, 0.0, 191.0),
        ];
        for (normalisation, offset, divisor) in cases {
            let (mut network, engine) = network(Layout::BandsFrames, normalisation, 0.5);
            network.run(&patch).unwrap();
            let last_input = engine.last_input.lock().unwrap();
            for (band, pair) in last_input.chunks(2).enumerate() {
                let expected = [band as f32, (96 + band) as f32].map(|value| (value - offset) / divisor);
                let difference = (pair[0] - expected[0]).abs().max((pair[1] - expected[1]).abs());
                assert!(difference <= 1e-6, "{normalisation:?}, band {band}: {difference} above 1e-6");
            }
        }
        let (mut network, engine) = network(Layout::FramesBands, Normalisation::None, 0.5);
        network.run(&patch).unwrap();
        assert_eq!(*engine.last_input.lock().unwrap(), patch);
    }

    #[test]
    fn constant_patch_becomes_zeros() {
        for value in [0.0, 0.1, 1e-20] {
            let (mut network, engine) = network(Layout::FramesBands, Normalisation::Standard, 0.5);
            network.run(&[value; 192]).unwrap();
            assert!(engine.last_input.lock().unwrap().iter().all(|&value| value == 0.0), "of {value}");
        }
        let (mut network, engine) = network(Layout::FramesBands, Normalisation::Max, 0.5);
        network.run(&[0.0; 192]).unwrap();
        assert!(engine.last_input.lock().unwrap().iter().all(|&value| value == 0.0));
    }

    #[test]
    fn wrong_patch_size_and_non_finite_output_are_errors() {
        let (mut network_, _) = network(Layout::FramesBands, Normalisation::None, 0.5);
        assert_eq!(network_.run(&[0.0; 192]).unwrap().activations, [0.5, 0.5]);
        let error = network_.run(&[0.0; 191]).unwrap_err().to_string();
        assert!(error.ends_with("wrong number of patch values (expected 192, got 191)"), "{error}");
        for answer in [f32::NAN, f32::INFINITY] {
            let (mut network, _) = network(Layout::FramesBands, Normalisation::None, answer);
            assert!(matches!(network.run(&[0.0; 192]), Err(ModelError::NotFinite { index: 0, .. })));
        }
    }
}
