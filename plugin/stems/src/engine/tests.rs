//! Tests of a stream with a stub separator, on a simulated clock: the worker runs between blocks, or does not.

use std::sync::atomic::AtomicU64;
use std::thread;

use earmark_dsp::SampleRate;

use super::*;
use crate::link::link;
use crate::mode::{Latencies, OperatingMode};
use crate::overload::Measure;
use crate::status::SeparationState;
use crate::stub_separation::{SHARE, StubSeparation};
use crate::worker::Worker;
use crate::worker_stream::WorkerStream;

const UNITY: MixControls = MixControls { gains: [1.0, 1.0], bypass: false };

fn format(hz: f64, mode: OperatingMode, max_block: usize) -> StreamFormat {
    StreamFormat { rate: SampleRate::new(hz).unwrap(), channels: 2, max_block, mode, offline: false }
}

/// Noise without zeros.
fn noise(frames: usize) -> Vec<f32> {
    let value = |i: usize| (i as u32).wrapping_mul(2_654_435_761) as i32 as f32 / 2.2e9;
    (1..=frames).map(|i| if value(i) == 0.0 { 0.1 } else { value(i) }).collect()
}

/// Outputs of the left channel: main, vocals, accompaniment.
#[derive(Default)]
struct Recorded([Vec<f32>; 3]);

/// Stream whose worker is called by the test.
struct Simulation {
    engine: Engine,
    worker: Option<WorkerStream>,
    status: Arc<StreamStatus>,
    latency: usize,
    recorded: Recorded,
}

impl Simulation {
    fn new(format: StreamFormat) -> Self {
        let status = Arc::new(StreamStatus::default());
        let latency = Latencies::new(format.rate).unwrap().samples(format.mode, format.max_block);
        let (audio, end) = link(&format, latency, &status);
        let worker = WorkerStream::new(format, end, Box::new(StubSeparation::of(&format, latency)));
        let engine = Engine::new(format, latency, audio, thread::current(), &UNITY);
        Self { engine, worker: Some(worker), status, latency, recorded: Recorded::default() }
    }

    /// Processes a block, with the same signal in both channels, and records the left one.
    fn block(&mut self, input: &[f32], controls: &MixControls) {
        let mut outputs: [[Vec<f32>; 2]; 3] = std::array::from_fn(|_| [input.to_vec(), input.to_vec()]);
        let [main, vocals, rest] = &mut outputs;
        let [main_0, main_1] = main;
        let [vocals_0, vocals_1] = vocals;
        let [rest_0, rest_1] = rest;
        let out = Outputs {
            main: &mut [main_0.as_mut_slice(), main_1.as_mut_slice()],
            vocals: &mut [vocals_0.as_mut_slice(), vocals_1.as_mut_slice()],
            accompaniment: &mut [rest_0.as_mut_slice(), rest_1.as_mut_slice()],
        };
        self.engine.process(out, controls);
        for (recorded, [left, _]) in self.recorded.0.iter_mut().zip(&outputs) {
            recorded.extend_from_slice(left);
        }
    }

    /// Lets the worker process all that is there.
    fn work(&mut self) {
        while self.worker.as_mut().is_some_and(|worker| worker.step().unwrap()) {}
    }

    /// Processes `input` in blocks of `block` samples; the worker runs after each block.
    fn play(&mut self, input: &[f32], block: usize, controls: &MixControls) {
        for part in input.chunks(block) {
            self.block(part, controls);
            self.work();
        }
    }

    fn count(&self, counter: impl Fn(&StreamStatus) -> &AtomicU64) -> u64 {
        counter(&self.status).load(Relaxed)
    }

    /// Returns the input, delayed, of what was recorded.
    fn delayed(&self, input: &[f32]) -> Vec<f32> {
        let mut delayed = vec![0.0; self.latency];
        delayed.extend_from_slice(input);
        delayed.truncate(self.recorded.0[0].len());
        delayed
    }
}

/// The declared latency is the measured one.
#[test]
fn latency_is_declared_to_the_sample_in_every_mode() {
    let muted = MixControls { gains: [0.0, 1.0], ..UNITY };
    for mode in OperatingMode::ALL {
        for hz in [44_100.0, 48_000.0, 96_000.0] {
            for block in [1, 64, 1000, 8192] {
                if mode == OperatingMode::Blocks && block < 1000 {
                    continue;
                }
                for controls in [UNITY, muted] {
                    let mut simulation = Simulation::new(format(hz, mode, block));
                    let click = 12_345;
                    let mut input = vec![0.0; click + simulation.latency + 10_000];
                    input[click] = 1.0;
                    simulation.play(&input, block, &controls);
                    let label = format!("{mode:?}, {hz} Hz, blocks of {block}");
                    let expected = [1.0 - SHARE * (1.0 - controls.gains[0]), SHARE, 1.0 - SHARE];
                    for (output, level) in simulation.recorded.0.iter().zip(expected) {
                        let found = output.iter().position(|sample| *sample != 0.0).unwrap();
                        assert_eq!(found, click + simulation.latency, "{label}");
                        assert_eq!(output[found], level, "{label}");
                        assert!(output[found + 1..].iter().all(|sample| *sample == 0.0), "{label}");
                    }
                    assert_eq!(simulation.count(|status| &status.missing_samples), 0, "{label}");
                    assert_eq!(simulation.count(|status| &status.late_samples), 0, "{label}");
                    assert_eq!(simulation.count(|status| &status.late_runs), 0, "{label}");
                }
            }
        }
    }
}

#[test]
fn stems_add_up_to_the_delayed_input_with_one_rounding() {
    let input = noise(200_000);
    let mut simulation = Simulation::new(format(48_000.0, OperatingMode::Quick, 480));
    simulation.play(&input[..90_000], 480, &UNITY);
    simulation.engine.jump();
    simulation.play(&input[90_000..], 333, &UNITY);
    let delayed = simulation.delayed(&input);
    let [main, vocals, rest] = &simulation.recorded.0;
    assert_eq!(main, &delayed);
    for ((vocal, rest), dry) in vocals.iter().zip(rest).zip(&delayed) {
        assert!((vocal + rest - dry).abs() <= 1.2e-7, "{vocal} + {rest} is not {dry}");
    }
}

#[test]
fn vocals_go_on_through_a_jump() {
    let input = noise(150_000);
    let mut simulation = Simulation::new(format(44_100.0, OperatingMode::Normal, 512));
    for (index, part) in input.chunks(512).enumerate() {
        if index % 37 == 20 {
            simulation.engine.jump();
        }
        simulation.play(part, 512, &UNITY);
    }
    let expected: Vec<f32> = simulation.delayed(&input).iter().map(|sample| SHARE * sample).collect();
    assert!(simulation.recorded.0[1] == expected, "vocals at every position");
    assert_eq!(simulation.count(|status| &status.missing_samples), 0);
    assert_eq!(simulation.count(|status| &status.generations), (input.len() / 512 - 20).div_ceil(37) as u64);
}

#[test]
fn output_after_a_reset_is_silent_until_the_first_sample_is_due() {
    let input = noise(60_000);
    let mut simulation = Simulation::new(format(44_100.0, OperatingMode::Tight, 512));
    simulation.play(&input, 512, &UNITY);
    simulation.recorded = Recorded::default();
    simulation.engine.reset(&UNITY);
    simulation.play(&input, 512, &UNITY);
    let delayed = simulation.delayed(&input);
    assert_eq!(simulation.recorded.0[0], delayed);
    let expected: Vec<f32> = delayed.iter().map(|sample| SHARE * sample).collect();
    assert!(simulation.recorded.0[1] == expected, "vocals are not faded in");
    assert_eq!(simulation.count(|status| &status.missing_samples), 0);
    assert_eq!(simulation.count(|status| &status.late_samples), 0);
}

/// A stall is never silent, never a repetition, and every sample is counted.
#[test]
fn stalled_worker_leaves_the_sound_as_accompaniment() {
    for (hz, stall_s) in [(44_100.0, 1), (48_000.0, 10)] {
        let second = hz as usize;
        let input = noise((4 + stall_s) * second);
        let mut simulation = Simulation::new(format(hz, OperatingMode::Normal, 480));
        let (before, rest) = input.split_at(2 * second);
        let (stall, after) = rest.split_at(stall_s * second);
        simulation.play(before, 480, &UNITY);
        stall.chunks(480).for_each(|part| simulation.block(part, &UNITY));
        simulation.play(after, 480, &UNITY);

        let delayed = simulation.delayed(&input);
        let [main, vocals, _] = &simulation.recorded.0;
        assert!(*main == delayed, "the sum is the input throughout");
        let due = &delayed[simulation.latency..];
        let mut absent = 0;
        for (index, (vocal, dry)) in vocals[simulation.latency..].iter().zip(due).enumerate() {
            let weight = vocal / (SHARE * dry);
            assert!((0.0..=1.0).contains(&weight), "sample {index} is of another place: weight {weight}");
            absent += u64::from(*vocal == 0.0);
        }
        let missing = simulation.count(|status| &status.missing_samples);
        assert_eq!(missing, absent);
        let (stalled, latency) = ((stall_s * second) as u64, simulation.latency as u64);
        assert!((stalled - latency..=stalled + latency).contains(&missing), "{missing} of {stalled}");
        let dropped = simulation.count(|status| &status.dropped_samples);
        // The first block after the stall meets a full ring.
        let expected = if stall_s > 2 { (stall_s - 2) * second + 480 } else { 0 };
        assert_eq!(dropped, expected as u64);
        let tail = vocals.len() - second / 2;
        let recovered = vocals[tail..].iter().zip(&delayed[tail..]).all(|(vocal, dry)| *vocal == SHARE * dry);
        assert!(recovered, "vocals return after a stall of {stall_s} s");
        assert!(simulation.count(|status| &status.skipped_runs) > 0);
    }
}

#[test]
fn killed_worker_leaves_the_sound_as_accompaniment() {
    let input = noise(200_000);
    let mut simulation = Simulation::new(format(48_000.0, OperatingMode::Normal, 512));
    simulation.play(&input[..100_000], 512, &UNITY);
    simulation.worker = None;
    simulation.play(&input[100_000..], 512, &UNITY);
    let delayed = simulation.delayed(&input);
    assert_eq!(simulation.recorded.0[0], delayed);
    let tail = &simulation.recorded.0[1][150_000..];
    assert!(tail.iter().all(|sample| *sample == 0.0));
    assert_eq!(simulation.recorded.0[2][150_000..], delayed[150_000..]);
}

/// Order of the measures, with runs that come too late.
#[test]
fn late_runs_reduce_quality_and_then_pause() {
    let second = 44_100;
    let input = noise(second);
    let mut simulation = Simulation::new(format(44_100.0, OperatingMode::Relaxed, 441));
    let mut measures = vec![(0, Measure::Full)];
    let mut hundredth = 0_usize;
    let mut run = |simulation: &mut Simulation, seconds: usize, every: usize| {
        for _ in 0..seconds {
            for part in input.chunks(441) {
                simulation.block(part, &UNITY);
                hundredth += 1;
                if hundredth.is_multiple_of(every) {
                    simulation.work();
                }
                let measure = simulation.status.measure();
                if measures.last().is_none_or(|last| last.1 != measure) {
                    measures.push((hundredth / 100, measure));
                }
            }
            simulation.recorded = Recorded::default();
        }
        std::mem::take(&mut measures)
    };
    let taken: Vec<Measure> = run(&mut simulation, 24, 70).into_iter().map(|(_, measure)| measure).collect();
    let longer = Measure::LongerHop { hop: 16, look_ahead: 0 };
    assert_eq!(taken, [Measure::Full, longer, Measure::OneNetwork, Measure::Paused]);
    assert!(simulation.count(|status| &status.late_runs) > 50);
    let taken = run(&mut simulation, 110, 1);
    let measures: Vec<Measure> = taken.iter().map(|(_, measure)| *measure).collect();
    assert_eq!(measures, [Measure::Paused, Measure::OneNetwork, longer, Measure::Full], "{taken:?}");
}

#[test]
fn bypassed_stream_is_not_separated() {
    let input = noise(150_000);
    let mut simulation = Simulation::new(format(44_100.0, OperatingMode::Normal, 512));
    simulation.play(&input[..50_000], 512, &MixControls { bypass: true, ..UNITY });
    assert_eq!(simulation.count(|status| &status.runs), 0);
    assert_eq!(simulation.count(|status| &status.late_runs), 0);
    simulation.play(&input[50_000..], 512, &UNITY);
    assert!(simulation.count(|status| &status.runs) > 10);
    assert_eq!(simulation.recorded.0[0], simulation.delayed(&input));
}

#[test]
fn samples_that_are_no_numbers_become_silence() {
    let mut input = noise(50_000);
    (input[20_000], input[30_000]) = (f32::NAN, f32::NEG_INFINITY);
    let mut simulation = Simulation::new(format(44_100.0, OperatingMode::Tight, 512));
    simulation.play(&input, 512, &MixControls { gains: [1.0, 0.0], ..UNITY });
    assert!(simulation.recorded.0.iter().flatten().all(|sample| sample.is_finite()));
    assert_eq!(simulation.count(|status| &status.sanitized_samples), 4);
}

/// An offline render waits for the worker thread, so that all vocals are there, in blocks of any size.
#[test]
fn offline_render_has_all_vocals() {
    for (block, run_us) in [(1, 0), (64, 300), (480, 300), (8192, 300), (100_000, 0)] {
        let format = StreamFormat { offline: true, ..format(48_000.0, OperatingMode::Normal, block) };
        let (input, status) = (noise(150_000), Arc::new(StreamStatus::default()));
        let latency = Latencies::new(format.rate).unwrap().samples(format.mode, format.max_block);
        let run_us = Arc::new(AtomicU64::new(run_us));
        let worker = Worker::spawn(
            Arc::new(move |format: &StreamFormat| {
                Ok(Box::new(StubSeparation::of(format, latency).with_run_time(&run_us)) as Box<_>)
            }),
            &status,
        )
        .unwrap();
        let (audio, end) = link(&format, latency, &status);
        worker.open(format, latency, end);
        worker.set_active(true);
        let mut engine = Engine::new(format, latency, audio, worker.thread(), &UNITY);
        engine.set_patience(Patience::Offline { timed_out: false }, worker.thread());
        let mut simulation = Simulation { engine, worker: None, status, latency, recorded: Recorded::default() };
        for (index, part) in input.chunks(block).enumerate() {
            if index == 5 {
                simulation.engine.jump();
            }
            simulation.block(part, &UNITY);
        }
        let expected: Vec<f32> = simulation.delayed(&input).iter().map(|sample| SHARE * sample).collect();
        assert!(simulation.recorded.0[1] == expected, "blocks of {block}");
        assert_eq!(simulation.count(|status| &status.missing_samples), 0);
        assert_eq!(simulation.count(|status| &status.late_runs), 0);
        assert_eq!(simulation.count(|status| &status.render_timeouts), 0);
        assert_eq!(simulation.status.state(), SeparationState::Running);
        drop(worker);
        assert_eq!(simulation.status.state(), SeparationState::Inactive);
    }
}

/// Without a host: an offline render in blocks is the separation of the file, and one of a live mode that of a live
/// separator. With the built-in networks.
#[test]
fn offline_render_equals_the_separator() {
    use crate::backend::{DefaultSeparation, SeparationFactory};
    let hz = 48_000.0;
    let tone = |i: usize| (0.3 * (i as f32 * 0.03).sin() + 0.2 * (i as f32 * 0.0401).sin()) * (i as f32 * 1e-4).sin();
    for (mode, seconds) in [(OperatingMode::Normal, 4), (OperatingMode::Blocks, 5)] {
        let format = StreamFormat { offline: true, ..format(hz, mode, 4096) };
        let input: Vec<f32> = (0..seconds * 48_000).map(tone).collect();
        let latency = Latencies::new(format.rate).unwrap().samples(mode, format.max_block);
        let mut padded = input.clone();
        padded.resize(input.len() + latency, 0.0);
        let mut expected = vec![Vec::new(); 2];
        let mut separation = DefaultSeparation::open(&format).unwrap();
        separation.push(&[&padded, &padded], &mut expected).unwrap();
        separation.flush(&mut expected).unwrap();

        let status = Arc::new(StreamStatus::default());
        let worker = Worker::spawn(Arc::new(DefaultSeparation::open), &status).unwrap();
        let (audio, end) = link(&format, latency, &status);
        worker.open(format, latency, end);
        worker.set_active(true);
        let mut engine = Engine::new(format, latency, audio, worker.thread(), &UNITY);
        engine.set_patience(Patience::Offline { timed_out: false }, worker.thread());
        let mut simulation = Simulation { engine, worker: None, status, latency, recorded: Recorded::default() };
        padded.chunks(4096).for_each(|part| simulation.block(part, &UNITY));
        let got = &simulation.recorded.0[1][latency..];
        let worst = got.iter().zip(&expected[0]).map(|(got, expected)| (got - expected).abs()).fold(0.0, f32::max);
        let load = simulation.status.load_permille.load(Relaxed);
        println!("{mode:?}: worst difference {worst:.1e}, load {load} permille, error {:?}", simulation.status.error());
        assert!(worst <= 1e-5, "{mode:?}: {worst:e}");
        assert_eq!(simulation.count(|status| &status.missing_samples), 0);
        assert_eq!(simulation.count(|status| &status.render_timeouts), 0);
    }
}
