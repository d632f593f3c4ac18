//! Processor time of the live app at its default rates, with and without live tempo, levels, outputs and remote control.

use std::fs;
use std::net::UdpSocket;
use std::thread;
use std::time::Duration;

use super::running::Running;

/// Length of the measurement in seconds, after the models are loaded.
const SECONDS: u64 = 60;
const WARM_UP: Duration = Duration::from_secs(15);

/// Returns the processor time of a program in percent of a core.
fn percent(arguments: &[&str], clip: &str) -> f64 {
    let program = Running::start(&[&["listen", "--file", clip][..], arguments].concat(), |_| {});
    thread::sleep(WARM_UP);
    let before_s = program.cpu_s();
    thread::sleep(Duration::from_secs(SECONDS));
    100.0 * (program.cpu_s() - before_s) / SECONDS as f64
}

#[test(needs(Reference))]
#[ignore = "five minutes in real time; prints processor times, which depend on the machine"]
fn processor_time_of_everything_at_default_rates() {
    let folder = tempfile::tempdir().unwrap();
    let (path, samples, rate_hz) = super::mono_clip("techno_48k.flac", folder.path());
    // Long enough for the measurement.
    let length = (SECONDS as usize + 30) * rate_hz as usize;
    let samples: Vec<f32> = samples.iter().copied().cycle().take(length).collect();
    crate::command::wav::float_wav(&path, rate_hz, 1, &samples);
    let clip = path.to_str().unwrap();
    let receiver = UdpSocket::bind("127.0.0.1:0").unwrap();
    let osc = format!("127.0.0.1:{}", receiver.local_addr().unwrap().port());
    let scenes = folder.path().join("show.toml");
    let maps = ["level.low", "level.rms", "onset.kick", "tempo"]
        .map(|from| format!("[[map]]\nfrom = \"{from}\"\nosc = \"/{from}\"\n"));
    fs::write(
        &scenes,
        format!("osc = \"{osc}\"\nsacn = \"127.0.0.1\"\n{}[[map]]\nfrom = \"level.high\"\ndmx = 1\n", maps.concat()),
    )
    .unwrap();
    let tags = ["--model", "msd-musicnn"];
    let all = [
        "--levels",
        "--osc",
        &osc,
        "--osc-in",
        "0",
        "--midi",
        "--midi-clock",
        "--midi-in",
        "--scenes",
        scenes.to_str().unwrap(),
    ];
    let (tags, usual, everything) = (percent(&tags, clip), percent(&[], clip), percent(&all, clip));
    println!(
        "live_app: processor time in percent of a core over {SECONDS} s: tags alone {tags:.1}, tags and live tempo {usual:.1}, with \
         levels, OSC, MIDI clock, mappings, DMX and remote control {everything:.1}"
    );
    assert!(everything < 100.0, "{everything} %");
}
