//! Model of two stems from the files of two networks.

use std::sync::Arc;

use earmark_models::{sha256_of_parts, weights_from_onnx};

use crate::network::StemNetwork;
use crate::unet_network::{FileWeights, UNetNetwork};
use crate::user_models::StemCard;
use crate::{SeparateError, StemModel};

/// Creates Spleeter's model of two stems, `vocals` and `accompaniment`, from the card and the ONNX file of each network, which is
/// the parts one after the other. Takes up to a second.
///
/// # Errors
/// If a card or a file is damaged, or a file has another hash than its card.
pub fn two_stems_of(vocals: (&str, &[&[u8]]), accompaniment: (&str, &[&[u8]])) -> Result<StemModel, SeparateError> {
    two_stems_from(CheckedWeights::read(vocals)?, CheckedWeights::read(accompaniment)?)
}

/// Weights of a file that has the hash of its card.
pub(crate) struct CheckedWeights {
    weights: FileWeights,
    sha256: String,
}

impl CheckedWeights {
    /// Reads the file of a card, which is the parts one after the other. Allocates as many bytes as the file has.
    pub(crate) fn read((card, parts): (&str, &[&[u8]])) -> Result<Self, SeparateError> {
        let (expected, got) = (StemCard::from_toml(card)?.sha256, sha256_of_parts(parts));
        if expected != got {
            return Err(SeparateError::Setting { what: "sha256 of the network", expected, got });
        }
        Ok(Self { weights: weights_from_onnx(parts)?, sha256: got })
    }
}

/// Creates the model from the weights of both networks, which are freed while they are packed.
///
/// Both are read before: once a large block was freed, glibc takes such blocks from its heap, which it does not give back.
pub(crate) fn two_stems_from(
    vocals: CheckedWeights,
    accompaniment: CheckedWeights,
) -> Result<StemModel, SeparateError> {
    let mut networks: Vec<Arc<dyn StemNetwork>> = Vec::new();
    let mut hashes = Vec::new();
    for CheckedWeights { weights, sha256 } in [vocals, accompaniment] {
        networks.push(Arc::new(UNetNetwork::new(weights)?));
        hashes.push(sha256);
    }
    let model = StemModel::new("spleeter-2stems", &["vocals", "accompaniment"], "accompaniment", networks)?;
    Ok(model.with_sha256(hashes))
}
