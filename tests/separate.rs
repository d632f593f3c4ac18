//! Separation into stems: agreement with the reference, streams, quality, levels and unusual input.

mod added;
mod exact;
mod live;
mod quality;
mod streams;

use std::path::{Path, PathBuf};

use earmark_dsp::{Complex, SampleRate, Stft, Window};
use earmark_separate::{BINS, FRAME_LEN, HOP, Separator, SeparatorConfig, StemBuffers, StemModel, two_stems};

use crate::host::clip::Clip;

/// Channels of one stem or mix.
pub(crate) type Channels = Vec<Vec<f32>>;

fn model() -> StemModel {
    two_stems().unwrap()
}

/// Returns the folder of the goldens of separation.
fn goldens() -> PathBuf {
    earmark_tests::reference::folder().unwrap().join("separation")
}

/// Returns the channels of a file, times `factor`.
fn decoded(path: &Path, factor: f32) -> Channels {
    let clip = Clip::read(path);
    clip.channels.iter().map(|channel| channel.iter().map(|sample| sample * factor).collect()).collect()
}

/// Returns the stems of a mix that arrives in blocks of `block` samples.
pub(crate) fn separated(mix: &Channels, rate_hz: f64, config: SeparatorConfig, block: usize) -> Vec<Channels> {
    let model = model();
    let mut separator = Separator::new(&model, SampleRate::new(rate_hz).unwrap(), mix.len(), config).unwrap();
    let mut stems = StemBuffers::default();
    for start in (0..mix[0].len()).step_by(block) {
        let end = (start + block).min(mix[0].len());
        let input: Vec<&[f32]> = mix.iter().map(|channel| &channel[start..end]).collect();
        separator.push(&input, &mut stems).unwrap();
    }
    separator.flush(&mut stems).unwrap();
    (0..model.stems().len()).map(|stem| stems.stem(stem).to_vec()).collect()
}

/// Returns the magnitudes of the bins that the networks process, frame by frame.
fn magnitudes(samples: &[f32]) -> Vec<Vec<f32>> {
    let mut stft = Stft::new(Window::HannPeriodic, FRAME_LEN, HOP).unwrap();
    let mut frames = Vec::new();
    let mut emit = |bins: &[Complex<f32>]| frames.push(bins[..BINS].iter().map(|bin| bin.norm()).collect());
    stft.push(samples, &mut emit);
    stft.flush(&mut emit);
    frames
}

/// Returns the largest difference of two signals of equal length.
fn worst_difference(a: &Channels, b: &Channels) -> f32 {
    assert_eq!(a.len(), b.len());
    a.iter().zip(b).fold(0.0, |worst, (a, b)| {
        assert_eq!(a.len(), b.len());
        a.iter().zip(b).fold(worst, |worst: f32, (a, b)| worst.max((a - b).abs()))
    })
}

/// Returns the ratio of a signal to its difference from another one, in dB.
fn snr_db(reference: &Channels, signal: &Channels) -> f64 {
    let (mut power, mut noise) = (0.0, 0.0);
    for (a, b) in reference.iter().flatten().zip(signal.iter().flatten()) {
        power += f64::from(*a).powi(2);
        noise += f64::from(a - b).powi(2);
    }
    10.0 * (power / noise).log10()
}

/// Returns the scale-invariant signal-to-distortion ratio of an estimate over all channels, in dB.
fn si_sdr_db(truth: &Channels, estimate: &Channels) -> f64 {
    let pairs = || {
        let channels = truth.iter().zip(estimate);
        channels.flat_map(|(truth, estimate)| truth.iter().zip(estimate).map(|(&s, &e)| (f64::from(s), f64::from(e))))
    };
    let scale = pairs().map(|(s, e)| s * e).sum::<f64>() / pairs().map(|(s, _)| s * s).sum::<f64>();
    let target: f64 = pairs().map(|(s, _)| (scale * s).powi(2)).sum();
    let error: f64 = pairs().map(|(s, e)| (scale * s - e).powi(2)).sum();
    10.0 * (target / error).log10()
}
