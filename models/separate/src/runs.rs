//! Runs of all networks of a model, and the rule from their outputs to masks.

use std::ops::Range;
use std::sync::Arc;

use crate::SeparateError;
use crate::mask::{MaskExtension, MaskRule, Masks, StemMagnitudes};
use crate::model::StemModel;
use crate::network::{BINS, CHANNELS, StemRun};
use crate::run_memory::RunMemory;
use crate::spectra::FrameSpectra;

/// Networks that a separation runs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Quality {
    /// All networks of the model.
    Full,
    /// The first network only.
    EcoFirst,
    /// The second network only.
    EcoSecond,
}

/// Networks of a model, with their buffers and the magnitudes that the last run computed.
pub(crate) struct Runs {
    runs: Vec<Box<dyn StemRun>>,
    /// One vector per stem that a run outputs: the planes `[channel][wanted frame][bin]`.
    outputs: Vec<Vec<f32>>,
    /// Range of `outputs` of each network.
    ranges: Vec<Range<usize>>,
    frames: usize,
    pub(crate) quality: Quality,
}

impl Runs {
    pub(crate) fn new(model: &StemModel, frames: usize, quality: Quality) -> Result<Self, SeparateError> {
        let networks = model.networks();
        let memory = RunMemory::default();
        let runs =
            networks.iter().map(|network| Arc::clone(network).new_run(frames, &memory)).collect::<Result<_, _>>()?;
        let mut ranges = Vec::new();
        let mut end = 0;
        for network in networks {
            ranges.push(end..end + network.stems());
            end += network.stems();
        }
        Ok(Self { runs, outputs: vec![Vec::new(); end], ranges, frames, quality })
    }

    /// Number of frames of a run.
    pub(crate) fn frames(&self) -> usize {
        self.frames
    }

    /// Runs the networks on `mix`, which moved by `moved` frames since the last run.
    pub(crate) fn run(&mut self, mix: &[f32], moved: usize, wanted: Range<usize>) -> Result<(), SeparateError> {
        let used = self.used_networks();
        for (index, run) in self.runs.iter_mut().enumerate() {
            if used.contains(&index) {
                run.run_moved(mix, moved, wanted.clone(), &mut self.outputs[self.ranges[index].clone()])?;
            }
        }
        Ok(())
    }

    /// Returns the magnitudes of the stems that the last run computed.
    pub(crate) fn outputs(&mut self) -> &mut [Vec<f32>] {
        let used = self.used_networks();
        let (start, end) = (self.ranges[used.start].start, self.ranges[used.end - 1].end);
        &mut self.outputs[start..end]
    }

    fn used_networks(&self) -> Range<usize> {
        match self.quality {
            Quality::Full => 0..self.runs.len(),
            Quality::EcoFirst => 0..1,
            Quality::EcoSecond => 1..2,
        }
    }

    pub(crate) fn rule(&self) -> MaskRule {
        match self.quality {
            Quality::Full => MaskRule::Ratio,
            Quality::EcoFirst => MaskRule::First,
            Quality::EcoSecond => MaskRule::Second,
        }
    }

    /// Computes the masks of frame `index` of the wanted frames.
    pub(crate) fn masks(
        &mut self,
        index: usize,
        wanted: usize,
        mix: &FrameSpectra,
        gain: f32,
        extension: MaskExtension,
        masks: &mut Masks,
    ) {
        let rule = self.rule();
        let rows = |stem: &Vec<f32>| -> [Range<usize>; CHANNELS] {
            std::array::from_fn(|channel| {
                let start = (channel * wanted + index) * BINS;
                start..(start + BINS).min(stem.len())
            })
        };
        let outputs = &*self.outputs();
        let stems: Vec<StemMagnitudes<'_>> = outputs.iter().map(|stem| rows(stem).map(|range| &stem[range])).collect();
        masks.compute(&stems, mix, gain, rule, extension);
    }
}
