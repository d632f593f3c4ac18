//! Scale: a plan of a million files, a finished plan of 10,000 shards, memory of a worker, and overhead.

use std::fs::{self, File};
use std::path::{Path, PathBuf};

use crate::demo::synth;
use crate::processes::{self, Ended};
use crate::sh::{self, TaskError, file_error};

/// Bars: largest time and memory of a plan of a million files, and of a run without work.
const PLAN: (usize, f64, f64) = (1_000_000, 60.0, 1024.0);
const SKIPPED: (usize, f64, f64) = (10_000, 20.0, 300.0);
/// Number of files of which the results fill that many shards of one file each: a hash leaves a third empty.
const SKIPPED_FILES: usize = 16_000;
/// Number of files of a worker, and the largest growth of its memory after the first tenth, in MiB.
const GROWTH: (usize, f64) = (1000, 5.0);
/// Number of files, number of runs, and largest overhead over `earmark tag`.
const OVERHEAD: (usize, usize, f64) = (60, 3, 0.05);

/// Measures, and returns the figures; an error if one is beyond its bar.
pub(super) fn measure(earmark: &Path, folder: &Path) -> Result<String, TaskError> {
    if folder.exists() {
        fs::remove_dir_all(folder).map_err(file_error(folder))?;
    }
    Ok([million(earmark, folder)?, finished(earmark, folder)?, growth(earmark, folder)?, overhead(earmark, folder)?]
        .join("\n"))
}

/// Makes empty files, a thousand in each folder.
fn empty_files(folder: &Path, count: usize) -> Result<(), TaskError> {
    for number in 0..count {
        let album = folder.join(format!("{:04}", number / 1000));
        if number % 1000 == 0 {
            fs::create_dir_all(&album).map_err(file_error(&album))?;
        }
        let path = album.join(format!("{number:07}.mp3"));
        File::create(&path).map_err(file_error(&path))?;
    }
    Ok(())
}

fn batch(earmark: &Path, arguments: &[&str], paths: &[&Path]) -> Result<Ended, TaskError> {
    processes::run(sh::command(earmark).arg("batch").args(arguments).args(paths), |_| {})
}

fn million(earmark: &Path, folder: &Path) -> Result<String, TaskError> {
    let (count, max_s, max_mib) = PLAN;
    let (music, out) = (folder.join("million"), folder.join("million-out"));
    empty_files(&music, count)?;
    let ended = batch(earmark, &["plan", "--out"], &[&out, &music])?;
    remove(&[&music, &out])?;
    let Ended { seconds, peak_mib, .. } = ended;
    let text = format!("plan of {count} files: {seconds:.1} s, {peak_mib:.0} MiB (at most {max_s} s, {max_mib} MiB)");
    bar(text, seconds <= max_s && peak_mib <= max_mib)
}

fn finished(earmark: &Path, folder: &Path) -> Result<String, TaskError> {
    let (min_shards, max_s, max_mib) = SKIPPED;
    let (music, out) = (folder.join("empty"), folder.join("empty-out"));
    empty_files(&music, SKIPPED_FILES)?;
    batch(earmark, &["plan", "--tracks-per-shard", "1", "--out"], &[&out, &music])?;
    let first = batch(earmark, &["run"], &[&out])?;
    let again = batch(earmark, &["run"], &[&out])?;
    let data = out.join("data");
    let shards = fs::read_dir(&data).map_err(file_error(&data))?.count();
    remove(&[&music, &out])?;
    let Ended { seconds, peak_mib, .. } = again;
    let text = format!(
        "finished plan of {shards} shards of empty files: run {:.1} s; run again {seconds:.1} s, {peak_mib:.0} MiB \
         (at most {max_s} s, {max_mib} MiB)",
        first.seconds
    );
    bar(text, shards >= min_shards && seconds <= max_s && peak_mib <= max_mib)
}

/// Makes copies of a piece.
fn copies(folder: &Path, count: usize, seconds: u32) -> Result<PathBuf, TaskError> {
    let music = folder.join(format!("music-{count}"));
    let first = music.join("0000.wav");
    synth::write(&first, seconds)?;
    for number in 1..count {
        let copy = music.join(format!("{number:04}.wav"));
        fs::copy(&first, &copy).map_err(file_error(&copy))?;
    }
    Ok(music)
}

fn growth(earmark: &Path, folder: &Path) -> Result<String, TaskError> {
    let (count, max_mib) = GROWTH;
    let (music, out) = (copies(folder, count, 4)?, folder.join("growth-out"));
    batch(earmark, &["plan", "--tracks-per-shard", "10", "--out"], &[&out, &music])?;
    let data = out.join("data");
    let (mut early, mut last) = (None, 0.0);
    processes::run(sh::command(earmark).args(["batch", "run", "--jobs", "1"]).arg(&out), |run| {
        let worker = processes::children(run.id()).first().copied();
        let Some(mib) = worker.and_then(|worker| processes::status_mib(worker, "VmRSS:")) else { return };
        last = mib;
        if early.is_none() && fs::read_dir(&data).is_ok_and(|entries| entries.count() >= count / 100) {
            early = Some(mib);
        }
    })?;
    remove(&[&music, &out])?;
    let early = early.unwrap_or(0.0);
    let text = format!(
        "memory of a worker: {early:.1} MiB after {} files, {last:.1} MiB after {count} (growth at most {max_mib} MiB)",
        count / 10
    );
    bar(text, early > 0.0 && last - early <= max_mib)
}

fn overhead(earmark: &Path, folder: &Path) -> Result<String, TaskError> {
    let (count, runs, max_share) = OVERHEAD;
    let music = copies(folder, count, 60)?;
    let (mut tag, mut shards) = ((f64::MAX, f64::MAX), (f64::MAX, f64::MAX));
    let least = |a: (f64, f64), b: &Ended| (a.0.min(b.seconds), a.1.min(b.processor_s));
    for run in 0..runs {
        let table = folder.join("tag.parquet");
        let mut command = sh::command(earmark);
        command.args(["tag", "--jobs", "2", "--format", "parquet", "--out"]).arg(&table).arg(&music);
        tag = least(tag, &processes::run(&mut command, |_| {})?);
        let out = folder.join(format!("overhead-{run}"));
        batch(earmark, &["plan", "--out"], &[&out, &music])?;
        shards = least(shards, &batch(earmark, &["run", "--jobs", "2"], &[&out])?);
        remove(&[&out])?;
    }
    remove(&[&music])?;
    let share = shards.0 / tag.0 - 1.0;
    let text = format!(
        "{count} files of 60 s, least of {runs} runs, two jobs: tag {:.2} s ({:.2} s of processors), batch run {:.2} s ({:.2} s): \
         {:+.1} % (at most {:+.0} %)",
        tag.0,
        tag.1,
        shards.0,
        shards.1,
        share * 100.0,
        max_share * 100.0
    );
    bar(text, share <= max_share)
}

/// Returns the figures, or an error with them if they are beyond their bars.
pub(super) fn bar(text: String, holds: bool) -> Result<String, TaskError> {
    eprintln!("{text}");
    if holds { Ok(text) } else { Err(TaskError::Other(text)) }
}

fn remove(folders: &[&Path]) -> Result<(), TaskError> {
    folders.iter().try_for_each(|folder| fs::remove_dir_all(folder).map_err(file_error(folder)))
}
