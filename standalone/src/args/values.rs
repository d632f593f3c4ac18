//! Values of options that several commands have.

use std::num::NonZeroUsize;

/// Parses a whole number of at least 1.
pub(super) fn count(text: &str) -> Result<NonZeroUsize, String> {
    text.parse().map_err(|_| format!("expected a whole number of at least 1, got {text}"))
}

/// Returns the models that run by default.
pub(super) fn default_models() -> Vec<String> {
    let mut models = vec!["msd-musicnn".to_owned()];
    if cfg!(feature = "tempocnn") {
        models.push("tempocnn-deepsquare-k8".to_owned());
    }
    models
}
