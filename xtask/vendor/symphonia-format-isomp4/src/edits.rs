// Symphonia
// Copyright (c) 2019-2026 The Project Symphonia Developers.
//
// This Source Code Form is subject to the terms of the Mozilla Public
// License, v. 2.0. If a copy of the MPL was not distributed with this
// file, You can obtain one at https://mozilla.org/MPL/2.0/.

use std::num::NonZero;

use crate::atoms::elst::ElstEntry;

use log::warn;

/// The maximum number of edits of a track that are applied. This limit prevents malicious files
/// from presenting the same media over and over again.
const MAX_EDITS: usize = 1024;

/// A range of the media of a track that is presented. All fields are in units of the media
/// timescale.
#[derive(Copy, Clone, Debug, PartialEq, Eq)]
pub struct Edit {
    /// The timestamp of the edit within the presentation.
    pub pts: u64,
    /// The timestamp of the start of the range within the media.
    pub start: u64,
    /// The timestamp of the end of the range within the media, exclusive. If `None`, the range
    /// extends to the end of the media.
    pub end: Option<u64>,
}

/// Get the edits of a track in presentation order given the entries of its edit list. There is
/// always at least one edit.
///
/// `media_dur` is the duration of the media in units of the media timescale, or `None` if the media
/// is fragmented. `pre_skip` is the length at the start of the media that is never presented, and
/// `delay` is the start of the presentation within the media if there is no edit list that gives
/// one.
pub fn track_edits(
    entries: &[ElstEntry],
    movie_timescale: NonZero<u32>,
    media_timescale: NonZero<u32>,
    media_dur: Option<u64>,
    pre_skip: u64,
    delay: u64,
) -> Vec<Edit> {
    let mut edits = Vec::new();
    let mut pts = 0;

    for entry in entries {
        // Empty edits (a media time of -1) delay the presentation of the track relative to other
        // tracks. There is no media to present.
        let Ok(start) = u64::try_from(entry.media_time)
        else {
            continue;
        };

        let dur = rescale(entry.segment_duration, movie_timescale, media_timescale);
        let end = start.saturating_add(dur);
        let start = start.max(pre_skip);

        let Some(media_dur) = media_dur
        else {
            // The duration of an edit of fragmented media is not authoritative since it is often
            // written before the media is complete. Only apply the start of the first edit.
            edits.push(Edit { pts, start, end: None });
            break;
        };

        // Ignore edits without media.
        if start >= media_dur {
            continue;
        }

        if edits.len() == MAX_EDITS {
            warn!("too many edits, ignoring the remainder");
            break;
        }

        // Some muxers do not fill in the duration.
        let end = if entry.segment_duration == 0 { media_dur } else { end.min(media_dur) };

        if end > start {
            edits.push(Edit { pts, start, end: Some(end) });
            pts = pts.saturating_add(end - start);
        }
    }

    if edits.is_empty() {
        // Present the whole media, but for the frames inserted by the encoder.
        let start = delay.max(pre_skip).min(media_dur.unwrap_or(u64::MAX));
        edits.push(Edit { pts, start, end: media_dur });
    }

    edits
}

/// Rescale a duration to another timescale, rounding to the nearest unit.
pub fn rescale(dur: u64, from: NonZero<u32>, to: NonZero<u32>) -> u64 {
    let (from, to) = (u128::from(from.get()), u128::from(to.get()));
    u64::try_from((u128::from(dur) * to + from / 2) / from).unwrap_or(u64::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn edits(entries: &[(u64, i64)], media_dur: Option<u64>) -> Vec<(u64, u64, Option<u64>)> {
        let entries: Vec<_> = entries
            .iter()
            .map(|&(segment_duration, media_time)| ElstEntry {
                segment_duration,
                media_time,
                media_rate_int: 1,
                media_rate_frac: 0,
            })
            .collect();

        let movie = NonZero::new(1000).unwrap();
        let media = NonZero::new(44_100).unwrap();

        track_edits(&entries, movie, media, media_dur, 0, 1024)
            .iter()
            .map(|edit| (edit.pts, edit.start, edit.end))
            .collect()
    }

    #[test]
    fn edits_select_the_media() {
        let dur = Some(441_000);

        // Without an edit list, only the delay is skipped.
        assert_eq!(edits(&[], dur), [(0, 1024, dur)]);
        assert_eq!(edits(&[(700, -1)], dur), [(0, 1024, dur)]);
        // The edit list supersedes the delay. An edit does not extend the media.
        assert_eq!(edits(&[(10_000, 0)], dur), [(0, 0, dur)]);
        assert_eq!(edits(&[(700, -1), (20_000, 2112)], dur), [(0, 2112, dur)]);
        assert_eq!(edits(&[(0, 2112)], dur), [(0, 2112, dur)]);
        // Edits are presented in order.
        assert_eq!(
            edits(&[(1000, 88_200), (500, 0)], dur),
            [(0, 88_200, Some(132_300)), (44_100, 0, Some(22_050))]
        );
        // Edits beyond the media are ignored.
        assert_eq!(edits(&[(1000, 441_000)], dur), [(0, 1024, dur)]);
        assert_eq!(edits(&[(u64::MAX, i64::MAX)], dur), [(0, 1024, dur)]);
        // Only the start is known to be right if the media is fragmented.
        assert_eq!(edits(&[(1000, 1024), (1000, 0)], None), [(0, 1024, None)]);
        // The number of edits is limited.
        assert_eq!(edits(&[(1000, 0); MAX_EDITS + 1], dur).len(), MAX_EDITS);
    }
}
