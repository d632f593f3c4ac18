//! R38: other people's audio files are decoded whole and at the right time.

mod damaged;
mod headers;
mod known_cases;
mod other_formats;

use std::path::Path;
use std::process::Command;
use std::sync::{Arc, OnceLock};

use earmark_capture::decode::{DecodeError, DecodeIssues, Decoder};
use earmark_files::tag::{NoProgress, Tagger, load_models};
use earmark_models::{Model, Registry};

/// Largest difference of a mean tag from that of the reference decode.
const MAX_TAG_DIFFERENCE: f32 = 0.01;

/// A decoded file.
#[derive(Debug)]
struct Decoded {
    rate_hz: f64,
    channels: usize,
    mono: Vec<f32>,
    issues: DecodeIssues,
}

impl Decoded {
    fn seconds(&self) -> f64 {
        self.mono.len() as f64 / self.rate_hz
    }
}

fn decode(path: &Path) -> Result<Decoded, DecodeError> {
    let mut decoder = Decoder::open(path)?;
    let mut mono = Vec::new();
    while let Some(block) = decoder.next_block()? {
        mono.extend_from_slice(block);
    }
    let (rate_hz, channels) = (decoder.rate().hz(), decoder.channels());
    Ok(Decoded { rate_hz, channels, mono, issues: decoder.issues() })
}

/// Returns the mean tags of a file, silence included.
fn tags(path: &Path) -> Vec<f32> {
    static MODELS: OnceLock<Vec<Arc<Model>>> = OnceLock::new();
    let load = || load_models(Registry::global(), &["msd-musicnn".to_owned()]).unwrap();
    let mut tagger = Tagger::new(MODELS.get_or_init(load).clone());
    tagger.gate = None;
    let report = tagger.tag(path, &NoProgress).unwrap().report;
    report.models[0].output.labelled().unwrap().mean.clone().unwrap()
}

/// Returns the largest difference of the mean tags of two files.
fn tag_difference(a: &Path, b: &Path) -> f32 {
    tags(a).iter().zip(tags(b)).map(|(a, b)| (a - b).abs()).fold(0.0, f32::max)
}

/// Runs ffmpeg, whose last argument is the output file.
fn ffmpeg(arguments: &[&str], output: &Path) {
    let mut command = Command::new("ffmpeg");
    command.args(["-nostdin", "-v", "error", "-y"]).args(arguments).arg(output);
    let output = command.output().unwrap();
    assert!(output.status.success(), "ffmpeg {arguments:?}: {}", String::from_utf8_lossy(&output.stderr));
}
