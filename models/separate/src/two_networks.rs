//! Model of two stems from the files of two networks.

use std::sync::Arc;

use earmark_models::sha256;

use crate::network::StemNetwork;
use crate::unet_network::UNetNetwork;
use crate::user_models::StemCard;
use crate::{SeparateError, StemModel};

/// Creates Spleeter's model of two stems, `vocals` and `accompaniment`, from the card and the ONNX file of each network. Takes
/// up to a second.
///
/// # Errors
/// If a card or a file is damaged, or a file has another hash than its card.
pub fn two_stems_of(vocals: (&str, &[u8]), accompaniment: (&str, &[u8])) -> Result<StemModel, SeparateError> {
    let mut networks: Vec<Arc<dyn StemNetwork>> = Vec::new();
    let mut hashes = Vec::new();
    for (card, onnx) in [vocals, accompaniment] {
        let (expected, got) = (StemCard::from_toml(card)?.sha256, sha256(onnx));
        if expected != got {
            return Err(SeparateError::Setting { what: "sha256 of the network", expected, got });
        }
        networks.push(Arc::new(UNetNetwork::from_onnx(onnx)?));
        hashes.push(got);
    }
    let model = StemModel::new("spleeter-2stems", &["vocals", "accompaniment"], "accompaniment", networks)?;
    Ok(model.with_sha256(hashes))
}
