//! Transport of the host, and detection of its seeks.
//!
//! Hosts leave out values that they do not have, and some report a position that does not move during playback.

/// Difference in seconds between position and source time above which the host has sought. Shorter than a feature
/// frame.
const TOLERANCE_S: f64 = 0.01;

/// Difference in beats below which a position is the expected one.
const BEAT_TOLERANCE: f64 = 1e-3;

/// Transport of the host at the start of a block. An app without a transport uses the default.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub struct Transport {
    /// Whether the host plays.
    pub playing: bool,
    /// Position in the song in seconds, independent of the tempo.
    pub position_s: Option<f64>,
    /// Tempo in quarter notes per minute.
    pub tempo_bpm: Option<f64>,
    /// Position in quarter notes since the start of the song.
    pub beats: Option<f64>,
    /// Start of the current bar in quarter notes since the start of the song.
    pub bar_start_beats: Option<f64>,
    /// Index of the current bar, from 0.
    pub bar: Option<i32>,
    /// Numerator of the time signature.
    pub numerator: Option<i32>,
    /// Denominator of the time signature.
    pub denominator: Option<i32>,
}

/// Transport of the host at a source time, without invalid values.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub struct TransportSnapshot {
    /// Source time of the snapshot in seconds.
    pub source_s: f64,
    /// Transport with finite numbers, positive tempo and meter, and bars only with a position in beats.
    pub host: Transport,
}

/// Position in the host's song.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct BarBeat {
    /// Bar number, from 1; 0 and below in a pre-roll.
    pub bar: i64,
    /// Beat in the bar, from 1.0, in units of the denominator of the time signature.
    pub beat: f64,
    /// Tempo of the host in quarter notes per minute.
    pub tempo_bpm: f64,
}

impl TransportSnapshot {
    /// Creates a snapshot of the valid values of a transport at source time `source_s` (seconds). Real-time safe.
    #[must_use]
    pub fn of(transport: &Transport, source_s: f64) -> Self {
        let beats = transport.beats.filter(|beats| beats.is_finite());
        // Some hosts leave the bar uninitialized if they give no position in beats.
        let in_song = beats.is_some();
        let host = Transport {
            playing: transport.playing,
            position_s: transport.position_s.filter(|position_s| position_s.is_finite()),
            tempo_bpm: transport.tempo_bpm.filter(|tempo| tempo.is_finite() && *tempo > 0.0),
            beats,
            bar_start_beats: transport.bar_start_beats.filter(|start| in_song && start.is_finite()),
            bar: transport.bar.filter(|_| in_song),
            numerator: transport.numerator.filter(|&n| n > 0),
            denominator: transport.denominator.filter(|&n| n > 0),
        };
        Self { source_s, host }
    }

    /// Whether `later` continues this snapshot with the same tempo and meter, without a jump. Real-time safe.
    #[must_use]
    pub(crate) fn continues_as(&self, later: &Self) -> bool {
        let meter = |at: &Self| (at.host.numerator, at.host.denominator, at.host.tempo_bpm);
        let as_expected = match (self.at(later.source_s), later.at(later.source_s)) {
            (Some(expected), Some(got)) => expected.bar == got.bar && (expected.beat - got.beat).abs() < BEAT_TOLERANCE,
            (expected, got) => expected.is_none() && got.is_none(),
        };
        meter(self) == meter(later) && as_expected
    }

    /// Returns bar and beat at source time `source_s` (seconds), extrapolated with the tempo and meter of this
    /// snapshot; none without tempo, meter or a position in beats.
    #[must_use]
    pub fn at(&self, source_s: f64) -> Option<BarBeat> {
        let host = &self.host;
        let (beats, tempo_bpm) = host.beats.zip(host.tempo_bpm)?;
        let (numerator, denominator) = host.numerator.zip(host.denominator)?;
        let beats = beats + (source_s - self.source_s) * tempo_bpm / 60.0;
        let quarters = 4.0 / f64::from(denominator);
        let bar_quarters = f64::from(numerator) * quarters;
        let (start, bar) = match host.bar_start_beats.zip(host.bar) {
            // The host's bar start accounts for earlier meters.
            Some((start, bar)) => (start, f64::from(bar)),
            None => (0.0, 0.0),
        };
        let bars = ((beats - start) / bar_quarters).floor();
        let beat = (beats - start - bars * bar_quarters) / quarters;
        Some(BarBeat { bar: (bar + bars) as i64 + 1, beat: beat + 1.0, tempo_bpm })
    }
}

#[cfg(test)]
impl TransportSnapshot {
    /// Returns a snapshot `beats` quarter notes into a song in 4/4 at `tempo_bpm`.
    pub(crate) fn in_four_four(source_s: f64, beats: f64, tempo_bpm: f64) -> Self {
        let (beats, tempo_bpm) = (Some(beats), Some(tempo_bpm));
        let four = Transport { tempo_bpm, beats, numerator: Some(4), denominator: Some(4), ..Transport::default() };
        Self { source_s, host: four }
    }
}

/// Detector of host seeks.
#[derive(Debug, Default)]
pub struct SeekDetector {
    playing: bool,
    /// Expected position of the next block in seconds, if the host plays without a seek.
    next_s: Option<f64>,
    /// Whether the position has moved with the audio since the last seek, or playback has just started.
    trusted_position: bool,
}

impl SeekDetector {
    /// Adds the transport at a block of `block_s` seconds that starts at source time `source_s`. Returns the position
    /// to seek to before the block, in seconds; none without a seek. Real-time safe.
    pub fn update(&mut self, transport: &Transport, source_s: f64, block_s: f64) -> Option<f64> {
        let position_s = transport.position_s.filter(|position_s| transport.playing && position_s.is_finite());
        let Some(position_s) = position_s else {
            *self = Self::default();
            return None;
        };
        let near_s = TOLERANCE_S.min(block_s / 2.0);
        let moves = self.next_s.is_some_and(|next_s| (next_s - position_s).abs() <= near_s);
        let begins = !self.playing;
        self.trusted_position |= moves || begins;
        self.playing = true;
        self.next_s = Some(position_s + block_s);
        let seek = self.trusted_position && (position_s - source_s).abs() > TOLERANCE_S;
        // After a seek the position is trusted again once it moves with the audio.
        self.trusted_position &= (moves || begins) && !seek;
        seek.then_some(position_s)
    }

    /// Resets the detector to the start of a stream. Real-time safe.
    pub fn reset(&mut self) {
        *self = Self::default();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const RATE_HZ: f64 = 48_000.0;
    const BLOCK: i64 = 480;

    /// Feeds blocks at the given positions (samples; none while stopped) and returns the seeks: block and position.
    fn seeks(positions: &[Option<i64>]) -> Vec<(usize, f64)> {
        let mut detector = SeekDetector::default();
        let mut source_s = 0.0;
        let block_s = BLOCK as f64 / RATE_HZ;
        let mut seeks = Vec::new();
        for (i, position) in positions.iter().enumerate() {
            let position_s = Some(position.unwrap_or(77) as f64 / RATE_HZ);
            let transport = Transport { playing: position.is_some(), position_s, ..Transport::default() };
            if let Some(to_s) = detector.update(&transport, source_s, block_s) {
                seeks.push((i, to_s));
                source_s = to_s;
            }
            source_s += block_s;
        }
        seeks
    }

    fn run(from: i64, blocks: i64) -> impl Iterator<Item = Option<i64>> {
        (0..blocks).map(move |block| Some(from + block * BLOCK))
    }

    #[test]
    fn playback_from_the_start_needs_no_seek() {
        assert_eq!(seeks(&run(0, 50).collect::<Vec<_>>()), []);
    }

    #[test]
    fn host_jumps_are_detected() {
        let stopped = [None; 7];
        let song: Vec<_> = stopped.into_iter().chain(run(96_000, 10)).chain(run(48_000, 10)).chain(run(0, 3)).collect();
        assert_eq!(seeks(&song), [(7, 2.0), (17, 1.0), (27, 0.0)], "start, loop, loop");
        let paused: Vec<_> = run(0, 5).chain([None; 20]).chain(run(5 * BLOCK, 5)).collect();
        assert_eq!(seeks(&paused), [(25, 0.05)], "source time advanced while stopped");
        let early: Vec<_> = run(-48_000, 5).collect();
        assert_eq!(seeks(&early), [(0, -1.0)], "a pre-roll");
    }

    #[test]
    fn position_that_does_not_move_is_ignored() {
        assert_eq!(seeks(&[Some(0); 50]), []);
        assert_eq!(seeks(&[Some(480_000); 50]).len(), 1, "once, when playback starts");
        let junk: Vec<_> = (0..50).map(|i: i64| Some(i.wrapping_mul(7_777_777) % 1_000_003)).collect();
        assert!(seeks(&junk).len() <= 1);
    }

    #[test]
    fn missing_position_causes_no_seek() {
        let mut detector = SeekDetector::default();
        let mut transport = Transport { playing: true, ..Transport::default() };
        assert_eq!(detector.update(&transport, 5.0, 0.01), None);
        transport.position_s = Some(f64::NAN);
        assert_eq!(detector.update(&transport, 5.0, 0.01), None);
        // A position in beats alone depends on the tempo and is ignored.
        transport.position_s = None;
        (transport.beats, transport.tempo_bpm) = (Some(8.0), Some(120.0));
        assert_eq!(detector.update(&transport, 5.0, 0.01), None);
    }

    #[test]
    fn bars_and_beats_follow_meter_and_tempo() {
        let mut transport = Transport { tempo_bpm: Some(120.0), beats: Some(8.0), ..Transport::default() };
        assert_eq!(TransportSnapshot::of(&transport, 10.0).at(10.0), None, "no meter");
        (transport.numerator, transport.denominator) = (Some(3), Some(4));
        let place = TransportSnapshot::of(&transport, 10.0).at(10.0).unwrap();
        assert_eq!((place.bar, place.beat), (3, 3.0), "8 quarters are 2 bars of 3 and 2");
        let place = TransportSnapshot::of(&transport, 10.0).at(11.0).unwrap();
        assert_eq!((place.bar, place.beat), (4, 2.0), "a second at 120 is 2 beats later");
        // After a change of meter only the host knows the start of the bar.
        (transport.bar_start_beats, transport.bar) = (Some(7.0), Some(9));
        let place = TransportSnapshot::of(&transport, 10.0).at(10.0).unwrap();
        assert_eq!((place.bar, place.beat), (10, 2.0));
        transport.beats = None;
        let snapshot = TransportSnapshot::of(&transport, 10.0);
        assert_eq!((snapshot.host.bar_start_beats, snapshot.host.bar), (None, None), "invalid without a position");
    }

    #[test]
    fn eighths_are_counted_as_eighths() {
        let mut transport = Transport { tempo_bpm: Some(60.0), beats: Some(4.5), ..Transport::default() };
        (transport.numerator, transport.denominator) = (Some(6), Some(8));
        let place = TransportSnapshot::of(&transport, 0.0).at(0.0).unwrap();
        assert_eq!((place.bar, place.beat), (2, 4.0));
    }
}
