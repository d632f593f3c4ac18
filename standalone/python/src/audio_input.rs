//! Audio arguments: a path, or samples in a NumPy array, which are read where they are.

use std::path::{Path, PathBuf};

use earmark_capture::decode::{DecodeOptions, Decoder, DecoderChoice};
use earmark_dsp::SampleRate;
use earmark_files::audio_source::{AudioSource, Excerpt, ExcerptAudio, MemoryAudio};
use earmark_files::error::{FileError, catch_panic};
use earmark_files::tag::FileProgress;
use ndarray::{ArrayViewD, Axis, Slice};
use numpy::{
    PyArrayDescrMethods, PyArrayDyn, PyArrayMethods, PyReadonlyArrayDyn, PyUntypedArray, PyUntypedArrayMethods,
};
use pyo3::prelude::*;
use pyo3::types::{PyBytes, PyString};

use crate::arguments::{not_negative, positive, sample_rate, shown, wrong_type, wrong_value};
use crate::errors::file_error;
use crate::signal_check::SignalCheck;

/// Name of samples in results.
pub(crate) const ARRAY_NAME: &str = "<array>";
/// Maximum number of channels of an array: more rows than that are samples whose axes are exchanged.
const MAX_CHANNELS: usize = 64;
/// Audio that functions take.
const EXPECTED: &str = "a path, or a NumPy array of float32, float64, int16 or int32";

/// Audio of a call.
pub(crate) enum AudioInput<'py> {
    File(PathBuf),
    Samples(Samples<'py>),
}

/// Samples of a NumPy array with their rate.
pub(crate) struct Samples<'py> {
    rate: SampleRate,
    values: SampleValues<'py>,
}

enum SampleValues<'py> {
    F32(PyReadonlyArrayDyn<'py, f32>),
    F64(PyReadonlyArrayDyn<'py, f64>),
    I16(PyReadonlyArrayDyn<'py, i16>),
    I32(PyReadonlyArrayDyn<'py, i32>),
}

impl<'py> AudioInput<'py> {
    /// Reads the arguments `audio` and `sr`: a path has no rate, and samples need one.
    pub(crate) fn new(audio: &Bound<'py, PyAny>, sr: Option<&Bound<'py, PyAny>>) -> PyResult<Self> {
        if let Ok(array) = audio.cast::<PyUntypedArray>() {
            let Some(sr) = sr else {
                return Err(wrong_value("an array without `sr`", "its sample rate in Hz", "None"));
            };
            if array.len() == 0 {
                return Err(wrong_value("an array", "at least one sample", "none"));
            }
            return Samples::new(array, sample_rate(sr)?).map(Self::Samples);
        }
        let is_path = audio.is_instance_of::<PyString>() || audio.hasattr("__fspath__")?;
        let path = audio.extract::<PathBuf>().ok().filter(|_| is_path && !audio.is_instance_of::<PyBytes>());
        let Some(path) = path else { return Err(wrong_type("the audio", EXPECTED, audio)) };
        match sr {
            None if path.is_dir() => Err(wrong_value("the audio", EXPECTED, &format!("the folder {}", path.display()))),
            None => Ok(Self::File(path)),
            Some(sr) => Err(wrong_value("`sr` with a file", "None: the file states its rate", &shown(sr))),
        }
    }

    /// Reads the arguments `offset` and `duration`, in seconds, which a file may have.
    pub(crate) fn excerpt(
        &self,
        offset: Option<&Bound<'_, PyAny>>,
        duration: Option<&Bound<'_, PyAny>>,
    ) -> PyResult<Excerpt> {
        let excerpt =
            Excerpt { offset_s: not_negative("`offset`", offset)?, duration_s: positive("`duration`", duration)? };
        match self {
            Self::Samples(_) if excerpt != Excerpt::default() => {
                Err(wrong_value("`offset` and `duration` with samples", "None: slice the array", "a number"))
            }
            _ => Ok(excerpt),
        }
    }

    /// Reads a block of a stream, which may be empty.
    pub(crate) fn block(samples: &Bound<'py, PyAny>, rate: SampleRate) -> PyResult<Samples<'py>> {
        match samples.cast::<PyUntypedArray>() {
            Ok(array) => Samples::new(array, rate),
            Err(_) => Err(wrong_type("the samples", "a NumPy array of float32, float64, int16 or int32", samples)),
        }
    }

    /// Returns the path of a file; `None` for samples.
    pub(crate) fn path(&self) -> Option<&Path> {
        match self {
            Self::File(path) => Some(path),
            Self::Samples(_) => None,
        }
    }

    /// Runs `work`, which opens a file itself, as [`AudioInput::run`] does.
    pub(crate) fn run_file<R: Send>(
        &self,
        py: Python<'_>,
        work: impl FnOnce(&dyn FileProgress) -> Result<R, FileError> + Send,
    ) -> PyResult<R> {
        let (result, check) = py.detach(|| {
            let check = SignalCheck::new();
            (work(&check), check)
        });
        self.finished(result, check)
    }

    /// Returns the result of an analysis, or the exception of a signal handler.
    fn finished<R>(&self, result: Result<R, FileError>, check: SignalCheck) -> PyResult<R> {
        match (result, check.into_error()) {
            (Err(FileError::Cancelled), Some(error)) => Err(error),
            (result, _) => result.map_err(|error| file_error(self.path(), &error)),
        }
    }

    /// Opens the audio and runs `work` on a part of it, as [`AudioInput::run`] does.
    pub(crate) fn run_excerpt<R: Send>(
        &self,
        py: Python<'_>,
        decoder: DecoderChoice,
        excerpt: Excerpt,
        work: impl FnOnce(&mut dyn AudioSource, &dyn FileProgress) -> Result<R, FileError> + Send,
    ) -> PyResult<R> {
        if excerpt == Excerpt::default() {
            return self.run(py, decoder, work);
        }
        let Some(path) = self.path() else { return self.run(py, decoder, work) };
        self.run_file(py, move |progress| {
            catch_panic(|| {
                let decoder = Decoder::open_with(path, DecodeOptions::of(decoder))?;
                work(&mut ExcerptAudio::new(decoder, excerpt)?, progress)
            })
        })
    }

    /// Opens the audio and runs `work` on it while other Python threads run. A signal handler that raises an exception,
    /// such as that of Ctrl-C, cancels the analysis.
    pub(crate) fn run<R: Send>(
        &self,
        py: Python<'_>,
        decoder: DecoderChoice,
        work: impl FnOnce(&mut dyn AudioSource, &dyn FileProgress) -> Result<R, FileError> + Send,
    ) -> PyResult<R> {
        let (result, check) = match self {
            Self::File(path) => py.detach(|| {
                let check = SignalCheck::new();
                let opened = || work(&mut Decoder::open_with(path, DecodeOptions::of(decoder))?, &check);
                (catch_panic(opened), check)
            }),
            Self::Samples(samples) => samples.run(py, |source| {
                let check = SignalCheck::new();
                (catch_panic(|| work(source, &check)), check)
            }),
        };
        self.finished(result, check)
    }
}

impl<'py> Samples<'py> {
    fn new(array: &Bound<'py, PyUntypedArray>, rate: SampleRate) -> PyResult<Self> {
        let shape = array.shape();
        let layout = "samples as (n,) or (channels, n)";
        let text = format!("{shape:?}").replace('[', "(").replace(']', ")");
        match *shape {
            [0, _] => return Err(wrong_value("an array", layout, &format!("shape {text}"))),
            [_] | [_, 0] => {}
            [channels, _] if channels <= MAX_CHANNELS => {}
            [_, channels] if channels <= MAX_CHANNELS => {
                return Err(wrong_value("an array", &format!("{layout}: transpose it"), &format!("shape {text}")));
            }
            _ => return Err(wrong_value("an array", layout, &format!("shape {text}"))),
        }
        // Elements at odd addresses, as in a packed record, are copied.
        let aligned = array.getattr("flags")?.getattr("aligned")?.extract::<bool>()?;
        let array = if aligned { array.clone().into_any() } else { array.call_method0("copy")? };
        let values = if let Ok(array) = array.cast::<PyArrayDyn<f32>>() {
            SampleValues::F32(array.readonly())
        } else if let Ok(array) = array.cast::<PyArrayDyn<f64>>() {
            SampleValues::F64(array.readonly())
        } else if let Ok(array) = array.cast::<PyArrayDyn<i16>>() {
            SampleValues::I16(array.readonly())
        } else if let Ok(array) = array.cast::<PyArrayDyn<i32>>() {
            SampleValues::I32(array.readonly())
        } else {
            let dtype = array.cast::<PyUntypedArray>()?.dtype();
            let name = dtype.str()?.to_string_lossy().into_owned();
            let order = if dtype.byteorder() == b'>' { " in the other byte order" } else { "" };
            return Err(wrong_value("an array", "float32, float64, int16 or int32", &format!("{name}{order}")));
        };
        Ok(Self { rate, values })
    }

    /// Returns the samples mixed to one channel, as those of files are. Invalid samples become 0.
    pub(crate) fn mono(&self, py: Python<'_>) -> Vec<f32> {
        self.run(py, |source| {
            let mut samples = Vec::new();
            while let Ok(Some(block)) = source.next_block() {
                samples.extend_from_slice(block);
            }
            samples
        })
    }

    fn run<R: Send>(&self, py: Python<'_>, work: impl FnOnce(&mut dyn AudioSource) -> R + Send) -> R {
        let rate = self.rate;
        match &self.values {
            SampleValues::F32(array) => run(py, rate, array.as_array(), |sample| sample, work),
            SampleValues::F64(array) => run(py, rate, array.as_array(), |sample| sample as f32, work),
            SampleValues::I16(array) => run(py, rate, array.as_array(), |sample| f32::from(sample) / 32_768.0, work),
            SampleValues::I32(array) => {
                run(py, rate, array.as_array(), |sample| (f64::from(sample) / 2_147_483_648.0) as f32, work)
            }
        }
    }
}

fn run<T: Copy + Send + Sync, R: Send>(
    py: Python<'_>,
    rate: SampleRate,
    view: ArrayViewD<'_, T>,
    convert: fn(T) -> f32,
    work: impl FnOnce(&mut dyn AudioSource) -> R + Send,
) -> R {
    let shape = view.shape();
    let (channels, frames) = if let [channels, frames] = *shape { (channels, frames) } else { (1, view.len()) };
    let samples = Axis(view.ndim() - 1);
    let read = |from: usize, out: &mut [f32]| {
        let block = view.slice_axis(samples, Slice::from(from..from + out.len() / channels));
        for (channel, row) in block.lanes(samples).into_iter().enumerate() {
            out[channel..].iter_mut().step_by(channels).zip(row).for_each(|(out, &sample)| *out = convert(sample));
        }
    };
    py.detach(|| work(&mut MemoryAudio::new(rate, channels, frames, read)))
}
