//! One convolution over time: what the interior of its input contributes is computed once for each frame.
//!
//! The branches of the front have borders of different widths, so each contributes by itself.

use std::ops::Range;

use super::kernel::{Activation, FrameKernel, padded};
use super::patch_shift::PatchShift;
use super::ring_index::RingIndex;
use super::trunk;

/// A layer, ready to run.
#[derive(Debug)]
pub(super) struct Middle {
    frames: usize,
    /// Frames that a row takes from before its own.
    pub(super) before: usize,
    outputs: usize,
    /// One for each input, which share the channels.
    pub(super) kernels: Vec<FrameKernel>,
    activation: Activation,
    pub(super) residual: bool,
    silence: Vec<f32>,
}

/// What one stream keeps of a layer.
#[derive(Debug)]
pub(super) struct Layer {
    contributions: Vec<Contribution>,
    interior: Range<usize>,
    width: usize,
    /// `[frame of the patch][channel]`.
    rows: Vec<f32>,
}

/// What one input adds to the sums of a layer.
#[derive(Debug)]
struct Contribution {
    /// Frames of the patch to which the same is added in any patch.
    interior: Range<usize>,
    /// The end of those for which it is known.
    known: usize,
    ring: RingIndex,
    /// `[slot of the frame][channel]`.
    sums: Vec<f32>,
    /// Sums that come to be known.
    new: Vec<f32>,
}

impl Middle {
    /// For inputs of `channels` channels each, one behind the other.
    pub(super) fn new(middle: &trunk::Middle, channels: &[usize], frames: usize) -> Self {
        let (outputs, taps) = (middle.outputs(), middle.taps);
        let mut offset = 0;
        let kernels = channels.iter().map(|&inputs| {
            let from = offset;
            offset += inputs;
            FrameKernel::new((outputs, inputs, taps), |output, input, tap| {
                middle.weights[(output * middle.inputs + from + input) * taps + tap]
            })
        });
        Self {
            kernels: kernels.collect(),
            frames,
            before: middle.before,
            outputs,
            activation: middle.activation.pad(),
            residual: middle.residual,
            silence: vec![0.0; padded(channels.iter().copied().max().unwrap_or(0))],
        }
    }

    /// Channels that it gives.
    pub(super) fn outputs(&self) -> usize {
        self.outputs
    }

    /// Which frames do not depend on the patch's borders, where those of an input are `interior`.
    fn interior(&self, interior: &Range<usize>, taps: usize) -> Range<usize> {
        let start = interior.start + self.before;
        let end = (interior.end + self.before + 1).saturating_sub(taps);
        if start < end { start..end } else { self.frames..self.frames }
    }

    /// For inputs whose columns do not depend on a patch's borders within `interiors`. Allocates.
    pub(super) fn layer(&self, interiors: &[Range<usize>]) -> Layer {
        let width = self.width();
        let contributions: Vec<_> = self
            .kernels
            .iter()
            .zip(interiors)
            .map(|(kernel, interior)| Contribution {
                interior: self.interior(interior, kernel.taps()),
                known: 0,
                ring: RingIndex::new(self.frames),
                sums: vec![0.0; self.frames * width],
                new: Vec::new(),
            })
            .collect();
        let interior = contributions.iter().fold(0..self.frames, |all, contribution| {
            all.start.max(contribution.interior.start)..all.end.min(contribution.interior.end)
        });
        Layer { contributions, interior, width, rows: vec![0.0; self.frames * width] }
    }

    /// Brings what `input` contributes to the next patch; `row` gives its rows. The first input also starts the sums.
    pub(super) fn contribute<'a>(
        &'a self,
        layer: &mut Layer,
        input: usize,
        moved: PatchShift,
        row: impl Fn(usize) -> &'a [f32] + Copy,
    ) {
        if input == 0 {
            layer.rows.fill(0.0);
        }
        let Layer { contributions, rows, .. } = layer;
        let Contribution { interior, known, ring, sums, new } = &mut contributions[input];
        let (kernel, width) = (&self.kernels[input], self.width());
        let with_silence = |frame: usize| match frame.checked_sub(self.before) {
            Some(frame) if frame < self.frames => row(frame),
            _ => &self.silence,
        };
        if let PatchShift::By(moved) = moved {
            ring.advance(moved);
            *known = known.saturating_sub(moved).max(interior.start);
        } else {
            *known = interior.start;
        }
        new.clear();
        new.resize((interior.end - *known) * width, 0.0);
        kernel.add(*known..interior.end, with_silence, new);
        for (frame, new) in (*known..interior.end).zip(new.chunks_exact(width)) {
            sums[ring.slot(frame) * width..][..width].copy_from_slice(new);
        }
        *known = interior.end;

        kernel.add(0..interior.start, with_silence, rows);
        for frame in interior.clone() {
            let kept = &sums[ring.slot(frame) * width..][..width];
            rows[frame * width..][..width].iter_mut().zip(kept).for_each(|(sum, kept)| *sum += kept);
        }
        kernel.add(interior.end..self.frames, with_silence, &mut rows[interior.end * width..]);
    }

    /// Makes the sums the layer's rows; `input` gives those of its input.
    pub(super) fn finish<'a>(&self, layer: &mut Layer, input: impl Fn(usize) -> &'a [f32]) {
        for (frame, row) in layer.rows.chunks_exact_mut(self.width()).enumerate() {
            self.activate(row, self.residual.then(|| input(frame)));
        }
    }

    /// Makes sums a row; `input` is that of its input, if that is added.
    pub(super) fn activate(&self, row: &mut [f32], input: Option<&[f32]>) {
        let Activation { bias, scale, shift } = &self.activation;
        for (((value, bias), scale), shift) in row.iter_mut().zip(bias).zip(scale).zip(shift) {
            *value = (*value + bias).max(0.0) * scale + shift;
        }
        for (value, input) in row.iter_mut().zip(input.unwrap_or(&[])) {
            *value += input;
        }
    }

    /// Frames that a row spans.
    pub(super) fn taps(&self) -> usize {
        self.kernels.first().map_or(1, FrameKernel::taps)
    }

    /// Values of a row.
    pub(super) fn width(&self) -> usize {
        self.activation.bias.len()
    }
}

impl Layer {
    /// Which rows do not depend on the patch's borders.
    pub(super) fn interior(&self) -> Range<usize> {
        if self.interior.start < self.interior.end { self.interior.clone() } else { 0..0 }
    }

    /// The row of a frame of the patch.
    pub(super) fn row(&self, frame: usize) -> &[f32] {
        &self.rows[frame * self.width..][..self.width]
    }
}
