//! Function `features`.

use earmark_dsp::{FeatureStream, FrontEnd};
use earmark_files::audio_source::AudioSource;
use earmark_files::error::FileError;
use earmark_files::tag::FileProgress;
use earmark_models::ModelError;
use pyo3::prelude::*;

use crate::arguments;
use crate::audio_input::AudioInput;
use crate::shared_values::SharedValues;

/// Compute the features that networks take: one row per frame.
///
/// `front_end` is `musicnn`, `vggish`, `tempocnn`, `maest`, `fsd-sinet`, `openl3-mel128`, `openl3-mel256`, `crepe` or
/// `log-mel128`. Samples at another rate than that of the front end are resampled.
///
/// >>> import earmark as em
/// >>> em.features(tune, front_end="musicnn").shape[1]
/// 96
#[pyfunction]
#[pyo3(signature = (audio, *, sr=None, front_end=None, decoder=None))]
pub(crate) fn features(
    py: Python<'_>,
    audio: &Bound<'_, PyAny>,
    sr: Option<&Bound<'_, PyAny>>,
    front_end: Option<&Bound<'_, PyAny>>,
    decoder: Option<&Bound<'_, PyAny>>,
) -> PyResult<Py<PyAny>> {
    let names = FrontEnd::ALL.map(|front_end| (front_end.name(), front_end));
    let front_end = arguments::choice("`front_end`", front_end, &names, FrontEnd::MusiCnn)?;
    let input = AudioInput::new(audio, sr)?;
    let decoder = arguments::decoder(decoder)?;
    let values = input.run(py, decoder, |source: &mut dyn AudioSource, progress: &dyn FileProgress| {
        let mut stream = FeatureStream::new(front_end, source.rate()).map_err(ModelError::Dsp)?;
        let mut values = Vec::new();
        while let Some(block) = source.next_block()? {
            if progress.is_cancelled() {
                return Err(FileError::Cancelled);
            }
            stream.push(block, |mut frame| values.extend_from_slice(frame.bands()));
        }
        stream.flush(|mut frame| values.extend_from_slice(frame.bands()));
        Ok(values)
    })?;
    SharedValues::rows(values, front_end.bands()).view(py)
}
