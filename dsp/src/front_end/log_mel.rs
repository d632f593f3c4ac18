//! A stretch of samples to one compressed mel spectrum.

use super::spec::{Mel, Of};
use crate::{DspError, MelBank, SampleRate, Spectrum};

/// Makes the mel spectra of one spec.
pub(super) struct LogMel {
    spectrum: Spectrum,
    of: Of,
    bank: MelBank,
    compress: fn(f32) -> f32,
    bins: Vec<f32>,
}

impl LogMel {
    /// For samples at `rate`. Allocates.
    pub(super) fn new(mel: &Mel, rate: SampleRate) -> Result<Self, DspError> {
        let spectrum = Spectrum::new(mel.window, mel.len, mel.fft_len)?;
        let bank = MelBank::new(&mel.bank, spectrum.bins(), (rate.hz() / 2.0) as f32)?;
        Ok(Self { bins: vec![0.0; spectrum.bins()], spectrum, of: mel.of, bank, compress: mel.compress })
    }

    /// Writes a value for each band. Does not allocate.
    pub(super) fn extract(&mut self, samples: &[f32], out: &mut [f32]) {
        self.spectrum.magnitudes(samples, &mut self.bins);
        if self.of == Of::Powers {
            self.bins.iter_mut().for_each(|bin| *bin *= *bin);
        }
        self.bank.apply(&self.bins, out);
        out.iter_mut().for_each(|value| *value = (self.compress)(*value));
    }
}

#[cfg(test)]
mod tests {
    use super::super::spec::{self, Features};
    use super::*;

    /// A unit impulse in the middle of the window has a flat spectrum, so each band shows the sum of its weights.
    #[test]
    fn an_impulse_shows_the_weights() {
        let specs = [spec::MUSICNN, spec::MAEST, spec::VGGISH, spec::TEMPOCNN, spec::FSD_SINET];
        let more = [spec::OPENL3_MEL128, spec::OPENL3_MEL256, spec::LOG_MEL128];
        for spec in specs.into_iter().chain(more) {
            let (Features::Mel(mel) | Features::Chunk { mel, .. }) = spec.features else { panic!("{}", spec.name) };
            let bins = vec![1.0; mel.fft_len / 2 + 1];
            let mut sums = vec![0.0; mel.bank.bands];
            MelBank::new(&mel.bank, bins.len(), (spec.rate.hz() / 2.0) as f32).unwrap().apply(&bins, &mut sums);

            let mut samples = vec![0.0; mel.len];
            samples[mel.len / 2] = 1.0;
            let mut out = vec![0.0; mel.bank.bands];
            LogMel::new(&mel, spec.rate).unwrap().extract(&samples, &mut out);
            for (value, sum) in out.into_iter().zip(sums) {
                let expected = (mel.compress)(sum);
                assert!((value - expected).abs() <= 1e-4, "{}: {value}, expected {expected} +- 1e-4", spec.name);
            }
        }
    }
}
