//! Model of two stems from the files of two networks.

use std::sync::Arc;

use bytes::Bytes;
use earmark_models::{sha256, weights_from_onnx};

use crate::network::StemNetwork;
use crate::unet_network::{FileWeights, UNetNetwork};
use crate::user_models::StemCard;
use crate::{SeparateError, StemModel};

/// Creates Spleeter's model of two stems, `vocals` and `accompaniment`, from the card and the ONNX file of each network. Takes
/// up to a second.
///
/// # Errors
/// If a card or a file is damaged, or a file has another hash than its card.
pub fn two_stems_of(vocals: (&str, Vec<u8>), accompaniment: (&str, Vec<u8>)) -> Result<StemModel, SeparateError> {
    let file = |(card, onnx): (_, Vec<u8>)| CheckedWeights::read(card, onnx.into());
    two_stems_from(file(vocals)?, file(accompaniment)?)
}

/// Weights of a file that has the hash of its card.
pub(crate) struct CheckedWeights {
    weights: FileWeights,
    hash: String,
}

impl CheckedWeights {
    /// Reads the file of a card. Allocates as many bytes as the file has.
    pub(crate) fn read(card: &str, onnx: Bytes) -> Result<Self, SeparateError> {
        let (expected, got) = (StemCard::from_toml(card)?.sha256, sha256(&onnx));
        if expected != got {
            return Err(SeparateError::Setting { what: "sha256 of the network", expected, got });
        }
        Ok(Self { weights: weights_from_onnx(onnx)?, hash: got })
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
    for CheckedWeights { weights, hash } in [vocals, accompaniment] {
        networks.push(Arc::new(UNetNetwork::new(weights)?));
        hashes.push(hash);
    }
    let model = StemModel::new("spleeter-2stems", &["vocals", "accompaniment"], "accompaniment", networks)?;
    Ok(model.with_sha256(hashes))
}
