//! Errors about commands, options and formats that this build leaves out.

use std::process::ExitCode;

use clap::error::{ContextKind, ContextValue};
use thiserror::Error;

/// Cargo features of the default build, and whether this build has them.
const FEATURES: [(&str, bool); 11] = [
    ("added-models", cfg!(feature = "added-models")),
    ("batch", cfg!(feature = "batch")),
    ("descriptors", cfg!(feature = "descriptors")),
    ("npz", cfg!(feature = "npz")),
    ("parquet", cfg!(feature = "parquet")),
    ("separation", cfg!(feature = "separation")),
    ("sound", cfg!(feature = "sound")),
    ("tempocnn", cfg!(feature = "tempocnn")),
    ("web", cfg!(feature = "web")),
    ("window", cfg!(feature = "window")),
    ("write-tags", cfg!(feature = "write-tags")),
];

/// Arguments that need a feature.
const ARGUMENTS: [(&str, MissingFeature); 17] = [
    ("batch", MissingFeature { action: "analyze a library in shards", feature: "batch" }),
    ("train", MissingFeature { action: "train a classifier", feature: "descriptors" }),
    ("retrain", MissingFeature { action: "train a classifier", feature: "descriptors" }),
    ("classify", MissingFeature { action: "classify tracks", feature: "descriptors" }),
    ("separate", MissingFeature { action: "separate stems", feature: "separation" }),
    ("extract", MissingFeature { action: "extract descriptors", feature: "descriptors" }),
    ("window", MissingFeature::WINDOW),
    ("listen", MissingFeature { action: "analyze an input live", feature: "sound" }),
    ("devices", MissingFeature { action: "list audio inputs", feature: "sound" }),
    ("--web", MissingFeature::WEB),
    ("--web-origin", MissingFeature::WEB),
    ("--web-clients", MissingFeature::WEB),
    ("--preset", MissingFeature { action: "use a preset of the window", feature: "window" }),
    ("--write", MissingFeature::WRITE_TAGS),
    ("--restore", MissingFeature::WRITE_TAGS),
    ("npz", MissingFeature { action: "write archives of arrays", feature: "npz" }),
    ("parquet", MissingFeature { action: "write a Parquet table", feature: "parquet" }),
];

/// Error about an argument that needs a cargo feature which this build lacks.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
#[error(
    "cannot {action}: this build lacks the cargo feature `{feature}`. \
     `cargo install --locked --path standalone` builds a program with all features, `earmark --help` lists the commands of this one."
)]
pub(crate) struct MissingFeature {
    action: &'static str,
    feature: &'static str,
}

impl MissingFeature {
    /// Error about the window.
    pub(crate) const WINDOW: Self = Self { action: "open the window", feature: "window" };
    const WRITE_TAGS: Self = Self { action: "write tags into audio files", feature: "write-tags" };
    const WEB: Self = Self { action: "serve a web page", feature: "web" };

    /// Returns the missing feature that explains an error of the command line, if any.
    pub(crate) fn of(error: &clap::Error) -> Option<Self> {
        let kinds = [ContextKind::InvalidSubcommand, ContextKind::InvalidValue, ContextKind::InvalidArg];
        let refused = kinds.into_iter().find_map(|kind| match error.get(kind) {
            Some(ContextValue::String(refused)) => Some(refused.as_str()),
            _ => None,
        })?;
        let (_, feature) = ARGUMENTS.into_iter().find(|(argument, _)| *argument == refused)?;
        names().contains(&feature.feature).then_some(feature)
    }

    /// Prints the error on standard error. Returns the exit code of invalid arguments.
    pub(crate) fn report(self) -> ExitCode {
        eprintln!("earmark: {self}");
        ExitCode::from(2)
    }
}

/// Returns the names of the default features that this build lacks.
pub(crate) fn names() -> Vec<&'static str> {
    FEATURES.into_iter().filter(|(_, is_on)| !is_on).map(|(name, _)| name).collect()
}

#[cfg(test)]
mod tests {
    use clap::Parser;

    use super::*;
    use crate::args::Args;

    #[test]
    fn argument_of_a_missing_feature_is_explained_and_others_are_not() {
        for (arguments, feature) in [
            (["earmark", "window", "a.wav"].as_slice(), "window"),
            (&["earmark", "listen", "--json"], "sound"),
            (&["earmark", "devices"], "sound"),
            (&["earmark", "extract", "a.wav"], "descriptors"),
            (&["earmark", "separate", "a.wav"], "separation"),
            (&["earmark", "embed", "--format", "parquet", "a.wav"], "parquet"),
        ] {
            let missing = Args::try_parse_from(arguments).err().map(|error| MissingFeature::of(&error).unwrap());
            let expected = Some(feature).filter(|feature| names().contains(feature));
            assert_eq!(missing.map(|missing| missing.feature), expected, "{arguments:?}");
        }
        for arguments in [["earmark", "lisen"].as_slice(), &["earmark", "embed", "--format", "arrow", "a.wav"]] {
            assert_eq!(MissingFeature::of(&Args::try_parse_from(arguments).unwrap_err()), None, "{arguments:?}");
        }
    }

    #[test]
    #[cfg(all(feature = "sound", not(feature = "web")))]
    fn option_of_a_missing_feature_is_explained() {
        let error = Args::try_parse_from(["earmark", "listen", "--web"]).unwrap_err();
        assert_eq!(MissingFeature::of(&error), Some(MissingFeature::WEB));
    }
}
