// Symphonia
// Copyright (c) 2019-2026 The Project Symphonia Developers.
//
// This Source Code Form is subject to the terms of the Mozilla Public
// License, v. 2.0. If a copy of the MPL was not distributed with this
// file, You can obtain one at https://mozilla.org/MPL/2.0/.

use std::io::{ErrorKind, Seek, SeekFrom};

use symphonia_core::codecs::CodecParameters;
use symphonia_core::codecs::audio::AudioCodecParameters;
use symphonia_core::errors::{Error, Result, SeekErrorKind};
use symphonia_core::errors::{decode_error, seek_error, unsupported_error};
use symphonia_core::formats::prelude::*;
use symphonia_core::formats::probe::{ProbeFormatData, ProbeableFormat, Score, Scoreable};
use symphonia_core::formats::well_known::FORMAT_ID_WAVE;
use symphonia_core::io::*;
use symphonia_core::meta::well_known::METADATA_ID_WAVE;
use symphonia_core::meta::{Metadata, MetadataInfo, MetadataLog};
use symphonia_core::support_format;

use log::{debug, error};

use crate::common::{
    ByteOrder, ChunksReader, PacketInfo, append_data_params, append_format_params, get_data_len,
    is_placeholder_len, next_packet,
};
mod chunks;
use chunks::*;

/// WAVE is actually a RIFF stream, with a "RIFF" ASCII stream marker. The 64-bit variants RF64 and
/// BW64, for files over 4 GiB, have their own markers.
const WAVE_STREAM_MARKERS: [[u8; 4]; 3] = [*b"RIFF", *b"RF64", *b"BW64"];
/// A possible RIFF form is "wave".
const WAVE_RIFF_FORM: [u8; 4] = *b"WAVE";

const WAVE_FORMAT_INFO: FormatInfo = FormatInfo {
    format: FORMAT_ID_WAVE,
    short_name: "wave",
    long_name: "Waveform Audio File Format",
};

const WAVE_METADATA_INFO: MetadataInfo = MetadataInfo {
    metadata: METADATA_ID_WAVE,
    short_name: "wave",
    long_name: "Waveform Audio File Format",
};

/// Waveform Audio File Format (WAV) format reader.
///
/// `WavReader` implements a demuxer for the WAVE container format.
pub struct WavReader<'s> {
    reader: MediaSourceStream<'s>,
    media_info: MediaInfo,
    tracks: Vec<Track>,
    chapters: Option<ChapterGroup>,
    metadata: MetadataLog,
    packet_info: PacketInfo,
    data_start_pos: u64,
    data_end_pos: Option<u64>,
}

impl<'s> WavReader<'s> {
    pub fn try_new(mut mss: MediaSourceStream<'s>, opts: FormatOptions) -> Result<Self> {
        // A Wave file is one large RIFF chunk, with the actual meta and audio data contained in
        // nested chunks. Therefore, the file starts with a RIFF chunk header (chunk ID & size).

        // The top-level chunk has the RIFF chunk ID. This is also the file marker.
        let marker = mss.read_quad_bytes()?;

        if !WAVE_STREAM_MARKERS.contains(&marker) {
            return unsupported_error("wav: missing wave riff stream marker");
        }

        // The length of the top-level RIFF chunk. When wave is encoded to a pipe, or the encoder
        // was killed, this is only a placeholder since the length is not known ahead of time. The
        // length may also be a bit off. Therefore, do not rely on it to read chunks. It's only used
        // to find the end of the data chunk if there is a placeholder for the length of that one.
        let riff_len = mss.read_u32()?;

        let riff_start_pos = mss.pos();
        let mut riff_end_pos =
            Some(riff_start_pos + u64::from(riff_len)).filter(|_| !is_placeholder_len(riff_len));

        // The form type. Only the WAVE form is supported.
        let riff_form = mss.read_quad_bytes()?;

        if riff_form != WAVE_RIFF_FORM {
            error!("riff form is not wave ({})", String::from_utf8_lossy(&riff_form));

            return unsupported_error("wav: riff form is not wave");
        }

        let mut riff_chunks = ChunksReader::<RiffWaveChunks>::new(None, ByteOrder::LittleEndian);

        let mut codec_params = AudioCodecParameters::new();
        let mut metadata = opts.external_data.metadata.unwrap_or_default();
        let mut packet_info = None;
        let mut fact = None;
        let mut data_size_64 = None;

        loop {
            let chunk = match riff_chunks.next(&mut mss) {
                Ok(Some(chunk)) => chunk,
                // The last chunk should always be a data chunk, if it is not, then the stream is
                // unsupported.
                Ok(None) => return unsupported_error("wav: missing data chunk"),
                Err(Error::IoError(err)) if err.kind() == ErrorKind::UnexpectedEof => {
                    return unsupported_error("wav: missing data chunk");
                }
                Err(err) => return Err(err),
            };

            match chunk {
                RiffWaveChunks::DataSize64(ds64) => {
                    let ds64 = ds64.parse_and_skip_unread(&mut mss)?;

                    if ds64.riff_len > 0 {
                        riff_end_pos = Some(riff_start_pos.saturating_add(ds64.riff_len));
                    }

                    data_size_64 = Some(ds64.data_len).filter(|&len| len > 0);
                }
                RiffWaveChunks::Format(fmt) => {
                    let format = fmt.parse_and_skip_unread(&mut mss)?;

                    // The Format chunk contains the block_align field and possible additional
                    // information to handle packetization and seeking.
                    let info = format.packet_info()?;
                    codec_params
                        .with_max_frames_per_packet(info.max_frames_per_packet.get())
                        .with_frames_per_block(info.frames_per_block.get());

                    // Append Format chunk fields to codec parameters.
                    append_format_params(&mut codec_params, format.format_data, format.sample_rate);

                    packet_info = Some(info);
                }
                RiffWaveChunks::Fact(fct) => {
                    fact = Some(fct.parse_and_skip_unread(&mut mss)?);
                }
                RiffWaveChunks::List(lst) => {
                    let list = lst.parse(&mut mss)?;

                    // Riff Lists can have many different forms, but WavReader only supports Info
                    // lists.
                    match &list.form {
                        b"INFO" => metadata.push(read_info_chunk(&mut mss, list.len)?),
                        _ => list.skip(&mut mss)?,
                    }
                }
                RiffWaveChunks::Data(dat) => {
                    let data = dat.parse(&mut mss)?;

                    // Record the bounds of the data chunk.
                    let data_start_pos = mss.pos();
                    let data_len = data_size_64.or_else(|| {
                        get_data_len(&mut mss, data.len, riff_end_pos, ByteOrder::LittleEndian)
                    });
                    let data_end_pos = data_len.map(|len| data_start_pos.saturating_add(len));

                    // Create the track.
                    let mut track = Track::new(0);

                    track.with_codec_params(CodecParameters::Audio(codec_params));

                    let Some(packet_info) = packet_info
                    else {
                        return decode_error("wav: missing format chunk");
                    };

                    // Append Fact chunk fields to track.
                    if let Some(fact) = &fact {
                        append_fact_params(&mut track, fact);
                    }

                    // Append Data chunk fields to track.
                    if let Some(data_len) = data_len {
                        append_data_params(&mut track, data_len, &packet_info);
                    }

                    // Instantiate the reader.
                    return Ok(WavReader {
                        reader: mss,
                        media_info: MediaInfo::from_track(&track),
                        tracks: vec![track],
                        chapters: opts.external_data.chapters,
                        metadata,
                        packet_info,
                        data_start_pos,
                        data_end_pos,
                    });
                }
            }
        }
    }
}

impl Scoreable for WavReader<'_> {
    fn score(mut src: ScopedStream<&mut MediaSourceStream<'_>>) -> Result<Score> {
        // Perform simple scoring by testing that the RIFF stream marker and RIFF form are both
        // valid for WAVE.
        let riff_marker = src.read_quad_bytes()?;
        src.ignore_bytes(4)?;
        let riff_form = src.read_quad_bytes()?;

        if !WAVE_STREAM_MARKERS.contains(&riff_marker) || riff_form != WAVE_RIFF_FORM {
            return Ok(Score::Unsupported);
        }

        Ok(Score::Supported(255))
    }
}

impl ProbeableFormat<'_> for WavReader<'_> {
    fn try_probe_new(
        mss: MediaSourceStream<'_>,
        opts: FormatOptions,
    ) -> Result<Box<dyn FormatReader + '_>> {
        Ok(Box::new(WavReader::try_new(mss, opts)?))
    }

    fn probe_data() -> &'static [ProbeFormatData] {
        &[
            // WAVE RIFF form
            support_format!(
                WAVE_FORMAT_INFO,
                &["wav", "wave"],
                &["audio/vnd.wave", "audio/x-wav", "audio/wav", "audio/wave"],
                &[b"RIFF", b"RF64", b"BW64"]
            ),
        ]
    }
}

impl FormatReader for WavReader<'_> {
    fn format_info(&self) -> &FormatInfo {
        &WAVE_FORMAT_INFO
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
            // Time value given, calculate frame timestamp using the time base.
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

        // WAVE is not internally packetized for PCM codecs. Packetization is simulated by trying to
        // read a constant number of samples or blocks every call to next_packet. Therefore, a
        // packet begins wherever the data stream is currently positioned. Since timestamps on
        // packets should be determinstic, instead of seeking to the exact timestamp requested and
        // starting the next packet there, seek to a packet boundary. In this way, packets will have
        // the same timestamps regardless if the stream was seeked or not.
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

    const FMT: &[u8] = b"fmt \x10\0\0\0\x01\0\x01\0\x22\x56\0\0\x44\xac\0\0\x02\0\x10\0";

    /// Builds a file with a data chunk of 2000 zero frames (16-bit, mono) at its end.
    fn build(marker: &[u8; 4], riff_len: u32, chunks: &[&[u8]], data_len: u32) -> Vec<u8> {
        let mut file = marker.to_vec();
        file.extend(riff_len.to_le_bytes());
        file.extend(b"WAVE");
        file.extend(chunks.concat());
        file.extend(b"data");
        file.extend(data_len.to_le_bytes());
        file.extend([0; 4000]);
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
        let mut reader = WavReader::try_new(mss, Default::default()).unwrap();
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
    fn verify_placeholder_lengths() {
        for (riff_len, data_len) in [
            (36, 0),
            (0, 0),
            (4036, 0),
            (4036, u32::MAX),
            (u32::MAX, u32::MAX),
            (0x7fff_f024, 0x7fff_f000),
        ] {
            let file = build(b"RIFF", riff_len, &[FMT], data_len);
            assert_eq!(read(file.clone(), true), (Some(2000), 2000));
            assert_eq!(read(file, false).1, 2000);
        }

        // Data after the end of the parent chunk is not audio.
        let mut file = build(b"RIFF", 4036, &[FMT], u32::MAX);
        file.extend([0; 1000]);
        assert_eq!(read(file, true), (Some(2000), 2000));
    }

    #[test]
    fn verify_empty_data() {
        let mut file = build(b"RIFF", 36, &[FMT], 0);
        file.truncate(44);
        assert_eq!(read(file.clone(), true), (Some(0), 0));
        assert_eq!(read(file.clone(), false).1, 0);

        file[4] = 36 + 16;
        file.extend(b"LIST\x08\0\0\0INFO\0\0\0\0");
        assert_eq!(read(file, true), (Some(0), 0));
    }

    #[test]
    fn verify_wrong_lengths() {
        // The length of the parent chunk is too short.
        for riff_len in [4, 30, 4028] {
            let file = build(b"RIFF", riff_len, &[FMT], 4000);
            assert_eq!(read(file, true), (Some(2000), 2000));
        }

        // The data chunk is truncated within a frame.
        let mut file = build(b"RIFF", 4036, &[FMT], 4000);
        file.truncate(file.len() - 5);
        assert_eq!(read(file, true), (Some(2000), 1997));
    }

    #[test]
    fn verify_odd_lengths() {
        for junk in [&b"JUNK\x03\0\0\0abc\0"[..], b"JUNK\x03\0\0\0abc"] {
            let file = build(b"RIFF", 0, &[junk, FMT], 4000);
            assert_eq!(read(file, true), (Some(2000), 2000));
        }

        let list = b"LIST\x0f\0\0\0INFOISFT\x03\0\0\0abc\0";
        let file = build(b"RIFF", 0, &[FMT, list], 4000);
        assert_eq!(read(file, true), (Some(2000), 2000));
    }

    #[test]
    fn verify_64_bit_lengths() {
        for marker in [b"RF64", b"BW64"] {
            for (riff_len, data_len) in [(4072u64, 4000u64), (0, 0), (u64::MAX, u64::MAX)] {
                let mut ds64 = b"ds64\x1c\0\0\0".to_vec();
                ds64.extend([riff_len, data_len, 0].map(u64::to_le_bytes).concat());
                ds64.extend([0; 4]);

                let mut file = build(marker, u32::MAX, &[&ds64, FMT], u32::MAX);
                assert_eq!(read(file.clone(), true), (Some(2000), 2000));

                if data_len == 4000 {
                    file.extend(b"axml\x04\0\0\0<x/>");
                    assert_eq!(read(file, true), (Some(2000), 2000));
                }
            }
        }
    }
}
