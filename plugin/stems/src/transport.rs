//! Detection of jumps of the host's transport.

use nice_plug::prelude::Transport;

/// Difference in seconds between position and played audio above which the host has jumped.
const TOLERANCE_S: f64 = 0.01;

/// Detector of transport jumps: seeks while playing, loops, and a start at another place than the last stop.
#[derive(Debug, Default)]
pub(crate) struct JumpDetector {
    playing: bool,
    /// Expected position of the next block in seconds.
    next_s: Option<f64>,
    /// Whether the position has moved with the audio since the last jump, or playback has just started. Some hosts report
    /// a position that does not move.
    trusted: bool,
}

impl JumpDetector {
    /// Adds the transport at the start of a block of `frames` samples. Returns true if the audio before the block does
    /// not belong to this block. Real-time safe.
    pub(crate) fn update(&mut self, transport: &Transport, frames: usize) -> bool {
        let rate = f64::from(transport.sample_rate);
        let position_s = transport.pos_samples.map(|samples| samples as f64 / rate).or(transport.pos_seconds);
        let Some(position_s) = position_s.filter(|s| s.is_finite() && transport.playing) else {
            self.playing = transport.playing;
            if transport.playing {
                self.next_s = None;
            }
            return false;
        };
        self.trusted |= !self.playing;
        let moved = self.next_s.is_some_and(|next_s| (position_s - next_s).abs() > TOLERANCE_S);
        let jumped = moved && self.trusted;
        self.trusted = !moved;
        self.playing = true;
        self.next_s = Some(position_s + frames as f64 / rate);
        jumped
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Returns the indices of the blocks of 480 samples at which a jump is detected. None is a stopped transport.
    fn jumps(positions: &[Option<i64>]) -> Vec<usize> {
        let mut detector = JumpDetector::default();
        let at = |position: &Option<i64>| {
            let mut transport = Transport::new(48_000.0);
            (transport.playing, transport.pos_samples) = (position.is_some(), *position);
            transport
        };
        let found = positions.iter().enumerate().filter(|(_, position)| detector.update(&at(position), 480));
        found.map(|(index, _)| index).collect()
    }

    fn run(from: i64, blocks: i64) -> impl Iterator<Item = Option<i64>> {
        (0..blocks).map(move |block| Some(from + block * 480))
    }

    #[test]
    fn jumps_are_detected_and_continuous_playback_has_none() {
        assert_eq!(jumps(&run(0, 50).collect::<Vec<_>>()).len(), 0);
        let looped: Vec<_> = run(96_000, 10).chain(run(48_000, 10)).chain(run(48_000, 3)).collect();
        assert_eq!(jumps(&looped), [10, 20], "a seek and a loop");
        let paused: Vec<_> = run(0, 5).chain([None; 20]).chain(run(5 * 480, 5)).collect();
        assert_eq!(jumps(&paused).len(), 0, "playback continues after a pause");
        let moved: Vec<_> = run(0, 5).chain([None; 20]).chain(run(0, 5)).collect();
        assert_eq!(jumps(&moved), [25], "playback starts elsewhere");
    }

    #[test]
    fn position_that_does_not_move_is_one_jump_at_most() {
        assert!(jumps(&[Some(480_000); 50]).len() <= 1);
        let junk: Vec<_> = (0..50).map(|i: i64| Some(i.wrapping_mul(7_777_777) % 1_000_003)).collect();
        assert!(jumps(&junk).len() <= 1);
    }
}
