//! What is heard, as JSON: one object a line, the same for pipes, browsers and logs.

use std::path::Path;
use std::time::{SystemTime, UNIX_EPOCH};

use earmark_models::{Card, Kind, Outcome, Prediction, Registry};
use earmark_session::{LabelValues, Reading};
use serde_json::{Map, Value, json};

use super::web::Topic;
use crate::input::ears::StreamSpec;
use crate::reactions::events::{Event, Happening};
use crate::reactions::scenes::Change;

/// A line with what kind it is.
pub(crate) type Line = (Topic, String);

/// A prediction; `lit` are the tags that are lit when it is made, if that is known.
pub(crate) fn prediction(prediction: &Prediction, card: &Card, now_s: f64, lit: Option<&Reading<LabelValues>>) -> Line {
    let Prediction { model, generation, start_s, end_s, outcome } = prediction;
    let mut line = Map::new();
    let mut put = |name: &str, value: Value| line.insert(name.to_owned(), value);
    put("event", card.kind.name().into());
    put("at", unix_s().into());
    put("model", (**model).into());
    put("generation", (*generation).into());
    put("start_s", rounded(*start_s).into());
    put("end_s", rounded(*end_s).into());
    put("age_s", rounded((now_s - end_s).max(0.0)).into());
    match outcome {
        Outcome::Tags { values, .. } | Outcome::Values(values) => {
            let values =
                card.labels.iter().zip(values).map(|(label, &value)| (label.clone(), rounded(value.into()).into()));
            put(card.kind.name(), Value::Object(values.collect()));
        }
        Outcome::Pitch(pitch) => {
            put("hz", rounded(pitch.hz.into()).into());
            put("confidence", rounded(pitch.confidence.into()).into());
        }
        Outcome::Tempo { local, .. } => {
            put("bpm", rounded(local.bpm.into()).into());
            put("confidence", rounded(local.confidence.into()).into());
        }
        _ => {
            put("silent", true.into());
        }
    }
    if let Some(tags) = lit.filter(|tags| *tags.card.id == **model) {
        let labels = tags.card.labels.iter().zip(&tags.value.active);
        let lit = labels.filter(|(_, active)| **active).map(|(label, _)| label.as_str());
        put("lit", lit.collect());
    }
    let is_added = !Registry::global().ships(&card.id);
    if is_added {
        put("added", true.into());
    }
    if let Some(positive) = card.positive.and_then(|class| card.labels.get(class)) {
        put("positive", positive.as_str().into());
    }
    if let Kind::Values { low, high } = card.kind {
        put("low", low.into());
        put("high", high.into());
    }
    let topic = match card.kind {
        _ if is_added => Topic::Added,
        Kind::Tempo { .. } => Topic::Tempo,
        _ => Topic::Tags,
    };
    (topic, Value::Object(line).to_string())
}

/// The input runs.
pub(crate) fn running(name: &str, spec: StreamSpec) -> Line {
    let (rate_hz, channels) = (spec.rate.hz(), spec.channels);
    let line = json!({ "event": "input", "at": unix_s(), "state": "running", "name": name, "rate_hz": rate_hz,
                       "channels": channels });
    (Topic::Input, line.to_string())
}

/// The input gives no sound.
pub(crate) fn waiting(message: &str, way_out: &str) -> Line {
    let line = json!({ "event": "input", "at": unix_s(), "state": "waiting", "message": message, "way_out": way_out });
    (Topic::Input, line.to_string())
}

/// A tag lit up, or went out.
pub(crate) fn event(happening: &Happening) -> Line {
    let line = match happening {
        Happening::Began { model, tag, start_s, value } => {
            json!({ "event": "began", "at": unix_s(), "model": **model, "tag": tag, "start_s": rounded(*start_s),
                    "value": rounded((*value).into()) })
        }
        Happening::Ended(Event { model, tag, start_s, end_s, peak, .. }) => {
            json!({ "event": "ended", "at": unix_s(), "model": **model, "tag": tag, "start_s": rounded(*start_s),
                    "end_s": rounded(*end_s), "peak": rounded((*peak).into()) })
        }
    };
    (Topic::News, line.to_string())
}

/// The sound around an event is being kept.
pub(crate) fn clip(tag: &str, start_s: f64, path: &Path) -> Line {
    let line = json!({ "event": "clip", "at": unix_s(), "tag": tag, "start_s": rounded(start_s),
                       "path": path.to_string_lossy() });
    (Topic::News, line.to_string())
}

/// A scene went on or off.
pub(crate) fn scene(Change { name, on, at_s }: &Change) -> Line {
    let line = json!({ "event": "scene", "at": unix_s(), "name": name, "on": on, "source_s": rounded(*at_s) });
    (Topic::News, line.to_string())
}

/// Something went wrong that is not the input's.
pub(crate) fn failed(message: &str) -> Line {
    (Topic::News, json!({ "event": "failed", "at": unix_s(), "message": message }).to_string())
}

/// What is counted, at the end or now.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub(crate) struct Totals {
    /// Source time, in seconds.
    pub(crate) source_s: f64,
    /// Predictions told.
    pub(crate) predictions: u64,
    /// Predictions that were made but could not be told, because the reader was too slow.
    pub(crate) missed: u64,
    /// Samples that found no room.
    pub(crate) dropped: u64,
    /// Holes.
    pub(crate) gaps: u64,
    /// Samples that were no audio.
    pub(crate) scrubbed: u64,
    /// Updates left out because the machine is slow.
    pub(crate) skipped: u64,
    /// Errors that the sound system told of, overruns included.
    pub(crate) errors: u64,
    /// Overruns that it told of.
    pub(crate) overruns: u64,
    /// How many times the input began.
    pub(crate) starts: u64,
}

/// The end, with what was counted.
pub(crate) fn end(totals: &Totals) -> Line {
    let Totals { source_s, predictions, missed, dropped, gaps, scrubbed, skipped, errors, overruns, starts } = *totals;
    let line = json!({ "event": "end", "at": unix_s(), "source_s": rounded(source_s), "predictions": predictions,
                       "missed": missed, "dropped": dropped, "gaps": gaps, "scrubbed": scrubbed, "skipped": skipped,
                       "errors": errors, "overruns": overruns, "starts": starts });
    (Topic::News, line.to_string())
}

/// Wall clock, in seconds since 1970.
fn unix_s() -> f64 {
    rounded(SystemTime::now().duration_since(UNIX_EPOCH).map_or(0.0, |since| since.as_secs_f64()))
}

/// To a millionth: less than a sample, and less than anybody can make of a probability.
fn rounded(number: f64) -> f64 {
    (number * 1e6).round() / 1e6
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_prediction_is_an_object_with_its_time_its_age_and_its_tags() {
        let card = Registry::global().card("msd-vgg").unwrap();
        let mut heard = Prediction {
            model: "msd-vgg".into(),
            generation: 3,
            start_s: 1.0,
            end_s: 4.0,
            outcome: Outcome::Tags { values: vec![0.25; 50], embedding: None },
        };
        let (topic, line) = prediction(&heard, card, 4.25, None);
        let line: Value = serde_json::from_str(&line).unwrap();
        assert_eq!(topic, Topic::Tags);
        assert_eq!((&line["event"], &line["age_s"], &line["generation"]), (&"tags".into(), &0.25.into(), &3.into()));
        assert_eq!(line["tags"].as_object().unwrap().len(), 50);
        assert_eq!(line["tags"]["rock"], 0.25);
        heard.outcome = Outcome::Silent;
        let line: Value = serde_json::from_str(&prediction(&heard, card, 0.0, None).1).unwrap();
        assert_eq!((&line["silent"], &line["age_s"], line.get("tags")), (&true.into(), &0.0.into(), None));
    }
}
