//! Readers of array files and sound files.

use std::path::Path;

use ndarray::{Array2, ArrayD, Ix1, Ix2};

/// Any error, for messages.
pub type Fault = Box<dyn std::error::Error>;

/// Reads a two-dimensional `.npy` of f32.
///
/// # Errors
/// When the file is not one.
pub fn table(path: &Path) -> Result<Array2<f32>, Fault> {
    Ok(any(path)?.into_dimensionality::<Ix2>()?)
}

/// Reads a `.npy` of f32 with one dimension, or a single value.
///
/// # Errors
/// When the file is not one.
pub fn row(path: &Path) -> Result<Vec<f32>, Fault> {
    let array = any(path)?;
    let length = array.len();
    Ok(array.into_shape_with_order(length)?.into_dimensionality::<Ix1>()?.to_vec())
}

/// Reads a `.npy` of f32 and returns its shape and its values in row-major order.
///
/// # Errors
/// When the file is not one.
pub fn any_shape(path: &Path) -> Result<(Vec<usize>, Vec<f32>), Fault> {
    let array = any(path)?;
    Ok((array.shape().to_vec(), array.iter().copied().collect()))
}

fn any(path: &Path) -> Result<ArrayD<f32>, Fault> {
    ndarray_npy::read_npy(path).map_err(|error| format!("{}: {error}", path.display()).into())
}

/// Reads a mono WAV (16-bit or float) and returns its samples and its rate in Hz.
///
/// # Errors
/// When the file is not one.
pub fn mono_wav(path: &Path) -> Result<(Vec<f32>, u32), Fault> {
    let mut reader = hound::WavReader::open(path).map_err(|error| format!("{}: {error}", path.display()))?;
    let spec = reader.spec();
    let samples: Result<Vec<f32>, _> = match spec.sample_format {
        hound::SampleFormat::Float => reader.samples::<f32>().collect(),
        hound::SampleFormat::Int => reader.samples::<i16>().map(|s| s.map(|s| f32::from(s) / 32_768.0)).collect(),
    };
    if spec.channels != 1 {
        return Err(format!("{}: expected 1 channel, got {}", path.display(), spec.channels).into());
    }
    Ok((samples?, spec.sample_rate))
}
