//! WAV file of a recording: mono, 32-bit float.

use std::fs::File;
use std::io::BufWriter;
use std::path::Path;

use earmark_dsp::SampleRate;
use hound::{SampleFormat, WavSpec, WavWriter};

use super::error::RecordError;

/// Size in bytes above which no sample is written: the sizes in a WAV header have 32 bits.
const MAX_WAV_BYTES: u64 = 0xffff_ffff - 1024;

/// Time between two updates of the header, in seconds: a recording whose program is killed loses no more than this.
const HEADER_INTERVAL_S: f64 = 1.0;

/// WAV file that is open for writing. Its header is valid after each second.
pub(super) struct WavFile {
    wav: WavWriter<BufWriter<File>>,
    rate: SampleRate,
    frames: u64,
    /// Number of frames that the header declares.
    declared_frames: u64,
}

impl WavFile {
    /// Creates a file.
    pub(super) fn create(path: &Path, rate: SampleRate) -> Result<Self, RecordError> {
        let wav = WavWriter::create(path, spec(rate))
            .map_err(|error| RecordError::Create { path: path.to_owned(), error: error.to_string() })?;
        Ok(Self { wav, rate, frames: 0, declared_frames: 0 })
    }

    /// Returns the sample rate.
    pub(super) fn rate(&self) -> SampleRate {
        self.rate
    }

    /// Returns the length so far, in seconds.
    pub(super) fn seconds(&self) -> f64 {
        self.rate.seconds(self.frames)
    }

    /// Appends samples. Blocks. After an error the caller must finish the file.
    pub(super) fn write(&mut self, samples: &[f32]) -> Result<(), RecordError> {
        let written = samples.iter().try_for_each(|&sample| self.wav.write_sample(sample));
        self.frames += samples.len() as u64;
        let written = written.and_then(|()| self.update_header());
        written.map_err(|error| RecordError::Write(error.to_string()))?;
        if self.frames * 4 > MAX_WAV_BYTES { Err(RecordError::Full) } else { Ok(()) }
    }

    fn update_header(&mut self) -> hound::Result<()> {
        if self.rate.seconds(self.frames - self.declared_frames) < HEADER_INTERVAL_S {
            return Ok(());
        }
        self.declared_frames = self.frames;
        self.wav.flush()
    }

    /// Completes the header and closes the file. Blocks.
    pub(super) fn finish(self) -> Result<(), RecordError> {
        self.wav.finalize().map_err(|error| RecordError::Finish(error.to_string()))
    }
}

/// Writes a complete file. Blocks.
pub(super) fn write<'a>(
    path: &Path,
    rate: SampleRate,
    samples: impl IntoIterator<Item = &'a f32>,
) -> Result<(), RecordError> {
    let write = || -> hound::Result<()> {
        let mut wav = WavWriter::create(path, spec(rate))?;
        samples.into_iter().try_for_each(|&sample| wav.write_sample(sample))?;
        wav.finalize()
    };
    write().map_err(|error| RecordError::Clip { path: path.to_owned(), error: error.to_string() })
}

fn spec(rate: SampleRate) -> WavSpec {
    WavSpec {
        channels: 1,
        sample_rate: rate.hz().round() as u32,
        bits_per_sample: 32,
        sample_format: SampleFormat::Float,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn recording_is_readable_while_it_runs() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("take.wav");
        let mut file = WavFile::create(&path, SampleRate::HZ_16000).unwrap();
        for _ in 0..25 {
            file.write(&[0.5; 1000]).unwrap();
        }
        let frames = hound::WavReader::open(&path).unwrap().duration();
        assert!((16_000..=25_000).contains(&frames), "{frames}");
        file.finish().unwrap();
        assert_eq!(hound::WavReader::open(&path).unwrap().duration(), 25_000);
    }
}
