//! Preprocessing variants and descriptor lists of Gaia's two templates.

use super::step::PreprocessingStep;

/// Version of the layout that a project was made for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TemplateVersion {
    /// Layout of Essentia 2.1-beta2 and older.
    Beta2,
    /// Layout of Essentia 2.1-beta5 and beta6, which `earmark extract` writes.
    Beta5,
}

impl TemplateVersion {
    /// Returns the name in files.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Beta2 => "2.1-beta2",
            Self::Beta5 => "2.1-beta5",
        }
    }

    /// Returns the template of a name in files.
    pub(crate) fn from_name(name: &str) -> Option<Self> {
        [Self::Beta2, Self::Beta5].into_iter().find(|version| version.name() == name)
    }

    /// Returns the template for descriptor files with these values of `metadata.version.essentia`: that of beta5 if all are
    /// of one version, beta5 or beta6, else that of beta2.
    #[must_use]
    pub fn for_versions<'a>(versions: impl IntoIterator<Item = &'a str>) -> Self {
        let mut kinds: Vec<&str> = versions.into_iter().map(cut).collect();
        kinds.sort_unstable();
        kinds.dedup();
        match kinds.as_slice() {
            ["2.1-beta5" | "2.1-beta6"] => Self::Beta5,
            _ => Self::Beta2,
        }
    }

    /// Returns the patterns of the descriptors that no variant uses.
    pub(crate) fn ignored(self) -> Vec<String> {
        let mut patterns = vec![
            "metadata.*",
            "*dmean*",
            "*dvar*",
            "*.min",
            "*.max",
            "*cov",
            "tonal.thpcp",
            "lowlevel.spectral_energyband_high.*",
            "lowlevel.silence_rate*",
        ];
        if self == Self::Beta5 {
            patterns.extend(["rhythm.bpm_histogram", "lowlevel.melbands128.*"]);
        }
        owned(&patterns)
    }

    /// Returns the patterns of the text descriptors.
    pub(crate) fn texts(self) -> Vec<String> {
        owned(match self {
            Self::Beta2 => &["tonal.chords_key", "tonal.chords_scale", "tonal.key_key", "tonal.key_scale"],
            Self::Beta5 => &[
                "tonal.chords_key",
                "tonal.chords_scale",
                "tonal.key_krumhansl.key",
                "tonal.key_krumhansl.scale",
                "tonal.key_edma.key",
                "tonal.key_edma.scale",
                "tonal.key_temperley.key",
                "tonal.key_temperley.scale",
            ],
        })
    }

    /// Returns the preprocessing variants.
    pub(crate) fn variants(self, enumerate: bool) -> Vec<(String, Vec<PreprocessingStep>)> {
        use PreprocessingStep::{Enumerate, Gaussianize, Normalize, Remove, Select};
        let texts = if enumerate { Enumerate(self.texts()) } else { Remove(self.texts()) };
        let basic = vec![Remove(self.ignored()), texts];
        let with = |steps: &[PreprocessingStep]| [basic.as_slice(), steps].concat();
        let bands = owned(&["barkbands*", "*energyband*", "melbands*", "erbbands*"]);
        [
            ("raw", Vec::new()),
            ("basic", basic.clone()),
            ("lowlevel", with(&[Select(owned(&["lowlevel*"]))])),
            ("nobands", with(&[Remove(bands)])),
            ("normalized", with(&[Normalize { independent: false }])),
            ("gaussianized", with(&[Normalize { independent: false }, Gaussianize(owned(&["lowlevel.*"]))])),
            ("mfcc", with(&[Select(owned(&["lowlevel.mfcc*"]))])),
        ]
        .map(|(name, steps)| (name.to_owned(), steps))
        .into()
    }
}

fn owned(patterns: &[&str]) -> Vec<String> {
    patterns.iter().map(ToString::to_string).collect()
}

/// Returns version and beta number of a version text: `2.1-beta5` of `2.1-beta5-dev`.
fn cut(version: &str) -> &str {
    version.match_indices('-').nth(1).map_or(version, |(end, _)| &version[..end])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn template_is_that_of_a_single_new_version() {
        for (versions, expected) in [
            (["2.1-beta5", "2.1-beta5-12-gabc"], TemplateVersion::Beta5),
            (["2.1-beta6-dev", "2.1-beta6-dev"], TemplateVersion::Beta5),
            (["2.1-beta5", "2.1-beta6-dev"], TemplateVersion::Beta2),
            (["2.0.1", "2.0.1"], TemplateVersion::Beta2),
        ] {
            assert_eq!(TemplateVersion::for_versions(versions), expected, "{versions:?}");
        }
        assert_eq!(TemplateVersion::for_versions([]), TemplateVersion::Beta2);
    }
}
