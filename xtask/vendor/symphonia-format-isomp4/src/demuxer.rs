// Symphonia
// Copyright (c) 2019-2026 The Project Symphonia Developers.
//
// This Source Code Form is subject to the terms of the Mozilla Public
// License, v. 2.0. If a copy of the MPL was not distributed with this
// file, You can obtain one at https://mozilla.org/MPL/2.0/.

use symphonia_core::codecs::CodecParameters;
use symphonia_core::codecs::audio::well_known::CODEC_ID_AAC;
use symphonia_core::codecs::audio::{AudioCodecId, CODEC_ID_NULL_AUDIO};
use symphonia_core::support_format;

use symphonia_core::errors::{
    Error, Result, SeekErrorKind, decode_error, seek_error, unsupported_error,
};
use symphonia_core::formats::TrackFlags;
use symphonia_core::formats::prelude::*;
use symphonia_core::formats::probe::{ProbeFormatData, ProbeableFormat, Score, Scoreable};
use symphonia_core::formats::well_known::FORMAT_ID_ISOMP4;
use symphonia_core::io::*;
use symphonia_core::meta::{Metadata, MetadataLog, MetadataRevision, RawValue};
use symphonia_core::units::Time;

use std::collections::HashMap;
use std::io::{Seek, SeekFrom};
use std::num::NonZero;
use std::sync::Arc;

use crate::atoms::{AtomError, AtomIterator, AtomType, ReadAtom};
use crate::atoms::{FtypAtom, MetaAtom, MoofAtom, MoovAtom, SidxAtom, TrakAtom};
use crate::edits::{Edit, rescale, track_edits};
use crate::stream::*;

use log::{debug, info, trace, warn};

const ISOMP4_FORMAT_INFO: FormatInfo = FormatInfo {
    format: FORMAT_ID_ISOMP4,
    short_name: "isomp4",
    long_name: "ISO Base Media File Format",
};

pub struct TrackState {
    /// The track number.
    track_num: usize,
    /// The track ID.
    track_id: u32,
    /// The current segment.
    cur_seg: usize,
    /// The current sample index relative to the track.
    next_sample: u32,
    /// The current sample byte position relative to the start of the track.
    next_sample_pos: u64,
    /// The base position of the group of samples that contains the last sample.
    cur_base_pos: Option<u64>,
    /// The parts of the media that are presented, in presentation order.
    edits: Vec<Edit>,
    /// The current edit. If there is none with this index, then the track has ended.
    cur_edit: usize,
    /// The duration of media, in timebase units, that must be decoded before the start of an edit
    /// for the decoder to converge.
    preroll: u64,
    /// The timescale of the track.
    timescale: NonZero<u32>,
    /// The sample rate of the track, if it is an audio track.
    sample_rate: Option<NonZero<u32>>,
}

impl TrackState {
    pub fn make(
        track_num: usize,
        trak: &TrakAtom,
        duration: Option<Duration>,
        edits: Vec<Edit>,
    ) -> (Self, Track) {
        let mut track = Track::new(trak.tkhd.id);

        // Create the codec parameters using the sample description atom.
        if let Some(codec_params) = trak.mdia.minf.stbl.stsd.make_codec_params() {
            track.with_codec_params(codec_params);
        }

        // Populate timing information.
        let timescale = trak.mdia.mdhd.timescale;

        track.with_time_base(TimeBase::from_recip(timescale));

        // The duration excludes all media that is not presented.
        let duration = duration.map(|media_dur| {
            edits.iter().fold(Duration::ZERO, |dur, edit| {
                let end = edit.end.map_or(media_dur, Duration::new).min(media_dur);
                dur.saturating_add(end.saturating_sub(Duration::new(edit.start)))
            })
        });

        if let Some(duration) = duration {
            track.with_duration(duration);
        }

        let mut sample_rate = None;
        let mut preroll = 0;

        if let Some(CodecParameters::Audio(audio)) = &track.codec_params {
            sample_rate = audio.sample_rate.and_then(NonZero::new);

            // Select one of several audio tracks like other players do, unless it can't be played.
            let is_default = trak.tkhd.is_enabled() && audio.codec != CODEC_ID_NULL_AUDIO;

            // Samples are independent from each other for PCM and lossless codecs. For other
            // codecs, one second of media exceeds the requirements of all.
            if !is_independently_decodable(audio.codec) {
                preroll = u64::from(timescale.get());
            }

            // If the track is an audio track, and the timescale is a multiple of the sample rate
            // (it is usually equal), then the number of frames is exact. If not, there is no
            // generic, low overhead, & precise way to determine the number of frames.
            if let (Some(sample_rate), Some(duration)) = (sample_rate, duration) {
                if timescale.get() % sample_rate == 0 {
                    let ticks_per_frame = timescale.get() / sample_rate;
                    track.with_num_frames(duration.get() / u64::from(ticks_per_frame));
                }
            }

            if is_default {
                track.with_flags(TrackFlags::DEFAULT);
            }
        }

        let state = Self {
            track_num,
            track_id: trak.tkhd.id,
            cur_seg: 0,
            next_sample: 0,
            next_sample_pos: 0,
            cur_base_pos: None,
            edits,
            cur_edit: 0,
            preroll,
            timescale,
            sample_rate,
        };

        (state, track)
    }

    /// The track does not have any more samples.
    fn end(&mut self) {
        self.cur_edit = self.edits.len();
    }

    /// Get the number of frames to trim from the start of a sample with the duration `dur` given
    /// the duration to trim. Decoders trim frames, so this is not in timebase units if the
    /// timescale is not the sample rate.
    fn trim_frames(&self, trim: u64, dur: u32) -> Duration {
        Duration::new(match self.sample_rate {
            // The duration of a sample may be rounded down. Ensure all of its frames are trimmed.
            Some(rate) if rate > self.timescale && trim > 0 && trim == u64::from(dur) => {
                rescale(trim + 1, self.timescale, rate)
            }
            Some(rate) => rescale(trim, self.timescale, rate),
            None => trim,
        })
    }
}

/// Gets if samples of a codec can be decoded without the preceding samples.
fn is_independently_decodable(codec: AudioCodecId) -> bool {
    use symphonia_core::codecs::audio::well_known::*;

    matches!(
        codec,
        CODEC_ID_ALAC
            | CODEC_ID_FLAC
            | CODEC_ID_PCM_S8
            | CODEC_ID_PCM_U8
            | CODEC_ID_PCM_S16LE
            | CODEC_ID_PCM_S16BE
            | CODEC_ID_PCM_U16LE
            | CODEC_ID_PCM_U16BE
            | CODEC_ID_PCM_S24LE
            | CODEC_ID_PCM_S24BE
            | CODEC_ID_PCM_U24LE
            | CODEC_ID_PCM_U24BE
            | CODEC_ID_PCM_S32LE
            | CODEC_ID_PCM_S32BE
            | CODEC_ID_PCM_U32LE
            | CODEC_ID_PCM_U32BE
            | CODEC_ID_PCM_F32LE
            | CODEC_ID_PCM_F32BE
            | CODEC_ID_PCM_F64LE
            | CODEC_ID_PCM_F64BE
            | CODEC_ID_PCM_ALAW
            | CODEC_ID_PCM_MULAW
    )
}

/// Get the number of frames inserted by the encoder at the start of an AAC track from the iTunes
/// gapless playback tag.
fn itunes_delay(metadata: &MetadataRevision) -> Option<u64> {
    // Real encoders insert far less.
    const MAX_DELAY: u64 = 16384;

    let tag = metadata.media.tags.iter().find(|tag| tag.raw.key.ends_with(":iTunSMPB"))?;

    // The tag is a list of hexadecimal numbers. The first is reserved, the second is the delay.
    let delay = match &tag.raw.value {
        RawValue::String(value) => value.split_ascii_whitespace().nth(1)?,
        _ => return None,
    };

    u64::from_str_radix(delay, 16).ok().filter(|delay| *delay < MAX_DELAY)
}

/// Information regarding the next sample.
#[derive(Debug)]
struct NextSampleInfo {
    /// The track number of the next sample.
    track_num: usize,
    /// The track id.
    track_id: u32,
    /// The timestamp of the next sample.
    ts: Timestamp,
    /// The timestamp expressed in seconds.
    time: Time,
    /// The byte position of the next sample if samples must be read in the order of their position.
    pos: u64,
    /// The duration of the next sample that is presented.
    dur: Duration,
    /// The number of frames to trim from the start of the next sample.
    trim_start: Duration,
    /// The sample is neither presented, nor required to decode one that is.
    is_skipped: bool,
    /// The segment containing the next sample.
    seg_idx: usize,
}

/// Information regarding a sample.
#[derive(Debug)]
struct SampleDataInfo {
    /// The position of the sample in the track.
    pos: u64,
    /// The length of the sample.
    len: u32,
}

/// A representation of time, defining a duration relative to a specific frequency
#[derive(Debug)]
pub struct TimeSpan {
    pub timescale: NonZero<u32>,
    pub duration: Duration,
}

impl Default for TimeSpan {
    fn default() -> Self {
        Self { timescale: NonZero::new(1).expect("1 is non-zero"), duration: Duration::ZERO }
    }
}

impl TimeSpan {
    pub fn new(timescale: NonZero<u32>, duration: Duration) -> Self {
        TimeSpan { timescale, duration }
    }
}

/// ISO Base Media File Format (MP4, M4A, MOV, etc.) demultiplexer.
///
/// `IsoMp4Reader` implements a demuxer for the ISO Base Media File Format.
pub struct IsoMp4Reader<'s> {
    iter: AtomIterator<MediaSourceStream<'s>>,
    media_info: MediaInfo,
    tracks: Vec<Track>,
    metadata: MetadataLog,
    /// Segments of the movie. Sorted in ascending order by sequence number.
    segs: Vec<Box<dyn StreamSegment>>,
    /// State tracker for each track.
    track_states: Vec<TrackState>,
    /// Optional, movie extends atom used for fragmented streams.
    moov: Arc<MoovAtom>,
    /// The total length of the stream, if known.
    total_len: Option<u64>,
}

impl<'s> IsoMp4Reader<'s> {
    pub fn try_new(mut mss: MediaSourceStream<'s>, opts: FormatOptions) -> Result<Self> {
        // To get to beginning of the atom.
        mss.seek_buffered_rel(-4);

        let is_seekable = mss.is_seekable();

        let mut ftyp = None;
        let mut moov = None;

        // Get the total length of the stream, if possible.
        let total_len = if is_seekable {
            let pos = mss.pos();
            let len = mss.seek(SeekFrom::End(0))?;
            mss.seek(SeekFrom::Start(pos))?;
            info!("stream is seekable with len={len} bytes.");
            Some(len)
        }
        else {
            None
        };

        let mut metadata = opts.external_data.metadata.unwrap_or_default();

        // Parse all atoms if the stream is seekable, otherwise parse all atoms up-to the mdat atom.
        let mut it = AtomIterator::new(mss, total_len);
        // Maps each track id to its cumulative duration (TimeSpan) as parsed from the segment
        // index.
        let mut sidx_timespans: HashMap<u32, TimeSpan> = HashMap::new();

        loop {
            let header = match it.next_header() {
                Ok(Some(header)) => header,
                Ok(None) => break,
                // Ignore anything that is not an atom if it follows after the media.
                Err(err) if is_seekable && ftyp.is_some() && moov.is_some() => {
                    warn!("ignoring trailing data: {}", Error::from(err));
                    break;
                }
                Err(err) => return Err(err.into()),
            };

            // Top-level atoms.
            match header.atom_type() {
                AtomType::FileType => {
                    ftyp = Some(it.read_atom::<FtypAtom>()?);
                }
                AtomType::Movie => {
                    moov = Some(it.read_atom::<MoovAtom>()?);
                }
                AtomType::SegmentIndex => {
                    let sidx = it.read_atom::<SidxAtom>()?;

                    // Calculate the total duration, per track, from the segment index atoms.
                    let sidx_timespan = sidx_timespans
                        .entry(sidx.reference_id)
                        .or_insert(TimeSpan::new(sidx.timescale, Duration::ZERO));

                    if sidx_timespan.timescale != sidx.timescale {
                        return unsupported_error(
                            "isomp4: different sidx timescale for the same track",
                        );
                    }

                    // Don't overflow.
                    // TODO: Duration should maybe be None since SIDX is non-authoritative.
                    sidx_timespan.duration = sidx_timespan
                        .duration
                        .checked_add(Duration::new(sidx.total_duration))
                        .ok_or(Error::DecodeError("isomp4: sidx total duration overflow"))?
                }
                AtomType::MediaData | AtomType::MovieFragment => {
                    // The mdat atom contains the codec bitstream data. For fragmented streams, a
                    // moof + mdat pair is required. If the ftyp and moov atoms have been read, then
                    // the top-level atom scan can exit here and begin playback immediately as an
                    // optimization. If not, then the scan must continue.
                    //
                    // The scan must also exit if the source is unseekable because in that case
                    // the format reader cannot skip past these atoms without dropping packets.
                    let is_playable = moov.is_some() && ftyp.is_some();

                    if is_playable || !is_seekable {
                        if !is_playable {
                            warn!("mp4 is not streamable.");
                        }
                        break;
                    }
                }
                AtomType::Meta => {
                    // Read the metadata atom and append it to the log.
                    let mut meta = it.read_atom::<MetaAtom>()?;

                    if let Some(rev) = meta.take_metadata() {
                        metadata.push(rev);
                    }
                }
                AtomType::Free => (),
                AtomType::Skip => (),
                _ => {
                    info!("skipping top-level atom: {:?}.", header.atom_type());
                }
            }
        }

        if ftyp.is_none() {
            return unsupported_error("isomp4: missing ftyp atom");
        }

        if moov.is_none() {
            return unsupported_error("isomp4: missing moov atom");
        }

        // If the top-level atom scan iterated across the entire source (e.g., if moov was the last
        // atom), then the iterator must return to the first moof or mdat atom. This is only
        // possible if the source is seekable. If it's not, then the media will be effectively
        // unplayable.
        if is_seekable && it.pending().is_none() {
            let mut mss = it.into_inner();
            mss.seek(SeekFrom::Start(0))?;

            it = AtomIterator::new(mss, total_len);

            while let Some(header) = it.next_header()? {
                if let AtomType::MovieFragment | AtomType::MediaData = header.atom_type() {
                    break;
                }
            }
        }

        // Fragments (moof + mdat pairs) are streamed. So if the pending atom is a moof, seek the
        // iterator to the start of the moof atom.
        if let Some(atom) = it.pending() {
            if atom.atom_type() == AtomType::MovieFragment {
                it.seek_atom_start()?;
            }
        }

        let mut moov = moov.expect("moov is checked for None above");

        if moov.is_fragmented() {
            if !sidx_timespans.is_empty() {
                info!("stream is segmented with a segment index.");
            }
            else {
                info!("stream is segmented without a segment index.");
            }
        }

        let mut itunes_delay = 0;

        if let Some(rev) = moov.take_metadata() {
            itunes_delay = self::itunes_delay(&rev).unwrap_or(0);
            metadata.push(rev);
        }

        // Create a track and track state for each Track (trak) atom.
        let mut tracks = Vec::with_capacity(moov.traks.len());
        let mut track_states = Vec::with_capacity(moov.traks.len());

        for (t, trak) in moov.traks.iter().enumerate() {
            let timescale = trak.mdia.mdhd.timescale;
            let audio = trak.mdia.minf.stbl.stsd.audio_sample_entry();

            // The length of the frames the decoder discards, and of the frames that are not
            // presented if there is no edit list.
            let (pre_skip, delay) = match (audio, audio.and_then(|audio| audio.sample_rate())) {
                (Some(audio), Some(rate)) => {
                    let delay = if audio.codec_id == CODEC_ID_AAC { itunes_delay } else { 0 };
                    let pre_skip = u64::from(audio.pre_skip);
                    (rescale(pre_skip, rate, timescale), rescale(delay, rate, timescale))
                }
                _ => (0, 0),
            };

            let edits = |media_dur: Option<u64>| {
                let elst = trak.edts.as_ref().and_then(|edts| edts.elst.as_ref());
                let entries = elst.map_or(&[][..], |elst| &elst.entries);

                track_edits(entries, moov.mvhd.timescale, timescale, media_dur, pre_skip, delay)
            };

            // Determine the duration of the media of the track.
            let (duration, edits) = if moov.is_fragmented() {
                // If fragmented, prefer the duration from the sidx, if it is provided. Otherwise,
                // fallback to the mdhd.
                let duration = match sidx_timespans.get(&trak.tkhd.id) {
                    Some(sidx) => Some(rescale(sidx.duration.get(), sidx.timescale, timescale)),
                    // The duration is often unknown when the header is written.
                    None => Some(trak.mdia.mdhd.duration).filter(|&dur| dur > 0 && dur < u64::MAX),
                };

                (duration, edits(None))
            }
            else {
                // If non-fragmented, use the total duration (media timescale) from the track's
                // stts atom.
                let duration = Some(trak.mdia.minf.stbl.stts.total_duration);

                (duration, edits(duration))
            };

            let duration = duration.map(Duration::new);
            let (track_state, track) = TrackState::make(t, trak, duration, edits);

            tracks.push(track);
            track_states.push(track_state);
        }

        // The moov atom will be shared among all segments and the demuxer using an Arc.
        let moov = Arc::new(moov);

        let segs: Vec<Box<dyn StreamSegment>> = vec![Box::new(MoovSegment::new(moov.clone()))];

        // Populate media information.
        let mut media_info = MediaInfo::new();
        media_info.with_time_base(TimeBase::from_recip(moov.mvhd.timescale));
        media_info.with_duration(Duration::new(moov.mvhd.duration));

        let mut reader = IsoMp4Reader {
            iter: it,
            media_info,
            tracks,
            metadata,
            track_states,
            segs,
            moov,
            total_len,
        };

        for track_num in 0..reader.track_states.len() {
            reader.start_edit(track_num, 0)?;
        }

        Ok(reader)
    }

    /// Positions the track `track_num` at the first sample required to present an edit. If there is
    /// no edit with the index `edit_idx`, or no such sample, then the track ends.
    fn start_edit(&mut self, track_num: usize, edit_idx: usize) -> Result<()> {
        let state = &mut self.track_states[track_num];

        state.cur_edit = edit_idx;

        let Some(edit) = state.edits.get(edit_idx)
        else {
            return Ok(());
        };

        // The samples of a fragmented stream are not known in advance, they are skipped instead.
        if self.moov.is_fragmented() {
            return Ok(());
        }

        let ts = edit.start.saturating_sub(state.preroll);

        if ts == 0 {
            state.next_sample = 0;
            state.next_sample_pos = 0;
            state.cur_base_pos = None;
            return Ok(());
        }

        let position = match self.segs[0].ts_sample(track_num, ts)? {
            Some(sample_num) => self.position_track(track_num, 0, sample_num),
            None => decode_error("isomp4: edit is out-of-bounds"),
        };

        match position {
            Err(Error::DecodeError(err)) => {
                self.end_track(track_num, err);
                Ok(())
            }
            position => position,
        }
    }

    /// Ends a track early because its samples are not available. Other tracks may still be played.
    fn end_track(&mut self, track_num: usize, reason: &str) {
        let state = &mut self.track_states[track_num];
        warn!("track {} ended early: {reason}", state.track_id);
        state.end();
    }

    /// Makes a sample the next sample of the track `track_num`.
    fn position_track(&mut self, track_num: usize, seg_idx: usize, sample_num: u32) -> Result<()> {
        // Get the sample information.
        let data_desc = self.segs[seg_idx].sample_data(track_num, sample_num, true)?;

        let track = &mut self.track_states[track_num];

        track.cur_seg = seg_idx;
        track.next_sample = sample_num;
        track.next_sample_pos = data_desc.base_pos.saturating_add(data_desc.offset.unwrap_or(0));
        track.cur_base_pos = Some(data_desc.base_pos);

        Ok(())
    }

    /// Gets the segment and the timing of the next sample of the track `track_num`. Advances to the
    /// next edit if the current one has ended.
    fn next_track_sample(&mut self, track_num: usize) -> Result<Option<(usize, SampleTiming)>> {
        loop {
            let state = &self.track_states[track_num];
            let next_edit = state.cur_edit + 1;

            let Some(edit) = state.edits.get(state.cur_edit)
            else {
                return Ok(None);
            };

            // The next sample may be in a future segment.
            let mut next_sample = None;

            for (seg_idx, seg) in self.segs.iter().enumerate().skip(state.cur_seg) {
                if let Some(timing) = seg.sample_timing(state.track_num, state.next_sample)? {
                    next_sample = Some((seg_idx, timing));
                    break;
                }
            }

            match next_sample {
                Some((seg_idx, timing)) if edit.end.is_none_or(|end| timing.ts < end) => {
                    return Ok(Some((seg_idx, timing)));
                }
                // The segments of a fragmented stream that are known have ended.
                None if self.moov.is_fragmented() => return Ok(None),
                // The edit has ended.
                //
                // The end is not trimmed: segment durations are in units of the coarser movie
                // timescale, and can't express the number of frames exactly.
                _ => self.start_edit(track_num, next_edit)?,
            }
        }
    }

    /// Idempotently gets information regarding the next sample of the media stream. This function
    /// selects the next sample with the lowest timestamp of all tracks.
    fn next_sample_info(&mut self) -> Result<Option<NextSampleInfo>> {
        let mut earliest: Option<NextSampleInfo> = None;

        // TODO: Consider always returning samples based on lowest byte position in the track
        // instead of timestamp. This may be important if video tracks are ever decoded (i.e., DTS
        // vs. PTS).

        for track_num in 0..self.track_states.len() {
            // Get the timing of the next sample of the current track.
            let Some((seg_idx, timing)) = self.next_track_sample(track_num)?
            else {
                continue;
            };

            let state = &self.track_states[track_num];
            let edit = &state.edits[state.cur_edit];

            let sample_end = timing.ts.saturating_add(u64::from(timing.dur));

            // The part of the sample before the edit is trimmed.
            let trim_start = edit.start.saturating_sub(timing.ts).min(u64::from(timing.dur));

            // The start of the media that is required to present the edit.
            let required_ts = edit.start.saturating_sub(state.preroll);

            // The position of the sample relative to the edit is moved to the position of the edit
            // in the presentation. The timestamp is negative if the sample precedes the first edit.
            let ts = i128::from(timing.ts) - i128::from(edit.start) + i128::from(edit.pts);

            let Ok(ts) = i64::try_from(ts).map(Timestamp::new)
            else {
                return Ok(None);
            };

            // Get the timebase of the track used to calculate the presentation time.
            let track = &self.tracks[track_num];
            let tb = track.time_base.expect("track always created with a timebase");

            let Some(time) = tb.calc_time(ts)
            else {
                return Ok(None);
            };

            // If the stream is unseekable, then the samples must be read in the order in which they
            // are stored. Errors are reported once the sample is consumed.
            let pos = match self.total_len {
                Some(_) => 0,
                None => self.sample_data(track_num, seg_idx).map_or(0, |(info, _)| info.pos),
            };

            // Compare the presentation time of the sample from this track to other tracks, and
            // select the track with the earliest presentation time.
            if earliest.as_ref().is_none_or(|other| (pos, time) < (other.pos, other.time)) {
                earliest = Some(NextSampleInfo {
                    track_num,
                    track_id: state.track_id,
                    ts,
                    time,
                    pos,
                    dur: Duration::new(u64::from(timing.dur) - trim_start),
                    trim_start: state.trim_frames(trim_start, timing.dur),
                    is_skipped: sample_end <= required_ts && timing.ts < required_ts,
                    seg_idx,
                });
            }
        }

        Ok(earliest)
    }

    /// Gets the position and length of the next sample of the track `track_num` in a segment, and
    /// the base position of the group of samples that contains it.
    fn sample_data(&self, track_num: usize, seg_idx: usize) -> Result<(SampleDataInfo, u64)> {
        let track = &self.track_states[track_num];

        // Get the sample data descriptor.
        let desc = self.segs[seg_idx].sample_data(track.track_num, track.next_sample, false)?;

        // The sample base position in the sample data descriptor remains constant if the sample
        // followed immediately after the previous sample. In this case, the track state's
        // next_sample_pos is the position of the current sample. If the base position has jumped,
        // in either direction, then the base position is the position of current the sample.
        let pos = if track.cur_base_pos != Some(desc.base_pos) {
            desc.base_pos
        }
        else {
            track.next_sample_pos
        };

        Ok((SampleDataInfo { pos, len: desc.size }, desc.base_pos))
    }

    fn consume_next_sample(&mut self, info: &NextSampleInfo) -> Result<SampleDataInfo> {
        let (sample_info, base_pos) = self.sample_data(info.track_num, info.seg_idx)?;

        // Get the track state.
        let track = &mut self.track_states[info.track_num];

        // Advance the track's current segment to the next sample's segment.
        track.cur_seg = info.seg_idx;

        // Advance the track's next sample number and position.
        track.next_sample = track.next_sample.saturating_add(1);
        track.next_sample_pos = sample_info.pos.saturating_add(u64::from(sample_info.len));
        track.cur_base_pos = Some(base_pos);

        Ok(sample_info)
    }

    fn try_read_more_segments(&mut self) -> Result<bool> {
        // If the stream is not fragmented, then all segments are known.
        if !self.moov.is_fragmented() {
            return Ok(false);
        }

        // If all tracks ended in the last segment, then do not try to read anymore segments.
        //
        // Note, there will always be one segment because the moov atom was converted into a segment
        // when the reader was instantiated.
        let last_seg = self.segs.last().expect("always at least one segment from moov atom");
        if last_seg.all_tracks_ended() {
            return Ok(false);
        }

        // Continue iterating over atoms until a segment (a moof + mdat atom pair) is found. All
        // other atoms will be ignored.
        loop {
            let header = match self.iter.next_header() {
                Ok(Some(header)) => header,
                Ok(None) => break,
                // If fragmented, an EOF is the only way to truly detect the end of stream.
                Err(AtomError::Other(Error::IoError(err)))
                    if self.moov.is_fragmented()
                        && err.kind() == std::io::ErrorKind::UnexpectedEof =>
                {
                    break;
                }
                // Passthrough other errors.
                Err(err) => return Err(err.into()),
            };

            match header.atom_type() {
                AtomType::MediaData => {
                    return Ok(true);
                }
                AtomType::MovieFragment => {
                    let moof = self.iter.read_atom::<MoofAtom>()?;

                    // Get the last segment.
                    let last_seg =
                        self.segs.last().expect("always at least one segment from moov atom");

                    // Create a new segment for the moof atom.
                    let seg = MoofSegment::new(moof, self.moov.clone(), last_seg.as_ref());

                    // Segments should have a monotonic sequence number.
                    if seg.sequence_num() <= last_seg.sequence_num() {
                        warn!("moof fragment has a non-monotonic sequence number.");
                    }

                    // Push the segment.
                    self.segs.push(Box::new(seg));
                }
                _ => {
                    trace!("skipping atom: {:?}.", header.atom_type());
                }
            }
        }

        // If no atoms were returned above, then the end-of-stream has been reached.
        Ok(false)
    }

    fn seek_track_by_time(&mut self, track_num: usize, time: Time) -> Result<SeekedTo> {
        // Convert time to timestamp for the track.
        if let Some(track) = self.tracks.get(track_num) {
            let tb = track.time_base.expect("track always created with a timebase");
            let ts = tb.calc_timestamp(time).ok_or(Error::SeekError(SeekErrorKind::OutOfRange))?;
            self.seek_track_by_ts(track_num, ts)
        }
        else {
            seek_error(SeekErrorKind::Unseekable)
        }
    }

    /// Seeks all tracks excluding the track `track_num`.
    fn seek_other_tracks_by_time(&mut self, track_num: usize, time: Time) -> Result<()> {
        for t in (0..self.track_states.len()).filter(|&t| t != track_num) {
            match self.seek_track_by_time(t, time) {
                // A track that is shorter does not have any more samples.
                Err(Error::SeekError(SeekErrorKind::OutOfRange)) => self.track_states[t].end(),
                result => {
                    result?;
                }
            }
        }

        Ok(())
    }

    fn seek_track_by_ts(&mut self, track_num: usize, ts: Timestamp) -> Result<SeekedTo> {
        debug!("seeking track_num={track_num} to frame_ts={ts}");

        struct SeekLocation {
            seg_idx: usize,
            sample_num: u32,
        }

        // Can only seek to 0 or positive timestamps.
        if ts.is_negative() {
            return seek_error(SeekErrorKind::OutOfRange);
        }

        // Find the edit that contains the timestamp, and map the timestamp to the media.
        let ts_u64 = ts.get() as u64;
        let edits = &self.track_states[track_num].edits;
        let edit_idx = edits.partition_point(|edit| edit.pts <= ts_u64).saturating_sub(1);

        let Some(edit) = edits.get(edit_idx).copied()
        else {
            return seek_error(SeekErrorKind::OutOfRange);
        };

        let media_ts = ts_u64.saturating_sub(edit.pts).saturating_add(edit.start);

        // A timestamp after the last edit is out-of-range.
        if edit.end.is_some_and(|end| media_ts >= end) {
            return seek_error(SeekErrorKind::OutOfRange);
        }

        // The media that is only required to decode the start of the edit is trimmed. So include it
        // if the start of the edit is sought.
        let media_ts = if media_ts == edit.start {
            media_ts.saturating_sub(self.track_states[track_num].preroll)
        }
        else {
            media_ts
        };

        let mut seg_skip = 0;

        let seek_loc = 'locate: loop {
            // Iterate over all segments and attempt to find the segment and sample number that
            // contains the desired timestamp. Skip segments already examined.
            for (seg_idx, seg) in self.segs.iter().enumerate().skip(seg_skip) {
                if let Some(sample_num) = seg.ts_sample(track_num, media_ts)? {
                    break 'locate SeekLocation { seg_idx, sample_num };
                }

                // Mark the segment as examined.
                seg_skip = seg_idx + 1;
            }

            // Otherwise, try to read more segments from the stream.
            if !self.try_read_more_segments()? {
                return seek_error(SeekErrorKind::OutOfRange);
            }
        };

        let seg = &self.segs[seek_loc.seg_idx];

        // Get the sample timing.
        let timing = match seg.sample_timing(track_num, seek_loc.sample_num)? {
            Some(t) => t,
            None => return seek_error(SeekErrorKind::OutOfRange),
        };

        // Update the track's next sample information to point to the seeked sample.
        self.position_track(track_num, seek_loc.seg_idx, seek_loc.sample_num)?;

        let track = &mut self.track_states[track_num];

        track.cur_edit = edit_idx;

        // Try to convert the sample timing to a timestamp. If the sample begins before the edit,
        // then it is trimmed to the start of the edit.
        let actual_ts = match Timestamp::try_from(
            (timing.ts.max(edit.start) - edit.start).saturating_add(edit.pts),
        ) {
            Ok(ts) => ts,
            _ => return seek_error(SeekErrorKind::OutOfRange),
        };

        debug!(
            "seeked track_num={} (track_id={}) to packet_ts={} (delta={})",
            track_num,
            track.track_id,
            actual_ts,
            actual_ts.saturating_delta(ts),
        );

        Ok(SeekedTo { track_id: track.track_id, required_ts: ts, actual_ts })
    }
}

impl Scoreable for IsoMp4Reader<'_> {
    fn score(_src: ScopedStream<&mut MediaSourceStream<'_>>) -> Result<Score> {
        Ok(Score::Supported(255))
    }
}

impl ProbeableFormat<'_> for IsoMp4Reader<'_> {
    fn try_probe_new(
        mss: MediaSourceStream<'_>,
        opts: FormatOptions,
    ) -> Result<Box<dyn FormatReader + '_>> {
        Ok(Box::new(IsoMp4Reader::try_new(mss, opts)?))
    }

    fn probe_data() -> &'static [ProbeFormatData] {
        &[support_format!(
            ISOMP4_FORMAT_INFO,
            &["mp4", "m4a", "m4p", "m4b", "m4r", "m4v", "mov"],
            &["video/mp4", "audio/m4a"],
            &[b"ftyp"] // Top-level atoms
        )]
    }
}

impl FormatReader for IsoMp4Reader<'_> {
    fn format_info(&self) -> &FormatInfo {
        &ISOMP4_FORMAT_INFO
    }

    fn media_info(&self) -> &MediaInfo {
        &self.media_info
    }

    fn next_packet(&mut self) -> Result<Option<Packet>> {
        loop {
            // Get the index of the track with the next-nearest (minimum) timestamp.
            let Some(next_sample_info) = self.next_sample_info()?
            else {
                // The inner reader of the atom iterator has been used/seeked around to read
                // packets, so resync the reader and iterator by seeking to the end of the current
                // pending atom. Under regular circumstances, no actual expensive seek operation is
                // performed since the reader should be at the end of the last iterated atom if we
                // are trying to read another.
                match self.iter.seek_atom_end() {
                    Ok(_) | Err(AtomError::NoPendingAtom) => (),
                    // The atom spans the remainder of the stream.
                    Err(AtomError::UnknownAtomSize) => return Ok(None),
                    Err(_) => return decode_error("sync lost"),
                };

                // No more segments. If the stream is unseekable, it may be the case that there are
                // more segments coming. If the stream is seekable it might be fragmented and no
                // segments are found in the moov atom. Iterate atoms until a new segment is found
                // or the end-of-stream is reached
                if !self.try_read_more_segments()? {
                    return Ok(None);
                }

                continue;
            };

            // Get the position and length information of the next sample.
            let sample_info = match self.consume_next_sample(&next_sample_info) {
                Ok(sample_info) => sample_info,
                Err(Error::DecodeError(err)) => {
                    // The sample tables are incomplete.
                    self.end_track(next_sample_info.track_num, err);
                    continue;
                }
                Err(err) => return Err(err),
            };

            // Samples of zero length do not contain media.
            if next_sample_info.is_skipped || sample_info.len == 0 {
                continue;
            }

            // The stream was cut short.
            let sample_end = sample_info.pos.saturating_add(u64::from(sample_info.len));

            if self.total_len.is_some_and(|total_len| sample_end > total_len) {
                self.end_track(next_sample_info.track_num, "isomp4: sample exceeds the stream");
                continue;
            }

            let data =
                self.iter.read_raw_boxed_slice_exact(sample_info.pos, sample_info.len as usize)?;

            let mut packet = Packet::new(
                next_sample_info.track_id,
                next_sample_info.ts,
                next_sample_info.dur,
                data,
            );

            packet.trim_start = next_sample_info.trim_start;

            return Ok(Some(packet));
        }
    }

    fn metadata(&mut self) -> Metadata<'_> {
        self.metadata.metadata()
    }

    fn tracks(&self) -> &[Track] {
        &self.tracks
    }

    fn seek(&mut self, _mode: SeekMode, to: SeekTo) -> Result<SeekedTo> {
        if self.tracks.is_empty() {
            return seek_error(SeekErrorKind::Unseekable);
        }

        match to {
            SeekTo::Timestamp { ts, track_id } => {
                // The seek timestamp is in timebase units specific to the selected track. Get the
                // selected track and use the timebase to convert the timestamp into time units so
                // that the other tracks can be seeked.
                if let Some((track_num, track)) =
                    self.tracks.iter().enumerate().find(|(_, track)| track.id == track_id)
                {
                    // Convert to time units.
                    let tb = match track.time_base {
                        Some(tb) => tb,
                        None => return seek_error(SeekErrorKind::Unseekable),
                    };
                    let time =
                        tb.calc_time(ts).ok_or(Error::SeekError(SeekErrorKind::Unseekable))?;

                    // Seek all tracks excluding the primary track to the desired time.
                    self.seek_other_tracks_by_time(track_num, time)?;

                    // Seek the primary track and return the result.
                    self.seek_track_by_ts(track_num, ts)
                }
                else {
                    seek_error(SeekErrorKind::InvalidTrack)
                }
            }
            SeekTo::Time { time, track_id } => {
                // If provided, find the track number of the track with the desired track_id, or
                // default to the first track.
                let track_num = match track_id {
                    Some(id) => self
                        .tracks
                        .iter()
                        .position(|track| track.id == id)
                        .ok_or(Error::SeekError(SeekErrorKind::InvalidTrack))?,
                    None => 0,
                };

                // Seek all tracks excluding the selected track.
                self.seek_other_tracks_by_time(track_num, time)?;

                // Seek the primary track and return the result.
                self.seek_track_by_time(track_num, time)
            }
        }
    }

    fn into_inner<'s>(self: Box<Self>) -> MediaSourceStream<'s>
    where
        Self: 's,
    {
        self.iter.into_inner()
    }
}

impl ReadAtom for MediaSourceStream<'_> {}

impl From<AtomError> for Error {
    fn from(value: AtomError) -> Self {
        // Map all atom iteration errors to decode errors.
        let msg = match value {
            AtomError::InvalidAtomSize => "isomp4: invalid atom size",
            AtomError::InvalidUtf8 => "isomp4: invalid utf-8 string",
            AtomError::MaximumDepthReached => "isomp4: maximum recursion depth reached",
            AtomError::NoParentAtom => "isomp4: no parent atom",
            AtomError::NoPendingAtom => "isomp4: no atom pending read",
            AtomError::Overrun => "isomp4: overrun while reading atom",
            AtomError::SeekOutOfRange => "isomp4: out-of-bounds seek for a non-seekable stream",
            AtomError::UnexpectedEndOfAtom => "isomp4: unexpected end of atom",
            AtomError::UnexpectedPosition => "isomp4: unexpected position",
            AtomError::UnexpectedUnknownSizeAtom => "isomp4: unknown size atom has sized parent",
            AtomError::UnexpectedReadOperation => "isomp4: unexpected read operation",
            AtomError::UnknownAtomSize => "isomp4: unknown atom size",
            AtomError::Other(err) => return err,
        };
        Error::DecodeError(msg)
    }
}
