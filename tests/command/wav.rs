//! Small WAV files, whole and broken.

use std::path::Path;

use earmark_tests::signal::tune;

/// Returns the test tune of the given length in seconds.
pub(crate) fn music(rate_hz: u32, seconds: f64) -> Vec<f32> {
    tune(f64::from(rate_hz), seconds)
}

/// Writes a 32-bit float WAV with the same samples on every channel.
pub(crate) fn float_wav(path: &Path, rate_hz: u32, channels: u16, samples: &[f32]) {
    let spec = hound::WavSpec {
        channels,
        sample_rate: rate_hz,
        bits_per_sample: 32,
        sample_format: hound::SampleFormat::Float,
    };
    let mut writer = hound::WavWriter::create(path, spec).unwrap();
    for &sample in samples {
        for _ in 0..channels {
            writer.write_sample(sample).unwrap();
        }
    }
    writer.finalize().unwrap();
}
