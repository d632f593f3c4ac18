//! An offline render in mode `blocks` equals the separation of the file.

use earmark_separate::SeparatorConfig;

use super::stems_host::{host, render, set};
use super::{song, stereo};
use crate::separate::separated;

/// Index of mode `blocks`.
const BLOCKS: f64 = 7.0;

#[test(needs(Reference))]
fn offline_render_equals_the_separation_of_the_file() {
    let rate_hz = 44_100.0;
    let input = song(6.0);
    let mut host = host();
    host.set_offline(true);
    set(&mut host, "Mode", BLOCKS);
    // The host adds silence for the latency, as after the end of a song.
    let mut padded = input.clone();
    padded.iter_mut().for_each(|channel| channel.resize(input[0].len() + 520_000, 0.0));
    let (latency, [_, vocals, _]) = render(&mut host, rate_hz, &padded, 1024, |_| {});

    let stems = separated(&padded.to_vec(), rate_hz, SeparatorConfig::default(), padded[0].len());
    for (got, expected) in vocals.iter().zip(&stems[0]) {
        let got = &got[latency..latency + input[0].len()];
        let worst = got.iter().zip(expected).map(|(got, expected)| (got - expected).abs()).fold(0.0, f32::max);
        let peak = expected.iter().fold(0.0_f32, |peak, sample| peak.max(sample.abs()));
        println!("render: worst difference {worst:.1e}, peak of the vocals {peak:.3}");
        assert!(worst <= 1e-5 && peak > 0.01, "{worst:e}, peak {peak}");
    }
}

#[test]
fn offline_render_of_a_live_mode_misses_no_vocals() {
    let rate_hz = 48_000.0;
    let input = stereo(rate_hz, 5.0);
    let renders = [64, 4096].map(|block| {
        let mut host = host();
        host.set_offline(true);
        let (latency, stems) = render(&mut host, rate_hz, &input, block, |_| {});
        stems.map(|stem| stem.map(|channel| channel[latency..].to_vec()))
    });
    let length = renders[0][1][0].len().min(renders[1][1][0].len());
    for channel in 0..2 {
        let [first, second] = renders.each_ref().map(|stems| &stems[1][channel][..length]);
        let worst = first.iter().zip(second).map(|(a, b)| (a - b).abs()).fold(0.0, f32::max);
        assert!(worst <= 1e-6, "blocks of 64 and of 4096 differ by {worst:e}");
    }
}
