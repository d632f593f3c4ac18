//! Built-in model: the two stems of Spleeter.

use std::sync::{Arc, OnceLock};

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
    let vocals = UNetNetwork::from_onnx(earmark_spleeter_vocals::ONNX)?;
    let accompaniment = UNetNetwork::from_onnx(earmark_spleeter_accompaniment::ONNX)?;
    let networks: Vec<Arc<dyn StemNetwork>> = vec![Arc::new(vocals), Arc::new(accompaniment)];
    let cards = [earmark_spleeter_vocals::CARD, earmark_spleeter_accompaniment::CARD];
    let hashes =
        cards.iter().map(|card| Ok(StemCard::from_toml(card)?.sha256)).collect::<Result<_, SeparateError>>()?;
    let model = StemModel::new("spleeter-2stems", &["vocals", "accompaniment"], "accompaniment", networks)?;
    Ok(MODEL.get_or_init(|| model.with_sha256(hashes)).clone())
}

#[cfg(test)]
mod tests {
    use earmark_models::sha256;

    use super::*;

    #[test]
    fn cards_have_the_hashes_of_the_networks() {
        let networks = [earmark_spleeter_vocals::ONNX, earmark_spleeter_accompaniment::ONNX];
        assert_eq!(two_stems().unwrap().sha256(), networks.map(sha256));
    }
}
