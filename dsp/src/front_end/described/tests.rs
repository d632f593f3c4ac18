use super::*;
use crate::{DspError, FeatureExtractor, FeatureStream, FrontEnd, MelScale, SampleRate, Window};

fn spectral(features: SpectralFeatures) -> Result<FrontEnd, DspError> {
    let description = FrontEndDescription {
        rate: SampleRate::HZ_16000,
        hop: 160,
        lead: None,
        features: DescribedFeatures::Spectral(features),
        add: 0.0,
        multiply: 1.0,
    };
    DescribedFrontEnd::new(description).map(FrontEnd::Described)
}

const SPECTRUM: SpectralFeatures = SpectralFeatures {
    window: Window::HannPeriodic,
    window_len: 400,
    fft_len: 512,
    quantity: Quantity::Power,
    bank: Bank::None,
    compression: Compression::NONE,
    coefficients: None,
    difference_frames: None,
};

const MEL: Bank = Bank::Mel { bands: 40, low_hz: 0.0, high_hz: 8000.0, scale: MelScale::Htk, norm: BandNorm::Height };

fn noise(count: usize) -> Vec<f32> {
    let mut state = 1_u32;
    let mut next = || {
        state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        (state >> 8) as f32 / (1 << 23) as f32 - 1.0
    };
    (0..count).map(|_| next()).collect()
}

fn frames(front_end: FrontEnd, samples: &[f32]) -> Vec<Vec<f32>> {
    let mut stream = FeatureStream::new(front_end, front_end.rate()).unwrap();
    let mut frames = Vec::new();
    for block in samples.chunks(37) {
        stream.push(block, |mut frame| frames.push(frame.bands().to_vec()));
    }
    frames
}

#[test]
fn spectrum_of_an_impulse_is_flat() {
    let front_end = spectral(SPECTRUM).unwrap();
    let mut samples = vec![0.0; 400];
    samples[200] = 2.0;
    let mut out = vec![0.0; front_end.bands()];
    FeatureExtractor::new(front_end).unwrap().extract(&samples, &mut out);
    assert!(out.len() == 257 && out.iter().all(|power| (power - 4.0).abs() < 1e-5), "{out:?}");
}

#[test]
fn difference_is_the_positive_part_of_the_change_since_the_earlier_frame() {
    let banded = SpectralFeatures {
        bank: MEL,
        compression: Compression { logarithm: Logarithm::Decimal, factor: 1.0, offset: 1.0, floor: 0.0 },
        ..SPECTRUM
    };
    let samples = noise(4000);
    let plain = frames(spectral(banded).unwrap(), &samples);
    let both = frames(spectral(SpectralFeatures { difference_frames: Some(2), ..banded }).unwrap(), &samples);
    assert_eq!(plain.len(), both.len());
    for (k, both) in both.iter().enumerate().skip(2) {
        assert_eq!(both[..40], plain[k], "frame {k}");
        let expected: Vec<f32> = plain[k].iter().zip(&plain[k - 2]).map(|(now, then)| (now - then).max(0.0)).collect();
        assert_eq!(both[40..], expected, "frame {k}");
    }
}

#[test]
fn coefficients_are_the_orthonormal_cosine_transform_of_the_bands() {
    let compression = Compression { logarithm: Logarithm::Natural, factor: 1.0, offset: 1e-6, floor: 0.0 };
    let banded = SpectralFeatures { bank: MEL, compression, ..SPECTRUM };
    let samples = noise(1000);
    let bands = frames(spectral(banded).unwrap(), &samples);
    let cepstra = frames(spectral(SpectralFeatures { coefficients: Some(40), ..banded }).unwrap(), &samples);
    for (bands, cepstrum) in bands.iter().zip(&cepstra) {
        // An orthonormal transform keeps the energy, and its first coefficient is the scaled mean.
        let energy = |values: &[f32]| values.iter().map(|&value| f64::from(value).powi(2)).sum::<f64>();
        assert!((energy(bands) / energy(cepstrum) - 1.0).abs() < 1e-5);
        let mean = bands.iter().sum::<f32>() / 40.0 * 40.0_f32.sqrt();
        assert!((cepstrum[0] - mean).abs() < 1e-3, "{} {mean}", cepstrum[0]);
    }
}

#[test]
fn constant_q_transform_of_a_sinusoid_has_its_maximum_at_its_bin() {
    let constant_q =
        ConstantQ { low_hz: 110.0, bins: 48, bins_per_octave: 12, quality: None, compression: Compression::NONE };
    let description = FrontEndDescription {
        rate: SampleRate::HZ_16000,
        hop: 512,
        lead: None,
        features: DescribedFeatures::ConstantQ(constant_q),
        add: 0.0,
        multiply: 1.0,
    };
    let front_end = FrontEnd::Described(DescribedFrontEnd::new(description).unwrap());
    for bin in [3, 24, 47] {
        let hz = 110.0 * (bin as f64 / 12.0).exp2();
        let samples: Vec<f32> =
            (0..16_000).map(|i| (std::f64::consts::TAU * hz * f64::from(i) / 16_000.0).sin() as f32).collect();
        let frame = &frames(front_end, &samples)[15];
        let loudest = (0..48).max_by(|&a, &b| frame[a].total_cmp(&frame[b])).unwrap();
        assert_eq!(loudest, bin, "{frame:?}");
    }
}

#[test]
fn parameters_out_of_range_are_rejected_with_expected_and_actual_value() {
    let cases = [
        (SpectralFeatures { window_len: 1, ..SPECTRUM }, "window length"),
        (SpectralFeatures { fft_len: 399, ..SPECTRUM }, "FFT length: out of range (expected 400 to"),
        (SpectralFeatures { difference_frames: Some(usize::MAX), ..SPECTRUM }, "difference in frames"),
        (SpectralFeatures { coefficients: Some(41), bank: MEL, ..SPECTRUM }, "expected 1 to 40, got 41"),
        (
            SpectralFeatures {
                compression: Compression { logarithm: Logarithm::Decibels, ..Compression::NONE },
                ..SPECTRUM
            },
            "silence has no logarithm",
        ),
        (
            SpectralFeatures {
                bank: Bank::Mel {
                    bands: 40,
                    low_hz: 20.0,
                    high_hz: 9000.0,
                    scale: MelScale::Slaney,
                    norm: BandNorm::Area,
                },
                ..SPECTRUM
            },
            "highest frequency: out of range (expected above 20, at most 8000 Hz, got 9000)",
        ),
        (
            SpectralFeatures {
                bank: Bank::Logarithmic { bands_per_octave: 12, low_hz: 0.0, high_hz: 8000.0, norm: BandNorm::Sum },
                ..SPECTRUM
            },
            "lowest frequency",
        ),
        (
            SpectralFeatures {
                window_len: 2,
                fft_len: 2,
                bank: Bank::Logarithmic { bands_per_octave: 12, low_hz: 30.0, high_hz: 8000.0, norm: BandNorm::Sum },
                ..SPECTRUM
            },
            "expected at least 3 different bins",
        ),
    ];
    for (features, expected) in cases {
        let error = spectral(features).unwrap_err().to_string();
        assert!(error.contains(expected), "{error}");
    }
}

#[test]
fn first_frame_starts_with_the_zeros_of_the_description() {
    let description = FrontEndDescription {
        rate: SampleRate::HZ_16000,
        hop: 4,
        lead: Some(2),
        features: DescribedFeatures::Samples { len: 6 },
        add: 1.0,
        multiply: 2.0,
    };
    let front_end = FrontEnd::Described(DescribedFrontEnd::new(description).unwrap());
    let samples: Vec<f32> = (1..=12).map(|i| i as f32).collect();
    let first: Vec<f32> = [0.0, 0.0, 1.0, 2.0, 3.0, 4.0].iter().map(|value| (value + 1.0) * 2.0).collect();
    assert_eq!(frames(front_end, &samples)[0], first);
    let expected = [-2.0 / 16_000.0, 4.0 / 16_000.0];
    assert_eq!(<[f64; 2]>::from(front_end.span(crate::FrameIndex(0), 1)), expected);
}
