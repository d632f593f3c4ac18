//! Runs that are upset at random moments: workers and drivers are killed, and the digest stays.

use std::fs;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::thread;
use std::time::Duration;

use super::scale::bar;
use crate::demo::synth;
use crate::processes;
use crate::sh::{self, TaskError, file_error};

/// Number of files, of seeds, and of kills of each kind per seed.
const FILES: usize = 300;
const SEEDS: u64 = 10;
const KILLS: usize = 3;
/// Number of kinds of damage, each of which a third of the files has once.
const KINDS: usize = 20;

/// Runs each seed, and returns the figures; an error if a digest differs.
pub(super) fn measure(earmark: &Path, folder: &Path) -> Result<String, TaskError> {
    let music = folder.join("upset");
    library(&music)?;
    let calm = folder.join("calm");
    plan(earmark, &music, &calm)?;
    let started = std::time::Instant::now();
    sh::run(&mut run(earmark, &calm))?;
    let whole_s = started.elapsed().as_secs_f64();
    let expected = digest(earmark, &calm)?;
    let (mut equal, mut workers, mut drivers) = (0, 0, 0);
    for seed in 1..=SEEDS {
        let out = folder.join(format!("upset-{seed}"));
        plan(earmark, &music, &out)?;
        let mut random = Random(seed);
        // Worker processes are killed in the first run, which also is killed, and so are two more.
        for kill in 0..KILLS {
            let mut child = run(earmark, &out).spawn().map_err(|error| TaskError::Other(error.to_string()))?;
            pause(random.up_to(whole_s / 6.0));
            workers += usize::from(kill_worker(&child));
            pause(random.up_to(whole_s / 6.0));
            drivers += usize::from(kill == 0 || child.try_wait().is_ok_and(|ended| ended.is_none()));
            end(&mut child);
        }
        sh::run(&mut run(earmark, &out))?;
        let temporary = fs::read_dir(out.join("data")).into_iter().flatten().filter_map(Result::ok);
        let temporary = temporary.filter(|entry| entry.file_name().to_string_lossy().starts_with('.')).count();
        equal += usize::from(digest(earmark, &out)? == expected && temporary == 0);
        fs::remove_dir_all(&out).map_err(file_error(&out))?;
    }
    let text = format!(
        "{FILES} files ({KINDS} kinds of damage), undisturbed {whole_s:.1} s, {workers} workers and {drivers} drivers killed at random \
         moments: the digest of the undisturbed run, each file once and no temporary file in {equal} of {SEEDS} seeds"
    );
    bar(text, equal as u64 == SEEDS)
}

fn pause(seconds: f64) {
    thread::sleep(Duration::from_secs_f64(seconds));
}

fn kill_worker(run: &Child) -> bool {
    let Some(worker) = processes::children(run.id()).first().copied() else { return false };
    sh::output(sh::command("kill").args(["-KILL", &worker.to_string()])).is_some()
}

fn end(child: &mut Child) {
    // It may have ended.
    let _ = child.kill();
    let _ = child.wait();
}

fn plan(earmark: &Path, music: &Path, out: &Path) -> Result<(), TaskError> {
    let mut plan = sh::command(earmark);
    plan.args(["batch", "plan", "--model", "msd-vgg"]).arg(music).arg("--out").arg(out);
    sh::run(&mut plan)
}

fn run(earmark: &Path, out: &Path) -> Command {
    let mut run = sh::command(earmark);
    run.args(["batch", "run", "--jobs", "2"]).arg(out).stdin(Stdio::null()).stdout(Stdio::null());
    run
}

/// Verifies an output, and returns its digest.
fn digest(earmark: &Path, out: &Path) -> Result<String, TaskError> {
    let text = sh::output(sh::command(earmark).args(["batch", "verify", "--json"]).arg(out));
    let report: serde_json::Value = serde_json::from_str(&text.unwrap_or_default()).unwrap_or_default();
    match (report["digest"].as_str(), report["files"].as_u64()) {
        (Some(digest), Some(files)) if files == FILES as u64 => Ok(digest.to_owned()),
        _ => Err(TaskError::Other(format!("expected {FILES} files, got {report}"))),
    }
}

/// Makes the files: two thirds are sound, the others damaged in one of the kinds.
fn library(folder: &Path) -> Result<(), TaskError> {
    let first = folder.join("000.wav");
    synth::write(&first, 4)?;
    let wav = fs::read(&first).map_err(file_error(&first))?;
    let fixtures = sh::root().join("tests/fixtures");
    let fixture = |name: &str| fs::read(fixtures.join(name)).map_err(file_error(&fixtures));
    let sources = [
        ("wav", wav.clone()),
        ("mp3", fixture("tune.mp3")?),
        ("flac", fixture("tune.flac")?),
        ("ogg", fixture("tune.ogg")?),
    ];
    for number in 1..FILES {
        let (name, bytes) = if number % 3 == 0 {
            let kind = number / 3 % KINDS;
            let (extension, source) = &sources[kind % sources.len()];
            (format!("{number:03}.{extension}"), damaged(source, kind / sources.len()))
        } else {
            (format!("{number:03}.wav"), wav.clone())
        };
        let path = folder.join(name);
        fs::write(&path, bytes).map_err(file_error(&path))?;
    }
    Ok(())
}

/// Damages a file in one of five ways.
fn damaged(bytes: &[u8], way: usize) -> Vec<u8> {
    let mut bytes = bytes.to_vec();
    let len = bytes.len();
    match way {
        0 => bytes.truncate(len / 2),
        1 => bytes[len / 2..len / 2 + 2000].fill(0x55),
        2 => bytes[..64].fill(0),
        3 => bytes.clear(),
        _ => bytes.iter_mut().skip(200).step_by(997).for_each(|byte| *byte ^= 0x20),
    }
    bytes
}

/// Generator of uniform numbers.
struct Random(u64);

impl Random {
    /// Returns a number from 0 to `max`.
    fn up_to(&mut self, max: f64) -> f64 {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33) as f64 / (1_u64 << 31) as f64 * max
    }
}
