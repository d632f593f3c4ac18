//! R8 of Earmark Stems: after a reset or another activation an instance separates as a fresh one does.

use super::song;
use super::stems_host::{Stems, StemsAudio, host, render, with_audio};

const RATE_HZ: f64 = 44_100.0;
const BLOCK: usize = 1_000;

/// Returns two parts of a song.
fn pieces() -> [[Vec<f32>; 2]; 2] {
    let song = song(6.0);
    let half = song[0].len() / 2;
    [0, half].map(|start| song.each_ref().map(|channel| channel[start..start + half].to_vec()))
}

/// Returns the outputs of a fresh instance in an offline render.
fn fresh(piece: &[Vec<f32>; 2]) -> Stems {
    let mut host = host();
    host.set_offline(true);
    render(&mut host, RATE_HZ, piece, BLOCK, |_| {}).1
}

fn play(audio: &mut StemsAudio, piece: &[Vec<f32>; 2]) -> Stems {
    let mut stems = Stems::default();
    for start in (0..piece[0].len()).step_by(BLOCK) {
        audio.process(piece, start..piece[0].len().min(start + BLOCK), &mut stems);
    }
    stems
}

#[test(needs(Reference))]
fn instance_after_reset_matches_a_fresh_one() {
    let [one, other] = pieces();
    let expected = fresh(&other);
    assert!(expected[1][0].iter().any(|sample| sample.abs() > 0.01), "the song has vocals");
    let mut host = host();
    host.set_offline(true);
    let rounds = |audio: &mut StemsAudio| {
        play(audio, &one);
        audio.reset();
        play(audio, &other)
    };
    let (_, got) = with_audio(&mut host, RATE_HZ, BLOCK, rounds, |_| ());
    assert!(got == expected);
}

#[test(needs(Reference))]
fn instance_after_activation_matches_a_fresh_one() {
    let [one, other] = pieces();
    let mut host = host();
    host.set_offline(true);
    render(&mut host, RATE_HZ, &one, BLOCK, |_| {});
    // One activation in between at another rate and in real time.
    host.set_offline(false);
    render(&mut host, 96_000.0, &one, 64, |_| {});
    host.set_offline(true);
    assert!(render(&mut host, RATE_HZ, &other, BLOCK, |_| {}).1 == fresh(&other));
}
