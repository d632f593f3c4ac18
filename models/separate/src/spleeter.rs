//! Built-in model: the two stems of Spleeter.

use std::sync::OnceLock;

use parking_lot::Mutex;

use crate::two_networks::two_stems_of;
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
    let vocals = earmark_spleeter_vocals::PARTS.concat();
    let accompaniment = earmark_spleeter_accompaniment::PARTS.concat();
    let model =
        two_stems_of((earmark_spleeter_vocals::CARD, &vocals), (earmark_spleeter_accompaniment::CARD, &accompaniment))?;
    Ok(MODEL.get_or_init(|| model).clone())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::user_models::StemCard;

    #[test]
    fn parts_of_another_network_are_refused() {
        let [first, _] = earmark_spleeter_vocals::PARTS;
        let [_, second] = earmark_spleeter_accompaniment::PARTS;
        let (card, joined) = (earmark_spleeter_vocals::CARD, [first, second].concat());
        let error = two_stems_of((card, &joined), (card, &joined)).err().unwrap().to_string();
        let expected = StemCard::from_toml(card).unwrap().sha256;
        assert!(error.contains(&format!("sha256 of the network (expected {expected}, got ")), "{error}");
    }

    #[test]
    fn model_has_the_hashes_of_the_cards() {
        let cards = [earmark_spleeter_vocals::CARD, earmark_spleeter_accompaniment::CARD];
        let expected = cards.map(|card| StemCard::from_toml(card).unwrap().sha256);
        assert_eq!(two_stems().unwrap().sha256(), expected);
    }
}
