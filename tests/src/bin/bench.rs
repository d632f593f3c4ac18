//! Benchmark: thread time per patch of each model, and per second of audio of each front end, of the descriptors and of
//! the separation into stems.
//!
//! Thread time is measured instead of wall time, so that other programs on the machine have little influence.

use std::num::NonZeroUsize;
use std::path::PathBuf;

use clap::Parser;
use cpu_time::ThreadTime;
use earmark_descriptors::{AudioRetention, Extractor, Stretch};
use earmark_dsp::{FrontEnd, SampleRate};
use earmark_models::{ContextMode, Registry};
use earmark_separate::{Schedule, SeparationMode, Separator, SeparatorConfig, StemBuffers, two_stems};
use earmark_tests::arrays::Fault;
use earmark_tests::listen::{Setup, features};
use earmark_tests::{cost, machine, signal};
use serde_json::{Value, json};
use std::hint::black_box;

/// Length of the audio for the front ends in seconds.
const LENGTH_S: f64 = 20.0;

/// Measures the speed of models and front ends.
#[derive(clap::Parser)]
struct Arguments {
    /// Write the figures as JSON to this file, too.
    #[arg(long)]
    json: Option<PathBuf>,
    /// Print only the seconds that a single patch of this model takes.
    #[arg(long, value_name = "ID")]
    patch: Option<String>,
    /// Instead of a single patch, measure a stream with this hop in frames: exact, then streaming.
    #[arg(long, requires = "patch", value_name = "FRAMES")]
    hop: Option<NonZeroUsize>,
    /// Print only the table of the separation into stems.
    #[arg(long, conflicts_with = "patch")]
    stems: bool,
}

fn main() -> Result<(), Fault> {
    let Arguments { json, patch, hop, stems } = Arguments::parse();
    if let Some(id) = patch {
        let model = Registry::global().load(&id)?;
        match hop {
            None => println!("{}", cost::patch_s(&model)?),
            Some(hop) => {
                for context_mode in [ContextMode::ZeroPadded, ContextMode::Streaming] {
                    println!("{}", cost::follow_s(&model, hop.get(), context_mode)?);
                }
            }
        }
        return Ok(());
    }
    if stems {
        return separation().map(drop);
    }
    println!("{}\n", machine::description());
    let figures = json!({
        "front_ends": front_ends()?, "models": models()?, "columns": columns("msd-musicnn")?,
        "vgg_columns": [columns("msd-vgg")?, columns("mtt-vgg")?], "whole_times_real_time": whole()?,
        "descriptors": descriptors()?, "separation": separation()?,
    });
    Ok(json.map_or(Ok(()), |path| machine::write(&path, figures))?)
}

fn front_ends() -> Result<Value, Fault> {
    let mut rows = Vec::new();
    println!("front-end      from Hz   of a core   times real time");
    for front_end in FrontEnd::ALL {
        let own_hz = front_end.rate().hz();
        for rate_hz in
            [own_hz].into_iter().chain([44_100.0, 48_000.0, 192_000.0].into_iter().filter(|&hz| hz != own_hz))
        {
            let samples = signal::tune(rate_hz, LENGTH_S);
            let seconds =
                cost::median(5, || features(front_end, rate_hz, samples.chunks(512)).map(black_box).map(drop))?;
            let name = front_end.name();
            println!("{name:13} {rate_hz:>8}   {:>7.2} %   {:>15.0}", 100.0 * seconds / LENGTH_S, LENGTH_S / seconds);
            rows.push(json!({ "front_end": name, "rate_hz": rate_hz, "share_of_a_core": seconds / LENGTH_S }));
        }
    }
    println!();
    Ok(Value::Array(rows))
}

fn models() -> Result<Value, Fault> {
    let mut rows = Vec::new();
    println!(
        "model                    ms a patch   patches a second   hop   times real time   of a core at 10 patches a second"
    );
    for card in Registry::global().cards() {
        let model = Registry::global().load(&card.id)?;
        let seconds = cost::patch_s(&model)?;
        let hop_s = (card.hop_frames * card.front_end.hop()) as f64 / card.front_end.rate().hz();
        println!(
            "{:24} {:>10.2} {:>18.0} {:>5} {:>17.0} {:>23.0} %",
            card.id,
            seconds * 1e3,
            1.0 / seconds,
            card.hop_frames,
            hop_s / seconds,
            seconds * 10.0 * 100.0,
        );
        rows.push(json!({ "model": card.id, "patch_s": seconds, "hop_frames": card.hop_frames }));
    }
    println!();
    Ok(Value::Array(rows))
}

/// Measures an incremental network at several hops.
fn columns(id: &str) -> Result<Value, Fault> {
    let mut rows = Vec::new();
    let Some(card) = Registry::global().card(id) else { return Ok(Value::Null) };
    let hop_s = card.front_end.hop() as f64 / card.front_end.rate().hz();
    let model = Registry::global().load(id)?;
    println!("{id}: a patch by itself {:.2} ms; in a stream:\n", cost::patch_s(&model)? * 1e3);
    // The streaming context of VGG is the exact one.
    let streaming = if id.ends_with("vgg") { "" } else { "   streaming: ms   of a core" };
    println!("hop   updates a second   exact: ms   of a core{streaming}");
    for hop in [1, 2, 3, 4, 6, 12, 16, 31, 62, 93, 187] {
        let per_second = 1.0 / (hop as f64 * hop_s);
        let shares = |seconds: f64| (seconds * 1e3, seconds * per_second * 100.0);
        let exact_s = cost::follow_s(&model, hop, ContextMode::ZeroPadded)?;
        let (ms, percent) = shares(exact_s);
        print!("{hop:3} {per_second:>18.1} {ms:>11.2} {percent:>9.1} %");
        let mut row = json!({ "hop_frames": hop, "updates_per_s": per_second, "exact_s": exact_s });
        if !streaming.is_empty() {
            let streaming_s = cost::follow_s(&model, hop, ContextMode::Streaming)?;
            let (ms, percent) = shares(streaming_s);
            print!(" {ms:>15.2} {percent:>9.1} %");
            row["streaming_s"] = streaming_s.into();
        }
        println!();
        rows.push(row);
    }
    println!();
    Ok(Value::Array(rows))
}

/// Measures the music extractor: a stereo piece, and a live mono stream of which the last 30 s are described every second.
fn descriptors() -> Result<Value, Fault> {
    const WINDOW_S: f64 = 30.0;
    let mut rows = Vec::new();
    println!("descriptors   of a core   times real time");
    for rate_hz in [44_100.0, 48_000.0] {
        let mono = signal::tune(rate_hz, LENGTH_S);
        let stereo: Vec<f32> = mono.iter().flat_map(|&sample| [sample, 0.8 * sample]).collect();
        let rate = SampleRate::new(rate_hz)?;
        let seconds = cost::median(3, || -> Result<(), Fault> {
            let mut extractor = Extractor::builder(rate, 2).build()?;
            stereo.chunks(8192).for_each(|block| extractor.push(block));
            black_box(extractor.finish());
            Ok(())
        })?;
        println!("{rate_hz:>8} Hz {:>11.2} % {:>17.0}", 100.0 * seconds / LENGTH_S, LENGTH_S / seconds);
        rows.push(json!({ "rate_hz": rate_hz, "share_of_a_core": seconds / LENGTH_S }));
    }
    let rate = SampleRate::HZ_44100;
    let mut live = Extractor::builder(rate, 1).audio(AudioRetention::Last(WINDOW_S as u32)).build()?;
    signal::tune(rate.hz(), WINDOW_S).chunks(512).for_each(|block| live.push(block));
    let second = signal::tune(rate.hz(), 1.0);
    let push_s = cost::median(9, || -> Result<(), Fault> {
        second.chunks(512).for_each(|block| live.push(block));
        Ok(())
    })?;
    let answer_s = cost::median(9, || -> Result<(), Fault> {
        black_box(live.describe(Stretch::Last(WINDOW_S)));
        Ok(())
    })?;
    println!("live: {:.1} ms per second of audio, {:.1} ms per answer over 30 s\n", push_s * 1e3, answer_s * 1e3);
    Ok(json!({ "pieces": rows, "live_push_s": push_s, "live_answer_s": answer_s }))
}

/// Measures the separation of a stereo piece into stems, in blocks and in the schedules of the modes of Earmark Stems.
fn separation() -> Result<Value, Fault> {
    let live = |hop, look_ahead| SeparationMode::Live(Schedule { hop, look_ahead });
    let modes = [
        ("blocks", SeparationMode::default()),
        ("instant", live(2, 0)),
        ("tight", live(4, 0)),
        ("quick", live(4, 2)),
        ("normal", live(8, 4)),
        ("relaxed", live(8, 8)),
        ("light", live(16, 8)),
        ("lightest", live(32, 8)),
    ];
    let model = two_stems()?;
    let mut rows = Vec::new();
    println!("stems      from Hz   of a core   with one network");
    for (name, mode) in modes {
        for rate_hz in [44_100.0, 48_000.0] {
            let mono = signal::tune(rate_hz, LENGTH_S);
            let other: Vec<f32> = mono.iter().map(|sample| 0.8 * sample).collect();
            let share = |eco: bool| {
                let config = SeparatorConfig { mode, eco, ..SeparatorConfig::default() };
                let mut separator = Separator::new(&model, SampleRate::new(rate_hz)?, 2, config)?;
                let mut stems = StemBuffers::default();
                let begun = ThreadTime::now();
                for (left, right) in mono.chunks(512).zip(other.chunks(512)) {
                    stems.clear();
                    separator.push(&[left, right], &mut stems)?;
                }
                separator.flush(&mut stems)?;
                black_box(&stems);
                Ok::<_, Fault>(begun.elapsed().as_secs_f64() / LENGTH_S)
            };
            let (both, one) = (share(false)?, share(true)?);
            println!("{name:9} {rate_hz:>8} {:>9.1} % {:>16.1} %", 100.0 * both, 100.0 * one);
            rows.push(json!({ "mode": name, "rate_hz": rate_hz, "share_of_a_core": both, "eco_share_of_a_core": one }));
        }
    }
    println!();
    Ok(Value::Array(rows))
}

/// Measures the work of `earmark tag` with its defaults, without the decoder.
fn whole() -> Result<f64, Fault> {
    let rate_hz = 44_100.0;
    let samples = signal::tune(rate_hz, LENGTH_S);
    let load = |id: &str| Registry::global().load(id).map(|model| (model.card().hop_frames, model));
    let mut models = vec![load("msd-musicnn")?];
    if cfg!(feature = "tempocnn") {
        models.push(load("tempocnn-deepsquare-k8")?);
    }
    let names: Vec<String> = models.iter().map(|(_, model)| model.card().id.clone()).collect();
    let mut setup = Setup::plain(rate_hz, load("msd-musicnn")?.1);
    setup.models = models.into_iter().map(|(hop, model)| (model, hop)).collect();
    let seconds = cost::median(3, || setup.predict(samples.chunks(4096)).map(black_box).map(drop))?;
    println!("{} over 44.1 kHz: {:.0} times real time on one core", names.join(" and "), LENGTH_S / seconds);
    Ok(LENGTH_S / seconds)
}
