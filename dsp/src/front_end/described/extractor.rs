//! Extraction of described features from a frame of samples.

use super::compression::Compression;
use super::constant_q::Kernel;
use super::description::{DescribedFeatures, DescribedFrontEnd, Quantity};
use super::filters::Filters;
use crate::{DspError, FrameIndex, Spectrum};

/// Extractor of one described front end.
pub(in super::super) struct DescribedExtractor {
    method: Method,
    add: f32,
    multiply: f32,
}

enum Method {
    Copy,
    Spectral(Box<Spectral>),
    ConstantQ { kernels: Vec<Kernel>, compression: Compression },
}

/// Spectrum, bank and what follows.
struct Spectral {
    spectrum: Spectrum,
    quantity: Quantity,
    filters: Filters,
    compression: Compression,
    /// Matrix of the cosine transform, coefficient by coefficient.
    cosines: Option<Vec<f32>>,
    /// Distance in samples to the frame that is subtracted.
    past: Option<usize>,
    /// Number of frames at the start of a stream without an earlier frame.
    difference_frames: u64,
    window_len: usize,
    bins: Vec<f32>,
    bands: Vec<f32>,
    before: Vec<f32>,
}

impl DescribedExtractor {
    /// Creates the extractor of a front end. Allocates.
    pub(in super::super) fn new(front_end: &DescribedFrontEnd) -> Result<Self, DspError> {
        let description = front_end.description();
        let rate = description.rate;
        let method = match description.features {
            DescribedFeatures::Samples { .. } => Method::Copy,
            DescribedFeatures::Spectral(spectral) => {
                let spectrum = Spectrum::new(spectral.window, spectral.window_len, spectral.fft_len)?;
                let filters = spectral.bank.filters(spectral.fft_len, rate)?;
                let bands = filters.width();
                let width = spectral.coefficients.unwrap_or(bands);
                Method::Spectral(Box::new(Spectral {
                    bins: vec![0.0; spectrum.bins()],
                    spectrum,
                    quantity: spectral.quantity,
                    filters,
                    compression: spectral.compression,
                    cosines: spectral.coefficients.map(|coefficients| cosines(coefficients, bands)),
                    past: spectral.difference_frames.map(|frames| frames * description.hop),
                    difference_frames: spectral.difference_frames.unwrap_or(0) as u64,
                    window_len: spectral.window_len,
                    bands: vec![0.0; bands],
                    before: vec![0.0; width],
                }))
            }
            DescribedFeatures::ConstantQ(constant_q) => {
                Method::ConstantQ { kernels: constant_q.kernels(rate), compression: constant_q.compression }
            }
        };
        Ok(Self { method, add: description.add, multiply: description.multiply })
    }

    /// Writes the features of the frame with this index. Real-time safe.
    pub(in super::super) fn extract_at(&mut self, index: FrameIndex, frame: &[f32], out: &mut [f32]) {
        match &mut self.method {
            Method::Copy => out.iter_mut().zip(frame).for_each(|(value, &sample)| *value = sample),
            Method::Spectral(spectral) => spectral.extract(index, frame, out),
            Method::ConstantQ { kernels, compression } => {
                for (value, kernel) in out.iter_mut().zip(kernels) {
                    *value = compression.apply(kernel.magnitude(frame));
                }
            }
        }
        if self.add != 0.0 || self.multiply != 1.0 {
            out.iter_mut().for_each(|value| *value = (*value + self.add) * self.multiply);
        }
    }
}

impl Spectral {
    fn extract(&mut self, index: FrameIndex, frame: &[f32], out: &mut [f32]) {
        let Some(past) = self.past else {
            self.bands(frame, out);
            return;
        };
        // The frame begins with the samples of the frame that is subtracted.
        let (now, difference) = out.split_at_mut(self.before.len().min(out.len()));
        let mut before = std::mem::take(&mut self.before);
        self.bands(frame.get(..self.window_len).unwrap_or(frame), &mut before);
        self.bands(frame.get(past..).unwrap_or_default(), now);
        self.before = before;
        if index.0 < self.difference_frames {
            difference.fill(0.0);
            return;
        }
        for ((difference, now), before) in difference.iter_mut().zip(now).zip(&self.before) {
            *difference = (*now - before).max(0.0);
        }
    }

    /// Writes the compressed bands, or their cepstrum.
    fn bands(&mut self, samples: &[f32], out: &mut [f32]) {
        self.spectrum.magnitudes(samples, &mut self.bins);
        if self.quantity == Quantity::Power {
            self.bins.iter_mut().for_each(|bin| *bin *= *bin);
        }
        let Some(cosines) = &self.cosines else {
            self.filters.apply(&self.bins, out);
            out.iter_mut().for_each(|value| *value = self.compression.apply(*value));
            return;
        };
        self.filters.apply(&self.bins, &mut self.bands);
        self.bands.iter_mut().for_each(|value| *value = self.compression.apply(*value));
        for (value, row) in out.iter_mut().zip(cosines.chunks_exact(self.bands.len())) {
            let products = row.iter().zip(&self.bands).map(|(&cosine, &band)| f64::from(cosine) * f64::from(band));
            *value = products.sum::<f64>() as f32;
        }
    }
}

/// Returns the matrix of the orthonormal discrete cosine transform (type 2).
fn cosines(coefficients: usize, bands: usize) -> Vec<f32> {
    let count = bands as f64;
    let row = |k: usize| {
        let norm = if k == 0 { (1.0 / count).sqrt() } else { (2.0 / count).sqrt() };
        (0..bands).map(move |n| {
            let phase = std::f64::consts::PI * k as f64 * (n as f64 + 0.5) / count;
            (norm * phase.cos()) as f32
        })
    };
    (0..coefficients).flat_map(row).collect()
}
