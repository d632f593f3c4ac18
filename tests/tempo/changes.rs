//! Streams without a tempo, with a step of the tempo, and with a break.

use earmark_models::TempoStatus;
use earmark_tests::reference::folder;

use super::{Tracked, is_near, track};
use crate::host::clip::Clip;

const RATE_HZ: f64 = 22_050.0;

/// Generator of noise, -1 to 1.
struct Noise(u32);

impl Noise {
    fn next(&mut self) -> f32 {
        self.0 = self.0.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        (self.0 >> 8) as f32 / (1 << 23) as f32 - 1.0
    }
}

/// Returns pink noise: white noise through three one-pole filters.
fn pink(seconds: f64) -> Vec<f32> {
    let mut noise = Noise(99);
    let mut poles = [0.0_f32; 3];
    let mut sample = || {
        let white = noise.next();
        for (pole, (decay, gain)) in poles.iter_mut().zip([(0.997_65, 0.099), (0.963, 0.296), (0.57, 1.052)]) {
            *pole = decay * *pole + gain * white;
        }
        0.1 * (poles.iter().sum::<f32>() + 0.185 * white)
    };
    (0..(seconds * RATE_HZ) as usize).map(|_| sample()).collect()
}

/// Returns drums: a kick on each beat, a snare on each second and a hat on each half one; `beats` has the times in seconds,
/// and `has_kick` whether kick and snare sound.
fn drums(seconds: f64, beats: &[f64], has_kick: impl Fn(f64) -> bool) -> Vec<f32> {
    let mut samples = vec![0.0_f32; (seconds * RATE_HZ) as usize];
    let mut noise = Noise(5);
    let mut add = |at_s: f64, decay_s: f64, sound: &mut dyn FnMut(f64) -> f32| {
        let first = (at_s * RATE_HZ).round() as usize;
        for (index, sample) in samples.iter_mut().skip(first).take((decay_s * 8.0 * RATE_HZ) as usize).enumerate() {
            let since_s = index as f64 / RATE_HZ;
            *sample += sound(since_s) * (-since_s / decay_s).exp() as f32;
        }
    };
    for (index, pair) in beats.windows(2).enumerate() {
        let at_s = pair[0];
        if has_kick(at_s) {
            add(at_s, 0.06, &mut |t| {
                (0.7 * (std::f64::consts::TAU * (55.0 * t + 4.0 * (1.0 - (-t * 30.0).exp()))).sin()) as f32
            });
            if index % 2 == 1 {
                add(at_s, 0.05, &mut |_| 0.35 * noise.next());
            }
        }
        add((pair[0] + pair[1]) / 2.0, 0.012, &mut |_| 0.15 * noise.next());
    }
    samples
}

/// Returns the times of beats whose tempo in BPM is a function of time, in seconds.
fn beats(seconds: f64, bpm: impl Fn(f64) -> f64) -> Vec<f64> {
    let mut beats = vec![0.2];
    while beats[beats.len() - 1] < seconds {
        let last = beats[beats.len() - 1];
        beats.push(last + 60.0 / bpm(last));
    }
    beats
}

/// Returns the largest distance in ms of a true beat from the line that was known before it, from `from_s` to `to_s`.
fn worst_beat_ms(tracked: &Tracked, beats: &[f64], from_s: f64, to_s: f64) -> f64 {
    let off = |&beat_s: &f64| {
        let line = tracked.at(beat_s).beats.unwrap();
        let beats = line.beats_at(beat_s);
        (beats - beats.round()).abs() * 60.0 / line.bpm * 1000.0
    };
    beats.iter().filter(|&&beat_s| (from_s..to_s).contains(&beat_s)).map(off).fold(0.0, f64::max)
}

fn mono(path: &std::path::Path) -> (Vec<f32>, f64) {
    let clip = Clip::read(path);
    let count = clip.channels.len() as f32;
    let sample = |i: usize| clip.channels.iter().map(|channel| channel[i]).sum::<f32>() / count;
    ((0..clip.frames()).map(sample).collect(), clip.rate_hz)
}

/// Returns `seconds` of a reference clip, which is repeated.
fn clip(name: &str, seconds: f64) -> (Vec<f32>, f64) {
    let (samples, rate_hz) = mono(&folder().unwrap().join("audio").join(name));
    (samples.iter().copied().cycle().take((seconds * rate_hz) as usize).collect(), rate_hz)
}

/// Returns the number of updates that are locked.
fn locked(tracked: &Tracked) -> usize {
    tracked.updates.iter().filter(|update| update.status == TempoStatus::Locked).count()
}

#[test]
fn noise_and_silence_lock_no_tempo() {
    for (name, samples) in [("pink noise", pink(60.0)), ("silence", vec![0.0; 20 * RATE_HZ as usize])] {
        let found = track(&samples, RATE_HZ);
        println!("{name}: {} updates, {} locked", found.updates.len(), locked(&found));
        assert_eq!(locked(&found), 0, "{name}");
    }
}

#[test(needs(Reference))]
fn choir_locks_no_tempo() {
    let (samples, rate_hz) = clip("choir_ambient.flac", 60.0);
    let found = track(&samples, rate_hz);
    println!("choir: {} updates, {} locked", found.updates.len(), locked(&found));
    assert_eq!(locked(&found), 0);
}

#[test(needs(Reference))]
fn outgoing_tempo_of_difficult_metal_changes_less_often_than_the_class() {
    let (samples, rate_hz) = clip("metal_growl.flac", 60.0);
    let found = track(&samples, rate_hz);
    let changes = |tempi: Vec<f64>| tempi.windows(2).filter(|pair| !is_near(pair[1], pair[0])).count();
    let whole = found.updates.iter().filter(|update| update.analyzed_s > 11.8);
    let before = changes(whole.filter_map(|update| update.class).map(|class| class.bpm.into()).collect());
    let after = changes(found.updates.iter().filter_map(|update| update.bpm).collect());
    println!("metal_growl, a minute: the class of the patch changes {before} times, the outgoing tempo {after} times");
    assert!(after * 2 <= before, "{after} changes, {before} of the class");
}

#[test]
fn step_of_the_tempo_is_followed_within_four_seconds() {
    let times = beats(36.0, |at_s| if at_s < 18.0 { 118.0 } else { 142.0 });
    let found = track(&drums(36.0, &times, |_| true), RATE_HZ);
    let before = found.at(18.0).bpm.unwrap();
    assert!(is_near(before, 118.0), "{before}");
    let changed =
        found.updates.iter().find(|update| update.end_s > 18.0 && update.bpm.is_some_and(|bpm| is_near(bpm, 142.0)));
    let after_s = changed.unwrap().end_s - 18.0;
    let right = found.updates.iter().filter(|update| update.end_s > 22.0);
    let wrong = right.filter(|update| update.bpm.is_none_or(|bpm| !is_near(bpm, 142.0))).count();
    println!("step from 118 to 142: right after {after_s:.2} s, {wrong} wrong updates later");
    assert!(after_s <= 4.0 && wrong == 0, "{after_s} s, {wrong} wrong");
}

#[test]
fn break_without_kick_keeps_the_phase() {
    let times = beats(32.0, |_| 128.0);
    let found = track(&drums(32.0, &times, |at_s| !(12.0..20.0).contains(&at_s)), RATE_HZ);
    let worst = worst_beat_ms(&found, &times, 8.0, 31.0);
    println!("break of 8 s: worst beat {worst:.1} ms off");
    assert!(worst <= 25.0, "{worst} ms");
    let numbers: Vec<u64> = found.beats.iter().map(|beat| beat.number).collect();
    assert!(numbers.windows(2).all(|pair| pair[1] == pair[0] + 1), "{numbers:?}");
}

#[test]
fn slow_change_of_the_tempo_is_followed() {
    let times = beats(30.0, |at_s| 110.0 + 20.0 * at_s / 30.0);
    let found = track(&drums(30.0, &times, |_| true), RATE_HZ);
    let worst = worst_beat_ms(&found, &times, 8.0, 29.0);
    let last = found.at(29.5).bpm.unwrap();
    println!("ramp from 110 to 130: worst beat {worst:.1} ms off, {last:.1} BPM at the end");
    assert!(is_near(last, 129.7) && worst <= 35.0, "{last} BPM, {worst} ms");
}
