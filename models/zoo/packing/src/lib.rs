#![doc = include_str!("../README.md")]
#![forbid(unsafe_code)]

use std::path::PathBuf;
use std::{env, fs, io};

use miniz_oxide::deflate::compress_to_vec_zlib;
use miniz_oxide::inflate::decompress_to_vec_zlib;

/// Number of planes: the bytes of a 32-bit float.
const PLANES: usize = 4;
/// Level of the compression. Higher ones gain nothing.
const LEVEL: u8 = 6;

/// Packed file that is part of a program.
#[derive(Clone, Copy)]
pub struct Packed(&'static [u8]);

/// Packed bytes cannot be unpacked: they are damaged, or were not packed.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("cannot unpack weights: {0} (expected the result of `pack`, got {1} other bytes)")]
pub struct UnpackError(String, usize);

impl Packed {
    /// Creates it from the result of [`pack`].
    #[must_use]
    pub const fn new(bytes: &'static [u8]) -> Self {
        Self(bytes)
    }

    /// Returns the bytes of the file. Takes some milliseconds per megabyte.
    ///
    /// # Errors
    /// [`UnpackError`] if the bytes are damaged, or were not packed.
    pub fn unpack(self) -> Result<Vec<u8>, UnpackError> {
        unpack(self.0)
    }
}

/// Creates a [`Packed`] file from one that the package's build script packed with [`pack_files`].
#[macro_export]
macro_rules! packed {
    ($file:literal) => {
        $crate::Packed::new(include_bytes!(concat!(env!("OUT_DIR"), "/", $file, ".packed")))
    };
}

/// Returns the packed form of a file.
#[must_use]
pub fn pack(file: &[u8]) -> Vec<u8> {
    let planes: Vec<u8> = (0..PLANES).flat_map(|place| file.iter().skip(place).step_by(PLANES)).copied().collect();
    compress_to_vec_zlib(&planes, LEVEL)
}

fn unpack(packed: &[u8]) -> Result<Vec<u8>, UnpackError> {
    let planes = decompress_to_vec_zlib(packed).map_err(|error| UnpackError(error.to_string(), packed.len()))?;
    let mut file = vec![0; planes.len()];
    let mut rest = &*planes;
    for place in 0..PLANES {
        let (plane, after) = rest.split_at((file.len() + PLANES - 1 - place) / PLANES);
        for (to, from) in file.iter_mut().skip(place).step_by(PLANES).zip(plane) {
            *to = *from;
        }
        rest = after;
    }
    Ok(file)
}

/// Packs files of the package whose build script calls this: `network.onnx` becomes `network.onnx.packed` in `OUT_DIR`.
///
/// # Errors
/// If a file cannot be read or written, or outside of a build script.
pub fn pack_files(files: &[&str]) -> io::Result<()> {
    let folder = |name: &str| env::var_os(name).map(PathBuf::from).ok_or_else(|| io::Error::other(name.to_owned()));
    let (package, out) = (folder("CARGO_MANIFEST_DIR")?, folder("OUT_DIR")?);
    println!("cargo::rerun-if-changed=build.rs");
    for file in files {
        println!("cargo::rerun-if-changed={file}");
        fs::write(out.join(format!("{file}.packed")), pack(&fs::read(package.join(file))?))?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bytes_are_those_before_packing_at_every_length() {
        let bytes: Vec<u8> = (0..1000_u32).flat_map(|n| (n as f32).sin().to_le_bytes()).collect();
        for len in (0..20).chain([bytes.len() - 1, bytes.len()]) {
            assert_eq!(unpack(&pack(&bytes[..len])).unwrap(), bytes[..len], "{len} bytes");
        }
    }

    #[test]
    fn the_exponents_of_weights_shrink() {
        // Sums of twelve numbers are distributed as weights are.
        let mut seed = 1_u32;
        let mut random = || {
            seed = seed.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
            (seed >> 8) as f32 / (1 << 24) as f32 - 0.5
        };
        let weights: Vec<u8> = (0..50_000).flat_map(|_| (0..12).map(|_| random()).sum::<f32>().to_le_bytes()).collect();
        let share = pack(&weights).len() as f64 / weights.len() as f64;
        assert!((0.75..0.9).contains(&share), "{share}");
    }

    #[test]
    fn damaged_bytes_are_refused() {
        let mut packed = pack(&[7; 1000]);
        let middle = packed.len() / 2;
        packed[middle] ^= 0xff;
        let error = unpack(&packed).unwrap_err().to_string();
        assert!(error.contains(&format!("got {} other bytes", packed.len())), "{error}");
        assert!(unpack(b"not packed").is_err());
    }
}
