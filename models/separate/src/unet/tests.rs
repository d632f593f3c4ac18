//! Tests against a plain implementation of the network.

mod plain;

use std::ops::Range;

use pulp::Arch;

use super::{Scratch, UNet};
use crate::unet_error::UNetError;
use crate::weights::{Layer, Norm, UNetWeights};

/// Pseudo-random numbers in -1..1.
pub(super) struct Random(u64);

impl Random {
    pub(super) fn values(&mut self, len: usize, scale: f32) -> Vec<f32> {
        (0..len)
            .map(|_| {
                self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
                ((self.0 >> 40) as f32 / (1 << 23) as f32 - 1.0) * scale
            })
            .collect()
    }
}

/// Returns a network of the given channels with random weights.
fn random_weights(encoder: [usize; 6], decoder: [usize; 6]) -> UNetWeights {
    let mut random = Random(7);
    let mut layer = |inputs: usize, outputs: usize, taps: usize| Layer {
        weight: random.values(inputs * outputs * taps, (3.0 / (inputs * taps) as f32).sqrt()),
        bias: random.values(outputs, 0.1),
    };
    let convs = std::array::from_fn(|l| layer(if l == 0 { 2 } else { encoder[l - 1] }, encoder[l], 25));
    let inputs = |k: usize| if k == 0 { encoder[5] } else { encoder[5 - k] + decoder[k - 1] };
    let ups = std::array::from_fn(|k| layer(inputs(k), decoder[k], 25));
    let last = layer(1, 2, 16);
    let mut norm = |channels: usize| {
        let scale = random.values(channels, 0.5);
        Norm { scale: scale.iter().map(|value| value + 1.0).collect(), shift: random.values(channels, 0.2) }
    };
    let conv_norms = std::array::from_fn(|l| norm(encoder[l]));
    let up_norms = std::array::from_fn(|k| norm(decoder[k]));
    UNetWeights { convs, conv_norms, ups, up_norms, last }
}

fn small() -> UNetWeights {
    random_weights([16, 32, 16, 32, 16, 48], [32, 16, 32, 16, 16, 1])
}

fn max_abs(values: &[f32]) -> f32 {
    values.iter().fold(0.0, |most, value| most.max(value.abs()))
}

/// Returns the largest difference, relative to the largest expected value.
fn difference(got: &[f32], expected: &[f32]) -> f32 {
    assert_eq!(got.len(), expected.len());
    let most = got.iter().zip(expected).fold(0.0f32, |most, (a, b)| most.max((a - b).abs()));
    assert!(got.iter().all(|value| value.is_finite()));
    most / max_abs(expected)
}

/// Returns the wanted frames of magnitudes `[2][frames][bins]`.
fn cut(values: &[f32], frames: usize, wanted: Range<usize>) -> Vec<f32> {
    let bins = values.len() / (2 * frames);
    values
        .chunks_exact(frames * bins)
        .flat_map(|plane| &plane[wanted.start * bins..wanted.end * bins])
        .copied()
        .collect()
}

fn run(net: &UNet, mix: &[f32], frames: usize, wanted: Range<usize>, scratch: &mut Scratch) -> Vec<f32> {
    let mut out = vec![f32::NAN; 2 * wanted.len() * net.0.bins];
    net.run(mix, frames, wanted, scratch, &mut out).unwrap();
    out
}

#[test]
fn run_small_network_matches_plain_implementation() {
    let weights = small();
    for (frames, bins) in [(64, 64), (128, 192)] {
        let mix = Random(1).values(2 * frames * bins, 3.0);
        let expected = plain::run(&weights, &mix, frames, bins);
        for arch in [Arch::new(), Arch::Scalar] {
            let net = UNet::with_bins(weights.clone(), bins, arch).unwrap();
            let mut scratch = Scratch::default();
            let full = run(&net, &mix, frames, 0..frames, &mut scratch);
            assert!(difference(&full, &expected) < 2e-6, "{arch:?} {frames}: {}", difference(&full, &expected));
            for wanted in [0..1, 31..37, 52..60, 63..64, 5..5] {
                let part = run(&net, &mix, frames, wanted.clone(), &mut scratch);
                assert_eq!(part, cut(&full, frames, wanted.clone()), "{arch:?} {wanted:?}");
                let fresh = run(&net, &mix, frames, wanted.clone(), &mut Scratch::default());
                assert_eq!(part, fresh, "{arch:?} {wanted:?}");
            }
        }
    }
}

#[test]
fn run_shifted_any_shift_equals_whole_run() {
    let (frames, bins) = (128, 64);
    let net = UNet::with_bins(small(), bins, Arch::new()).unwrap();
    let stream = Random(2).values(2 * 1024 * bins, 3.0);
    let mut scratch = Scratch::for_shifts();
    let mut start = 0;
    for (step, shift) in [0, 2, 4, 4, 8, 3, 8, 16, 32, 8, 1, 64, 2, 2, 200, 0, 128, 8].into_iter().enumerate() {
        start += shift;
        let mix = cut(&stream, 1024, start..start + frames);
        let wanted = [100..108, 0..128, 120..124, 3..9, 7..7][step % 5].clone();
        let mut out = vec![f32::NAN; 2 * wanted.len() * bins];
        net.run_shifted(&mix, frames, shift, wanted.clone(), &mut scratch, &mut out).unwrap();
        assert_eq!(out, run(&net, &mix, frames, wanted, &mut Scratch::default()), "step {step}, shift {shift}");
    }
}

#[test]
fn scratch_other_network_or_frames_computes_again() {
    let weights = [small(), random_weights([16; 6], [16, 16, 16, 16, 16, 1])];
    let [first, second] = weights.map(|weights| UNet::with_bins(weights, 64, Arch::new()).unwrap());
    let mut other = small();
    other.convs[0].bias[3] += 0.5;
    let nets = [first, second, UNet::with_bins(other, 64, Arch::new()).unwrap()];
    let mut scratch = Scratch::for_shifts();
    for (net, frames) in [(0, 64), (2, 64), (1, 64), (1, 128), (0, 64)] {
        let mix = Random(3).values(2 * frames * 64, 1.0);
        let mut out = vec![f32::NAN; mix.len()];
        nets[net].run_shifted(&mix, frames, 8, 0..frames, &mut scratch, &mut out).unwrap();
        assert_eq!(out, run(&nets[net], &mix, frames, 0..frames, &mut Scratch::default()));
    }
}

#[test]
fn run_shifted_after_an_error_computes_again() {
    let net = UNet::with_bins(small(), 64, Arch::new()).unwrap();
    let stream = Random(4).values(2 * 80 * 64, 3.0);
    let mixes = [0, 8, 16].map(|start| cut(&stream, 80, start..start + 64));
    let (mut scratch, mut out) = (Scratch::for_shifts(), vec![0.0; 2 * 64 * 64]);
    net.run(&mixes[0], 64, 0..64, &mut scratch, &mut out).unwrap();
    net.run_shifted(&mixes[1], 64, 8, 0..65, &mut scratch, &mut out).unwrap_err();
    net.run_shifted(&mixes[2], 64, 8, 0..64, &mut scratch, &mut out).unwrap();
    assert_eq!(out, run(&net, &mixes[2], 64, 0..64, &mut Scratch::default()));
}

#[test]
fn run_silent_mix_is_silent() {
    let net = UNet::with_bins(small(), 64, Arch::new()).unwrap();
    assert!(run(&net, &vec![0.0; 2 * 64 * 64], 64, 0..64, &mut Scratch::default()).iter().all(|value| *value == 0.0));
}

#[test]
fn run_wrong_sizes_is_an_error() {
    let net = UNet::with_bins(small(), 64, Arch::new()).unwrap();
    let mix = vec![0.0; 2 * 64 * 64];
    let error = |mix: &[f32], frames, wanted, out: usize| {
        net.run(mix, frames, wanted, &mut Scratch::default(), &mut vec![0.0; out]).unwrap_err()
    };
    assert_eq!(error(&mix, 0, 0..0, 0), UNetError::Frames { got: 0 });
    assert_eq!(error(&mix, 65, 0..1, 128), UNetError::Frames { got: 65 });
    assert_eq!(error(&mix[1..], 64, 0..1, 128), UNetError::Magnitudes { expected: 8192, got: 8191 });
    assert_eq!(error(&mix, 64, 60..65, 640), UNetError::Wanted { frames: 64, got: 60..65 });
    assert_eq!(error(&mix, 64, 60..64, 511), UNetError::Output { expected: 512, got: 511 });
}

#[test]
fn new_wrong_weights_is_an_error() {
    let build = |change: fn(&mut UNetWeights)| {
        let mut weights = small();
        change(&mut weights);
        UNet::new(weights).unwrap_err().to_string()
    };
    let message = build(|weights| weights.convs[2].weight.truncate(7));
    assert_eq!(message, "cannot load conv3.weight: wrong number of values (expected 12800, got 7)");
    assert!(build(|weights| weights.up_norms[5].shift.clear()).contains("upbn6.shift"));
    assert!(build(|weights| weights.last.bias.push(0.0)).contains("last.bias"));
    assert!(
        build(|weights| *weights = random_weights([16, 8, 16, 16, 16, 16], [16, 16, 16, 16, 16, 1])).contains("conv2")
    );
    assert!(build(|weights| *weights = random_weights([16; 6], [16; 6])).contains("up6.bias"));
    assert!(build(|weights| *weights = UNetWeights::default()).contains("conv1"));
}
