//! Predictions of one model as columns.

use earmark_models::report::ModelOutput;

use crate::shared_values::SharedValues;

/// Predictions of one model as columns; the values of silence are NaN.
#[derive(Debug)]
pub(crate) struct ModelSeries {
    /// Names of the values.
    pub(crate) labels: Vec<String>,
    /// Values, one row per patch.
    pub(crate) values: SharedValues,
    /// Mean of each value over the patches that are not silent.
    pub(crate) mean: Option<SharedValues>,
    /// Start of each patch in seconds.
    pub(crate) start: SharedValues,
    /// End of each patch in seconds.
    pub(crate) end: SharedValues,
    /// Whether each patch is silent.
    pub(crate) silent: SharedValues,
}

impl ModelSeries {
    /// Creates the columns of an output. The values of a tempo are BPM and confidence, those of a pitch Hz and confidence.
    pub(crate) fn new(output: &ModelOutput) -> Self {
        match output {
            ModelOutput::Tempo { predictions, .. } => {
                let rows = predictions.iter().map(|patch| (patch.start_s, patch.end_s, [patch.bpm, patch.confidence]));
                Self::pairs("bpm", rows)
            }
            ModelOutput::Pitch { predictions, .. } => {
                let rows = predictions.iter().map(|patch| (patch.start_s, patch.end_s, [patch.hz, patch.confidence]));
                Self::pairs("hz", rows)
            }
            _ => match output.labelled() {
                Some(labelled) => {
                    let width = labelled.labels.len();
                    let mut values = Vec::with_capacity(labelled.predictions.len() * width);
                    for patch in &labelled.predictions {
                        values.extend(patch.values.iter().flatten());
                        values.resize(values.len().next_multiple_of(width.max(1)), f32::NAN);
                        if patch.values.is_none() {
                            values.resize(values.len() + width, f32::NAN);
                        }
                    }
                    let spans = labelled.predictions.iter().map(|patch| (patch.start_s, patch.end_s, patch.silent));
                    let mean = labelled.mean.clone().map(SharedValues::row);
                    Self::columns(labelled.labels.clone(), values, mean, spans)
                }
                None => Self::columns(Vec::new(), Vec::new(), None, std::iter::empty()),
            },
        }
    }

    fn pairs(name: &str, rows: impl Iterator<Item = (f64, f64, [Option<f32>; 2])>) -> Self {
        let rows: Vec<_> = rows.collect();
        let values = rows.iter().flat_map(|(.., pair)| pair.map(|value| value.unwrap_or(f32::NAN))).collect();
        let spans = rows.iter().map(|&(start_s, end_s, [first, _])| (start_s, end_s, first.is_none()));
        Self::columns(vec![name.to_owned(), "confidence".to_owned()], values, None, spans)
    }

    fn columns(
        labels: Vec<String>,
        values: Vec<f32>,
        mean: Option<SharedValues>,
        spans: impl Iterator<Item = (f64, f64, bool)>,
    ) -> Self {
        let (mut start, mut end, mut silent) = (Vec::new(), Vec::new(), Vec::new());
        for (start_s, end_s, is_silent) in spans {
            start.push(start_s);
            end.push(end_s);
            silent.push(is_silent);
        }
        Self {
            values: SharedValues::rows(values, labels.len()),
            labels,
            mean,
            start: SharedValues::times(start),
            end: SharedValues::times(end),
            silent: SharedValues::flags(silent.into_iter()),
        }
    }
}
