//! JSON lines, one object per line, with the same schema for pipes, browsers and logs.

use std::path::Path;
use std::time::{SystemTime, UNIX_EPOCH};

use earmark_capture::sinks::StreamSpec;
use earmark_models::{Card, Kind, Prediction, PredictionValue, TempoStatus, TempoUpdate};
use earmark_session::descriptors::{LiveDescriptors, Reliability, ScalarDescriptor, Value as Scalar};
use earmark_session::{LabelValues, LatestPrediction, LevelEntry, LevelReading, OnsetReading, SongChange};
use serde_json::{Map, Value, json};

use crate::events::{Event, TagEvent};
use crate::remote::{RemoteCommand, RemoteNotice};
use crate::scenes::Change;
use crate::topic::Topic;

/// Version of the format of the lines, written in the lines of the input. Lines without it have format 1.
pub const SCHEMA: &str = "earmark-listen/2";

/// JSON line with its topic.
pub type Line = (Topic, String);

/// Returns the line of a prediction.
///
/// `is_added` marks a model that is not built in, `now_s` is the current source time in seconds, and `active` contains
/// the active tags, if known.
pub fn prediction(
    prediction: &Prediction,
    card: &Card,
    is_added: bool,
    now_s: f64,
    active: Option<&LatestPrediction<LabelValues>>,
) -> Line {
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
        PredictionValue::Tags { values, .. } | PredictionValue::Values(values) => {
            let values =
                card.labels.iter().zip(values).map(|(label, &value)| (label.clone(), rounded(value.into()).into()));
            put(card.kind.name(), Value::Object(values.collect()));
        }
        PredictionValue::Pitch(pitch) => {
            put("hz", rounded(pitch.hz.into()).into());
            put("confidence", rounded(pitch.confidence.into()).into());
        }
        PredictionValue::Tempo { local, .. } => {
            put("bpm", rounded(local.bpm.into()).into());
            put("confidence", rounded(local.confidence.into()).into());
        }
        _ => {
            put("silent", true.into());
        }
    }
    if let Some(tags) = active.filter(|tags| *tags.card.id == **model) {
        let labels = tags.card.labels.iter().zip(&tags.value.active);
        let names = labels.filter(|(_, active)| **active).map(|(label, _)| label.as_str());
        put("active", names.collect());
    }
    if is_added {
        put("added", true.into());
    }
    if card.takes_descriptors {
        put("scope", "window".into());
    }
    if let Some(positive) = card.positive_class.and_then(|class| card.labels.get(class)) {
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

/// Returns the line of the live tempo; `now_s` is the current source time in seconds.
pub fn tempo(update: &TempoUpdate, now_s: f64) -> Line {
    let mut line = Map::new();
    let mut put = |name: &str, value: Value| line.insert(name.to_owned(), value);
    put("event", "tempo".into());
    put("at", unix_s().into());
    put("model", (*update.model).into());
    put("generation", update.generation.into());
    put("start_s", rounded(update.start_s).into());
    put("end_s", rounded(update.end_s).into());
    put("age_s", rounded((now_s - update.end_s).max(0.0)).into());
    put("state", update.status.name().into());
    put("analyzed_s", rounded(update.analyzed_s).into());
    if let Some(bpm) = update.bpm.filter(|_| update.status != TempoStatus::Listening) {
        put("bpm", rounded(bpm).into());
        put("confidence", rounded(update.confidence.into()).into());
    }
    if let Some(class) = update.class {
        put("class_bpm", rounded(class.bpm.into()).into());
        put("class_confidence", rounded(class.confidence.into()).into());
    }
    if let Some(beats) = update.beats {
        let next = beats.beats_at(update.end_s).floor() + 1.0;
        put("next_beat_s", rounded(beats.time_of(next)).into());
        put("next_beat", (next.max(0.0) as u64).into());
        put("beat_confidence", rounded(beats.confidence.into()).into());
    }
    if update.silent {
        put("silent", true.into());
    }
    (Topic::Tempo, Value::Object(line).to_string())
}

/// Returns the line of a notice about remote control; `source` is `osc` or `midi`.
pub fn remote(source: &str, notice: &RemoteNotice) -> Line {
    let mut line = Map::new();
    let mut put = |name: &str, value: Value| line.insert(name.to_owned(), value);
    put("event", "remote".into());
    put("at", unix_s().into());
    put("source", source.into());
    match notice {
        RemoteNotice::Command(command) => {
            put("command", command.name().into());
            match *command {
                RemoteCommand::Half | RemoteCommand::Double | RemoteCommand::Tap | RemoteCommand::Lock(None) => {}
                RemoteCommand::Lock(Some(on)) => drop(put("value", on.into())),
                RemoteCommand::Bpm(bpm) => drop(put("value", rounded(bpm).into())),
                RemoteCommand::Range(range_bpm) => {
                    let ends = range_bpm.map(|(low, high)| [low, high].map(|bpm| rounded(bpm.into())));
                    put("value", json!(ends));
                }
                RemoteCommand::MinConfidence(confidence) => drop(put("value", rounded(confidence.into()).into())),
            }
        }
        RemoteNotice::Ignored { count, message } => {
            put("ignored", (*count).into());
            put("message", message.as_str().into());
        }
        RemoteNotice::Port(description) => drop(put("port", json!(description))),
    }
    (Topic::News, Value::Object(line).to_string())
}

/// Returns the line of descriptors; `now_s` is the current source time in seconds.
pub fn descriptors(descriptors: &LiveDescriptors, now_s: f64) -> Line {
    let scalars = descriptors.scalars();
    let value = |ScalarDescriptor { name, value, .. }: &ScalarDescriptor| {
        let value: Value = match value {
            Scalar::Number(number) => significant(*number).into(),
            Scalar::Text(text) => text.as_str().into(),
            _ => Value::Null,
        };
        ((*name).to_owned(), value)
    };
    let marked = scalars.iter().filter(|scalar| scalar.reliability == Reliability::Marked);
    let LiveDescriptors { end_s, window_s, generation, silent, .. } = descriptors;
    let line = json!({ "event": "descriptors", "at": unix_s(), "generation": generation, "end_s": rounded(*end_s),
                       "window_s": rounded(*window_s), "age_s": rounded((now_s - end_s).max(0.0)), "silent": silent,
                       "values": scalars.iter().map(value).collect::<Map<String, Value>>(),
                       "marked": marked.map(|scalar| scalar.name).collect::<Vec<_>>() });
    (Topic::Descriptors, line.to_string())
}

/// Returns the line of levels or of an onset; `now_s` is the current source time in seconds.
pub fn levels(entry: &LevelEntry, now_s: f64) -> Line {
    let age_s = rounded((now_s - entry.time_s()).max(0.0));
    let line = match *entry {
        LevelEntry::Levels(LevelReading {
            end_s,
            generation,
            rms,
            peak,
            low,
            mid,
            high,
            centroid_hz,
            momentary_lufs,
            short_term_lufs,
        }) => {
            let value = |value: f32| significant(value.into());
            json!({ "event": "levels", "at": unix_s(), "generation": generation, "end_s": rounded(end_s), "age_s": age_s,
                    "rms": value(rms), "peak": value(peak), "low": value(low), "mid": value(mid), "high": value(high),
                    "centroid_hz": value(centroid_hz), "momentary_lufs": momentary_lufs.map(value),
                    "short_term_lufs": short_term_lufs.map(value) })
        }
        LevelEntry::Onset(OnsetReading { band, time_s, generation, strength }) => {
            json!({ "event": "onset", "at": unix_s(), "generation": generation, "band": band.name(),
                    "time_s": rounded(time_s), "age_s": age_s, "strength": rounded(strength.into()) })
        }
    };
    (Topic::News, line.to_string())
}

/// Returns the line of the begin of another piece; `now_s` is the current source time in seconds.
pub fn song(song: &SongChange, now_s: f64) -> Line {
    let SongChange { time_s, detected_s, generation, distance } = *song;
    let line = json!({ "event": "song", "at": unix_s(), "generation": generation, "time_s": rounded(time_s),
                       "detected_s": rounded(detected_s), "age_s": rounded((now_s - time_s).max(0.0)),
                       "distance": rounded(distance.into()) });
    (Topic::News, line.to_string())
}

/// Returns the line of a running input or a playing file.
pub fn running(name: &str, spec: StreamSpec) -> Line {
    let (rate_hz, channels) = (spec.rate.hz(), spec.channels);
    let line = json!({ "event": "input", "at": unix_s(), "schema": SCHEMA, "state": "running", "name": name,
                       "rate_hz": rate_hz, "channels": channels });
    (Topic::Input, line.to_string())
}

/// Returns the line of an input that delivers no samples, with a hint for the user.
pub fn waiting(message: &str, hint: &str) -> Line {
    let line = json!({ "event": "input", "at": unix_s(), "schema": SCHEMA, "state": "waiting", "message": message,
                       "hint": hint });
    (Topic::Input, line.to_string())
}

/// Returns the line of an event that started or ended.
pub fn event(event: &TagEvent) -> Line {
    let line = match event {
        TagEvent::Started { model, tag, start_s, value } => {
            json!({ "event": "began", "at": unix_s(), "model": **model, "tag": tag, "start_s": rounded(*start_s),
                    "value": rounded((*value).into()) })
        }
        TagEvent::Ended(Event { model, tag, start_s, end_s, peak, .. }) => {
            json!({ "event": "ended", "at": unix_s(), "model": **model, "tag": tag, "start_s": rounded(*start_s),
                    "end_s": rounded(*end_s), "peak": rounded((*peak).into()) })
        }
    };
    (Topic::News, line.to_string())
}

/// Returns the line of a scheduled clip.
pub fn clip(tag: &str, start_s: f64, path: &Path) -> Line {
    let line = json!({ "event": "clip", "at": unix_s(), "tag": tag, "start_s": rounded(start_s),
                       "path": path.to_string_lossy() });
    (Topic::News, line.to_string())
}

/// Returns the line of a scene that began or ended.
pub fn scene(Change { name, on, at_s }: &Change) -> Line {
    let line = json!({ "event": "scene", "at": unix_s(), "name": name, "on": on, "source_s": rounded(*at_s) });
    (Topic::News, line.to_string())
}

/// Returns the line of an error other than an input error.
pub fn failed(message: &str) -> Line {
    (Topic::News, json!({ "event": "failed", "at": unix_s(), "message": message }).to_string())
}

/// Totals of a session.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub struct SessionTotals {
    /// Source time at the end, in seconds.
    pub source_s: f64,
    /// Number of predictions that were written.
    pub predictions: u64,
    /// Number of predictions and descriptors that left their timeline before they were written.
    pub unwritten: u64,
    /// Number of samples that did not fit into the ring.
    pub dropped: u64,
    /// Number of gaps.
    pub gaps: u64,
    /// Number of samples that were NaN, infinite or beyond +120 dBFS and were set to 0.
    pub sanitized: u64,
    /// Number of predictions that were skipped because the worker lagged.
    pub skipped: u64,
    /// Number of errors reported by the audio backend, including overruns.
    pub errors: u64,
    /// Number of overruns reported by the audio backend.
    pub overruns: u64,
    /// Number of streams of the input that delivered samples.
    pub starts: u64,
}

/// Returns the last line, with the totals of the session.
pub fn end(totals: &SessionTotals) -> Line {
    let SessionTotals { source_s, predictions, unwritten, dropped, gaps, sanitized, skipped, errors, overruns, starts } =
        *totals;
    let line = json!({ "event": "end", "at": unix_s(), "source_s": rounded(source_s), "predictions": predictions,
                       "unwritten_predictions": unwritten, "dropped": dropped, "gaps": gaps, "sanitized_samples": sanitized,
                       "skipped": skipped, "errors": errors, "overruns": overruns, "stream_starts": starts });
    (Topic::News, line.to_string())
}

/// Returns the wall-clock time, in seconds since 1970.
fn unix_s() -> f64 {
    rounded(SystemTime::now().duration_since(UNIX_EPOCH).map_or(0.0, |since| since.as_secs_f64()))
}

/// Rounds to 1e-6, which is below the sample period and below the accuracy of a probability.
fn rounded(number: f64) -> f64 {
    (number * 1e6).round() / 1e6
}

/// Rounds to six significant digits. Descriptors have units of very different size.
fn significant(number: f64) -> f64 {
    format!("{number:.5e}").parse().unwrap_or(number)
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use earmark_models::{BeatLine, LocalTempo, Registry};
    use earmark_session::descriptors::{LiveLoudness, Pool};

    use super::*;

    #[test]
    fn prediction_is_an_object_with_its_time_age_and_tags() {
        let card = Registry::global().card("msd-vgg").unwrap();
        let mut made = Prediction {
            model: "msd-vgg".into(),
            generation: 3,
            start_s: 1.0,
            end_s: 4.0,
            outcome: PredictionValue::Tags { values: vec![0.25; 50], embedding: None },
        };
        let (topic, line) = prediction(&made, card, false, 4.25, None);
        let line: Value = serde_json::from_str(&line).unwrap();
        assert_eq!(topic, Topic::Tags);
        assert_eq!((&line["event"], &line["age_s"], &line["generation"]), (&"tags".into(), &0.25.into(), &3.into()));
        assert_eq!(line["tags"].as_object().unwrap().len(), 50);
        assert_eq!(line["tags"]["rock"], 0.25);
        made.outcome = PredictionValue::Silent;
        let line: Value = serde_json::from_str(&prediction(&made, card, false, 0.0, None).1).unwrap();
        assert_eq!((&line["silent"], &line["age_s"], line.get("tags")), (&true.into(), &0.0.into(), None));
    }

    #[test]
    fn tempo_is_an_object_with_state_and_analyzed_seconds_and_no_tempo_while_listening() {
        let beats = BeatLine { bpm: 120.5, number: 4, beat_s: 3.0, confidence: 0.75 };
        let mut update = TempoUpdate {
            model: "t".into(),
            generation: 2,
            start_s: 0.0,
            end_s: 4.0,
            analyzed_s: 4.0,
            status: TempoStatus::Locked,
            silent: false,
            bpm: Some(120.5),
            confidence: 0.875,
            class: Some(LocalTempo { bpm: 120.0, confidence: 0.5 }),
            alternatives: Vec::new(),
            beats: Some(beats),
        };
        let read = |update: &TempoUpdate| {
            let (topic, line) = tempo(update, 4.5);
            assert_eq!(topic, Topic::Tempo);
            let mut line: Value = serde_json::from_str(&line).unwrap();
            assert!(line.as_object_mut().unwrap().remove("at").is_some());
            line
        };
        let next_beat_s = rounded(3.0 + 3.0 * 60.0 / 120.5);
        let expected = json!({ "event": "tempo", "model": "t", "generation": 2, "start_s": 0.0, "end_s": 4.0, "age_s": 0.5,
            "state": "locked", "analyzed_s": 4.0, "bpm": 120.5, "confidence": 0.875, "class_bpm": 120.0,
            "class_confidence": 0.5, "next_beat_s": next_beat_s, "next_beat": 7, "beat_confidence": 0.75 });
        assert_eq!(read(&update), expected);
        (update.status, update.bpm, update.class, update.beats) = (TempoStatus::Listening, None, None, None);
        update.silent = true;
        let expected = json!({ "event": "tempo", "model": "t", "generation": 2, "start_s": 0.0, "end_s": 4.0, "age_s": 0.5,
            "state": "listening", "analyzed_s": 4.0, "silent": true });
        assert_eq!(read(&update), expected);
    }

    fn keys(line: &Line) -> Vec<String> {
        let line: Map<String, Value> = serde_json::from_str(&line.1).unwrap();
        line.into_iter().map(|(key, _)| key).collect()
    }

    #[test]
    fn lines_of_input_and_end_have_the_documented_keys() {
        let spec = StreamSpec { rate: earmark_dsp::SampleRate::new(48_000.0).unwrap(), channels: 2 };
        let input = ["at", "channels", "event", "name", "rate_hz", "schema", "state"];
        assert_eq!(keys(&running("line in", spec)), input);
        let waiting = waiting("no sound server", "Start one.");
        assert_eq!(keys(&waiting), ["at", "event", "hint", "message", "schema", "state"]);
        let waiting: Value = serde_json::from_str(&waiting.1).unwrap();
        assert_eq!((&waiting["schema"], &waiting["hint"]), (&SCHEMA.into(), &"Start one.".into()));
        let totals = SessionTotals { unwritten: 1, sanitized: 2, starts: 3, skipped: 4, ..SessionTotals::default() };
        let end: Value = serde_json::from_str(&end(&totals).1).unwrap();
        let counters = ["unwritten_predictions", "sanitized_samples", "stream_starts", "skipped"];
        assert_eq!(counters.map(|key| end[key].as_u64()), [Some(1), Some(2), Some(3), Some(4)]);
        assert_eq!(end.as_object().unwrap().len(), 12);
    }

    #[test]
    fn levels_and_onsets_are_objects_with_their_times() {
        let object = |entry: &LevelEntry| {
            let mut line: Value = serde_json::from_str(&levels(entry, 2.0).1).unwrap();
            line.as_object_mut().unwrap().remove("at");
            line
        };
        let reading = LevelReading {
            end_s: 1.96,
            generation: 3,
            rms: 0.25,
            peak: 0.5,
            low: 0.1,
            centroid_hz: 1234.567,
            momentary_lufs: Some(-20.5),
            ..LevelReading::default()
        };
        let expected = json!({ "event": "levels", "generation": 3, "end_s": 1.96, "age_s": 0.04, "rms": 0.25, "peak": 0.5,
                               "low": 0.1, "mid": 0.0, "high": 0.0, "centroid_hz": 1234.57, "momentary_lufs": -20.5,
                               "short_term_lufs": null });
        assert_eq!(object(&LevelEntry::Levels(reading)), expected);
        let band = earmark_session::levels::OnsetBand::Kick;
        let onset = OnsetReading { band, time_s: 1.984, generation: 3, strength: 0.75 };
        let expected = json!({ "event": "onset", "generation": 3, "band": "kick", "time_s": 1.984, "age_s": 0.016,
                               "strength": 0.75 });
        assert_eq!(object(&LevelEntry::Onset(onset)), expected);
    }

    #[test]
    fn descriptors_are_an_object_with_values_marks_and_nulls() {
        let mut window = Pool::default();
        for (name, value) in [
            ("lowlevel.dissonance.mean", Scalar::Number(0.412_345_678)),
            ("lowlevel.spectral_energy.mean", Scalar::Number(0.000_012_345_678)),
            ("lowlevel.mfcc.mean", Scalar::Vector(vec![1.0; 13])),
            ("rhythm.bpm", Scalar::Number(120.0)),
            ("rhythm.danceability", Scalar::Number(1.0)),
            ("tonal.key_edma.key", Scalar::Text("C".into())),
        ] {
            window.insert(name, value);
        }
        let live = LiveDescriptors {
            end_s: 13.0,
            window_s: 12.0,
            since_start_s: 12.0,
            generation: 2,
            silent: false,
            key: None,
            chord: None,
            chroma: [0.0; 12],
            loudness: LiveLoudness::default(),
            bpm: None,
            danceability: None,
            dissonance: None,
            onset_rate: None,
            dynamic_complexity: None,
            tuning_hz: None,
            centroid_hz: Arc::from([]),
            window: Arc::new(window),
            since_start: None,
        };
        let (topic, line) = descriptors(&live, 13.5);
        let mut line: Value = serde_json::from_str(&line).unwrap();
        line.as_object_mut().unwrap().remove("at");
        // The danceability of 12 s is unsuitable, others have no value in this pool.
        let present = |(_, value): &(&String, &Value)| !value.is_null();
        let values: Map<_, _> = line["values"]
            .as_object()
            .unwrap()
            .iter()
            .filter(present)
            .map(|(name, value)| (name.clone(), value.clone()))
            .collect();
        assert!(line["values"]["rhythm.danceability"].is_null() && line["values"].get("lowlevel.mfcc").is_none());
        line["values"] = values.into();
        let expected = json!({ "event": "descriptors", "generation": 2, "end_s": 13.0, "window_s": 12.0, "age_s": 0.5,
            "silent": false, "marked": ["rhythm.bpm", "tonal.key_edma.key"],
            "values": { "lowlevel.dissonance": 0.412_346, "lowlevel.spectral_energy": 1.23457e-5, "rhythm.bpm": 120.0,
                        "tonal.key_edma.key": "C" } });
        assert_eq!((topic, line), (Topic::Descriptors, expected));
    }
}
