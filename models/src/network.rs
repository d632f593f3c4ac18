//! One stream's use of a model: a patch in, activations and embedding out.

use std::sync::Arc;

use crate::{Card, ContextMode, Engine, InferenceState, Kind, Layout, ModelError, Normalisation, PatchStep};

/// What a network answers to one patch.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Activations {
    /// One value per class, 0 to 1 unless the classes are values; empty of a model that only gives an embedding.
    pub activations: Vec<f32>,
    /// What the network knows of the patch before it names it; of models that give one.
    pub embedding: Option<Vec<f32>>,
}

/// A model's network with the buffers of one stream.
pub struct Network {
    id: String,
    /// Values of a row of the patch: of a frame, or of one of its rows.
    bands: usize,
    layout: Layout,
    normalisation: Normalisation,
    engine: Arc<dyn Engine>,
    state: Option<Box<dyn InferenceState>>,
    /// Frames that came since the last patch that was heard.
    passed: usize,
    input: Vec<f32>,
    outputs: Vec<Vec<f32>>,
    /// Whether the first output has a value for each class.
    names: bool,
    heard: Activations,
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
            heard: Activations { activations: Vec::new(), embedding: card.embedding.map(Vec::with_capacity) },
            state: engine.new_state(context_mode),
            passed: 0,
            engine,
        }
    }

    /// Hears one patch by itself: frame after frame, as the front-end gives it, not normalised; of a head, one
    /// embedding. Allocates inside the engine.
    ///
    /// # Errors
    /// [`ModelError::Shape`] when the patch has another size, [`ModelError::Engine`] when the engine fails, and
    /// [`ModelError::NotFinite`] when it answers with something that is not a number.
    pub fn run(&mut self, patch: &[f32]) -> Result<&Activations, ModelError> {
        self.follow(patch, PatchStep { new_frames: usize::MAX, next_move: usize::MAX })
    }

    /// Hears one patch of a stream, which shares all frames but the new ones with the patch before. The answer is that
    /// of [`Network::run`], to the rounding of its sums.
    ///
    /// # Errors
    /// As [`Network::run`].
    pub fn follow(&mut self, patch: &[f32], step: PatchStep) -> Result<&Activations, ModelError> {
        let expected = self.engine.input().iter().product();
        if patch.len() != expected {
            let (id, what, got) = (self.id.clone(), "values of the patch", patch.len());
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
        let named = self.names.then_some(&mut self.heard.activations);
        let slots = named.into_iter().chain(self.heard.embedding.as_mut());
        slots.zip(&mut self.outputs).for_each(|(slot, output)| std::mem::swap(slot, output));
        Ok(&self.heard)
    }

    /// Skips a patch of a stream, `new_frames` of which were not in the one before, without inference.
    pub fn pass_over(&mut self, new_frames: usize) {
        self.passed = self.passed.saturating_add(new_frames);
    }

    /// Writes the patch as the network wants it.
    fn prepare(&mut self, patch: &[f32]) {
        let (offset, divisor) = match self.normalisation {
            Normalisation::None => (0.0, 1.0),
            Normalisation::Standard => standard(patch),
            Normalisation::Max => (0.0, patch.iter().copied().fold(0.0_f32, f32::max)),
        };
        let divisor = if divisor > 0.0 { divisor } else { 1.0 };
        let normal = |value: f32| (value - offset) / divisor;
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

/// Mean and population standard deviation; of a constant patch the deviation is exactly 0.
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

    /// Answers with a fixed value, and keeps what it was asked.
    struct Fake {
        shape: Vec<usize>,
        output_specs: Vec<OutputSpec>,
        answer: f32,
        asked: Mutex<Vec<f32>>,
    }

    impl Engine for Fake {
        fn input(&self) -> &[usize] {
            &self.shape
        }

        fn outputs(&self) -> &[OutputSpec] {
            &self.output_specs
        }

        fn run(&self, input: &[f32], outputs: &mut [Vec<f32>]) -> Result<(), EngineError> {
            *self.asked.lock().unwrap() = input.to_vec();
            outputs[0] = vec![self.answer; 2];
            Ok(())
        }
    }

    fn network(layout: Layout, normalisation: Normalisation, answer: f32) -> (Network, Arc<Fake>) {
        let mut card = Card::from_toml(zoo::ENTRIES[0].card).unwrap();
        (card.layout, card.normalisation, card.embedding, card.patch_frames) = (layout, normalisation, None, 2);
        let output_specs = vec![OutputSpec { name: "activations".into(), width: 2 }];
        let engine = Arc::new(Fake { shape: vec![1, 2, 96], output_specs, answer, asked: Mutex::default() });
        (Network::new(&card, Arc::clone(&engine) as Arc<dyn Engine>, ContextMode::ZeroPadded), engine)
    }

    #[test]
    fn a_patch_is_normalised_and_laid_out_as_the_card_says() {
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
            let asked = engine.asked.lock().unwrap();
            for (band, pair) in asked.chunks(2).enumerate() {
                let expected = [band as f32, (96 + band) as f32].map(|value| (value - offset) / divisor);
                let difference = (pair[0] - expected[0]).abs().max((pair[1] - expected[1]).abs());
                assert!(difference <= 1e-6, "{normalisation:?}, band {band}: {difference} above 1e-6");
            }
        }
        let (mut network, engine) = network(Layout::FramesBands, Normalisation::None, 0.5);
        network.run(&patch).unwrap();
        assert_eq!(*engine.asked.lock().unwrap(), patch);
    }

    #[test]
    fn a_constant_patch_becomes_zeros_not_noise() {
        for value in [0.0, 0.1, 1e-20] {
            let (mut network, engine) = network(Layout::FramesBands, Normalisation::Standard, 0.5);
            network.run(&[value; 192]).unwrap();
            assert!(engine.asked.lock().unwrap().iter().all(|&asked| asked == 0.0), "of {value}");
        }
        let (mut network, engine) = network(Layout::FramesBands, Normalisation::Max, 0.5);
        network.run(&[0.0; 192]).unwrap();
        assert!(engine.asked.lock().unwrap().iter().all(|&asked| asked == 0.0));
    }

    #[test]
    fn what_does_not_fit_or_is_no_number_is_an_error() {
        let (mut network_, _) = network(Layout::FramesBands, Normalisation::None, 0.5);
        assert_eq!(network_.run(&[0.0; 192]).unwrap().activations, [0.5, 0.5]);
        let error = network_.run(&[0.0; 191]).unwrap_err().to_string();
        assert!(error.ends_with("values of the patch: expected 192, got 191"), "{error}");
        for answer in [f32::NAN, f32::INFINITY] {
            let (mut network, _) = network(Layout::FramesBands, Normalisation::None, answer);
            assert!(matches!(network.run(&[0.0; 192]), Err(ModelError::NotFinite { index: 0, .. })));
        }
    }
}
