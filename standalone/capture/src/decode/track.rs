//! Reader of the default audio track of a container, with the built-in demuxers and decoders.

use std::io::ErrorKind;

use earmark_dsp::SampleRate;
use symphonia::core::codecs::audio::well_known::{
    CODEC_ID_AAC, CODEC_ID_MP1, CODEC_ID_MP2, CODEC_ID_MP3, CODEC_ID_OPUS, CODEC_ID_VORBIS,
};
use symphonia::core::codecs::audio::{AudioCodecId, AudioCodecParameters, AudioDecoder, AudioDecoderOptions};
use symphonia::core::errors::Error as Symphonia;
use symphonia::core::formats::probe::Hint;
use symphonia::core::formats::{FormatOptions, FormatReader, SeekMode, SeekTo, Track, TrackType};
use symphonia::core::io::{MediaSource, MediaSourceStream};
use symphonia::core::meta::MetadataOptions;
use symphonia::core::packet::Packet;
use symphonia::core::units::{Duration, Time, TimeBase, Timestamp};

use super::codec_names;
use super::encoding::Encoding;
use super::error::DecodeError;
use super::format_change::TrackFormat;
use super::opus;

/// Number of errors in a row after which a track ends: a demuxer that cannot continue repeats its error.
const MAX_ERRORS: u32 = 64;

/// Codecs whose decoders drop the frames that a packet hides; those of all others return them.
const TRIMMING_CODECS: [AudioCodecId; 6] =
    [CODEC_ID_AAC, CODEC_ID_MP1, CODEC_ID_MP2, CODEC_ID_MP3, CODEC_ID_OPUS, CODEC_ID_VORBIS];

/// Packets that could not be decoded.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct LostPackets {
    pub(super) packets: u64,
    /// Total length, as far as the container declares it.
    pub(super) seconds: f64,
}

/// Reader of an audio track.
pub(super) struct TrackReader {
    format: Box<dyn FormatReader>,
    codec: Box<dyn AudioDecoder>,
    track: u32,
    time_base: Option<TimeBase>,
    /// Whether the source has an end that a header can know: a pipe has none.
    length_known: bool,
    /// Number of frames of the earlier parts of a chained stream, as far as they declare it.
    earlier_frames: Option<u64>,
    /// Number of frames that the present part declared at its start.
    first_count: Option<u64>,
    encoding: Encoding,
    lost: LostPackets,
    /// Whether a decoded packet was returned.
    started: bool,
}

impl TrackReader {
    /// Opens the default track.
    ///
    /// # Errors
    /// If the source is not in a supported format, or has no supported audio track.
    pub(super) fn open(source: Box<dyn MediaSource>, hint: &Hint, digest: bool) -> Result<Self, DecodeError> {
        let length_known = source.is_seekable();
        let stream = MediaSourceStream::new(source, Default::default());
        let format = symphonia::default::get_probe()
            .probe(hint, stream, FormatOptions::default(), MetadataOptions::default())
            .map_err(|error| DecodeError::NotAudio { why: error.to_string() })?;
        let track = format.default_track(TrackType::Audio).ok_or(DecodeError::NoTrack)?;
        let parameters = track.codec_params.as_ref().and_then(|p| p.audio()).ok_or(DecodeError::NoTrack)?;
        if let Some(hz) = parameters.sample_rate {
            SampleRate::new(hz.into())?;
        }
        Ok(Self {
            codec: new_codec(parameters)?,
            track: track.id,
            time_base: track.time_base,
            length_known,
            earlier_frames: Some(0),
            first_count: track.num_frames,
            encoding: Encoding::new(parameters, digest),
            lost: LostPackets::default(),
            started: false,
            format,
        })
    }

    /// Returns the declared or estimated length in seconds, if there is one.
    pub(super) fn length_s(&self) -> Option<f64> {
        let length = self.current()?.duration.filter(|_| self.length_known)?;
        Some(self.seconds(length))
    }

    /// Returns the number of frames without which the file is incomplete; `None` if the container has no such number. At
    /// the end of the track it may be lower than before, because then a wrong count is known to be wrong.
    pub(super) fn declared_frames(&self) -> Option<u64> {
        let frames = self.part_frames().filter(|_| self.length_known)?;
        self.earlier_frames?.checked_add(frames)
    }

    /// Returns the number of frames that the present part declares.
    fn part_frames(&self) -> Option<u64> {
        let track = self.current()?;
        // The declared length of an Opus track includes the pre-skip, which the decoder drops.
        let lead = track.delay.filter(|_| opus::is(self.codec.codec_params())).map_or(0, u64::from);
        track.num_frames.map(|frames| frames.saturating_sub(lead))
    }

    fn current(&self) -> Option<&Track> {
        self.format.tracks().iter().find(|track| track.id == self.track)
    }

    /// Returns the encoding, with the digest of the packets so far.
    pub(super) fn encoding(&self) -> &Encoding {
        &self.encoding
    }

    /// Returns the packets that could not be decoded so far.
    pub(super) fn lost(&self) -> LostPackets {
        self.lost
    }

    /// Decodes packets until one yields samples, replaces `interleaved` by them, and returns their format; `None` at the
    /// end. A damaged packet is skipped and counted. Blocks.
    ///
    /// # Errors
    /// If the source can no longer be read, or nothing can be decoded.
    pub(super) fn next(&mut self, interleaved: &mut Vec<f32>) -> Result<Option<TrackFormat>, DecodeError> {
        let mut errors = 0;
        loop {
            let packet = match self.format.next_packet() {
                Ok(Some(packet)) => packet,
                Ok(None) => return Ok(None),
                Err(Symphonia::ResetRequired) if self.restart()? => continue,
                Err(Symphonia::ResetRequired) => return Ok(None),
                // A file truncated within a packet ends there; the missing frames are counted.
                Err(Symphonia::IoError(error)) if error.kind() == ErrorKind::UnexpectedEof => return Ok(None),
                Err(Symphonia::IoError(error)) => return Err(DecodeError::Io(error)),
                Err(error) => {
                    errors += 1;
                    if errors < MAX_ERRORS {
                        continue;
                    }
                    if !self.started {
                        return Err(DecodeError::Codec(error.to_string()));
                    }
                    self.lost.packets += 1;
                    return Ok(None);
                }
            };
            if packet.track_id != self.track {
                continue;
            }
            if errors > 0 {
                self.lost.packets += 1;
                errors = 0;
            }
            self.encoding.packet(&packet.data);
            match self.codec.decode(&packet) {
                Ok(audio) if audio.frames() == 0 => continue,
                Ok(audio) => {
                    self.started = true;
                    interleaved.resize(audio.samples_interleaved(), 0.0);
                    audio.copy_to_slice_interleaved(&mut *interleaved);
                    let (hz, channels) = (audio.spec().rate(), audio.spec().channels().count());
                    if !TRIMMING_CODECS.contains(&self.codec.codec_params().codec) {
                        trim(interleaved, channels, &packet);
                    }
                    if !interleaved.is_empty() {
                        return Ok(Some(TrackFormat { rate: SampleRate::new(hz.into())?, channels }));
                    }
                }
                Err(Symphonia::ResetRequired) => {
                    if !self.restart()? {
                        return Ok(None);
                    }
                }
                Err(Symphonia::DecodeError(_) | Symphonia::IoError(_)) => self.lose(&packet),
                Err(Symphonia::Unsupported(_)) if self.started => self.lose(&packet),
                Err(error) => return Err(DecodeError::Codec(error.to_string())),
            }
        }
    }

    /// Reads all packets of the track for the digest, without decoding them. Blocks.
    ///
    /// # Errors
    /// If the source can no longer be read, or a packet is damaged.
    pub(super) fn read_packets(&mut self) -> Result<(), DecodeError> {
        loop {
            match self.format.next_packet() {
                Ok(Some(packet)) if packet.track_id == self.track => self.encoding.packet(&packet.data),
                Ok(Some(_)) => {}
                Ok(None) => return Ok(()),
                Err(Symphonia::ResetRequired) if self.restart()? => {}
                Err(Symphonia::ResetRequired) => return Ok(()),
                Err(Symphonia::IoError(error)) if error.kind() == ErrorKind::UnexpectedEof => return Ok(()),
                Err(Symphonia::IoError(error)) => return Err(DecodeError::Io(error)),
                Err(error) => return Err(DecodeError::Codec(error.to_string())),
            }
        }
    }

    /// Seeks to a time in seconds. Returns the length in seconds from the start of the next packet to that time.
    ///
    /// # Errors
    /// If the container does not support seeking.
    pub(super) fn seek(&mut self, to_s: f64) -> Result<f64, DecodeError> {
        let time = Time::try_from_secs_f64(to_s.max(0.0)).unwrap_or_default();
        let to = SeekTo::Time { time, track_id: Some(self.track) };
        let seeked = self.format.seek(SeekMode::Accurate, to).map_err(|error| DecodeError::Seek(error.to_string()))?;
        self.codec.reset();
        let ahead = seeked.required_ts.saturating_delta(seeked.actual_ts).get().max(0);
        let ahead = self.time_base.and_then(|base| base.calc_time(Timestamp::new(ahead)));
        Ok(ahead.map_or(0.0, |time| time.as_secs_f64()))
    }

    /// Continues with the default track of the next part of a chained stream. Returns false if it has no audio.
    fn restart(&mut self) -> Result<bool, DecodeError> {
        let Some(track) = self.format.default_track(TrackType::Audio) else { return Ok(false) };
        let Some(parameters) = track.codec_params.as_ref().and_then(|p| p.audio()) else { return Ok(false) };
        self.earlier_frames =
            self.earlier_frames.zip(self.first_count).and_then(|(earlier, part)| earlier.checked_add(part));
        self.first_count = track.num_frames;
        self.codec = new_codec(parameters)?;
        self.track = track.id;
        self.time_base = track.time_base;
        Ok(true)
    }

    fn lose(&mut self, packet: &Packet) {
        self.lost.packets += 1;
        self.lost.seconds += self.seconds(packet.dur);
    }

    fn seconds(&self, duration: Duration) -> f64 {
        let end = i64::try_from(duration.get()).ok().map(Timestamp::new);
        let time = self.time_base.zip(end).and_then(|(base, end)| base.calc_time(end));
        time.map_or(0.0, |time| time.as_secs_f64())
    }
}

/// Drops the frames at the start and the end of a packet that are not to be played, such as those outside an edit list.
fn trim(interleaved: &mut Vec<f32>, channels: usize, packet: &Packet) {
    let frames = interleaved.len() / channels.max(1);
    let start = usize::try_from(packet.trim_start.get()).map_or(frames, |start| start.min(frames));
    let end = usize::try_from(packet.trim_end.get()).map_or(start, |end| frames.saturating_sub(end).max(start));
    interleaved.truncate(end * channels);
    interleaved.drain(..start * channels);
}

fn new_codec(parameters: &AudioCodecParameters) -> Result<Box<dyn AudioDecoder>, DecodeError> {
    let codec = if opus::is(parameters) {
        opus::Opus::new(parameters).map(|decoder| Box::new(decoder) as Box<dyn AudioDecoder>)
    } else {
        symphonia::default::get_codecs().make_audio_decoder(parameters, &AudioDecoderOptions::default())
    };
    codec.map_err(|error| match error {
        Symphonia::Unsupported(_) => DecodeError::UnsupportedCodec { name: codec_names::name(parameters) },
        error => DecodeError::Codec(error.to_string()),
    })
}
