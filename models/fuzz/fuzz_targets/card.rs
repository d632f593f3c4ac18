//! Cards with any content are read or rejected. A card that is read equals its written form when read again.

#![no_main]

use earmark_models::{Card, Registry};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|text: &str| {
    let base = |of: &str| Registry::global().base(of);
    if let Ok(card) = Card::from_toml_with(text, base) {
        let again = Card::from_toml_with(&card.to_toml(), base);
        assert_eq!(again.as_ref(), Ok(&card));
    }
});
