//! Function `tag`.

use earmark_files::audio_source::AudioSource;
use earmark_files::hop::Hop;
use earmark_files::path_text::PathText;
use earmark_files::tag::{FileProgress, Tagger};
use pyo3::prelude::*;

use crate::arguments;
use crate::audio_input::{ARRAY_NAME, AudioInput};
use crate::model_argument;
use crate::report::PyReport;
use crate::threads;

/// Returns a tagger with these arguments.
pub(crate) fn tagger(
    py: Python<'_>,
    models: Option<&Bound<'_, PyAny>>,
    hop_frames: Option<&Bound<'_, PyAny>>,
    gate: Option<&Bound<'_, PyAny>>,
    decoder: Option<&Bound<'_, PyAny>>,
) -> PyResult<Tagger> {
    Ok(Tagger {
        hop: arguments::count("`hop_frames`", hop_frames)?.map(Hop::Frames),
        gate: arguments::gate(gate)?,
        decoder: arguments::decoder(decoder)?,
        ..Tagger::new(model_argument::models(py, models)?)
    })
}

/// Tag a file, or samples in a NumPy array: genre, mood, instruments, and tempo with `earmark-tempocnn`.
///
/// Samples are float32, float64, int16 or int32, as `(n,)` or `(channels, n)`, and are not copied as a whole; `sr` is their
/// rate in Hz. `models` are ids or loaded models (by default those of `earmark tag` that are installed), `hop_frames` the
/// frames from one prediction to the next, `gate` whether silence is left out, `decoder` `'auto'`, `'builtin'` or
/// `'ffmpeg'`, and `name` the path in the report of samples. Of a file, `offset` and `duration` in seconds select a part, which is
/// read without what comes before; its times count from the offset.
///
/// >>> import earmark as em
/// >>> report = em.tag(tune, models="msd-musicnn")
/// >>> report["msd-musicnn"].values.shape
/// (3, 50)
/// >>> len(report.top(3))
/// 3
#[pyfunction]
#[pyo3(signature = (audio, *, sr=None, models=None, hop_frames=None, gate=None, decoder=None, name=None, offset=None, duration=None))]
#[expect(clippy::too_many_arguments, reason = "keyword arguments of Python")]
pub(crate) fn tag(
    py: Python<'_>,
    audio: &Bound<'_, PyAny>,
    sr: Option<&Bound<'_, PyAny>>,
    models: Option<&Bound<'_, PyAny>>,
    hop_frames: Option<&Bound<'_, PyAny>>,
    gate: Option<&Bound<'_, PyAny>>,
    decoder: Option<&Bound<'_, PyAny>>,
    name: Option<&Bound<'_, PyAny>>,
    offset: Option<&Bound<'_, PyAny>>,
    duration: Option<&Bound<'_, PyAny>>,
) -> PyResult<PyReport> {
    let input = AudioInput::new(audio, sr)?;
    let excerpt = input.excerpt(offset, duration)?;
    let tagger = Tagger { threads: threads::of_one_file(), ..tagger(py, models, hop_frames, gate, decoder)? };
    let name = arguments::text("`name`", name)?;
    let shown = match (name, input.path()) {
        (None, Some(path)) => PathText::new(path),
        (name, _) => PathText { path: name.unwrap_or_else(|| ARRAY_NAME.into()), path_bytes: None },
    };
    let work = |source: &mut dyn AudioSource, progress: &dyn FileProgress| tagger.tag_source(shown, source, progress);
    let mut tagged = input.run_excerpt(py, tagger.decoder, excerpt, work)?;
    tagged.provenance = tagged.provenance.map(|origin| excerpt.add_to(origin));
    PyReport::new(py, tagged)
}
