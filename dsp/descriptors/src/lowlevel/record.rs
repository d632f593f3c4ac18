//! Record of analyzed frames without gain, and the frames of it that a window holds.

use std::ops::Range;

use super::analyzer::FrameAnalyzer;
use crate::math::frames_in;
use crate::options::{FrameOptions, SilentFrames};
use crate::silence::{DIGITAL_SILENCE_POWER, NOISE_FRAMES, SILENT_POWER, noise_frame, noise_index};

/// Values of frames, frame by frame. The first value of a frame is its mean square.
#[derive(Debug, Clone, Default)]
pub(super) struct Record {
    width: usize,
    values: Vec<f32>,
    /// Values whose number differs from frame to frame.
    extras: Vec<f32>,
    /// End of the extras of each frame, counted from the start of `extras`.
    ends: Vec<usize>,
    /// Number of the first frame that is kept.
    first: u64,
}

impl Record {
    /// Creates an empty record of `width` values a frame.
    pub(super) fn new(width: usize) -> Self {
        Self { width, ..Self::default() }
    }

    /// Returns the number of the next frame.
    pub(super) fn next(&self) -> u64 {
        self.first + self.ends.len() as u64
    }

    /// Appends a frame: `write` gets its values, which are 0, and appends its extras.
    pub(super) fn append(&mut self, write: impl FnOnce(&mut [f32], &mut Vec<f32>)) {
        let start = self.values.len();
        self.values.resize(start + self.width, 0.0);
        write(&mut self.values[start..], &mut self.extras);
        self.ends.push(self.extras.len());
    }

    /// Discards all frames.
    pub(super) fn clear(&mut self) {
        self.values.clear();
        self.extras.clear();
        self.ends.clear();
        self.first = 0;
    }

    /// Discards the frames before frame `first`.
    pub(super) fn discard_before(&mut self, first: u64) {
        let count = usize::try_from(first.saturating_sub(self.first)).unwrap_or(usize::MAX).min(self.ends.len());
        if count == 0 {
            return;
        }
        let extras = self.ends[count - 1];
        self.values.drain(..count * self.width);
        self.extras.drain(..extras);
        self.ends.drain(..count);
        self.ends.iter_mut().for_each(|end| *end -= extras);
        self.first += count as u64;
    }

    fn frame(&self, index: usize) -> (&[f32], &[f32]) {
        let start = if index == 0 { 0 } else { self.ends[index - 1] };
        (&self.values[index * self.width..(index + 1) * self.width], &self.extras[start..self.ends[index]])
    }

    /// Returns the frames whose centre lies in `window` (all without one), at the gain `gain`; `noise` has the frames that
    /// stand for digital silence.
    pub(super) fn frames<'a>(
        &'a self,
        options: &FrameOptions,
        window: Option<&Range<u64>>,
        gain: f64,
        noise: &'a Self,
    ) -> Vec<FrameView<'a>> {
        let kept = usize::try_from(self.first).unwrap_or(usize::MAX);
        let selected = frames_in(window, 0, options.hop, kept.saturating_add(self.ends.len()));
        let indices = selected.start.saturating_sub(kept)..selected.end.saturating_sub(kept);
        let mut frames = Vec::with_capacity(indices.len());
        for index in indices {
            let number = self.first + index as u64;
            let (own, extras) = self.frame(index);
            let view = FrameView { own, values: own, extras, gain, silent: false };
            let power = f64::from(own[0]) * gain * gain;
            match options.silent {
                _ if power >= SILENT_POWER => frames.push(view),
                SilentFrames::Keep => frames.push(view),
                SilentFrames::Drop => {}
                SilentFrames::Noise if power >= DIGITAL_SILENCE_POWER || noise.ends.is_empty() => {
                    frames.push(FrameView { silent: true, ..view });
                }
                SilentFrames::Noise => {
                    let (values, extras) = noise.frame(noise_index(number) % noise.ends.len());
                    frames.push(FrameView { own, values, extras, gain: 1.0, silent: true });
                }
            }
        }
        frames
    }
}

/// Frame of a window with its gain.
#[derive(Debug, Clone, Copy)]
pub(super) struct FrameView<'a> {
    /// Values of the frame itself, which differ from `values` in digital silence.
    pub(super) own: &'a [f32],
    /// Values without gain.
    pub(super) values: &'a [f32],
    /// Values whose number differs from frame to frame, without gain.
    pub(super) extras: &'a [f32],
    /// Gain to apply to the values; 1 if a noise frame stands for the frame.
    pub(super) gain: f64,
    /// Whether the reference adds noise to the frame.
    pub(super) silent: bool,
}

/// Returns the record of the noise frames, empty if the options need none. Leaves `analyzer` as after a reset.
pub(super) fn noise_record(analyzer: &mut impl FrameAnalyzer, options: &FrameOptions) -> Record {
    let mut record = Record::new(analyzer.width());
    if options.silent == SilentFrames::Noise {
        analyzer.reset();
        // The last noise frame precedes the first, so that all have a flux.
        let frames: Vec<_> = (0..NOISE_FRAMES).map(|index| noise_frame(index, options.frame_len)).collect();
        if let Some(last) = frames.last() {
            record.append(|values, extras| analyzer.analyze(0, last, values, extras));
            record.clear();
        }
        for frame in &frames {
            record.append(|values, extras| analyzer.analyze(0, frame, values, extras));
        }
        analyzer.reset();
    }
    record
}

#[cfg(test)]
mod tests {
    use super::*;

    fn record_of(powers: &[f32]) -> Record {
        let mut record = Record::new(2);
        for (i, &power) in powers.iter().enumerate() {
            record.append(|values, extras| {
                values.copy_from_slice(&[power, i as f32]);
                extras.extend((0..i).map(|extra| extra as f32));
            });
        }
        record
    }

    #[test]
    fn window_holds_the_frames_whose_centre_lies_in_it() {
        let mut record = record_of(&[1.0; 6]);
        let options = FrameOptions::LOWLEVEL;
        let noise = Record::new(2);
        let numbers = |record: &Record, window: Option<Range<u64>>| {
            let frames = record.frames(&options, window.as_ref(), 1.0, &noise);
            frames.iter().map(|frame| frame.extras.len()).collect::<Vec<_>>()
        };
        assert_eq!(numbers(&record, None), [0, 1, 2, 3, 4, 5]);
        assert_eq!(numbers(&record, Some(1024..3072)), [1, 2]);
        assert_eq!(numbers(&record, Some(1025..3073)), [2, 3]);
        assert_eq!(numbers(&record, Some(0..0)), []);
        record.discard_before(4);
        assert_eq!((numbers(&record, None), record.next()), (vec![4, 5], 6));
        record.discard_before(100);
        assert_eq!((numbers(&record, None), record.next()), (vec![], 6));
    }

    #[test]
    fn silent_frames_are_noise_kept_or_dropped() {
        let record = record_of(&[1.0, 1e-12, 0.0]);
        let noise = record_of(&[3e-21; NOISE_FRAMES]);
        let view = |silent| {
            let options = FrameOptions { silent, ..FrameOptions::LOWLEVEL };
            let frames = record.frames(&options, None, 2.0, &noise);
            frames.iter().map(|frame| (frame.values[0], frame.gain, frame.silent)).collect::<Vec<_>>()
        };
        assert_eq!(view(SilentFrames::Noise), [(1.0, 2.0, false), (1e-12, 2.0, true), (3e-21, 1.0, true)]);
        assert_eq!(view(SilentFrames::Keep), [(1.0, 2.0, false), (1e-12, 2.0, false), (0.0, 2.0, false)]);
        assert_eq!(view(SilentFrames::Drop), [(1.0, 2.0, false)]);
    }
}
