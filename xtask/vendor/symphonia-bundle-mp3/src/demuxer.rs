// Symphonia
// Copyright (c) 2019-2026 The Project Symphonia Developers.
//
// This Source Code Form is subject to the terms of the Mozilla Public
// License, v. 2.0. If a copy of the MPL was not distributed with this
// file, You can obtain one at https://mozilla.org/MPL/2.0/.

use symphonia_core::support_format;

use symphonia_core::checksum::Crc16AnsiLe;
use symphonia_core::codecs::CodecParameters;
use symphonia_core::codecs::audio::well_known::{CODEC_ID_MP1, CODEC_ID_MP2, CODEC_ID_MP3};
use symphonia_core::codecs::audio::{AudioCodecId, AudioCodecParameters};
use symphonia_core::errors::{Error, Result, SeekErrorKind, reset_error, seek_error};
use symphonia_core::formats::prelude::*;
use symphonia_core::formats::probe::{ProbeFormatData, ProbeableFormat, Score, Scoreable};
use symphonia_core::formats::well_known::{FORMAT_ID_MP1, FORMAT_ID_MP2, FORMAT_ID_MP3};
use symphonia_core::io::*;
use symphonia_core::meta::{Metadata, MetadataLog};

use crate::common::{FrameHeader, MpegLayer};
use crate::header::{self, MAX_MPEG_FRAME_SIZE, MPEG_HEADER_LEN};
use crate::tags;

use std::collections::VecDeque;
use std::io::{Seek, SeekFrom};

use log::{debug, info, warn};

const MP1_FORMAT_INFO: FormatInfo =
    FormatInfo { format: FORMAT_ID_MP1, short_name: "mp1", long_name: "MPEG Audio Layer 1 Native" };

const MP2_FORMAT_INFO: FormatInfo =
    FormatInfo { format: FORMAT_ID_MP2, short_name: "mp2", long_name: "MPEG Audio Layer 2 Native" };

const MP3_FORMAT_INFO: FormatInfo =
    FormatInfo { format: FORMAT_ID_MP3, short_name: "mp3", long_name: "MPEG Audio Layer 3 Native" };

/// Get the format information for a codec.
fn format_info_for_codec(codec: AudioCodecId) -> &'static FormatInfo {
    match codec {
        CODEC_ID_MP1 => &MP1_FORMAT_INFO,
        CODEC_ID_MP2 => &MP2_FORMAT_INFO,
        CODEC_ID_MP3 => &MP3_FORMAT_INFO,
        _ => unreachable!(),
    }
}

/// MPEG1 and MPEG2 audio elementary stream reader.
///
/// `MpaReader` implements a demuxer for the MPEG1 and MPEG2 audio elementary stream.
pub struct MpaReader<'s> {
    reader: MediaSourceStream<'s>,
    media_info: MediaInfo,
    tracks: Vec<Track>,
    chapters: Option<ChapterGroup>,
    metadata: MetadataLog,
    first_packet_pos: u64,
    /// The position, and header, the next frame is expected to have.
    sync: FrameSync,
    /// The sample rate the timebase of the track was derived from.
    base_rate: u32,
    /// The end of the stream as stated by a Xing/Info, or VBRI tag.
    stated_end: StatedEnd,
    /// The timestamp of the next frame that will be read from the stream.
    next_frame_ts: Timestamp,
    /// If timestamps were counted from the start of the stream, and are not the result of a coarse
    /// seek.
    is_ts_exact: bool,
    /// The frames that were read, but not returned yet. See `MpaReader::next_packet`.
    held: VecDeque<Frame>,
    /// The timestamp where the audio ends. Only known once the end of the stream was reached.
    end_ts: Option<Timestamp>,
}

impl Scoreable for MpaReader<'_> {
    fn score(mut src: ScopedStream<&mut MediaSourceStream<'_>>) -> Result<Score> {
        // Read the sync word for the first (assumed) MPEG frame and try to parse it into a header.
        let sync1 = header::read_frame_header_word_no_sync(&mut src)?;
        let hdr1 = header::parse_frame_header(sync1)?;

        // Since the first header was parsed successfully, this may be a MPEG audio format. However,
        // if there is enough data left to read the frame body and another frame header, then a
        // higher confidence may be gained. If there is not enough data left, return a partially
        // confident score.
        if src.bytes_available() < (hdr1.frame_size + header::MPEG_HEADER_LEN) as u64 {
            return Ok(Score::Supported(127));
        }

        // Skip the frame body.
        src.ignore_bytes(hdr1.frame_size as u64)?;

        // Read another sync word for the second (assumed) MPEG frame.
        let sync2 = header::read_frame_header_word_no_sync(&mut src)?;

        // The second sync word should look like a sync word.
        if !header::is_frame_header_word_synced(sync2) {
            return Ok(Score::Unsupported);
        }

        // Try to parse the second sync word into a header.
        let _ = header::parse_frame_header(sync2)?;

        Ok(Score::Supported(255))
    }
}

impl ProbeableFormat<'_> for MpaReader<'_> {
    fn try_probe_new(
        mss: MediaSourceStream<'_>,
        opts: FormatOptions,
    ) -> Result<Box<dyn FormatReader + '_>> {
        Ok(Box::new(MpaReader::try_new(mss, opts)?))
    }

    fn probe_data() -> &'static [ProbeFormatData] {
        &[
            // Layer 1
            support_format!(
                MP1_FORMAT_INFO,
                &["mp1"],
                &["audio/mpeg", "audio/mp1"],
                &[
                    &[0xff, 0xfe], // MPEG 1 with CRC
                    &[0xff, 0xff], // MPEG 1
                    &[0xff, 0xf6], // MPEG 2 with CRC
                    &[0xff, 0xf7], // MPEG 2
                    &[0xff, 0xe6], // MPEG 2.5 with CRC
                    &[0xff, 0xe7], // MPEG 2.5
                ]
            ),
            // Layer 2
            support_format!(
                MP2_FORMAT_INFO,
                &["mp2"],
                &["audio/mpeg", "audio/mp2"],
                &[
                    &[0xff, 0xfc], // MPEG 1 with CRC
                    &[0xff, 0xfd], // MPEG 1
                    &[0xff, 0xf4], // MPEG 2 with CRC
                    &[0xff, 0xf5], // MPEG 2
                    &[0xff, 0xe4], // MPEG 2.5 with CRC
                    &[0xff, 0xe5], // MPEG 2.5
                ]
            ),
            // Layer 3
            support_format!(
                MP3_FORMAT_INFO,
                &["mp3"],
                &["audio/mpeg", "audio/mp3"],
                &[
                    &[0xff, 0xfa], // MPEG 1 with CRC
                    &[0xff, 0xfb], // MPEG 1
                    &[0xff, 0xf2], // MPEG 2 with CRC
                    &[0xff, 0xf3], // MPEG 2
                    &[0xff, 0xe2], // MPEG 2.5 with CRC
                    &[0xff, 0xe3], // MPEG 2.5
                ]
            ),
        ]
    }
}

impl FormatReader for MpaReader<'_> {
    fn format_info(&self) -> &FormatInfo {
        // Safety: MpaReader only supports/has audio tracks.
        format_info_for_codec(
            self.tracks[0]
                .codec_params
                .as_ref()
                .expect("track has codec params")
                .audio()
                .expect("codec params are audio")
                .codec,
        )
    }

    fn media_info(&self) -> &MediaInfo {
        &self.media_info
    }

    fn next_packet(&mut self) -> Result<Option<Packet>> {
        // The frame count of a tag is only a hint. The padding may only be trimmed from where the
        // stream actually ends. Therefore, hold back all frames that may contain padding until
        // enough frames following them were read.
        let padding = Duration::from(self.tracks[0].padding.unwrap_or(0));

        let frame = loop {
            match self.held.front() {
                Some(frame)
                    if self.end_ts.is_some()
                        || frame.end_ts().saturating_add(padding) <= self.next_frame_ts =>
                {
                    break self.held.pop_front();
                }
                None if self.end_ts.is_some() => break None,
                _ => (),
            }

            match self.next_frame()? {
                Some(frame) => self.held.push_back(frame),
                None => self.finish(),
            }
        };

        let Some(frame) = frame
        else {
            return Ok(None);
        };

        // Concatenated streams may be of different layers. The layers do not share a decoder.
        let codec = frame.header.codec();

        if self.format_info().format != format_info_for_codec(codec).format {
            let mut codec_params = AudioCodecParameters::new();

            codec_params
                .for_codec(codec)
                .with_sample_rate(frame.header.sample_rate)
                .with_channels(frame.header.channel_mode.channels());

            self.tracks[0].with_codec_params(CodecParameters::Audio(codec_params));
            self.held.push_front(frame);

            return reset_error();
        }

        // Build the packet.
        let packet = PacketBuilder::new()
            .track_id(0)
            .pts(frame.pts)
            .trimmed_dur(frame.dur, self.end_ts)
            .data(frame.data)
            .build();

        Ok(Some(packet))
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

    fn seek(&mut self, mode: SeekMode, to: SeekTo) -> Result<SeekedTo> {
        const MAX_REF_FRAMES: usize = 4;
        const REF_FRAMES_MASK: usize = MAX_REF_FRAMES - 1;

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

        // Get the total duration of the track (excludes delay and padding). It may be an estimate.
        let dur_ts = self.tracks[0].duration;

        // Get the delay and padding values (or 0 if unknown).
        let delay = self.tracks[0].delay.unwrap_or(0);
        let padding = self.tracks[0].padding.unwrap_or(0);

        // Calculate the valid timestamp bounds of the track.
        let min_ts = Timestamp::from(-i64::from(delay));
        let max_ts = dur_ts
            .and_then(|dur| min_ts.checked_add(dur))
            .and_then(|dur| dur.checked_add(Duration::from(delay + padding)));

        // Ensure the seek position is within the bounds of the track.
        if required_ts < min_ts {
            return seek_error(SeekErrorKind::OutOfRange);
        }
        else if let Some(max_ts) = max_ts {
            // If the duration is only an estimate, then the track may not end there.
            if required_ts > max_ts && self.tracks[0].num_frames.is_some() {
                return seek_error(SeekErrorKind::OutOfRange);
            }
        }

        let is_seekable = self.reader.is_seekable();

        // If the stream is unseekable and the required timestamp in the past, then return an
        // error, it is not possible to seek to it.
        if !is_seekable {
            let next_packet_ts = self.held.front().map_or(self.next_frame_ts, |frame| frame.pts);

            if required_ts < next_packet_ts {
                return seek_error(SeekErrorKind::ForwardOnly);
            }

            // The required timestamp may be within the frames that were read already.
            while let Some(frame) = self.held.front() {
                if required_ts < frame.end_ts() {
                    return Ok(SeekedTo { track_id: 0, required_ts, actual_ts: frame.pts });
                }

                self.held.pop_front();
            }
        }

        debug!("seeking to ts={required_ts}");

        self.held.clear();
        self.end_ts = None;

        // Step 1
        //
        // In coarse seek mode, the underlying media source stream will be roughly seeked based on
        // the required timestamp and the total duration of the media. Coarse seek mode requires a
        // seekable stream because the total length in bytes of the stream is required.
        //
        // In accurate seek mode, the underlying media source stream will not be seeked unless the
        // required timestamp is in the past, in which case the stream is seeked back to the start.
        match mode {
            SeekMode::Coarse if is_seekable && max_ts.is_some_and(|ts| required_ts <= ts) => {
                self.preseek_coarse(required_ts, min_ts, max_ts)?
            }
            // If the duration is unknown, or the required timestamp is past the estimated end of
            // the track, then there is no position to interpolate.
            _ if is_seekable => self.preseek_accurate(required_ts, min_ts)?,
            _ => (),
        };

        // Step 2
        //
        // Following the pre-seek operation above, parse MPEG frames (packets) one-by-one from the
        // current position in the stream until the frame containing the desired timestamp is
        // reached. For coarse seeks, this should only parse a few packets. For accurate seeks, the
        // entire stream could potentially be parsed.
        let mut frames: [FramePos; MAX_REF_FRAMES] = Default::default();
        let mut n_parsed = 0;

        loop {
            // Read the next frame.
            //
            // MPEG streams have no well-defined end, so if no more frames can be read then assume
            // the seek position is out-of-range. This would normally only happen if the duration of
            // the track is unknown, or it is was longer than the track actually is.
            let expected_pos = self.sync.pos;

            let Some(frame) = self.next_frame()?
            else {
                return seek_error(SeekErrorKind::OutOfRange);
            };

            // Position of the frame header.
            let pos = frame.pos;

            // Frames before a discontinuity do not contain main data of the frames after it.
            if pos != expected_pos {
                n_parsed = 0;
            }

            // Add the frame to the frame ring.
            frames[n_parsed & REF_FRAMES_MASK] = FramePos { pos, ts: frame.pts };
            n_parsed += 1;

            // The timestamp of the next MPEG frame exceeds the desired timestamp. Rewind back to
            // the start of the current frame and end the search.
            if frame.end_ts() > required_ts {
                // The main_data_begin offset is a negative offset from the frame's header to
                // where its main data begins. Therefore, for a decoder to properly decode this
                // frame, the reader must provide previous (reference) frames up-to and
                // including the frame that contains the first byte this frame's main_data.
                let mut body = BufReader::new(&frame.data[MPEG_HEADER_LEN..]);
                let main_data_begin = u64::from(read_main_data_begin(&mut body, &frame.header)?);

                debug!(
                    "found frame with ts={} @ pos={} with main_data_begin={}",
                    frame.pts, pos, main_data_begin
                );

                // The number of reference frames is 0 if main_data_begin is also 0. Otherwise,
                // attempt to find the first (oldest) reference frame, then select 1 frame
                // before that one to actually seek to.
                let mut n_ref_frames = 0;
                let mut ref_frame = &frames[(n_parsed - 1) & REF_FRAMES_MASK];

                if main_data_begin > 0 {
                    // The maximum number of reference frames is limited to the number of frames
                    // read and the number of previous frames recorded.
                    let max_ref_frames = std::cmp::min(n_parsed, frames.len());

                    while n_ref_frames < max_ref_frames {
                        ref_frame = &frames[(n_parsed - n_ref_frames - 1) & REF_FRAMES_MASK];

                        if pos - ref_frame.pos >= main_data_begin {
                            break;
                        }

                        n_ref_frames += 1;
                    }

                    debug!(
                        "will seek -{} frame(s) to ts={} @ pos={} (-{} bytes)",
                        n_ref_frames,
                        ref_frame.ts,
                        ref_frame.pos,
                        pos - ref_frame.pos
                    );
                }

                // Do the actual seek to the reference frame.
                self.sync.pos = self.reader.seek_buffered(ref_frame.pos);
                self.sync.len = 0;

                self.next_frame_ts = ref_frame.ts;
                break;
            }
        }

        debug!(
            "seeked to ts={} (delta={})",
            self.next_frame_ts,
            self.next_frame_ts.saturating_delta(required_ts),
        );

        Ok(SeekedTo { track_id: 0, required_ts, actual_ts: self.next_frame_ts })
    }

    fn into_inner<'s>(self: Box<Self>) -> MediaSourceStream<'s>
    where
        Self: 's,
    {
        self.reader
    }
}

impl<'s> MpaReader<'s> {
    pub fn try_new(mut mss: MediaSourceStream<'s>, opts: FormatOptions) -> Result<Self> {
        // Try to read the first MPEG frame.
        let mut sync = FrameSync::default();

        let (header, packet) = read_mpeg_frame(&mut mss, &mut sync)?;

        let first_frame_pos = mss.pos() - packet.len() as u64;

        // Use the header to populate the codec parameters.
        let mut codec_params = AudioCodecParameters::new();

        codec_params
            .for_codec(header.codec())
            .with_sample_rate(header.sample_rate)
            .with_channels(header.channel_mode.channels());

        // Create the track.
        let mut track = Track::new(0);

        track.with_codec_params(CodecParameters::Audio(codec_params));

        // Check if there is a Xing/Info, or VBRI tag contained in the first frame.
        let (num_mpeg_frames, num_bytes) = if let Some(info_tag) =
            try_read_info_tag(&packet, &header)
        {
            // The LAME tag contains ReplayGain and padding information.
            if let Some(lame_tag) = info_tag.lame {
                track.with_delay(lame_tag.enc_delay).with_padding(lame_tag.enc_padding);
            }

            // The base Xing/Info tag may contain the number of MPEG frames.
            (info_tag.num_frames, info_tag.num_bytes)
        }
        else if let Some(vbri_tag) = try_read_vbri_tag(&packet, &header) {
            (Some(vbri_tag.num_mpeg_frames), Some(vbri_tag.num_bytes))
        }
        else {
            // The first frame was not a Xing/Info, or VBRI tag, rewind back to the start of the
            // frame so that it may be decoded.
            sync.pos = mss.seek_buffered(first_frame_pos);
            sync.len = 0;

            (None, None)
        };

        let first_packet_pos = mss.pos();

        let delay = track.delay.unwrap_or(0);
        let padding = track.padding.unwrap_or(0);

        let mut stated_end = StatedEnd::default();

        if let Some(num_bytes) = num_bytes.filter(|&num_bytes| num_bytes > 0) {
            stated_end.pos = Some(first_frame_pos.saturating_add(u64::from(num_bytes)));
            stated_end.tag_len = packet.len() as u64;
        }

        // A count of 0 is written by encoders that were not able to return to the tag.
        if let Some(num_mpeg_frames) = num_mpeg_frames.filter(|&num_frames| num_frames > 0) {
            // The total number of audio frames including delay and padding frames.
            let num_frames = u64::from(num_mpeg_frames) * u64::from(header.num_frames());

            stated_end.ts = Duration::from(num_frames)
                .timestamp_from(Timestamp::from(-i64::from(delay)));

            // The count only is the number of frames of the track if it belongs to the stream, and
            // the stream does not go on.
            if is_frame_count_plausible(&mss, &header, num_mpeg_frames, num_bytes, first_frame_pos)
                && !continues_past(&mut mss, &stated_end, first_packet_pos)?
            {
                info!("using xing or vbri header for duration");

                // Remove delay and padding frames.
                let num_frames = num_frames.saturating_sub(u64::from(delay) + u64::from(padding));

                // Duration equals the number of frames because the timebase is always
                // 1 / sample rate.
                track.with_num_frames(num_frames).with_duration(Duration::from(num_frames));
            }
        }

        // If the number of frames is unknown, estimate the duration if seekable. The estimate must
        // not be provided as the number of frames as it is way off for VBR files.
        if track.num_frames.is_none() && mss.is_seekable() {
            info!("estimating duration from bitrate, may be inaccurate for vbr files");

            if let Some(n_mpeg_frames) = estimate_num_mpeg_frames(&mut mss) {
                let num_frames = n_mpeg_frames.saturating_mul(u64::from(header.num_frames()));
                let discard = u64::from(delay) + u64::from(padding);

                track.with_duration(Duration::from(num_frames.saturating_sub(discard)));
            }
        }

        Ok(MpaReader {
            reader: mss,
            media_info: MediaInfo::from_track(&track),
            tracks: vec![track],
            chapters: opts.external_data.chapters,
            metadata: opts.external_data.metadata.unwrap_or_default(),
            first_packet_pos,
            sync,
            base_rate: header.sample_rate,
            stated_end,
            next_frame_ts: Timestamp::from(-i64::from(delay)),
            is_ts_exact: true,
            held: VecDeque::new(),
            end_ts: None,
        })
    }

    /// Reads the next frame from the stream that contains audio. Returns `None` if the stream
    /// ended.
    fn next_frame(&mut self) -> Result<Option<Frame>> {
        loop {
            // Read the next MPEG frame.
            let (header, data) = match read_mpeg_frame(&mut self.reader, &mut self.sync) {
                Ok(frame) => frame,
                Err(Error::IoError(err)) if err.kind() == std::io::ErrorKind::UnexpectedEof => {
                    // MPEG streams have no well-defined end, so when no more frames can be read,
                    // consider the stream ended.
                    return Ok(None);
                }
                Err(err) => return Err(err),
            };

            // Check if the packet contains a Xing, Info, or VBRI tag.
            if is_maybe_info_tag(&data, &header) {
                if try_read_info_tag(&data, &header).is_some() {
                    // Discard the packet and tag since it was not at the start of the stream.
                    warn!("found an unexpected xing tag, discarding");
                    continue;
                }
            }
            else if is_maybe_vbri_tag(&data, &header)
                && try_read_vbri_tag(&data, &header).is_some()
            {
                // Discard the packet and tag since it was not at the start of the stream.
                warn!("found an unexpected vbri tag, discarding");
                continue;
            }

            let pos = self.reader.pos() - data.len() as u64;

            // The timestamp and duration for this frame. The timebase of the track does not change
            // if the sample rate does.
            let pts = self.next_frame_ts;
            let dur = scale_duration(header.duration(), header.sample_rate, self.base_rate);

            // Advance the next frame timestamp based on this frame's duration. If it saturates,
            // then it is not possible to read further.
            self.next_frame_ts = match pts.checked_add(dur) {
                Some(ts) => ts,
                None => return Ok(None),
            };

            return Ok(Some(Frame { header, data, pos, pts, dur }));
        }
    }

    /// Determines where the audio ends once the end of the stream was reached.
    fn finish(&mut self) {
        let end_ts = self.next_frame_ts;
        let padding = Duration::from(self.tracks[0].padding.unwrap_or(0));

        let audio_end_ts = if self.stated_end.is_at(end_ts, self.sync.pos) {
            end_ts.saturating_sub(padding)
        }
        else {
            // The stream was truncated, possibly within the padding, or the tag is wrong.
            match self.stated_end.ts {
                Some(ts) if end_ts < ts => end_ts.min(ts.saturating_sub(padding)),
                _ => end_ts,
            }
        };

        self.end_ts = Some(audio_end_ts);

        // Correct the number of frames if the tag was wrong. However, if the stream ended before
        // all bytes stated by the tag were read, then the stream is truncated, and the number of
        // frames may be correct.
        let is_complete = self.stated_end.pos.is_some_and(|pos| pos <= self.reader.pos());
        let audio_dur = audio_end_ts.duration_from(Timestamp::ZERO).unwrap_or(Duration::ZERO);
        let num_frames = audio_dur.get();

        if self.is_ts_exact
            && self.tracks[0]
                .num_frames
                .is_some_and(|n| num_frames > n || (num_frames < n && is_complete))
        {
            self.tracks[0].with_num_frames(num_frames).with_duration(audio_dur);
            self.media_info.duration = Some(audio_dur);
        }
    }

    /// Seeks the media source stream to a byte position roughly where the packet with the required
    /// timestamp should be located.
    fn preseek_coarse(
        &mut self,
        required_ts: Timestamp,
        min_ts: Timestamp,
        max_ts: Option<Timestamp>,
    ) -> Result<()> {
        // Get the length in bytes of the stream's audio data. It is not possible to coarsely seek
        // without knowing this.
        let audio_byte_len = match self.reader.byte_len() {
            Some(byte_len) => u128::from(byte_len - self.first_packet_pos),
            None => return seek_error(SeekErrorKind::Unseekable),
        };

        // It is not possible to coarse seek without knowing both the upper and lower timestamp
        // bounds, and the lower timestamp bound must be < the upper timestamp bound.
        let max_ts = match max_ts {
            Some(max_ts) if max_ts > min_ts => max_ts,
            _ => return seek_error(SeekErrorKind::Unseekable),
        };

        // Call invariants.
        debug_assert!(min_ts <= required_ts);
        debug_assert!(required_ts <= max_ts);

        // The total duration of the track.
        let total_dur = u128::from(max_ts.abs_delta(min_ts).get());

        // Calculate, roughly, the byte position of where the MPEG frame containing the required
        // timestamp should be in the media source stream relative to the start of the audio data.
        let seek_pos_rel =
            (u128::from(required_ts.abs_delta(min_ts).get()) * audio_byte_len) / total_dur;

        // It is preferable to return a packet with a timestamp before the requested timestamp.
        // Therefore, subtract the maximum packet size from the position found above to ensure this.
        // However, never seek to before the first packet.
        let seek_pos = seek_pos_rel.saturating_sub(MAX_MPEG_FRAME_SIZE as u128)
            + u128::from(self.first_packet_pos);

        // Seek the media source stream.
        self.reader.seek(SeekFrom::Start(
            seek_pos.try_into().map_err(|_| Error::SeekError(SeekErrorKind::OutOfRange))?,
        ))?;

        // Resync to the start of the next MPEG frame.
        let (header, _) = read_mpeg_frame(&mut self.reader, &mut self.sync)?;

        self.is_ts_exact = false;

        // The byte position of the next MPEG frame relative to the start of the audio data.
        let audio_byte_pos = u128::from(self.reader.pos() - self.first_packet_pos);

        // Calculate, roughly, the duration from the start of the audio of the packet based on the
        // byte position after resync.
        let dur_to_pkt = Duration::from(((audio_byte_pos * total_dur) / audio_byte_len) as u64);

        // Assume the duration of a packet remains constant throughout the stream (not a
        // guarantee, but usually the case).
        let pkt_dur = header.duration();

        // Compute the timestamp of the next packet. First align the estimated duration from the
        // start of the audio to a packet boundary. Then add to the lower-bound timestamp. In
        // theory, this should never exceed the upper-bound timestamp.
        //
        self.next_frame_ts = min_ts
            .checked_add(
                dur_to_pkt.align_down(pkt_dur).expect("packet duration is always non-zero"),
            )
            .unwrap_or(max_ts);

        Ok(())
    }

    /// Seeks the media source stream back to the start of the first packet if the required
    /// timestamp is in the past, or the current timestamp is the result of a coarse seek.
    fn preseek_accurate(&mut self, required_ts: Timestamp, min_ts: Timestamp) -> Result<()> {
        if required_ts < self.next_frame_ts || !self.is_ts_exact {
            let seeked_pos = self.reader.seek(SeekFrom::Start(self.first_packet_pos))?;

            // Since the elementary stream has no timestamp information, the position seeked
            // to must be exactly as requested.
            if seeked_pos != self.first_packet_pos {
                return seek_error(SeekErrorKind::Unseekable);
            }

            // Successfuly seeked to the start of the stream, reset the next frame timestamp.
            self.next_frame_ts = min_ts;
            self.is_ts_exact = true;
        }

        Ok(())
    }
}

/// A MPEG audio frame that was read from the stream.
struct Frame {
    header: FrameHeader,
    data: Vec<u8>,
    pos: u64,
    pts: Timestamp,
    dur: Duration,
}

impl Frame {
    /// The timestamp of the end of the frame.
    fn end_ts(&self) -> Timestamp {
        self.pts.saturating_add(self.dur)
    }
}

/// The end of the stream as stated by a Xing/Info, or VBRI tag.
#[derive(Default)]
struct StatedEnd {
    /// The timestamp of the end of the last frame.
    ts: Option<Timestamp>,
    /// The byte position of the end of the last frame.
    pos: Option<u64>,
    /// The length of the tag's frame.
    tag_len: u64,
}

impl StatedEnd {
    /// Returns true if the tag states that the stream ends here.
    fn is_at(&self, ts: Timestamp, pos: u64) -> bool {
        // Some encoders do not include the tag's frame in the number of bytes.
        self.ts == Some(ts)
            || self.pos.is_some_and(|end| end <= pos && pos - end <= self.tag_len)
    }
}

/// Expected position of the next MPEG audio frame.
#[derive(Default)]
struct FrameSync {
    /// The header of the previous frame, if any.
    header: Option<FrameHeader>,
    /// The byte position of the end of the previous frame.
    pos: u64,
    /// The number of bytes before the position that may be searched again for a frame if no frame
    /// begins at the position.
    len: usize,
}

/// Reads a MPEG frame and returns the header and buffer.
///
/// If no frame with a header similar to the previous frame's header begins where the previous frame
/// ended, then the next frame is only accepted if it is followed by another similar frame, a tag,
/// or the end of the stream.
fn read_mpeg_frame(
    reader: &mut MediaSourceStream<'_>,
    sync: &mut FrameSync,
) -> Result<(FrameHeader, Vec<u8>)> {
    let mut expected = sync.header.filter(|_| reader.pos() == sync.pos);

    let mut word = header::read_frame_header_word_no_sync(reader)?;

    let header = loop {
        // Tags are between concatenated streams, and at the end of a stream. They may contain
        // anything, and must not be searched for frames.
        if tags::try_skip(reader, word)? {
            expected = None;
            word = header::read_frame_header_word_no_sync(reader)?;
            continue;
        }

        if header::is_frame_header_word_synced(word) {
            if let Ok(header) = header::parse_frame_header(word) {
                if expected.is_some_and(|expected| is_frame_header_similar(&expected, word))
                    || is_frame_confirmed(reader, &header)
                {
                    break header;
                }
            }
        }

        if expected.take().is_some() {
            warn!("lost sync at {} bytes", sync.pos);

            // If bytes are missing from the previous frame, then it contains the beginning of what
            // follows it. Therefore, search for the next frame from the second byte of the previous
            // frame.
            reader.seek_buffered_rev(MPEG_HEADER_LEN + sync.len.saturating_sub(1));
            word = header::read_frame_header_word_no_sync(reader)?;
        }
        else {
            word = (word << 8) | u32::from(reader.read_u8()?);
        }
    };

    // Allocate frame buffer.
    let mut packet = vec![0u8; MPEG_HEADER_LEN + header.frame_size];
    packet[0..MPEG_HEADER_LEN].copy_from_slice(&word.to_be_bytes());

    // Read the frame body.
    reader.read_buf_exact(&mut packet[MPEG_HEADER_LEN..])?;

    *sync = FrameSync { header: Some(header), pos: reader.pos(), len: packet.len() };

    // Return the parsed header and packet body.
    Ok((header, packet))
}

/// Check if a frame, whose header was just read, is followed by a similar frame, a tag, or the end
/// of the stream. Random data that looks like a header is unlikely to be.
fn is_frame_confirmed(reader: &mut MediaSourceStream<'_>, header: &FrameHeader) -> bool {
    let pos = reader.pos();

    let is_confirmed = reader.ignore_bytes(header.frame_size as u64).is_ok()
        && match header::read_frame_header_word_no_sync(reader) {
            Ok(word) => is_next_frame_similar(header, word) || tags::is_maybe_tag(word),
            // The stream may have ended and this check cannot be performed.
            Err(_) => true,
        };

    reader.seek_buffered(pos);

    is_confirmed
}

/// Check if a header word is synced, and similar to the header of the frame before it.
fn is_next_frame_similar(header: &FrameHeader, word: u32) -> bool {
    header::is_frame_header_word_synced(word) && is_frame_header_similar(header, word)
}

/// Scale a duration in frames at a sample rate to a duration in frames at another sample rate.
fn scale_duration(dur: Duration, from_rate: u32, to_rate: u32) -> Duration {
    if from_rate == to_rate {
        return dur;
    }

    let (from_rate, to_rate) = (u64::from(from_rate), u64::from(to_rate));

    Duration::from((dur.get() * to_rate + from_rate / 2) / from_rate)
}

/// Check if the average length of a frame, according to the number of frames and bytes in a
/// Xing/Info, or VBRI tag, is possible for the sample rate. If the number of bytes is unknown, then
/// use the number of bytes of the stream.
fn is_frame_count_plausible(
    reader: &MediaSourceStream<'_>,
    header: &FrameHeader,
    num_mpeg_frames: u32,
    num_bytes: Option<u32>,
    first_frame_pos: u64,
) -> bool {
    let stream_len = reader.byte_len().map(|len| len.saturating_sub(first_frame_pos));

    let num_mpeg_frames = u64::from(num_mpeg_frames);
    let num_bytes = num_bytes.map(u64::from).filter(|&num_bytes| num_bytes > 0);

    // The range of bit-rates, in bits per second, for layer 3 as only layer 3 may contain a tag.
    let (min, max) = if header.is_mpeg1() { (32_000, 320_000) } else { (8_000, 160_000) };

    // The length in bytes of a number of frames at a bit-rate. The tag's frame may not be counted.
    let len = |n: u64, bitrate: u64| {
        n * u64::from(header.num_frames()) * bitrate / 8 / u64::from(header.sample_rate)
    };

    let is_long_enough = num_bytes.is_none_or(|n| n >= len(num_mpeg_frames.saturating_sub(2), min));
    let is_short_enough =
        num_bytes.or(stream_len).is_none_or(|n| n <= len(num_mpeg_frames + 2, max));

    is_long_enough && is_short_enough
}

/// Check if the stream goes on with frames past the end stated by a tag. If so, the stream is a
/// concatenation of streams, and the tag is only about the first one. Returns the reader to
/// `return_pos`.
fn continues_past(
    reader: &mut MediaSourceStream<'_>,
    stated_end: &StatedEnd,
    return_pos: u64,
) -> Result<bool> {
    let (Some(end), Some(len)) = (stated_end.pos, reader.byte_len())
    else {
        return Ok(false);
    };

    if !reader.is_seekable() || end <= return_pos || end >= len {
        return Ok(false);
    }

    reader.seek(SeekFrom::Start(end))?;

    let continues = is_followed_by_frames(reader);

    reader.seek(SeekFrom::Start(return_pos))?;

    Ok(continues)
}

/// Check if at least two frames begin at the current position, or after the tags at the current
/// position.
fn is_followed_by_frames(reader: &mut MediaSourceStream<'_>) -> bool {
    while let Ok(word) = header::read_frame_header_word_no_sync(reader) {
        match tags::try_skip(reader, word) {
            Ok(true) => (),
            Ok(false) => {
                return header::is_frame_header_word_synced(word)
                    && header::parse_frame_header(word).is_ok_and(|header| {
                        reader.ignore_bytes(header.frame_size as u64).is_ok()
                            && header::read_frame_header_word_no_sync(reader)
                                .is_ok_and(|word| is_next_frame_similar(&header, word))
                    });
            }
            Err(_) => break,
        }
    }

    false
}

/// Check if a sync word parses to a frame header that is similar to the one provided.
fn is_frame_header_similar(header: &FrameHeader, sync: u32) -> bool {
    if let Ok(candidate) = header::parse_frame_header(sync) {
        if header.version == candidate.version
            && header.layer == candidate.layer
            && header.sample_rate == candidate.sample_rate
            && header.n_channels() == candidate.n_channels()
        {
            return true;
        }
    }

    false
}

#[derive(Default)]
struct FramePos {
    ts: Timestamp,
    pos: u64,
}

/// Reads the main_data_begin field from the side information of a MPEG audio frame.
fn read_main_data_begin<B: ReadBytes>(reader: &mut B, header: &FrameHeader) -> Result<u16> {
    // After the head the optional CRC is present.
    if header.has_crc {
        let _crc = reader.read_be_u16()?;
    }

    // For MPEG version 1 the first 9 bits is main_data_begin.
    let main_data_begin = if header.is_mpeg1() {
        reader.read_be_u16()? >> 7
    }
    // For MPEG version 2 the first 8 bits is main_data_begin.
    else {
        u16::from(reader.read_u8()?)
    };

    Ok(main_data_begin)
}

/// Estimates the total number of MPEG frames in the media source stream.
fn estimate_num_mpeg_frames(reader: &mut MediaSourceStream<'_>) -> Option<u64> {
    const MAX_FRAMES: u32 = 16;
    const MAX_LEN: usize = 16 * 1024;

    // Macro to convert a Result to Option, and break a loop on exit.
    macro_rules! break_on_err {
        ($expr:expr) => {
            match $expr {
                Ok(a) => a,
                _ => break None,
            }
        };
    }

    let start_pos = reader.pos();

    let mut total_frame_len = 0;
    let mut total_frames = 0;

    let total_len = match reader.byte_len() {
        Some(len) => len - start_pos,
        _ => return None,
    };

    let num_mpeg_frames = loop {
        // Read the frame header.
        let header_val = break_on_err!(reader.read_be_u32());

        // Parse the frame header.
        let header = break_on_err!(header::parse_frame_header(header_val));

        // Tabulate the size.
        total_frame_len += MPEG_HEADER_LEN + header.frame_size;
        total_frames += 1;

        // Ignore the frame body.
        break_on_err!(reader.ignore_bytes(header.frame_size as u64));

        // Read up-to 16 frames, or 16kB, then calculate the average MPEG frame length, and from
        // that, the total number of MPEG frames.
        if total_frames > MAX_FRAMES || total_frame_len > MAX_LEN {
            let avg_mpeg_frame_len = total_frame_len as f64 / total_frames as f64;
            break Some((total_len as f64 / avg_mpeg_frame_len) as u64);
        }
    };

    // Rewind back to the first frame seen upon entering this function.
    reader.seek_buffered_rev((reader.pos() - start_pos) as usize);

    num_mpeg_frames
}

const XING_TAG_ID: [u8; 4] = *b"Xing";
const INFO_TAG_ID: [u8; 4] = *b"Info";

/// The LAME tag is an extension to the Xing/Info tag.
#[allow(dead_code)]
struct LameTag {
    encoder: String,
    replaygain_peak: Option<f32>,
    replaygain_radio: Option<f32>,
    replaygain_audiophile: Option<f32>,
    enc_delay: u32,
    enc_padding: u32,
}

/// The Xing/Info time additional information for regarding a MP3 file.
#[allow(dead_code)]
struct XingInfoTag {
    num_frames: Option<u32>,
    num_bytes: Option<u32>,
    toc: Option<[u8; 100]>,
    quality: Option<u32>,
    is_cbr: bool,
    lame: Option<LameTag>,
}

/// Try to read a Xing/Info tag from the provided MPEG frame.
fn try_read_info_tag(buf: &[u8], header: &FrameHeader) -> Option<XingInfoTag> {
    // The Info header is a completely optional piece of information. Therefore, flatten an error
    // reading the tag into a None.
    try_read_info_tag_inner(buf, header).ok().flatten()
}

fn try_read_info_tag_inner(buf: &[u8], header: &FrameHeader) -> Result<Option<XingInfoTag>> {
    // Do a quick check that this is a Xing/Info tag.
    if !is_maybe_info_tag(buf, header) {
        return Ok(None);
    }

    // The position of the Xing/Info tag relative to the end of the header. This is equal to the
    // side information length for the frame. The CRC is not included in this offset calculation.
    let offset = MPEG_HEADER_LEN + header.side_info_len();

    // Start the CRC with the header and side information.
    let mut crc16 = Crc16AnsiLe::new(0);
    crc16.process_buf_bytes(&buf[..offset]);

    // Start reading the Xing/Info tag after the side information.
    let mut reader = MonitorStream::new(BufReader::new(&buf[offset..]), crc16);

    // Check for Xing/Info header.
    let id = reader.read_quad_bytes()?;

    if id != XING_TAG_ID && id != INFO_TAG_ID {
        return Ok(None);
    }

    // The "Info" id is used for CBR files.
    let is_cbr = id == INFO_TAG_ID;

    // Flags indicates what information is provided in this Xing/Info tag.
    let flags = reader.read_be_u32()?;

    let num_frames = if flags & 0x1 != 0 { Some(reader.read_be_u32()?) } else { None };

    let num_bytes = if flags & 0x2 != 0 { Some(reader.read_be_u32()?) } else { None };

    let toc = if flags & 0x4 != 0 {
        let mut toc = [0; 100];
        reader.read_buf_exact(&mut toc)?;
        Some(toc)
    }
    else {
        None
    };

    let quality = if flags & 0x8 != 0 { Some(reader.read_be_u32()?) } else { None };

    /// The full LAME extension size.
    const LAME_EXT_LEN: u64 = 36;
    /// The minimal LAME extension size up-to the encode delay & padding fields.
    const MIN_LAME_EXT_LEN: u64 = 24;

    // The LAME extension may not always be present, or complete. The important fields in the
    // extension are within the first 24 bytes. Therefore, try to read those if they're available.
    let lame = if reader.inner().bytes_available() >= MIN_LAME_EXT_LEN {
        // Encoder string.
        let mut encoder = [0; 9];
        reader.read_buf_exact(&mut encoder)?;

        // Revision.
        let _revision = reader.read_u8()?;

        // Lowpass filter value.
        let _lowpass = reader.read_u8()?;

        // Replay gain peak in 9.23 (bit) fixed-point format.
        let replaygain_peak = match reader.read_be_u32()? {
            0 => None,
            peak => Some(32767.0 * (peak as f32 / 2.0f32.powi(23))),
        };

        // Radio replay gain.
        let replaygain_radio = parse_lame_tag_replaygain(reader.read_be_u16()?, 1);

        // Audiophile replay gain.
        let replaygain_audiophile = parse_lame_tag_replaygain(reader.read_be_u16()?, 2);

        // Encoding flags & ATH type.
        let _encoding_flags = reader.read_u8()?;

        // Arbitrary bitrate.
        let _abr = reader.read_u8()?;

        let is_known_encoder =
            encoder[..4] == *b"LAME" || encoder[..4] == *b"Lavf" || encoder[..4] == *b"Lavc";

        let (enc_delay, enc_padding) = {
            let trim = reader.read_be_u24()?;

            if is_known_encoder {
                let delay = 528 + 1 + (trim >> 12);
                let padding = trim & ((1 << 12) - 1);

                (delay, padding.saturating_sub(528 + 1))
            }
            else {
                (0, 0)
            }
        };

        // If possible, attempt to read the extra fields of the extension if they weren't
        // truncated.
        let crc = if reader.inner().bytes_available() >= LAME_EXT_LEN - MIN_LAME_EXT_LEN {
            // Flags.
            let _misc = reader.read_u8()?;

            // MP3 gain.
            let _mp3_gain = reader.read_u8()?;

            // Preset and surround info.
            let _surround_info = reader.read_be_u16()?;

            // Music length.
            let _music_len = reader.read_be_u32()?;

            // Music (audio) CRC.
            let _music_crc = reader.read_be_u16()?;

            // The tag CRC. LAME always includes this CRC regardless of the protection bit, but
            // other encoders may only do so if the protection bit is set.
            if header.has_crc || encoder[..4] == *b"LAME" {
                // Read the CRC using the inner reader to not change the computed CRC.
                Some(reader.inner_mut().read_be_u16()?)
            }
            else {
                // No CRC is present.
                None
            }
        }
        else {
            // The tag is truncated. No CRC will be present.
            info!("xing tag lame extension is truncated");
            None
        };

        // If there was no CRC written, then assume the tag is correct. Otherwise, use the CRC.
        // Accept a written CRC of 0 which defacto means to ignore the CRC.
        let is_tag_ok = crc.is_none_or(|crc| crc == 0 || crc == reader.monitor().crc());

        if !is_tag_ok {
            warn!("xing tag lame extension crc mismatch");
        }

        // Tools that edit the tag may not update the CRC. If the encoder is identified, then the
        // extension is present regardless of the CRC.
        if is_tag_ok || is_known_encoder {
            Some(LameTag {
                encoder: String::from_utf8_lossy(&encoder).into(),
                replaygain_peak,
                replaygain_radio,
                replaygain_audiophile,
                enc_delay,
                enc_padding,
            })
        }
        else {
            // The CRC did not match, this is probably not a LAME tag.
            None
        }
    }
    else {
        // Frame not large enough for a LAME tag.
        info!("xing tag too small for lame extension");
        None
    };

    Ok(Some(XingInfoTag { num_frames, num_bytes, toc, quality, is_cbr, lame }))
}

fn parse_lame_tag_replaygain(value: u16, expected_name: u8) -> Option<f32> {
    // The 3 most-significant bits are the name code.
    let name = ((value & 0xe000) >> 13) as u8;

    if name == expected_name {
        let gain = (value & 0x01ff) as f32 / 10.0;
        Some(if value & 0x200 != 0 { -gain } else { gain })
    }
    else {
        None
    }
}

/// Perform a fast check to see if the packet contains a Xing/Info tag. If this returns true, the
/// packet should be parsed fully to ensure it is in fact a tag.
fn is_maybe_info_tag(buf: &[u8], header: &FrameHeader) -> bool {
    const MIN_XING_TAG_LEN: usize = 8;

    // Only supported with layer 3 packets.
    if header.layer != MpegLayer::Layer3 {
        return false;
    }

    // The position of the Xing/Info tag relative to the start of the packet. This is equal to the
    // side information length for the frame. The CRC is not included in this offset calculation.
    let offset = MPEG_HEADER_LEN + header.side_info_len();

    // The packet must be big enough to contain a tag.
    if buf.len() < offset + MIN_XING_TAG_LEN {
        return false;
    }

    // The tag ID must be present and correct.
    let id = &buf[offset..offset + 4];

    if id != XING_TAG_ID && id != INFO_TAG_ID {
        return false;
    }

    // The side information, which follows the header and optional CRC, should be zeroed.
    !buf[header.header_size()..offset].iter().any(|&b| b != 0)
}

const VBRI_TAG_ID: [u8; 4] = *b"VBRI";

/// The contents of a VBRI tag.
#[allow(dead_code)]
struct VbriTag {
    num_bytes: u32,
    num_mpeg_frames: u32,
}

/// Try to read a VBRI tag from the provided MPEG frame.
fn try_read_vbri_tag(buf: &[u8], header: &FrameHeader) -> Option<VbriTag> {
    // The VBRI header is a completely optional piece of information. Therefore, flatten an error
    // reading the tag into a None.
    try_read_vbri_tag_inner(buf, header).ok().flatten()
}

fn try_read_vbri_tag_inner(buf: &[u8], header: &FrameHeader) -> Result<Option<VbriTag>> {
    // Do a quick check that this is a VBRI tag.
    if !is_maybe_vbri_tag(buf, header) {
        return Ok(None);
    }

    let mut reader = BufReader::new(buf);

    // The VBRI tag is always 32 bytes after the header.
    reader.ignore_bytes(MPEG_HEADER_LEN as u64 + 32)?;

    // Check for the VBRI signature.
    let id = reader.read_quad_bytes()?;

    if id != VBRI_TAG_ID {
        return Ok(None);
    }

    // The version is always 1.
    let version = reader.read_be_u16()?;

    if version != 1 {
        return Ok(None);
    }

    // Delay is a 2-byte big-endiann floating point value?
    let _delay = reader.read_be_u16()?;
    let _quality = reader.read_be_u16()?;

    let num_bytes = reader.read_be_u32()?;
    let num_mpeg_frames = reader.read_be_u32()?;

    Ok(Some(VbriTag { num_bytes, num_mpeg_frames }))
}

/// Perform a fast check to see if the packet contains a VBRI tag. If this returns true, the
/// packet should be parsed fully to ensure it is in fact a tag.
fn is_maybe_vbri_tag(buf: &[u8], header: &FrameHeader) -> bool {
    const MIN_VBRI_TAG_LEN: usize = 26;
    const VBRI_TAG_OFFSET: usize = MPEG_HEADER_LEN + 32;

    // Only supported with layer 3 packets.
    if header.layer != MpegLayer::Layer3 {
        return false;
    }

    // The packet must be big enough to contain a tag.
    if buf.len() < VBRI_TAG_OFFSET + MIN_VBRI_TAG_LEN {
        return false;
    }

    // The tag ID must be present and correct.
    let id = &buf[VBRI_TAG_OFFSET..VBRI_TAG_OFFSET + 4];

    if id != VBRI_TAG_ID {
        return false;
    }

    // The bytes preceeding the VBRI tag (mostly the side information) should be all 0.
    !buf[header.header_size()..VBRI_TAG_OFFSET].iter().any(|&b| b != 0)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::common::{ChannelMode, Emphasis, MpegVersion};

    /// The length of a frame at 128kbps, and 44.1kHz, without padding.
    const FRAME_LEN: usize = 417;

    /// A number of silent stereo frames.
    fn frames(count: usize) -> Vec<u8> {
        let mut frame = vec![0xff, 0xfb, 0x90, 0x04];
        frame.resize(FRAME_LEN, 0);
        frame.repeat(count)
    }

    /// A frame with a Xing/Info tag, and a LAME extension with a delay, and padding, of 1152.
    fn xing(num_frames: usize, num_bytes: usize) -> Vec<u8> {
        let mut buf = frames(1);
        buf[36..40].copy_from_slice(b"Info");
        buf[43] = 0x3;
        buf[44..48].copy_from_slice(&(num_frames as u32).to_be_bytes());
        buf[48..52].copy_from_slice(&(num_bytes as u32).to_be_bytes());
        buf[52..56].copy_from_slice(b"LAME");

        let trim = ((1152 - 529) << 12) | (1152 + 529);
        buf[73..76].copy_from_slice(&u32::to_be_bytes(trim)[1..]);

        buf
    }

    /// A stream with a truthful Xing/Info tag.
    fn tagged_frames(count: usize) -> Vec<u8> {
        [xing(count, FRAME_LEN * (count + 1)), frames(count)].concat()
    }

    /// An ID3v2 tag whose body looks like headers of frames.
    fn id3v2() -> Vec<u8> {
        let mut tag = b"ID3\x03\x00\x00\x00\x46\x50\x00".to_vec();
        tag.extend([0xff, 0xfe, 0x90, 0x04].repeat(((0x46 << 14) + (0x50 << 7)) / 4));
        tag
    }

    fn id3v1() -> Vec<u8> {
        let mut tag = b"TAG".to_vec();
        tag.resize(128, 0xff);
        tag
    }

    fn ape() -> Vec<u8> {
        let block = |flags: u32| {
            let mut block = b"APETAGEX".to_vec();
            block.extend(2000u32.to_le_bytes());
            block.extend(1032u32.to_le_bytes());
            block.extend(1u32.to_le_bytes());
            block.extend(flags.to_le_bytes());
            block.extend([0; 8]);
            block
        };

        [block(0xa000_0000), frames(3)[..1000].to_vec(), block(0x8000_0000)].concat()
    }

    fn junk(len: usize) -> Vec<u8> {
        let mut lcg: u32 = 0xec57c4bf;

        let next = || {
            lcg = lcg.wrapping_mul(1664525).wrapping_add(1013904223);
            (lcg >> 24) as u8
        };

        std::iter::repeat_with(next).take(len).collect()
    }

    fn open(parts: &[Vec<u8>], seekable: bool) -> MpaReader<'static> {
        let data = std::io::Cursor::new(parts.concat());

        let source: Box<dyn MediaSource> =
            if seekable { Box::new(data) } else { Box::new(ReadOnlySource::new(data)) };

        let mss = MediaSourceStream::new(source, Default::default());

        MpaReader::try_new(mss, Default::default()).unwrap()
    }

    /// The numbers of packets, and audio frames, in a stream.
    fn read(reader: &mut MpaReader<'_>) -> (usize, u64) {
        let (mut packets, mut frames) = (0, 0);

        while let Some(packet) = reader.next_packet().unwrap() {
            packets += 1;
            frames += Duration::new(1152)
                .saturating_sub(packet.trim_start)
                .saturating_sub(packet.trim_end)
                .get();
        }

        (packets, frames)
    }

    #[track_caller]
    fn assert_read(parts: &[Vec<u8>], num_packets: usize, num_frames: usize) {
        for seekable in [true, false] {
            let mut reader = open(parts, seekable);
            assert_eq!(read(&mut reader), (num_packets, 1152 * num_frames as u64));
        }
    }

    #[test]
    fn verify_gapless() {
        // The delay and padding are each a frame in length.
        assert_read(&[tagged_frames(10)], 10, 8);
        assert_read(&[tagged_frames(10), id3v1()], 10, 8);
        // Truncated.
        assert_read(&[tagged_frames(10)[..10 * FRAME_LEN].to_vec()], 9, 8);
        assert_read(&[tagged_frames(10)[..6 * FRAME_LEN].to_vec()], 5, 4);
    }

    #[test]
    fn verify_concatenated_streams() {
        assert_read(&[frames(10), frames(10)], 20, 20);
        assert_read(&[frames(10), id3v1(), id3v2(), frames(10), ape(), id3v1()], 20, 20);
        // The padding of the first stream is not at the end of the stream. The tag is no frame.
        assert_read(&[tagged_frames(10), tagged_frames(10)], 20, 19);
        assert_read(&[tagged_frames(10), id3v1(), id3v2(), tagged_frames(10)], 20, 19);
        // The first stream is truncated within a frame.
        let first = frames(10)[..10 * FRAME_LEN - 100].to_vec();
        assert_read(&[first, id3v2(), frames(10)], 20, 20);

        let reader = open(&[tagged_frames(10), id3v2(), tagged_frames(10)], true);
        assert_eq!(reader.tracks[0].num_frames, None);
    }

    #[test]
    fn verify_wrong_frame_count() {
        let len = 101 * FRAME_LEN;

        for (count, declared) in [(1, None), (98, Some(96)), (200, Some(198)), (10_000, None)] {
            let mut reader = open(&[xing(count, len), frames(100)], true);
            assert_eq!(reader.tracks[0].num_frames, declared.map(|n| 1152 * n));
            assert_eq!(read(&mut reader), (100, 1152 * 98));
            // At the end of the stream the number of frames is known.
            assert_eq!(reader.tracks[0].num_frames, declared.map(|_| 1152 * 98));
        }

        // The number of frames may be right if the stream is truncated.
        let mut reader = open(&[xing(200, 201 * FRAME_LEN), frames(100)], true);
        assert_eq!(read(&mut reader), (100, 1152 * 99));
        assert_eq!(reader.tracks[0].num_frames, Some(1152 * 198));
    }

    #[test]
    fn verify_resync() {
        assert_read(&[frames(10), junk(100_000), frames(10)], 20, 20);
        assert_read(&[frames(10), vec![0; 100_000], frames(10)], 20, 20);
        assert_read(&[frames(10), b"\xff\xfe\x90\x04A\x00B".repeat(9999), frames(10)], 20, 20);
        // A frame that lacks some bytes does not affect the frame after it.
        assert_read(&[frames(10)[..10 * FRAME_LEN - 100].to_vec(), frames(10)], 20, 20);
        // A damaged header.
        assert_read(&[frames(10), vec![0; FRAME_LEN], frames(10)], 20, 20);
    }

    #[test]
    fn verify_seek() {
        // It is not known if an unseekable stream goes on, so do not state the number of frames.
        let first = [xing(0, 51 * FRAME_LEN), frames(50)].concat();
        let tag = [id3v2()[..10].to_vec(), junk(id3v2().len() - 10)].concat();
        let parts = [first, tag, tagged_frames(50), junk(5000), frames(50)];

        for seekable in [true, false] {
            let mut reader = open(&parts, seekable);

            for ts in [0, 10_000, 60_000, 120_000, 171_000] {
                let ts = Timestamp::from(ts);
                let to = SeekTo::Timestamp { ts, track_id: 0 };
                let seeked = reader.seek(SeekMode::Accurate, to).unwrap();

                assert!(seeked.actual_ts <= ts);
                assert!(seeked.actual_ts.saturating_add(Duration::new(1152)) > ts);

                let packet = reader.next_packet().unwrap().unwrap();
                assert_eq!(packet.pts, seeked.actual_ts);
            }

            read(&mut reader);
            assert_eq!(reader.next_frame_ts, Timestamp::from(149 * 1152));
        }

        // Every position can be seeked to, also past the end of the first stream.
        let mut reader = open(&parts, true);

        for mode in [SeekMode::Coarse, SeekMode::Accurate] {
            for ts in (-1152..1152 * 149).rev().step_by(5000) {
                let to = SeekTo::Timestamp { ts: Timestamp::from(ts), track_id: 0 };

                match reader.seek(mode, to) {
                    Ok(_) => assert!(reader.next_packet().unwrap().is_some()),
                    Err(Error::SeekError(_)) if mode == SeekMode::Coarse => (),
                    Err(err) => panic!("{err}"),
                }
            }
        }
    }

    #[test]
    fn verify_layer_change() {
        let mut layer2 = vec![0xff, 0xfd, 0x80, 0x04];
        layer2.resize(417, 0);

        let mut reader = open(&[frames(5), layer2.repeat(5)], true);

        for _ in 0..5 {
            assert!(reader.next_packet().unwrap().is_some());
        }

        assert!(matches!(reader.next_packet(), Err(Error::ResetRequired)));
        assert_eq!(reader.format_info().format, FORMAT_ID_MP2);
        assert_eq!(read(&mut reader), (5, 1152 * 5));
    }

    #[test]
    fn test_is_maybe_info_tag_with_crc() {
        let header = FrameHeader {
            version: MpegVersion::Mpeg1,
            layer: MpegLayer::Layer3,
            bitrate: 128000,
            sample_rate: 44100,
            sample_rate_idx: 0,
            channel_mode: ChannelMode::Stereo,
            emphasis: Emphasis::None,
            is_copyrighted: false,
            is_original: false,
            has_padding: false,
            has_crc: true,
            frame_size: 417,
        };

        let mut buf = vec![0u8; 100];
        // Header
        buf[0..4].copy_from_slice(&[0xff, 0xfa, 0x90, 0x44]);
        // CRC (non-zero)
        buf[4] = 0x12;
        buf[5] = 0x34;
        // Tag ID at offset 32 + 4 = 36
        buf[36..40].copy_from_slice(b"Xing");

        // Ensure the heuristic returns true even if a non-zero CRC is present.
        assert!(is_maybe_info_tag(&buf, &header));
    }

    #[test]
    fn test_is_maybe_vbri_tag_with_crc() {
        let header = FrameHeader {
            version: MpegVersion::Mpeg1,
            layer: MpegLayer::Layer3,
            bitrate: 128000,
            sample_rate: 44100,
            sample_rate_idx: 0,
            channel_mode: ChannelMode::Stereo,
            emphasis: Emphasis::None,
            is_copyrighted: false,
            is_original: false,
            has_padding: false,
            has_crc: true,
            frame_size: 417,
        };

        let mut buf = vec![0u8; 100];
        // Header
        buf[0..4].copy_from_slice(&[0xff, 0xfa, 0x90, 0x44]);
        // CRC (non-zero)
        buf[4] = 0x12;
        buf[5] = 0x34;
        // Tag ID at offset 36
        buf[36..40].copy_from_slice(b"VBRI");

        // Ensure the heuristic returns true even if a non-zero CRC is present.
        assert!(is_maybe_vbri_tag(&buf, &header));
    }
}
