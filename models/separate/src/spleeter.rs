//! Built-in model: the two stems of Spleeter.

use std::sync::OnceLock;

use bytes::Bytes;
use parking_lot::Mutex;

use crate::two_networks::{CheckedWeights, two_stems_from};
use crate::{SeparateError, StemModel, program_file};

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
    // The file of the program may have been replaced: then its bytes have another hash, and those in memory are used.
    let [vocals, accompaniment] = read_weights(program_file::joined).or_else(|_| read_weights(<[_]>::concat))?;
    let model = two_stems_from(vocals, accompaniment)?;
    Ok(MODEL.get_or_init(|| model).clone())
}

/// Reads the weights of the vocals and of the accompaniment from the joined parts of their files.
fn read_weights(joined: impl Fn(&[&'static [u8]]) -> Vec<u8>) -> Result<[CheckedWeights; 2], SeparateError> {
    // The bytes of both files are kept until both are read: see `two_stems_from`.
    let vocals = Bytes::from(joined(&earmark_spleeter_vocals::PARTS));
    let accompaniment = Bytes::from(joined(&earmark_spleeter_accompaniment::PARTS));
    Ok([
        CheckedWeights::read(earmark_spleeter_vocals::CARD, vocals.clone())?,
        CheckedWeights::read(earmark_spleeter_accompaniment::CARD, accompaniment.clone())?,
    ])
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::two_stems_of;
    use crate::user_models::StemCard;

    #[test]
    fn parts_of_another_network_are_refused() {
        let [first, _] = earmark_spleeter_vocals::PARTS;
        let [_, second] = earmark_spleeter_accompaniment::PARTS;
        let (card, joined) = (earmark_spleeter_vocals::CARD, [first, second].concat());
        let error = two_stems_of((card, joined.clone()), (card, joined)).err().unwrap().to_string();
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
