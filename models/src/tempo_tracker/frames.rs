//! Frames of a tempo model in a stream, and its answers from a patch that is filled by repetition.

use std::collections::VecDeque;
use std::sync::Arc;

use earmark_dsp::{DspError, FeatureStream, FrameIndex, FrontEnd, SampleRate};

use crate::{Kind, LocalTempo, Model, ModelError, Network, tempo};

/// Time between two frames in seconds: 512 samples at 11,025 Hz.
pub(super) const FRAME_S: f64 = 512.0 / 11_025.0;
/// Number of levels that are kept without a model: 12 s.
const LEVELS: usize = 256;

/// Answer of the network: tempo, probabilities, tempo of class 0 in BPM, and the analyzed seconds.
pub(super) type NetworkAnswer<'a> = (LocalTempo, &'a [f32], u16, f64);

/// Frames of a stream in the hop of the tempo models, with the network that takes them if there is one.
pub(super) struct FrameInput {
    /// Computes the frames; none if they are given.
    stream: Option<FeatureStream>,
    front_end: FrontEnd,
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
    /// Probabilities for whole patches that the network was run on elsewhere, and the end of each in seconds from the first sample on.
    known: VecDeque<(f64, Vec<f32>)>,
    /// Probabilities of the last of them that was used.
    last_known: Vec<f32>,
}

/// Number of known probabilities that wait for their patch.
const MAX_KNOWN: usize = 8;
/// Difference of two ends of the same patch in seconds, by rounding.
const SAME_END_S: f64 = 1e-6;

impl FrameInput {
    /// Creates an input that computes the frames from samples at `rate`; without a rate the frames are given.
    pub(super) fn new(rate: Option<SampleRate>, model: Option<&Arc<Model>>) -> Result<Self, DspError> {
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
            known: VecDeque::with_capacity(MAX_KNOWN),
            last_known: Vec::new(),
        });
        Ok(Self {
            stream: rate.map(|rate| FeatureStream::new(front_end, rate)).transpose()?,
            front_end,
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
        let Some(stream) = &mut self.stream else { return };
        stream.push(samples, |mut frame| {
            self.queued_levels.push_back(frame.level);
            if has_network {
                self.queue.extend(frame.bands());
            }
        });
    }

    /// Adds a frame: its level and its values.
    pub(super) fn add(&mut self, level: f32, bands: &[f32]) {
        self.queued_levels.push_back(level);
        if self.network.is_some() {
            self.queue.extend(bands);
        }
    }

    /// Adds the probabilities of a whole patch that ends `end_s` seconds after the first sample.
    pub(super) fn add_known(&mut self, end_s: f64, probabilities: &[f32]) {
        if let Some(TempoNetwork { known, .. }) = &mut self.network {
            if known.len() == MAX_KNOWN {
                known.pop_front();
            }
            known.push_back((end_s, probabilities.to_vec()));
        }
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

    /// Runs the network on the frames, repeated in order until the patch is full, unless its probabilities are known; none
    /// without a network. Allocates in the engine.
    pub(super) fn run(&mut self) -> Option<Result<NetworkAnswer<'_>, ModelError>> {
        let (analyzed_s, is_full) = (self.analyzed_s(), self.is_full());
        let TempoNetwork { network, first_bpm, patch, known, last_known } = self.network.as_mut()?;
        if is_full {
            let first = FrameIndex(self.count - self.patch_frames as u64);
            let (_, end_s) = self.front_end.span(first, self.patch_frames);
            while known.front().is_some_and(|&(known_s, _)| known_s <= end_s + SAME_END_S) {
                let Some((known_s, probabilities)) = known.pop_front() else { break };
                if known_s >= end_s - SAME_END_S {
                    *last_known = probabilities;
                    let local = tempo::decode(last_known, *first_bpm);
                    return Some(Ok((local, last_known, *first_bpm, analyzed_s)));
                }
            }
        }
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
        if let Some(stream) = &mut self.stream {
            stream.reset();
        }
        if let Some(network) = &mut self.network {
            network.known.clear();
        }
        self.queue.clear();
        self.queued_levels.clear();
        self.data.clear();
        self.levels.clear();
        self.count = 0;
    }
}
