//! Detection of jumps of the host's transport: seeks and loop points.
//!
//! A loop is continuous sound: source time goes on over the loop point, and only the position in the song jumps. A seek
//! sets source time. Some hosts report a position that does not move during playback; it is ignored.

use crate::transport::Transport;

/// Difference in seconds between position and source time above which the host has jumped. Shorter than a feature frame.
const TOLERANCE_S: f64 = 0.01;

/// Jump of the transport before a block.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum TransportJump {
    /// The host continues elsewhere: source time becomes this position in seconds.
    Seek(f64),
    /// The host passed a loop point: source time goes on.
    Loop,
}

/// Detector of the jumps of a host.
#[derive(Debug, Default)]
pub struct SeekDetector {
    /// Expected position of the next block in seconds, if the host plays without a jump; none while it is stopped.
    next_s: Option<f64>,
    /// Whether the position has moved with the audio since the last seek, or playback has just started.
    trusted_position: bool,
    /// Expected and actual position in seconds of the last jump during playback.
    last_jump_s: Option<(f64, f64)>,
    /// Source time minus position in seconds since the host passed a loop point; 0 before.
    loop_offset_s: f64,
}

impl SeekDetector {
    /// Adds the transport at a block of `block_s` seconds that starts at source time `source_s`. Returns the jump before
    /// the block; none if the host continues. Real-time safe.
    ///
    /// A jump back is a loop point if it has the range of the host's loop, or, for a host that reports no loop, if the
    /// jump before was the same.
    pub fn update(&mut self, transport: &Transport, source_s: f64, block_s: f64) -> Option<TransportJump> {
        let position_s = transport.position_s.filter(|position_s| transport.playing && position_s.is_finite());
        let Some(position_s) = position_s else {
            *self = Self::default();
            return None;
        };
        let near_s = TOLERANCE_S.min(block_s / 2.0);
        let expected_s = self.next_s;
        let moves = expected_s.is_some_and(|next_s| (next_s - position_s).abs() <= near_s);
        let begins = expected_s.is_none();
        self.trusted_position |= moves || begins;
        self.next_s = Some(position_s + block_s);
        let jump_s = expected_s.map(|from_s| (from_s, position_s)).filter(|_| !moves);
        let loops = self.trusted_position
            && jump_s.is_some_and(|jump_s| self.is_loop_point(jump_s, transport.loop_range_s, block_s));
        self.last_jump_s = jump_s.or(self.last_jump_s);
        if loops {
            self.loop_offset_s = source_s - position_s;
            return Some(TransportJump::Loop);
        }
        let seek = self.trusted_position && (position_s + self.loop_offset_s - source_s).abs() > TOLERANCE_S;
        // After a seek the position is trusted again once it moves with the audio.
        self.trusted_position &= (moves || begins) && !seek;
        if seek {
            self.loop_offset_s = 0.0;
        }
        seek.then_some(TransportJump::Seek(position_s))
    }

    /// Whether the host has passed a loop point since the start or the last seek. Real-time safe.
    #[must_use]
    pub fn has_looped(&self) -> bool {
        self.loop_offset_s != 0.0
    }

    /// Resets the detector to the start of a stream. Real-time safe.
    pub fn reset(&mut self) {
        *self = Self::default();
    }

    /// Whether the jump from the first to the second position passes a loop point. A host may cross the end of its loop
    /// within a block, and so land up to a block after the start.
    fn is_loop_point(&self, (from_s, to_s): (f64, f64), range_s: Option<(f64, f64)>, block_s: f64) -> bool {
        let same = |(end_s, start_s): (f64, f64)| {
            let same_length = ((from_s - to_s) - (end_s - start_s)).abs() <= TOLERANCE_S;
            same_length && (to_s - start_s).abs() <= block_s + TOLERANCE_S
        };
        to_s < from_s
            && (range_s.is_some_and(|(start_s, end_s)| same((end_s, start_s))) || self.last_jump_s.is_some_and(same))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const RATE_HZ: f64 = 48_000.0;
    const BLOCK: i64 = 480;

    /// Feeds blocks at the given positions (samples; none while stopped) and returns the jumps with their blocks.
    fn jumps_in(positions: &[Option<i64>], loop_range_s: Option<(f64, f64)>) -> Vec<(usize, TransportJump)> {
        let mut detector = SeekDetector::default();
        let mut source_s = 0.0;
        let block_s = BLOCK as f64 / RATE_HZ;
        let mut jumps = Vec::new();
        for (i, position) in positions.iter().enumerate() {
            let position_s = Some(position.unwrap_or(77) as f64 / RATE_HZ);
            let transport = Transport { playing: position.is_some(), position_s, loop_range_s, ..Transport::default() };
            if let Some(jump) = detector.update(&transport, source_s, block_s) {
                jumps.push((i, jump));
                if let TransportJump::Seek(to_s) = jump {
                    source_s = to_s;
                }
            }
            source_s += block_s;
        }
        jumps
    }

    fn seeks(positions: &[Option<i64>]) -> Vec<(usize, f64)> {
        let seek = |(i, jump)| match jump {
            TransportJump::Seek(to_s) => (i, to_s),
            TransportJump::Loop => panic!("expected seeks only, got a loop point at block {i}"),
        };
        jumps_in(positions, None).into_iter().map(seek).collect()
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
        assert_eq!(seeks(&song), [(7, 2.0), (17, 1.0), (27, 0.0)], "start, jump, jump");
        let paused: Vec<_> = run(0, 5).chain([None; 20]).chain(run(5 * BLOCK, 5)).collect();
        assert_eq!(seeks(&paused), [(25, 0.05)], "source time advanced while stopped");
        let early: Vec<_> = run(-48_000, 5).collect();
        assert_eq!(seeks(&early), [(0, -1.0)], "a pre-roll");
    }

    #[test]
    fn loop_that_the_host_reports_is_continuous_from_its_first_pass() {
        let range = Some((1.0, 1.2));
        let song: Vec<_> = run(0, 120).chain(run(48_000, 20)).chain(run(48_000, 20)).chain(run(57_600, 5)).collect();
        assert_eq!(
            jumps_in(&song, range),
            [(120, TransportJump::Loop), (140, TransportJump::Loop)],
            "and left at its end"
        );
        // This host crosses the end within a block.
        let late: Vec<_> = run(0, 121).chain(run(48_480, 20)).chain(run(48_480, 20)).collect();
        assert_eq!(jumps_in(&late, range), [(121, TransportJump::Loop), (141, TransportJump::Loop)]);
    }

    #[test]
    fn loop_that_the_host_does_not_report_is_continuous_from_its_second_pass() {
        let pass = || run(96_000, 50);
        let song: Vec<_> = run(0, 250).chain(pass()).chain(pass()).chain(pass()).chain(run(0, 5)).collect();
        let expected = [
            (250, TransportJump::Seek(2.0)),
            (300, TransportJump::Loop),
            (350, TransportJump::Loop),
            (400, TransportJump::Seek(0.0)),
        ];
        assert_eq!(jumps_in(&song, None), expected, "start of the loop, two passes, a real jump");
    }

    #[test]
    fn jump_within_a_reported_loop_is_a_seek() {
        let song: Vec<_> = run(0, 100).chain(run(24_000, 20)).chain(run(240_000, 20)).collect();
        let expected = [(100, TransportJump::Seek(0.5)), (120, TransportJump::Seek(5.0))];
        assert_eq!(jumps_in(&song, Some((0.0, 4.0))), expected);
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
}
