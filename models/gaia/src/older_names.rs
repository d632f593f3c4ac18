//! Names of older layouts for descriptors of equal definition.
//!
//! The crest and flatness of the "spectrum" in the layout of Essentia 2.0.1 are those of the Bark bands: in one run of
//! Essentia that writes both, their statistics differ by less than 1e-5, and the values of seven pieces lie in the ranges
//! that eleven models were trained on. The peaks of the histogram of tempos only got a longer name.
//!
//! Not in the table, because no equal definition is known: `tonal.key_key`, `tonal.key_scale` and `tonal.key_strength` (one
//! key, in place of one for each of three profiles), and `rhythm.bpm_histogram_first_peak_spread`, which later layouts lack.

/// Beginnings of older names, with those of present names.
const GROUPS: [(&str, &str); 2] = [
    (".lowlevel.spectral_crest.", ".lowlevel.barkbands_crest."),
    (".lowlevel.spectral_flatness_db.", ".lowlevel.barkbands_flatness_db."),
];
/// Whole older names, with present names.
const NAMES: [(&str, &str); 2] = [
    (".rhythm.bpm_histogram_first_peak", ".rhythm.bpm_histogram_first_peak_bpm"),
    (".rhythm.bpm_histogram_second_peak", ".rhythm.bpm_histogram_second_peak_bpm"),
];

/// Returns the present canonical name of a descriptor that older layouts of Essentia have under another name.
#[must_use]
pub fn present_name(name: &str) -> Option<String> {
    if let Some((_, present)) = NAMES.iter().find(|(older, _)| *older == name) {
        return Some((*present).to_owned());
    }
    GROUPS.iter().find_map(|(older, present)| Some(format!("{present}{}", name.strip_prefix(older)?)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn older_names_have_present_ones() {
        assert_eq!(present_name(".lowlevel.spectral_crest.mean").as_deref(), Some(".lowlevel.barkbands_crest.mean"));
        let peak = present_name(".rhythm.bpm_histogram_first_peak");
        assert_eq!(peak.as_deref(), Some(".rhythm.bpm_histogram_first_peak_bpm"));
        assert_eq!(present_name(".rhythm.bpm_histogram_first_peak_spread"), None);
        assert_eq!(present_name(".tonal.key_key"), None);
    }
}
