//! Scaling of costs with the number of streams, the length of a file, and the number of instances.
//!
//! Prints tables, and writes figures as JSON and plots into a folder. Fails if samples were dropped, which does not
//! depend on the speed of the machine.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, ExitCode, Stdio};
use std::sync::Arc;

use clap::Parser;
use cpu_time::ProcessTime;
use earmark_dsp::SampleRate;
use earmark_models::{ContextMode, Registry};
use earmark_plugin::EarmarkPlugin;
use earmark_session::{Instance, Mode, Session, SessionConfig, Transport, WorkerPool};
use earmark_tests::arrays::Fault;
use earmark_tests::plots::{self, Line, Words};
use earmark_tests::real_time::{self, Run};
use earmark_tests::{cost, machine, signal};
use serde_json::{Value, json};

/// Numbers of concurrent streams.
const STREAMS: [usize; 5] = [1, 2, 4, 8, 16];
/// Lengths of files, in minutes.
const MINUTES: [usize; 3] = [1, 10, 60];
/// Hops in frames.
const HOPS: [usize; 9] = [1, 2, 4, 6, 12, 16, 31, 62, 93];
const RATE_HZ: f64 = 48_000.0;
const BLOCK: usize = 64;

/// Measures the scaling of costs.
#[derive(clap::Parser)]
struct Arguments {
    /// Folder of the figures and plots.
    folder: PathBuf,
    /// Seconds that each number of streams plays.
    #[arg(long, default_value_t = 20.0)]
    seconds: f64,
    /// The `earmark` program; without it files are left out.
    #[arg(long)]
    earmark: Option<PathBuf>,
}

fn main() -> Result<ExitCode, Fault> {
    let Arguments { folder, seconds, earmark } = Arguments::parse();
    fs::create_dir_all(&folder)?;
    println!("{}\n", machine::description());
    // This comes first, because memory is measured in a program that has done nothing else.
    let begins = begins()?;
    let hops = hops(&folder)?;
    let (streams, dropped) = streams(&folder, seconds)?;
    let files = earmark.map(|earmark| files(&folder, &earmark)).transpose()?;
    let figures = json!({ "begins": begins, "hops": hops, "streams": streams, "files": files });
    machine::write(&folder.join("growth.json"), figures)?;
    println!("dropped samples: {dropped}");
    Ok(ExitCode::from(u8::from(dropped > 0)))
}

/// Returns the resident memory of this program in MiB.
fn memory_mib() -> f64 {
    let status = fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:"));
    line.and_then(|line| line.split_whitespace().next()?.parse::<f64>().ok()).unwrap_or(f64::NAN) / 1024.0
}

/// Runs `work` and returns its processor time over all threads, in seconds.
fn processor_s(work: impl FnOnce() -> Result<(), Fault>) -> Result<f64, Fault> {
    let begun = ProcessTime::now();
    work()?;
    Ok(begun.elapsed().as_secs_f64())
}

/// Returns an instance and its session, active in real time.
fn session() -> Result<(Arc<Instance>, Session), Fault> {
    let instance = Arc::clone(EarmarkPlugin::default().instance());
    let config = SessionConfig { rate: SampleRate::new(RATE_HZ)?, channels: 2, max_block: BLOCK };
    let mut session = Session::new(&instance, &WorkerPool::shared(), config)?;
    session.activate(Mode::Realtime);
    Ok((instance, session))
}

/// Measures the time from a scan to a first prediction, and the memory per instance.
fn begins() -> Result<Value, Fault> {
    let transport = Transport::default();
    let empty_mib = memory_mib();
    let scan_s = processor_s(|| {
        // Work of a host's scan.
        drop(EarmarkPlugin::default());
        Ok(())
    })?;
    let block = vec![0.1; BLOCK];
    let (first, mut session) = self::session()?;
    let ready_s = processor_s(|| {
        // The first samples start the loading of models; the progress is published once they are loaded.
        session.process(&[&block, &block], &transport);
        if !session.wait_idle(std::time::Duration::from_secs(60)) {
            return Err("the first block was not analyzed within a minute".into());
        }
        Ok(())
    })?;
    let music = signal::tune(RATE_HZ, 14.0);
    let listen = |session: &mut Session| {
        for blocks in music.chunks(RATE_HZ as usize / 4) {
            for block in blocks.chunks_exact(BLOCK) {
                session.process(&[block, block], &transport);
            }
            // Slow enough that no prediction is thinned out or skipped.
            if !session.wait_idle(std::time::Duration::from_secs(60)) {
                return Err(Fault::from("a quarter of a second was not analyzed within a minute"));
            }
        }
        Ok(())
    };
    listen(&mut session)?;
    let one_mib = memory_mib();
    let mut more = Vec::new();
    for _ in 0..3 {
        let (instance, mut session) = self::session()?;
        listen(&mut session)?;
        more.push((instance, session));
    }
    let further_mib = (memory_mib() - one_mib) / 3.0;
    drop(first);
    println!("scan (make an instance and drop it): {:.2} ms of processor time", scan_s * 1e3);
    println!("from the first block to models that are ready: {:.0} ms of processor time", ready_s * 1e3);
    println!(
        "memory: {empty_mib:.1} MiB before, {:.1} MiB for the first instance with its models, {further_mib:.1} MiB for each \
         further one\n",
        one_mib - empty_mib
    );
    Ok(json!({ "scan_s": scan_s, "ready_s": ready_s, "empty_mib": empty_mib, "first_mib": one_mib - empty_mib,
               "further_mib": further_mib }))
}

/// Measures the cost of an update at several hops.
fn hops(folder: &Path) -> Result<Value, Fault> {
    let model = Registry::global().load("msd-musicnn")?;
    let card = model.card();
    let hop_s = card.front_end.hop() as f64 / card.front_end.rate().hz();
    let whole_s = cost::patch_s(&model)?;
    let mut rows = Vec::new();
    let (mut exact, mut streaming, mut whole) = (Vec::new(), Vec::new(), Vec::new());
    for hop in HOPS {
        let [exact_s, streaming_s] =
            [ContextMode::ZeroPadded, ContextMode::Streaming].map(|b| cost::follow_s(&model, hop, b));
        let (exact_s, streaming_s) = (exact_s?, streaming_s?);
        let x = hop as f64;
        exact.push((x, exact_s * 1e3));
        streaming.push((x, streaming_s * 1e3));
        whole.push((x, whole_s * 1e3));
        rows.push(
            json!({ "hop": hop, "updates_per_s": 1.0 / (x * hop_s), "exact_s": exact_s, "streaming_s": streaming_s }),
        );
    }
    let words = Words {
        title: "msd-musicnn: what an update costs",
        x: "frames from one patch to the next",
        y: "ms of thread time",
    };
    let lines = [
        Line { name: "a whole patch", points: whole },
        Line { name: "exact", points: exact },
        Line { name: "streaming", points: streaming },
    ];
    plots::lines(&folder.join("hops.svg"), &words, &lines)?;
    Ok(json!({ "whole_s": whole_s, "rows": rows }))
}

/// Measures concurrent streams in real time.
fn streams(folder: &Path, seconds: f64) -> Result<(Value, u64), Fault> {
    let (mut rows, mut cores, mut dropped) = (Vec::new(), Vec::new(), 0);
    let mut distributions = Vec::new();
    for instances in STREAMS {
        let report = real_time::run(Run { instances, seconds })?;
        report.print();
        if report.thinned() > 1 {
            println!(
                "what gives way: predictions are thinned out by up to {}, and the panel says so\n",
                report.thinned()
            );
        }
        dropped += report.dropped();
        cores.push((instances as f64, report.cores));
        rows.push(report.json());
        distributions.push((instances, report.ages_ms()));
    }
    let words =
        Words { title: "Instances in real time at ten updates a second", x: "instances", y: "cores for everything" };
    plots::lines(&folder.join("streams.svg"), &words, &[Line { name: "processor", points: cores }])?;
    let names: Vec<String> = distributions.iter().map(|(instances, _)| format!("{instances} instances")).collect();
    let lines = distributions.iter().zip(&names).filter(|((instances, _), _)| [1, 4, 8, 16].contains(instances));
    let lines: Vec<Line<'_>> = lines
        .map(|((_, ages), name)| {
            // Share of readings at which the shown value was at most that old.
            let at = |percent: usize| (ages[(ages.len() - 1) * percent / 100], percent as f64);
            Line { name, points: (0..=100).map(at).collect() }
        })
        .collect();
    let words = Words { title: "How old tags are when they are looked at", x: "ms", y: "per cent at most so old" };
    plots::lines(&folder.join("ages.svg"), &words, &lines)?;
    Ok((json!(rows), dropped))
}

/// Measures the cost of a file by its length.
fn files(folder: &Path, earmark: &Path) -> Result<Value, Fault> {
    let piece: Vec<i16> = signal::tune(16_000.0, 60.0).iter().map(|sample| (sample * 30_000.0) as i16).collect();
    let (mut rows, mut points) = (Vec::new(), Vec::new());
    println!("minutes of file   s of processor time   times real time");
    for minutes in MINUTES {
        let path = folder.join("growing.wav");
        let spec = hound::WavSpec {
            channels: 1,
            sample_rate: 16_000,
            bits_per_sample: 16,
            sample_format: hound::SampleFormat::Int,
        };
        let mut writer = hound::WavWriter::create(&path, spec)?;
        for _ in 0..minutes {
            piece.iter().try_for_each(|&sample| writer.write_sample(sample))?;
        }
        writer.finalize()?;
        let before_s = children_s();
        let status = Command::new(earmark).arg("tag").arg(&path).stdout(Stdio::null()).status()?;
        let seconds = children_s() - before_s;
        fs::remove_file(&path)?;
        if !status.success() {
            return Err(format!("earmark tag failed on {minutes} minutes: {status}").into());
        }
        println!("{minutes:15} {seconds:21.2} {:17.0}", minutes as f64 * 60.0 / seconds);
        points.push((minutes as f64, seconds));
        rows.push(json!({ "minutes": minutes, "processor_s": seconds }));
    }
    println!();
    let words =
        Words { title: "earmark tag: tags and tempo of a file", x: "minutes of file", y: "s of processor time" };
    plots::lines(&folder.join("files.svg"), &words, &[Line { name: "processor", points }])?;
    Ok(json!(rows))
}

/// Returns the processor time in seconds of child processes that have ended: `cutime` and `cstime` of proc(5), in steps
/// of 0.01 s.
fn children_s() -> f64 {
    let stat = fs::read_to_string("/proc/self/stat").unwrap_or_default();
    let after_name = stat.rsplit_once(')').map_or("", |(_, after)| after);
    let ticks: f64 = after_name.split_whitespace().skip(13).take(2).filter_map(|ticks| ticks.parse::<f64>().ok()).sum();
    ticks / 100.0
}
