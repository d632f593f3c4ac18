//! Access to single settings of the saved state, and validation of folders and addresses.

use std::path::Path;
use std::sync::Arc;

use earmark_models::{ContextMode, Registry, Threshold};

use crate::outputs::{OscAddress, OscAddressError};

use super::{AddedModel, MAX_ADDED_MODELS, OscConfig, ReportConfig, SharedState};

impl SharedState {
    /// Returns the threshold above which a tag becomes active, 0 to 1; without a tag, that of all tags without their
    /// own.
    #[must_use]
    pub fn threshold(&self, tag: Option<&str>) -> f32 {
        let state = self.get();
        tag.map_or(state.thresholds.usual, |tag| state.thresholds.of(tag).on)
    }

    /// Sets the threshold of a tag, or without a tag that of all tags without their own, clamped to 0 to 1. No value
    /// restores the default. NaN changes nothing.
    pub fn set_threshold(&self, tag: Option<&str>, value: Option<f32>) {
        if value.is_some_and(f32::is_nan) {
            return;
        }
        let value = value.map(|value| value.clamp(0.0, 1.0));
        self.change(|state| match (tag, value) {
            (None, value) => state.thresholds.usual = value.unwrap_or(Threshold::DEFAULT),
            (Some(tag), Some(value)) => drop(state.thresholds.tags.insert(tag.to_owned(), value)),
            (Some(tag), None) => drop(state.thresholds.tags.remove(tag)),
        });
    }

    /// Whether patches use real left context instead of zero padding.
    #[must_use]
    pub fn streaming(&self) -> bool {
        self.get().context_mode == ContextMode::Streaming
    }

    /// Sets whether patches use real left context instead of zero padding.
    pub fn set_streaming(&self, streaming: bool) {
        self.change(|state| {
            state.context_mode = if streaming { ContextMode::Streaming } else { ContextMode::ZeroPadded }
        });
    }

    /// Returns the ids of the selected added models, in order.
    #[must_use]
    pub fn added(&self) -> Vec<Arc<str>> {
        self.get().added_models.iter().map(|added| added.id.as_str().into()).collect()
    }

    /// Selects an added model as the last one, or deselects it. Does nothing for a model that is not in `registry`, and
    /// above [`MAX_ADDED_MODELS`] models.
    pub fn set_added(&self, registry: &'static Registry, id: &str, on: bool) {
        let added = registry.card(id).map(AddedModel::of);
        self.change(|state| {
            if !on {
                state.added_models.retain(|added| added.id != id);
            } else if let Some(added) = added
                && state.added_models.len() < MAX_ADDED_MODELS
                && !state.added_models.iter().any(|selected| selected.id == id)
            {
                state.added_models.push(added);
            }
        });
    }
}

impl ReportConfig {
    /// Checks that reports can be written to `folder`, without writing one. Reads the file system.
    ///
    /// # Errors
    /// When the path is not absolute, is a file or leads through one, or has no existing ancestor. The message is for
    /// the panel.
    pub fn check_folder(folder: &str) -> Result<(), String> {
        let path = Path::new(folder);
        if !path.is_absolute() {
            return Err(format!("Expected the full path of a folder, got `{folder}`."));
        }
        // Missing folders are created with the first report.
        match path.ancestors().find(|ancestor| ancestor.exists()) {
            Some(existing) if existing.is_dir() => Ok(()),
            Some(existing) => Err(format!("Expected a folder, got the file `{}`.", existing.display())),
            None => Err(format!("Expected a folder on a disk of this computer, got `{folder}`.")),
        }
    }
}

impl OscConfig {
    /// Returns the receivers: the comma-separated addresses of `address`.
    ///
    /// # Errors
    /// If an address is invalid, or there are too many.
    pub fn receivers(&self) -> Result<Vec<OscAddress>, OscAddressError> {
        OscAddress::parse_list(&self.address)
    }

    /// Checks that `address` consists of IP addresses or host names, each with a port. Resolves no name.
    ///
    /// # Errors
    /// If an address is invalid, or there are too many. The message is for the panel.
    pub fn check_address(address: &str) -> Result<(), String> {
        OscAddress::parse_list(address).map(drop).map_err(|error| format!("Cannot send OSC: {error}."))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn unusable_folders_and_addresses_are_rejected_with_the_expected_form() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("file");
        std::fs::write(&file, "").unwrap();
        let text = |path: &Path| path.to_str().unwrap().to_owned();
        for good in [folder.path().to_owned(), folder.path().join("a/b")] {
            assert_eq!(ReportConfig::check_folder(&text(&good)), Ok(()));
        }
        for (bad, expected) in
            [(String::new(), "full path"), ("reports".into(), "full path"), (text(&file.join("a")), "got the file")]
        {
            let error = ReportConfig::check_folder(&bad).unwrap_err();
            assert!(error.contains(expected), "{error}");
        }
        for good in ["localhost:9000", "stage.local:9000", "1.2.3.4:9000, [::1]:9001"] {
            assert_eq!(OscConfig::check_address(good), Ok(()));
        }
        for bad in ["", "localhost", "1.2.3.4", "1.2.3.4:0", "/stage"] {
            let error = OscConfig::check_address(bad).unwrap_err();
            assert!(error.contains("127.0.0.1:9000") && error.ends_with(&format!("got `{bad}`.")), "{error}");
        }
    }
}
