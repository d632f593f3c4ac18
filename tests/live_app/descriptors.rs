//! Cost and age of the descriptors of a stream in real time.

use earmark_tests::signal::tune;

use super::running::Running;
use crate::command::wav::float_wav;

/// Rate of the stream in Hz.
const RATE_HZ: u32 = 48_000;
/// Length of the stream in seconds.
const LENGTH_S: f64 = 60.0;
/// Length of the window of a description in seconds.
const WINDOW_S: f64 = 30.0;
/// Audio in seconds that the resampler holds back at most.
const HELD_BACK_S: f64 = 0.08;

/// Run of the program over the stream: its processor time in seconds, and the ages of its descriptions.
struct Run {
    cpu_s: f64,
    ages_s: Vec<f64>,
}

/// Analyzes the file at the speed of real time, with added options.
fn run(path: &str, options: &[&str]) -> Run {
    let arguments = [&["listen", "--file", path, "--model", "msd-musicnn", "--rate", "1"][..], options].concat();
    let mut program = Running::start(&arguments, |_| {});
    let seconds = LENGTH_S as u64;
    program.wait(0, 4 * seconds, "the end of the stream", |line| {
        line["event"] == "tags" && line["end_s"].as_f64() > Some(LENGTH_S - 2.0)
    });
    let cpu_s = program.cpu_s();
    program.wait(0, 60, "the end", |line| line["event"] == "end");
    assert_eq!(program.end(), 0, "{}", program.errors());
    let lines = program.lines();
    let described: Vec<_> = lines.iter().map(|line| &line.json).filter(|line| line["event"] == "descriptors").collect();
    let number = |name: &str| -> Vec<f64> { described.iter().map(|line| line[name].as_f64().unwrap()).collect() };
    // One description for each second of source, less what the resampler holds back; the window grows to its length.
    for (end_s, window_s) in number("end_s").into_iter().zip(number("window_s")) {
        assert!((0.0..HELD_BACK_S).contains(&(end_s.ceil() - end_s)), "a description at {end_s} s");
        assert!((window_s - end_s.min(WINDOW_S)).abs() < 1e-3, "a window of {window_s} s at {end_s} s");
    }
    Run { cpu_s, ages_s: number("age_s") }
}

#[test]
#[ignore = "two minutes of real time"]
fn descriptors_of_a_live_stream_have_a_cost_and_an_age() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("tune.wav");
    float_wav(&path, RATE_HZ, 2, &tune(RATE_HZ.into(), LENGTH_S));
    let path = path.to_str().unwrap();
    let (without, with) = (run(path, &[]), run(path, &["--descriptors"]));
    assert!(without.ages_s.is_empty());
    assert!(!with.ages_s.is_empty() && with.ages_s.len() <= LENGTH_S as usize, "{} descriptions", with.ages_s.len());
    let mut ages_s = with.ages_s;
    ages_s.sort_by(f64::total_cmp);
    let at = |share: f64| ages_s[(share * (ages_s.len() - 1) as f64).round() as usize] * 1e3;
    println!(
        "live_app: descriptors of {WINDOW_S} s once a second, over {LENGTH_S} s: {} descriptions; processor time per second of \
         audio {:.1} ms with them and {:.1} ms without; age {:.0} ms at the median, {:.0} ms at the 95th percentile, {:.0} ms \
         at most",
        ages_s.len(),
        with.cpu_s / LENGTH_S * 1e3,
        without.cpu_s / LENGTH_S * 1e3,
        at(0.5),
        at(0.95),
        at(1.0)
    );
}
