//! Levels and onsets: hits at known times, music without drums, allocations, and the time from a sound to its OSC message.

use std::net::UdpSocket;
use std::sync::Arc;
use std::thread;
use std::time::{Duration, Instant};

use earmark_descriptors::loudness::LoudnessMeter;
use earmark_dsp::{LevelAnalyzer, LevelEvent, Onset, OnsetBand, SampleRate};
use earmark_models::Registry;
use earmark_session::{Instance, Mode, Session, SessionConfig, SettingsSource, SharedSettings, Transport, WorkerPool};
use earmark_tests::drums::{Drum, Hit, hits, render};
use earmark_tests::{reference, signal};

use crate::host::allocations::{Counts, counted};
use crate::host::clip::Clip;

/// Number of hits of each drum.
const HITS: usize = 200;
/// Largest number of onsets in the ranges of other drums.
const MAX_OTHERS: usize = 10;
/// Largest distance between a hit and its onset in seconds.
const TOLERANCE_S: f64 = 0.02;
/// Number of frames of a block of the live tests.
const BLOCK: usize = 256;
const RATE_HZ: f64 = 48_000.0;

fn rate(hz: f64) -> SampleRate {
    SampleRate::new(hz).unwrap()
}

fn band_of(drum: Drum) -> OnsetBand {
    match drum {
        Drum::Kick => OnsetBand::Kick,
        Drum::Snare => OnsetBand::Snare,
        Drum::Hat => OnsetBand::Hat,
    }
}

fn onsets(rate_hz: f64, samples: &[f32]) -> Vec<Onset> {
    let mut analyzer = LevelAnalyzer::new(rate(rate_hz)).unwrap();
    let mut onsets = Vec::new();
    for block in samples.chunks(BLOCK) {
        analyzer.push(block, &mut |event| {
            if let LevelEvent::Onset(onset) = event {
                onsets.push(onset);
            }
        });
    }
    onsets
}

/// Pairs each hit of a drum with the onsets of its range. Returns the errors in seconds, the number of hits without an
/// onset, and the number of onsets without a hit.
fn paired(drum: Drum, hits: &[Hit], onsets: &[Onset]) -> (Vec<f64>, usize, usize) {
    let mut times: Vec<f64> =
        onsets.iter().filter(|onset| onset.band == band_of(drum)).map(|onset| onset.time_s).collect();
    let (mut errors, mut missed) = (Vec::new(), 0);
    for hit in hits.iter().filter(|hit| hit.drum == drum) {
        match times.iter().position(|time_s| (time_s - hit.at_s).abs() <= TOLERANCE_S) {
            Some(place) => errors.push(times.remove(place) - hit.at_s),
            None => missed += 1,
        }
    }
    (errors, missed, times.len())
}

/// Returns the value at a share of the sorted values.
fn percentile(values: &mut [f64], share: f64) -> f64 {
    values.sort_by(f64::total_cmp);
    values[((values.len() - 1) as f64 * share).round() as usize]
}

#[test]
fn every_hit_of_one_drum_is_found_once() {
    for rate_hz in [44_100.0, 48_000.0, 96_000.0] {
        for (drum, seed) in Drum::ALL.into_iter().zip(1..) {
            let hits = hits(&[drum], HITS, (0.25, 0.5), seed);
            let onsets = onsets(rate_hz, &render(&hits, rate_hz, seed));
            let (mut errors, missed, extra) = paired(drum, &hits, &onsets);
            let others = onsets.iter().filter(|onset| onset.band != band_of(drum)).count();
            println!(
                "levels: {} at {rate_hz} Hz: {} of {HITS} found, {missed} missed, {extra} too many, {others} in other ranges; error \
                 {:.1} ms (p50), {:.1} to {:.1} ms",
                drum.name(),
                errors.len(),
                percentile(&mut errors, 0.5) * 1e3,
                percentile(&mut errors, 0.0) * 1e3,
                percentile(&mut errors, 1.0) * 1e3
            );
            assert_eq!((errors.len(), missed, extra), (HITS, 0, 0), "{} at {rate_hz} Hz", drum.name());
            assert!(others <= MAX_OTHERS, "{} at {rate_hz} Hz: {others} in other ranges", drum.name());
        }
    }
}

#[test]
fn every_hit_of_a_pattern_is_found_once() {
    let hits = hits(&Drum::ALL, 3 * HITS, (0.1, 0.3), 7);
    let onsets = onsets(RATE_HZ, &render(&hits, RATE_HZ, 7));
    for drum in Drum::ALL {
        let (errors, missed, extra) = paired(drum, &hits, &onsets);
        println!("levels: {} of a pattern: {} found, {missed} missed, {extra} too many", drum.name(), errors.len());
        assert_eq!((errors.len(), missed), (HITS, 0), "{}", drum.name());
        assert!(extra <= MAX_OTHERS, "{}: {extra} without a hit", drum.name());
    }
}

#[test(needs(Reference))]
fn choir_has_no_onset_in_a_minute() {
    /// Length of the fade between two repetitions, which would begin with a step otherwise.
    const FADE_S: f64 = 2.0;
    let clip = Clip::read(&reference::folder().unwrap().join("audio/choir_ambient.flac"));
    let mono: Vec<f32> = (0..clip.frames())
        .map(|i| clip.channels.iter().map(|channel| channel[i]).sum::<f32>() / clip.channels.len() as f32)
        .collect();
    let fade = (FADE_S * clip.rate_hz) as usize;
    let mut minute = mono.clone();
    while minute.len() < (60.0 * clip.rate_hz) as usize {
        let start = minute.len() - fade;
        for (i, &sample) in mono.iter().enumerate() {
            let share = (i as f32 / fade as f32).min(1.0);
            match minute.get_mut(start + i) {
                Some(earlier) => *earlier = *earlier * (1.0 - share) + sample * share,
                None => minute.push(sample),
            }
        }
    }
    assert!(minute.len() as f64 >= 60.0 * clip.rate_hz);
    assert_eq!(onsets(clip.rate_hz, &minute), []);
}

#[test]
fn steady_noise_has_few_onsets() {
    let noise = signal::noise((60.0 * RATE_HZ) as usize, 0.3, 5);
    let onsets = onsets(RATE_HZ, &noise);
    println!("levels: {} onsets in a minute of white noise", onsets.len());
    assert!(onsets.len() <= 3, "{onsets:?}");
}

#[test]
fn meters_allocate_nothing_while_they_run() {
    for rate_hz in [44_100.0, 48_000.0, 192_000.0] {
        let samples = render(&hits(&Drum::ALL, 30, (0.1, 0.2), 3), rate_hz, 3);
        let (mut levels, mut loudness) =
            (LevelAnalyzer::new(rate(rate_hz)).unwrap(), LoudnessMeter::new(rate(rate_hz)));
        let mut seen = (0, 0, 0);
        let ((), counts) = counted(|| {
            for block in samples.chunks(BLOCK) {
                levels.push(block, &mut |event| match event {
                    LevelEvent::Frame(_) => seen.0 += 1,
                    LevelEvent::Onset(_) => seen.1 += 1,
                });
                loudness.push(block, &mut |_| seen.2 += 1);
            }
            levels.reset();
            loudness.reset();
        });
        assert_eq!(counts, Counts::default(), "{rate_hz} Hz");
        assert!(seen.0 > 100 && seen.1 == 30 && seen.2 == seen.0, "{seen:?}");
    }
}

/// Session whose levels are sent to a socket of this process.
struct LiveOsc {
    session: Session,
    socket: UdpSocket,
}

impl LiveOsc {
    /// Starts a session with the default models.
    fn start() -> Self {
        let socket = UdpSocket::bind("127.0.0.1:0").unwrap();
        socket.set_nonblocking(true).unwrap();
        let settings = Arc::new(SharedSettings::new(Registry::global()));
        settings.state().change(|state| {
            state.levels = true;
            state.osc.on = true;
            state.osc.address = socket.local_addr().unwrap().to_string();
        });
        let instance = Arc::new(Instance::new(settings));
        let config = SessionConfig { rate: rate(RATE_HZ), channels: 1, max_block: BLOCK };
        let mut session = Session::new(&instance, &WorkerPool::shared(), config).unwrap();
        session.activate(Mode::Realtime);
        session.reset();
        Self { session, socket }
    }

    fn push(&mut self, block: &[f32]) {
        self.session.process(&[block], &Transport::default());
    }

    /// Returns the numbers of datagrams with an onset of a drum and with levels that have arrived.
    fn arrived(&self, drum: Drum) -> (usize, usize) {
        let address = format!("/earmark/onset/{}", drum.name());
        let (mut onsets, mut levels) = (0, 0);
        let mut bytes = [0; 2048];
        while let Ok(length) = self.socket.recv(&mut bytes) {
            let has = |text: &[u8]| bytes[..length].windows(text.len()).any(|window| window == text);
            onsets += usize::from(has(address.as_bytes()));
            levels += usize::from(has(b"/earmark/level/rms"));
        }
        (onsets, levels)
    }
}

/// The worker thread is waited for after each block, so that the result does not depend on the machine: the time is counted
/// in samples.
#[test]
fn message_of_an_onset_is_sent_within_thirty_milliseconds_of_source_time() {
    for drum in Drum::ALL {
        let hits = hits(&[drum], 60, (0.25, 0.5), 11);
        let samples = render(&hits, RATE_HZ, 11);
        let mut live = LiveOsc::start();
        let (mut sent_s, mut frames, mut most_s) = (Vec::new(), 0, 0.0_f64);
        for (number, block) in samples.chunks(BLOCK).enumerate() {
            live.push(block);
            assert!(live.session.wait_idle(Duration::from_secs(60)));
            let now_s = ((number * BLOCK + block.len()) as f64) / RATE_HZ;
            let (onsets, levels) = live.arrived(drum);
            sent_s.extend(std::iter::repeat_n(now_s, onsets));
            frames += levels;
            // Levels are sent with the block that completes them.
            most_s = most_s.max(now_s - frames as f64 * 0.02);
        }
        assert_eq!(sent_s.len(), hits.len(), "{}", drum.name());
        let mut latencies: Vec<f64> = sent_s.iter().zip(&hits).map(|(sent_s, hit)| sent_s - hit.at_s).collect();
        let (p50, p99) = (percentile(&mut latencies, 0.5), percentile(&mut latencies, 0.99));
        println!(
            "levels: {}, from its begin to the end of the block with its message: {:.1} ms (p50), {:.1} ms (p99); levels at most \
             {:.1} ms behind",
            drum.name(),
            p50 * 1e3,
            p99 * 1e3,
            most_s * 1e3
        );
        assert!(p99 <= 0.03, "{}: {p99} s", drum.name());
        assert!(most_s < 0.02 + BLOCK as f64 / RATE_HZ, "levels are {most_s} s behind");
    }
}

/// A block is pushed when its last sample would have been played; the message is received by the same clock.
#[test]
#[ignore = "a minute of real time"]
fn latency_from_a_sound_to_osc_in_real_time() {
    for drum in Drum::ALL {
        let hits = hits(&[drum], 60, (0.25, 0.5), 13);
        let samples = render(&hits, RATE_HZ, 13);
        let mut live = LiveOsc::start();
        // Models are loaded before the clock starts.
        live.push(&vec![0.0; BLOCK]);
        assert!(live.session.wait_idle(Duration::from_secs(60)));
        live.session.reset();
        let receiver = live.socket.try_clone().unwrap();
        receiver.set_nonblocking(false).unwrap();
        receiver.set_read_timeout(Some(Duration::from_secs(2))).unwrap();
        let address = format!("/earmark/onset/{}", drum.name());
        let begun = Instant::now();
        let received = thread::spawn(move || {
            let (mut times, mut bytes) = (Vec::new(), [0; 2048]);
            while let Ok(length) = receiver.recv(&mut bytes) {
                if bytes[..length].windows(address.len()).any(|window| window == address.as_bytes()) {
                    times.push(begun.elapsed().as_secs_f64());
                }
            }
            times
        });
        for (number, block) in samples.chunks(BLOCK).enumerate() {
            let due = Duration::from_secs_f64(((number * BLOCK + block.len()) as f64) / RATE_HZ);
            thread::sleep(due.saturating_sub(begun.elapsed()));
            live.push(block);
        }
        let received = received.join().unwrap();
        assert_eq!(received.len(), hits.len(), "{}", drum.name());
        let mut latencies: Vec<f64> = received.iter().zip(&hits).map(|(at_s, hit)| (at_s - hit.at_s) * 1e3).collect();
        println!(
            "levels: {} from the begin of the sound to its OSC message, {BLOCK} frames: {:.1} ms (p50), {:.1} ms (p99)",
            drum.name(),
            percentile(&mut latencies, 0.5),
            percentile(&mut latencies, 0.99)
        );
    }
}
