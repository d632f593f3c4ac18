//! Built-in model: the two stems of Spleeter.

use std::sync::{Arc, OnceLock};

use earmark_models::sha256;
use parking_lot::Mutex;

use crate::network::StemNetwork;
use crate::unet_network::UNetNetwork;
use crate::user_models::StemCard;
use crate::{SeparateError, StemModel};

/// Returns Spleeter's model of two stems, `vocals` and `accompaniment`, which is loaded once per process. Takes up to a
/// second at the first call.
///
/// # Errors
/// If the weights are damaged.
pub fn two_stems() -> Result<StemModel, SeparateError> {
    static MODEL: OnceLock<StemModel> = OnceLock::new();
    static LOADING: Mutex<()> = Mutex::new(());
    let _guard = LOADING.lock();
    if let Some(model) = MODEL.get() {
        return Ok(model.clone());
    }
    let (vocals, vocals_hash) = network(earmark_spleeter_vocals::PARTS, earmark_spleeter_vocals::CARD)?;
    let (accompaniment, accompaniment_hash) =
        network(earmark_spleeter_accompaniment::PARTS, earmark_spleeter_accompaniment::CARD)?;
    let (networks, hashes) = (vec![vocals, accompaniment], vec![vocals_hash, accompaniment_hash]);
    let model = StemModel::new("spleeter-2stems", &["vocals", "accompaniment"], "accompaniment", networks)?;
    Ok(MODEL.get_or_init(|| model.with_sha256(hashes)).clone())
}

/// Joins the parts of a network's file, which must have the hash of the card. Returns the network and the hash.
fn network(parts: [&[u8]; 2], card: &str) -> Result<(Arc<dyn StemNetwork>, String), SeparateError> {
    let expected = StemCard::from_toml(card)?.sha256;
    let onnx = parts.concat();
    let got = sha256(&onnx);
    if got != expected {
        return Err(SeparateError::Setting { what: "sha256 of the joined network", expected, got });
    }
    Ok((Arc::new(UNetNetwork::from_onnx(&onnx)?), got))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parts_of_another_network_are_refused() {
        let [first, _] = earmark_spleeter_vocals::PARTS;
        let [_, second] = earmark_spleeter_accompaniment::PARTS;
        let error = network([first, second], earmark_spleeter_vocals::CARD).err().unwrap().to_string();
        let expected = StemCard::from_toml(earmark_spleeter_vocals::CARD).unwrap().sha256;
        assert!(error.contains(&format!("sha256 of the joined network (expected {expected}, got ")), "{error}");
    }

    #[test]
    fn model_has_the_hashes_of_the_cards() {
        let cards = [earmark_spleeter_vocals::CARD, earmark_spleeter_accompaniment::CARD];
        let expected = cards.map(|card| StemCard::from_toml(card).unwrap().sha256);
        assert_eq!(two_stems().unwrap().sha256(), expected);
    }
}
