//! Results of tagging: the report of a file, and the results of each of its models.

use std::fmt::Write;
use std::sync::{Arc, OnceLock};

use earmark_capture::decode::DecodeIssues;
use earmark_files::table::FileRow;
use earmark_files::tag::TaggedFile;
use earmark_models::report::ModelReport;
use pyo3::exceptions::PyKeyError;
use pyo3::prelude::*;
use pyo3::types::{PyCapsule, PyDict, PyTuple};

use crate::arrow_stream;
use crate::errors::ErrorClass;
use crate::frames::data_frame;
use crate::json_dict::dict;
use crate::model_series::ModelSeries;
use crate::shared_values::SharedValues;
use crate::tempo::PyTempo;

/// Number of labels in the text of a report.
const REPR_LABELS: usize = 3;

/// Report on one file or array: the results of each model.
#[pyclass(frozen, name = "Report", module = "earmark", mapping)]
pub(crate) struct PyReport {
    file: Arc<TaggedFile>,
    results: Vec<Py<PyModelResult>>,
}

/// Results of one model on one file or array.
#[pyclass(frozen, name = "ModelResult", module = "earmark")]
pub(crate) struct PyModelResult {
    file: Arc<TaggedFile>,
    place: usize,
    series: OnceLock<ModelSeries>,
}

impl PyReport {
    /// Creates the report of a tagged file.
    pub(crate) fn new(py: Python<'_>, file: TaggedFile) -> PyResult<Self> {
        let file = Arc::new(file);
        let result = |place| PyModelResult { file: Arc::clone(&file), place, series: OnceLock::new() };
        let results = (0..file.report.models.len()).map(|place| Py::new(py, result(place))).collect::<PyResult<_>>()?;
        Ok(Self { file, results })
    }

    /// Returns the report as plain data.
    pub(crate) fn data(&self) -> &TaggedFile {
        &self.file
    }

    fn json(&self) -> PyResult<String> {
        serde_json::to_string(&*self.file).map_err(|error| ErrorClass::Output.error(&error.to_string()))
    }

    fn find(&self, py: Python<'_>, id: &str) -> Option<Py<PyModelResult>> {
        let place = self.file.report.models.iter().position(|model| model.id == id)?;
        self.results.get(place).map(|result| result.clone_ref(py))
    }
}

#[pymethods]
impl PyReport {
    #[getter]
    fn path(&self) -> &str {
        &self.file.report.path
    }

    #[getter]
    fn decoder(&self) -> Option<&str> {
        self.file.report.decoder.as_deref()
    }

    #[getter]
    fn duration_s(&self) -> f64 {
        self.file.report.duration_s
    }

    #[getter]
    fn sample_rate_hz(&self) -> f64 {
        self.file.report.sample_rate_hz
    }

    #[getter]
    fn channels(&self) -> usize {
        self.file.report.channels
    }

    #[getter]
    fn models<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyTuple>> {
        PyTuple::new(py, self.file.report.models.iter().map(|model| &model.id))
    }

    /// Return facts about the file, such as its size and codec; None for samples.
    #[getter]
    fn file<'py>(&self, py: Python<'py>) -> PyResult<Option<Bound<'py, PyAny>>> {
        self.file.file.as_ref().map(|file| dict(py, file)).transpose()
    }

    /// Return the program, models and settings of the report.
    #[getter]
    fn provenance<'py>(&self, py: Python<'py>) -> PyResult<Option<Bound<'py, PyAny>>> {
        self.file.provenance.as_ref().map(|origin| dict(py, origin)).transpose()
    }

    /// Return whether the whole file is silent: there are patches, and no model has one with sound.
    #[getter]
    fn silent(&self) -> bool {
        self.file.report.is_silent()
    }

    #[getter]
    fn tempo(&self) -> Option<PyTempo> {
        PyTempo::of(&self.file.report)
    }

    /// Return the defects of the file that were found while it was decoded: an empty dict for a sound one.
    #[getter]
    fn issues<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyDict>> {
        let DecodeIssues { sanitized, packets, lost_frames, missing_frames, channels_cancel } = self.file.issues;
        let found = PyDict::new(py);
        let counts = [
            ("sanitized_samples", sanitized),
            ("damaged_packets", packets),
            ("lost_frames", lost_frames),
            ("missing_frames", missing_frames),
            ("channels_cancel", u64::from(channels_cancel)),
        ];
        counts.into_iter().filter(|&(_, count)| count > 0).try_for_each(|(name, count)| found.set_item(name, count))?;
        Ok(found)
    }

    /// Return the `n` strongest labels with their mean values, of the first model with labels.
    #[pyo3(signature = (n=5))]
    fn top(&self, n: usize) -> Vec<(String, f32)> {
        let first =
            self.file.report.models.iter().find_map(|model| Some((model, model.output.labelled()?.mean.as_ref()?)));
        first.map_or_else(Vec::new, |(model, _)| strongest(model, n))
    }

    /// Return the JSON line that `earmark tag --format jsonl` writes for the file.
    fn to_json(&self) -> PyResult<String> {
        self.json()
    }

    /// Return the object that `earmark tag --format json` writes for the file.
    fn to_dict<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyAny>> {
        py.import("json")?.call_method1("loads", (self.json()?,))
    }

    /// Return the values as a data frame of pandas, which must be installed.
    fn to_pandas<'py>(slf: &Bound<'py, Self>) -> PyResult<Bound<'py, PyAny>> {
        data_frame("to_pandas", slf.as_any())
    }

    /// Return the values as a data frame of polars, which must be installed.
    fn to_polars<'py>(slf: &Bound<'py, Self>) -> PyResult<Bound<'py, PyAny>> {
        data_frame("to_polars", slf.as_any())
    }

    fn __getitem__(&self, py: Python<'_>, id: &str) -> PyResult<Py<PyModelResult>> {
        let ids = || self.file.report.models.iter().map(|model| model.id.as_str()).collect::<Vec<_>>().join(", ");
        self.find(py, id).ok_or_else(|| PyKeyError::new_err(format!("no result (expected one of {}, got {id})", ids())))
    }

    fn __contains__(&self, id: &Bound<'_, PyAny>) -> bool {
        id.extract::<String>().is_ok_and(|id| self.file.report.models.iter().any(|model| model.id == id))
    }

    fn __len__(&self) -> usize {
        self.file.report.models.len()
    }

    fn __iter__<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyAny>> {
        Ok(self.models(py)?.try_iter()?.into_any())
    }

    fn __repr__(&self) -> String {
        let mut text = format!("<earmark.Report {} {:.1} s:", self.file.report.path, self.file.report.duration_s);
        for (label, value) in self.top(REPR_LABELS) {
            let _ = write!(text, " {label} {value:.2},");
        }
        match PyTempo::of(&self.file.report) {
            Some(tempo) => _ = write!(text, " {:.0} BPM,", tempo.numbers().0),
            None if text.ends_with(':') => text.push_str(" no results,"),
            None => {}
        }
        text.pop();
        text + ">"
    }

    fn __eq__(&self, other: &Self) -> bool {
        self.file.report == other.file.report
    }

    #[expect(clippy::type_complexity, reason = "state of a pickle")]
    fn __reduce__<'py>(&self, py: Python<'py>) -> PyResult<(Bound<'py, PyAny>, (String, [u64; 5]))> {
        let DecodeIssues { sanitized, packets, lost_frames, missing_frames, channels_cancel } = self.file.issues;
        let issues = [sanitized, packets, lost_frames, missing_frames, u64::from(channels_cancel)];
        Ok((py.import("earmark._native")?.getattr("_report")?, (self.json()?, issues)))
    }

    #[pyo3(signature = (requested_schema=None))]
    fn __arrow_c_stream__<'py>(
        &self,
        py: Python<'py>,
        requested_schema: Option<&Bound<'py, PyAny>>,
    ) -> PyResult<Bound<'py, PyCapsule>> {
        let _ = requested_schema;
        arrow_stream::capsule(py, crate::summary_table::batch(&[FileRow::of(&self.file)], &[&*self.file])?)
    }
}

/// Returns the labels of a model with the greatest means.
fn strongest(model: &ModelReport, n: usize) -> Vec<(String, f32)> {
    let Some(labelled) = model.output.labelled() else { return Vec::new() };
    let mean = labelled.mean.iter().flatten().copied();
    let mut pairs: Vec<_> = labelled.labels.iter().cloned().zip(mean).collect();
    pairs.sort_by(|a, b| b.1.total_cmp(&a.1));
    pairs.truncate(n);
    pairs
}

impl PyModelResult {
    fn model(&self) -> PyResult<&ModelReport> {
        self.file.report.models.get(self.place).ok_or_else(|| PyKeyError::new_err("no result"))
    }

    fn series(&self) -> PyResult<&ModelSeries> {
        let model = self.model()?;
        Ok(self.series.get_or_init(|| ModelSeries::new(&model.output)))
    }
}

#[pymethods]
impl PyModelResult {
    #[getter]
    fn id(&self) -> PyResult<&str> {
        Ok(&self.model()?.id)
    }

    #[getter]
    fn path(&self) -> &str {
        &self.file.report.path
    }

    #[getter]
    fn kind(&self) -> PyResult<&str> {
        self.model().map(|model| model.output.kind())
    }

    #[getter]
    fn labels(&self) -> PyResult<Vec<String>> {
        Ok(self.series()?.labels.clone())
    }

    #[getter]
    fn assumed(&self) -> PyResult<Vec<String>> {
        Ok(self.model()?.assumed.clone())
    }

    #[getter]
    fn values(&self, py: Python<'_>) -> PyResult<Py<PyAny>> {
        self.series()?.values.view(py)
    }

    #[getter]
    fn mean(&self, py: Python<'_>) -> PyResult<Option<Py<PyAny>>> {
        self.series()?.mean.as_ref().map(|mean| mean.view(py)).transpose()
    }

    #[getter]
    fn start(&self, py: Python<'_>) -> PyResult<Py<PyAny>> {
        self.series()?.start.view(py)
    }

    #[getter]
    fn end(&self, py: Python<'_>) -> PyResult<Py<PyAny>> {
        self.series()?.end.view(py)
    }

    #[getter]
    fn silent(&self, py: Python<'_>) -> PyResult<Py<PyAny>> {
        self.series()?.silent.view(py)
    }

    #[getter]
    fn need_s(&self) -> PyResult<Option<f64>> {
        Ok(self.model()?.need_s)
    }

    #[getter]
    fn have_s(&self) -> PyResult<Option<f64>> {
        Ok(self.model()?.have_s)
    }

    /// Return the `n` strongest labels with their mean values.
    #[pyo3(signature = (n=5))]
    fn top(&self, n: usize) -> PyResult<Vec<(String, f32)>> {
        Ok(strongest(self.model()?, n))
    }

    /// Return the values as a data frame of pandas, which must be installed.
    fn to_pandas<'py>(slf: &Bound<'py, Self>) -> PyResult<Bound<'py, PyAny>> {
        data_frame("to_pandas", slf.as_any())
    }

    /// Return the values as a data frame of polars, which must be installed.
    fn to_polars<'py>(slf: &Bound<'py, Self>) -> PyResult<Bound<'py, PyAny>> {
        data_frame("to_polars", slf.as_any())
    }

    fn __len__(&self) -> PyResult<usize> {
        Ok(self.series()?.start.len())
    }

    fn __repr__(&self) -> PyResult<String> {
        let (model, series) = (self.model()?, self.series()?);
        Ok(format!("<earmark.ModelResult {}: {} x {}>", model.id, series.start.len(), series.labels.len()))
    }

    #[pyo3(signature = (requested_schema=None))]
    fn __arrow_c_stream__<'py>(
        &self,
        py: Python<'py>,
        requested_schema: Option<&Bound<'py, PyAny>>,
    ) -> PyResult<Bound<'py, PyCapsule>> {
        let _ = requested_schema;
        let (model, series) = (self.model()?, self.series()?);
        let spans = [&series.start, &series.end].map(SharedValues::clone);
        let rows = crate::patch_table::PatchRows {
            path: &self.file.report.path,
            model: &model.id,
            origin: self.file.provenance.as_ref(),
            labels: &series.labels,
            spans: &spans,
            silent: &series.silent,
            values: &series.values,
            width: series.labels.len(),
        };
        arrow_stream::capsule(py, crate::patch_table::batch(&rows)?)
    }
}

/// Restore a pickled report.
#[pyfunction]
#[pyo3(name = "_report")]
pub(crate) fn restore_report(py: Python<'_>, json: &str, issues: [u64; 5]) -> PyResult<PyReport> {
    let file: TaggedFile =
        serde_json::from_str(json).map_err(|error| ErrorClass::Argument.error(&error.to_string()))?;
    let [sanitized, packets, lost_frames, missing_frames, channels_cancel] = issues;
    let channels_cancel = channels_cancel > 0;
    let issues = DecodeIssues { sanitized, packets, lost_frames, missing_frames, channels_cancel };
    PyReport::new(py, TaggedFile { issues, ..file })
}
