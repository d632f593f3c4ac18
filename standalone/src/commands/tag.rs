//! `earmark tag`: files and folders to reports, several at a time, in the order given.

use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering::Relaxed};
use std::thread;

use crossbeam_channel::bounded;
use earmark_models::{Analyzer, Gate, Model, ModelError, Registry};
use indicatif::ProgressBar;
use thiserror::Error;

use self::arrivals::Arrivals;
use crate::args::{Format, TagOptions};
use crate::decode::{Damage, DecodeError, Decoder};
use crate::interrupt;
use crate::output::{Output, progress};
use earmark_models::report::{Collector, FileReport};

mod arrivals;
pub(crate) mod find;

/// Why a file has no report, or not the whole.
#[derive(Debug, Error)]
enum TagError {
    #[error(transparent)]
    Decode(#[from] DecodeError),
    #[error(transparent)]
    Model(#[from] ModelError),
    #[error("expected a file with at least one audio file below it, got an empty folder")]
    EmptyFolder,
    #[error("the decoder gave up on this file: {0}")]
    Panic(String),
    #[error("interrupted")]
    Interrupted,
}

/// What became of one path.
type Outcome = Result<(FileReport, Damage), TagError>;

/// Tags what was asked for. Returns 0, or 1 when anything went wrong with any file, or 130 after Ctrl-C.
pub(crate) fn run(options: &TagOptions) -> ExitCode {
    interrupt::listen();
    let models = match load(&options.models) {
        Ok(models) => models,
        Err(error) => {
            eprintln!("earmark: {error}");
            return ExitCode::from(1);
        }
    };
    if let Err(words) = can_watch(options) {
        eprintln!("earmark: {words}");
        return ExitCode::from(1);
    }
    let paths = if options.watch { Vec::new() } else { find::audio_files(&options.paths) };
    let bar = progress::bar(paths.len());
    let mut output = Output::new(options, paths.len());
    let mut clean = true;
    let quiet = std::panic::take_hook();
    // A decoder that panics on a broken file is reported as that file's error, in one line like the others.
    std::panic::set_hook(Box::new(|_| {}));
    let mut batch = |paths: &[PathBuf]| {
        in_order(
            paths,
            options.jobs.get(),
            |path| attempt(path, &models, options, &bar),
            |path, outcome| {
                if !bar.is_hidden() {
                    bar.suspend(|| clean &= show(path, outcome, &mut output));
                } else {
                    clean &= show(path, outcome, &mut output);
                }
            },
        );
    };
    batch(&paths);
    let mut arrivals = Arrivals::new(&options.paths);
    while options.watch && !interrupt::wished() {
        batch(&arrivals.look());
        thread::sleep(arrivals::LOOK);
    }
    std::panic::set_hook(quiet);
    bar.finish_and_clear();
    clean &= output.finish();
    match (interrupt::wished(), clean) {
        (true, _) => ExitCode::from(interrupt::EXIT_CODE),
        (false, clean) => ExitCode::from(u8::from(!clean)),
    }
}

/// Whether the options fit together, if it is to watch.
fn can_watch(options: &TagOptions) -> Result<(), String> {
    if !options.watch {
        return Ok(());
    }
    if options.format == Format::Json {
        return Err("expected --format table, jsonl or csv with --watch, got json, which has an end".to_owned());
    }
    match options.paths.iter().find(|path| !path.is_dir()) {
        Some(path) => Err(format!("expected folders with --watch, got {}", path.display())),
        None => Ok(()),
    }
}

fn load(ids: &[String]) -> Result<Vec<Arc<Model>>, ModelError> {
    let mut seen: Vec<&String> = Vec::new();
    ids.iter().for_each(|id| {
        if !seen.contains(&id) {
            seen.push(id);
        }
    });
    seen.into_iter().map(|id| Registry::global().load(id)).collect()
}

/// Writes one outcome; false when it is an error or the writing failed.
fn show(path: &Path, outcome: Outcome, output: &mut Output) -> bool {
    let name = path.display();
    match outcome {
        Ok((report, damage)) => {
            let Damage { scrubbed, packets, missing_frames } = damage;
            if scrubbed > 0 {
                eprintln!(
                    "{name}: {scrubbed} samples were not audio (NaN, infinite or beyond +120 dBFS), heard as silence"
                );
            }
            if packets > 0 {
                eprintln!("{name}: {packets} damaged packets were left out");
            }
            if missing_frames > 0 {
                let lost_s = missing_frames as f64 / report.sample_rate_hz;
                let (expected_s, got_s) = (report.duration_s + lost_s, report.duration_s);
                eprintln!("{name}: truncated: expected {expected_s:.3} s, got {got_s:.3} s");
            }
            let written = output.write(&report);
            written && packets == 0 && missing_frames == 0
        }
        Err(TagError::Interrupted) => false,
        Err(error) => {
            eprintln!("{name}: {error}");
            false
        }
    }
}

fn attempt(path: &Path, models: &[Arc<Model>], options: &TagOptions, bar: &ProgressBar) -> Outcome {
    if path.is_dir() {
        // The search leaves a folder in the list only when it found nothing below it.
        return Err(TagError::EmptyFolder);
    }
    let work = || tag(path, models, options, bar);
    std::panic::catch_unwind(std::panic::AssertUnwindSafe(work)).unwrap_or_else(|panic| {
        let text = panic.downcast_ref::<&str>().map(ToString::to_string);
        let text = text.or_else(|| panic.downcast_ref::<String>().cloned());
        Err(TagError::Panic(text.unwrap_or_default()))
    })
}

fn tag(path: &Path, models: &[Arc<Model>], options: &TagOptions, bar: &ProgressBar) -> Outcome {
    let stdin = path == Path::new("-");
    let mut decoder = if stdin { Decoder::stdin()? } else { Decoder::open(path)? };
    let mut builder = Analyzer::builder(decoder.rate()).gate((!options.no_gate).then(Gate::default));
    for model in models {
        let hop_frames = options.hop_frames.map_or(model.card().hop_frames, usize::from);
        builder = builder.model_every(Arc::clone(model), hop_frames);
    }
    let mut analyzer = builder.build()?;
    let mut collectors: Vec<Collector> = models.iter().map(|model| Collector::new(model.card())).collect();
    let mut take = |prediction: earmark_models::Prediction| {
        if let Some(collector) = collectors.iter_mut().find(|collector| collector.id() == &*prediction.model) {
            collector.take(prediction);
        }
    };

    let rate = decoder.rate();
    progress::expect(bar, decoder.promised_frames().map(|frames| rate.seconds(frames)));
    while let Some(block) = decoder.next_block()? {
        if interrupt::wished() {
            return Err(TagError::Interrupted);
        }
        analyzer.push(block, &mut take)?;
        progress::advance(bar, rate.seconds(block.len() as u64));
    }
    analyzer.flush(&mut take)?;

    let duration_s = rate.seconds(decoder.frames());
    let name = if stdin { "-".to_owned() } else { path.display().to_string() };
    let mut report = FileReport::new(name, duration_s, rate.hz(), decoder.channels());
    report.models = collectors.into_iter().map(|collector| collector.finish(duration_s)).collect();
    Ok((report, decoder.damage()))
}

/// Works on `jobs` paths at a time and takes each outcome in the order of `paths`, as soon as its turn has come.
fn in_order(
    paths: &[PathBuf],
    jobs: usize,
    work: impl Fn(&Path) -> Outcome + Sync,
    mut take: impl FnMut(&Path, Outcome),
) {
    let next = AtomicUsize::new(0);
    let (done, done_out) = bounded(jobs);
    thread::scope(|scope| {
        for _ in 0..jobs.min(paths.len()) {
            let (next, done, work) = (&next, done.clone(), &work);
            scope.spawn(move || {
                while let i = next.fetch_add(1, Relaxed)
                    && let Some(path) = paths.get(i)
                {
                    let outcome = if interrupt::wished() { Err(TagError::Interrupted) } else { work(path) };
                    if done.send((i, outcome)).is_err() {
                        break;
                    }
                }
            });
        }
        drop(done);
        let mut waiting: Vec<Option<Outcome>> = (0..paths.len()).map(|_| None).collect();
        let mut turn = 0;
        for (i, outcome) in done_out {
            waiting[i] = Some(outcome);
            while let Some(outcome) = waiting.get_mut(turn).and_then(Option::take) {
                take(&paths[turn], outcome);
                turn += 1;
            }
        }
    });
}
