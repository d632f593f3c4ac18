//! Report as human-readable text: the strongest tags with bars, the tempo, and the changes of the top tag.

use std::fmt::Write;

use earmark_models::note_name;
use earmark_models::pitch::Pitch;
use earmark_models::report::{Candidate, FileReport, LabelPatch, Labelled, ModelOutput, ModelReport};

use super::strongest::strongest;

/// Minimum confidence of an alternative tempo that is shown, 0 to 1.
const MIN_ALTERNATIVE_CONFIDENCE: f32 = 0.01;

/// Width of a full bar, in characters.
const BAR: usize = 20;

/// Returns the lines of one report, with the `top` strongest tags.
pub(super) fn text(report: &FileReport, top: usize, timeline: bool) -> String {
    let FileReport { path, duration_s, sample_rate_hz, channels, models, .. } = report;
    let sound = match channels {
        1 => "mono".to_owned(),
        2 => "stereo".to_owned(),
        n => format!("{n} channels"),
    };
    let mut out = format!("{path}  ({}, {} kHz, {sound})\n", clock(*duration_s), sample_rate_hz / 1000.0);
    for model in models {
        section(&mut out, model, top, timeline);
    }
    out.push('\n');
    out
}

// Writing to a string cannot fail, so the results of `writeln!` are ignored.
fn section(out: &mut String, model: &ModelReport, top: usize, timeline: bool) {
    let _ = writeln!(out, "  {}", model.id);
    if let (Some(need_s), Some(have_s)) = (model.need_s, model.have_s) {
        let _ = writeln!(out, "    too short: need {need_s:.1} s, have {have_s:.1}");
        return;
    }
    match &model.heard {
        ModelOutput::Tags(labelled) | ModelOutput::Events(labelled) => ranked(out, labelled, top, timeline),
        ModelOutput::Classes { positive, labelled } => {
            // Of two exclusive classes only the positive one is shown: it determines the other.
            let single = positive.as_ref().filter(|_| labelled.labels.len() == 2);
            match single.and_then(|positive| labelled.labels.iter().position(|label| label == positive)) {
                Some(class) => scaled(out, labelled, &[class], (0.0, 1.0), timeline),
                None => ranked(out, labelled, top, timeline),
            }
        }
        ModelOutput::Values { low, high, labelled } => {
            let all: Vec<usize> = (0..labelled.labels.len()).collect();
            scaled(out, labelled, &all, (*low, *high), timeline);
        }
        ModelOutput::Pitch { predictions, hz } => {
            match hz {
                Some(hz) => drop(writeln!(out, "    {}", pitch(*hz))),
                None => out.push_str("    no pitch\n"),
            }
            for patch in predictions.iter().filter(|_| timeline) {
                let shown = match (patch.hz, patch.confidence) {
                    (Some(hz), Some(confidence)) => format!("{} ({confidence:.2})", pitch(hz)),
                    _ => "silence".to_owned(),
                };
                let _ = writeln!(out, "    {} to {}  {shown}", clock(patch.start_s), clock(patch.end_s));
            }
        }
        ModelOutput::Embedding { width, patches } => {
            let _ = writeln!(out, "    {patches} embeddings of {width} values: see `earmark embed`");
        }
        ModelOutput::Tempo { predictions, bpm, confidence, alternatives } => {
            match (bpm, confidence) {
                (Some(bpm), Some(confidence)) => {
                    let likely =
                        alternatives.iter().filter(|alternative| alternative.confidence >= MIN_ALTERNATIVE_CONFIDENCE);
                    let also: Vec<String> = likely.map(candidate).collect();
                    let also = if also.is_empty() { String::new() } else { format!("; or {}", also.join(", ")) };
                    let _ = writeln!(out, "    {bpm:.0} BPM (confidence {confidence:.2}{also})");
                }
                _ => out.push_str("    silence\n"),
            }
            if timeline {
                for patch in predictions {
                    let shown = match (patch.bpm, patch.confidence) {
                        (Some(bpm), Some(confidence)) => format!("{bpm:.0} BPM ({confidence:.2})"),
                        _ => "silence".to_owned(),
                    };
                    let _ = writeln!(out, "    {} to {}  {shown}", clock(patch.start_s), clock(patch.end_s));
                }
            }
        }
    }
}

/// Writes the strongest labels, and the changes of the top label.
fn ranked(out: &mut String, labelled: &Labelled, top: usize, timeline: bool) {
    let Labelled { labels, predictions, mean } = labelled;
    match mean {
        Some(mean) => {
            for (label, value) in strongest(labels, mean, top) {
                let _ = writeln!(out, "    {label:20} {:BAR$} {value:.2}", bar(value));
            }
        }
        None => out.push_str("    silence\n"),
    }
    if timeline {
        predictions.iter().for_each(|patch| label_line(out, labels, patch, top));
    } else {
        let _ = writeln!(out, "    {}", leader_changes(labels, predictions));
    }
}

/// Writes the values of `classes` in their order, with bars scaled from `low` to `high`.
fn scaled(out: &mut String, labelled: &Labelled, classes: &[usize], (low, high): (f32, f32), timeline: bool) {
    let Labelled { labels, predictions, mean } = labelled;
    match mean {
        Some(mean) => {
            for &class in classes {
                let (label, value) = (&labels[class], mean[class]);
                let _ = writeln!(out, "    {label:20} {:BAR$} {value:.2}", bar((value - low) / (high - low)));
            }
        }
        None => out.push_str("    silence\n"),
    }
    for patch in predictions.iter().filter(|_| timeline) {
        let shown = match &patch.values {
            Some(values) => {
                let values = classes.iter().map(|&class| format!("{} {:.2}", labels[class], values[class]));
                values.collect::<Vec<_>>().join(", ")
            }
            None => "silence".to_owned(),
        };
        let _ = writeln!(out, "    {} to {}  {shown}", clock(patch.start_s), clock(patch.end_s));
    }
}

/// Formats a pitch with the name of the nearest note.
fn pitch(hz: f32) -> String {
    let note = Pitch { hz, confidence: 1.0 }.note();
    note.map_or_else(
        || format!("{hz:.1} Hz"),
        |(key, cents)| format!("{hz:.1} Hz ({} {cents:+.0} cents)", note_name(key)),
    )
}

fn candidate(candidate: &Candidate) -> String {
    format!("{:.0} ({:.2})", candidate.bpm, candidate.confidence)
}

fn label_line(out: &mut String, labels: &[String], patch: &LabelPatch, top: usize) {
    let shown = match &patch.values {
        Some(values) => {
            let tags = strongest(labels, values, top);
            tags.iter().map(|(label, value)| format!("{label} {value:.2}")).collect::<Vec<_>>().join(", ")
        }
        None => "silence".to_owned(),
    };
    let _ = writeln!(out, "    {} to {}  {shown}", clock(patch.start_s), clock(patch.end_s));
}

/// Returns the changes of the top tag with their times.
fn leader_changes(labels: &[String], predictions: &[LabelPatch]) -> String {
    let mut changes: Vec<(&str, f64)> = Vec::new();
    for patch in predictions {
        let leader = match &patch.values {
            Some(values) => strongest(labels, values, 1).first().map_or("", |&(label, _)| label),
            None => "silence",
        };
        if changes.last().is_none_or(|&(last, _)| last != leader) {
            changes.push((leader, patch.start_s));
        }
    }
    changes.iter().map(|&(leader, at)| format!("{} {leader}", clock(at))).collect::<Vec<_>>().join(", ")
}

/// Returns a bar whose length is `value` (0 to 1) of the full width, in steps of an eighth of a character.
fn bar(value: f32) -> String {
    let eighths = (value.clamp(0.0, 1.0) * (BAR * 8) as f32).round() as usize;
    let mut bar = "█".repeat(eighths / 8);
    bar.push_str(["", "▏", "▎", "▍", "▌", "▋", "▊", "▉"][eighths % 8]);
    bar
}

/// Formats a time as minutes, seconds and tenths.
fn clock(seconds: f64) -> String {
    let tenths = (seconds.max(0.0) * 10.0).round() as u64;
    format!("{}:{:02}.{}", tenths / 600, tenths / 10 % 60, tenths % 10)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bar_has_eighths_and_clock_has_tenths() {
        assert_eq!(bar(0.0), "");
        assert_eq!(bar(1.0), "█".repeat(BAR));
        assert_eq!(bar(0.5), "█".repeat(BAR / 2));
        assert_eq!(bar(0.005), "▏");
        assert_eq!(clock(59.96), "1:00.0");
        assert_eq!(clock(605.25), "10:05.3");
    }

    #[test]
    fn leader_changes_name_each_change_once() {
        let patch = |start_s: f64, values: Option<[f32; 2]>| LabelPatch {
            start_s,
            end_s: start_s + 3.0,
            silent: values.is_none(),
            values: values.map(Vec::from),
        };
        let labels = ["rock".to_owned(), "jazz".to_owned()];
        let patches = [
            patch(0.0, Some([0.9, 0.1])),
            patch(1.5, Some([0.8, 0.3])),
            patch(3.0, Some([0.1, 0.2])),
            patch(4.5, None),
        ];
        assert_eq!(leader_changes(&labels, &patches), "0:00.0 rock, 0:03.0 jazz, 0:04.5 silence");
    }
}
