//! Frames of a tempo model in a stream, and its answers from a patch that is filled by repetition.

use std::collections::VecDeque;
use std::sync::Arc;

use earmark_dsp::{DspError, FeatureStream, FrontEnd, SampleRate};

use crate::{Kind, LocalTempo, Model, ModelError, Network, tempo};

/// Time between two frames in seconds: 512 samples at 11,025 Hz.
pub(super) const FRAME_S: f64 = 512.0 / 11_025.0;
/// Number of levels that are kept without a model: 12 s.
const LEVELS: usize = 256;

/// Answer of the network: tempo, probabilities, tempo of class 0 in BPM, and the analyzed seconds.
pub(super) type NetworkAnswer<'a> = (LocalTempo, &'a [f32], u16, f64);

/// Frames of a stream in the hop of the tempo models, with the network that takes them if there is one.
pub(super) struct FrameInput {
    stream: FeatureStream,
    /// Number of values in a frame.
    bands: usize,
    /// Values and levels of the frames that are not processed yet.
    queue: VecDeque<f32>,
    queued_levels: VecDeque<f32>,
    /// Number of processed frames.
    count: u64,
    /// Values and levels of the last frames, at most a patch.
    data: VecDeque<f32>,
    levels: VecDeque<f32>,
    patch_frames: usize,
    network: Option<TempoNetwork>,
}

/// Network of a tempo model.
struct TempoNetwork {
    network: Network,
    first_bpm: u16,
    patch: Vec<f32>,
}

impl FrameInput {
    pub(super) fn new(rate: SampleRate, model: Option<&Arc<Model>>) -> Result<Self, DspError> {
        let of_tempo = model.and_then(|model| match model.card().kind {
            Kind::Tempo { first_bpm } => Some((model, first_bpm)),
            _ => None,
        });
        let (front_end, patch_frames) = of_tempo
            .map_or((FrontEnd::TempoCnn, LEVELS), |(model, _)| (model.card().front_end, model.card().patch_frames));
        let bands = front_end.bands();
        let network = of_tempo.map(|(model, first_bpm)| TempoNetwork {
            network: model.network(),
            first_bpm,
            patch: Vec::with_capacity(bands * patch_frames),
        });
        Ok(Self {
            stream: FeatureStream::new(front_end, rate)?,
            bands,
            queue: VecDeque::new(),
            queued_levels: VecDeque::new(),
            count: 0,
            data: VecDeque::with_capacity(bands * patch_frames),
            levels: VecDeque::with_capacity(patch_frames),
            patch_frames,
            network,
        })
    }

    pub(super) fn push(&mut self, samples: &[f32]) {
        let has_network = self.network.is_some();
        self.stream.push(samples, |mut frame| {
            self.queued_levels.push_back(frame.level);
            if has_network {
                self.queue.extend(frame.bands());
            }
        });
    }

    /// Returns the time of the end of the next frame in seconds, from the first sample on.
    pub(super) fn next_s(&self) -> f64 {
        (self.count + 1) as f64 * FRAME_S
    }

    /// Processes the next frame. Returns false if it has not arrived yet.
    pub(super) fn advance(&mut self) -> bool {
        let Some(level) = self.queued_levels.pop_front() else { return false };
        if self.levels.len() == self.patch_frames {
            self.keep_last(self.patch_frames - 1);
        }
        self.levels.push_back(level);
        self.data.extend(self.queue.drain(..if self.network.is_some() { self.bands } else { 0 }));
        self.count += 1;
        true
    }

    /// Returns the number of processed frames.
    pub(super) fn count(&self) -> u64 {
        self.count
    }

    /// Returns the time of the end of the last frame in seconds, from the first sample on.
    pub(super) fn end_s(&self) -> f64 {
        self.count as f64 * FRAME_S
    }

    /// Returns the length of the frames in the patch in seconds.
    pub(super) fn analyzed_s(&self) -> f64 {
        self.levels.len() as f64 * FRAME_S
    }

    /// Whether no frame of the patch needs to be repeated.
    pub(super) fn is_full(&self) -> bool {
        self.levels.len() == self.patch_frames
    }

    /// Returns the number of frames in a patch.
    pub(super) fn patch_frames(&self) -> usize {
        self.patch_frames
    }

    /// Returns the levels of the frames in the patch: the mean square of each.
    pub(super) fn levels(&mut self) -> &[f32] {
        self.levels.make_contiguous()
    }

    /// Discards all frames of the patch but the last `frames` ones.
    pub(super) fn keep_last(&mut self, frames: usize) {
        let removed = self.levels.len().saturating_sub(frames);
        self.levels.drain(..removed);
        if self.network.is_some() {
            self.data.drain(..removed * self.bands);
        }
    }

    /// Runs the network on the frames, repeated in order until the patch is full; none without a network. Allocates in the
    /// engine.
    pub(super) fn run(&mut self) -> Option<Result<NetworkAnswer<'_>, ModelError>> {
        let analyzed_s = self.analyzed_s();
        let TempoNetwork { network, first_bpm, patch } = self.network.as_mut()?;
        let frames = &*self.data.make_contiguous();
        patch.clear();
        while patch.len() < self.patch_frames * self.bands && !frames.is_empty() {
            let rest = self.patch_frames * self.bands - patch.len();
            patch.extend_from_slice(&frames[..rest.min(frames.len())]);
        }
        let first_bpm = *first_bpm;
        let ran = network.run(patch).map(|output| {
            let probabilities = &*output.activations;
            (tempo::decode(probabilities, first_bpm), probabilities, first_bpm, analyzed_s)
        });
        Some(ran)
    }

    pub(super) fn reset(&mut self) {
        self.stream.reset();
        self.queue.clear();
        self.queued_levels.clear();
        self.data.clear();
        self.levels.clear();
        self.count = 0;
    }
}
