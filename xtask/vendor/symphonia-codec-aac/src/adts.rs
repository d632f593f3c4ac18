// Symphonia
// Copyright (c) 2019-2026 The Project Symphonia Developers.
//
// This Source Code Form is subject to the terms of the Mozilla Public
// License, v. 2.0. If a copy of the MPL was not distributed with this
// file, You can obtain one at https://mozilla.org/MPL/2.0/.

use symphonia_core::errors::{Error, unsupported_error};
use symphonia_core::support_format;

use symphonia_core::audio::Channels;
use symphonia_core::codecs::CodecParameters;
use symphonia_core::codecs::audio::AudioCodecParameters;
use symphonia_core::codecs::audio::well_known::CODEC_ID_AAC;
use symphonia_core::errors::{Result, SeekErrorKind, decode_error, reset_error, seek_error};
use symphonia_core::formats::prelude::*;
use symphonia_core::formats::probe::{ProbeFormatData, ProbeableFormat, Score, Scoreable};
use symphonia_core::formats::well_known::FORMAT_ID_ADTS;
use symphonia_core::io::*;
use symphonia_core::meta::{Metadata, MetadataLog};

use symphonia_common::mpeg::audio::*;

use std::io::{Seek, SeekFrom};

use log::{debug, info, warn};

const SAMPLES_PER_AAC_PACKET: Duration = Duration::new(1024);

const ADTS_FORMAT_INFO: FormatInfo = FormatInfo {
    format: FORMAT_ID_ADTS,
    short_name: "aac",
    long_name: "Audio Data Transport Stream (native AAC)",
};

/// Audio Data Transport Stream (ADTS) format reader.
///
/// `AdtsReader` implements a demuxer for ADTS (AAC native frames).
pub struct AdtsReader<'s> {
    reader: MediaSourceStream<'s>,
    media_info: MediaInfo,
    tracks: Vec<Track>,
    chapters: Option<ChapterGroup>,
    metadata: MetadataLog,
    first_frame_pos: u64,
    /// The position, and header, the next frame is expected to have.
    sync: FrameSync,
    /// The sample rate the timebase of the track was derived from.
    base_rate: u32,
    /// The header of the frame the codec parameters of the track were populated from.
    params_header: AdtsHeader,
    next_packet_ts: Timestamp,
}

impl<'s> AdtsReader<'s> {
    pub fn try_new(mut mss: MediaSourceStream<'s>, opts: FormatOptions) -> Result<Self> {
        let mut sync = FrameSync::default();

        let header = sync.read_header(&mut mss)?;

        // Rewind back to the start of the frame.
        sync.rewind(&mut mss, &header);

        // Populate the track.
        let mut track = Track::new(0);
        track.with_codec_params(header.codec_params());

        let first_frame_pos = mss.pos();

        // The number of frames is not known. The estimate must not be provided as such.
        if let Some(num_frames) = approximate_frame_count(&mut mss)? {
            info!("estimating duration from bitrate, may be inaccurate for vbr files");
            // Duration equals the number of frames because the timebase is always 1 / sample rate.
            track.with_duration(Duration::from(num_frames));
        }

        Ok(AdtsReader {
            reader: mss,
            media_info: MediaInfo::from_track(&track),
            tracks: vec![track],
            chapters: opts.external_data.chapters,
            metadata: opts.external_data.metadata.unwrap_or_default(),
            first_frame_pos,
            sync,
            base_rate: header.sample_rate,
            params_header: header,
            next_packet_ts: Timestamp::new(0),
        })
    }

    /// Get the duration of a frame. The timebase of the track does not change if the sample rate
    /// does.
    fn frame_dur(&self, header: &AdtsHeader) -> Duration {
        if header.sample_rate == self.base_rate {
            return SAMPLES_PER_AAC_PACKET;
        }

        let (rate, base_rate) = (u64::from(header.sample_rate), u64::from(self.base_rate));

        Duration::from((SAMPLES_PER_AAC_PACKET.get() * base_rate + rate / 2) / rate)
    }
}

/// Expected position of the next ADTS frame.
#[derive(Default)]
struct FrameSync {
    /// The first 4 bytes of the previous frame, if any.
    word: Option<u32>,
    /// The byte position of the end of the previous frame.
    pos: u64,
    /// The number of bytes before the position that may be searched again for a frame if no frame
    /// begins at the position.
    len: u16,
}

impl FrameSync {
    /// Read the next header.
    ///
    /// If no frame with a header similar to the previous frame's header begins where the previous
    /// frame ended, then the next frame is only accepted if it is followed by another similar
    /// frame, a tag, or the end of the stream.
    fn read_header(&mut self, reader: &mut MediaSourceStream<'_>) -> Result<AdtsHeader> {
        let mut expected = self.word.filter(|_| reader.pos() == self.pos);

        let mut word = reader.read_be_u32()?;

        let header = loop {
            // Tags are between concatenated streams, and at the end of a stream. They may contain
            // anything, and must not be searched for frames.
            if try_skip_tag(reader, word)? {
                expected = None;
                word = reader.read_be_u32()?;
                continue;
            }

            if AdtsHeader::is_sync_word((word >> 16) as u16) {
                reader.seek_buffered_rev(4);
                let pos = reader.pos();

                match AdtsHeader::read_no_resync(reader) {
                    Ok(header)
                        if expected.is_some_and(|expected| Self::is_similar(expected, word))
                            || self.is_confirmed(reader, word, &header) =>
                    {
                        break header;
                    }
                    _ => (),
                }

                // Return to the end of the word.
                reader.seek_buffered(pos + 4);
            }

            if expected.take().is_some() {
                warn!("adts: lost sync at {} bytes", self.pos);

                // If bytes are missing from the previous frame, then it contains the beginning of
                // what follows it. Therefore, search for the next frame from the second byte of the
                // previous frame.
                reader.seek_buffered_rev(4 + usize::from(self.len.saturating_sub(1)));
                word = reader.read_be_u32()?;
            }
            else {
                word = (word << 8) | u32::from(reader.read_u8()?);
            }
        };

        let end = reader.pos() + u64::from(header.payload_len());

        *self = FrameSync { word: Some(word), pos: end, len: header.frame_len };

        Ok(header)
    }

    /// Rewind the reader to the start of the frame whose header was just read.
    fn rewind(&mut self, reader: &mut MediaSourceStream<'_>, header: &AdtsHeader) {
        reader.seek_buffered_rev(usize::from(header.header_len()));
        self.pos = reader.pos();
        self.len = 0;
    }

    /// Check if a frame, whose header was just read, is followed by a similar frame, a tag, or the
    /// end of the stream. Random data that looks like a header is unlikely to be.
    fn is_confirmed(
        &self,
        reader: &mut MediaSourceStream<'_>,
        word: u32,
        header: &AdtsHeader,
    ) -> bool {
        let pos = reader.pos();

        let is_confirmed = match reader.ignore_bytes(u64::from(header.payload_len())) {
            Ok(_) => match reader.read_be_u32() {
                Ok(next) => Self::is_similar(word, next) || is_maybe_tag(next),
                // The stream may have ended and this check cannot be performed.
                Err(_) => true,
            },
            // The stream ended within the frame. Such a frame is of no use other than to populate
            // the codec parameters.
            Err(_) => self.word.is_none(),
        };

        reader.seek_buffered(pos);

        is_confirmed
    }

    /// Check if the fixed header, the first 28 bits of a frame, is the same for two frames.
    fn is_similar(word1: u32, word2: u32) -> bool {
        (word1 ^ word2) & 0xffff_fff0 == 0
    }
}

/// Check if the first 4 bytes of data may be the first 4 bytes of a tag.
fn is_maybe_tag(word: u32) -> bool {
    matches!(&word.to_be_bytes(), [b'I', b'D', b'3', _] | [b'T', b'A', b'G', _] | b"APET" | b"LYRI")
}

/// Skip an ID3v2, ID3v1, or APE tag, whose first 4 bytes were just read from the reader. Returns
/// false, and leaves the reader where it is, if there is no such tag.
fn try_skip_tag(reader: &mut MediaSourceStream<'_>, word: u32) -> Result<bool> {
    let pos = reader.pos();

    let len = match &word.to_be_bytes() {
        [b'I', b'D', b'3', major] => read_id3v2_len(reader, *major)?,
        // The tag is 128 bytes in length.
        [b'T', b'A', b'G', _] => Some(124),
        b"APET" => read_ape_len(reader)?,
        _ => return Ok(false),
    };

    // A tag that is longer than the stream is damaged, or is no tag. There may be frames after it.
    let len = len.filter(|len| reader.byte_len().is_none_or(|total| reader.pos() + len <= total));

    match len {
        Some(len) => {
            reader.ignore_bytes(len)?;
            Ok(true)
        }
        None => {
            reader.seek_buffered(pos);
            Ok(false)
        }
    }
}

/// Read the remainder of an ID3v2 header, and get the length of the tag following it.
fn read_id3v2_len(reader: &mut MediaSourceStream<'_>, major: u8) -> Result<Option<u64>> {
    let mut buf = [0; 6];
    reader.read_buf_exact(&mut buf)?;

    let [minor, flags, size @ ..] = buf;

    // The size is a 28-bit "syncsafe" integer.
    if major == 0xff || minor == 0xff || size.iter().any(|byte| byte & 0x80 != 0) {
        return Ok(None);
    }

    let size = size.iter().fold(0, |size, &byte| (size << 7) | u64::from(byte));

    // The size excludes the footer, if present.
    Ok(Some(size + if flags & 0x10 != 0 { 10 } else { 0 }))
}

/// Read the remainder of an APE tag header or footer, and get the length of the tag following it.
fn read_ape_len(reader: &mut MediaSourceStream<'_>) -> Result<Option<u64>> {
    let mut buf = [0; 28];
    reader.read_buf_exact(&mut buf)?;

    if buf[..4] != *b"AGEX" {
        return Ok(None);
    }

    let size = u32::from_le_bytes([buf[8], buf[9], buf[10], buf[11]]);
    let flags = u32::from_le_bytes([buf[16], buf[17], buf[18], buf[19]]);

    // The size includes the items and the footer, but not the header. A footer is the end of a tag.
    let is_header = flags & 0x2000_0000 != 0;

    Ok(Some(if is_header { u64::from(size) } else { 0 }))
}

impl Scoreable for AdtsReader<'_> {
    fn score(mut src: ScopedStream<&mut MediaSourceStream<'_>>) -> Result<Score> {
        // Read the first (assumed) ADTS header.
        let hdr1 = AdtsHeader::read_no_resync(&mut src)?;

        // Since the first header was read successfully, this may be an ADTS audio format. However,
        // if there is enough data left to read the frame body and another frame header, then a
        // higher confidence may be gained. If there is not enough data left, return a partially
        // confident score.
        let payload_len = hdr1.payload_len();

        if src.bytes_available() < u64::from(payload_len + AdtsHeader::SIZE_WITH_CRC) {
            return Ok(Score::Supported(127));
        }

        src.ignore_bytes(u64::from(payload_len))?;

        let _ = AdtsHeader::read_no_resync(&mut src)?;

        Ok(Score::Supported(255))
    }
}

#[derive(Clone, Debug)]
#[allow(dead_code)]
struct AdtsHeader {
    /// Audio profile.
    profile: AudioObjectType,
    /// Audio channel configuration.
    channels: Option<Channels>,
    /// The sample rate in Hertz.
    sample_rate: u32,
    /// The length of the ADTS frame in bytes including the sync word, header, and payload. Maximum
    /// value is 8kB.
    frame_len: u16,
    /// An optional CRC.
    crc: Option<u16>,
}

impl AdtsHeader {
    /// The size of the an ADTS header CRC.
    pub const CRC_SIZE: u16 = 2;
    /// The size of a ADTS header including the sync word and no a CRC.
    pub const SIZE_NO_CRC: u16 = 7;
    /// The size of a ADTS header including the sync word and CRC.
    pub const SIZE_WITH_CRC: u16 = Self::SIZE_NO_CRC + Self::CRC_SIZE;

    /// Read the body of a header at the current position of the reader.
    fn read_body<B: ReadBytes>(reader: &mut B, has_crc: bool) -> Result<Self> {
        // The length of the header.
        let len = if has_crc { Self::SIZE_WITH_CRC } else { Self::SIZE_NO_CRC };

        // Read the body of the header (no sync word).
        let mut buf = [0; 7];
        reader.read_buf_exact(&mut buf[..usize::from(len - 2)])?;

        let mut bs = BitReaderLtr::new(&buf);

        // Profile (audio object type).
        let profile = match get_mpeg4_audio_object_type_by_index(bs.read_bits_leq32(2)? + 1) {
            Some(p) => p,
            None => return decode_error("adts: invalid audio object type"),
        };

        // Sample rate from sample rate index.
        let sample_rate = match get_mpeg4_audio_sample_rate_by_index(bs.read_bits_leq32(4)?) {
            Mpeg4AudioSampleRate::SampleRate(rate) => rate,
            Mpeg4AudioSampleRate::Escape => return decode_error("adts: forbidden sample rate"),
            Mpeg4AudioSampleRate::Invalid => return decode_error("adts: invalid sample rate"),
        };

        // Private bit.
        bs.ignore_bit()?;

        // Channel configuration.
        let channels = match get_mpeg4_audio_channels_by_config_index(bs.read_bits_leq32(3)?) {
            Mpeg4AudioChannels::Channels(channels) => Some(channels),
            Mpeg4AudioChannels::Escape => None,
            Mpeg4AudioChannels::Invalid => {
                return decode_error("adts: invalid channel configuration");
            }
        };

        // Originality, Home, Copyrighted ID bit, Copyright ID start bits. Only used for encoding.
        bs.ignore_bits(4)?;

        // The frame length = sync word + header + payload.
        let frame_len = bs.read_bits_leq32(13)? as u16;

        // The frame length must be large enough for the header.
        if frame_len < len {
            return decode_error("adts: invalid adts frame length");
        }

        // Buffer fullness.
        let _fullness = bs.read_bits_leq32(11)?;

        // Number of raw data blocks (AAC packets).
        let raw_data_blocks = bs.read_bits_leq32(2)? + 1;

        if raw_data_blocks > 1 {
            // TODO: Support multiple AAC packets per ADTS packet.
            return unsupported_error("adts: only 1 aac frame per adts packet is supported");
        }

        // The CRC, if the CRC is provided.
        let crc = if has_crc { Some(bs.read_bits_leq32(16)? as u16) } else { None };

        Ok(AdtsHeader { profile, channels, sample_rate, frame_len, crc })
    }

    /// Returns true if the provided word is a valid sync word.
    #[inline(always)]
    fn is_sync_word(sync: u16) -> bool {
        (sync & 0xfff6) == 0xfff0
    }

    /// Resync the reader to the next sync word.
    fn sync<B: ReadBytes>(reader: &mut B) -> Result<u16> {
        let mut sync = 0;

        while !Self::is_sync_word(sync) {
            sync = (sync << 8) | u16::from(reader.read_u8()?);
        }

        Ok(sync)
    }

    /// Read a header from the current position of the reader.
    fn read_no_resync<B: ReadBytes>(reader: &mut B) -> Result<Self> {
        let sync = reader.read_be_u16()?;

        if !Self::is_sync_word(sync) {
            return decode_error("adts: invalid frame sync word");
        }

        // "Protection absent" set to 0 if CRC is present.
        Self::read_body(reader, sync & 1 == 0)
    }

    /// Resync the reader if required, and read a header.
    fn read<B: ReadBytes>(reader: &mut B) -> Result<Self> {
        let sync = AdtsHeader::sync(reader)?;

        // "Protection absent" set to 0 if CRC is present.
        Self::read_body(reader, sync & 1 == 0)
    }

    /// Get the codec parameters for a track of frames with this header.
    fn codec_params(&self) -> CodecParameters {
        let mut codec_params = AudioCodecParameters::new();

        codec_params.for_codec(CODEC_ID_AAC).with_sample_rate(self.sample_rate);

        if let Some(channels) = &self.channels {
            codec_params.with_channels(channels.clone());
        }

        CodecParameters::Audio(codec_params)
    }

    /// Check if frames with this header may be decoded by the decoder for frames with the other
    /// header.
    fn is_same_codec(&self, other: &AdtsHeader) -> bool {
        self.profile == other.profile
            && self.sample_rate == other.sample_rate
            && self.channels == other.channels
    }

    /// Get the length of the header including the sync word.
    #[inline]
    fn header_len(&self) -> u16 {
        Self::SIZE_NO_CRC + if self.crc.is_some() { Self::CRC_SIZE } else { 0 }
    }

    /// Get the length of the payload.
    #[inline]
    fn payload_len(&self) -> u16 {
        self.frame_len - self.header_len()
    }
}

impl ProbeableFormat<'_> for AdtsReader<'_> {
    fn try_probe_new(
        mss: MediaSourceStream<'_>,
        opts: FormatOptions,
    ) -> Result<Box<dyn FormatReader + '_>> {
        Ok(Box::new(AdtsReader::try_new(mss, opts)?))
    }

    fn probe_data() -> &'static [ProbeFormatData] {
        &[support_format!(
            ADTS_FORMAT_INFO,
            &["aac"],
            &["audio/aac"],
            &[
                &[0xff, 0xf1], // MPEG 4 without CRC
                &[0xff, 0xf0], // MPEG 4 with CRC
                &[0xff, 0xf9], // MPEG 2 without CRC
                &[0xff, 0xf8], // MPEG 2 with CRC
            ]
        )]
    }
}

impl FormatReader for AdtsReader<'_> {
    fn format_info(&self) -> &FormatInfo {
        &ADTS_FORMAT_INFO
    }

    fn media_info(&self) -> &MediaInfo {
        &self.media_info
    }

    fn next_packet(&mut self) -> Result<Option<Packet>> {
        // Parse the header to get the calculated frame size.
        let header = match self.sync.read_header(&mut self.reader) {
            Ok(header) => header,
            Err(Error::IoError(err)) if err.kind() == std::io::ErrorKind::UnexpectedEof => {
                // ADTS streams have no well-defined end, so when no more frames can be read,
                // consider the stream ended.
                return Ok(None);
            }
            Err(err) => return Err(err),
        };

        // Streams with different codec parameters may be concatenated. A new decoder is required to
        // decode the next stream.
        if !header.is_same_codec(&self.params_header) {
            self.sync.rewind(&mut self.reader, &header);
            self.tracks[0].with_codec_params(header.codec_params());
            self.params_header = header;

            return reset_error();
        }

        // TODO: Support multiple AAC packets per ADTS packet.

        let ts = self.next_packet_ts;
        let dur = self.frame_dur(&header);

        self.next_packet_ts = match self.next_packet_ts.checked_add(dur) {
            Some(ts) => ts,
            None => return Ok(None),
        };

        let data = match self.reader.read_boxed_slice_exact(usize::from(header.payload_len())) {
            Ok(data) => data,
            // The stream ended within a frame.
            Err(err) if err.kind() == std::io::ErrorKind::UnexpectedEof => return Ok(None),
            Err(err) => return Err(err.into()),
        };

        Ok(Some(Packet::new(0, ts, dur, data)))
    }

    fn metadata(&mut self) -> Metadata<'_> {
        self.metadata.metadata()
    }

    fn chapters(&self) -> Option<&ChapterGroup> {
        self.chapters.as_ref()
    }

    fn tracks(&self) -> &[Track] {
        &self.tracks
    }

    fn seek(&mut self, _mode: SeekMode, to: SeekTo) -> Result<SeekedTo> {
        // Get the timestamp of the desired audio frame.
        let required_ts = match to {
            // Frame timestamp given.
            SeekTo::Timestamp { ts, .. } => ts,
            // Time value given, calculate frame timestamp using the timebase.
            SeekTo::Time { time, .. } => {
                // The timebase is required to calculate the timestamp.
                let tb =
                    self.tracks[0].time_base.ok_or(Error::SeekError(SeekErrorKind::Unseekable))?;

                // If the timestamp overflows, the seek if out-of-range.
                tb.calc_timestamp(time).ok_or(Error::SeekError(SeekErrorKind::OutOfRange))?
            }
        };

        debug!("seeking to ts={required_ts}");

        // If the desired timestamp is less-than the next packet timestamp, attempt to seek
        // to the start of the stream.
        if required_ts < self.next_packet_ts {
            // If the reader is not seekable then only forward seeks are possible.
            if self.reader.is_seekable() {
                let seeked_pos = self.reader.seek(SeekFrom::Start(self.first_frame_pos))?;

                // Since the elementary stream has no timestamp information, the position seeked
                // to must be exactly as requested.
                if seeked_pos != self.first_frame_pos {
                    return seek_error(SeekErrorKind::Unseekable);
                }
            }
            else {
                return seek_error(SeekErrorKind::ForwardOnly);
            }

            // Successfuly seeked to the start of the stream, reset the next packet timestamp.
            self.next_packet_ts = Timestamp::from(0);
        }

        // Parse frames from the stream until the frame containing the desired timestamp is
        // reached.
        loop {
            // Parse the next frame header.
            let header = match self.sync.read_header(&mut self.reader) {
                Ok(header) => header,
                Err(Error::IoError(err)) if err.kind() == std::io::ErrorKind::UnexpectedEof => {
                    // ADTS streams have no well-defined end, so if no more frames can be read then
                    // assume the seek position is out-of-range.
                    return seek_error(SeekErrorKind::OutOfRange);
                }
                Err(err) => return Err(err),
            };

            // TODO: Support multiple AAC packets per ADTS packet.

            let next_packet_ts = match self.next_packet_ts.checked_add(self.frame_dur(&header)) {
                Some(ts) if ts <= required_ts => ts,
                // If the next frame's timestamp would exceed the desired timestamp, or it
                // exceeds the representable range, rewind back to the start of this frame and end
                // the search.
                _ => {
                    self.sync.rewind(&mut self.reader, &header);
                    break;
                }
            };

            // Ignore the frame body.
            self.reader.ignore_bytes(u64::from(header.payload_len()))?;

            // Increment the timestamp for the next packet.
            self.next_packet_ts = next_packet_ts;
        }

        debug!(
            "seeked to ts={} (delta={})",
            self.next_packet_ts,
            required_ts.saturating_delta(self.next_packet_ts),
        );

        Ok(SeekedTo { track_id: 0, required_ts, actual_ts: self.next_packet_ts })
    }

    fn into_inner<'s>(self: Box<Self>) -> MediaSourceStream<'s>
    where
        Self: 's,
    {
        self.reader
    }
}

fn approximate_frame_count(mut source: &mut MediaSourceStream<'_>) -> Result<Option<u64>> {
    let original_pos = source.pos();
    let remaining_len = match source.byte_len() {
        Some(len) => len - original_pos,
        _ => return Ok(None),
    };

    let mut parsed_n_frames = 0;
    let mut n_bytes = 0;

    if !source.is_seekable() {
        // The maximum length in bytes of frames to consume from the stream to sample.
        const MAX_LEN: u64 = 16 * 1024;

        source.ensure_seekback_buffer(MAX_LEN as usize);
        let mut scoped_stream = ScopedStream::new(&mut source, MAX_LEN);

        while let Ok(header) = AdtsHeader::read(&mut scoped_stream) {
            if scoped_stream.ignore_bytes(u64::from(header.payload_len())).is_err() {
                break;
            }

            parsed_n_frames += 1;
            n_bytes += u64::from(header.frame_len);
        }

        let _ = source.seek_buffered(original_pos);
    }
    else {
        // The number of points to sample within the stream.
        const NUM_SAMPLE_POINTS: u64 = 4;
        const NUM_FRAMES_PER_SAMPLE_POINT: u32 = 100;

        let step = remaining_len / NUM_SAMPLE_POINTS;

        // file can be small enough and not have enough NUM_FRAMES_PER_SAMPLE_POINT, but we can
        // still read at least one frame
        if step > 0 {
            for new_pos in (original_pos..(original_pos + remaining_len)).step_by(step as usize) {
                // Skip sample point if previous read exceeded its boundary.
                if new_pos < source.pos() {
                    continue;
                }

                if source.seek(SeekFrom::Start(new_pos)).is_err() {
                    break;
                }

                for _ in 0..NUM_FRAMES_PER_SAMPLE_POINT {
                    let header = match AdtsHeader::read(&mut source) {
                        Ok(header) => header,
                        _ => break,
                    };

                    parsed_n_frames += 1;
                    n_bytes += u64::from(header.frame_len);

                    // skip frame payload to avoid seaching the sync word in the audio data
                    if source.ignore_bytes(header.payload_len() as u64).is_err() {
                        break;
                    }
                }
            }
        }

        let _ = source.seek(SeekFrom::Start(original_pos))?;
    }

    debug!("adts: parsed {n_bytes} of {remaining_len} bytes to approximate duration");

    match parsed_n_frames {
        0 => Ok(None),
        _ => Ok(Some(remaining_len / (n_bytes / parsed_n_frames) * SAMPLES_PER_AAC_PACKET.get())),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A number of frames. The payload is not decodable.
    fn frames(sample_rate_index: u8, count: usize) -> Vec<u8> {
        const LEN: u8 = 100;
        let rate = sample_rate_index << 2;
        let mut frame = vec![0xff, 0xf1, 0x40 | rate, 0x80, LEN >> 3, (LEN << 5) | 0x1f, 0xfc];
        frame.resize(usize::from(LEN), 0);
        frame.repeat(count)
    }

    /// An ID3v2 tag whose body looks like headers of frames.
    fn id3v2() -> Vec<u8> {
        let mut tag = b"ID3\x03\x00\x00\x00\x46\x50\x00".to_vec();
        tag.extend(frames(4, ((0x46 << 14) + (0x50 << 7)) / 100 + 1));
        tag.truncate(10 + (0x46 << 14) + (0x50 << 7));
        tag
    }

    fn open(parts: &[Vec<u8>]) -> AdtsReader<'static> {
        let data = std::io::Cursor::new(parts.concat());
        let mss = MediaSourceStream::new(Box::new(data), Default::default());
        AdtsReader::try_new(mss, Default::default()).unwrap()
    }

    /// The number of packets until the end of the stream, or until the decoder must be reset.
    fn read(reader: &mut AdtsReader<'_>) -> usize {
        let mut packets = 0;

        loop {
            match reader.next_packet() {
                Ok(Some(_)) => packets += 1,
                Ok(None) | Err(Error::ResetRequired) => break packets,
                Err(err) => panic!("{err}"),
            }
        }
    }

    #[test]
    fn verify_resync() {
        let junk: Vec<u8> = (0..50_000u32).map(|i| (i.wrapping_mul(i) >> 5) as u8).collect();

        for parts in [
            [frames(4, 10), junk, frames(4, 10)],
            [frames(4, 10), vec![0xff; 50_000], frames(4, 10)],
            [frames(4, 10), id3v2(), frames(4, 10)],
            // Bytes are missing from the frame before, and the frame after.
            [frames(4, 10)[..950].to_vec(), vec![], frames(4, 10)],
            [frames(4, 10)[..950].to_vec(), id3v2(), frames(4, 10)],
            [frames(4, 10), frames(4, 1)[3..].to_vec(), frames(4, 10)],
        ] {
            assert_eq!(read(&mut open(&parts)), 20);
        }
    }

    #[test]
    fn verify_truncated() {
        let parts = [frames(4, 10)[..990].to_vec()];
        let mut reader = open(&parts);
        assert_eq!(read(&mut reader), 9);
        assert_eq!(reader.tracks[0].num_frames, None);
    }

    #[test]
    fn verify_codec_change() {
        let mut reader = open(&[frames(4, 10), id3v2(), frames(7, 10)]);

        let rate = |reader: &AdtsReader<'_>| match &reader.tracks[0].codec_params {
            Some(CodecParameters::Audio(params)) => params.sample_rate,
            _ => None,
        };

        assert_eq!((rate(&reader), read(&mut reader)), (Some(44_100), 10));
        assert_eq!((rate(&reader), read(&mut reader)), (Some(22_050), 10));

        // The timebase did not change.
        assert_eq!(reader.next_packet_ts, Timestamp::new(10 * 1024 + 10 * 2048));

        let to = SeekTo::Timestamp { ts: Timestamp::new(5000), track_id: 0 };
        assert_eq!(reader.seek(SeekMode::Accurate, to).unwrap().actual_ts, Timestamp::new(4096));
        assert!(matches!(reader.next_packet(), Err(Error::ResetRequired)));
        assert_eq!((rate(&reader), read(&mut reader)), (Some(44_100), 6));
    }
}
