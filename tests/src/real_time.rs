//! Instances of the plugin in real time: what a callback costs, and how old the answers are, while all of them listen.

use std::io;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use cpu_time::{ProcessTime, ThreadTime};
use earmark_dsp::SampleRate;
use earmark_live::{Instance, Mode, Pool, Session, SessionConfig, Transport};
use earmark_plugin::EarmarkPlugin;

use crate::arrays::Fault;
use crate::signal;

const RATE_HZ: f64 = 48_000.0;
const BLOCK: usize = 64;
/// Between two looks at the ages.
const LOOK: Duration = Duration::from_millis(10);
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

/// What one instance came to.
struct Came {
    /// Ages of the tags at every look, in seconds.
    ages: Vec<f64>,
    dropped: u64,
    /// Updates of tags a second at the end, as the plugin says.
    rate_hz: f64,
    thinned: usize,
}

/// Plays to the instances from one thread, as a host does, and prints what came of it.
///
/// # Errors
/// When the system gives no threads, or an instance says nothing at all.
pub fn run(run: Run) -> Result<(), Fault> {
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
    print(run, costs, came, cores)
}

/// Plays the same music to all, each a little later in it, and returns the thread's time for each callback, in order.
fn play(sessions: &mut [Session], seconds: f64) -> Vec<Duration> {
    let music = signal::tune(RATE_HZ, 30.0);
    let blocks: Vec<&[f32]> = music.chunks_exact(BLOCK).collect();
    let transport = Transport::default();
    let rounds = (seconds * RATE_HZ / BLOCK as f64) as usize;
    let mut costs = Vec::with_capacity(rounds * sessions.len());
    let begun = Instant::now();
    for round in 0..rounds {
        for (index, session) in sessions.iter_mut().enumerate() {
            let block = blocks[(round + index * 997) % blocks.len()];
            let one = ThreadTime::now();
            session.process(&[block, block], &transport);
            session.send_midi(None, &mut |_| true);
            costs.push(one.elapsed());
        }
        let due = begun + Duration::from_secs_f64((round + 1) as f64 * BLOCK as f64 / RATE_HZ);
        if let Some(wait) = due.checked_duration_since(Instant::now()) {
            // As a sound card would call.
            thread::sleep(wait);
        }
    }
    costs.sort_unstable();
    costs
}

/// Looks at all instances while they play.
fn watch(instances: &[Arc<Instance>], playing: &AtomicBool) -> Vec<Came> {
    let mut came: Vec<Came> =
        instances.iter().map(|_| Came { ages: Vec::new(), dropped: 0, rate_hz: 0.0, thinned: 1 }).collect();
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

fn print(run: Run, costs: Vec<Duration>, came: Vec<Came>, cores: f64) -> Result<(), Fault> {
    let Run { instances, seconds } = run;
    let microseconds = |share: f64| {
        let at = ((costs.len().max(1) - 1) as f64 * share) as usize;
        costs.get(at).map_or(0.0, |cost| cost.as_secs_f64() * 1e6)
    };
    println!("{instances} instances, {seconds:.0} s in real time, blocks of {BLOCK} at {RATE_HZ:.0} Hz stereo");
    println!(
        "callback, thread time: p50 {:.1} us, p99 {:.1} us, p99.9 {:.1} us, of {} calls",
        microseconds(0.5),
        microseconds(0.99),
        microseconds(0.999),
        costs.len()
    );
    println!("processor: {cores:.2} cores for everything\n");
    println!("instance   dropped   updates a second   thinned by   age p50   age p99 (ms)");
    for (index, Came { mut ages, dropped, rate_hz, thinned }) in came.into_iter().enumerate() {
        if ages.is_empty() {
            return Err(format!("instance {index}: expected tags after {WARM_S} s, got none").into());
        }
        ages.sort_by(f64::total_cmp);
        let age = |share: f64| ages[((ages.len() - 1) as f64 * share) as usize] * 1e3;
        println!("{index:8} {dropped:9} {rate_hz:18.1} {thinned:12} {:9.0} {:9.0}", age(0.5), age(0.99));
    }
    Ok(())
}
