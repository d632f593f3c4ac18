//! Synthesis of a short piece of dance music: kick, clap, hat, bass and chords at 120 BPM. Deterministic.

use std::f32::consts::TAU;
use std::path::Path;

use hound::{SampleFormat, WavSpec, WavWriter};

use crate::sh::{TaskError, TaskResult, file_error};

/// Length of the demo's piece in seconds.
pub(crate) const PIECE_S: u32 = 24;

const RATE: u32 = 44_100;
/// Seconds between two beats at 120 BPM.
const BEAT_S: f32 = 0.5;
/// Roots of the chords in Hz, one per bar of four beats: A, F, C, G.
const ROOTS_HZ: [f32; 4] = [110.0, 87.31, 130.81, 98.0];
/// A minor or major triad and its octave above the root, as ratios.
const CHORDS: [[f32; 4]; 4] =
    [[2.0, 2.378, 2.997, 4.0], [2.0, 2.52, 2.997, 4.0], [2.0, 2.52, 2.997, 4.0], [2.0, 2.52, 2.997, 4.0]];

/// Writes `seconds` of the piece as 16-bit stereo WAV. Memory use does not depend on the length.
pub(crate) fn write(path: &Path, seconds: u32) -> TaskResult {
    if let Some(folder) = path.parent() {
        std::fs::create_dir_all(folder).map_err(file_error(folder))?;
    }
    let spec = WavSpec { channels: 2, sample_rate: RATE, bits_per_sample: 16, sample_format: SampleFormat::Int };
    let failed = |error: hound::Error| TaskError::Other(format!("{}: {error}", path.display()));
    let mut writer = WavWriter::create(path, spec).map_err(failed)?;
    let mut noise = Noise(1);
    for i in 0..u64::from(seconds) * u64::from(RATE) {
        for sample in frame(i, &mut noise) {
            writer.write_sample((sample.clamp(-1.0, 1.0) * 32_000.0) as i16).map_err(failed)?;
        }
    }
    writer.finalize().map_err(failed)
}

fn frame(i: u64, noise: &mut Noise) -> [f32; 2] {
    let rate = RATE as f32;
    let beat_len = (BEAT_S * rate) as u64;
    let since_beat = (i % beat_len) as f32 / rate;
    let since_half = ((i + beat_len / 2) % beat_len) as f32 / rate;
    let beat = i / beat_len;
    let bar = (beat / 4 % 4) as usize;
    let hiss = noise.next();

    let kick_hz = 45.0 + 110.0 * (-since_beat * 35.0).exp();
    let kick = (TAU * kick_hz * since_beat).sin() * (-since_beat * 9.0).exp() * 0.8;
    let clap = if beat % 2 == 1 { hiss * (-since_beat * 22.0).exp() * 0.25 } else { 0.0 };
    let hat = hiss * (-since_half * 60.0).exp() * 0.15;

    let t = (i % (beat_len * 4)) as f32 / rate;
    let root = ROOTS_HZ[bar];
    let duck = 1.0 - 0.7 * (-since_beat * 8.0).exp();
    let bass = saw(root / 2.0 * t) * (-(since_half * 5.0)).exp() * 0.25;
    let chord = |detune: f32| {
        let voices = CHORDS[bar].iter().map(|ratio| saw(root * ratio * detune * t));
        voices.sum::<f32>() * 0.06 * duck
    };
    let middle = kick + clap + hat + bass;
    [middle + chord(0.997), middle + chord(1.003)]
}

/// Returns a sawtooth of the first eight harmonics, which avoids aliasing. `phase` in cycles.
fn saw(phase: f32) -> f32 {
    let turn = phase.fract() * TAU;
    (1..=8).map(|n| (turn * n as f32).sin() / n as f32).sum::<f32>() * 0.6
}

/// A generator of white noise from -1 to 1 (linear congruential).
struct Noise(u32);

impl Noise {
    fn next(&mut self) -> f32 {
        self.0 = self.0.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        (self.0 >> 8) as f32 / 8_388_608.0 - 1.0
    }
}
