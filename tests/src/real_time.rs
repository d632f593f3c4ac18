//! Instances of the plugin in real time: what a callback costs, and how old the answers are, while all of them listen.

use std::hint::black_box;
use std::io;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use cpu_time::{ProcessTime, ThreadTime};
use earmark_dsp::SampleRate;
use earmark_plugin::EarmarkPlugin;
use earmark_session::{Instance, Mode, Pool, Session, SessionConfig, Transport};
use serde_json::{Value, json};

use crate::arrays::Fault;
use crate::signal;

const RATE_HZ: f64 = 48_000.0;
const BLOCK: usize = 64;
/// Between two looks at the ages.
const LOOK: Duration = Duration::from_millis(10);
/// After so many blocks it is known what a callback takes: a second.
const CALIBRATION: usize = 750;
/// Source time until everybody should have said something of tags, in seconds.
const WARM_S: f64 = 5.0;

/// What is to be run.
#[derive(Debug, Clone, Copy)]
pub struct Run {
    /// How many instances.
    pub instances: usize,
    /// For how long, in seconds of the wall.
    pub seconds: f64,
}

/// What came of a run.
pub struct Report {
    run: Run,
    costs: Costs,
    came: Vec<InstanceResult>,
    /// Processor time of everything over the time that passed.
    pub cores: f64,
}

/// Thread time of every callback, and of arithmetic that takes as long at the median: what interrupts and a busy machine
/// add to one they add to the other.
#[derive(Default)]
struct Costs {
    callback: Vec<Duration>,
    control: Vec<Duration>,
}

/// Arithmetic over a block, so many times.
struct Control {
    passes: usize,
}

impl Control {
    /// As much arithmetic as takes `time` of this thread.
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

/// What one instance came to.
struct InstanceResult {
    /// Ages of the tags at every look, in seconds.
    ages: Vec<f64>,
    dropped: u64,
    /// Updates of tags a second at the end, as the plugin says.
    rate_hz: f64,
    thinned: usize,
}

/// Plays to the instances from one thread, as a host does.
///
/// # Errors
/// When the system gives no threads, or an instance says nothing at all.
pub fn run(run: Run) -> Result<Report, Fault> {
    let mut sessions = Vec::new();
    let mut instances = Vec::new();
    for _ in 0..run.instances {
        let instance = Arc::clone(EarmarkPlugin::default().instance());
        let config = SessionConfig { rate: SampleRate::new(RATE_HZ)?, channels: 2, most_block: BLOCK };
        let mut session = Session::new(&instance, &Pool::shared(), config)?;
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
        return Err(format!("instance {index}: expected tags after {WARM_S} s, got none").into());
    }
    Ok(Report { run, costs, came, cores })
}

/// Plays the same music to all, each a little later in it, and returns the thread's time for each callback, and for as
/// much arithmetic behind each, in order.
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
        if round == CALIBRATION {
            costs.callback.sort_unstable();
            control = Control::of(costs.callback[costs.callback.len() / 2], blocks[0]);
            (costs.callback, costs.control) = (Vec::with_capacity(calls), Vec::with_capacity(calls));
        }
        let due = begun + Duration::from_secs_f64((round + 1) as f64 * BLOCK as f64 / RATE_HZ);
        if let Some(wait) = due.checked_duration_since(Instant::now()) {
            // As a sound card would call.
            thread::sleep(wait);
        }
    }
    costs.callback.sort_unstable();
    costs.control.sort_unstable();
    costs
}

/// Looks at all instances while they play.
fn watch(instances: &[Arc<Instance>], playing: &AtomicBool) -> Vec<InstanceResult> {
    let mut came: Vec<InstanceResult> =
        instances.iter().map(|_| InstanceResult { ages: Vec::new(), dropped: 0, rate_hz: 0.0, thinned: 1 }).collect();
    while playing.load(Ordering::Acquire) {
        for (instance, came) in instances.iter().zip(&mut came) {
            let Some(report) = instance.report() else { continue };
            came.dropped = report.counters.dropped;
            came.thinned = came.thinned.max(report.view.thinned);
            if let Some(tags) = report.view.tags.filter(|_| report.source_s > WARM_S) {
                came.ages.push(report.source_s - tags.end_s);
                came.rate_hz = tags.rate_hz;
            }
        }
        thread::sleep(LOOK);
    }
    came
}

/// What so many per cent of them are at most.
fn percentiles<const N: usize, T: Copy>(sorted: &[T], shares: [f64; N]) -> [Option<T>; N] {
    shares.map(|share| sorted.get(((sorted.len().max(1) - 1) as f64 * share) as usize).copied())
}

impl Report {
    /// Prints it.
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

    /// As data.
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

    /// Whether something was lost, which has nothing to do with how fast the machine is as long as it says so.
    #[must_use]
    pub fn dropped(&self) -> u64 {
        self.came.iter().map(|came| came.dropped).sum()
    }

    /// By how much the instance that is worst off thins its predictions out.
    #[must_use]
    pub fn thinned(&self) -> usize {
        self.came.iter().map(|came| came.thinned).max().unwrap_or(1)
    }

    /// Ages of all tags that were looked at, in milliseconds, in order.
    #[must_use]
    pub fn ages_ms(&self) -> Vec<f64> {
        let mut ages: Vec<f64> = self.came.iter().flat_map(|came| &came.ages).map(|age_s| age_s * 1e3).collect();
        ages.sort_by(f64::total_cmp);
        ages
    }
}

impl InstanceResult {
    /// p50 and p99.
    fn ages_ms(&self) -> [f64; 2] {
        let mut ages = self.ages.clone();
        ages.sort_by(f64::total_cmp);
        percentiles(&ages, [0.5, 0.99]).map(|age_s| age_s.unwrap_or(f64::NAN) * 1e3)
    }
}

/// p50, p99 and p99.9.
fn microseconds(costs: &[Duration]) -> [f64; 3] {
    percentiles(costs, [0.5, 0.99, 0.999]).map(|cost| cost.map_or(0.0, |cost| cost.as_secs_f64() * 1e6))
}
