//! TOML form of a described front end: the table `front_end` of a card.

use earmark_dsp::{
    BandNorm, Bank, Compression, ConstantQ, DescribedFeatures, DescribedFrontEnd, FrontEndDescription, Logarithm,
    MelScale, Quantity, SampleRate, SpectralFeatures, Window,
};
use serde::{Deserialize, Serialize};

/// Kind of features.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
enum FeaturesKey {
    Samples,
    Spectrum,
    Mel,
    Mfcc,
    LogBands,
    ConstantQ,
}

/// Window function.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
enum WindowKey {
    Hann,
    HannSymmetric,
    SqrtHannSymmetric,
    Hamming,
    HammingSymmetric,
    #[serde(rename = "blackman-harris-62")]
    BlackmanHarris62,
    #[serde(rename = "blackman-harris-92")]
    BlackmanHarris92,
    Triangular,
    Square,
}

#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
enum QuantityKey {
    Magnitude,
    Power,
}

#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
enum ScaleKey {
    Slaney,
    Htk,
}

#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
enum NormKey {
    None,
    Area,
    Sum,
}

#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
enum LogKey {
    None,
    Ln,
    Log10,
    Decibels,
}

/// The table as read or written. A key that the features do not have is an error.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct FrontEndTable {
    features: FeaturesKey,
    sample_rate: f64,
    #[serde(skip_serializing_if = "Option::is_none")]
    len: Option<usize>,
    hop: usize,
    /// Zeros before the first sample in the first frame; absent if that is centred on the first sample.
    #[serde(skip_serializing_if = "Option::is_none")]
    lead: Option<usize>,
    #[serde(skip_serializing_if = "Option::is_none")]
    window: Option<WindowKey>,
    #[serde(skip_serializing_if = "Option::is_none")]
    window_len: Option<usize>,
    #[serde(skip_serializing_if = "Option::is_none")]
    fft_len: Option<usize>,
    #[serde(skip_serializing_if = "Option::is_none")]
    quantity: Option<QuantityKey>,
    #[serde(skip_serializing_if = "Option::is_none")]
    bands: Option<usize>,
    #[serde(skip_serializing_if = "Option::is_none")]
    bands_per_octave: Option<usize>,
    #[serde(skip_serializing_if = "Option::is_none")]
    bins: Option<usize>,
    #[serde(skip_serializing_if = "Option::is_none")]
    bins_per_octave: Option<usize>,
    #[serde(skip_serializing_if = "Option::is_none")]
    quality: Option<f32>,
    #[serde(skip_serializing_if = "Option::is_none")]
    low_hz: Option<f32>,
    #[serde(skip_serializing_if = "Option::is_none")]
    high_hz: Option<f32>,
    #[serde(skip_serializing_if = "Option::is_none")]
    scale: Option<ScaleKey>,
    #[serde(skip_serializing_if = "Option::is_none")]
    norm: Option<NormKey>,
    #[serde(skip_serializing_if = "Option::is_none")]
    log: Option<LogKey>,
    #[serde(skip_serializing_if = "Option::is_none")]
    factor: Option<f32>,
    #[serde(skip_serializing_if = "Option::is_none")]
    offset: Option<f32>,
    #[serde(skip_serializing_if = "Option::is_none")]
    floor: Option<f32>,
    #[serde(skip_serializing_if = "Option::is_none")]
    coefficients: Option<usize>,
    #[serde(skip_serializing_if = "Option::is_none")]
    difference_frames: Option<usize>,
    #[serde(skip_serializing_if = "Option::is_none")]
    add: Option<f32>,
    #[serde(skip_serializing_if = "Option::is_none")]
    multiply: Option<f32>,
}

impl FrontEndTable {
    /// Returns the front end, after a check of all keys.
    pub(super) fn front_end(&self) -> Result<DescribedFrontEnd, String> {
        self.check_keys()?;
        let features = match self.features {
            FeaturesKey::Samples => DescribedFeatures::Samples { len: required("len", self.len)? },
            FeaturesKey::ConstantQ => DescribedFeatures::ConstantQ(ConstantQ {
                low_hz: required("low_hz", self.low_hz)?,
                bins: required("bins", self.bins)?,
                bins_per_octave: required("bins_per_octave", self.bins_per_octave)?,
                quality: self.quality,
                compression: self.compression(),
            }),
            _ => DescribedFeatures::Spectral(self.spectral()?),
        };
        let rate = SampleRate::new(self.sample_rate).map_err(|error| error.to_string())?;
        let (add, multiply) = (self.add.unwrap_or(0.0), self.multiply.unwrap_or(1.0));
        let description = FrontEndDescription { rate, hop: self.hop, lead: self.lead, features, add, multiply };
        DescribedFrontEnd::new(description).map_err(|error| error.to_string())
    }

    fn spectral(&self) -> Result<SpectralFeatures, String> {
        let window_len = required("window_len", self.window_len)?;
        let norm = match self.norm.unwrap_or(NormKey::None) {
            NormKey::None => BandNorm::Height,
            NormKey::Area => BandNorm::Area,
            NormKey::Sum => BandNorm::Sum,
        };
        let range = || Ok::<_, String>((required("low_hz", self.low_hz)?, required("high_hz", self.high_hz)?));
        let bank = match self.features {
            FeaturesKey::Mel | FeaturesKey::Mfcc => {
                let (low_hz, high_hz) = range()?;
                let scale = match required("scale", self.scale)? {
                    ScaleKey::Slaney => MelScale::Slaney,
                    ScaleKey::Htk => MelScale::Htk,
                };
                Bank::Mel { bands: required("bands", self.bands)?, low_hz, high_hz, scale, norm }
            }
            FeaturesKey::LogBands => {
                let (low_hz, high_hz) = range()?;
                let bands_per_octave = required("bands_per_octave", self.bands_per_octave)?;
                Bank::Logarithmic { bands_per_octave, low_hz, high_hz, norm }
            }
            _ => Bank::None,
        };
        let coefficients = match self.features {
            FeaturesKey::Mfcc => Some(required("coefficients", self.coefficients)?),
            _ => None,
        };
        Ok(SpectralFeatures {
            window: self.window.unwrap_or(WindowKey::Hann).window(),
            window_len,
            fft_len: self.fft_len.unwrap_or(window_len),
            quantity: match required("quantity", self.quantity)? {
                QuantityKey::Magnitude => Quantity::Magnitude,
                QuantityKey::Power => Quantity::Power,
            },
            bank,
            compression: self.compression(),
            coefficients,
            difference_frames: self.difference_frames,
        })
    }

    fn compression(&self) -> Compression {
        let logarithm = match self.log.unwrap_or(LogKey::None) {
            LogKey::None => Logarithm::None,
            LogKey::Ln => Logarithm::Natural,
            LogKey::Log10 => Logarithm::Decimal,
            LogKey::Decibels => Logarithm::Decibels,
        };
        let [factor, offset, floor] =
            [self.factor.unwrap_or(1.0), self.offset.unwrap_or(0.0), self.floor.unwrap_or(0.0)];
        Compression { logarithm, factor, offset, floor }
    }

    /// Returns an error if a key is present that the features do not have.
    fn check_keys(&self) -> Result<(), String> {
        use FeaturesKey::{ConstantQ, LogBands, Mel, Mfcc, Samples, Spectrum};
        let spectral: &[_] = &[Spectrum, Mel, Mfcc, LogBands];
        let banded: &[_] = &[Mel, Mfcc, LogBands];
        let compressed: &[_] = &[Spectrum, Mel, Mfcc, LogBands, ConstantQ];
        let keys: [(&str, bool, &[FeaturesKey]); 19] = [
            ("len", self.len.is_some(), &[Samples]),
            ("window", self.window.is_some(), spectral),
            ("window_len", self.window_len.is_some(), spectral),
            ("fft_len", self.fft_len.is_some(), spectral),
            ("quantity", self.quantity.is_some(), spectral),
            ("difference_frames", self.difference_frames.is_some(), spectral),
            ("bands", self.bands.is_some(), &[Mel, Mfcc]),
            ("scale", self.scale.is_some(), &[Mel, Mfcc]),
            ("coefficients", self.coefficients.is_some(), &[Mfcc]),
            ("bands_per_octave", self.bands_per_octave.is_some(), &[LogBands]),
            ("norm", self.norm.is_some(), banded),
            ("high_hz", self.high_hz.is_some(), banded),
            ("low_hz", self.low_hz.is_some(), &[Mel, Mfcc, LogBands, ConstantQ]),
            ("bins", self.bins.is_some(), &[ConstantQ]),
            ("bins_per_octave", self.bins_per_octave.is_some(), &[ConstantQ]),
            ("quality", self.quality.is_some(), &[ConstantQ]),
            ("log", self.log.is_some(), compressed),
            ("factor", self.factor.is_some(), compressed),
            ("offset", self.offset.is_some() || self.floor.is_some(), compressed),
        ];
        match keys.iter().find(|(_, present, of)| *present && !of.contains(&self.features)) {
            Some((key, ..)) => Err(format!("{key}: expected none with these `features`")),
            None => Ok(()),
        }
    }
}

fn required<T>(key: &str, value: Option<T>) -> Result<T, String> {
    value.ok_or_else(|| format!("missing field `{key}`"))
}

impl WindowKey {
    fn window(self) -> Window {
        match self {
            Self::Hann => Window::HannPeriodic,
            Self::HannSymmetric => Window::HannSymmetric,
            Self::SqrtHannSymmetric => Window::SqrtHannSymmetric,
            Self::Hamming => Window::HammingPeriodic,
            Self::HammingSymmetric => Window::HammingSymmetric,
            Self::BlackmanHarris62 => Window::BlackmanHarris62,
            Self::BlackmanHarris92 => Window::BlackmanHarris92,
            Self::Triangular => Window::Triangular,
            Self::Square => Window::Square,
        }
    }

    fn of(window: Window) -> Self {
        match window {
            Window::HannSymmetric => Self::HannSymmetric,
            Window::SqrtHannSymmetric => Self::SqrtHannSymmetric,
            Window::HammingPeriodic => Self::Hamming,
            Window::HammingSymmetric => Self::HammingSymmetric,
            Window::BlackmanHarris62 => Self::BlackmanHarris62,
            Window::BlackmanHarris92 => Self::BlackmanHarris92,
            Window::Triangular => Self::Triangular,
            Window::Square => Self::Square,
            // No table names another window.
            _ => Self::Hann,
        }
    }
}

impl From<&DescribedFrontEnd> for FrontEndTable {
    fn from(front_end: &DescribedFrontEnd) -> Self {
        let FrontEndDescription { rate, hop, lead, features, add, multiply } = *front_end.description();
        let mut table = Self::empty(rate.hz(), hop);
        table.lead = lead;
        table.add = (add != 0.0).then_some(add);
        table.multiply = (multiply != 1.0).then_some(multiply);
        match features {
            DescribedFeatures::Samples { len } => table.len = Some(len),
            DescribedFeatures::Spectral(spectral) => table.set_spectral(&spectral),
            DescribedFeatures::ConstantQ(constant_q) => {
                let ConstantQ { low_hz, bins, bins_per_octave, quality, compression } = constant_q;
                table.features = FeaturesKey::ConstantQ;
                (table.low_hz, table.bins) = (Some(low_hz), Some(bins));
                (table.bins_per_octave, table.quality) = (Some(bins_per_octave), quality);
                table.set_compression(compression);
            }
        }
        table
    }
}

impl FrontEndTable {
    fn empty(sample_rate: f64, hop: usize) -> Self {
        Self {
            features: FeaturesKey::Samples,
            sample_rate,
            len: None,
            hop,
            lead: None,
            window: None,
            window_len: None,
            fft_len: None,
            quantity: None,
            bands: None,
            bands_per_octave: None,
            bins: None,
            bins_per_octave: None,
            quality: None,
            low_hz: None,
            high_hz: None,
            scale: None,
            norm: None,
            log: None,
            factor: None,
            offset: None,
            floor: None,
            coefficients: None,
            difference_frames: None,
            add: None,
            multiply: None,
        }
    }

    fn set_spectral(&mut self, spectral: &SpectralFeatures) {
        self.window = Some(WindowKey::of(spectral.window));
        self.window_len = Some(spectral.window_len);
        self.fft_len = Some(spectral.fft_len);
        self.quantity = Some(match spectral.quantity {
            Quantity::Magnitude => QuantityKey::Magnitude,
            Quantity::Power => QuantityKey::Power,
        });
        self.difference_frames = spectral.difference_frames;
        self.coefficients = spectral.coefficients;
        let norm_key = |norm| match norm {
            BandNorm::Height => NormKey::None,
            BandNorm::Area => NormKey::Area,
            BandNorm::Sum => NormKey::Sum,
        };
        self.features = match spectral.bank {
            Bank::None => FeaturesKey::Spectrum,
            Bank::Mel { bands, low_hz, high_hz, scale, norm } => {
                (self.bands, self.norm) = (Some(bands), Some(norm_key(norm)));
                (self.low_hz, self.high_hz) = (Some(low_hz), Some(high_hz));
                self.scale = Some(match scale {
                    MelScale::Slaney => ScaleKey::Slaney,
                    MelScale::Htk => ScaleKey::Htk,
                });
                if spectral.coefficients.is_some() { FeaturesKey::Mfcc } else { FeaturesKey::Mel }
            }
            Bank::Logarithmic { bands_per_octave, low_hz, high_hz, norm } => {
                (self.bands_per_octave, self.norm) = (Some(bands_per_octave), Some(norm_key(norm)));
                (self.low_hz, self.high_hz) = (Some(low_hz), Some(high_hz));
                FeaturesKey::LogBands
            }
        };
        self.set_compression(spectral.compression);
    }

    fn set_compression(&mut self, compression: Compression) {
        let Compression { logarithm, factor, offset, floor } = compression;
        self.log = match logarithm {
            Logarithm::None => None,
            Logarithm::Natural => Some(LogKey::Ln),
            Logarithm::Decimal => Some(LogKey::Log10),
            Logarithm::Decibels => Some(LogKey::Decibels),
        };
        self.factor = (factor != 1.0).then_some(factor);
        self.offset = (offset != 0.0).then_some(offset);
        self.floor = (floor != 0.0).then_some(floor);
    }
}
