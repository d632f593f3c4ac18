//! Audio files (or a WAV that arrives on standard input) to blocks of mono samples.

mod opus;

use std::ffi::OsStr;
use std::fs::File;
use std::io::{self, ErrorKind};
use std::path::Path;

use earmark_dsp::{DspError, SampleRate, downmix};
use symphonia::core::codecs::audio::{AudioDecoder, AudioDecoderOptions};
use symphonia::core::errors::Error as Symphonia;
use symphonia::core::formats::probe::Hint;
use symphonia::core::formats::{FormatOptions, FormatReader, SeekMode, SeekTo, TrackType};
use symphonia::core::io::{MediaSource, MediaSourceStream, ReadOnlySource};
use symphonia::core::meta::MetadataOptions;
use symphonia::core::units::{Time, TimeBase, Timestamp};
use thiserror::Error;

/// Endings of the files that a folder is searched for.
pub(crate) const ENDINGS: [&str; 18] = [
    "wav", "wave", "flac", "mp3", "mp2", "mp1", "ogg", "oga", "opus", "m4a", "m4b", "mp4", "aac", "aif", "aiff", "caf",
    "mka", "webm",
];

/// Why a file gives no sound.
#[derive(Debug, Error)]
pub(crate) enum DecodeError {
    #[error("no such file or folder")]
    Missing,
    #[error("cannot be read: {0}")]
    Io(io::Error),
    #[error("expected audio, got an empty file")]
    Empty,
    #[error("expected audio ({}), got something else: {why}", ENDINGS.join(", "))]
    NotAudio { why: String },
    #[error("expected at least one track of audio, got none")]
    NoTrack,
    #[error("expected sound, got {0} damaged packets and no sample")]
    NoSound(u64),
    #[error("the audio cannot be decoded: {0}")]
    Codec(String),
    #[error("cannot be wound to another place: {0}")]
    Seek(String),
    #[error("the track changes its rate from {from} to {to} Hz, which is not followed")]
    RateChange { from: u32, to: u32 },
    #[error(transparent)]
    Dsp(#[from] DspError),
}

/// What was odd about a file that could be decoded all the same.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) struct Damage {
    /// Samples that were not numbers, infinite or beyond +120 dBFS.
    pub(crate) scrubbed: u64,
    /// Packets that could not be decoded and are missing.
    pub(crate) packets: u64,
    /// Frames that the header promises and the file does not hold.
    pub(crate) missing_frames: u64,
}

/// An open track.
pub(crate) struct Decoder {
    format: Box<dyn FormatReader>,
    codec: Box<dyn AudioDecoder>,
    track: u32,
    rate: SampleRate,
    channels: usize,
    promised_frames: Option<u64>,
    frames: u64,
    damage: Damage,
    interleaved: Vec<f32>,
    mono: Vec<f32>,
    /// The first block, decoded while opening: only then are rate and channels known for sure.
    first: bool,
    time_base: Option<TimeBase>,
    /// Frames to be thrown away after a seek.
    skip: usize,
}

impl Decoder {
    /// Opens the default track of a file.
    pub(crate) fn open(path: &Path) -> Result<Self, DecodeError> {
        let file = File::open(path).map_err(|error| match error.kind() {
            ErrorKind::NotFound => DecodeError::Missing,
            _ => DecodeError::Io(error),
        })?;
        if file.metadata().map_err(DecodeError::Io)?.len() == 0 {
            return Err(DecodeError::Empty);
        }
        let mut hint = Hint::new();
        if let Some(ending) = path.extension().and_then(OsStr::to_str) {
            hint.with_extension(ending);
        }
        Self::new(Box::new(file), &hint, true)
    }

    /// Reads a track from standard input as it arrives.
    pub(crate) fn stdin() -> Result<Self, DecodeError> {
        let mut hint = Hint::new();
        hint.with_extension("wav");
        // Who writes to a pipe does not know the length beforehand, so the header's is not to be believed.
        Self::new(Box::new(ReadOnlySource::new(io::stdin())), &hint, false)
    }

    fn new(source: Box<dyn MediaSource>, hint: &Hint, length_known: bool) -> Result<Self, DecodeError> {
        let stream = MediaSourceStream::new(source, Default::default());
        let format = symphonia::default::get_probe()
            .probe(hint, stream, FormatOptions::default(), MetadataOptions::default())
            .map_err(|error| DecodeError::NotAudio { why: error.to_string() })?;
        let track = format.default_track(TrackType::Audio).ok_or(DecodeError::NoTrack)?;
        let parameters = track.codec_params.as_ref().and_then(|p| p.audio()).ok_or(DecodeError::NoTrack)?;
        if let Some(hz) = parameters.sample_rate {
            SampleRate::new(hz.into())?;
        }
        // The length of an Opus track counts what its decoder leaves out at the start.
        let lead = track.delay.filter(|_| opus::is(parameters)).map_or(0, u64::from);
        let codec = if opus::is(parameters) {
            opus::Opus::new(parameters).map(|decoder| Box::new(decoder) as Box<dyn AudioDecoder>)
        } else {
            symphonia::default::get_codecs().make_audio_decoder(parameters, &AudioDecoderOptions::default())
        };
        let codec = codec.map_err(|error| DecodeError::Codec(error.to_string()))?;
        let mut decoder = Self {
            promised_frames: track.num_frames.filter(|_| length_known).map(|frames| frames.saturating_sub(lead)),
            track: track.id,
            codec,
            rate: SampleRate::HZ_16000,
            channels: 0,
            frames: 0,
            damage: Damage::default(),
            interleaved: Vec::new(),
            mono: Vec::new(),
            first: true,
            time_base: track.time_base,
            skip: 0,
            format,
        };
        if !decoder.decode()? {
            return Err(DecodeError::NoSound(decoder.damage.packets));
        }
        Ok(decoder)
    }

    /// The track's rate.
    pub(crate) fn rate(&self) -> SampleRate {
        self.rate
    }

    /// The track's number of channels.
    pub(crate) fn channels(&self) -> usize {
        self.channels
    }

    /// How many frames the header promises, if it says so.
    pub(crate) fn promised_frames(&self) -> Option<u64> {
        self.promised_frames
    }

    /// Goes to that time in the track, in seconds: the next block begins there. Behind the end there is no next block.
    pub(crate) fn seek(&mut self, to_s: f64) -> Result<(), DecodeError> {
        let time = Time::try_from_secs_f64(to_s.max(0.0)).unwrap_or_default();
        let to = SeekTo::Time { time, track_id: Some(self.track) };
        let seeked = self.format.seek(SeekMode::Accurate, to).map_err(|error| DecodeError::Seek(error.to_string()))?;
        self.codec.reset();
        self.first = false;
        // A container finds a packet; from there to the time asked for it is decoded and thrown away.
        let ahead = seeked.required_ts.saturating_delta(seeked.actual_ts).get().max(0);
        let ahead_s =
            self.time_base.and_then(|base| base.calc_time(Timestamp::new(ahead))).map(|time| time.as_secs_f64());
        self.skip = (ahead_s.unwrap_or(0.0) * self.rate.hz()).round() as usize;
        self.frames = (to_s.max(0.0) * self.rate.hz()).round() as u64;
        Ok(())
    }

    /// How many frames were decoded so far.
    pub(crate) fn frames(&self) -> u64 {
        self.frames
    }

    /// What was odd so far; missing frames are known at the end.
    pub(crate) fn damage(&self) -> Damage {
        self.damage
    }

    /// The next block of mono samples at the track's rate; `None` at the end.
    pub(crate) fn next_block(&mut self) -> Result<Option<&[f32]>, DecodeError> {
        let more = std::mem::take(&mut self.first) || self.decode()?;
        if !more {
            self.damage.missing_frames = self.promised_frames.unwrap_or(0).saturating_sub(self.frames);
        }
        Ok(more.then_some(&self.mono[..]))
    }

    /// Decodes packets until one gives samples; false at the end.
    fn decode(&mut self) -> Result<bool, DecodeError> {
        loop {
            let packet = match self.format.next_packet() {
                Ok(Some(packet)) => packet,
                Ok(None) => return Ok(false),
                // A file that stops in the middle of a packet ends there; what is missing is counted.
                Err(Symphonia::IoError(error)) if error.kind() == ErrorKind::UnexpectedEof => return Ok(false),
                Err(Symphonia::IoError(error)) => return Err(DecodeError::Io(error)),
                Err(Symphonia::ResetRequired) => return Ok(false),
                Err(Symphonia::DecodeError(_)) if self.frames > 0 => {
                    self.damage.packets += 1;
                    return Ok(false);
                }
                Err(error) => return Err(DecodeError::Codec(error.to_string())),
            };
            if packet.track_id != self.track {
                continue;
            }
            let audio = match self.codec.decode(&packet) {
                Ok(audio) => audio,
                Err(Symphonia::DecodeError(_) | Symphonia::IoError(_)) => {
                    self.damage.packets += 1;
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
            let (frames, scrubbed) = downmix::interleaved(&self.interleaved, channels, &mut self.mono);
            self.damage.scrubbed += scrubbed as u64;
            let skipped = self.skip.min(frames);
            self.skip -= skipped;
            if skipped == frames {
                continue;
            }
            self.mono.drain(..skipped);
            self.frames += (frames - skipped) as u64;
            return Ok(true);
        }
    }
}
