//! Moves audio from an audio thread to a worker thread, and the results to a display.
//!
//! `cargo run -p earmark-dsp --example tap_to_worker`
//!
//! The audio thread uses only the [`Tap`], which is real-time safe. The worker thread computes mel bands and the
//! loudest band of each second. The display reads the latest result from a latest-value channel and all results from a
//! timeline.

use std::error::Error;
use std::f64::consts::TAU;
use std::thread;
use std::time::Duration;

use earmark_dsp::{
    AnalysisStream, Analyze, AnalyzeError, FeatureStream, FrontEnd, MarkKind, SampleRate, SharedTimeline, Tap, Worker,
    WorkerConfig, latest_channel, tap,
};

/// Duration of the audio in seconds. It is pushed ten times faster than real time.
const DURATION_S: usize = 5;
/// Samples in a block.
const BLOCK: usize = 480;

/// Analyzer of the loudest mel band of each second.
struct LoudestBand {
    features: FeatureStream,
    /// Frames of the front end in a second.
    frames_per_second: usize,
    /// Sums of the bands since the last result, and their number of frames.
    sums: (Vec<f32>, usize),
}

impl Analyze for LoudestBand {
    type Output = usize;

    fn push(&mut self, samples: &[f32], out: &mut dyn FnMut(usize)) -> Result<(), AnalyzeError> {
        let (sums, frames) = &mut self.sums;
        self.features.push(samples, |mut frame| {
            sums.iter_mut().zip(frame.bands()).for_each(|(sum, band)| *sum += band);
            *frames += 1;
            if *frames == self.frames_per_second {
                out((0..sums.len()).max_by(|&a, &b| sums[a].total_cmp(&sums[b])).unwrap_or(0));
                sums.fill(0.0);
                *frames = 0;
            }
        });
        Ok(())
    }

    fn mark(&mut self, _: MarkKind, _: &mut dyn FnMut(usize)) -> Result<(), AnalyzeError> {
        // After a gap, a seek or the end, frames must not span the position of the mark.
        self.features.reset();
        self.sums.0.fill(0.0);
        self.sums.1 = 0;
        Ok(())
    }
}

fn main() -> Result<(), Box<dyn Error>> {
    let rate = SampleRate::HZ_48000;
    let front_end = FrontEnd::MusiCnn;
    let analyzer = LoudestBand {
        features: FeatureStream::new(front_end, rate)?,
        frames_per_second: front_end.rate().hz() as usize / front_end.hop(),
        sums: (vec![0.0; front_end.bands()], 0),
    };

    // A ring of ten seconds between the threads, a display that reads the latest result, and the last 100 results.
    let (tap, reader) = tap(rate, 480_000, 64);
    let (mut latest, mut displays) = latest_channel(1, None);
    let timeline = SharedTimeline::new(100);
    let results = timeline.clone();
    let sink = move |band: usize| {
        latest.publish(&Some(band));
        results.push(band);
    };

    let worker = Worker::spawn(WorkerConfig::default())?;
    let stream = worker.start(AnalysisStream::new(reader, analyzer, sink));
    let tap = thread::spawn(move || play(tap, rate.hz())).join().map_err(|_| "the audio thread panicked")?;
    if !stream.wait_for_position(tap.position(), Duration::from_secs(60)) {
        return Err("the worker thread has not processed all samples in a minute".into());
    }

    timeline.read(|timeline| {
        for (second, band) in timeline.since(0) {
            println!("second {second}: band {band} of {}", front_end.bands());
        }
    });
    let counters = tap.counters();
    println!("latest: {:?}; pushed {}, dropped {}", displays[0].latest(), counters.pushed, counters.dropped);
    Ok(())
}

/// Pushes a tone that rises by an octave per second.
fn play(mut tap: Tap, rate_hz: f64) -> Tap {
    let mut block = [0.0; BLOCK];
    let mut phase = 0.0;
    for start in (0..DURATION_S * rate_hz as usize).step_by(BLOCK) {
        for (i, sample) in block.iter_mut().enumerate() {
            let octave = ((start + i) as f64 / rate_hz).floor();
            phase = (phase + TAU * 220.0 * octave.exp2() / rate_hz) % TAU;
            *sample = (0.5 * phase.sin()) as f32;
        }
        tap.push_mono(&block);
        thread::sleep(Duration::from_secs_f64(BLOCK as f64 / rate_hz / 10.0));
    }
    tap.end();
    tap
}
