//! Patterns that select descriptors by name.
//!
//! `*` stands for any run of characters, dots included, and `?` for one character; brackets are ordinary characters.
//! A pattern that begins with `.` or `*` covers the whole canonical name. Any other pattern may begin after any dot of
//! the name, and ends with the name.

use thiserror::Error;

/// Treatment of patterns that match no descriptor.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub enum Unmatched {
    /// Such a pattern is an error (default, as in the preprocessing of Gaia).
    #[default]
    Refuse,
    /// Such a pattern is listed in the result.
    Report,
}

/// Descriptors that a list of patterns selects.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Matches {
    /// Canonical names in the order of the patterns, then of the layout, without duplicates.
    pub names: Vec<String>,
    /// Patterns without a match.
    pub unmatched: Vec<UnmatchedPattern>,
}

/// Pattern that matches no descriptor.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct UnmatchedPattern {
    /// The pattern.
    pub pattern: String,
    /// Most similar canonical name; `None` if no name is similar.
    pub nearest: Option<String>,
}

/// Error of a pattern.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum PatternError {
    /// The pattern matches in different namespaces.
    #[error(
        "cannot select descriptors: ambiguous pattern `{pattern}` (expected one namespace, got {})",
        .prefixes.iter().map(|prefix| format!("`{prefix}`")).collect::<Vec<_>>().join(" and ")
    )]
    Ambiguous {
        /// The pattern.
        pattern: String,
        /// First two namespaces in which it matches.
        prefixes: [String; 2],
    },
    /// The pattern matches no descriptor.
    #[error(
        "cannot select descriptors: pattern `{pattern}` matches none{}",
        .nearest.as_ref().map(|name| format!("; the nearest is `{name}`")).unwrap_or_default()
    )]
    Unmatched {
        /// The pattern.
        pattern: String,
        /// Most similar canonical name.
        nearest: Option<String>,
    },
}

/// Similarity from which a name is proposed for a pattern.
const MIN_SIMILARITY: f64 = 0.6;

/// Selects canonical names by patterns. The pattern `*` may match nothing.
///
/// # Errors
/// If a pattern is ambiguous, or matches nothing and that is refused.
pub fn select_names<'a, P: AsRef<str>>(
    patterns: &[P],
    names: impl IntoIterator<Item = &'a str>,
    unmatched: Unmatched,
) -> Result<Matches, PatternError> {
    let names: Vec<&str> = names.into_iter().collect();
    let mut chosen = vec![false; names.len()];
    let mut matches = Matches::default();
    for pattern in patterns {
        let pattern = pattern.as_ref();
        let found = select_one(pattern, &names)?;
        if found.is_empty() && pattern != "*" {
            let nearest = nearest_name(pattern, &names);
            match unmatched {
                Unmatched::Refuse => return Err(PatternError::Unmatched { pattern: pattern.to_owned(), nearest }),
                Unmatched::Report => matches.unmatched.push(UnmatchedPattern { pattern: pattern.to_owned(), nearest }),
            }
        }
        for at in found {
            if !chosen[at] {
                chosen[at] = true;
                matches.names.push(names[at].to_owned());
            }
        }
    }
    Ok(matches)
}

/// Returns the positions of the names that one pattern matches.
fn select_one(pattern: &str, names: &[&str]) -> Result<Vec<usize>, PatternError> {
    if pattern.starts_with(['.', '*']) {
        return Ok((0..names.len()).filter(|&at| matches(pattern, names[at])).collect());
    }
    let dotted = format!(".{pattern}");
    let mut found = Vec::new();
    let mut first: Option<&str> = None;
    for (at, name) in names.iter().enumerate() {
        let starts = name.match_indices('.').map(|(start, _)| start);
        let Some(start) = starts.into_iter().find(|&start| matches(&dotted, &name[start..])) else { continue };
        let prefix = &name[..start];
        match first {
            None => first = Some(prefix),
            Some(first) if first != prefix => {
                let prefixes = [first.to_owned(), prefix.to_owned()];
                return Err(PatternError::Ambiguous { pattern: pattern.to_owned(), prefixes });
            }
            Some(_) => {}
        }
        found.push(at);
    }
    Ok(found)
}

/// Whether a pattern matches a whole text. Takes at most the product of both lengths in steps.
fn matches(pattern: &str, text: &str) -> bool {
    let (pattern, text): (Vec<char>, Vec<char>) = (pattern.chars().collect(), text.chars().collect());
    let (mut at, mut read) = (0, 0);
    let mut star: Option<(usize, usize)> = None;
    while read < text.len() {
        match pattern.get(at) {
            Some('*') => {
                star = Some((at + 1, read));
                at += 1;
            }
            Some(&one) if one == '?' || one == text[read] => {
                at += 1;
                read += 1;
            }
            _ => {
                // The last star takes one more character.
                let Some((after, taken)) = star else { return false };
                star = Some((after, taken + 1));
                (at, read) = (after, taken + 1);
            }
        }
    }
    pattern[at..].iter().all(|&one| one == '*')
}

/// Returns the name that resembles a pattern most.
fn nearest_name(pattern: &str, names: &[&str]) -> Option<String> {
    let literal = pattern.replace('*', "");
    let literal = literal.trim_matches('.');
    let similarity = |name: &str| {
        // A pattern may begin after any dot and end in a wildcard.
        let starts = name.match_indices('.').map(|(start, _)| &name[start + 1..]);
        starts.map(|part| strsim::normalized_levenshtein(literal, part)).fold(0.0, f64::max)
    };
    let best = names.iter().map(|name| (similarity(name), name)).max_by(|a, b| a.0.total_cmp(&b.0))?;
    (best.0 >= MIN_SIMILARITY).then(|| (*best.1).to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    const NAMES: [&str; 6] = [
        ".lowlevel.mfcc.cov",
        ".lowlevel.mfcc.mean",
        ".lowlevel.spectral_energyband_high.mean",
        ".metadata.tags.key",
        ".tonal.key_edma.key",
        ".tonal.x[0]",
    ];

    fn selected(pattern: &str) -> Vec<String> {
        select_names(&[pattern], NAMES, Unmatched::Refuse).unwrap().names
    }

    #[test]
    fn pattern_with_a_dot_or_star_in_front_covers_the_whole_name() {
        assert_eq!(selected(".lowlevel.mfcc.mean"), [NAMES[1]]);
        assert_eq!(selected(".lowlevel*"), NAMES[..3]);
        assert_eq!(selected("*cov"), [NAMES[0]]);
        assert_eq!(selected("*energyband*"), [NAMES[2]]);
        assert_eq!(selected("*.key"), [NAMES[3], NAMES[4]]);
        assert_eq!(selected("*"), NAMES);
        assert!(select_names(&[".lowlevel"], NAMES, Unmatched::Refuse).is_err());
    }

    #[test]
    fn other_pattern_begins_after_any_dot_and_ends_with_the_name() {
        assert_eq!(selected("mfcc*"), NAMES[..2]);
        assert_eq!(selected("lowlevel.mfcc.m?an"), [NAMES[1]]);
        assert_eq!(selected("key_edma.key"), [NAMES[4]]);
        assert_eq!(selected("x[0]"), [NAMES[5]]);
        assert!(select_names(&["mfcc"], NAMES, Unmatched::Refuse).is_err());
    }

    #[test]
    fn ambiguous_pattern_is_refused_with_both_namespaces() {
        let error = select_names(&["key"], NAMES, Unmatched::Report).unwrap_err().to_string();
        let expected = "cannot select descriptors: ambiguous pattern `key` (expected one namespace, got `.metadata.tags` and \
            `.tonal.key_edma`)";
        assert_eq!(error, expected);
    }

    #[test]
    fn unmatched_pattern_is_refused_or_reported_with_the_nearest_name() {
        let error = select_names(&["tonal.key_edm.key"], NAMES, Unmatched::Refuse).unwrap_err().to_string();
        let expected =
            "cannot select descriptors: pattern `tonal.key_edm.key` matches none; the nearest is `.tonal.key_edma.key`";
        assert_eq!(error, expected);
        let matches = select_names(&["qqqqqqqq", "mfcc.*", "*"], NAMES, Unmatched::Report).unwrap();
        assert_eq!(matches.unmatched, [UnmatchedPattern { pattern: "qqqqqqqq".into(), nearest: None }]);
        assert_eq!(matches.names, NAMES);
        assert_eq!(select_names(&["*"], [], Unmatched::Refuse).unwrap(), Matches::default());
    }

    #[test]
    fn names_keep_the_order_of_the_patterns_without_duplicates() {
        let matches = select_names(&["*.mean", "*mfcc*"], NAMES, Unmatched::Refuse).unwrap();
        assert_eq!(matches.names, [NAMES[1], NAMES[2], NAMES[0]]);
    }

    #[test]
    fn many_stars_do_not_take_exponential_time() {
        let name = format!(".{}", "a".repeat(2_000));
        let pattern = format!("*{}b", "a*".repeat(1_000));
        assert!(!matches(&pattern, &name));
        assert!(matches(&pattern.replace('b', ""), &name));
    }
}
