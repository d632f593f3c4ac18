//! Input of a layer: several maps side by side, between zeros.

use super::ChannelAffine;
use super::map_layout::MapLayout;

/// Copy of the input of a layer, `[column][band][channel]`, with its zero padding.
#[derive(Debug)]
pub(super) struct MapInput {
    pub(super) parts: Vec<MapLayout>,
    /// Scale and shift of each channel.
    pub(super) affine: Option<ChannelAffine>,
    /// Number of columns, and how many of them are zeros before the first frame.
    pub(super) columns: usize,
    pub(super) before: usize,
    /// Number of bands in a column, and how many of them are zeros below the first band.
    pub(super) bands: usize,
    pub(super) below: usize,
    /// Number of channels.
    pub(super) channels: usize,
}

impl MapInput {
    /// Returns the number of values in a column.
    pub(super) fn column(&self) -> usize {
        self.bands * self.channels
    }

    /// Returns the number of values.
    pub(super) fn len(&self) -> usize {
        self.columns * self.column()
    }

    /// Writes the input from the maps in `slots`; `out` has its length.
    pub(super) fn write(&self, slots: &[Vec<f32>], out: &mut [f32]) {
        let Some(map) = self.parts.first().map(|part| part.map) else { return };
        let [frames, bands] = map.size;
        let (first, bands) = (self.below * self.channels, bands.min(self.bands - self.below) * self.channels);
        for (index, out) in out.chunks_exact_mut(self.column()).enumerate() {
            let Some(frame) = index.checked_sub(self.before).filter(|&frame| frame < frames) else {
                out.fill(0.0);
                continue;
            };
            let (below, rest) = out.split_at_mut(first);
            let (out, above) = rest.split_at_mut(bands);
            below.fill(0.0);
            above.fill(0.0);
            let mut channel = 0;
            for part in &self.parts {
                let values = &slots[part.slot][frame * part.column..][..part.column];
                self.write_part(part, values, channel, out);
                channel += part.map.channels;
            }
        }
    }

    /// Writes the bands of a column of a map to the channels from `channel` on.
    fn write_part(&self, part: &MapLayout, values: &[f32], channel: usize, out: &mut [f32]) {
        if self.affine.is_none() && part.row == self.channels {
            out.copy_from_slice(&values[..out.len()]);
            return;
        }
        let count = part.map.channels;
        let rows = out.chunks_exact_mut(self.channels).zip(values.chunks_exact(part.row));
        let rows = rows.map(|(out, values)| (&mut out[channel..][..count], &values[..count]));
        if let Some(ChannelAffine { scale, shift }) = &self.affine {
            let (scale, shift) = (&scale[channel..][..count], &shift[channel..][..count]);
            for (out, values) in rows {
                for (((out, value), scale), shift) in out.iter_mut().zip(values).zip(scale).zip(shift) {
                    *out = value * scale + shift;
                }
            }
        } else {
            rows.for_each(|(out, values)| out.copy_from_slice(values));
        }
    }
}
