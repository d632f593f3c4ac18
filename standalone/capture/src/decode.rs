//! Decoder of audio files, pipes and standard input to blocks of mono samples.

mod cancellation;
mod codec_names;
mod encoding;
mod error;
mod extensions;
mod ffmpeg;
mod format_change;
mod issues;
mod options;
mod opus;
mod size_and_time;
mod source;
mod tags;
mod track;

use std::fs::File;
use std::io::{self, ErrorKind};
use std::path::{Path, PathBuf};

use earmark_dsp::{SampleRate, downmix};
use symphonia::core::formats::probe::Hint;

use self::cancellation::CancellationMeter;
use self::ffmpeg::Ffmpeg;
use self::format_change::{FormatConverter, TrackFormat};
use self::track::{LostPackets, TrackReader};

pub use self::encoding::Encoding;
pub use self::error::DecodeError;
pub use self::extensions::{AUDIO_EXTENSIONS, BUILTIN_EXTENSIONS, FFMPEG_EXTENSIONS, has_extension};
pub use self::issues::DecodeIssues;
pub use self::options::{DecodeOptions, DecoderBackend, DecoderChoice};
pub use self::size_and_time::SizeAndTime;

/// Length of a missing end that is not reported, in seconds: writers round their counts up to whole packets.
const MISSING_TOLERANCE_S: f64 = 0.1;

/// Decoder of one audio track, downmixed to mono.
///
/// The first packet gives the sample rate and the number of channels. A later part with another format, as in a recorded
/// radio stream, is converted to them.
pub struct Decoder {
    path: PathBuf,
    /// Size and time of the file; `None` for a pipe.
    stamp: Option<SizeAndTime>,
    track: TrackReader,
    /// The program that decodes the track, if it is not a built-in decoder.
    ffmpeg: Option<Ffmpeg>,
    format: TrackFormat,
    /// Converter of the present part, if its format is not that of the first part.
    converter: Option<FormatConverter>,
    /// First block of the next part, while the rest of the previous part is returned.
    next_part: Vec<f32>,
    frames: u64,
    sanitized: u64,
    missing_frames: u64,
    /// Packets that were lost before ffmpeg was started again.
    lost: LostPackets,
    cancellation: CancellationMeter,
    interleaved: Vec<f32>,
    mono: Vec<f32>,
    encoding: Option<Encoding>,
    /// Whether the first block, decoded while opening, was not returned yet.
    first: bool,
    /// Whether the decoded samples end where the header says so.
    is_whole: bool,
    ended: bool,
    /// Number of frames to drop after a seek.
    skip: usize,
}

impl Decoder {
    /// Opens the default track of a file or pipe and decodes its first packet. Blocks.
    ///
    /// # Errors
    /// If the file is missing, empty, or not in a supported audio format.
    pub fn open(path: &Path) -> Result<Self, DecodeError> {
        Self::open_with(path, DecodeOptions::default())
    }

    /// Opens the default track of a file or pipe with options and decodes its first packet. `-` is standard input. Blocks.
    ///
    /// # Errors
    /// If the file is missing, empty, or not in a supported audio format, or if ffmpeg is wanted but not installed.
    pub fn open_with(path: &Path, options: DecodeOptions) -> Result<Self, DecodeError> {
        let stdin = path == Path::new("-");
        // With every decoder, a missing file and a folder are the same errors.
        let stamp = if stdin { None } else { file_stamp(path)? };
        let len = stamp.map(|stamp| stamp.size_bytes);
        let decoder = if options.decoder == DecoderChoice::Ffmpeg {
            Self::open_ffmpeg(path, 0.0)
        } else {
            match Self::open_builtin(path, len, options.digest) {
                // A pipe cannot be read a second time.
                Err(DecodeError::UnsupportedCodec { .. } | DecodeError::UnsupportedFormat { .. })
                    if len.is_some() && options.decoder == DecoderChoice::Auto && ffmpeg::is_installed() =>
                {
                    Self::open_ffmpeg(path, 0.0)
                }
                result => result,
            }
        };
        Ok(Self { stamp, ..decoder? })
    }

    fn open_builtin(path: &Path, len: Option<u64>, digest: bool) -> Result<Self, DecodeError> {
        let source = match len {
            Some(len) => File::open(path).and_then(|file| source::from_file(file, len)),
            None if path == Path::new("-") => source::from_pipe(io::stdin()),
            None => File::open(path).and_then(source::from_pipe),
        };
        match source.map_err(DecodeError::Io)? {
            (_, Some(name)) => Err(DecodeError::UnsupportedFormat { name: name.to_owned() }),
            (source, None) => Self::start(path, TrackReader::open(source, &hint(path), digest)?, None),
        }
    }

    fn open_ffmpeg(path: &Path, from_s: f64) -> Result<Self, DecodeError> {
        let (track, ffmpeg) = ffmpeg::open(path, from_s)?;
        Self::start(path, track, Some(ffmpeg))
    }

    fn start(path: &Path, track: TrackReader, ffmpeg: Option<Ffmpeg>) -> Result<Self, DecodeError> {
        let mut decoder = Self {
            path: path.to_owned(),
            stamp: None,
            encoding: ffmpeg.as_ref().map(|ffmpeg| Encoding::foreign(ffmpeg.codec())),
            track,
            ffmpeg,
            format: TrackFormat { rate: SampleRate::HZ_16000, channels: 0 },
            converter: None,
            next_part: Vec::new(),
            frames: 0,
            sanitized: 0,
            missing_frames: 0,
            lost: LostPackets::default(),
            cancellation: CancellationMeter::default(),
            interleaved: Vec::new(),
            mono: Vec::new(),
            first: true,
            is_whole: true,
            ended: false,
            skip: 0,
        };
        if !decoder.decode()? {
            return Err(DecodeError::NoSound(decoder.issues().packets));
        }
        Ok(decoder)
    }

    /// Returns the sample rate of the track.
    pub fn rate(&self) -> SampleRate {
        self.format.rate
    }

    /// Returns the number of channels of the track before the downmix.
    pub fn channels(&self) -> usize {
        self.format.channels
    }

    /// Returns the length in seconds that the header declares or that was estimated, if any.
    pub fn length_s(&self) -> Option<f64> {
        self.track.length_s()
    }

    /// Returns the decoder in use.
    pub fn backend(&self) -> DecoderBackend {
        if self.ffmpeg.is_some() { DecoderBackend::Ffmpeg } else { DecoderBackend::Builtin }
    }

    /// Returns the size and the time that the file had when it was opened; `None` for a pipe.
    pub fn stamp(&self) -> Option<SizeAndTime> {
        self.stamp
    }

    /// Returns the encoding of the track, with the digest of the packets so far.
    pub fn encoding(&self) -> &Encoding {
        self.encoding.as_ref().unwrap_or_else(|| self.track.encoding())
    }

    /// Seeks to a time in the track, in seconds: the next block starts there. A time past the end gives no further
    /// block.
    ///
    /// # Errors
    /// If the container does not support seeking.
    pub fn seek(&mut self, to_s: f64) -> Result<(), DecodeError> {
        let to_s = to_s.max(0.0);
        self.first = false;
        (self.is_whole, self.ended) = (false, false);
        self.converter = None;
        self.next_part.clear();
        if self.ffmpeg.is_some() {
            let lost = self.lost();
            let (track, ffmpeg) = ffmpeg::open(&self.path, to_s)?;
            (self.track, self.ffmpeg, self.skip) = (track, Some(ffmpeg), 0);
            self.lost = lost;
        } else {
            // The container seeks to a packet; the frames from there to the requested time are decoded and dropped.
            self.skip = (self.track.seek(to_s)? * self.rate().hz()).round() as usize;
        }
        self.frames = (to_s * self.rate().hz()).round() as u64;
        Ok(())
    }

    /// Returns the position after the last decoded frame, in frames.
    pub fn frames(&self) -> u64 {
        self.frames
    }

    /// Returns the defects found so far. `missing_frames` is known at the end of the track.
    pub fn issues(&self) -> DecodeIssues {
        let lost = self.lost();
        DecodeIssues {
            sanitized: self.sanitized,
            packets: lost.packets,
            lost_frames: (lost.seconds * self.rate().hz()).round() as u64,
            missing_frames: self.missing_frames,
            channels_cancel: self.cancellation.is_cancelled(),
        }
    }

    /// Decodes the next block of mono samples at the rate of the track; `None` at the end. Blocks.
    ///
    /// # Errors
    /// If the file can no longer be read.
    pub fn next_block(&mut self) -> Result<Option<&[f32]>, DecodeError> {
        let more = std::mem::take(&mut self.first) || self.decode()?;
        if !more {
            self.end();
        }
        Ok(more.then_some(&self.mono[..]))
    }

    /// Decodes the next block as [`Decoder::next_block`] does, and returns its channels, interleaved: invalid samples are
    /// not replaced. `None` at the end. Blocks.
    ///
    /// # Errors
    /// If the file can no longer be read.
    pub fn next_interleaved(&mut self) -> Result<Option<&[f32]>, DecodeError> {
        let more = self.next_block()?.is_some();
        Ok(more.then_some(&self.interleaved[..]))
    }

    /// Returns the last block of [`Decoder::next_block`].
    pub fn last_mono(&self) -> &[f32] {
        &self.mono
    }

    /// Returns the last block of [`Decoder::next_block`] with its channels, interleaved, and their number: invalid samples
    /// are not replaced.
    pub fn last_interleaved(&self) -> (&[f32], usize) {
        (&self.interleaved, self.format.channels)
    }

    /// Decodes packets until one yields samples; returns false at the end.
    fn decode(&mut self) -> Result<bool, DecodeError> {
        while self.read_part()? {
            let channels = self.format.channels;
            self.mono.resize(self.interleaved.len() / channels.max(1), 0.0);
            let (frames, sanitized) = downmix::interleaved(&self.interleaved, channels, &mut self.mono);
            self.sanitized += sanitized as u64;
            let skipped = self.skip.min(frames);
            self.skip -= skipped;
            if skipped == frames {
                continue;
            }
            self.mono.drain(..skipped);
            self.interleaved.drain(..skipped * channels);
            self.cancellation.push(&self.interleaved, channels, &self.mono);
            self.frames += (frames - skipped) as u64;
            return Ok(true);
        }
        Ok(false)
    }

    /// Reads interleaved samples in the format of the first part; returns false at the end.
    fn read_part(&mut self) -> Result<bool, DecodeError> {
        if !self.next_part.is_empty() {
            self.interleaved = std::mem::take(&mut self.next_part);
            self.convert();
            return Ok(true);
        }
        let Some(format) = self.track.next(&mut self.interleaved)? else {
            self.interleaved.clear();
            if let Some(converter) = self.converter.take() {
                converter.finish(&mut self.interleaved);
            }
            return Ok(!self.interleaved.is_empty());
        };
        if self.format.channels == 0 {
            self.format = format;
        }
        let present = self.converter.as_ref().map_or(self.format, FormatConverter::from);
        if format != present {
            // The header counted frames of the first format.
            self.is_whole = false;
            std::mem::swap(&mut self.interleaved, &mut self.next_part);
            self.interleaved.clear();
            if let Some(converter) = self.converter.take() {
                converter.finish(&mut self.interleaved);
            }
            if format != self.format {
                self.converter = Some(FormatConverter::new(format, self.format)?);
            }
            return Ok(true);
        }
        self.convert();
        Ok(true)
    }

    fn convert(&mut self) {
        if let Some(converter) = &mut self.converter {
            converter.convert(&mut self.interleaved);
        }
    }

    fn lost(&self) -> LostPackets {
        let now = self.track.lost();
        LostPackets { packets: self.lost.packets + now.packets, seconds: self.lost.seconds + now.seconds }
    }

    /// Counts what is missing, once the end is reached.
    fn end(&mut self) {
        if std::mem::replace(&mut self.ended, true) {
            return;
        }
        if self.ffmpeg.as_mut().and_then(Ffmpeg::wait).is_some() {
            self.lost.packets += 1;
        }
        let declared = self.track.declared_frames().filter(|_| self.is_whole).unwrap_or(0);
        let missing = declared.saturating_sub(self.frames + self.issues().lost_frames);
        let is_worth_a_word = self.rate().seconds(missing) > MISSING_TOLERANCE_S;
        self.missing_frames = if is_worth_a_word { missing } else { 0 };
    }
}

/// Returns the digest of the encoded audio of a file, which tags do not change: that of [`Encoding::digest`]. Nothing is
/// decoded. Blocks.
///
/// # Errors
/// If the file is missing or cannot be read, or no built-in decoder reads its format.
pub fn packet_digest(path: &Path) -> Result<String, DecodeError> {
    let stamp = file_stamp(path)?;
    let source = File::open(path).and_then(|file| source::from_file(file, stamp.map_or(0, |stamp| stamp.size_bytes)));
    match source.map_err(DecodeError::Io)? {
        (_, Some(name)) => Err(DecodeError::UnsupportedFormat { name: name.to_owned() }),
        (source, None) => {
            let mut track = TrackReader::open(source, &hint(path), true)?;
            track.read_packets()?;
            track.encoding().digest().ok_or(DecodeError::NoTrack)
        }
    }
}

/// Returns the extension of a path as a hint for the format.
fn hint(path: &Path) -> Hint {
    let mut hint = Hint::new();
    if let Some(extension) = path.extension().and_then(|extension| extension.to_str()) {
        hint.with_extension(extension);
    }
    hint
}

/// Returns the size and the time of a regular file; `None` for a pipe.
fn file_stamp(path: &Path) -> Result<Option<SizeAndTime>, DecodeError> {
    let metadata = path.metadata().map_err(|error| match error.kind() {
        ErrorKind::NotFound => DecodeError::Missing,
        _ => DecodeError::Io(error),
    })?;
    match metadata.len() {
        _ if metadata.is_dir() => Err(DecodeError::Io(ErrorKind::IsADirectory.into())),
        0 if metadata.is_file() => Err(DecodeError::Empty),
        _ => Ok(metadata.is_file().then(|| SizeAndTime::of(&metadata))),
    }
}
