//! Names of the descriptors, which are the contract with everything that reads them, and selections of them.

mod leaves;

use crate::aggregate::Statistic;

pub use self::leaves::{LeafType, leaves};

/// Descriptor names without statistics, in alphabetical order: `lowlevel.*`, `rhythm.*` and `tonal.*` of Essentia's
/// MusicExtractor ("music 2.0").
pub const DESCRIPTORS: [&str; 88] = [
    "lowlevel.average_loudness",
    "lowlevel.barkbands",
    "lowlevel.barkbands_crest",
    "lowlevel.barkbands_flatness_db",
    "lowlevel.barkbands_kurtosis",
    "lowlevel.barkbands_skewness",
    "lowlevel.barkbands_spread",
    "lowlevel.dissonance",
    "lowlevel.dynamic_complexity",
    "lowlevel.erbbands",
    "lowlevel.erbbands_crest",
    "lowlevel.erbbands_flatness_db",
    "lowlevel.erbbands_kurtosis",
    "lowlevel.erbbands_skewness",
    "lowlevel.erbbands_spread",
    "lowlevel.gfcc",
    "lowlevel.hfc",
    "lowlevel.loudness_ebu128.integrated",
    "lowlevel.loudness_ebu128.loudness_range",
    "lowlevel.loudness_ebu128.momentary",
    "lowlevel.loudness_ebu128.short_term",
    "lowlevel.melbands",
    "lowlevel.melbands128",
    "lowlevel.melbands_crest",
    "lowlevel.melbands_flatness_db",
    "lowlevel.melbands_kurtosis",
    "lowlevel.melbands_skewness",
    "lowlevel.melbands_spread",
    "lowlevel.mfcc",
    "lowlevel.pitch_salience",
    "lowlevel.silence_rate_20dB",
    "lowlevel.silence_rate_30dB",
    "lowlevel.silence_rate_60dB",
    "lowlevel.spectral_centroid",
    "lowlevel.spectral_complexity",
    "lowlevel.spectral_contrast_coeffs",
    "lowlevel.spectral_contrast_valleys",
    "lowlevel.spectral_decrease",
    "lowlevel.spectral_energy",
    "lowlevel.spectral_energyband_high",
    "lowlevel.spectral_energyband_low",
    "lowlevel.spectral_energyband_middle_high",
    "lowlevel.spectral_energyband_middle_low",
    "lowlevel.spectral_entropy",
    "lowlevel.spectral_flux",
    "lowlevel.spectral_kurtosis",
    "lowlevel.spectral_rms",
    "lowlevel.spectral_rolloff",
    "lowlevel.spectral_skewness",
    "lowlevel.spectral_spread",
    "lowlevel.spectral_strongpeak",
    "lowlevel.zerocrossingrate",
    "rhythm.beats_count",
    "rhythm.beats_loudness",
    "rhythm.beats_loudness_band_ratio",
    "rhythm.beats_position",
    "rhythm.bpm",
    "rhythm.bpm_histogram",
    "rhythm.bpm_histogram_first_peak_bpm",
    "rhythm.bpm_histogram_first_peak_weight",
    "rhythm.bpm_histogram_second_peak_bpm",
    "rhythm.bpm_histogram_second_peak_spread",
    "rhythm.bpm_histogram_second_peak_weight",
    "rhythm.danceability",
    "rhythm.onset_rate",
    "tonal.chords_changes_rate",
    "tonal.chords_histogram",
    "tonal.chords_key",
    "tonal.chords_number_rate",
    "tonal.chords_scale",
    "tonal.chords_strength",
    "tonal.hpcp",
    "tonal.hpcp_crest",
    "tonal.hpcp_entropy",
    "tonal.key_edma.key",
    "tonal.key_edma.scale",
    "tonal.key_edma.strength",
    "tonal.key_krumhansl.key",
    "tonal.key_krumhansl.scale",
    "tonal.key_krumhansl.strength",
    "tonal.key_temperley.key",
    "tonal.key_temperley.scale",
    "tonal.key_temperley.strength",
    "tonal.thpcp",
    "tonal.tuning_diatonic_strength",
    "tonal.tuning_equal_tempered_deviation",
    "tonal.tuning_frequency",
    "tonal.tuning_nontempered_energy_ratio",
];

/// Descriptors with more than one number per frame or per piece, in alphabetical order. All others are one number, or one
/// text.
pub const VECTORS: [&str; 14] = [
    "lowlevel.barkbands",
    "lowlevel.erbbands",
    "lowlevel.gfcc",
    "lowlevel.melbands",
    "lowlevel.melbands128",
    "lowlevel.mfcc",
    "lowlevel.spectral_contrast_coeffs",
    "lowlevel.spectral_contrast_valleys",
    "rhythm.beats_loudness_band_ratio",
    "rhythm.beats_position",
    "rhythm.bpm_histogram",
    "tonal.chords_histogram",
    "tonal.hpcp",
    "tonal.thpcp",
];

/// Set of descriptors that are computed.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Selection {
    /// Selected names; empty for all.
    names: Vec<String>,
}

/// Name that selects no descriptor.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("cannot select {name:?}: no descriptor has this name{}", .nearest.map(|near| format!("; the nearest is {near:?}")).unwrap_or_default())]
pub struct UnknownDescriptor {
    /// Name that was given.
    pub name: String,
    /// Descriptor with the nearest name, if any is near.
    pub nearest: Option<&'static str>,
}

impl Selection {
    /// Selects descriptors by name (`rhythm.danceability`), with a statistic (`lowlevel.mfcc.mean`), or by group
    /// (`tonal`, `tonal.key_edma`). Without any name, all are selected.
    ///
    /// # Errors
    /// [`UnknownDescriptor`] for a name that selects none.
    pub fn new<S: AsRef<str>>(names: &[S]) -> Result<Self, UnknownDescriptor> {
        let names: Vec<String> = names.iter().map(|name| name.as_ref().trim().to_owned()).collect();
        for name in &names {
            if !DESCRIPTORS.iter().any(|descriptor| is_within(descriptor, name) || is_statistic(name, descriptor)) {
                let distance = |descriptor: &&&'static str| strsim::damerau_levenshtein(name, descriptor);
                let nearest = DESCRIPTORS.iter().min_by_key(distance).filter(|near| distance(near) <= near.len() / 3);
                return Err(UnknownDescriptor { name: name.clone(), nearest: nearest.copied() });
            }
        }
        Ok(Self { names })
    }

    /// Whether every descriptor is selected.
    #[must_use]
    pub fn is_all(&self) -> bool {
        self.names.is_empty()
    }

    /// Whether a descriptor, without its statistic, is computed.
    #[must_use]
    pub fn has(&self, descriptor: &str) -> bool {
        let selects = |name: &String| is_within(descriptor, name) || is_within(name, descriptor);
        self.is_all() || self.names.iter().any(selects)
    }

    /// Whether a name of the layout, with its statistic, is written.
    #[must_use]
    pub fn has_leaf(&self, leaf: &str) -> bool {
        self.is_all() || self.names.iter().any(|name| is_within(leaf, name))
    }
}

/// Whether `name` is `group` or below it.
fn is_within(name: &str, group: &str) -> bool {
    name.strip_prefix(group).is_some_and(|rest| rest.is_empty() || rest.starts_with('.'))
}

/// Whether `name` is a statistic of `descriptor`.
fn is_statistic(name: &str, descriptor: &str) -> bool {
    name.starts_with(descriptor) && Statistic::ALL.iter().any(|statistic| statistic.leaf(descriptor) == name)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn descriptor_statistic_and_group_are_selected() {
        let selection = Selection::new(&["rhythm.danceability", "lowlevel.mfcc.mean", "tonal.key_edma"]).unwrap();
        assert!(selection.has("rhythm.danceability") && !selection.has("rhythm.bpm"));
        assert!(selection.has("lowlevel.mfcc") && selection.has_leaf("lowlevel.mfcc.mean"));
        assert!(!selection.has_leaf("lowlevel.mfcc.cov") && !selection.has("lowlevel.mfccs"));
        assert!(selection.has("tonal.key_edma.scale") && !selection.has("tonal.key_temperley.scale"));
        assert!(Selection::default().has("rhythm.bpm") && Selection::default().has_leaf("tonal.hpcp.mean"));
    }

    #[test]
    fn unknown_name_is_refused_with_the_nearest() {
        let error = Selection::new(&["rhythm.dancability"]).unwrap_err();
        assert_eq!(error.nearest, Some("rhythm.danceability"));
        assert!(error.to_string().contains("the nearest is \"rhythm.danceability\""), "{error}");
        assert_eq!(Selection::new(&["nonsense that is like none of them"]).unwrap_err().nearest, None);
        for name in ["lowlevel.mfcc.middle", "lowlevel.mfcc.last", "lowlevel.mfcc."] {
            assert!(Selection::new(&[name]).is_err(), "{name}");
        }
        assert!(Selection::new(&["lowlevel.mfcc.skew"]).is_ok());
    }

    #[test]
    fn names_are_sorted_without_repetition() {
        assert!(DESCRIPTORS.windows(2).all(|pair| pair[0] < pair[1]));
    }
}
