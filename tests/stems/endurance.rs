//! Long playback in real time: load, cost of the callbacks, and late runs.

use std::sync::Mutex;
use std::thread;
use std::time::{Duration, Instant};

use cpu_time::{ProcessTime, ThreadTime};
use earmark_separate::{Schedule, SeparationMode, SeparatorConfig};

use super::song;
#[cfg(target_os = "linux")]
use super::stems_host::render_beside;
use super::stems_host::{Stems, host, render, set};
#[cfg(target_os = "linux")]
use crate::host::test_host::Host;
#[cfg(target_os = "linux")]
use crate::host::window::{Window, display};
use crate::separate::separated;

const BLOCK: usize = 64;
const RATE_HZ: f64 = 48_000.0;

/// Live mode of the plugin.
#[derive(Debug, Clone, Copy)]
struct LiveMode {
    /// Value of the parameter.
    index: f64,
    /// Hop and look-ahead in frames.
    schedule: Schedule,
}

const fn mode(index: f64, hop: usize, look_ahead: usize) -> LiveMode {
    LiveMode { index, schedule: Schedule { hop, look_ahead } }
}

const MODES: [LiveMode; 7] = [
    mode(0.0, 2, 0),
    mode(1.0, 4, 0),
    mode(2.0, 4, 2),
    mode(3.0, 8, 4),
    mode(4.0, 8, 8),
    mode(5.0, 16, 8),
    mode(6.0, 32, 8),
];
/// Index of mode `normal` in [`MODES`].
const NORMAL: usize = 3;
/// Maximum share of one core in mode `normal`.
const MAX_LOAD: f64 = 0.14;
/// Number of instances that play at once.
#[cfg(target_os = "linux")]
const INSTANCES: usize = 4;

/// Returns a song of this length, which is played at [`RATE_HZ`].
fn input(seconds: f64) -> [Vec<f32>; 2] {
    let frames = (seconds * RATE_HZ) as usize;
    song(13.0).map(|channel| channel.iter().copied().cycle().take(frames).collect())
}

/// Pauses of an audio thread that plays in real time, and the thread time of each callback.
struct Pace(Mutex<Played>);

struct Played {
    /// Time of the first block.
    begun: Option<Instant>,
    callbacks: Vec<Duration>,
    /// Thread time of the audio thread, with the work of the host.
    thread: Duration,
}

impl Pace {
    fn new(blocks: usize) -> Self {
        Self(Mutex::new(Played { begun: None, callbacks: Vec::with_capacity(blocks), thread: Duration::ZERO }))
    }

    /// Notes the thread time of a callback, and waits until the next block is due.
    fn wait(&self, callback: Duration) {
        let mut played = self.0.lock().unwrap();
        played.callbacks.push(callback);
        played.thread = ThreadTime::now().as_duration();
        let audio = Duration::from_secs_f64((played.callbacks.len() * BLOCK) as f64 / RATE_HZ);
        let due = *played.begun.get_or_insert_with(Instant::now) + audio;
        thread::sleep(due.saturating_duration_since(Instant::now()));
    }

    /// Returns the time that the audio thread spent outside of the callbacks.
    fn host_time(&self) -> Duration {
        let played = self.0.lock().unwrap();
        played.thread.saturating_sub(played.callbacks.iter().sum())
    }

    /// Returns the thread time of the callback in microseconds at some shares of all callbacks.
    fn costs_us<const N: usize>(self, shares: [f64; N]) -> [f64; N] {
        let mut costs = self.0.into_inner().unwrap().callbacks;
        costs.sort_unstable();
        shares.map(|share| costs[((costs.len() - 1) as f64 * share) as usize].as_secs_f64() * 1e6)
    }
}

/// Returns the number of samples of the vocals that differ from those of a separator that is never late: 0 if no run was
/// late. The first second is left out, because the plugin fades the first vocals in.
fn late_samples(schedule: Schedule, input: &[Vec<f32>; 2], latency: usize, [_, vocals, _]: &Stems) -> usize {
    let config = SeparatorConfig { mode: SeparationMode::Live(schedule), ..SeparatorConfig::default() };
    let expected = &separated(&input.to_vec(), RATE_HZ, config, BLOCK)[0][0];
    let compared = expected.len().min(vocals[0].len() - latency);
    (RATE_HZ as usize..compared).filter(|&i| (vocals[0][i + latency] - expected[i]).abs() > 1e-5).count()
}

/// Plays for `seconds`, and prints the load, with the loading of the networks but without the host, and the cost of the
/// callbacks. Returns the load and the number of late samples.
fn play(mode: LiveMode, seconds: f64) -> (f64, usize) {
    let input = input(seconds);
    let pace = Pace::new(input[0].len() / BLOCK + 1);
    let mut host = host();
    set(&mut host, "Mode", mode.index);
    let (begun, cpu) = (Instant::now(), ProcessTime::now());
    let (latency, stems) = render(&mut host, RATE_HZ, &input, BLOCK, |callback| pace.wait(callback));
    let used = cpu.elapsed().saturating_sub(pace.host_time());
    let load = used.as_secs_f64() / begun.elapsed().as_secs_f64();
    let [p50, p99, p999] = pace.costs_us([0.5, 0.99, 0.999]);
    println!(
        "mode {}, {seconds} s in blocks of {BLOCK} at {RATE_HZ} Hz: {:.1} % of a core, callback p50 {p50:.1} us, \
         p99 {p99:.1} us, p99.9 {p999:.1} us",
        mode.index,
        load * 100.0,
    );
    let late = late_samples(mode.schedule, &input, latency, &stems);
    println!("{late} samples of the vocals differ from those of a separator that is never late");
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

/// Several instances at once, with the editor of one in a window: the sound is the input, whatever gives way.
#[cfg(target_os = "linux")]
#[test(needs(Display, Reference))]
#[ignore = "a minute of real time on an idle machine"]
fn instances_at_once_keep_the_sound() {
    let display = display();
    let input = input(40.0);
    let (begun, cpu) = (Instant::now(), ProcessTime::now());
    let play = |picture: Option<&str>| {
        let mut host = host();
        let pace = Pace::new(input[0].len() / BLOCK + 1);
        let beside = |host: &mut Host| {
            let Some(picture) = picture else { return };
            let window = Window::open(&display, host);
            thread::sleep(Duration::from_secs(25));
            window.wait_until_drawn(Duration::from_secs(10));
            window.keep_picture(picture);
            window.close(host);
        };
        let (latency, stems) = render_beside(&mut host, RATE_HZ, &input, BLOCK, |callback| pace.wait(callback), beside);
        (latency, stems, pace.costs_us([0.5, 0.99, 0.999]))
    };
    let played: Vec<_> = thread::scope(|scope| {
        let others: Vec<_> = (1..INSTANCES).map(|_| scope.spawn(|| play(None))).collect();
        let first = play(Some("stems_four"));
        std::iter::once(first).chain(others.into_iter().map(|thread| thread.join().unwrap())).collect()
    });
    let load = cpu.elapsed().as_secs_f64() / begun.elapsed().as_secs_f64();
    println!("{INSTANCES} instances: {:.1} % of a core, with one window drawn in software", load * 100.0);
    for (latency, stems, [p50, p99, p999]) in &played {
        let late = late_samples(MODES[NORMAL].schedule, &input, *latency, stems);
        println!("{late} late samples; callback p50 {p50:.1} us, p99 {p99:.1} us, p99.9 {p999:.1} us");
        for channel in 0..2 {
            let output = &stems[0][channel][*latency..];
            assert!(output.iter().zip(&input[channel]).all(|(output, input)| output == input));
        }
    }
}
