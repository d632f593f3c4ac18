//! Recipe of a batch: the analysis and its settings.

use earmark_capture::decode::DecoderChoice;
use earmark_files::hop::Hop;
use earmark_files::provenance::Provenance;
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use crate::error::BatchError;

/// Number of times that a recipe is written and read until its numbers stay the same.
const MAX_READS: usize = 8;

/// Analysis of each file.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum AnalysisKind {
    /// Tags and tempo: the columns of `earmark tag --format parquet`.
    Tag,
    /// Embeddings: the columns of `earmark embed --format parquet`.
    Embed,
    /// Descriptors: the columns of `earmark extract --format parquet`.
    Extract,
    /// Classes of Gaia's classifiers.
    Classify,
}

/// Analysis and its settings.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct BatchRecipe {
    /// Analysis of each file.
    pub analysis: AnalysisKind,
    /// Ids of the models: several for tags and classifiers, one for embeddings, none for descriptors.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub models: Vec<String>,
    /// Hop between predictions in frames of each model (default: that of the models).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub hop_frames: Option<usize>,
    /// Hop between predictions in seconds.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub hop_s: Option<f64>,
    /// Whether silence is left out (default true).
    #[serde(default = "yes", skip_serializing_if = "is_true")]
    pub gate: bool,
    /// Decoder: `auto` (default), `builtin` or `ffmpeg`.
    #[serde(default = "auto", skip_serializing_if = "is_auto")]
    pub decoder: String,
    /// Length of the part from the middle of each file that is analyzed, in seconds (default: the whole file).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub seconds: Option<f64>,
    /// Whether tags have one row per patch (default: one per file).
    #[serde(default, skip_serializing_if = "is_false")]
    pub timeline: bool,
    /// Whether embeddings have one row per file, the mean (default: one per patch).
    #[serde(default, skip_serializing_if = "is_false")]
    pub mean: bool,
    /// Descriptors or groups of them (default: all).
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub only: Vec<String>,
    /// Text of the profile of descriptors (YAML).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub profile: Option<String>,
    /// Whether descriptors have Essentia's values where it errs.
    #[serde(default, skip_serializing_if = "is_false")]
    pub compat: bool,
}

fn yes() -> bool {
    true
}

fn auto() -> String {
    "auto".into()
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "signature of serde")]
fn is_true(flag: &bool) -> bool {
    *flag
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "signature of serde")]
fn is_false(flag: &bool) -> bool {
    !*flag
}

fn is_auto(decoder: &str) -> bool {
    decoder == "auto"
}

impl BatchRecipe {
    /// Returns the recipe of an analysis with default settings.
    #[must_use]
    pub fn new(analysis: AnalysisKind, models: Vec<String>) -> Self {
        Self {
            analysis,
            models,
            hop_frames: None,
            hop_s: None,
            gate: true,
            decoder: auto(),
            seconds: None,
            timeline: false,
            mean: false,
            only: Vec::new(),
            profile: None,
            compat: false,
        }
    }

    /// Returns the hop between predictions; `None` for that of the models.
    #[must_use]
    pub fn hop(&self) -> Option<Hop> {
        self.hop_frames.map(Hop::Frames).or(self.hop_s.map(Hop::Seconds))
    }

    /// Returns the decoder.
    ///
    /// # Errors
    /// If it has another name than `auto`, `builtin` and `ffmpeg`.
    pub fn decoder(&self) -> Result<DecoderChoice, BatchError> {
        match &*self.decoder {
            "auto" => Ok(DecoderChoice::Auto),
            "builtin" => Ok(DecoderChoice::Builtin),
            "ffmpeg" => Ok(DecoderChoice::Ffmpeg),
            other => {
                Err(BatchError::Recipe(format!("unknown decoder (expected auto, builtin or ffmpeg, got {other})")))
            }
        }
    }
}

/// Recipe and the program and models that it was made with. Two batches with equal values give equal results on one kind of
/// processor.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct RecipeOrigin {
    /// Analysis and its settings.
    pub recipe: BatchRecipe,
    /// Program, its version, and models with their hashes.
    pub origin: Provenance,
}

impl RecipeOrigin {
    /// Returns the SHA-256 of the recipe and its origin, in lower-case hexadecimal.
    #[must_use]
    pub fn sha256(&self) -> String {
        hex(&Sha256::digest(serde_json::to_vec(self).unwrap_or_default()))
    }

    /// Returns the value that stays the same when it is written as JSON and read: numbers may change in their last digit.
    pub(crate) fn normalized(self) -> Self {
        let mut value = self;
        for _ in 0..MAX_READS {
            let read = serde_json::to_vec(&value).ok().and_then(|json| serde_json::from_slice::<Self>(&json).ok());
            match read {
                Some(read) if read != value => value = read,
                _ => break,
            }
        }
        value
    }

    /// Returns texts of both values if they differ.
    #[must_use]
    pub fn difference(&self, other: &Self) -> Option<(String, String)> {
        let recipe = |value: &Self| format!("recipe {}", serde_json::to_string(&value.recipe).unwrap_or_default());
        let origin =
            |value: &Self| format!("{} of {}", recipe(value), serde_json::to_string(&value.origin).unwrap_or_default());
        if self.recipe != other.recipe {
            Some((recipe(self), recipe(other)))
        } else if self.origin != other.origin {
            Some((origin(self), origin(other)))
        } else {
            None
        }
    }
}

/// Returns bytes as lower-case hexadecimal digits.
pub(crate) fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

#[cfg(test)]
mod tests {
    use earmark_models::Gate;

    use super::*;

    #[test]
    fn recipe_is_written_without_defaults_and_differs_by_each_setting() {
        let recipe = BatchRecipe::new(AnalysisKind::Tag, vec!["msd-musicnn".into()]);
        let json = serde_json::to_string(&recipe).unwrap();
        assert_eq!(json, "{\"analysis\":\"tag\",\"models\":[\"msd-musicnn\"]}");
        assert_eq!(serde_json::from_str::<BatchRecipe>(&json).unwrap(), recipe);
        let origin = Provenance::new(Some(Gate::default()), DecoderChoice::Auto);
        let one = RecipeOrigin { recipe: recipe.clone(), origin: origin.clone() };
        assert_eq!(one.difference(&one.clone()), None);
        let other = RecipeOrigin { recipe: BatchRecipe { seconds: Some(90.0), ..recipe.clone() }, ..one.clone() };
        let (expected, got) = one.difference(&other).unwrap();
        assert!(got.contains("\"seconds\":90.0") && !expected.contains("seconds"), "{expected}, {got}");
        let other = RecipeOrigin { origin: Provenance { version: "9".into(), ..origin }, ..one.clone() };
        assert!(one.difference(&other).unwrap().1.contains("\"version\":\"9\""));
        assert_ne!(one.sha256(), other.sha256());
        let wrong = BatchRecipe { decoder: "sox".into(), ..recipe };
        assert!(wrong.decoder().unwrap_err().to_string().contains("got sox"));
    }
}
