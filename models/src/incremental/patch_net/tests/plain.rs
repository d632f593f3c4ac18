//! Networks of other shapes against a plain evaluation.

use std::sync::Arc;

use super::*;
use crate::incremental::tests::{Noise, Same};

impl Noise {
    fn affine(&mut self, channels: usize) -> ChannelAffine {
        ChannelAffine { scale: self.values(channels), shift: self.values(channels) }
    }

    /// Returns a layer with a ReLU and without pooling, from `inputs` channels of the maps `sources` to `outputs`.
    fn layer(&mut self, sources: &[usize], [inputs, outputs]: [usize; 2], size: [usize; 2]) -> NetLayer {
        let [bias, scale, shift] = [(); 3].map(|()| self.values(outputs));
        NetLayer {
            sources: sources.to_vec(),
            input: None,
            weights: self.values(outputs * inputs * size[0] * size[1]),
            inputs,
            size,
            dilation: 1,
            before: [(size[0] - 1) / 2, (size[1] - 1) / 2],
            curve: ActivationCurve::Relu,
            activation: Activation { bias, scale, shift },
            pool: None,
        }
    }
}

impl NetLayer {
    fn with_elu(self) -> Self {
        Self { curve: ActivationCurve::Elu, ..self }
    }

    fn with_dilation(self, dilation: usize) -> Self {
        Self { dilation, before: [(self.size[0] - 1) * dilation / 2, self.before[1]], ..self }
    }

    fn with_input(self, affine: ChannelAffine) -> Self {
        Self { input: Some(affine), ..self }
    }

    fn with_pool(self, kind: PoolKind, window: [usize; 2], affine: Option<ChannelAffine>) -> Self {
        Self { pool: Some(MapPool { kind, window, affine }), ..self }
    }
}

/// Map as `[frame][band][channel]`, in double precision.
type PlainMap = Vec<Vec<Vec<f64>>>;

/// Evaluates a layer.
fn plain(layer: &NetLayer, maps: &[PlainMap]) -> PlainMap {
    let first = &maps[layer.sources[0]];
    let (frames, bands) = (first.len(), first[0].len());
    let scaled = |affine: &Option<ChannelAffine>, channel: usize, value: f64| match affine {
        Some(affine) => value * f64::from(affine.scale[channel]) + f64::from(affine.shift[channel]),
        None => value,
    };
    let input = |frame: usize, band: usize| -> Vec<f64> {
        let channels: Vec<f64> = layer.sources.iter().flat_map(|&source| maps[source][frame][band].clone()).collect();
        channels.iter().enumerate().map(|(channel, &value)| scaled(&layer.input, channel, value)).collect()
    };
    let input: PlainMap = (0..frames).map(|frame| (0..bands).map(|band| input(frame, band)).collect()).collect();
    let at = |frame: usize, band: usize, output: usize| {
        let mut sum = f64::from(layer.activation.bias[output]);
        for tap in 0..layer.size[0] {
            for height in 0..layer.size[1] {
                let frame = (frame + tap * layer.dilation).checked_sub(layer.before[0]).filter(|&frame| frame < frames);
                let band = (band + height).checked_sub(layer.before[1]).filter(|&band| band < bands);
                let Some((frame, band)) = frame.zip(band) else { continue };
                for (channel, value) in input[frame][band].iter().enumerate() {
                    let place = (output * layer.inputs + channel) * layer.size[0] + tap;
                    sum += value * f64::from(layer.weights[place * layer.size[1] + height]);
                }
            }
        }
        let negative = if layer.curve == ActivationCurve::Elu { sum.exp_m1() } else { 0.0 };
        let value = if sum > 0.0 { sum } else { negative };
        value * f64::from(layer.activation.scale[output]) + f64::from(layer.activation.shift[output])
    };
    let pool = layer.pool.clone().unwrap_or(MapPool { kind: PoolKind::Maximum, window: [1, 1], affine: None });
    let pooled = |frame: usize, band: usize, output: usize| {
        let [rows, columns] = pool.window;
        let window = (0..rows).flat_map(|f| (0..columns).map(move |b| (f, b)));
        let values = window.map(|(f, b)| at(frame * rows + f, band * columns + b, output));
        let value = match pool.kind {
            PoolKind::Maximum => values.fold(f64::MIN, f64::max),
            PoolKind::Mean => values.sum::<f64>() / (rows * columns) as f64,
        };
        scaled(&pool.affine, output, value)
    };
    let row = |frame, band| (0..layer.outputs()).map(|output| pooled(frame, band, output)).collect();
    let [frames, bands] = [frames / pool.window[0], bands / pool.window[1]];
    (0..frames).map(|frame| (0..bands).map(|band| row(frame, band)).collect()).collect()
}

/// Returns the mean of each channel of the last map.
pub(super) fn means(net: &PatchNet, patch: &[f32]) -> Vec<f64> {
    let [frames, bands] = net.size;
    let value = |frame: usize, band: usize| f64::from(patch[band * frames + frame] * net.input_scale + net.input_shift);
    let mut maps: Vec<PlainMap> =
        vec![(0..frames).map(|frame| (0..bands).map(|band| vec![value(frame, band)]).collect()).collect()];
    for layer in &net.layers {
        maps.push(plain(layer, &maps));
    }
    let places = maps.last().unwrap().concat();
    let channels = 0..places[0].len();
    channels.map(|c| places.iter().map(|place| place[c]).sum::<f64>() / places.len() as f64).collect()
}

/// Returns networks with every kind of layer, over maps of odd sizes.
fn nets(noise: &mut Noise) -> Vec<Vec<NetLayer>> {
    let (maximum, mean) = (PoolKind::Maximum, PoolKind::Mean);
    let affine = noise.affine(8);
    let joined = noise.affine(9);
    let all = noise.affine(1 + 8 + 20);
    vec![
        // Blocks with two bands, and poolings that leave frames and bands out.
        vec![
            noise.layer(&[0], [1, 8], [5, 5]),
            noise.layer(&[1], [8, 8], [3, 3]).with_pool(maximum, [2, 2], Some(affine)),
            noise.layer(&[2], [8, 16], [5, 5]).with_pool(maximum, [3, 2], None),
            noise.layer(&[3], [16, 33], [3, 3]).with_pool(mean, [2, 4], None),
            noise.layer(&[4], [33, 7], [1, 1]).with_elu(),
        ],
        // Kernels that are higher than their maps: one band, and two.
        vec![
            noise.layer(&[0], [1, 4], [3, 3]).with_pool(maximum, [1, 7], None),
            noise.layer(&[1], [4, 3], [3, 7]).with_pool(maximum, [1, 2], None),
            noise.layer(&[2], [3, 8], [2, 5]),
        ],
        // Joined and scaled maps, and dilated taps.
        vec![
            noise.layer(&[0], [1, 8], [5, 1]).with_elu(),
            noise.layer(&[0, 1], [9, 20], [5, 1]).with_input(joined).with_elu(),
            noise.layer(&[0, 1, 2], [29, 12], [5, 2]).with_input(all).with_dilation(3).with_elu(),
            noise.layer(&[3, 3, 1], [32, 2], [3, 3]).with_dilation(7).with_pool(mean, [1, 5], None),
        ],
        // Blocks with as many bands as lanes, and an even kernel.
        vec![noise.layer(&[0], [1, 1], [4, 2]), noise.layer(&[1], [1, 2], [1, 3]), noise.layer(&[2], [2, 1], [2, 2])],
    ]
}

#[test]
fn networks_of_other_shapes_match_the_plain_evaluation() {
    let mut noise = Noise(3);
    for (index, layers) in nets(&mut noise).into_iter().enumerate() {
        for size in [[31, 17], [64, 21], [29, 40]] {
            let net = PatchNet { size, input_scale: 1.5, input_shift: -0.2, layers: layers.clone() };
            let width = net.layers.last().unwrap().outputs();
            let input = [1, size[1], size[0], 1];
            let engine = PatchNetEngine::new(&net, &input, Classifier::Library(Arc::new(Same::new(width)))).unwrap();
            for _ in 0..3 {
                let patch = noise.values(size[0] * size[1]);
                let mut found = [Vec::new()];
                engine.run(&patch, &mut found).unwrap();
                let expected = means(&net, &patch);
                assert_eq!(found[0].len(), expected.len());
                let largest = expected.iter().fold(0.0_f64, |most, value| most.max(value.abs()));
                let pairs = found[0].iter().zip(&expected);
                let far = pairs.fold(0.0_f64, |most, (a, b)| most.max((f64::from(*a) - b).abs())) / largest;
                assert!(far <= 2e-6, "network {index}, {size:?}: {far} above 2e-6");
            }
        }
    }
}

#[test]
fn network_whose_layers_do_not_fit_together_is_refused() {
    let mut noise = Noise(4);
    let fits = |layers: Vec<NetLayer>| {
        let net = PatchNet { size: [20, 10], input_scale: 1.0, input_shift: 0.0, layers };
        PatchNetEngine::new(&net, &[1, 10, 20, 1], Classifier::Library(Arc::new(Same::new(4)))).is_some()
    };
    let first = noise.layer(&[0], [1, 4], [3, 3]);
    let pooled = first.clone().with_pool(PoolKind::Maximum, [2, 2], None);
    assert!(fits(vec![first.clone(), noise.layer(&[0, 1], [5, 4], [3, 3])]));
    assert!(!fits(vec![]), "no layer");
    assert!(!fits(vec![first.clone(), noise.layer(&[1], [5, 4], [3, 3])]), "another number of channels");
    assert!(!fits(vec![first.clone(), noise.layer(&[2], [4, 4], [3, 3])]), "its own output as the input");
    assert!(!fits(vec![pooled, noise.layer(&[0, 1], [5, 4], [3, 3])]), "maps of two sizes");
    assert!(!fits(vec![first.with_pool(PoolKind::Mean, [1, 11], None)]), "a window longer than the map");
}

#[test]
fn maps_take_a_buffer_for_as_long_as_they_are_needed() {
    let mut noise = Noise(5);
    let mut layer = |sources: &[usize]| noise.layer(sources, [1, 1], [1, 1]);
    assert_eq!(slots::slots(&[layer(&[0]), layer(&[1]), layer(&[2])]), [0, 0, 0, 0]);
    let joined = [layer(&[0]), layer(&[0, 1]), layer(&[0, 1, 2]), layer(&[3])];
    // The patch and its first two maps are needed at the same time, the last two maps alone.
    assert_eq!(slots::slots(&joined), [0, 1, 2, 2, 2]);
}
