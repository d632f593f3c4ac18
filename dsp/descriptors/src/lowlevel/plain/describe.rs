//! Description of the frames of a window: the gain is applied.

use super::column::{self, BARK_BANDS, ERB_BANDS, FINE_MEL_BANDS, MEL_BANDS};
use super::{ENERGY_BAND_NAMES, PlainAnalyzer, SHAPES, SILENCE_RATES};
use crate::aggregate::PoolWriter;
use crate::lowlevel::cepstrum::{COEFFICIENTS, Cepstrum};
use crate::lowlevel::complexity::complexity;
use crate::lowlevel::record::FrameView;

/// Power of the gain by which a descriptor scales.
#[derive(Clone, Copy)]
enum Scale {
    None,
    Linear,
    Square,
}

/// Descriptors that are one column times a power of the gain.
const COLUMNS: [(&str, usize, Scale); 9] = [
    ("spectral_decrease", column::DECREASE, Scale::Square),
    ("spectral_rolloff", column::ROLLOFF, Scale::None),
    ("spectral_energy", column::ENERGY, Scale::Square),
    (ENERGY_BAND_NAMES[0], column::ENERGY_BANDS, Scale::Square),
    (ENERGY_BAND_NAMES[1], column::ENERGY_BANDS + 1, Scale::Square),
    (ENERGY_BAND_NAMES[2], column::ENERGY_BANDS + 2, Scale::Square),
    (ENERGY_BAND_NAMES[3], column::ENERGY_BANDS + 3, Scale::Square),
    ("hfc", column::HFC, Scale::Square),
    ("pitch_salience", column::SALIENCE, Scale::None),
];

impl PlainAnalyzer {
    /// Writes the descriptors of `frames`; `gain` is that of the piece.
    pub(in crate::lowlevel) fn describe(&self, frames: &[FrameView<'_>], gain: f64, writer: &mut PoolWriter<'_>) {
        let value = |frame: &FrameView<'_>, column: usize, scale: Scale| {
            let factor = match scale {
                Scale::None => 1.0,
                Scale::Linear => frame.gain,
                Scale::Square => frame.gain * frame.gain,
            };
            f64::from(frame.values[column]) * factor
        };
        for (name, threshold) in SILENCE_RATES {
            let silent = |frame: &FrameView<'_>| {
                f64::from(u8::from(value(frame, column::MEAN_SQUARE, Scale::Square) < threshold))
            };
            writer.frames(&format!("lowlevel.{name}"), frames.iter().map(silent));
        }
        for (name, column, scale) in COLUMNS {
            writer.frames(&format!("lowlevel.{name}"), frames.iter().map(|frame| value(frame, column, scale)));
        }
        let crossings = |frame: &FrameView<'_>| {
            let column = if frame.silent { column::NOISY_CROSSINGS } else { column::CROSSINGS };
            f64::from(frame.values[column]) / self.frame_len as f64
        };
        writer.frames("lowlevel.zerocrossingrate", frames.iter().map(crossings));
        let bins = self.power.len() as f64;
        let rms = |frame: &FrameView<'_>| (value(frame, column::ENERGY, Scale::Square) / bins).sqrt();
        writer.frames("lowlevel.spectral_rms", frames.iter().map(rms));
        // The step from music to digital silence is a flux, too.
        let flux = |frame: &FrameView<'_>| {
            value(frame, column::FLUX, Scale::Linear).max(f64::from(frame.own[column::FLUX]) * gain)
        };
        writer.frames("lowlevel.spectral_flux", frames.iter().map(flux));
        let strong_peak = |frame: &FrameView<'_>| value(frame, column::STRONG_PEAK, Scale::Linear);
        writer.frames("lowlevel.spectral_strongpeak", frames.iter().map(strong_peak));
        let complexity = |frame: &FrameView<'_>| complexity(frame.extras, frame.gain);
        writer.frames("lowlevel.spectral_complexity", frames.iter().map(complexity));
        for (set, first) in
            [("barkbands", column::BARK_SHAPE), ("erbbands", column::ERB_SHAPE), ("melbands", column::MEL_SHAPE)]
        {
            for (i, shape) in SHAPES.into_iter().enumerate() {
                let name = format!("lowlevel.{set}_{shape}");
                writer.frames(&name, frames.iter().map(|frame| value(frame, first + i, Scale::None)));
            }
        }
        for (set, first, bands) in [
            ("barkbands", column::BARK, BARK_BANDS),
            ("erbbands", column::ERB, ERB_BANDS),
            ("melbands", column::MEL, MEL_BANDS),
            ("melbands128", column::FINE_MEL, FINE_MEL_BANDS),
        ] {
            let band = |frame: usize, band: usize| value(&frames[frame], first + band, Scale::Square);
            writer.vectors(&format!("lowlevel.{set}"), bands, frames.len(), band);
        }
        for (name, first, bands) in
            [("lowlevel.gfcc", column::ERB, ERB_BANDS), ("lowlevel.mfcc", column::MEL, MEL_BANDS)]
        {
            if writer.wants(name) {
                let mut cepstrum = Cepstrum::new(bands);
                let of =
                    |frame: &FrameView<'_>| cepstrum.of(&frame.values[first..first + bands], frame.gain * frame.gain);
                let coefficients: Vec<_> = frames.iter().map(of).collect();
                let coefficient = |frame: usize, k: usize| coefficients[frame][k];
                writer.vectors(name, COEFFICIENTS, frames.len(), coefficient);
            }
        }
    }
}
