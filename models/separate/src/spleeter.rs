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
    let vocals = (earmark_spleeter_vocals::CARD, earmark_spleeter_vocals::ONNX);
    let accompaniment = (earmark_spleeter_accompaniment::CARD, earmark_spleeter_accompaniment::ONNX);
    let model = two_stems_of(vocals, accompaniment)?;
    Ok(MODEL.get_or_init(|| model).clone())
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
