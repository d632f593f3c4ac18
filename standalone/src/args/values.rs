//! Values of options that several commands have.

use std::num::NonZeroUsize;
use std::time::Duration;

use earmark_files::hop::Hop;

/// Parses a whole number of at least 1.
pub(super) fn count(text: &str) -> Result<NonZeroUsize, String> {
    text.parse().map_err(|_| format!("expected a whole number of at least 1, got {text}"))
}

/// Parses the settling time of a watch, in seconds.
pub(super) fn settling_time(text: &str) -> Result<Duration, String> {
    let accepted = text.parse().ok().filter(|seconds| (0.0..=3600.0).contains(seconds));
    accepted.map(Duration::from_secs_f64).ok_or_else(|| format!("expected 0 to 3600 seconds, got {text}"))
}

/// Parses a hop in seconds.
pub(super) fn hop_s(text: &str) -> Result<f64, String> {
    let accepted = text.parse().ok().filter(|&seconds: &f64| seconds > 0.0 && seconds <= 3600.0);
    accepted.ok_or_else(|| format!("expected more than 0 and at most 3600 seconds, got {text}"))
}

/// Returns a hop in frames or in seconds; `None` for that of each model.
pub(super) fn hop(frames: Option<NonZeroUsize>, seconds: Option<f64>) -> Option<Hop> {
    frames.map(|frames| Hop::Frames(frames.get())).or(seconds.map(Hop::Seconds))
}

/// Returns the models that run by default.
pub(super) fn default_models() -> Vec<String> {
    let mut models = vec!["msd-musicnn".to_owned()];
    if cfg!(feature = "tempocnn") {
        models.push("tempocnn-deepsquare-k8".to_owned());
    }
    models
}

/// Parses `KEY=VALUE`.
pub(super) fn key_and_value(text: &str) -> Result<(String, String), String> {
    let (key, value) = text.split_once('=').ok_or_else(|| format!("expected KEY=VALUE, got `{text}`"))?;
    Ok((key.trim().to_owned(), value.trim().to_owned()))
}
