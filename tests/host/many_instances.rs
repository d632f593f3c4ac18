//! R13: many instances in one process share threads and models, and nothing else.

use std::fs;
use std::thread;

use earmark_session::WorkerPool;
use earmark_tests::signal::tune;
use serde_json::Value;

use super::audio::ProcessHarness;
use super::report_dir::{ReportDir, predictions, render};
use super::rng::TestRng;
use super::test_host::Host;

const RATE_HZ: f64 = 16_000.0;
const BLOCK: usize = 1000;
/// Name of the worker threads.
const WORKER: &str = "earmark-worker";
const FAST_MODEL: Option<(&str, &str)> = Some(("msd-vgg", "off"));

/// Returns the number of threads of this process with a name, if the system lists them.
pub(crate) fn threads_named(name: &str) -> Option<usize> {
    let tasks = fs::read_dir("/proc/self/task").ok()?;
    let names = tasks.filter_map(|task| fs::read_to_string(task.ok()?.path().join("comm")).ok());
    Some(names.filter(|listed| listed.trim() == name).count())
}

/// Returns the number of threads of the pool: both of two cores, otherwise all but one, 1 to 8.
fn configured_threads() -> usize {
    let cores = thread::available_parallelism().map_or(1, usize::from);
    if cores <= 2 { cores } else { (cores - 1).min(8) }
}

/// Returns music of one instance that no other instance gets.
fn music(of: usize) -> Vec<Vec<f32>> {
    let from = of * 3100;
    let music = tune(RATE_HZ, 12.0 + from as f64 / RATE_HZ);
    let gain = 0.95_f32.powi(of as i32);
    vec![music[from..].iter().map(|sample| sample * gain).collect(); 2]
}

struct Member {
    host: Host,
    harness: ProcessHarness,
    report_dir: ReportDir,
    of: usize,
    played: usize,
}

impl Member {
    fn new(of: usize) -> Self {
        let report_dir = ReportDir::new();
        let mut host = report_dir.host(FAST_MODEL);
        let stopped = host.activate(RATE_HZ, BLOCK);
        let harness = ProcessHarness::start(stopped, &host.requests, 2);
        Self { host, harness, report_dir, of, played: 0 }
    }

    fn play(&mut self, music: &[Vec<Vec<f32>>]) {
        let music = &music[self.of];
        let block = self.played..(self.played + BLOCK).min(music[0].len());
        if !block.is_empty() {
            self.harness.play(&[&music[0][block.clone()], &music[1][block.clone()]]);
            self.played = block.end;
        }
    }

    /// Ends the instance and returns the index of its music, the number of samples processed, and its reports.
    fn end(mut self) -> (usize, usize, Vec<Value>) {
        let stopped = self.harness.stop();
        self.host.deactivate(stopped);
        drop(self.host);
        (self.of, self.played, self.report_dir.take())
    }
}

/// Starts `count` instances and replaces half as many at random, all on one audio thread.
fn crowd(count: usize, seed: u64) {
    let mut rng = TestRng::new(seed);
    let music: Vec<_> = (0..count + count / 2).map(music).collect();
    let mut coming: Vec<usize> = (count..music.len()).collect();
    let mut members: Vec<Member> = (0..count).map(Member::new).collect();
    let mut heard = Vec::new();
    let (mut most, mut threads) = (0, None);
    while !coming.is_empty() || !members.is_empty() {
        if !coming.is_empty() && (members.len() < count && rng.chance(0.5)) {
            members.push(Member::new(coming.swap_remove(rng.below(coming.len()))));
        }
        let enough = |member: &Member| member.played >= (3.2 * RATE_HZ) as usize;
        if !members.is_empty() && (rng.chance(0.05) || members.iter().all(|member| member.played >= 64_000)) {
            let leaving = rng.below(members.len());
            if enough(&members[leaving]) || rng.chance(0.2) {
                heard.push(members.swap_remove(leaving).end());
            }
        }
        members.iter_mut().for_each(|member| member.play(&music));
        most = most.max(members.len());
        threads = threads.max(threads_named(WORKER));
    }
    println!("seed {seed:#x}: {count} instances, up to {most} at once, threads {threads:?}");
    assert!(threads.is_none_or(|threads| threads == configured_threads()), "expected {}", configured_threads());
    let mut compared = 0;
    for (of, played, reports) in heard {
        let mut report_dir = ReportDir::new();
        let mut host = report_dir.host(FAST_MODEL);
        let piece: Vec<Vec<f32>> = music[of].iter().map(|channel| channel[..played].to_vec()).collect();
        host.with_audio(RATE_HZ, BLOCK, |harness| render(harness, &piece, BLOCK));
        assert_eq!(reports.len(), usize::from(played > 0), "instance {of}");
        assert_eq!(reports, report_dir.take(), "instance {of} after {played} frames, seed {seed:#x}");
        compared += reports.iter().map(|report| predictions(report, 0).len()).sum::<usize>();
    }
    println!("{compared} predictions as of lone instances");
    assert!(compared >= count, "expected at least {count} predictions, got {compared}");
    // The threads end with the last instance.
    assert_eq!(WorkerPool::shared().threads(), 0);
    assert!(threads_named(WORKER).is_none_or(|threads| threads == 0));
}

#[test(alone)]
fn eight_changing_instances_stay_independent() {
    crowd(8, 0x8);
}

#[test(alone)]
fn sixteen_changing_instances_stay_independent() {
    crowd(16, 0x10);
}
