//! Sidecar files of a report: a label track for audio editors, and a CSV table with bars and beats.

use std::fmt::Write;

use earmark_models::report::{FileReport, LabelSeries, ModelOutput};
use earmark_models::{EventChange, EventDetector};

use crate::transport::BarBeat;

/// Returns the ranges in which labels are active, and the changes of tempo, as an Audacity label track: start and end
/// in seconds and a name, separated by tabs.
#[must_use]
pub fn labels_txt(report: &FileReport) -> String {
    let mut ranges: Vec<(f64, f64, String)> = Vec::new();
    for model in &report.models {
        match &model.output {
            ModelOutput::Tags(LabelSeries { labels, predictions, .. })
            | ModelOutput::Events(LabelSeries { labels, predictions, .. })
            | ModelOutput::Classes { labelled: LabelSeries { labels, predictions, .. }, .. } => {
                let mut detector = EventDetector::new(labels.len());
                for patch in predictions {
                    for change in detector.push(patch.start_s, patch.end_s, patch.values.as_deref()) {
                        if let EventChange::Ended { label, event, left_s } = change {
                            ranges.push((event.start_s, left_s.max(event.start_s), labels[*label].clone()));
                        }
                    }
                }
                let last_s = predictions.last().map_or(0.0, |patch| patch.end_s);
                ranges.extend(detector.open().map(|(label, event)| (event.start_s, last_s, labels[label].clone())));
            }
            ModelOutput::Tempo { predictions, .. } => {
                let mut before = None;
                for patch in predictions {
                    if patch.bpm != before
                        && let Some(bpm) = patch.bpm
                    {
                        ranges.push((patch.start_s, patch.start_s, format!("{bpm} BPM")));
                    }
                    before = patch.bpm;
                }
            }
            // Quantities on a scale have no start and end.
            ModelOutput::Values { .. } | ModelOutput::Pitch { .. } | ModelOutput::Embedding { .. } => {}
        }
    }
    ranges.sort_by(|a, b| a.0.total_cmp(&b.0));
    ranges.iter().fold(String::new(), |mut text, (start_s, end_s, name)| {
        let _ = writeln!(text, "{start_s:.6}\t{end_s:.6}\t{name}");
        text
    })
}

/// Returns every value of every prediction as a CSV table, with bar and beat at its start. `position` returns the host
/// position for a model id and the index of one of its predictions; without a position the columns are empty.
#[must_use]
pub fn beats_csv(report: &FileReport, position: impl Fn(&str, usize) -> Option<BarBeat>) -> String {
    let mut text = String::from("model,start_s,end_s,bar,beat,host_bpm,label,value,confidence\n");
    for model in &report.models {
        let at = |index: usize| {
            let columns = |BarBeat { bar, beat, tempo_bpm }| format!("{bar},{beat:.3},{tempo_bpm}");
            position(&model.id, index).map_or_else(|| ",,".to_owned(), columns)
        };
        let mut line = |(start_s, end_s, at): (f64, f64, &str), label: &str, value: Option<f32>, confidence| {
            let number = |number: Option<f32>| number.map_or_else(String::new, |number| number.to_string());
            let (id, value, confidence) = (&model.id, number(value), number(confidence));
            let _ = writeln!(text, "{id},{start_s},{end_s},{at},{},{value},{confidence}", csv_field(label));
        };
        match &model.output {
            ModelOutput::Tempo { predictions, .. } => {
                for (index, patch) in predictions.iter().enumerate() {
                    let at = at(index);
                    let label = if patch.silent { "silence" } else { "tempo" };
                    line((patch.start_s, patch.end_s, &at), label, patch.bpm, patch.confidence);
                }
            }
            ModelOutput::Pitch { predictions, .. } => {
                for (index, patch) in predictions.iter().enumerate() {
                    let at = at(index);
                    let label = if patch.silent { "silence" } else { "pitch" };
                    line((patch.start_s, patch.end_s, &at), label, patch.hz, patch.confidence);
                }
            }
            output => {
                let patches = output.labelled().into_iter().flat_map(|labelled| &labelled.predictions);
                let labels = output.labelled().map_or(&[][..], |labelled| &labelled.labels);
                for (index, patch) in patches.enumerate() {
                    let at = at(index);
                    let range = (patch.start_s, patch.end_s, at.as_str());
                    match &patch.values {
                        Some(values) => labels.iter().zip(values).for_each(|(label, &value)| {
                            line(range, label, Some(value), None);
                        }),
                        None => line(range, "silence", None, None),
                    }
                }
            }
        }
    }
    text
}

/// Returns a label as a CSV field, quoted if necessary.
fn csv_field(label: &str) -> String {
    if label.contains([',', '"', '\n', '\r']) {
        format!("\"{}\"", label.replace('"', "\"\""))
    } else {
        label.to_owned()
    }
}

#[cfg(test)]
mod tests {
    use earmark_models::report::{LabelPatch, ModelReport, TempoPatch};

    use super::*;
    use crate::tempo_map::TempoMap;
    use crate::transport::TransportSnapshot;

    fn report() -> FileReport {
        let mut report = FileReport::new("render".into(), 20.0, 48_000.0, 2);
        let patch = |start_s: f64, values: Option<[f32; 2]>| LabelPatch {
            start_s,
            end_s: start_s + 3.0,
            silent: values.is_none(),
            values: values.map(Vec::from),
        };
        let predictions = vec![
            patch(0.0, Some([0.9, 0.1])),
            patch(10.0, Some([0.8, 0.1])),
            patch(20.0, Some([0.0, 0.9])),
            patch(90.0, None),
        ];
        let labels = vec!["rock".into(), "soft, slow".into()];
        let output = ModelOutput::Tags(LabelSeries { labels, predictions, mean: None });
        report.models.push(ModelReport {
            id: "tags".into(),
            derived_from: None,
            output,
            need_s: None,
            have_s: None,
            assumed: Vec::new(),
        });
        let patch = |start_s: f64, bpm: Option<f32>| TempoPatch {
            start_s,
            end_s: start_s + 12.0,
            bpm,
            confidence: bpm.map(|_| 0.5),
            silent: bpm.is_none(),
        };
        let predictions =
            vec![patch(0.0, Some(120.0)), patch(1.0, Some(120.0)), patch(2.0, None), patch(3.0, Some(60.0))];
        let output =
            ModelOutput::Tempo { predictions, bpm: Some(120.0), confidence: Some(0.5), alternatives: Vec::new() };
        report.models.push(ModelReport {
            id: "tempo".into(),
            derived_from: None,
            output,
            need_s: None,
            have_s: None,
            assumed: Vec::new(),
        });
        report
    }

    #[test]
    fn label_track_has_the_ranges_of_active_tags() {
        let expected = "0.000000\t20.000000\trock\n0.000000\t0.000000\t120 BPM\n3.000000\t3.000000\t60 BPM\n\
                        20.000000\t90.000000\tsoft, slow\n";
        assert_eq!(labels_txt(&report()), expected);
    }

    #[test]
    fn table_has_bars_and_beats_if_the_host_gave_positions() {
        let mut song = TempoMap::default();
        assert!(song.at(3.0).is_none());
        song.add(TransportSnapshot::in_four_four(0.0, 0.0, 120.0));
        song.add(TransportSnapshot::in_four_four(1.0, 2.0, 120.0));
        song.add(TransportSnapshot::in_four_four(2.0, 4.0, 60.0));
        song.add(TransportSnapshot::in_four_four(3.0, 5.0, 60.0));
        let report = report();
        let text = beats_csv(&report, |model, index| {
            let starts_s = if model == "tags" { [0.0, 10.0, 20.0, 90.0] } else { [0.0, 1.0, 2.0, 3.0] };
            song.at(starts_s[index])
        });
        let lines: Vec<&str> = text.lines().collect();
        assert_eq!(lines.len(), 1 + 3 * 2 + 1 + 4);
        assert_eq!(lines[1], "tags,0,3,1,1.000,120,rock,0.9,");
        assert_eq!(lines[4], "tags,10,13,4,1.000,60,\"soft, slow\",0.1,");
        assert_eq!(lines[7], "tags,90,93,24,1.000,60,silence,,");
        assert_eq!(lines[9], "tempo,1,13,1,3.000,120,tempo,120,0.5");
        assert!(beats_csv(&report, |_, _| None).contains("tags,0,3,,,,rock,0.9,\n"));
    }
}
