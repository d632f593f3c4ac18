//! What goes beside a report: labels that editors import, and a table with bars and beats.

use std::fmt::Write;

use earmark_models::report::{FileReport, Labelled, ModelOutput};
use earmark_models::{EventChange, EventDetector};

use crate::transport::BarBeat;

/// Stretches in which a tag is lit, and changes of tempo, as a label track: start and end in seconds, and a name, with
/// tabs between them. Audacity reads it as it is, and most editors have a way to.
#[must_use]
pub fn labels_txt(report: &FileReport) -> String {
    let mut stretches: Vec<(f64, f64, String)> = Vec::new();
    for model in &report.models {
        match &model.heard {
            ModelOutput::Tags(Labelled { labels, predictions, .. })
            | ModelOutput::Events(Labelled { labels, predictions, .. })
            | ModelOutput::Classes { labelled: Labelled { labels, predictions, .. }, .. } => {
                let mut detector = EventDetector::new(labels.len());
                for patch in predictions {
                    for change in detector.push(patch.start_s, patch.end_s, patch.values.as_deref()) {
                        if let EventChange::Ended { label, event, left_s } = change {
                            stretches.push((event.start_s, left_s.max(event.start_s), labels[*label].clone()));
                        }
                    }
                }
                let last_s = predictions.last().map_or(0.0, |patch| patch.end_s);
                stretches.extend(detector.open().map(|(label, event)| (event.start_s, last_s, labels[label].clone())));
            }
            ModelOutput::Tempo { predictions, .. } => {
                let mut before = None;
                for patch in predictions {
                    if patch.bpm != before
                        && let Some(bpm) = patch.bpm
                    {
                        stretches.push((patch.start_s, patch.start_s, format!("{bpm} BPM")));
                    }
                    before = patch.bpm;
                }
            }
            // What goes up and down on a scale begins and ends nowhere.
            ModelOutput::Values { .. } | ModelOutput::Pitch { .. } | ModelOutput::Embedding { .. } => {}
        }
    }
    stretches.sort_by(|a, b| a.0.total_cmp(&b.0));
    stretches.iter().fold(String::new(), |mut text, (start_s, end_s, name)| {
        let _ = writeln!(text, "{start_s:.6}\t{end_s:.6}\t{name}");
        text
    })
}

/// Every value of every prediction, with bar and beat where it begins; those are empty where the host did not tell.
/// `place` is asked about a model's id and the how manieth of its predictions it is.
#[must_use]
pub fn beats_csv(report: &FileReport, place: impl Fn(&str, usize) -> Option<BarBeat>) -> String {
    let mut text = String::from("model,start_s,end_s,bar,beat,host_bpm,label,value,confidence\n");
    for model in &report.models {
        let at = |index: usize| {
            let words = |BarBeat { bar, beat, tempo_bpm }| format!("{bar},{beat:.3},{tempo_bpm}");
            place(&model.id, index).map_or_else(|| ",,".to_owned(), words)
        };
        let mut line = |(start_s, end_s, at): (f64, f64, &str), label: &str, value: Option<f32>, confidence| {
            let number = |number: Option<f32>| number.map_or_else(String::new, |number| number.to_string());
            let (id, value, confidence) = (&model.id, number(value), number(confidence));
            let _ = writeln!(text, "{id},{start_s},{end_s},{at},{},{value},{confidence}", quoted(label));
        };
        match &model.heard {
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
            heard => {
                let patches = heard.labelled().into_iter().flat_map(|labelled| &labelled.predictions);
                let labels = heard.labelled().map_or(&[][..], |labelled| &labelled.labels);
                for (index, patch) in patches.enumerate() {
                    let at = at(index);
                    let stretch = (patch.start_s, patch.end_s, at.as_str());
                    match &patch.values {
                        Some(values) => labels.iter().zip(values).for_each(|(label, &value)| {
                            line(stretch, label, Some(value), None);
                        }),
                        None => line(stretch, "silence", None, None),
                    }
                }
            }
        }
    }
    text
}

/// A label as a field of a table.
fn quoted(label: &str) -> String {
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
        let heard = ModelOutput::Tags(Labelled { labels, predictions, mean: None });
        report.models.push(ModelReport { id: "tags".into(), heard, need_s: None, have_s: None });
        let patch = |start_s: f64, bpm: Option<f32>| TempoPatch {
            start_s,
            end_s: start_s + 12.0,
            bpm,
            confidence: bpm.map(|_| 0.5),
            silent: bpm.is_none(),
        };
        let predictions =
            vec![patch(0.0, Some(120.0)), patch(1.0, Some(120.0)), patch(2.0, None), patch(3.0, Some(60.0))];
        let heard =
            ModelOutput::Tempo { predictions, bpm: Some(120.0), confidence: Some(0.5), alternatives: Vec::new() };
        report.models.push(ModelReport { id: "tempo".into(), heard, need_s: None, have_s: None });
        report
    }

    #[test]
    fn labels_say_from_when_to_when_a_tag_is_lit() {
        let expected = "0.000000\t20.000000\trock\n0.000000\t0.000000\t120 BPM\n3.000000\t3.000000\t60 BPM\n\
                        20.000000\t90.000000\tsoft, slow\n";
        assert_eq!(labels_txt(&report()), expected);
    }

    #[test]
    fn the_table_has_bars_and_beats_where_the_host_told() {
        let mut song = TempoMap::default();
        assert!(song.at(3.0).is_none());
        song.add(TransportSnapshot::in_four(0.0, 0.0, 120.0));
        song.add(TransportSnapshot::in_four(1.0, 2.0, 120.0));
        song.add(TransportSnapshot::in_four(2.0, 4.0, 60.0));
        song.add(TransportSnapshot::in_four(3.0, 5.0, 60.0));
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
