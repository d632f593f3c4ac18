//! Id of a model, made from the name of its file.

use std::fs;
use std::path::Path;

/// Maximum number of bytes of an id.
const MAX_LEN: usize = 100;
/// Number of hexadecimal digits of the hash in an id that the name alone cannot give.
const HASH_LEN: usize = 8;

/// Whether a text is an id: letters, digits, `-`, `_` and `.`, at most 100 of them, without a dot at either end.
pub(crate) fn is_id(text: &str) -> bool {
    let is_plain = |c: char| c.is_ascii_alphanumeric() || "-_.".contains(c);
    !text.is_empty()
        && text.len() <= MAX_LEN
        && !text.starts_with('.')
        && !text.ends_with('.')
        && text.chars().all(is_plain)
}

/// Returns the name of a network without the extension of its file. The name of `.` is that of the folder it stands for.
pub(crate) fn file_name(path: &Path) -> String {
    let name = |path: &Path| if path.is_dir() { path.file_name() } else { path.file_stem() }.map(ToOwned::to_owned);
    let found = name(path).or_else(|| name(&fs::canonicalize(path).ok()?));
    found.map(|name| name.to_string_lossy().into_owned()).unwrap_or_default()
}

/// Returns the name without the number that browsers append to a second download, such as ` (1)`.
pub(crate) fn without_copy_number(name: &str) -> &str {
    let number = name.strip_suffix(')').and_then(|name| name.rsplit_once('('));
    match number {
        Some((before, number)) if !number.is_empty() && number.bytes().all(|byte| byte.is_ascii_digit()) => {
            before.trim_end()
        }
        _ => name,
    }
}

/// Returns the id for a name: the name itself if it is an id. Otherwise other characters become `-`; a name that is too
/// long or has no letter ends in a part of the file's SHA-256.
pub(crate) fn id_of(name: &str, sha256: &str) -> String {
    if is_id(name) {
        return name.to_owned();
    }
    let hash = &sha256[..sha256.len().min(HASH_LEN)];
    let is_plain = |c: char| c.is_ascii_alphanumeric() || "_.".contains(c);
    let parts = without_copy_number(name).split(|c| !is_plain(c)).filter(|part| !part.is_empty());
    let id = parts.collect::<Vec<_>>().join("-");
    let id = id.trim_matches(['.', '-', '_']);
    match id.len() {
        0 => format!("model-{hash}"),
        1..=MAX_LEN => id.to_owned(),
        _ => format!("{}-{hash}", id[..MAX_LEN - HASH_LEN - 1].trim_end_matches(['.', '-', '_'])),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_name_gives_an_id() {
        let long = "x".repeat(150);
        for (name, id) in [
            ("mood_sad-msd-musicnn-1", "mood_sad-msd-musicnn-1"),
            ("17_my model (1)", "17_my-model"),
            ("msd-musicnn-1 (2)", "msd-musicnn-1"),
            ("msd-musicnn-1(2)", "msd-musicnn-1"),
            ("Größe der Musik", "Gr-e-der-Musik"),
            ("網路", "model-01234567"),
            ("", "model-01234567"),
            ("..", "model-01234567"),
            (".hidden", "hidden"),
            ("a/b\\c", "a-b-c"),
            ("(1)", "model-01234567"),
            (&long, &format!("{}-01234567", "x".repeat(91))),
        ] {
            let got = id_of(name, "0123456789abcdef");
            assert!(got == id && is_id(&got), "{name}: expected {id}, got {got}");
        }
    }

    #[test]
    fn current_folder_has_the_name_of_its_folder() {
        let folder = fs::canonicalize(".").unwrap();
        assert_eq!(file_name(Path::new(".")), folder.file_name().unwrap().to_string_lossy());
        assert_eq!(file_name(Path::new("/nowhere/a.b.onnx")), "a.b");
    }
}
