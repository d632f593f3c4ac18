//! Front ends that are described by their parameters, for networks that no named front end fits.
//!
//! Frame `k` covers the samples `k * hop - lead .. k * hop - lead + len`. Samples before the first are 0, where
//! librosa's default before version 0.10 was a reflection: only the first frames differ.

mod bank;
mod compression;
mod constant_q;
mod description;
mod extractor;
mod filters;
mod limits;

pub use bank::Bank;
pub use compression::{Compression, Logarithm};
pub use constant_q::ConstantQ;
pub use description::{DescribedFeatures, DescribedFrontEnd, FrontEndDescription, Quantity, SpectralFeatures};
pub use filters::BandNorm;

pub(super) use extractor::DescribedExtractor;

#[cfg(test)]
mod tests;
