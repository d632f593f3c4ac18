//! Conversion of the host's transport.

use earmark_session::Transport;

/// Returns the transport of the host. Prefers a position in samples to one in seconds. Real-time safe.
pub(crate) fn of(host: &nice_plug::prelude::Transport) -> Transport {
    let samples = host.pos_samples.map(|samples| samples as f64 / f64::from(host.sample_rate));
    Transport {
        playing: host.playing,
        position_s: samples.or(host.pos_seconds),
        loop_range_s: host.loop_range_seconds(),
        tempo_bpm: host.tempo,
        beats: host.pos_beats,
        bar_start_beats: host.bar_start_pos_beats,
        bar: host.bar_number,
        numerator: host.time_sig_numerator,
        denominator: host.time_sig_denominator,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn position_in_samples_is_preferred_to_one_in_seconds() {
        let mut host = nice_plug::prelude::Transport::new(48_000.0);
        assert_eq!(of(&host), Transport::default());
        host.pos_seconds = Some(7.0);
        assert_eq!(of(&host).position_s, Some(7.0));
        (host.playing, host.pos_samples, host.tempo) = (true, Some(24_000), Some(90.0));
        host.loop_range_beats = Some((0.0, 3.0));
        let expected = Transport {
            playing: true,
            position_s: Some(0.5),
            loop_range_s: Some((0.0, 2.0)),
            tempo_bpm: Some(90.0),
            ..Transport::default()
        };
        assert_eq!(of(&host), expected);
    }
}
