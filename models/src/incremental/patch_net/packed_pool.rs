//! Pooling over the places of a map.

use super::map_layout::MapLayout;
use super::{ChannelAffine, MapPool, PoolKind};

/// Pooling of the output of a convolution.
#[derive(Debug)]
pub(super) struct PackedPool {
    pub(super) pool: MapPool,
    /// Layout of the output of the convolution.
    pub(super) from: MapLayout,
}

impl PackedPool {
    /// Pools `values`, the output of the convolution, to `out`, a map without gaps.
    pub(super) fn run(&self, values: &[f32], to: &MapLayout, out: &mut [f32]) {
        let MapPool { kind, window: [frames, bands], affine } = &self.pool;
        let (channels, from) = (to.map.channels, &self.from);
        for (column, out) in out.chunks_exact_mut(to.column).enumerate() {
            let values = &values[column * frames * from.column..][..frames * from.column];
            for (band, out) in out.chunks_exact_mut(channels).enumerate() {
                let first = band * bands * from.row;
                let places = (0..*frames).flat_map(|frame| (0..*bands).map(move |band| (frame, band)));
                let mut places =
                    places.map(|(frame, band)| &values[frame * from.column + first + band * from.row..][..channels]);
                if let Some(place) = places.next() {
                    out.copy_from_slice(place);
                }
                for place in places {
                    kind.fold(place, out);
                }
                if *kind == PoolKind::Mean {
                    let count = (frames * bands) as f32;
                    out.iter_mut().for_each(|value| *value /= count);
                }
                if let Some(affine) = affine {
                    affine.apply(out);
                }
            }
        }
    }
}

impl PoolKind {
    /// Folds the channels of a place into those of the window.
    fn fold(self, place: &[f32], out: &mut [f32]) {
        let pairs = out.iter_mut().zip(place);
        match self {
            Self::Maximum => pairs.for_each(|(most, value)| *most = if *value > *most { *value } else { *most }),
            Self::Mean => pairs.for_each(|(sum, value)| *sum += value),
        }
    }
}

impl ChannelAffine {
    /// Scales and shifts the channels of a place.
    fn apply(&self, place: &mut [f32]) {
        for ((value, scale), shift) in place.iter_mut().zip(&self.scale).zip(&self.shift) {
            *value = *value * scale + shift;
        }
    }
}
