//! Channel selection, conversion to f32, and gain.

use cpal::FromSample;

use crate::sinks::MAX_BLOCK;

/// Selector of channels that also converts samples to f32 and applies a gain. `new` allocates; `mix` is real-time safe.
pub(super) struct ChannelSelector {
    /// Number of channels of the device.
    all: usize,
    /// Selected channels, counted from 0.
    selected: Box<[usize]>,
    piece: Box<[f32]>,
}

impl ChannelSelector {
    /// Creates a selector of the `selected` channels of a device with `all` channels. Allocates.
    pub(super) fn new(all: usize, selected: &[usize]) -> Self {
        Self { all, selected: selected.into(), piece: vec![0.0; MAX_BLOCK.max(selected.len())].into() }
    }

    /// Returns the number of frames in `samples` interleaved samples of the device. Real-time safe.
    pub(super) fn frames(&self, samples: usize) -> usize {
        samples / self.all.max(1)
    }

    /// Converts the frames and passes them to `process` in pieces of at most [`MAX_BLOCK`] samples. Real-time safe.
    pub(super) fn mix<T: Copy>(&mut self, samples: &[T], gain: f32, mut process: impl FnMut(&mut [f32]))
    where
        f32: FromSample<T>,
    {
        let width = self.selected.len();
        let max_frames = (self.piece.len() / width.max(1)).max(1);
        for frames in samples.chunks(max_frames * self.all.max(1)) {
            let mut used = 0;
            for frame in frames.chunks_exact(self.all.max(1)) {
                for (to, &channel) in self.piece[used..used + width].iter_mut().zip(&*self.selected) {
                    *to = f32::from_sample_(frame[channel]) * gain;
                }
                used += width;
            }
            process(&mut self.piece[..used]);
        }
    }
}

#[cfg(test)]
mod tests {
    use cpal::{I24, U24};

    use super::*;

    fn mixed<T: Copy>(all: usize, selected: &[usize], gain: f32, samples: &[T]) -> Vec<f32>
    where
        f32: FromSample<T>,
    {
        let mut mixed = Vec::new();
        ChannelSelector::new(all, selected).mix(samples, gain, |piece| mixed.extend_from_slice(piece));
        mixed
    }

    #[test]
    fn half_scale_is_equal_in_every_format() {
        fn half<T: Copy>(value: T) -> f32
        where
            f32: FromSample<T>,
        {
            mixed(1, &[0], 1.0, &[value])[0]
        }
        let halves = [
            half(64_i8),
            half(16_384_i16),
            half(I24::new(4_194_304).unwrap()),
            half(1_i32 << 30),
            half(1_i64 << 62),
            half(192_u8),
            half(49_152_u16),
            half(U24::new(12_582_912).unwrap()),
            half(3_u32 << 30),
            half(3_u64 << 62),
            half(0.5_f32),
            half(0.5_f64),
        ];
        assert_eq!(halves, [0.5; 12]);
    }

    #[test]
    fn selected_channels_pass_and_others_do_not() {
        let frames = [0.1_f32, 0.2, 0.9, 0.3, 0.4, 0.9];
        assert_eq!(mixed(3, &[0], 1.0, &frames), [0.1, 0.3]);
        assert_eq!(mixed(3, &[1, 0], 1.0, &frames), [0.2, 0.1, 0.4, 0.3]);
        assert_eq!(mixed(3, &[2], 10.0, &frames[..4]), [9.0], "an incomplete frame is dropped");
    }

    #[test]
    fn long_block_is_split_without_loss() {
        let block: Vec<f32> = (0..30_000).map(|i| i as f32).collect();
        let (mut selector, mut pieces, mut all) = (ChannelSelector::new(3, &[0, 2]), 0, Vec::new());
        selector.mix(&block, 1.0, |piece| {
            assert!(piece.len() <= MAX_BLOCK && piece.len() % 2 == 0);
            pieces += 1;
            all.extend_from_slice(piece);
        });
        let expected: Vec<f32> = block.chunks(3).flat_map(|frame| [frame[0], frame[2]]).collect();
        assert_eq!((pieces, all), (5, expected));
    }
}
