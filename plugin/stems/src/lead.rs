//! Lead of the host over real time.

use std::time::Instant;

/// Measure of the time by which a host has delivered more audio than has passed.
#[derive(Debug, Default)]
pub(crate) struct Lead {
    start: Option<Instant>,
    /// Length in seconds of the audio since the start.
    source_s: f64,
}

impl Lead {
    /// Adds a block of `block_s` seconds that arrives at `now`. Returns the lead before the block in seconds, 0 or more.
    /// Real-time safe.
    pub(crate) fn add_block(&mut self, now: Instant, block_s: f64) -> f64 {
        let elapsed_s = self.start.map_or(f64::INFINITY, |start| now.duration_since(start).as_secs_f64());
        let lead_s = self.source_s - elapsed_s;
        if lead_s < 0.0 {
            // The host waited: audio that was delivered before is played.
            (self.start, self.source_s) = (Some(now), block_s);
            return 0.0;
        }
        self.source_s += block_s;
        lead_s
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    /// Returns the leads of blocks of 10 ms that arrive at these times in milliseconds.
    fn leads(times_ms: impl IntoIterator<Item = u64>) -> Vec<f64> {
        let (start, mut lead) = (Instant::now(), Lead::default());
        times_ms.into_iter().map(|ms| lead.add_block(start + Duration::from_millis(ms), 0.01)).collect()
    }

    #[test]
    fn playback_has_no_lead_and_a_render_has_a_growing_one() {
        assert!(leads((0..500).map(|i| i * 10 + i % 3)).iter().all(|lead| *lead < 0.003));
        let stalled = leads((0..500).map(|i| if (100..106).contains(&i) { 1050 } else { i * 10 }));
        assert!(stalled.iter().all(|lead| *lead < 0.051), "blocks after a stall arrive at once");
        let render = leads(0..500);
        assert!((render[499] - 4.5).abs() < 0.02, "{}", render[499]);
        let burst = leads((0..20).map(|_| 0).chain((0..100).map(|i| i * 10)));
        assert!((burst[19] - 0.19).abs() < 1e-9 && burst[119] < 0.21);
    }
}
