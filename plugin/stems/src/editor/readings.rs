//! Latency, load and messages of a stream, as texts.

use std::sync::atomic::Ordering::Relaxed;

use egui::Ui;

use super::look;
use crate::overload::Measure;
use crate::status::{SeparationState, StreamStatus};

/// Texts of a stream.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Readings {
    latency: String,
    load: String,
    late: String,
    runs_late: bool,
    /// Sentence about something that the user should know; empty if all is well.
    message: String,
}

impl Readings {
    /// Reads the numbers of a stream.
    pub(super) fn of(status: &StreamStatus) -> Self {
        let (samples, rate_hz) = (status.latency_samples.load(Relaxed), status.rate_hz.load(Relaxed).max(1));
        let (runs, late) = (status.runs.load(Relaxed), status.late_runs.load(Relaxed));
        let late_text = format!("{late} of {} runs late", runs + status.skipped_runs.load(Relaxed));
        Self {
            latency: format!("Latency {:.0} ms, {samples} samples", f64::from(samples) * 1000.0 / f64::from(rate_hz)),
            load: format!("Load {}", percent(status.load_permille.load(Relaxed))),
            late: if late == 0 { "no late runs".into() } else { late_text },
            runs_late: late > 0,
            message: message(status),
        }
    }

    /// Draws the texts.
    pub(super) fn show(&self, ui: &mut Ui) {
        ui.horizontal_wrapped(|ui| {
            look::caption(ui, &self.latency).on_hover_text("The host compensates this latency");
            look::caption(ui, &self.load).on_hover_text("Processor time, in per cent of one core");
            if self.runs_late {
                look::attention(ui, &self.late);
            } else {
                look::caption(ui, &self.late).on_hover_text("Runs of the networks that ended after their deadline");
            }
        });
        if !self.message.is_empty() {
            look::attention(ui, &self.message);
        }
    }
}

fn percent(permille: u32) -> String {
    format!("{}%", (permille + 5) / 10)
}

/// Returns a sentence about the state of the stream; empty if all is well.
fn message(status: &StreamStatus) -> String {
    match status.state() {
        SeparationState::Inactive => return String::new(),
        SeparationState::Loading => return "Loading the networks".into(),
        SeparationState::Failed => return status.error().unwrap_or_default(),
        SeparationState::Running => {}
    }
    let mut parts = Vec::new();
    match status.measure() {
        Measure::Full => {}
        Measure::LongerHop { hop, .. } => parts.push(format!("Quality reduced: hop {hop}")),
        Measure::OneNetwork => parts.push("Quality reduced: one network".into()),
        Measure::Paused => {
            let (needed, available) =
                (percent(status.needed_permille.load(Relaxed)), percent(status.available_permille.load(Relaxed)));
            parts.push(format!("Separation paused, this machine needs {needed} of a core, {available} is there"));
        }
    }
    let dropped = status.dropped_samples.load(Relaxed);
    if dropped > 0 {
        parts.push(format!("{dropped} samples were not separated, because the machine stalled"));
    }
    let timeouts = status.render_timeouts.load(Relaxed);
    if timeouts > 0 {
        parts.push(format!("A render went on without its vocals {timeouts} times"));
    }
    parts.join(". ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn readings_state_latency_load_and_measures() {
        let status = StreamStatus::default();
        assert_eq!(Readings::of(&status).message, "");
        status.set_state(SeparationState::Running);
        status.latency_samples.store(18_432, Relaxed);
        status.rate_hz.store(44_100, Relaxed);
        status.load_permille.store(284, Relaxed);
        let readings = Readings::of(&status);
        assert_eq!(readings.latency, "Latency 418 ms, 18432 samples");
        assert_eq!((readings.load.as_str(), readings.late.as_str()), ("Load 28%", "no late runs"));
        assert_eq!(readings.message, "");
        status.set_measure(Measure::LongerHop { hop: 16, look_ahead: 0 });
        assert_eq!(Readings::of(&status).message, "Quality reduced: hop 16");
        status.set_measure(Measure::Paused);
        status.needed_permille.store(620, Relaxed);
        status.available_permille.store(310, Relaxed);
        let paused = "Separation paused, this machine needs 62% of a core, 31% is there";
        assert_eq!(Readings::of(&status).message, paused);
        status.fail("cannot load the networks".into());
        assert_eq!(Readings::of(&status).message, "cannot load the networks");
    }
}
