//! The exact mode has the stems of the reference.

use std::fs::File;
use std::sync::Arc;

use earmark_separate::{BINS, CHANNELS, MaskExtension, RunMemory, SeparationMode, SeparatorConfig};
use earmark_tests::signal::noise;
use ndarray::{Array1, Array2, Array3};
use ndarray_npy::NpzReader;

use super::{Channels, decoded, goldens, magnitudes, model, separated, snr_db, worst_difference};

/// Frames of a block of the reference.
const BLOCK: usize = 512;

const EXACT: SeparatorConfig = SeparatorConfig {
    mode: SeparationMode::Exact,
    level: earmark_separate::NetworkLevel::Auto,
    extension: None,
    eco: false,
};

/// Reads a `.npy` of 16-bit floats with the shape `[frame][bin][channel]` as planes `[channel][frame][bin]`.
fn half_planes(name: &str) -> Vec<f32> {
    let bytes = std::fs::read(goldens().join(name)).unwrap();
    let header = usize::from(u16::from_le_bytes([bytes[8], bytes[9]])) + 10;
    let values: Vec<f32> =
        bytes[header..].chunks_exact(2).map(|half| from_half(u16::from_le_bytes([half[0], half[1]]))).collect();
    let mut planes = Vec::new();
    for channel in 0..CHANNELS {
        planes.extend(values.iter().skip(channel).step_by(CHANNELS));
    }
    planes
}

fn from_half(bits: u16) -> f32 {
    let sign = if bits & 0x8000 == 0 { 1.0 } else { -1.0 };
    let (exponent, fraction) = (i32::from((bits >> 10) & 0x1f), f32::from(bits & 0x3ff));
    match exponent {
        0 => sign * fraction * 2.0_f32.powi(-24),
        _ => sign * (1.0 + fraction / 1024.0) * 2.0_f32.powi(exponent - 15),
    }
}

#[test(needs(Reference))]
fn networks_have_the_outputs_of_the_reference() {
    let mix = half_planes("net_T64_input.f16.npy");
    for (network, name) in model().networks().iter().zip(["vocals", "accompaniment"]) {
        let expected = half_planes(&format!("net_T64_{name}.f16.npy"));
        let mut outputs = vec![Vec::new()];
        Arc::clone(network).new_run(64, &RunMemory::default()).unwrap().run(&mix, 0..64, &mut outputs).unwrap();
        assert_eq!(outputs[0].len(), CHANNELS * 64 * BINS);
        for (i, (got, expected)) in outputs[0].iter().zip(&expected).enumerate() {
            // Twice what weights in single precision need; these are rounded to 16 bits.
            let tolerance = 4e-3 + 2e-3 * expected.abs();
            assert!((got - expected).abs() <= tolerance, "{name}, value {i}: {got}, expected {expected}");
        }
    }
}

/// The weights that ship are rounded to 16 bits, which is 77 dB below the stems.
#[test(needs(Reference))]
fn stems_of_two_songs_are_those_of_the_reference() {
    for song in ["pop", "rock"] {
        let folder = goldens().join(song);
        let stems = separated(&decoded(&folder.join("mix.flac"), 1.0), 44_100.0, EXACT, 4_096);
        for (stem, name) in stems.iter().zip(["vocals", "accompaniment"]) {
            let expected = decoded(&folder.join(format!("{name}.half_gain.flac")), 2.0);
            let (snr, worst) = (snr_db(&expected, stem), worst_difference(&expected, stem));
            eprintln!("{song}, {name}: SNR {snr:.1} dB, worst difference {worst:.1e}");
            assert!(snr >= 65.0, "{song}, {name}: {snr} dB");
        }
    }
}

#[test(needs(Reference))]
fn average_above_11_khz_is_that_of_the_reference() {
    let folder = goldens().join("rock");
    let config = SeparatorConfig { extension: Some(MaskExtension::Average), ..EXACT };
    let stems = separated(&decoded(&folder.join("mix.flac"), 1.0), 44_100.0, config, 10_000);
    for (stem, name) in stems.iter().zip(["vocals", "accompaniment"]) {
        let expected = decoded(&folder.join(format!("{name}.average.first4s.half_gain.flac")), 2.0);
        let stem: Channels = stem.iter().zip(&expected).map(|(got, want)| got[..want.len()].to_vec()).collect();
        let snr = snr_db(&expected, &stem);
        assert!(snr >= 65.0, "{name}: {snr} dB");
    }
}

/// Spectra and network outputs of single frames, on both sides of a block border.
#[test(needs(Reference))]
fn network_outputs_of_frames_are_those_of_the_reference() {
    for song in ["pop", "rock"] {
        let mut file = NpzReader::new(File::open(goldens().join(song).join("frames.npz")).unwrap()).unwrap();
        let frames: Array1<i64> = file.by_name("frames").unwrap();
        let blocks = blocks_of(&decoded(&goldens().join(song).join("mix.flac"), 1.0));
        let outputs: Vec<Vec<Vec<f32>>> = model()
            .networks()
            .iter()
            .map(|network| {
                let mut run = Arc::clone(network).new_run(BLOCK, &RunMemory::default()).unwrap();
                let output = |block: &Vec<f32>| {
                    let mut outputs = vec![Vec::new()];
                    run.run(block, 0..BLOCK, &mut outputs).unwrap();
                    outputs.remove(0)
                };
                blocks.iter().map(output).collect()
            })
            .collect();
        for (name, got) in [("mix_mag", &blocks), ("vocals_mag", &outputs[0]), ("accompaniment_mag", &outputs[1])] {
            let expected: Array3<f32> = file.by_name(name).unwrap();
            let (mut power, mut noise) = (0.0, 0.0);
            for ((index, bin, channel), expected) in expected.indexed_iter() {
                let frame = usize::try_from(frames[index]).unwrap();
                let got = got[frame / BLOCK][(channel * BLOCK + frame % BLOCK) * BINS + bin];
                power += f64::from(*expected).powi(2);
                noise += f64::from(got - expected).powi(2);
            }
            // The spectra are in single precision, the weights of the networks in 16 bits.
            let (snr, limit) = (10.0 * (power / noise).log10(), if name == "mix_mag" { 100.0 } else { 60.0 });
            assert!(snr >= limit, "{song}, {name}: {snr:.1} dB, expected {limit}");
        }
    }
}

/// Returns the magnitudes of a mix in blocks of planes `[channel][frame][bin]`.
fn blocks_of(mix: &Channels) -> Vec<Vec<f32>> {
    let frames: Vec<_> = mix.iter().map(|channel| magnitudes(channel)).collect();
    let count = frames[0].len().div_ceil(BLOCK);
    let mut blocks = vec![vec![0.0; CHANNELS * BLOCK * BINS]; count];
    for (channel, frames) in frames.iter().enumerate() {
        for (index, frame) in frames.iter().enumerate() {
            let start = (channel * BLOCK + index % BLOCK) * BINS;
            blocks[index / BLOCK][start..start + BINS].copy_from_slice(frame);
        }
    }
    blocks
}

#[test(needs(Reference))]
fn shortest_streams_have_the_stems_of_the_reference() {
    let mut file = NpzReader::new(File::open(goldens().join("edges.npz")).unwrap()).unwrap();
    for n in [1, 1023, 1024, 1025, 4095, 4096, 4097, 5000] {
        let mut read = |name: &str| -> Channels {
            let array: Array2<f32> = file.by_name(&format!("{name}_{n}")).unwrap();
            array.columns().into_iter().map(|column| column.to_vec()).collect()
        };
        let (mix, expected) = (read("in"), [read("vocals"), read("accompaniment")]);
        for (stem, expected) in separated(&mix, 44_100.0, EXACT, 333).iter().zip(&expected) {
            assert_eq!(stem[0].len(), n);
            let (snr, worst) = (snr_db(expected, stem), worst_difference(expected, stem));
            // 2e-5 with weights in single precision; these are rounded to 16 bits, and noise is the hardest input.
            assert!(snr >= 55.0 || worst <= 2e-5, "{n} samples: SNR {snr:.1} dB, worst difference {worst}");
        }
    }
}

#[test]
fn exact_mono_becomes_two_channels_at_44100_hz() {
    let mix = vec![noise(9_600, 0.3, 7)];
    let stems = separated(&mix, 48_000.0, EXACT, 1_000);
    assert!(stems.iter().all(|stem| stem.len() == 2 && stem[0].len() == 8_820));
}
