//! Cost of libraries of any size, from the measured cost of a track: the table of `standalone/batch/README.md`.

use std::fs;
use std::path::{Path, PathBuf};

use crate::demo::synth;
use crate::processes;
use crate::sh::{self, TaskError, TaskResult, file_error};

/// Page with the table, and the lines around it.
const PAGE: &str = "standalone/batch/README.md";
const BEGIN: &str = "<!-- written by `cargo xtask bench --batch` -->\n";
const END: &str = "<!-- end of the table -->";
/// Length of a track in seconds.
const TRACK_S: u32 = 240;
/// Number of tracks whose analysis is measured.
const TRACKS: usize = 8;
/// Number of short tracks whose results are measured: a full shard.
const ROWS: usize = 200;
/// Length of a short track in seconds: one patch of embeddings.
const ROW_S: usize = 4;
/// Sizes of libraries.
const LIBRARIES: [f64; 3] = [1e5, 1e7, 1e8];
/// Numbers of cores.
const CORES: [f64; 3] = [8.0, 64.0, 1000.0];
/// Bytes per second of MP3 at 256 kbit/s, and of FLAC at about 900 kbit/s.
const MP3_BYTES_PER_S: f64 = 32_000.0;
const FLAC_BYTES_PER_S: f64 = 112_500.0;
/// Seconds between two patches of MusiCNN.
const HOP_S: f64 = 1.488;

/// Measures, and writes the table.
pub(crate) fn run() -> TaskResult {
    let folder = sh::target().join("batch-cost");
    if folder.exists() {
        fs::remove_dir_all(&folder).map_err(file_error(&folder))?;
    }
    let earmark = sh::built("earmark", false)?;
    let format = tracks(&folder)?;
    let whole = measure(&earmark, &folder, "tracks", &[])?;
    let middle = measure(&earmark, &folder, "tracks", &["--seconds", "90"])?;
    let means = bytes_per_row(&earmark, &folder, &[])?;
    let patches = bytes_per_row(&earmark, &folder, &["--embed"])? * f64::from(TRACK_S) / HOP_S;
    fs::remove_dir_all(&folder).map_err(file_error(&folder))?;

    let per_track = |processor_s: f64| processor_s / TRACKS as f64;
    let speed = f64::from(TRACK_S) / per_track(whole);
    let mut text = format!(
        "Measured: {TRACKS} tracks of {TRACK_S} s ({format}), tags and tempo, one process: {:.2} s of a core each, {speed:.0} x real time \
         ({:.2} s with `--seconds 90`). {}.\n\n",
        per_track(whole),
        per_track(middle),
        machine()
    );
    text += "| tracks | core hours | 8 cores | 64 cores | 1000 cores | with `--seconds 90` | read as MP3, FLAC | results: tags, embeddings |\n";
    text += "|---|---|---|---|---|---|---|---|\n";
    for tracks in LIBRARIES {
        let hours = tracks * per_track(whole) / 3600.0;
        let on = CORES.map(|cores| time(hours / cores)).join(" | ");
        let read = |bytes_per_s: f64| bytes(tracks * f64::from(TRACK_S) * bytes_per_s);
        text += &format!(
            "| 10^{:.0} | {:.0} | {on} | {:.0} core hours | {}, {} | {}, {} |\n",
            tracks.log10(),
            hours,
            tracks * per_track(middle) / 3600.0,
            read(MP3_BYTES_PER_S),
            read(FLAC_BYTES_PER_S),
            bytes(tracks * means),
            bytes(tracks * patches)
        );
    }
    text += &format!(
        "\nA core reads {} of MP3 per second; 1000 cores read {}.\n",
        bytes(speed * MP3_BYTES_PER_S),
        bytes(1000.0 * speed * MP3_BYTES_PER_S)
    );
    println!("{text}");
    insert(&text)
}

/// Replaces the table of the page.
fn insert(text: &str) -> TaskResult {
    let path = sh::root().join(PAGE);
    let page = fs::read_to_string(&path).map_err(file_error(&path))?;
    let parts = page.split_once(BEGIN).and_then(|(before, rest)| Some((before, rest.split_once(END)?.1)));
    let Some((before, after)) = parts else {
        return Err(TaskError::Other(format!("expected the lines {BEGIN:?} and {END:?} in {PAGE}, got none")));
    };
    fs::write(&path, format!("{before}{BEGIN}\n{text}\n{END}{after}")).map_err(file_error(&path))
}

/// Makes the tracks, as MP3 if ffmpeg is installed, and the short ones. Returns the format of the former.
fn tracks(folder: &Path) -> Result<&'static str, TaskError> {
    let wav = folder.join("piece.wav");
    synth::write(&wav, TRACK_S)?;
    let (tracks, rows) = (folder.join("tracks"), folder.join("rows"));
    for path in [&tracks, &rows] {
        fs::create_dir_all(path).map_err(file_error(path))?;
    }
    let mp3 = folder.join("piece.mp3");
    let mut encode = sh::command("ffmpeg");
    encode.args(["-loglevel", "error", "-i"]).arg(&wav).args(["-b:a", "256k"]).arg(&mp3);
    let (source, format) = match sh::output(&mut encode) {
        Some(_) => (mp3, "MP3 at 256 kbit/s, 44.1 kHz"),
        None => (wav, "WAV, 44.1 kHz"),
    };
    let extension = source.extension().unwrap_or_default().to_owned();
    for number in 0..TRACKS {
        let copy = tracks.join(number.to_string()).with_extension(&extension);
        fs::copy(&source, &copy).map_err(file_error(&copy))?;
    }
    cut(&folder.join("piece.wav"), &rows)?;
    Ok(format)
}

/// Cuts short pieces of different levels out of a long one, because equal rows would be compressed to nothing.
fn cut(piece: &Path, rows: &Path) -> TaskResult {
    let failed = |error: hound::Error| TaskError::Other(format!("{}: {error}", piece.display()));
    let mut reader = hound::WavReader::open(piece).map_err(failed)?;
    let spec = reader.spec();
    let samples: Vec<i16> = reader.samples::<i16>().collect::<Result<_, _>>().map_err(failed)?;
    let second = spec.sample_rate as usize * usize::from(spec.channels);
    for number in 0..ROWS {
        let from = (number * second * 11 / 10) % (samples.len() - ROW_S * second);
        let from = from - from % usize::from(spec.channels);
        let gain = 0.2 + 0.8 * number as f32 / ROWS as f32;
        let mut writer = hound::WavWriter::create(rows.join(format!("{number}.wav")), spec).map_err(failed)?;
        for &sample in &samples[from..from + ROW_S * second] {
            writer.write_sample((f32::from(sample) * gain) as i16).map_err(failed)?;
        }
        writer.finalize().map_err(failed)?;
    }
    Ok(())
}

/// Plans and runs a folder in a new output, and returns the processor time of the run in seconds.
fn measure(earmark: &Path, folder: &Path, music: &str, options: &[&str]) -> Result<f64, TaskError> {
    let out = output(folder, options);
    plan(earmark, folder, music, &out, options)?;
    Ok(processes::run(sh::command(earmark).args(["batch", "run", "--jobs", "1"]).arg(&out), |_| {})?.processor_s)
}

/// Returns the size of the results of a full shard per row, in bytes.
fn bytes_per_row(earmark: &Path, folder: &Path, options: &[&str]) -> Result<f64, TaskError> {
    let out = output(folder, &[options, &["rows"]].concat());
    plan(earmark, folder, "rows", &out, &[options, &["--tracks-per-shard", "200"]].concat())?;
    sh::run(sh::command(earmark).args(["batch", "run"]).arg(&out))?;
    let data = out.join("data");
    let entries = fs::read_dir(&data).map_err(file_error(&data))?.filter_map(Result::ok);
    let size: u64 = entries.filter_map(|entry| entry.metadata().ok()).map(|metadata| metadata.len()).sum();
    Ok(size as f64 / ROWS as f64)
}

fn output(folder: &Path, options: &[&str]) -> PathBuf {
    folder.join(format!("out{}", options.concat()))
}

fn plan(earmark: &Path, folder: &Path, music: &str, out: &Path, options: &[&str]) -> TaskResult {
    sh::run(sh::command(earmark).args(["batch", "plan"]).arg(folder.join(music)).arg("--out").arg(out).args(options))
}

/// Returns a time in the largest fitting unit.
fn time(hours: f64) -> String {
    match hours {
        hours if hours >= 72.0 => format!("{:.0} days", hours / 24.0),
        hours if hours >= 1.0 => format!("{hours:.1} h"),
        hours => format!("{:.0} min", hours * 60.0),
    }
}

/// Returns a size in the largest fitting unit.
fn bytes(bytes: f64) -> String {
    let units = ["B", "kB", "MB", "GB", "TB", "PB"];
    let place = ((bytes.max(1.0).log10() / 3.0) as usize).min(units.len() - 1);
    let value = bytes / 1000_f64.powi(place as i32);
    if value < 10.0 { format!("{value:.1} {}", units[place]) } else { format!("{value:.0} {}", units[place]) }
}

/// Returns the processor of this machine.
fn machine() -> String {
    let cpu = fs::read_to_string("/proc/cpuinfo").unwrap_or_default();
    let name = cpu.lines().find_map(|line| line.strip_prefix("model name"));
    name.map_or("unknown processor", |name| name.trim_start_matches([' ', '\t', ':'])).to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_and_sizes_have_fitting_units() {
        assert_eq!((time(0.5), time(5.0), time(100.0)), ("30 min".into(), "5.0 h".into(), "4 days".into()));
        assert_eq!([950.0, 1200.0, 7.7e14].map(bytes), ["950 B", "1.2 kB", "770 TB"].map(String::from));
    }

    #[test]
    fn page_has_the_place_of_the_table() {
        let page = fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("..").join(PAGE)).unwrap();
        assert!(page.split_once(BEGIN).is_some_and(|(_, rest)| rest.contains(END)));
    }
}
