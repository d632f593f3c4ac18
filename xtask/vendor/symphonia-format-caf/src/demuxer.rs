// Symphonia
// Copyright (c) 2019-2026 The Project Symphonia Developers.
//
// This Source Code Form is subject to the terms of the Mozilla Public
// License, v. 2.0. If a copy of the MPL was not distributed with this
// file, You can obtain one at https://mozilla.org/MPL/2.0/.

use crate::chunks::*;
use log::{debug, error, info, warn};
use std::{
    io::{ErrorKind, Seek, SeekFrom},
    num::NonZero,
};
use symphonia_core::{
    audio::{Channels, Position},
    codecs::{
        CodecParameters,
        audio::{
            well_known::{CODEC_ID_AAC, CODEC_ID_ALAC},
            *,
        },
    },
    errors::{Error, Result, SeekErrorKind, decode_error, seek_error, unsupported_error},
    formats::{
        prelude::*,
        probe::{ProbeFormatData, ProbeableFormat, Score, Scoreable},
        well_known::FORMAT_ID_CAF,
    },
    io::*,
    meta::{Metadata, MetadataLog},
    support_format,
    units::{TimeBase, Timestamp},
};

use symphonia_common::mpeg::formats::*;

const MAX_FRAMES_PER_PACKET: NonZero<u64> = NonZero::new(1152).unwrap();

/// The maximum length in bytes of a packet of uncompressed data, unless a single frame is longer.
/// This bounds the size of the audio buffer of the decoder if there are very many channels.
const MAX_UNCOMPRESSED_PACKET_LEN: u64 = 128 * 1024;

const CAF_FORMAT_INFO: FormatInfo =
    FormatInfo { format: FORMAT_ID_CAF, short_name: "caf", long_name: "Core Audio Format" };

/// Core Audio Format (CAF) format reader.
///
/// `CafReader` implements a demuxer for Core Audio Format containers.
pub struct CafReader<'s> {
    reader: MediaSourceStream<'s>,
    media_info: MediaInfo,
    tracks: Vec<Track>,
    chapters: Option<ChapterGroup>,
    metadata: MetadataLog,
    data_start_pos: u64,
    data_len: Option<u64>,
    packet_info: PacketInfo,
}

enum PacketInfo {
    Unknown,
    FixedAudioPacket {
        bytes_per_packet: NonZero<u32>,
        frames_per_packet: NonZero<u32>,
        /// The number of CAF packets that are read as one packet.
        packets_per_read: NonZero<u64>,
        start_pts: Timestamp,
    },
    VariableAudioPacket {
        packets: Vec<CafPacket>,
        current_packet_index: usize,
        /// The timestamp of the end of the last valid frame. `None` if there is nothing to trim.
        valid_end: Option<Timestamp>,
    },
}

impl Scoreable for CafReader<'_> {
    fn score(_src: ScopedStream<&mut MediaSourceStream<'_>>) -> Result<Score> {
        Ok(Score::Supported(255))
    }
}

impl ProbeableFormat<'_> for CafReader<'_> {
    fn try_probe_new(
        mss: MediaSourceStream<'_>,
        opts: FormatOptions,
    ) -> Result<Box<dyn FormatReader + '_>> {
        Ok(Box::new(CafReader::try_new(mss, opts)?))
    }

    fn probe_data() -> &'static [ProbeFormatData] {
        &[support_format!(CAF_FORMAT_INFO, &["caf"], &["audio/x-caf"], &[b"caff"])]
    }
}

impl FormatReader for CafReader<'_> {
    fn format_info(&self) -> &FormatInfo {
        &CAF_FORMAT_INFO
    }

    fn media_info(&self) -> &MediaInfo {
        &self.media_info
    }

    fn next_packet(&mut self) -> Result<Option<Packet>> {
        use std::io::Read;

        match &mut self.packet_info {
            PacketInfo::FixedAudioPacket {
                bytes_per_packet,
                frames_per_packet,
                packets_per_read,
                start_pts,
            } => {
                let pos = self.reader.pos();
                let data_pos = pos - self.data_start_pos;

                let bytes_per_packet = u64::from(bytes_per_packet.get());
                let frames_per_packet = u64::from(frames_per_packet.get());

                // Determine the number of complete packets remaining.
                let bytes_remaining = self.data_len.unwrap_or(u64::MAX).saturating_sub(data_pos);
                let packets_to_read =
                    (bytes_remaining / bytes_per_packet).min(packets_per_read.get());

                if packets_to_read == 0 {
                    return Ok(None);
                }

                // The length is limited, so it is safe to allocate.
                let len = packets_to_read * bytes_per_packet;

                let mut buf = Vec::with_capacity(len as usize);
                self.reader.by_ref().take(len).read_to_end(&mut buf)?;

                // Less packets are read if the data is truncated. The incomplete packet at the end
                // is discarded.
                let packets_read = buf.len() as u64 / bytes_per_packet;

                if packets_read == 0 {
                    return match self.data_len {
                        Some(_) => Err(Error::IoError(ErrorKind::UnexpectedEof.into())),
                        // If the length was not known, then this is the end.
                        None => Ok(None),
                    };
                }

                buf.truncate((packets_read * bytes_per_packet) as usize);

                // Calculate the packet duration.
                let Some(dur) = packets_read.checked_mul(frames_per_packet).map(Duration::new)
                else {
                    warn!("packet duration exceeds maximum representable duration");
                    return Ok(None);
                };

                // Calculate the packet PTS by offsetting the duration read so far from the start
                // PTS.
                let Some(pts) = (data_pos / bytes_per_packet)
                    .checked_mul(frames_per_packet)
                    .and_then(|offset| start_pts.checked_add(Duration::from(offset)))
                else {
                    warn!("media exceeds maximum representable duration");
                    return Ok(None);
                };

                Ok(Some(Packet::new(0, pts, dur, buf)))
            }
            PacketInfo::VariableAudioPacket { packets, current_packet_index, valid_end } => {
                if let Some(packet) = packets.get(*current_packet_index) {
                    // A truncated packet cannot be decoded.
                    let packet_end = packet.data_offset.saturating_add(packet.size);

                    if self.data_len.is_some_and(|data_len| packet_end > data_len) {
                        return Err(Error::IoError(ErrorKind::UnexpectedEof.into()));
                    }

                    let buffer = self.reader.read_boxed_slice_exact(packet.size as usize)?;
                    *current_packet_index += 1;

                    // Trim the frames before the first, and after the last, valid frame.
                    let start = packet.start_frame;
                    let end = start.saturating_add(packet.frames);

                    let (trim_start, trim_end) = match valid_end {
                        Some(valid_end) => (
                            start.duration_to(Timestamp::ZERO).unwrap_or(Duration::ZERO),
                            end.duration_from(*valid_end).unwrap_or(Duration::ZERO),
                        ),
                        None => (Duration::ZERO, Duration::ZERO),
                    };

                    let trim_start = trim_start.min(packet.frames);
                    let trim_end = trim_end.min(packet.frames.saturating_sub(trim_start));

                    let dur = packet.frames.saturating_sub(trim_start).saturating_sub(trim_end);

                    let mut packet = Packet::new(0, start, dur, buffer);
                    packet.trim_start = trim_start;
                    packet.trim_end = trim_end;

                    Ok(Some(packet))
                }
                else if *current_packet_index == packets.len() {
                    Ok(None)
                }
                else {
                    decode_error("caf: invalid packet index")
                }
            }
            PacketInfo::Unknown => decode_error("caf: missing packet info"),
        }
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
        let required_ts = match to {
            SeekTo::Timestamp { ts, .. } => ts,
            SeekTo::Time { time, .. } => {
                // The timebase is required to calculate the timestamp.
                let tb = self.time_base().ok_or(Error::SeekError(SeekErrorKind::Unseekable))?;
                // If the timestamp overflows, the seek if out-of-range.
                tb.calc_timestamp(time).ok_or(Error::SeekError(SeekErrorKind::OutOfRange))?
            }
        };

        // Range check.
        let (min_ts, max_ts) = self.seek_bounds()?;

        if required_ts < min_ts {
            return seek_error(SeekErrorKind::OutOfRange);
        }
        else if let Some(max_ts) = max_ts {
            if required_ts > max_ts {
                return seek_error(SeekErrorKind::OutOfRange);
            }
        }

        match &mut self.packet_info {
            PacketInfo::FixedAudioPacket {
                bytes_per_packet,
                frames_per_packet,
                packets_per_read,
                start_pts,
            } => {
                // Packetization for uncompressed data is performed by chunking the stream into
                // packets of multiple frames each.
                let frames_per_packet = u64::from(frames_per_packet.get());
                let frames_per_read = frames_per_packet * packets_per_read.get();

                // Calculate the duration from the start PTS. This is equal to the number of frames
                // to the requested PTS. The seek is out-of-range if this is negative. To maintain
                // determinstic packet timestamps, the seek must jump to a packet boundary before
                // the requested seek time, so align down to a packet boundary.
                let dur_from_start = required_ts
                    .duration_from(*start_pts)
                    .and_then(|d| d.align_down(Duration::from(frames_per_read)))
                    .ok_or(Error::SeekError(SeekErrorKind::OutOfRange))?;

                // Calculate the actual PTS that will be seeked to after aligning down.
                let actual_ts = start_pts
                    .checked_add(dur_from_start)
                    .ok_or(Error::SeekError(SeekErrorKind::OutOfRange))?;

                // Calculate the position to seek to. If compressed, there may be more than one
                // frame per packet so the duration from start must be converted from frames to
                // packets by dividing by frames-per-packet. This is lossless since we're aligned
                // to a multiple of frames-per-packet in all cases.
                let seek_pos = (dur_from_start.get() / frames_per_packet)
                    .checked_mul(u64::from(bytes_per_packet.get()))
                    .and_then(|data_pos| self.data_start_pos.checked_add(data_pos))
                    .ok_or(Error::SeekError(SeekErrorKind::OutOfRange))?;

                if self.reader.is_seekable() {
                    self.reader.seek(SeekFrom::Start(seek_pos))?;
                }
                else {
                    let current_pos = self.reader.pos();
                    if seek_pos >= current_pos {
                        self.reader.ignore_bytes(seek_pos - current_pos)?;
                    }
                    else {
                        return seek_error(SeekErrorKind::ForwardOnly);
                    }
                }

                debug!(
                    "seek required_ts: {}, actual_ts: {}, (difference: {})",
                    required_ts,
                    actual_ts,
                    actual_ts.saturating_delta(required_ts),
                );

                Ok(SeekedTo { track_id: 0, required_ts, actual_ts })
            }
            PacketInfo::VariableAudioPacket { packets, current_packet_index, .. } => {
                // Find the last packet that starts before the requested timestamp.
                let packet_after_ts =
                    packets.partition_point(|packet| packet.start_frame < required_ts);
                let seek_packet_index = packet_after_ts.saturating_sub(1);

                let Some(seek_packet) = packets.get(seek_packet_index)
                else {
                    return seek_error(SeekErrorKind::OutOfRange);
                };

                let seek_pos = self.data_start_pos + seek_packet.data_offset;

                if self.reader.is_seekable() {
                    self.reader.seek(SeekFrom::Start(seek_pos))?;
                }
                else {
                    let current_pos = self.reader.pos();
                    if seek_pos >= current_pos {
                        self.reader.ignore_bytes(seek_pos - current_pos)?;
                    }
                    else {
                        return seek_error(SeekErrorKind::ForwardOnly);
                    }
                }

                *current_packet_index = seek_packet_index;
                let actual_ts = seek_packet.start_frame;

                debug!(
                    "seek required_ts: {}, actual_ts: {}, (difference: {}, packet: {})",
                    required_ts,
                    actual_ts,
                    actual_ts.saturating_delta(required_ts),
                    seek_packet_index,
                );

                Ok(SeekedTo { track_id: 0, actual_ts, required_ts })
            }
            PacketInfo::Unknown => decode_error("caf: missing packet info"),
        }
    }

    fn into_inner<'s>(self: Box<Self>) -> MediaSourceStream<'s>
    where
        Self: 's,
    {
        self.reader
    }
}

impl<'s> CafReader<'s> {
    pub fn try_new(mss: MediaSourceStream<'s>, opts: FormatOptions) -> Result<Self> {
        let mut reader = Self {
            reader: mss,
            media_info: Default::default(),
            tracks: vec![],
            chapters: opts.external_data.chapters,
            metadata: opts.external_data.metadata.unwrap_or_default(),
            data_start_pos: 0,
            data_len: None,
            packet_info: PacketInfo::Unknown,
        };

        reader.check_file_header()?;
        let track = reader.read_chunks()?;

        // TODO: Fix this weird initialization pattern.
        reader.media_info = MediaInfo::from_track(&track);
        reader.tracks.push(track);

        Ok(reader)
    }

    fn time_base(&self) -> Option<TimeBase> {
        self.tracks.first().and_then(|track| track.time_base)
    }

    fn seek_bounds(&self) -> Result<(Timestamp, Option<Timestamp>)> {
        let (dur, delay, padding) = self
            .tracks
            .first()
            .map(|track| (track.num_frames, track.delay.unwrap_or(0), track.padding.unwrap_or(0)))
            .unwrap_or((None, 0, 0));

        let dur = dur.map(Duration::from);

        let min_ts = Timestamp::from(-i64::from(delay));
        let max_ts = dur
            .and_then(|dur| Timestamp::ZERO.checked_add(dur))
            .and_then(|ts| ts.checked_add(Duration::from(padding)));

        Ok((min_ts, max_ts))
    }

    fn check_file_header(&mut self) -> Result<()> {
        let file_type = self.reader.read_quad_bytes()?;
        if file_type != *b"caff" {
            return unsupported_error("caf: missing 'caff' stream marker");
        }

        let file_version = self.reader.read_be_u16()?;
        if file_version != 1 {
            error!("unsupported file version ({file_version})");
            return unsupported_error("caf: unsupported file version");
        }

        // Ignored in CAF v1
        let _file_flags = self.reader.read_be_u16()?;

        Ok(())
    }

    fn read_audio_description_chunk(
        &mut self,
        desc: &AudioDescription,
        codec_params: &mut AudioCodecParameters,
    ) -> Result<()> {
        codec_params.for_codec(desc.codec_id()?).with_sample_rate(desc.sample_rate as u32);

        // The number of bits is only meaningful for uncompressed formats.
        if let AudioDescriptionFormatId::LinearPCM { .. } = desc.format_id {
            let samples_per_packet =
                u64::from(desc.channels_per_frame) * u64::from(desc.frames_per_packet);

            // Samples in containers of a larger size are not supported by the decoder.
            if samples_per_packet.checked_mul(u64::from(desc.bits_per_channel))
                != Some(8 * u64::from(desc.bytes_per_packet))
            {
                return unsupported_error("caf: unsupported pcm sample packing");
            }

            codec_params
                .with_bits_per_sample(desc.bits_per_channel)
                .with_bits_per_coded_sample(desc.bits_per_channel);
        }

        match desc.channels_per_frame {
            0 => {
                // A channel count of zero should have been rejected by the AudioDescription parser
                unreachable!("Invalid channel count");
            }
            1 => {
                codec_params.with_channels(Channels::Positioned(Position::FRONT_LEFT));
            }
            2 => {
                codec_params.with_channels(Channels::Positioned(
                    Position::FRONT_LEFT | Position::FRONT_RIGHT,
                ));
            }
            n => {
                // When the channel count is >2 then enable the first N channels.
                // This can/should be overridden when parsing the channel layout chunk.
                // There are no positions for very many channels, so those are discrete.
                match (Position::from_count(n), u16::try_from(n)) {
                    (Some(positions), _) => {
                        codec_params.with_channels(Channels::Positioned(positions));
                    }
                    (None, Ok(n)) => {
                        codec_params.with_channels(Channels::Discrete(n));
                    }
                    (None, Err(_)) => {
                        return unsupported_error("caf: unsupported channel count");
                    }
                }
            }
        }

        self.packet_info = if desc.is_variable_packet_format() {
            PacketInfo::VariableAudioPacket {
                packets: Vec::new(),
                current_packet_index: 0,
                valid_end: None,
            }
        }
        else {
            let bytes_per_packet = NonZero::new(desc.bytes_per_packet)
                .expect("bytes_per_packet is non-zero in this branch");

            // If uncompressed data, chunk the stream into blocks of multiple frames.
            let packets_per_read = if desc.frames_per_packet == 1 {
                NonZero::new(MAX_UNCOMPRESSED_PACKET_LEN / NonZero::<u64>::from(bytes_per_packet))
                    .unwrap_or(NonZero::<u64>::MIN)
                    .min(MAX_FRAMES_PER_PACKET)
            }
            else {
                NonZero::<u64>::MIN
            };

            PacketInfo::FixedAudioPacket {
                bytes_per_packet,
                frames_per_packet: NonZero::new(desc.frames_per_packet)
                    .expect("frames_per_packet is non-zero in this branch"),
                packets_per_read,
                start_pts: Timestamp::new(0),
            }
        };

        // Need to set max_frames_per_packet in all cases in case it is needed (e.g. ADPCM).
        // TODO: Handle variable frames per packet (frames per packet == 0).
        let max_frames_per_packet = match &self.packet_info {
            PacketInfo::FixedAudioPacket { frames_per_packet, packets_per_read, .. } => {
                u64::from(frames_per_packet.get()) * packets_per_read.get()
            }
            _ => u64::from(desc.frames_per_packet),
        };

        codec_params
            .with_max_frames_per_packet(max_frames_per_packet)
            .with_frames_per_block(max_frames_per_packet);

        Ok(())
    }

    /// Corrects the number of frames in the last ALAC packet. It's stated in the packet if there
    /// are less than in the other packets. Returns the number of frames that were removed.
    fn shorten_last_alac_packet(&mut self) -> Result<u64> {
        let PacketInfo::VariableAudioPacket { packets, valid_end, .. } = &mut self.packet_info
        else {
            return Ok(0);
        };

        let Some(packet) = packets.last_mut()
        else {
            return Ok(0);
        };

        let mut header = [0; 7];

        self.reader.seek(SeekFrom::Start(self.data_start_pos + packet.data_offset))?;
        self.reader.read_buf_exact(&mut header)?;

        let mut bs = BitReaderLtr::new(&header);

        // The first element must be a single channel (0), channel pair (1), or LFE (3) element.
        if !matches!(bs.read_bits_leq32(3)?, 0 | 1 | 3) {
            return Ok(0);
        }

        // The instance tag, and unused bits.
        bs.ignore_bits(4 + 12)?;

        let is_partial = bs.read_bool()?;

        // The sample shift, and uncompressed flag.
        bs.ignore_bits(2 + 1)?;

        let num_frames = Duration::from(bs.read_bits_leq32(32)?);

        if !is_partial || num_frames > packet.frames {
            return Ok(0);
        }

        let unused = packet.frames.saturating_sub(num_frames);

        packet.frames = num_frames;

        if valid_end.is_some() {
            *valid_end = Some(packet.start_frame.saturating_add(num_frames));
        }

        Ok(unused.get())
    }

    fn read_chunks(&mut self) -> Result<Track> {
        use Chunk::*;

        let mut track = Track::new(0);
        let mut codec_params = AudioCodecParameters::new();
        let mut audio_desc = None;
        let mut num_frames = None;
        let mut has_data = false;
        let mut has_packet_table = false;

        loop {
            let chunk = match Chunk::read(&mut self.reader, &audio_desc) {
                Ok(chunk) => chunk,
                // The end of the file, or a truncated or malformed chunk. The chunks up to here are
                // sufficient if the audio data was found.
                Err(err) if has_data => {
                    debug!("reading chunks stopped due to error: {err}");
                    break;
                }
                Err(err) => return Err(err),
            };

            match chunk {
                Some(AudioDescription(desc)) => {
                    if audio_desc.is_some() {
                        return decode_error("caf: additional Audio Description chunk");
                    }
                    self.read_audio_description_chunk(&desc, &mut codec_params)?;
                    audio_desc = Some(desc);
                }
                Some(AudioData(data)) => {
                    if audio_desc.is_none() {
                        return decode_error("caf: missing audio description chunk");
                    }
                    if has_data {
                        return decode_error("caf: additional Audio Data chunk");
                    }

                    // If the length is not known, then the audio data extends to the end of the
                    // file.
                    has_data = true;
                    self.data_start_pos = data.start_pos;
                    self.data_len = data.data_len.or_else(|| {
                        self.reader.byte_len().map(|len| len.saturating_sub(data.start_pos))
                    });

                    if let Some(data_len) = self.data_len {
                        if let PacketInfo::FixedAudioPacket {
                            bytes_per_packet,
                            frames_per_packet,
                            ..
                        } = &self.packet_info
                        {
                            num_frames = Some(
                                (data_len / u64::from(bytes_per_packet.get()))
                                    .saturating_mul(u64::from(frames_per_packet.get())),
                            );
                        }
                    }

                    // It is only possible to read the chunks after the audio data if its length is
                    // known, and the media source is seekable. It is not an error if the audio data
                    // is truncated.
                    let Some(data_len) = data.data_len.filter(|_| self.reader.is_seekable())
                    else {
                        break;
                    };

                    if self.reader.ignore_bytes(data_len).is_err() {
                        break;
                    }
                }
                Some(ChannelLayout(layout)) => {
                    // The number of channels in the audio description takes precedence.
                    let count = codec_params.channels.as_ref().map(|channels| channels.count());
                    let channels = layout.channels().filter(|c| Some(c.count()) == count);

                    if let Some(channels) = channels {
                        codec_params.channels = Some(channels);
                    }
                    else {
                        // Don't error if the layout doesn't correspond directly to a Symphonia
                        // layout, the channels bitmap was set after the audio description was read
                        // to match the number of channels, and that's probably OK.
                        info!("couldn't convert the channel layout into a channel bitmap");
                    }
                }
                Some(PacketTable(table)) => {
                    has_packet_table = true;

                    if table.priming_frames > 0 {
                        track.with_delay(table.priming_frames as u32);
                    }
                    if table.remainder_frames > 0 {
                        track.with_padding(table.remainder_frames as u32);
                    }

                    match &mut self.packet_info {
                        PacketInfo::FixedAudioPacket { start_pts, .. }
                            if table.priming_frames > 0 =>
                        {
                            *start_pts = Timestamp::from(-i64::from(table.priming_frames));
                        }
                        PacketInfo::VariableAudioPacket { packets, valid_end, .. } => {
                            *packets = table.packets;

                            // The number of frames was not updated if it's 0 while there are
                            // packets.
                            num_frames = Some(table.valid_frames as u64)
                                .filter(|&num_frames| num_frames > 0 || packets.is_empty());

                            // If no frame would be left, then the table is not right. Do not trim.
                            let padding = Duration::from(table.remainder_frames.max(0) as u32);

                            *valid_end = packets
                                .last()
                                .map(|last| last.start_frame.saturating_add(last.frames))
                                .map(|end| end.saturating_sub(padding))
                                .filter(|&end| end > Timestamp::ZERO);
                        }
                        _ => (),
                    }
                }
                Some(MagicCookie(data)) => {
                    match codec_params.codec {
                        CODEC_ID_AAC => {
                            // For AAC, the magic cookie is an ES Descriptor. However, the extra
                            // data format for AAC decoders is solely the content of the
                            // decoder-specific information descriptor.
                            let mut reader = BufReader::new(&data);

                            let (desc_tag, desc_len) = read_object_descriptor_header(&mut reader)?;

                            if desc_tag == ClassTag::EsDescriptor {
                                // Parse the ES Descriptor.
                                let desc = ESDescriptor::read(&mut reader, desc_len)?;

                                // Attach the extra data stored in the decoder-specific
                                // configuration.
                                if let Some(info) = desc.dec_config.dec_specific_info {
                                    codec_params.with_extra_data(info.extra_data);
                                }
                            }
                        }
                        _ => {
                            // For all other formats attach the entire magic cookie.
                            codec_params.with_extra_data(data);
                        }
                    }
                }
                Some(Free) | None => {}
            }

            if audio_desc.is_none() {
                error!("missing audio description chunk");
                return decode_error("caf: missing audio description chunk");
            }
        }

        if matches!(self.packet_info, PacketInfo::VariableAudioPacket { .. }) && !has_packet_table {
            // If the media source is not seekable, it may follow the audio data.
            return unsupported_error("caf: missing packet table before the audio data");
        }

        if self.reader.is_seekable() {
            // Some writers only count whole packets.
            if codec_params.codec == CODEC_ID_ALAC && track.padding.is_none() {
                let unused = self.shorten_last_alac_packet().unwrap_or(0);
                num_frames = num_frames.map(|num_frames| num_frames.saturating_sub(unused));
            }

            self.reader.seek(SeekFrom::Start(self.data_start_pos))?;
        }

        track.with_codec_params(CodecParameters::Audio(codec_params));

        if let Some(num_frames) = num_frames {
            track.with_num_frames(num_frames);
            // Duration equals the number of frames because the timebase is always 1 / sample rate.
            track.with_duration(Duration::from(num_frames));
        }

        Ok(track)
    }
}

#[cfg(test)]
mod tests {
    use std::io::Cursor;

    use super::*;

    fn chunk(tag: &[u8; 4], size: i64, content: &[u8]) -> Vec<u8> {
        [&tag[..], &size.to_be_bytes(), content].concat()
    }

    fn desc(format: &[u8; 4], bytes_per_packet: u32, frames_per_packet: u32) -> Vec<u8> {
        let fields = [2, bytes_per_packet, frames_per_packet, 1, 16].map(u32::to_be_bytes).concat();
        chunk(b"desc", 32, &[&22050f64.to_be_bytes(), &format[..], &fields].concat())
    }

    fn data(size: i64, len: usize) -> Vec<u8> {
        chunk(b"data", size, &vec![0; 4 + len])
    }

    /// A table of 4 packets of 10 bytes.
    fn pakt(valid_frames: i64, priming: i32, remainder: i32) -> Vec<u8> {
        let mut content = [4, valid_frames].map(i64::to_be_bytes).concat();
        content.extend([priming, remainder].map(i32::to_be_bytes).concat());
        content.extend([10; 4]);
        chunk(b"pakt", 28, &content)
    }

    /// Returns the declared number of frames, and the number of frames in all packets.
    fn read(chunks: &[Vec<u8>], is_seekable: bool) -> Result<(Option<u64>, u64)> {
        let file = [b"caff\0\x01\0\0", &chunks.concat()[..]].concat();

        let source: Box<dyn MediaSource> = if is_seekable {
            Box::new(Cursor::new(file))
        }
        else {
            Box::new(ReadOnlySource::new(Cursor::new(file)))
        };

        let mss = MediaSourceStream::new(source, Default::default());
        let mut reader = CafReader::try_new(mss, Default::default())?;
        let mut num_frames = 0;

        loop {
            match reader.next_packet() {
                Ok(Some(packet)) => num_frames += packet.dur.get(),
                Ok(None) => break,
                Err(Error::IoError(err)) if err.kind() == ErrorKind::UnexpectedEof => break,
                Err(err) => return Err(err),
            }
        }

        Ok((reader.tracks[0].num_frames, num_frames))
    }

    #[test]
    fn verify_data_sizes() {
        for size in [4004, -1, 0] {
            let chunks = [desc(b"lpcm", 2, 1), data(size, 4000)];
            assert_eq!(read(&chunks, true).unwrap(), (Some(2000), 2000));
            assert_eq!(read(&chunks, false).unwrap().1, 2000);
        }

        // Truncated within a frame.
        let chunks = [desc(b"lpcm", 2, 1), data(4004, 2001)];
        assert_eq!(read(&chunks, true).unwrap(), (Some(2000), 1000));

        // A truncated chunk after the audio data.
        let chunks = [desc(b"lpcm", 2, 1), data(4004, 4000), chunk(b"info", 100, b"abc")];
        assert_eq!(read(&chunks, true).unwrap(), (Some(2000), 2000));
    }

    #[test]
    fn verify_packet_table() {
        let table = pakt(3900, 100, 96);
        let after = [desc(b"aac ", 0, 1024), data(44, 40), table.clone()];
        let before = [desc(b"aac ", 0, 1024), table.clone(), data(44, 40)];
        let unknown = [desc(b"aac ", 0, 1024), table, data(-1, 40)];

        // The priming and remainder frames are trimmed.
        for chunks in [&after, &before, &unknown] {
            assert_eq!(read(chunks, true).unwrap(), (Some(3900), 3900));
        }

        for chunks in [&before, &unknown] {
            assert_eq!(read(chunks, false).unwrap(), (Some(3900), 3900));
        }

        assert!(read(&after, false).is_err());

        // Nothing is trimmed if no frame would be left.
        let chunks = [desc(b"aac ", 0, 1024), pakt(3900, i32::MAX, 0), data(44, 40)];
        assert_eq!(read(&chunks, true).unwrap().1, 4096);

        // Only complete packets are read from truncated audio data.
        let chunks = [desc(b"aac ", 0, 1024), pakt(4096, 0, 0), data(44, 25)];
        assert_eq!(read(&chunks, true).unwrap(), (Some(4096), 2048));
    }

    #[test]
    fn verify_last_alac_packet() {
        // A single channel element with the partial frame flag set, and 1000 frames.
        let mut audio = vec![0; 30];
        audio.extend([0, 0, 0x10, 0, 0, 0x07, 0xd0, 0, 0, 0]);

        let data = chunk(b"data", 44, &[vec![0; 4], audio].concat());
        let chunks = [desc(b"alac", 0, 4096), data, pakt(4 * 4096, 0, 0)];
        assert_eq!(read(&chunks, true).unwrap(), (Some(3 * 4096 + 1000), 3 * 4096 + 1000));
    }
}
