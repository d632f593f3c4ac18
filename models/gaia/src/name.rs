//! Names of descriptors.

use std::cmp::Ordering;

/// Returns the canonical form of a name, which begins with a dot: `.lowlevel.mfcc.mean`.
#[must_use]
pub fn canonical(name: &str) -> String {
    if name.starts_with('.') { name.to_owned() } else { format!(".{name}") }
}

/// Returns a name without the dot of its canonical form, as people write it.
#[must_use]
pub fn display_name(name: &str) -> &str {
    name.strip_prefix('.').unwrap_or(name)
}

/// Compares texts by their UTF-16 units, which is the order of Gaia for names, identifiers and labels.
#[must_use]
pub fn utf16_order(a: &str, b: &str) -> Ordering {
    a.encode_utf16().cmp(b.encode_utf16())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_converted_to_the_canonical_form_and_back() {
        assert_eq!(canonical("a.b"), ".a.b");
        assert_eq!(canonical(".a.b"), ".a.b");
        assert_eq!((display_name(".a.b"), display_name("a.b")), ("a.b", "a.b"));
    }

    #[test]
    fn surrogate_pairs_come_before_the_end_of_the_basic_plane() {
        assert_eq!(utf16_order("𝄞", "\u{ffff}"), Ordering::Less);
        assert_eq!(utf16_order("a", "b"), Ordering::Less);
        assert_eq!(utf16_order("ab", "a"), Ordering::Greater);
    }
}
