//! Stacks of other shapes against a plain evaluation of whole patches.

use std::sync::Arc;

use super::*;
use crate::incremental::tests::{Noise, Same};

const FRAMES: usize = 60;
const BANDS: usize = 21;

impl Noise {
    fn conv_layer(&mut self, [inputs, outputs]: [usize; 2], size: [usize; 2], pool: [[usize; 2]; 2]) -> ConvLayer {
        let [bias, scale, shift] = [(); 3].map(|()| self.values(outputs));
        ConvLayer {
            weights: self.values(outputs * inputs * size[0] * size[1]),
            inputs,
            size,
            before: [size[0] / 2, (size[1] - 1) / 2],
            activation: Activation { bias, scale, shift },
            window: pool[0],
            stride: pool[1],
        }
    }
}

/// Evaluates a layer on `[frame][band][channel]`.
fn plain(layer: &ConvLayer, input: &[Vec<Vec<f32>>]) -> Vec<Vec<Vec<f32>>> {
    let (frames, bands) = (input.len(), input[0].len());
    let at = |frame: usize, band: usize, output: usize| {
        let mut sum = 0.0;
        for tap in 0..layer.size[0] {
            for height in 0..layer.size[1] {
                let frame = (frame + tap).checked_sub(layer.before[0]).filter(|&frame| frame < frames);
                let band = (band + height).checked_sub(layer.before[1]).filter(|&band| band < bands);
                let Some((frame, band)) = frame.zip(band) else { continue };
                for (channel, value) in input[frame][band].iter().enumerate() {
                    let place = (output * layer.inputs + channel) * layer.size[0] + tap;
                    sum += value * layer.weights[place * layer.size[1] + height];
                }
            }
        }
        let Activation { bias, scale, shift } = &layer.activation;
        (sum + bias[output]).max(0.0) * scale[output] + shift[output]
    };
    let ends = [frames, bands];
    let [frames, bands]: [usize; 2] =
        std::array::from_fn(|axis| (ends[axis] - layer.window[axis]) / layer.stride[axis] + 1);
    let pooled = |frame: usize, band: usize, output: usize| {
        let window = (0..layer.window[0]).flat_map(|f| (0..layer.window[1]).map(move |b| (f, b)));
        let values = window.map(|(f, b)| at(frame * layer.stride[0] + f, band * layer.stride[1] + b, output));
        values.fold(f32::MIN, f32::max)
    };
    let row = |frame, band| (0..layer.outputs()).map(|output| pooled(frame, band, output)).collect();
    (0..frames).map(|frame| (0..bands).map(|band| row(frame, band)).collect()).collect()
}

#[test]
fn stacks_of_other_shapes_match_the_plain_evaluation() {
    let mut noise = Noise(3);
    let stacks = [
        // A window that is no multiple of its stride, padded channels, poolings that leave bands out.
        vec![
            noise.conv_layer([1, 20], [3, 3], [[3, 1], [2, 2]]),
            noise.conv_layer([20, 5], [5, 3], [[2, 2], [1, 2]]),
            noise.conv_layer([5, 3], [1, 3], [[8, 1], [8, 1]]),
        ],
        // Overlapping windows over bands, kernels of other sizes.
        vec![noise.conv_layer([1, 17], [2, 4], [[4, 3], [2, 2]]), noise.conv_layer([17, 33], [3, 2], [[3, 3], [3, 1]])],
        // No pooling at all, but for the last layer.
        vec![noise.conv_layer([1, 4], [3, 1], [[1, 1], [1, 1]]), noise.conv_layer([4, 4], [3, 3], [[50, 7], [50, 7]])],
    ];
    let music = noise.values((FRAMES + 200) * BANDS);
    for layers in stacks {
        let stack = ConvStack { frames: FRAMES, bands: BANDS, input_scale: 1.5, input_shift: -0.2, layers };
        let last = *stack.extents().unwrap().last().unwrap();
        let width = last.pooled.iter().product::<usize>() * stack.layers.last().unwrap().outputs();
        let same = Same::new(width);
        let engine = StackEngine::new(&stack, &[1, FRAMES, BANDS], Classifier::Library(Arc::new(same))).unwrap();
        for hop in [1, 2, 3, 5, 12, 41] {
            let mut state = engine.new_state(crate::ContextMode::ZeroPadded).unwrap();
            for step in 0..=4 {
                let patch = &music[step * hop * BANDS..][..FRAMES * BANDS];
                let new_frames = if step == 0 { FRAMES } else { hop };
                let (mut found, mut single) = ([Vec::new()], [Vec::new()]);
                state.run_patch(patch, PatchStep { new_frames, next_hop: hop }, &mut found).unwrap();
                engine.run(patch, &mut single).unwrap();
                assert_eq!(found, single, "hop {hop}, patch {step}");
                let scaled = |frame: &[f32]| frame.iter().map(|value| vec![value * 1.5 - 0.2]).collect();
                let mut expected: Vec<Vec<Vec<f32>>> = patch.chunks_exact(BANDS).map(scaled).collect();
                for layer in &stack.layers {
                    expected = plain(layer, &expected);
                }
                let expected = expected.concat().concat();
                assert_eq!(found[0].len(), expected.len());
                let largest = expected.iter().fold(0.0_f32, |most, value| most.max(value.abs()));
                let pairs = found[0].iter().zip(&expected);
                let far = pairs.fold(0.0_f32, |most, (a, b)| most.max((a - b).abs())) / largest;
                assert!(far <= 1e-5, "hop {hop}, patch {step}: {far} above 1e-5");
            }
        }
    }
}
