//! Decoder of audio files, and of WAV data on standard input, to blocks of mono samples.

mod encoding;
mod error;
mod extensions;
mod opus;

use std::ffi::OsStr;
use std::fs::File;
use std::io::{self, ErrorKind};
use std::path::Path;

use earmark_dsp::{SampleRate, downmix};
use symphonia::core::codecs::audio::{AudioDecoder, AudioDecoderOptions};
use symphonia::core::errors::Error as Symphonia;
use symphonia::core::formats::probe::Hint;
use symphonia::core::formats::{FormatOptions, FormatReader, SeekMode, SeekTo, TrackType};
use symphonia::core::io::{MediaSource, MediaSourceStream, ReadOnlySource};
use symphonia::core::meta::MetadataOptions;
use symphonia::core::units::{Time, TimeBase, Timestamp};

pub use self::encoding::Encoding;
pub use self::error::DecodeError;
pub use self::extensions::AUDIO_EXTENSIONS;

/// Defects of a track that was decoded nevertheless.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct DecodeIssues {
    /// Number of samples that were NaN, infinite or beyond +120 dBFS and were set to 0.
    pub sanitized: u64,
    /// Number of packets that could not be decoded and were skipped.
    pub packets: u64,
    /// Number of frames that the header declares but the file does not contain.
    pub missing_frames: u64,
}

/// Decoder of one audio track, downmixed to mono.
pub struct Decoder {
    format: Box<dyn FormatReader>,
    codec: Box<dyn AudioDecoder>,
    track: u32,
    rate: SampleRate,
    channels: usize,
    declared_frames: Option<u64>,
    frames: u64,
    issues: DecodeIssues,
    interleaved: Vec<f32>,
    mono: Vec<f32>,
    encoding: Encoding,
    /// Whether the first block, decoded while opening, was not returned yet. Only the first packet gives reliable
    /// values of rate and channel count.
    first: bool,
    time_base: Option<TimeBase>,
    /// Number of frames to drop after a seek.
    skip: usize,
}

impl Decoder {
    /// Opens the default track of a file and decodes its first packet. Blocks.
    ///
    /// # Errors
    /// If the file is missing, empty, or not in a supported audio format.
    pub fn open(path: &Path) -> Result<Self, DecodeError> {
        Self::open_file(path, false)
    }

    /// Opens a file as [`Decoder::open`] does, and computes a digest of the encoded audio while it is decoded. Blocks.
    ///
    /// # Errors
    /// If the file is missing, empty, or not in a supported audio format.
    pub fn open_with_digest(path: &Path) -> Result<Self, DecodeError> {
        Self::open_file(path, true)
    }

    fn open_file(path: &Path, digest: bool) -> Result<Self, DecodeError> {
        let file = File::open(path).map_err(|error| match error.kind() {
            ErrorKind::NotFound => DecodeError::Missing,
            _ => DecodeError::Io(error),
        })?;
        if file.metadata().map_err(DecodeError::Io)?.len() == 0 {
            return Err(DecodeError::Empty);
        }
        let mut hint = Hint::new();
        if let Some(extension) = path.extension().and_then(OsStr::to_str) {
            hint.with_extension(extension);
        }
        Self::new(Box::new(file), &hint, true, digest)
    }

    /// Opens WAV data on standard input. Blocks.
    ///
    /// # Errors
    /// If standard input is not in a supported audio format.
    pub fn stdin() -> Result<Self, DecodeError> {
        let mut hint = Hint::new();
        hint.with_extension("wav");
        // A program that writes to a pipe does not know the length in advance: the length in the header is ignored.
        Self::new(Box::new(ReadOnlySource::new(io::stdin())), &hint, false, false)
    }

    fn new(source: Box<dyn MediaSource>, hint: &Hint, length_known: bool, digest: bool) -> Result<Self, DecodeError> {
        let stream = MediaSourceStream::new(source, Default::default());
        let format = symphonia::default::get_probe()
            .probe(hint, stream, FormatOptions::default(), MetadataOptions::default())
            .map_err(|error| DecodeError::NotAudio { why: error.to_string() })?;
        let track = format.default_track(TrackType::Audio).ok_or(DecodeError::NoTrack)?;
        let parameters = track.codec_params.as_ref().and_then(|p| p.audio()).ok_or(DecodeError::NoTrack)?;
        if let Some(hz) = parameters.sample_rate {
            SampleRate::new(hz.into())?;
        }
        // The declared length of an Opus track includes the pre-skip, which the decoder drops.
        let lead = track.delay.filter(|_| opus::is(parameters)).map_or(0, u64::from);
        let encoding = Encoding::new(parameters, digest);
        let codec = if opus::is(parameters) {
            opus::Opus::new(parameters).map(|decoder| Box::new(decoder) as Box<dyn AudioDecoder>)
        } else {
            symphonia::default::get_codecs().make_audio_decoder(parameters, &AudioDecoderOptions::default())
        };
        let codec = codec.map_err(|error| DecodeError::Codec(error.to_string()))?;
        let mut decoder = Self {
            declared_frames: track.num_frames.filter(|_| length_known).map(|frames| frames.saturating_sub(lead)),
            track: track.id,
            codec,
            rate: SampleRate::HZ_16000,
            channels: 0,
            frames: 0,
            issues: DecodeIssues::default(),
            interleaved: Vec::new(),
            mono: Vec::new(),
            encoding,
            first: true,
            time_base: track.time_base,
            skip: 0,
            format,
        };
        if !decoder.decode()? {
            return Err(DecodeError::NoSound(decoder.issues.packets));
        }
        Ok(decoder)
    }

    /// Returns the sample rate of the track.
    pub fn rate(&self) -> SampleRate {
        self.rate
    }

    /// Returns the number of channels of the track before the downmix.
    pub fn channels(&self) -> usize {
        self.channels
    }

    /// Returns the number of frames that the header declares, if any.
    pub fn declared_frames(&self) -> Option<u64> {
        self.declared_frames
    }

    /// Returns the encoding of the track, with the digest of the packets so far.
    pub fn encoding(&self) -> &Encoding {
        &self.encoding
    }

    /// Seeks to a time in the track, in seconds: the next block starts there. A time past the end gives no further
    /// block.
    ///
    /// # Errors
    /// If the container does not support seeking.
    pub fn seek(&mut self, to_s: f64) -> Result<(), DecodeError> {
        let time = Time::try_from_secs_f64(to_s.max(0.0)).unwrap_or_default();
        let to = SeekTo::Time { time, track_id: Some(self.track) };
        let seeked = self.format.seek(SeekMode::Accurate, to).map_err(|error| DecodeError::Seek(error.to_string()))?;
        self.codec.reset();
        self.first = false;
        // The container seeks to a packet; the frames from there to the requested time are decoded and dropped.
        let ahead = seeked.required_ts.saturating_delta(seeked.actual_ts).get().max(0);
        let ahead_s =
            self.time_base.and_then(|base| base.calc_time(Timestamp::new(ahead))).map(|time| time.as_secs_f64());
        self.skip = (ahead_s.unwrap_or(0.0) * self.rate.hz()).round() as usize;
        self.frames = (to_s.max(0.0) * self.rate.hz()).round() as u64;
        Ok(())
    }

    /// Returns the position after the last decoded frame, in frames.
    pub fn frames(&self) -> u64 {
        self.frames
    }

    /// Returns the defects found so far. `missing_frames` is known at the end of the track.
    pub fn issues(&self) -> DecodeIssues {
        self.issues
    }

    /// Decodes the next block of mono samples at the rate of the track; `None` at the end. Blocks.
    ///
    /// # Errors
    /// If the file can no longer be read, or the sample rate changes within the track.
    pub fn next_block(&mut self) -> Result<Option<&[f32]>, DecodeError> {
        let more = std::mem::take(&mut self.first) || self.decode()?;
        if !more {
            self.issues.missing_frames = self.declared_frames.unwrap_or(0).saturating_sub(self.frames);
        }
        Ok(more.then_some(&self.mono[..]))
    }

    /// Decodes the next block as [`Decoder::next_block`] does, and returns its channels, interleaved: invalid samples are
    /// not replaced. `None` at the end. Blocks.
    ///
    /// # Errors
    /// If the file can no longer be read, or the sample rate or the number of channels changes within the track.
    pub fn next_interleaved(&mut self) -> Result<Option<&[f32]>, DecodeError> {
        let more = self.next_block()?.is_some();
        let got = self.interleaved.len() / self.mono.len().max(1);
        if more && got != self.channels {
            return Err(DecodeError::ChannelChange { from: self.channels, to: got });
        }
        Ok(more.then_some(&self.interleaved[..]))
    }

    /// Decodes packets until one yields samples; returns false at the end.
    fn decode(&mut self) -> Result<bool, DecodeError> {
        loop {
            let packet = match self.format.next_packet() {
                Ok(Some(packet)) => packet,
                Ok(None) => return Ok(false),
                // A file truncated within a packet ends there; the missing frames are counted.
                Err(Symphonia::IoError(error)) if error.kind() == ErrorKind::UnexpectedEof => return Ok(false),
                Err(Symphonia::IoError(error)) => return Err(DecodeError::Io(error)),
                Err(Symphonia::ResetRequired) => return Ok(false),
                Err(Symphonia::DecodeError(_)) if self.frames > 0 => {
                    self.issues.packets += 1;
                    return Ok(false);
                }
                Err(error) => return Err(DecodeError::Codec(error.to_string())),
            };
            if packet.track_id != self.track {
                continue;
            }
            self.encoding.packet(&packet.data);
            let audio = match self.codec.decode(&packet) {
                Ok(audio) => audio,
                Err(Symphonia::DecodeError(_) | Symphonia::IoError(_)) => {
                    self.issues.packets += 1;
                    continue;
                }
                Err(error) => return Err(DecodeError::Codec(error.to_string())),
            };
            if audio.frames() == 0 {
                continue;
            }
            let (hz, channels) = (audio.spec().rate(), audio.spec().channels().count());
            if self.frames == 0 {
                self.rate = SampleRate::new(hz.into())?;
                self.channels = channels;
            } else if f64::from(hz) != self.rate.hz() {
                return Err(DecodeError::RateChange { from: self.rate.hz() as u32, to: hz });
            }
            self.interleaved.resize(audio.samples_interleaved(), 0.0);
            audio.copy_to_slice_interleaved(&mut self.interleaved);
            self.mono.resize(audio.frames(), 0.0);
            let (frames, sanitized) = downmix::interleaved(&self.interleaved, channels, &mut self.mono);
            self.issues.sanitized += sanitized as u64;
            let skipped = self.skip.min(frames);
            self.skip -= skipped;
            if skipped == frames {
                continue;
            }
            self.mono.drain(..skipped);
            self.interleaved.drain(..skipped * channels);
            self.frames += (frames - skipped) as u64;
            return Ok(true);
        }
    }
}
