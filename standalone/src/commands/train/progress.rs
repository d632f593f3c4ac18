//! Progress of a training, on a terminal as a bar, with warnings as lines.

use std::sync::Mutex;
use std::time::Duration;

use crate::commands::print::error_line;
use earmark_train::{GridEvent, GridProgress, TrainEvent};
use indicatif::{HumanDuration, ProgressBar, ProgressDrawTarget, ProgressStyle};

/// Bar of a training, hidden if standard error is not a terminal.
pub(super) struct TrainProgress {
    bar: ProgressBar,
    /// Preprocessings whose warnings were printed.
    warned: Mutex<Vec<String>>,
}

impl TrainProgress {
    /// Creates a bar.
    pub(super) fn new() -> Self {
        let bar = ProgressBar::with_draw_target(Some(0), ProgressDrawTarget::stderr());
        if let Ok(style) = ProgressStyle::with_template("{bar:30} {pos} of {len} points  {elapsed_precise}  {msg}") {
            bar.set_style(style);
        }
        bar.enable_steady_tick(Duration::from_millis(250));
        Self { bar, warned: Mutex::default() }
    }

    /// Shows an event; any thread may call it.
    pub(super) fn show(&self, event: &TrainEvent<'_>) {
        match event {
            TrainEvent::Read { .. } | TrainEvent::Fitting { .. } => {}
            TrainEvent::Divided { folds } => {
                folds.warnings().iter().for_each(|warning| self.line(&format!("warning: {warning}")));
            }
            TrainEvent::Grid(GridEvent::Prepared { warnings, .. }) => {
                let mut warned = self.warned.lock().unwrap_or_else(|poisoned| poisoned.into_inner());
                for warning in *warnings {
                    let text = format!("warning: {warning}");
                    if !warned.contains(&text) {
                        self.line(&text);
                        warned.push(text);
                    }
                }
            }
            TrainEvent::Grid(GridEvent::Resumed { points }) => {
                self.line(&format!("{points} points were finished before"));
            }
            TrainEvent::Grid(GridEvent::Finished { progress, .. }) => self.advance(*progress),
            TrainEvent::Grid(GridEvent::Failed { params, cause, progress }) => {
                self.line(&format!("warning: point {}: {cause}", params.canonical()));
                self.advance(*progress);
            }
        }
    }

    /// Removes the bar.
    pub(super) fn finish(&self) {
        self.bar.finish_and_clear();
    }

    fn advance(&self, GridProgress { done, total, remaining }: GridProgress) {
        self.bar.set_length(total as u64);
        self.bar.set_position(done as u64);
        self.bar.set_message(remaining.map(|left| format!("{} left", HumanDuration(left))).unwrap_or_default());
    }

    fn line(&self, text: &str) {
        if self.bar.is_hidden() {
            error_line!("{text}");
        } else {
            self.bar.println(text);
        }
    }
}
