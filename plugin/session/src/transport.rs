//! What the host says of its transport, and what of it can be believed.
//!
//! Hosts leave out what they do not know, some give a position that stands still while playing, and all of them jump.

/// A position that differs from source time by more than this, in seconds, is a jump: less than a feature frame.
const TOLERANCE_S: f64 = 0.01;

/// A beat that is off by less than this is where it was expected.
const SAME_BEAT: f64 = 1e-3;

/// What a host says at a block. An app that only listens says nothing: the default.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub struct Transport {
    /// Whether it plays.
    pub playing: bool,
    /// Position in its song, in seconds, by a clock that does not depend on a tempo.
    pub position_s: Option<f64>,
    /// Tempo, in beats (quarter notes) per minute.
    pub tempo_bpm: Option<f64>,
    /// Position, in quarter notes since the beginning of the song.
    pub beats: Option<f64>,
    /// Where the bar began, in quarter notes.
    pub bar_start_beats: Option<f64>,
    /// Which bar that is, the first being 0.
    pub bar: Option<i32>,
    /// Beats in a bar ...
    pub numerator: Option<i32>,
    /// ... and which fraction of a whole note each is.
    pub denominator: Option<i32>,
}

/// Transport of the host at a source time, without the values that cannot be valid.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub struct TransportSnapshot {
    /// Source time of the snapshot in seconds.
    pub source_s: f64,
    /// Transport with finite numbers, a positive tempo and meter, and bars only beside a position in beats.
    pub host: Transport,
}

/// A place in the song.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct BarBeat {
    /// The bar, the first being 1 as hosts count; 0 and below in a pre-roll.
    pub bar: i64,
    /// The beat in it, the first being 1.0, in units of the time signature.
    pub beat: f64,
    /// The host's tempo there, in quarter notes per minute.
    pub tempo_bpm: f64,
}

impl TransportSnapshot {
    /// Takes what is valid of a host's transport at source time `source_s` (seconds). Real-time safe.
    #[must_use]
    pub fn of(transport: &Transport, source_s: f64) -> Self {
        let beats = transport.beats.filter(|beats| beats.is_finite());
        // Without a position in beats a host's bar is uninitialized memory.
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

    /// Whether `later` is what was to be expected after this. Real-time safe.
    #[must_use]
    pub(crate) fn goes_on_as(&self, later: &Self) -> bool {
        let meter = |at: &Self| (at.host.numerator, at.host.denominator, at.host.tempo_bpm);
        let as_expected = match (self.at(later.source_s), later.at(later.source_s)) {
            (Some(expected), Some(got)) => expected.bar == got.bar && (expected.beat - got.beat).abs() < SAME_BEAT,
            (expected, got) => expected.is_none() && got.is_none(),
        };
        meter(self) == meter(later) && as_expected
    }

    /// Bar and beat at source time `source_s` (seconds), if tempo and meter go on as here; none if the host did not
    /// tell enough.
    #[must_use]
    pub fn at(&self, source_s: f64) -> Option<BarBeat> {
        let host = &self.host;
        let (beats, tempo_bpm) = host.beats.zip(host.tempo_bpm)?;
        let (numerator, denominator) = host.numerator.zip(host.denominator)?;
        let beats = beats + (source_s - self.source_s) * tempo_bpm / 60.0;
        let quarters = 4.0 / f64::from(denominator);
        let bar_quarters = f64::from(numerator) * quarters;
        let (start, bar) = match host.bar_start_beats.zip(host.bar) {
            // Bars begin where the host says, whatever meters went before.
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
    /// So many quarter notes into a song in 4/4 of that tempo.
    pub(crate) fn in_four(source_s: f64, beats: f64, tempo_bpm: f64) -> Self {
        let (beats, tempo_bpm) = (Some(beats), Some(tempo_bpm));
        let four = Transport { tempo_bpm, beats, numerator: Some(4), denominator: Some(4), ..Transport::default() };
        Self { source_s, host: four }
    }
}

/// Decides when the stream has to follow the host to another place.
#[derive(Debug, Default)]
pub struct Follower {
    playing: bool,
    /// Where the next block should begin if the host plays on, in seconds.
    next_s: Option<f64>,
    /// Whether the position has moved with the audio since the last jump, or playing has just begun.
    believed: bool,
}

impl Follower {
    /// Takes the transport at a block of so many seconds that begins at source time `source_s`, and says where to seek
    /// to before it, if anywhere. Real-time safe.
    pub fn follow(&mut self, transport: &Transport, source_s: f64, block_s: f64) -> Option<f64> {
        let position_s = transport.position_s.filter(|position_s| transport.playing && position_s.is_finite());
        let Some(position_s) = position_s else {
            *self = Self::default();
            return None;
        };
        let near_s = TOLERANCE_S.min(block_s / 2.0);
        let moves = self.next_s.is_some_and(|next_s| (next_s - position_s).abs() <= near_s);
        let begins = !self.playing;
        self.believed |= moves || begins;
        self.playing = true;
        self.next_s = Some(position_s + block_s);
        let seek = self.believed && (position_s - source_s).abs() > TOLERANCE_S;
        // After a jump the position has to show that it moves before another is believed.
        self.believed &= (moves || begins) && !seek;
        seek.then_some(position_s)
    }

    /// The stream begins anew. Real-time safe.
    pub fn reset(&mut self) {
        *self = Self::default();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const RATE_HZ: f64 = 48_000.0;
    const BLOCK: i64 = 480;

    /// Feeds blocks at the given positions (samples; none while stopped) and returns where the stream was sent.
    fn follow(positions: &[Option<i64>]) -> Vec<(usize, f64)> {
        let mut follower = Follower::default();
        let mut source_s = 0.0;
        let block_s = BLOCK as f64 / RATE_HZ;
        let mut seeks = Vec::new();
        for (i, position) in positions.iter().enumerate() {
            let position_s = Some(position.unwrap_or(77) as f64 / RATE_HZ);
            let transport = Transport { playing: position.is_some(), position_s, ..Transport::default() };
            if let Some(to_s) = follower.follow(&transport, source_s, block_s) {
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
    fn playing_from_the_beginning_needs_no_seek() {
        assert_eq!(follow(&run(0, 50).collect::<Vec<_>>()), []);
    }

    #[test]
    fn the_stream_goes_where_the_host_goes() {
        let stopped = [None; 7];
        let song: Vec<_> = stopped.into_iter().chain(run(96_000, 10)).chain(run(48_000, 10)).chain(run(0, 3)).collect();
        assert_eq!(follow(&song), [(7, 2.0), (17, 1.0), (27, 0.0)], "start, loop, loop");
        let paused: Vec<_> = run(0, 5).chain([None; 20]).chain(run(5 * BLOCK, 5)).collect();
        assert_eq!(follow(&paused), [(25, 0.05)], "time went on while stopped");
        let early: Vec<_> = run(-48_000, 5).collect();
        assert_eq!(follow(&early), [(0, -1.0)], "a pre-roll");
    }

    #[test]
    fn a_position_that_stands_still_is_not_believed() {
        assert_eq!(follow(&[Some(0); 50]), []);
        assert_eq!(follow(&[Some(480_000); 50]).len(), 1, "once, when playing begins");
        let junk: Vec<_> = (0..50).map(|i: i64| Some(i.wrapping_mul(7_777_777) % 1_000_003)).collect();
        assert!(follow(&junk).len() <= 1);
    }

    #[test]
    fn no_position_is_no_reason_to_go_anywhere() {
        let mut follower = Follower::default();
        let mut transport = Transport { playing: true, ..Transport::default() };
        assert_eq!(follower.follow(&transport, 5.0, 0.01), None);
        transport.position_s = Some(f64::NAN);
        assert_eq!(follower.follow(&transport, 5.0, 0.01), None);
        // Beats alone move with a tempo that nobody promised.
        transport.position_s = None;
        (transport.beats, transport.tempo_bpm) = (Some(8.0), Some(120.0));
        assert_eq!(follower.follow(&transport, 5.0, 0.01), None);
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
        // After other meters the host knows better where bars begin.
        (transport.bar_start_beats, transport.bar) = (Some(7.0), Some(9));
        let place = TransportSnapshot::of(&transport, 10.0).at(10.0).unwrap();
        assert_eq!((place.bar, place.beat), (10, 2.0));
        transport.beats = None;
        let snapshot = TransportSnapshot::of(&transport, 10.0);
        assert_eq!((snapshot.host.bar_start_beats, snapshot.host.bar), (None, None), "junk without a position");
    }

    #[test]
    fn eighths_are_counted_as_eighths() {
        let mut transport = Transport { tempo_bpm: Some(60.0), beats: Some(4.5), ..Transport::default() };
        (transport.numerator, transport.denominator) = (Some(6), Some(8));
        let place = TransportSnapshot::of(&transport, 0.0).at(0.0).unwrap();
        assert_eq!((place.bar, place.beat), (2, 4.0));
    }
}
