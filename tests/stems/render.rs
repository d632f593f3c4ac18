//! An offline render in mode `blocks` equals the separation of the file.

use earmark_dsp::SampleRate;
use earmark_separate::{Separator, SeparatorConfig, StemBuffers, two_stems};

use super::stems_host::{host, render, set};
use super::{song, stereo};

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
    let (latency, [_, vocals, _]) = render(&mut host, rate_hz, &padded, 1024, || {});

    let model = two_stems().unwrap();
    let rate = SampleRate::new(rate_hz).unwrap();
    let mut separator = Separator::new(&model, rate, 2, SeparatorConfig::default()).unwrap();
    let mut stems = StemBuffers::default();
    separator.push(&[&padded[0], &padded[1]], &mut stems).unwrap();
    separator.flush(&mut stems).unwrap();
    let index = model.stems().iter().position(|name| name == "vocals").unwrap();
    for (got, expected) in vocals.iter().zip(stems.stem(index)) {
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
        let (latency, stems) = render(&mut host, rate_hz, &input, block, || {});
        stems.map(|stem| stem.map(|channel| channel[latency..].to_vec()))
    });
    let length = renders[0][1][0].len().min(renders[1][1][0].len());
    for channel in 0..2 {
        let [first, second] = renders.each_ref().map(|stems| &stems[1][channel][..length]);
        let worst = first.iter().zip(second).map(|(a, b)| (a - b).abs()).fold(0.0, f32::max);
        assert!(worst <= 1e-6, "blocks of 64 and of 4096 differ by {worst:e}");
    }
}
