//! Transport of the host. Hosts leave out values that they do not have.

/// Difference in beats below which a position is the expected one.
const BEAT_TOLERANCE: f64 = 1e-3;

/// Transport of the host at the start of a block. An app without a transport uses the default.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub struct Transport {
    /// Whether the host plays.
    pub playing: bool,
    /// Position in the song in seconds, independent of the tempo.
    pub position_s: Option<f64>,
    /// Start and end of the active loop in seconds; none without an active loop, or if the host does not report it.
    pub loop_range_s: Option<(f64, f64)>,
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
    /// Whether the host has passed a loop point since the start or the last jump. Source time then counts the played
    /// time, and is ahead of the position in the song.
    pub looped: bool,
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
    pub fn of(transport: &Transport, source_s: f64, looped: bool) -> Self {
        let beats = transport.beats.filter(|beats| beats.is_finite());
        // Some hosts leave the bar uninitialized if they give no position in beats.
        let in_song = beats.is_some();
        let host = Transport {
            playing: transport.playing,
            position_s: transport.position_s.filter(|position_s| position_s.is_finite()),
            loop_range_s: transport.loop_range_s.filter(|(start_s, end_s)| start_s.is_finite() && end_s.is_finite()),
            tempo_bpm: transport.tempo_bpm.filter(|tempo| tempo.is_finite() && *tempo > 0.0),
            beats,
            bar_start_beats: transport.bar_start_beats.filter(|start| in_song && start.is_finite()),
            bar: transport.bar.filter(|_| in_song),
            numerator: transport.numerator.filter(|&n| n > 0),
            denominator: transport.denominator.filter(|&n| n > 0),
        };
        Self { source_s, host, looped }
    }

    /// Whether `later` continues this snapshot with the same tempo and meter, without a jump. Real-time safe.
    #[must_use]
    pub(crate) fn continues_as(&self, later: &Self) -> bool {
        let meter = |at: &Self| (at.host.numerator, at.host.denominator, at.host.tempo_bpm);
        let as_expected = match (self.at(later.source_s), later.at(later.source_s)) {
            (Some(expected), Some(got)) => expected.bar == got.bar && (expected.beat - got.beat).abs() < BEAT_TOLERANCE,
            (expected, got) => expected.is_none() && got.is_none(),
        };
        meter(self) == meter(later) && self.looped == later.looped && as_expected
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
        Self { source_s, host: four, looped: false }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bars_and_beats_follow_meter_and_tempo() {
        let mut transport = Transport { tempo_bpm: Some(120.0), beats: Some(8.0), ..Transport::default() };
        assert_eq!(TransportSnapshot::of(&transport, 10.0, false).at(10.0), None, "no meter");
        (transport.numerator, transport.denominator) = (Some(3), Some(4));
        let place = TransportSnapshot::of(&transport, 10.0, false).at(10.0).unwrap();
        assert_eq!((place.bar, place.beat), (3, 3.0), "8 quarters are 2 bars of 3 and 2");
        let place = TransportSnapshot::of(&transport, 10.0, false).at(11.0).unwrap();
        assert_eq!((place.bar, place.beat), (4, 2.0), "a second at 120 is 2 beats later");
        // After a change of meter only the host knows the start of the bar.
        (transport.bar_start_beats, transport.bar) = (Some(7.0), Some(9));
        let place = TransportSnapshot::of(&transport, 10.0, false).at(10.0).unwrap();
        assert_eq!((place.bar, place.beat), (10, 2.0));
        transport.beats = None;
        let snapshot = TransportSnapshot::of(&transport, 10.0, false);
        assert_eq!((snapshot.host.bar_start_beats, snapshot.host.bar), (None, None), "invalid without a position");
    }

    #[test]
    fn eighths_are_counted_as_eighths() {
        let mut transport = Transport { tempo_bpm: Some(60.0), beats: Some(4.5), ..Transport::default() };
        (transport.numerator, transport.denominator) = (Some(6), Some(8));
        let place = TransportSnapshot::of(&transport, 0.0, false).at(0.0).unwrap();
        assert_eq!((place.bar, place.beat), (2, 4.0));
    }
}
