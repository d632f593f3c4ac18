//! Values of a report that become tags.

use std::collections::BTreeMap;

use earmark_models::report::{FileReport, ModelOutput, ModelReport};

use super::tag_field::TagField;
use super::vocabulary::{is_genre, is_mood};

/// Smallest value of a class and of a derived mood that is written: more likely than not.
const MIN_CLASS: f32 = 0.5;

/// Rules by which values become tags.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct TagValueRules {
    /// Smallest mean of a tag, and smallest confidence of a tempo, that is written, 0 to 1 (default 0.2).
    pub threshold: f32,
}

impl Default for TagValueRules {
    fn default() -> Self {
        Self { threshold: 0.2 }
    }
}

impl TagValueRules {
    /// Returns the values of these fields: the tempo in whole beats per minute, and the strongest genre and mood. A field
    /// without a value that is strong enough is absent.
    #[must_use]
    pub fn values(&self, report: &FileReport, fields: &[TagField]) -> BTreeMap<TagField, String> {
        let value = |&field: &TagField| {
            let value = match field {
                TagField::Bpm => self.bpm(report),
                TagField::Genre => self.strongest(report, |model, label| is_genre(&model.id, label)),
                TagField::Mood => {
                    self.strongest(report, |model, label| is_mood(&model.id, label, model.derived_from.is_some()))
                }
            };
            Some((field, value?))
        };
        fields.iter().filter_map(value).collect()
    }

    fn bpm(&self, report: &FileReport) -> Option<String> {
        report.models.iter().find_map(|model| match &model.output {
            ModelOutput::Tempo { bpm: Some(bpm), confidence: Some(confidence), .. }
                if *confidence >= self.threshold =>
            {
                Some(format!("{bpm:.0}"))
            }
            _ => None,
        })
    }

    /// Returns the strongest wanted label of the first model that has one which is strong enough, derived moods before tags.
    fn strongest(&self, report: &FileReport, is_wanted: fn(&ModelReport, &str) -> bool) -> Option<String> {
        let derived = report.models.iter().filter(|model| model.derived_from.is_some());
        let others = report.models.iter().filter(|model| model.derived_from.is_none());
        derived.chain(others).find_map(|model| {
            let labelled = model.output.labelled()?;
            let is_class = matches!(model.output, ModelOutput::Classes { .. }) || model.derived_from.is_some();
            let min = if is_class { MIN_CLASS } else { self.threshold };
            let pairs = labelled.labels.iter().zip(labelled.mean.iter().flatten());
            let wanted = pairs.filter(|&(label, &mean)| is_wanted(model, label) && mean >= min);
            let (label, _) = wanted.max_by(|a, b| a.1.total_cmp(b.1))?;
            // Discogs' labels are a genre and a style.
            let label = label.rsplit("---").next().unwrap_or(label);
            // The negative class of a binary classifier is no value.
            let positive =
                if let ModelOutput::Classes { positive, .. } = &model.output { positive.as_deref() } else { None };
            positive.is_none_or(|positive| positive == label).then(|| label.to_owned())
        })
    }
}

#[cfg(test)]
mod tests {
    use earmark_models::report::LabelSeries;

    use super::*;

    fn model(id: &str, derived_from: Option<&str>, output: ModelOutput) -> ModelReport {
        let derived_from = derived_from.map(str::to_owned);
        ModelReport { id: id.into(), derived_from, output, need_s: None, have_s: None, assumed: Vec::new() }
    }

    fn labels(pairs: &[(&str, f32)]) -> LabelSeries {
        LabelSeries {
            labels: pairs.iter().map(|pair| pair.0.to_owned()).collect(),
            predictions: Vec::new(),
            mean: Some(pairs.iter().map(|pair| pair.1).collect()),
        }
    }

    #[test]
    fn strongest_values_above_their_thresholds_become_tags() {
        let mut report = FileReport::new("a.wav".into(), 20.0, 44_100.0, 2);
        let tempo = |bpm: f32, confidence: f32| ModelOutput::Tempo {
            predictions: Vec::new(),
            bpm: Some(bpm),
            confidence: Some(confidence),
            alternatives: Vec::new(),
        };
        let tags = labels(&[("guitar", 0.9), ("rock", 0.3), ("Hip-Hop", 0.4), ("sad", 0.25), ("pop", 0.1)]);
        let moods = labels(&[("voice", 0.9), ("relaxed", 0.6), ("sad", 0.4)]);
        report.models = vec![model("msd-musicnn", None, ModelOutput::Tags(tags)), model("t", None, tempo(127.6, 0.5))];
        let all = [TagField::Bpm, TagField::Genre, TagField::Mood];
        let of = |report: &FileReport, threshold| {
            let values = TagValueRules { threshold }.values(report, &all);
            values.into_iter().map(|(field, value)| format!("{field} {value}")).collect::<Vec<_>>().join(", ")
        };
        assert_eq!(of(&report, 0.2), "bpm 128, genre Hip-Hop, mood sad");
        assert_eq!(of(&report, 0.3), "bpm 128, genre Hip-Hop");
        assert_eq!(of(&report, 0.6), "");
        report.models.push(model("moods-msd-musicnn", Some("msd-musicnn"), ModelOutput::Tags(moods)));
        assert_eq!(of(&report, 0.2), "bpm 128, genre Hip-Hop, mood relaxed");
        let discogs = labels(&[("Rock---Punk", 0.7), ("Jazz---Bop", 0.2)]);
        report.models = vec![model("genre_discogs400", None, ModelOutput::Tags(discogs))];
        assert_eq!(of(&report, 0.2), "genre Punk");
        for (classes, expected) in
            [([("party", 0.7), ("not_party", 0.3)], "mood party"), ([("party", 0.2), ("not_party", 0.8)], "")]
        {
            let classes = ModelOutput::Classes { positive: Some("party".into()), labelled: labels(&classes) };
            report.models = vec![model("mood_party", None, classes)];
            assert_eq!(of(&report, 0.2), expected);
        }
    }
}
