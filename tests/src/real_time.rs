//! Real-time run of plugin instances: cost of the callbacks, and age of the predictions.

use std::hint::black_box;
use std::io;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use cpu_time::{ProcessTime, ThreadTime};
use earmark_dsp::SampleRate;
use earmark_plugin::EarmarkPlugin;
use earmark_session::{Instance, Mode, Session, SessionConfig, Transport, WorkerPool};
use serde_json::{Value, json};

use crate::arrays::Fault;
use crate::signal;

const RATE_HZ: f64 = 48_000.0;
const BLOCK: usize = 64;
/// Interval between two readings of the ages.
const POLL_INTERVAL: Duration = Duration::from_millis(10);
/// Number of blocks after which the cost of a callback is estimated: one second.
const CALIBRATION_BLOCKS: usize = 750;
/// Source time in seconds after which every instance should have a tag prediction.
const WARM_UP_S: f64 = 5.0;

/// Settings of a run.
#[derive(Debug, Clone, Copy)]
pub struct Run {
    /// Number of instances.
    pub instances: usize,
    /// Duration in seconds of wall time.
    pub seconds: f64,
}

/// Results of a run.
pub struct Report {
    run: Run,
    costs: Costs,
    came: Vec<InstanceResult>,
    /// Processor time of the whole process divided by wall time.
    pub cores: f64,
}

/// Thread time of every callback, and of arithmetic with the same median: interrupts and a busy machine add to both
/// alike.
#[derive(Default)]
struct Costs {
    callback: Vec<Duration>,
    control: Vec<Duration>,
}

/// Control workload: arithmetic over a block, repeated.
struct Control {
    passes: usize,
}

impl Control {
    /// Returns the workload that takes `time` on this thread.
    fn of(time: Duration, block: &[f32]) -> Self {
        let mut costs: Vec<Duration> = (0..1000).map(|_| Self { passes: 64 }.cost(block)).collect();
        costs.sort_unstable();
        let nothing = Self { passes: 0 }.cost(block);
        let pass_s = costs[costs.len() / 2].saturating_sub(nothing).as_secs_f64() / 64.0;
        Self { passes: (time.saturating_sub(nothing).as_secs_f64() / pass_s.max(1e-9)) as usize }
    }

    fn cost(&self, block: &[f32]) -> Duration {
        let begun = ThreadTime::now();
        for _ in 0..self.passes {
            black_box(black_box(block).iter().fold(0.0_f32, |sum, sample| sum.mul_add(0.5, *sample)));
        }
        begun.elapsed()
    }
}

/// Results of one instance.
struct InstanceResult {
    /// Ages of the tags at every reading, in seconds.
    ages: Vec<f64>,
    dropped: u64,
    /// Tag updates per second at the end, as reported by the plugin.
    rate_hz: f64,
    thinned: usize,
}

/// Runs the instances from one audio thread, as a host does.
///
/// # Errors
/// When no thread can be started, or an instance has no prediction.
pub fn run(run: Run) -> Result<Report, Fault> {
    let mut sessions = Vec::new();
    let mut instances = Vec::new();
    for _ in 0..run.instances {
        let instance = Arc::clone(EarmarkPlugin::default().instance());
        let config = SessionConfig { rate: SampleRate::new(RATE_HZ)?, channels: 2, max_block: BLOCK };
        let mut session = Session::new(&instance, &WorkerPool::shared(), config)?;
        session.activate(Mode::Realtime);
        sessions.push(session);
        instances.push(instance);
    }
    let begun = ProcessTime::now();
    let playing = AtomicBool::new(true);
    let (costs, came) = thread::scope(|scope| -> io::Result<_> {
        let audio = thread::Builder::new().name("audio".into());
        let audio = audio.spawn_scoped(scope, || {
            let costs = play(&mut sessions, run.seconds);
            playing.store(false, Ordering::Release);
            costs
        })?;
        let came = watch(&instances, &playing);
        Ok((audio.join().unwrap_or_default(), came))
    })?;
    let cores = begun.elapsed().as_secs_f64() / run.seconds;
    if let Some(index) = came.iter().position(|came| came.ages.is_empty()) {
        return Err(format!("instance {index}: expected tags after {WARM_UP_S} s, got none").into());
    }
    Ok(Report { run, costs, came, cores })
}

/// Processes the same music in all sessions, with an offset each, and returns the thread time of each callback and of
/// the control workload after it, in order of size.
fn play(sessions: &mut [Session], seconds: f64) -> Costs {
    let music = signal::tune(RATE_HZ, 30.0);
    let blocks: Vec<&[f32]> = music.chunks_exact(BLOCK).collect();
    let transport = Transport::default();
    let rounds = (seconds * RATE_HZ / BLOCK as f64) as usize;
    let calls = rounds * sessions.len();
    let mut costs = Costs { callback: Vec::with_capacity(calls), control: Vec::with_capacity(calls) };
    let mut control = Control { passes: 0 };
    let begun = Instant::now();
    for round in 0..rounds {
        for (index, session) in sessions.iter_mut().enumerate() {
            let block = blocks[(round + index * 997) % blocks.len()];
            let one = ThreadTime::now();
            session.process(&[block, block], &transport);
            session.send_midi(None, &mut |_| true);
            costs.callback.push(one.elapsed());
            costs.control.push(control.cost(block));
        }
        if round == CALIBRATION_BLOCKS {
            costs.callback.sort_unstable();
            control = Control::of(costs.callback[costs.callback.len() / 2], blocks[0]);
            (costs.callback, costs.control) = (Vec::with_capacity(calls), Vec::with_capacity(calls));
        }
        let due = begun + Duration::from_secs_f64((round + 1) as f64 * BLOCK as f64 / RATE_HZ);
        if let Some(wait) = due.checked_duration_since(Instant::now()) {
            // Paced like the callbacks of a sound card.
            thread::sleep(wait);
        }
    }
    costs.callback.sort_unstable();
    costs.control.sort_unstable();
    costs
}

/// Reads the ages of all instances during the run.
fn watch(instances: &[Arc<Instance>], playing: &AtomicBool) -> Vec<InstanceResult> {
    let mut came: Vec<InstanceResult> =
        instances.iter().map(|_| InstanceResult { ages: Vec::new(), dropped: 0, rate_hz: 0.0, thinned: 1 }).collect();
    while playing.load(Ordering::Acquire) {
        for (instance, came) in instances.iter().zip(&mut came) {
            let Some(report) = instance.snapshot() else { continue };
            came.dropped = report.counters.dropped;
            came.thinned = came.thinned.max(report.view.decimation);
            if let Some(tags) = report.view.tags.filter(|_| report.source_s > WARM_UP_S) {
                came.ages.push(report.source_s - tags.end_s);
                came.rate_hz = tags.rate_hz;
            }
        }
        thread::sleep(POLL_INTERVAL);
    }
    came
}

/// Returns percentiles of sorted values.
fn percentiles<const N: usize, T: Copy>(sorted: &[T], shares: [f64; N]) -> [Option<T>; N] {
    shares.map(|share| sorted.get(((sorted.len().max(1) - 1) as f64 * share) as usize).copied())
}

impl Report {
    /// Prints the results.
    pub fn print(&self) {
        let Self { run: Run { instances, seconds }, costs, came, cores } = self;
        println!("{instances} instances, {seconds:.0} s in real time, blocks of {BLOCK} at {RATE_HZ:.0} Hz stereo");
        for (what, costs) in
            [("callback, thread time:    ", &costs.callback), ("as much arithmetic alone: ", &costs.control)]
        {
            let [p50, p99, p999] = self::microseconds(costs);
            println!("{what} p50 {p50:.1} us, p99 {p99:.1} us, p99.9 {p999:.1} us, of {} calls", costs.len());
        }
        println!("processor: {cores:.2} cores for everything\n");
        println!("instance   dropped   updates a second   thinned by   age p50   age p99 (ms)");
        for (index, came) in came.iter().enumerate() {
            let InstanceResult { dropped, rate_hz, thinned, .. } = came;
            let [p50, p99] = came.ages_ms();
            println!("{index:8} {dropped:9} {rate_hz:18.1} {thinned:12} {p50:9.0} {p99:9.0}");
        }
        println!();
    }

    /// Returns the results as JSON.
    #[must_use]
    pub fn json(&self) -> Value {
        let instances = self.came.iter().map(|came| {
            let [p50, p99] = came.ages_ms();
            json!({ "dropped": came.dropped, "updates_per_s": came.rate_hz, "thinned": came.thinned,
                    "age_p50_ms": p50, "age_p99_ms": p99 })
        });
        json!({ "instances": instances.collect::<Vec<_>>(), "seconds": self.run.seconds, "cores": self.cores,
                "callback_us_p50_p99_p999": self::microseconds(&self.costs.callback),
                "arithmetic_us_p50_p99_p999": self::microseconds(&self.costs.control) })
    }

    /// Returns the number of dropped samples, which does not depend on the speed of the machine.
    #[must_use]
    pub fn dropped(&self) -> u64 {
        self.came.iter().map(|came| came.dropped).sum()
    }

    /// Returns the largest factor by which an instance thins out its predictions.
    #[must_use]
    pub fn thinned(&self) -> usize {
        self.came.iter().map(|came| came.thinned).max().unwrap_or(1)
    }

    /// Returns the ages of all tags in milliseconds, in order of size.
    #[must_use]
    pub fn ages_ms(&self) -> Vec<f64> {
        let mut ages: Vec<f64> = self.came.iter().flat_map(|came| &came.ages).map(|age_s| age_s * 1e3).collect();
        ages.sort_by(f64::total_cmp);
        ages
    }
}

impl InstanceResult {
    /// Returns p50 and p99 of the ages.
    fn ages_ms(&self) -> [f64; 2] {
        let mut ages = self.ages.clone();
        ages.sort_by(f64::total_cmp);
        percentiles(&ages, [0.5, 0.99]).map(|age_s| age_s.unwrap_or(f64::NAN) * 1e3)
    }
}

/// Returns p50, p99 and p99.9 in microseconds.
fn microseconds(costs: &[Duration]) -> [f64; 3] {
    percentiles(costs, [0.5, 0.99, 0.999]).map(|cost| cost.map_or(0.0, |cost| cost.as_secs_f64() * 1e6))
}
