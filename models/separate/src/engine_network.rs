//! Network of stems that an inference engine runs: the layout of Spleeter with any number of stems.

use std::ops::Range;
use std::sync::Arc;

use earmark_models::{Engine, engine_from_onnx};
use parking_lot::Mutex;
use serde::{Deserialize, Serialize};

use crate::SeparateError;
use crate::network::{BINS, CHANNELS, FRAME_MULTIPLE, StemNetwork, StemRun, check_frames};
use crate::run_memory::RunMemory;

/// Axes of the input and of the outputs of a network file.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum StemLayout {
    /// `[1, 2, frames, 1024]`.
    #[default]
    ChannelsFramesBins,
    /// `[frames, 1024, 2]`, the layout of Spleeter's training graphs.
    FramesBinsChannels,
}

impl StemLayout {
    fn shape(self, frames: usize) -> Vec<usize> {
        match self {
            Self::ChannelsFramesBins => vec![1, CHANNELS, frames, BINS],
            Self::FramesBinsChannels => vec![frames, BINS, CHANNELS],
        }
    }
}

/// ONNX network with one input of magnitudes and one output of the same shape per stem. The number of frames is symbolic in
/// the file; the engine loads the network for each number in use.
pub struct EngineNetwork {
    onnx: Vec<u8>,
    outputs: Vec<String>,
    layout: StemLayout,
    engines: Mutex<Vec<(usize, Arc<dyn Engine>)>>,
}

impl EngineNetwork {
    /// Creates a network from an ONNX file and the names of its outputs. The file is not loaded yet.
    #[must_use]
    pub fn new(onnx: impl Into<Vec<u8>>, outputs: &[&str], layout: StemLayout) -> Self {
        let outputs = outputs.iter().map(ToString::to_string).collect();
        Self { onnx: onnx.into(), outputs, layout, engines: Mutex::default() }
    }

    /// Loads the network for the smallest number of frames and runs it once. Takes up to a second.
    ///
    /// # Errors
    /// If the engine cannot load the file, an output has another shape than the input, or a value is no magnitude.
    pub fn check(&self) -> Result<(), SeparateError> {
        let engine = self.engine(FRAME_MULTIPLE)?;
        let mut run = EngineRun::new(engine, FRAME_MULTIPLE, self.layout, self.outputs.len());
        let mix: Vec<f32> = (0..CHANNELS * FRAME_MULTIPLE * BINS).map(|i| (i % 997) as f32 / 100.0).collect();
        let mut stems = vec![Vec::new(); self.outputs.len()];
        run.run(&mix, 0..FRAME_MULTIPLE, &mut stems)?;
        for (stem, name) in stems.iter().zip(&self.outputs) {
            if let Some(value) = stem.iter().find(|value| !value.is_finite() || **value < 0.0) {
                return Err(SeparateError::Shape {
                    what: format!("values of output `{name}`"),
                    expected: "finite magnitudes of at least 0".to_owned(),
                    got: value.to_string(),
                });
            }
        }
        Ok(())
    }

    fn engine(&self, frames: usize) -> Result<Arc<dyn Engine>, SeparateError> {
        check_frames(frames)?;
        let mut engines = self.engines.lock();
        if let Some((_, engine)) = engines.iter().find(|(loaded, _)| *loaded == frames) {
            return Ok(Arc::clone(engine));
        }
        let outputs: Vec<&str> = self.outputs.iter().map(String::as_str).collect();
        let engine = engine_from_onnx(&self.onnx, &self.layout.shape(frames), &outputs)?;
        for output in engine.outputs() {
            let expected = CHANNELS * frames * BINS;
            if output.width != expected {
                return Err(SeparateError::Shape {
                    what: format!("number of values of output `{}` for {frames} frames", output.name),
                    expected: expected.to_string(),
                    got: output.width.to_string(),
                });
            }
        }
        engines.push((frames, Arc::clone(&engine)));
        Ok(engine)
    }
}

impl StemNetwork for EngineNetwork {
    fn stems(&self) -> usize {
        self.outputs.len()
    }

    fn new_run(self: Arc<Self>, frames: usize, _: &RunMemory) -> Result<Box<dyn StemRun>, SeparateError> {
        Ok(Box::new(EngineRun::new(self.engine(frames)?, frames, self.layout, self.outputs.len())))
    }
}

struct EngineRun {
    engine: Arc<dyn Engine>,
    frames: usize,
    layout: StemLayout,
    input: Vec<f32>,
    outputs: Vec<Vec<f32>>,
}

impl EngineRun {
    fn new(engine: Arc<dyn Engine>, frames: usize, layout: StemLayout, stems: usize) -> Self {
        Self { engine, frames, layout, input: Vec::new(), outputs: vec![Vec::new(); stems] }
    }
}

impl StemRun for EngineRun {
    fn run(&mut self, mix: &[f32], wanted: Range<usize>, stems: &mut [Vec<f32>]) -> Result<(), SeparateError> {
        let plane = self.frames * BINS;
        let input = match self.layout {
            StemLayout::ChannelsFramesBins => mix,
            StemLayout::FramesBinsChannels => {
                self.input.clear();
                self.input.extend((0..plane).flat_map(|i| (0..CHANNELS).map(move |channel| mix[channel * plane + i])));
                &self.input
            }
        };
        self.engine.run(input, &mut self.outputs)?;
        for (stem, output) in stems.iter_mut().zip(&self.outputs) {
            stem.clear();
            for channel in 0..CHANNELS {
                match self.layout {
                    StemLayout::ChannelsFramesBins => {
                        let start = channel * plane;
                        stem.extend_from_slice(&output[start + wanted.start * BINS..start + wanted.end * BINS]);
                    }
                    StemLayout::FramesBinsChannels => {
                        let rows = &output[wanted.start * BINS * CHANNELS..wanted.end * BINS * CHANNELS];
                        stem.extend(rows.iter().skip(channel).step_by(CHANNELS));
                    }
                }
            }
        }
        Ok(())
    }
}
