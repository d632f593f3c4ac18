//! Buffers of the maps of a network, each for as long as a map is needed.

use super::NetLayer;

/// Returns the index of the buffer of each map. A map may take the buffer of a source of its layer, because the layer
/// copies its input before its output is written.
pub(super) fn slots(layers: &[NetLayer]) -> Vec<usize> {
    let (mut slots, mut free, mut count) = (vec![0], Vec::new(), 1);
    for (index, layer) in layers.iter().enumerate() {
        for (map, &slot) in slots.iter().enumerate() {
            let is_last = !layers[index + 1..].iter().any(|later| later.sources.contains(&map));
            if is_last && layer.sources.contains(&map) {
                free.push(slot);
            }
        }
        slots.push(free.pop().unwrap_or_else(|| {
            count += 1;
            count - 1
        }));
    }
    slots
}
