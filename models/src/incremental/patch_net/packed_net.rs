//! Network with packed weights.

use super::PatchNet;
use super::map_layout::MapLayout;
use super::net_buffers::NetBuffers;
use super::packed_conv::PackedConv;
use super::packed_pool::PackedPool;
use super::slots::slots;

/// Network with its weights packed for the kernels; all streams share it.
#[derive(Debug)]
pub(super) struct PackedNet {
    /// Layout of the patch as a map.
    patch: MapLayout,
    input_scale: f32,
    input_shift: f32,
    layers: Vec<PackedNetLayer>,
    /// Number of buffers for maps.
    slots: usize,
    /// Layout of the last map.
    last: MapLayout,
}

/// Layer with packed weights.
#[derive(Debug)]
struct PackedNetLayer {
    conv: PackedConv,
    pool: Option<PackedPool>,
    output: MapLayout,
}

impl PackedNet {
    /// Packs a network; none if its layers do not fit together. Allocates.
    pub(super) fn new(net: &PatchNet) -> Option<Self> {
        let sizes = net.map_sizes()?;
        let slots = slots(&net.layers);
        let patch = MapLayout::dense(0, *sizes.first()?);
        let mut layouts = vec![patch];
        let mut layers = Vec::new();
        for ((layer, &map), &slot) in net.layers.iter().zip(&sizes[1..]).zip(&slots[1..]) {
            let parts = layer.sources.iter().map(|&source| layouts[source]).collect();
            let needed = layer.needed(map.size);
            let conv = PackedConv::new(layer, parts, needed);
            let from = conv.layout(slot, needed[1]);
            let pool = layer.pool.clone().map(|pool| PackedPool { pool, from });
            let output = if pool.is_some() { MapLayout::dense(slot, map) } else { from };
            layouts.push(output);
            layers.push(PackedNetLayer { conv, pool, output });
        }
        let last = *layouts.last().filter(|_| !layers.is_empty())?;
        let slots = slots.iter().max().map_or(0, |most| most + 1);
        Some(Self { patch, input_scale: net.input_scale, input_shift: net.input_shift, layers, slots, last })
    }

    /// Processes a patch, `[band][frame]`, and writes the mean of each channel of the last map to the buffers.
    pub(super) fn run(&self, patch: &[f32], buffers: &mut NetBuffers) {
        let NetBuffers { slots, input, output, sums, means, .. } = buffers;
        slots.resize_with(self.slots, Vec::new);
        let [frames, bands] = self.patch.map.size;
        let plane = &mut slots[self.patch.slot];
        plane.clear();
        for frame in 0..frames {
            let column = (0..bands).map(|band| patch[band * frames + frame] * self.input_scale + self.input_shift);
            plane.extend(column);
        }
        for PackedNetLayer { conv, pool, output: layout } in &self.layers {
            input.resize(conv.input.len(), 0.0);
            conv.input.write(slots, input);
            let map = &mut slots[layout.slot];
            map.resize(layout.len(), 0.0);
            if let Some(pool) = pool {
                output.resize(pool.from.len(), 0.0);
                conv.run(input, output);
                pool.run(output, layout, map);
            } else {
                conv.run(input, map);
            }
        }
        self.write_means(&slots[self.last.slot], sums, means);
    }

    /// Writes the mean of each channel of the last map.
    fn write_means(&self, values: &[f32], sums: &mut Vec<f64>, means: &mut Vec<f32>) {
        let MapLayout { map, row, .. } = self.last;
        sums.clear();
        sums.resize(map.channels, 0.0);
        for column in self.last.columns(values) {
            for place in column.chunks_exact(row).take(map.size[1]) {
                sums.iter_mut().zip(place).for_each(|(sum, value)| *sum += f64::from(*value));
            }
        }
        let count = map.size.iter().product::<usize>() as f64;
        means.clear();
        means.extend(sums.iter().map(|sum| (sum / count) as f32));
    }
}
