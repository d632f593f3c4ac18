//! Model of stems: names and networks.

use std::sync::Arc;

use crate::SeparateError;
use crate::network::StemNetwork;

/// Names of the stems and the networks that compute them.
#[derive(Clone)]
pub struct StemModel {
    id: String,
    stems: Vec<String>,
    residual: usize,
    networks: Vec<Arc<dyn StemNetwork>>,
    sha256: Vec<String>,
}

impl StemModel {
    /// Creates a model. The networks output the stems in the order of the names; `residual` is the name of the stem that is
    /// the mix minus all other stems, so that the stems add up to the mix.
    ///
    /// # Errors
    /// If the networks do not output as many stems as there are names, there are fewer than two, or `residual` is none of
    /// them.
    pub fn new(
        id: impl Into<String>,
        stems: &[&str],
        residual: &str,
        networks: Vec<Arc<dyn StemNetwork>>,
    ) -> Result<Self, SeparateError> {
        let outputs: usize = networks.iter().map(|network| network.stems()).sum();
        let shape =
            |what: &str, expected: String, got: String| SeparateError::Shape { what: what.into(), expected, got };
        if outputs != stems.len() || stems.len() < 2 {
            let expected = format!("{} stems ({})", stems.len().max(2), stems.join(", "));
            return Err(shape("number of outputs", expected, outputs.to_string()));
        }
        let position = stems.iter().position(|stem| *stem == residual);
        let residual = position.ok_or_else(|| shape("residual stem", stems.join(", "), residual.to_owned()))?;
        Ok(Self {
            id: id.into(),
            stems: stems.iter().map(ToString::to_string).collect(),
            residual,
            networks,
            sha256: Vec::new(),
        })
    }

    /// Sets the SHA-256 of the file of each network, in hexadecimal digits.
    #[must_use]
    pub fn with_sha256(mut self, sha256: Vec<String>) -> Self {
        self.sha256 = sha256;
        self
    }

    /// Returns the SHA-256 of the file of each network; empty if unknown.
    #[must_use]
    pub fn sha256(&self) -> &[String] {
        &self.sha256
    }

    /// Returns the id of the model.
    #[must_use]
    pub fn id(&self) -> &str {
        &self.id
    }

    /// Returns the names of the stems.
    #[must_use]
    pub fn stems(&self) -> &[String] {
        &self.stems
    }

    /// Returns the index of the stem that is the mix minus all other stems.
    #[must_use]
    pub fn residual(&self) -> usize {
        self.residual
    }

    /// Whether one of the networks alone can separate the stems: two stems from two networks.
    #[must_use]
    pub fn has_eco(&self) -> bool {
        self.stems.len() == 2 && self.networks.len() == 2
    }

    /// Returns the networks, in the order of their stems.
    #[must_use]
    pub fn networks(&self) -> &[Arc<dyn StemNetwork>] {
        &self.networks
    }
}
