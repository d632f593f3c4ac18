//! A progress bar over all files, in seconds of audio; only on a terminal, and only for work that takes a while.

use std::time::Duration;

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};

/// A bar for so many files, hidden when standard error is no terminal.
pub(crate) fn bar(files: usize) -> ProgressBar {
    let bar = ProgressBar::with_draw_target(Some(0), ProgressDrawTarget::stderr());
    let template = "{bar:30} {percent:>3} %  {elapsed_precise}, {eta} left  {prefix}";
    if let Ok(style) = ProgressStyle::with_template(template) {
        bar.set_style(style);
    }
    bar.set_prefix(if files == 1 { "1 file".to_owned() } else { format!("{files} files") });
    bar.enable_steady_tick(Duration::from_millis(250));
    bar
}

/// Another file begins, of so many seconds if that is known.
pub(crate) fn expect(bar: &ProgressBar, seconds: Option<f64>) {
    bar.inc_length(milliseconds(seconds.unwrap_or(0.0)));
}

/// So many seconds were heard.
pub(crate) fn advance(bar: &ProgressBar, seconds: f64) {
    bar.inc(milliseconds(seconds));
}

fn milliseconds(seconds: f64) -> u64 {
    (seconds * 1000.0) as u64
}
