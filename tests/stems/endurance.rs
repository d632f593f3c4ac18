//! Long playback in real time: load, cost of the callbacks, and late runs.

use std::sync::Mutex;
use std::thread;
use std::time::{Duration, Instant};

use cpu_time::{ProcessTime, ThreadTime};
use earmark_separate::{Schedule, SeparationMode, SeparatorConfig};

use super::song;
use super::stems_host::{host, render, set};
use crate::separate::separated;

const BLOCK: usize = 64;
const RATE_HZ: f64 = 44_100.0;
/// Live modes: index, hop and look-ahead in frames.
const MODES: [(f64, usize, usize); 7] =
    [(0.0, 2, 0), (1.0, 4, 0), (2.0, 4, 2), (3.0, 8, 4), (4.0, 8, 8), (5.0, 16, 8), (6.0, 32, 8)];
/// Index of mode `normal` in [`MODES`].
const NORMAL: usize = 3;
/// Maximum share of one core in mode `normal`.
const MAX_LOAD: f64 = 0.3;

/// Plays for `seconds`, and prints the load and the cost of the callbacks. Returns the load, and the number of samples of
/// the vocals that differ from those of a separator that is never late: 0 if no run was late.
fn play((mode, hop, look_ahead): (f64, usize, usize), seconds: f64) -> (f64, usize) {
    let piece = song(13.0);
    let frames = (seconds * RATE_HZ) as usize;
    let input = piece.map(|channel| channel.iter().copied().cycle().take(frames).collect::<Vec<f32>>());
    let costs = Mutex::new(Vec::with_capacity(frames / BLOCK + 1));
    let begun = Instant::now();
    let pace = || {
        // Thread time of the audio thread since the last pause.
        let mut costs = costs.lock().unwrap();
        let spent = ThreadTime::now().as_duration();
        costs.push(spent);
        let due = begun + Duration::from_secs_f64((costs.len() * BLOCK) as f64 / RATE_HZ);
        thread::sleep(due.saturating_duration_since(Instant::now()));
    };
    let cpu = ProcessTime::now();
    let mut host = host();
    set(&mut host, "Mode", mode);
    let (latency, [_, vocals, _]) = render(&mut host, RATE_HZ, &input, BLOCK, pace);
    let load = cpu.elapsed().as_secs_f64() / begun.elapsed().as_secs_f64();
    let spent: Vec<Duration> = costs.into_inner().unwrap();
    let mut costs: Vec<Duration> = spent.windows(2).map(|pair| pair[1] - pair[0]).collect();
    costs.sort_unstable();
    let at = |share: f64| costs[((costs.len() - 1) as f64 * share) as usize].as_secs_f64() * 1e6;
    println!(
        "mode {mode}, {seconds} s in blocks of {BLOCK}: {:.1} % of a core, callback p50 {:.1} us, p99 {:.1} us, p99.9 {:.1} us \
         (with the buffers of the host)",
        load * 100.0,
        at(0.5),
        at(0.99),
        at(0.999)
    );

    let mode = SeparationMode::Live(Schedule { hop, look_ahead });
    let config = SeparatorConfig { mode, ..SeparatorConfig::default() };
    let stems = separated(&input.to_vec(), RATE_HZ, config, BLOCK);
    let expected = &stems[0][0];
    // The plugin fades the first vocals in.
    let start = RATE_HZ as usize;
    let compared = expected.len().min(vocals[0].len() - latency);
    let late = (start..compared).filter(|&i| (vocals[0][i + latency] - expected[i]).abs() > 1e-5).count();
    println!("{late} of {compared} samples of the vocals differ from those of a separator that is never late");
    (load, late)
}

#[test(needs(Reference))]
#[ignore = "ten minutes of real time on an idle machine"]
fn ten_minutes_have_no_late_run() {
    let (load, late) = play(MODES[NORMAL], 600.0);
    assert!(late == 0 && load <= MAX_LOAD, "{late} late samples, {load} of a core");
}

#[test(needs(Reference))]
#[ignore = "minutes of real time on an idle machine"]
fn loads_of_all_modes_are_printed() {
    let late = MODES.map(|mode| play(mode, 20.0).1);
    assert_eq!(late[NORMAL..], [0; MODES.len() - NORMAL]);
}
