//! Report as a wide CSV table: one row per file, one column per value.

use std::io;

use earmark_models::report::{ModelOutput, ModelReport};

use super::status::{SILENT, TOO_SHORT};
use crate::model_columns::{ColumnKind, ModelColumns};
use crate::tag::TaggedFile;

/// Columns before those of the models: facts about the file.
const FILE_COLUMNS: [&str; 9] = [
    "path",
    "duration_s",
    "sample_rate_hz",
    "channels",
    "decoder",
    "codec",
    "size_bytes",
    "modified_unix_s",
    "md5_encoded",
];

/// Returns the names of the columns of a table with these models: `MODEL.LABEL`, `MODEL.bpm` and so on; and of each model
/// `MODEL.status`, which is `silent` or `too_short` if there are no values.
#[must_use]
pub fn header(columns: &[ModelColumns]) -> Vec<String> {
    let mut names: Vec<String> = FILE_COLUMNS.map(str::to_owned).to_vec();
    for ModelColumns { id, kind } in columns {
        match kind {
            ColumnKind::Labels(labels) => names.extend(labels.iter().map(|label| format!("{id}.{label}"))),
            ColumnKind::Tempo => names.extend([format!("{id}.bpm"), format!("{id}.confidence")]),
            ColumnKind::Pitch => names.push(format!("{id}.hz")),
            ColumnKind::Nothing => {}
        }
        names.push(format!("{id}.status"));
    }
    names.push("path_bytes".to_owned());
    names
}

/// Returns the row of a file, after the header if `with_header` is set.
pub(super) fn text(file: &TaggedFile, columns: &[ModelColumns], with_header: bool) -> io::Result<String> {
    let mut writer = csv::Writer::from_writer(Vec::new());
    if with_header {
        writer.write_record(header(columns))?;
    }
    let report = &file.report;
    let facts = file.file.as_ref();
    let optional = |text: Option<String>| text.unwrap_or_default();
    let mut row = vec![
        report.path.clone(),
        report.duration_s.to_string(),
        report.sample_rate_hz.to_string(),
        report.channels.to_string(),
        optional(report.decoder.as_deref().map(str::to_owned)),
        optional(facts.map(|file| file.codec.clone())),
        optional(facts.and_then(|file| file.size_bytes).map(|size| size.to_string())),
        optional(facts.and_then(|file| file.modified_unix_s).map(|time| time.to_string())),
        optional(facts.and_then(|file| file.md5_encoded.clone())),
    ];
    for columns in columns {
        let model = report.models.iter().find(|model| model.id == columns.id);
        row.extend(values(model, &columns.kind));
    }
    row.push(optional(report.path_bytes.clone()));
    writer.write_record(row)?;
    let bytes = writer.into_inner().map_err(|error| io::Error::other(error.to_string()))?;
    String::from_utf8(bytes).map_err(io::Error::other)
}

/// Returns the values of a model and its status.
fn values(model: Option<&ModelReport>, kind: &ColumnKind) -> Vec<String> {
    let number = |value: Option<f32>| value.map_or_else(String::new, |value| value.to_string());
    let output = model.map(|model| &model.output);
    let numbers: Vec<Option<f32>> = match (kind, output) {
        (ColumnKind::Labels(labels), output) => {
            let mean = output.and_then(ModelOutput::labelled).and_then(|labelled| labelled.mean.as_deref());
            (0..labels.len()).map(|label| mean.and_then(|mean| mean.get(label)).copied()).collect()
        }
        (ColumnKind::Tempo, Some(ModelOutput::Tempo { bpm, confidence, .. })) => vec![*bpm, *confidence],
        (ColumnKind::Tempo, _) => vec![None, None],
        (ColumnKind::Pitch, Some(ModelOutput::Pitch { hz, .. })) => vec![*hz],
        (ColumnKind::Pitch, _) => vec![None],
        (ColumnKind::Nothing, _) => Vec::new(),
    };
    let is_silent = !numbers.is_empty() && numbers.iter().all(Option::is_none);
    let status = match model.and_then(|model| model.have_s) {
        Some(_) => TOO_SHORT,
        None if is_silent && *kind != ColumnKind::Pitch => SILENT,
        None => "",
    };
    numbers.into_iter().map(number).chain([status.to_owned()]).collect()
}

#[cfg(test)]
mod tests {
    use earmark_models::report::{FileReport, LabelSeries};

    use super::*;

    #[test]
    fn row_has_a_value_for_each_column_and_a_status_without_values() {
        let columns = [
            ModelColumns { id: "m".into(), kind: ColumnKind::Labels(vec!["a, b".into(), "c".into()]) },
            ModelColumns { id: "t".into(), kind: ColumnKind::Tempo },
        ];
        let labelled = LabelSeries { labels: Vec::new(), predictions: Vec::new(), mean: Some(vec![0.1, 1.0 / 3.0]) };
        let model = |id: &str, output, have_s| ModelReport {
            id: id.into(),
            derived_from: None,
            output,
            need_s: have_s,
            have_s,
            assumed: Vec::new(),
        };
        let mut report = FileReport::new("x.wav".into(), 1.5, 44_100.0, 2);
        let alternatives = Vec::new();
        let tempo = ModelOutput::Tempo { predictions: Vec::new(), bpm: None, confidence: None, alternatives };
        report.models = vec![model("m", ModelOutput::Tags(labelled), None), model("t", tempo, Some(1.5))];
        let file = TaggedFile { report, file: None, provenance: None, issues: Default::default() };
        let text = text(&file, &columns, true).unwrap();
        let (names, row) = text.split_once('\n').unwrap();
        assert_eq!(
            names,
            "path,duration_s,sample_rate_hz,channels,decoder,codec,size_bytes,modified_unix_s,md5_encoded,\
             \"m.a, b\",m.c,m.status,t.bpm,t.confidence,t.status,path_bytes"
        );
        assert_eq!(row, "x.wav,1.5,44100,2,,,,,,0.1,0.33333334,,,,too_short,\n");
    }
}
