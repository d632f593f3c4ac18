// Symphonia
// Copyright (c) 2019-2026 The Project Symphonia Developers.
//
// This Source Code Form is subject to the terms of the Mozilla Public
// License, v. 2.0. If a copy of the MPL was not distributed with this
// file, You can obtain one at https://mozilla.org/MPL/2.0/.

use std::collections::HashMap;
use std::io::{ErrorKind, Seek, SeekFrom};
use std::sync::Arc;

use symphonia_core::codecs::CodecParameters;
use symphonia_core::codecs::audio::AudioCodecParameters;
use symphonia_core::errors::{Error, decode_error, seek_error, unsupported_error};
use symphonia_core::errors::{Result, SeekErrorKind};
use symphonia_core::formats::prelude::*;
use symphonia_core::formats::probe::{ProbeFormatData, ProbeableFormat, Score, Scoreable};
use symphonia_core::formats::well_known::FORMAT_ID_AIFF;
use symphonia_core::io::*;
use symphonia_core::meta::well_known::METADATA_ID_AIFF;
use symphonia_core::meta::{
    Metadata, MetadataBuilder, MetadataInfo, MetadataLog, StandardTag, Tag,
};
use symphonia_core::support_format;

use log::debug;

use crate::common::{
    ByteOrder, ChunksReader, PacketInfo, append_data_params, append_format_params, get_data_len,
    is_placeholder_len, next_packet,
};
mod chunks;
use chunks::*;

/// Aiff is actually a RIFF stream, with a "FORM" ASCII stream marker.
const AIFF_STREAM_MARKER: [u8; 4] = *b"FORM";
/// A possible RIFF form is "aiff".
const AIFF_RIFF_FORM: [u8; 4] = *b"AIFF";
/// A possible RIFF form is "aifc", using compressed data.
const AIFC_RIFF_FORM: [u8; 4] = *b"AIFC";

const AIFF_FORMAT_INFO: FormatInfo = FormatInfo {
    format: FORMAT_ID_AIFF,
    short_name: "aiff",
    long_name: "Audio Interchange File Format",
};

const AIFF_METADATA_INFO: MetadataInfo = MetadataInfo {
    metadata: METADATA_ID_AIFF,
    short_name: "aiff",
    long_name: "Audio Interchange File Format",
};

/// Audio Interchange File Format (AIFF) format reader.
///
/// `AiffReader` implements a demuxer for the AIFF container format.
pub struct AiffReader<'s> {
    reader: MediaSourceStream<'s>,
    media_info: MediaInfo,
    tracks: Vec<Track>,
    attachments: Vec<Attachment>,
    chapters: Option<ChapterGroup>,
    metadata: MetadataLog,
    packet_info: PacketInfo,
    data_start_pos: u64,
    data_end_pos: Option<u64>,
}

impl<'s> AiffReader<'s> {
    pub fn try_new(mut mss: MediaSourceStream<'s>, opts: FormatOptions) -> Result<Self> {
        // An AIFF file is one large RIFF chunk, with the actual meta and audio data contained in
        // nested chunks. Therefore, the file starts with a RIFF chunk header (chunk ID & size).

        // The top-level chunk has the FORM chunk ID. This is also the file marker.
        let marker = mss.read_quad_bytes()?;

        if marker != AIFF_STREAM_MARKER {
            return unsupported_error("aiff: missing aiff riff stream marker");
        }

        // The length of the top-level FORM chunk. When aiff is encoded to a pipe, or the encoder
        // was killed, this is only a placeholder since the length is not known ahead of time. The
        // length may also be a bit off. Therefore, the mandatory chunks are read regardless of it.
        let riff_len = mss.read_be_u32()?;

        let riff_end_pos =
            Some(mss.pos() + u64::from(riff_len)).filter(|_| !is_placeholder_len(riff_len));

        // The form type. Only AIFF and AIFC forms are supported.
        let riff_form = mss.read_quad_bytes()?;

        if riff_form != AIFF_RIFF_FORM && riff_form != AIFC_RIFF_FORM {
            return unsupported_error("aiff: riff form is not aiff or aifc");
        }

        // Read all chunks. The mandatory chunks are sufficient if the stream is truncated or
        // malformed after them.
        let mut chunks = AiffChunks::new();

        if let Err(err) = chunks.read(&mut mss, riff_form, riff_end_pos) {
            let is_eof =
                matches!(&err, Error::IoError(err) if err.kind() == ErrorKind::UnexpectedEof);

            if chunks.comm.is_none() || (chunks.ssnd.is_none() && !is_eof) {
                return Err(err);
            }

            debug!("reading chunks stopped due to error: {err}");
        }

        let AiffChunks { comm, ssnd, mut data_len, mark, comt, id3, attachments, mut builder } =
            chunks;

        // The common element is mandatory.
        let comm = comm.ok_or(Error::DecodeError("aiff: missing common element"))?;

        // If the sound data element is not present, then assume an empty one.
        let ssnd = ssnd.unwrap_or_else(|| SoundChunk::empty(mss.pos()));

        // Seek to the start of the sound data.
        if mss.is_seekable() {
            mss.seek(SeekFrom::Start(ssnd.data_start_pos))?;
        }

        // Metadata processing.
        let mut metadata = opts.external_data.metadata.unwrap_or_default();

        // Process markers and comments.
        let chapters = process_markers(&comm, mark, comt, &mut builder);

        // Add metadata generated from marker, comment, and text chunks.
        // TODO: Don't add if empty.
        metadata.push(builder.build());

        // Add ID3 metadata.
        if let Some(id3) = id3 {
            metadata.push(id3.metadata);
        }

        // The common chunk contains the block_align field and possible additional information
        // to handle packetization and seeking.
        let packet_info = comm.packet_info()?;

        // If the length of the sound data is not known, or the media source is too short for it,
        // then the number of frames in the common chunk may be more accurate.
        let is_accurate = data_len == Some(u64::from(ssnd.len))
            && mss.byte_len().is_none_or(|end| ssnd.data_start_pos + u64::from(ssnd.len) <= end);

        if !is_accurate && !is_placeholder_len(comm.num_sample_frames) {
            let len = u64::from(comm.num_sample_frames) * packet_info.block_size.get();
            data_len = Some(data_len.map_or(len, |data_len| data_len.min(len)));
        }

        let mut codec_params = AudioCodecParameters::new();
        codec_params
            .with_max_frames_per_packet(packet_info.max_frames_per_packet.get())
            .with_frames_per_block(packet_info.frames_per_block.get());

        // Append common chunk fields to codec parameters.
        append_format_params(&mut codec_params, comm.format_data, comm.sample_rate.get());

        // Create a new track using the collected codec parameters.
        let mut track = Track::new(0);
        track.with_codec_params(CodecParameters::Audio(codec_params));

        // Append sound data chunk fields to track.
        if let Some(data_len) = data_len {
            append_data_params(&mut track, data_len, &packet_info);
        }

        Ok(AiffReader {
            reader: mss,
            media_info: MediaInfo::from_track(&track),
            tracks: vec![track],
            attachments,
            chapters: chapters.or(opts.external_data.chapters),
            metadata,
            packet_info,
            data_start_pos: ssnd.data_start_pos,
            data_end_pos: data_len.map(|data_len| ssnd.data_start_pos + data_len),
        })
    }
}

/// The chunks of an AIFF file.
struct AiffChunks {
    comm: Option<CommonChunk>,
    ssnd: Option<SoundChunk>,
    /// The actual length of the sound data, in bytes, if known.
    data_len: Option<u64>,
    mark: Option<MarkerChunk>,
    comt: Option<CommentsChunk>,
    id3: Option<Id3Chunk>,
    attachments: Vec<Attachment>,
    builder: MetadataBuilder,
}

impl AiffChunks {
    fn new() -> Self {
        AiffChunks {
            comm: None,
            ssnd: None,
            data_len: Some(0),
            mark: None,
            comt: None,
            id3: None,
            attachments: Vec::new(),
            builder: MetadataBuilder::new(AIFF_METADATA_INFO),
        }
    }

    /// Reads all chunks. They can be in any order, so they are collected to be processed later.
    fn read(
        &mut self,
        mss: &mut MediaSourceStream<'_>,
        riff_form: [u8; 4],
        riff_end_pos: Option<u64>,
    ) -> Result<()> {
        let mut riff_chunks = ChunksReader::<RiffAiffChunks>::new(None, ByteOrder::BigEndian);

        // Scan over all chunks.
        loop {
            // Stop at the end of the parent chunk, unless its length cannot be right because a
            // mandatory chunk is missing.
            let is_at_end = riff_end_pos.is_some_and(|end| mss.pos().saturating_add(8) > end);

            if is_at_end && self.comm.is_some() && self.ssnd.is_some() {
                break;
            }

            let Some(chunk) = riff_chunks.next(mss)?
            else {
                break;
            };

            match chunk {
                RiffAiffChunks::Common(chunk) => {
                    // Only one common chunk is allowed.
                    if self.comm.is_some() {
                        return decode_error("aiff: multiple common chunks");
                    }

                    self.comm = match riff_form {
                        AIFF_RIFF_FORM => Some(chunk.parse_aiff(mss)?),
                        AIFC_RIFF_FORM => Some(chunk.parse_aifc(mss)?),
                        _ => unreachable!(),
                    };
                }
                RiffAiffChunks::Sound(chunk) => {
                    // Only one sound data chunk is allowed.
                    if self.ssnd.is_some() {
                        return decode_error("aiff: multiple sound data chunks");
                    }

                    let ssnd = chunk.parse(mss)?;

                    self.data_len = get_data_len(mss, ssnd.len, riff_end_pos, ByteOrder::BigEndian);
                    self.ssnd = Some(ssnd);

                    // If the media source is not seekable, then it is not possible to scan for
                    // chunks past the sound data chunk.
                    if !mss.is_seekable() {
                        break;
                    }

                    // The length of the sound data chunk must also be known.
                    if let Some(len) = self.data_len {
                        mss.ignore_bytes(len)?;
                    }
                    else {
                        break;
                    }
                }
                RiffAiffChunks::Marker(chunk) => {
                    // Only one markers chunk is allowed.
                    if self.mark.is_some() {
                        return decode_error("aiff: multiple markers chunks");
                    }

                    // Saver makers chunk for post-processing.
                    self.mark = Some(chunk.parse_and_skip_unread(mss)?)
                }
                RiffAiffChunks::Comments(chunk) => {
                    // Only one comments chunk is allowed.
                    if self.comt.is_some() {
                        return decode_error("aiff: multiple comments chunks");
                    }

                    // Save comments chunk for post-processing.
                    self.comt = Some(chunk.parse_and_skip_unread(mss)?);
                }
                RiffAiffChunks::AppSpecific(chunk) => {
                    // Add application-specific data.
                    let appl = chunk.parse_and_skip_unread(mss)?;

                    self.attachments.push(Attachment::VendorData(VendorDataAttachment {
                        ident: appl.application,
                        data: appl.data,
                    }));
                }
                RiffAiffChunks::Text(chunk) => {
                    // Add tag.
                    let text = chunk.parse_and_skip_unread(mss)?;
                    self.builder.add_tag(text.tag);
                }
                RiffAiffChunks::Id3(chunk) => self.id3 = Some(chunk.parse_and_skip_unread(mss)?),
            }
        }

        Ok(())
    }
}

fn process_markers(
    comm: &CommonChunk,
    mark: Option<MarkerChunk>,
    comt: Option<CommentsChunk>,
    builder: &mut MetadataBuilder,
) -> Option<ChapterGroup> {
    let mut chapters = Vec::new();
    let mut marker_index = HashMap::new();

    // Process markers chunk.
    if let Some(mark) = mark {
        let tb = TimeBase::from_recip(comm.sample_rate);

        // Create a chapter for each marker.
        chapters.reserve(mark.markers.len());

        for marker in mark.markers {
            // Record the index of the chapter in the chapters vector for the given marker id.
            // Only non-zero positive marker IDs are valid. There should also only be one marker
            // per marker ID.
            if marker.id > 0 && !marker_index.contains_key(&marker.id) {
                marker_index.insert(marker.id, chapters.len());
            }

            // Add the chapter.
            // marker.ts is u32; the result is seconds as i64, so overflow is impossible.
            let start_time = tb
                .calc_time(Timestamp::from(marker.ts))
                .expect("aiff: chapter timestamp overflow is impossible");

            chapters.push(Chapter {
                start_time,
                end_time: None,
                start_byte: None,
                end_byte: None,
                tags: vec![Tag::new_from_parts("NAME", marker.name, None)],
                visuals: vec![],
            });
        }
    }

    // Process comments cjunk.
    if let Some(comt) = comt {
        for comment in comt.comments {
            let value = Arc::new(comment.text);

            let tag =
                Tag::new_from_parts("COMMMENT", value.clone(), Some(StandardTag::Comment(value)));

            if comment.marker_id == 0 {
                // Invalid/unset marker ID, this is a general comment.
                builder.add_tag(tag);
            }
            else if comment.marker_id > 0 {
                // Marker ID is set, this comment belongs to a marker/chapter. Try to get the
                // index of the chapter associated with this marker ID.
                if let Some(idx) = marker_index.get(&comment.marker_id) {
                    // Add tag to chapter.
                    chapters[*idx].tags.push(tag);
                }
            }
        }
    }

    if !chapters.is_empty() {
        Some(ChapterGroup {
            items: chapters.into_iter().map(ChapterGroupItem::Chapter).collect(),
            tags: vec![],
            visuals: vec![],
        })
    }
    else {
        None
    }
}

impl Scoreable for AiffReader<'_> {
    fn score(mut src: ScopedStream<&mut MediaSourceStream<'_>>) -> Result<Score> {
        // Perform simple scoring by testing that the RIFF stream marker and RIFF form are both
        // valid for AIFF.
        let riff_marker = src.read_quad_bytes()?;
        src.ignore_bytes(4)?;
        let riff_form = src.read_quad_bytes()?;

        if riff_marker != AIFF_STREAM_MARKER {
            return Ok(Score::Unsupported);
        }

        if riff_form != AIFF_RIFF_FORM && riff_form != AIFC_RIFF_FORM {
            return Ok(Score::Unsupported);
        }

        Ok(Score::Supported(255))
    }
}

impl ProbeableFormat<'_> for AiffReader<'_> {
    fn try_probe_new(
        mss: MediaSourceStream<'_>,
        opts: FormatOptions,
    ) -> Result<Box<dyn FormatReader + '_>> {
        Ok(Box::new(AiffReader::try_new(mss, opts)?))
    }

    fn probe_data() -> &'static [ProbeFormatData] {
        &[
            // AIFF RIFF form
            support_format!(
                AIFF_FORMAT_INFO,
                &["aiff", "aif", "aifc"],
                &["audio/aiff", "audio/x-aiff", " sound/aiff", "audio/x-pn-aiff"],
                &[b"FORM"]
            ),
        ]
    }
}

impl FormatReader for AiffReader<'_> {
    fn format_info(&self) -> &FormatInfo {
        &AIFF_FORMAT_INFO
    }

    fn media_info(&self) -> &MediaInfo {
        &self.media_info
    }

    fn next_packet(&mut self) -> Result<Option<Packet>> {
        next_packet(
            &mut self.reader,
            &self.packet_info,
            &self.tracks,
            self.data_start_pos,
            self.data_end_pos,
        )
    }

    fn metadata(&mut self) -> Metadata<'_> {
        self.metadata.metadata()
    }

    fn attachments(&self) -> &[Attachment] {
        &self.attachments
    }

    fn chapters(&self) -> Option<&ChapterGroup> {
        self.chapters.as_ref()
    }

    fn tracks(&self) -> &[Track] {
        &self.tracks
    }

    fn seek(&mut self, _mode: SeekMode, to: SeekTo) -> Result<SeekedTo> {
        if self.tracks.is_empty() {
            return seek_error(SeekErrorKind::Unseekable);
        }

        let track = &self.tracks[0];

        let required_ts = match to {
            // Frame timestamp given.
            SeekTo::Timestamp { ts, .. } => ts,
            // Time value given, calculate frame timestamp using the timebase.
            SeekTo::Time { time, .. } => {
                // The timebase is required to calculate the timestamp.
                let tb = track.time_base.ok_or(Error::SeekError(SeekErrorKind::Unseekable))?;

                // If the timestamp overflows, the seek if out-of-range.
                tb.calc_timestamp(time).ok_or(Error::SeekError(SeekErrorKind::OutOfRange))?
            }
        };

        // Negative timestamps are not allowed.
        if required_ts.is_negative() {
            return seek_error(SeekErrorKind::OutOfRange);
        }

        // If the total number of frames in the track is known, verify the desired frame timestamp
        // does not exceed it.
        if let Some(num_frames) = track.num_frames {
            if required_ts.get() as u64 > num_frames {
                return seek_error(SeekErrorKind::OutOfRange);
            }
        }

        debug!("seeking to frame_ts={required_ts}");

        // RIFF is not internally packetized for PCM codecs. Packetization is simulated by trying to
        // read a constant number of samples or blocks every call to next_packet. Therefore, a
        // packet begins wherever the data stream is currently positioned. Since timestamps on
        // packets should be determinstic, instead of seeking to the exact timestamp requested and
        // starting the next packet there, seek to a packet boundary. In this way, packets will have
        // have the same timestamps regardless if the stream was seeked or not.
        let actual_ts = self.packet_info.get_actual_ts(required_ts);

        // Calculate the absolute byte offset of the desired audio frame.
        let seek_pos = self
            .packet_info
            .get_data_pos_at(actual_ts)
            .and_then(|data_pos| self.data_start_pos.checked_add(data_pos))
            .ok_or(Error::SeekError(SeekErrorKind::OutOfRange))?;

        // If the reader supports seeking we can seek directly to the frame's offset wherever it may
        // be.
        if self.reader.is_seekable() {
            self.reader.seek(SeekFrom::Start(seek_pos))?;
        }
        // If the reader does not support seeking, we can only emulate forward seeks by consuming
        // bytes. If the reader has to seek backwards, return an error.
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
            "seeked to packet_ts={} (delta={})",
            actual_ts,
            actual_ts.saturating_delta(required_ts)
        );

        Ok(SeekedTo { track_id: 0, actual_ts, required_ts })
    }

    fn into_inner<'s>(self: Box<Self>) -> MediaSourceStream<'s>
    where
        Self: 's,
    {
        self.reader
    }
}

#[cfg(test)]
mod tests {
    use std::io::Cursor;

    use super::*;

    /// Builds a file with a sound data chunk of 2000 zero frames (16-bit, mono).
    fn build(form_len: u32, comm_frames: u32, ssnd_len: u32, is_ssnd_first: bool) -> Vec<u8> {
        let mut comm = b"COMM\0\0\0\x12\0\x01".to_vec();
        comm.extend(comm_frames.to_be_bytes());
        comm.extend(b"\0\x10\x40\x0d\xac\x44\0\0\0\0\0\0");

        let mut ssnd = b"SSND".to_vec();
        ssnd.extend(ssnd_len.to_be_bytes());
        ssnd.extend([0; 8 + 4000]);

        let mut file = b"FORM".to_vec();
        file.extend(form_len.to_be_bytes());
        file.extend(b"AIFF");
        file.extend(if is_ssnd_first { [ssnd, comm] } else { [comm, ssnd] }.concat());
        file
    }

    /// Returns the declared number of frames, and the number of frames in all packets.
    fn read(file: Vec<u8>, is_seekable: bool) -> (Option<u64>, u64) {
        let source: Box<dyn MediaSource> = if is_seekable {
            Box::new(Cursor::new(file))
        }
        else {
            Box::new(ReadOnlySource::new(Cursor::new(file)))
        };

        let mss = MediaSourceStream::new(source, Default::default());
        let mut reader = AiffReader::try_new(mss, Default::default()).unwrap();
        let mut num_frames = 0;

        loop {
            match reader.next_packet() {
                Ok(Some(packet)) => num_frames += packet.dur.get(),
                Ok(None) => break,
                Err(Error::IoError(err)) if err.kind() == ErrorKind::UnexpectedEof => break,
                Err(err) => panic!("{err}"),
            }
        }

        (reader.tracks[0].num_frames, num_frames)
    }

    #[test]
    fn verify_lengths() {
        for (form_len, comm_frames, ssnd_len) in [
            // All right.
            (4046, 2000, 4008),
            // Placeholders.
            (0, 0, 0),
            (46, 0, 8),
            (0, 2000, 0),
            (u32::MAX, 2000, u32::MAX),
            // Too short or long.
            (4038, 2000, 4008),
            (46, 2000, 4008),
            (9000, 2000, 4008),
            (4046, 2000, 9000),
            (4046, 9000, 4008),
        ] {
            let file = build(form_len, comm_frames, ssnd_len, false);
            assert_eq!(read(file.clone(), true), (Some(2000), 2000));
            assert_eq!(read(file, false).1, 2000);
        }

        for form_len in [4046, 0] {
            let file = build(form_len, 2000, 4008, true);
            assert_eq!(read(file, true), (Some(2000), 2000));
        }
    }

    #[test]
    fn verify_truncated() {
        let mut file = build(4046, 2000, 4008, false);
        file.truncate(file.len() - 1001);
        assert_eq!(read(file, true), (Some(2000), 1499));

        // A truncated chunk after the sound data.
        let mut file = build(4046 + 20, 2000, 4008, false);
        file.extend(b"NAME\0\0\0\x0cabc");
        assert_eq!(read(file, true), (Some(2000), 2000));
    }
}
