//! Reading of embeddings that were written as NumPy arrays.

use std::fs::File;
use std::path::Path;

use ndarray::{Array1, Array2, Axis};
use ndarray_npy::{ReadNpyError, ReadNpyExt};

/// Reads the embedding of one track from a `.npy` file: one vector, or the mean of an array of one vector per patch. Blocks.
///
/// # Errors
/// If the file cannot be read, or is no array of f32 with one or two dimensions.
pub fn read_mean(path: &Path) -> Result<Vec<f32>, ReadNpyError> {
    match Array2::<f32>::read_npy(File::open(path)?) {
        Ok(patches) => Ok(patches.mean_axis(Axis(0)).unwrap_or_default().to_vec()),
        Err(ReadNpyError::WrongNdim(..)) => Ok(Array1::<f32>::read_npy(File::open(path)?)?.to_vec()),
        Err(error) => Err(error),
    }
}

#[cfg(test)]
mod tests {
    use ndarray::array;
    use ndarray_npy::write_npy;

    use super::*;

    #[test]
    fn patches_are_averaged_and_other_arrays_are_refused() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("track.npy");
        write_npy(&path, &array![[1.0_f32, 2.0], [3.0, 6.0]]).unwrap();
        assert_eq!(read_mean(&path).unwrap(), [2.0, 4.0]);
        write_npy(&path, &array![1.0_f32, 2.0]).unwrap();
        assert_eq!(read_mean(&path).unwrap(), [1.0, 2.0]);
        write_npy(&path, &array![1_i32, 2]).unwrap();
        assert!(matches!(read_mean(&path), Err(ReadNpyError::WrongDescriptor(_))));
    }
}
