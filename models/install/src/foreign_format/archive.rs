//! Zip archives: the format is derived from the names of their files.

use super::finding::{DOWNLOAD_AGAIN, ForeignFormat};
use super::magic;

/// Length of the record at the end of an archive, without its comment.
const END_LEN: usize = 22;
/// Maximum length of the comment.
const MAX_COMMENT_LEN: usize = u16::MAX as usize;
/// Length of an entry in the directory, without its names.
const ENTRY_LEN: usize = 46;
/// Maximum number of entries that are read.
const MAX_ENTRIES: usize = 10_000;

/// Recognizes an archive.
pub(super) fn recognize(bytes: &[u8]) -> Option<ForeignFormat> {
    if !bytes.starts_with(b"PK\x03\x04") && !bytes.starts_with(b"PK\x05\x06") {
        return None;
    }
    let Some(names) = names(bytes) else {
        let what = "a zip archive that ends early";
        return Some(ForeignFormat::new(what, format!("The download did not finish. {DOWNLOAD_AGAIN}")));
    };
    let has = |is: &dyn Fn(&str) -> bool| names.iter().any(|name| is(name));
    Some(match () {
        () if has(&|name| name == "config.json") && has(&|name| name == "model.weights.h5") => magic::of_keras(),
        () if has(&|name| name.ends_with("data.pkl")) => magic::of_torch(has(&|name| name.contains("/code/"))),
        () if has(&|name| name.contains(".mlmodel") || name.contains("com.apple.CoreML")) => {
            ForeignFormat::new("a Core ML model", "Use the network that it was made from, as .onnx or .pb.")
        }
        () if !names.is_empty() && names.iter().all(|name| name.ends_with(".npy")) => {
            ForeignFormat::new("an archive of NumPy arrays (.npz)", "Name the file of the network: .pb or .onnx.")
        }
        () => zip(&names),
    })
}

/// Describes an archive of any files, with the network inside if there is one.
fn zip(names: &[String]) -> ForeignFormat {
    let network =
        names.iter().find(|name| [".onnx", ".pb", ".history"].iter().any(|extension| name.ends_with(extension)));
    match network {
        Some(name) => {
            let name: String = name.chars().filter(|c| !c.is_control()).take(100).collect();
            let what = if name.ends_with("saved_model.pb") { "its folder" } else { "that file" };
            ForeignFormat::new(format!("a zip archive with `{name}`"), format!("Unpack it, and add {what}."))
        }
        None => {
            let what = format!("a zip archive of {} files without a network", names.len());
            ForeignFormat::new(what, "Unpack it, and add the network (.pb, .onnx, or the folder of a SavedModel).")
        }
    }
}

/// Returns the names of the files in the archive; none if its directory is missing.
fn names(bytes: &[u8]) -> Option<Vec<String>> {
    let from = bytes.len().saturating_sub(END_LEN + MAX_COMMENT_LEN);
    let end = bytes[from..].windows(4).rposition(|part| part == b"PK\x05\x06").map(|at| from + at)?;
    let number = |at: usize, len: usize| {
        let part = bytes.get(at..at.checked_add(len)?)?;
        Some(part.iter().rev().fold(0_usize, |number, &byte| number << 8 | usize::from(byte)))
    };
    let mut at = number(end + 16, 4)?;
    let mut names = Vec::new();
    while names.len() < MAX_ENTRIES && bytes.get(at..).is_some_and(|rest| rest.starts_with(b"PK\x01\x02")) {
        let (name_len, extra_len, comment_len) = (number(at + 28, 2)?, number(at + 30, 2)?, number(at + 32, 2)?);
        let name = bytes.get(at + ENTRY_LEN..at + ENTRY_LEN + name_len)?;
        names.push(String::from_utf8_lossy(name).into_owned());
        at += ENTRY_LEN + name_len + extra_len + comment_len;
    }
    Some(names)
}
