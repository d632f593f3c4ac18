//! Texts: pointers, web pages, JSON, graphs in text form.

use super::finding::{DOWNLOAD_AGAIN, ForeignFormat};
use crate::description_text::decode;

/// Number of bytes at the start that must be text, and in which names are searched.
const START_LEN: usize = 4_096;
/// Maximum number of quoted characters.
const MAX_QUOTED: usize = 60;

const PB_FROM_TEXT: &str = "Write it in binary form in Python: `graph = google.protobuf.text_format.Parse(open(\"FILE\").read(), \
     tensorflow.compat.v1.GraphDef())`, then `open(\"NAME.pb\", \"wb\").write(graph.SerializeToString())`.";
const ONNX_FROM_TEXT: &str =
    "Write it in binary form in Python: `onnx.save(onnx.load(\"FILE\", format=\"textproto\"), \"NAME.onnx\")`.";
const DOWNLOAD_FILE: &str =
    "Open the link in a browser, sign in if the page asks for it, and download the file itself.";
const USE_GRAPH: &str = "Use the .pb or .onnx file of the same network.";

/// Recognizes a text.
pub(super) fn recognize(bytes: &[u8]) -> Option<ForeignFormat> {
    let start = decode(&bytes[..bytes.len().min(START_LEN)]).text;
    let is_text = start.chars().all(|c| !c.is_control() || c.is_whitespace());
    if !is_text {
        return None;
    }
    let start = start.trim_start();
    pointer(start).or_else(|| web_page(start)).or_else(|| json(start)).or_else(|| graph(start)).or_else(|| {
        let what = format!("a text ({})", quoted(start.lines().next().unwrap_or_default()));
        Some(ForeignFormat::new(what, "Download the file of the network itself: .pb or .onnx."))
    })
}

/// Recognizes a Git LFS pointer.
pub(super) fn pointer(text: &str) -> Option<ForeignFormat> {
    if !text.trim_start().starts_with("version https://git-lfs") {
        return None;
    }
    let size =
        text.lines().find_map(|line| line.strip_prefix("size ")).and_then(|size| size.trim().parse::<u64>().ok());
    let size = size.map_or_else(String::new, |size| format!(" of {size} bytes"));
    let what = format!("a Git LFS pointer in place of a file{size}");
    let next_step = "Run `git lfs pull` in its repository, or download the file itself instead of its text.";
    Some(ForeignFormat::new(what, next_step))
}

/// Recognizes HTML and XML.
pub(super) fn web_page(text: &str) -> Option<ForeignFormat> {
    let text = text.trim_start_matches('\u{feff}').trim_start();
    let start: String = text.chars().take(START_LEN).collect::<String>().to_ascii_lowercase();
    if !start.starts_with('<') {
        return None;
    }
    if ["<!doctype html", "<html", "<head", "<body", "<script"].iter().any(|tag| start.starts_with(tag))
        || start.contains("<html")
    {
        let title =
            between(text, "<title>", "</title>").map_or_else(String::new, |title| format!(" ({})", quoted(title)));
        return Some(ForeignFormat::new(format!("an HTML page{title}"), DOWNLOAD_FILE));
    }
    if start.contains("<net ") {
        let next_step = "Use the .onnx file or the TensorFlow graph that it was made from.";
        return Some(ForeignFormat::new("an OpenVINO network (.xml)", next_step));
    }
    let code = between(text, "<Code>", "</Code>").map(|code| format!(" ({})", quoted(code).trim_matches('"')));
    Some(ForeignFormat::new(format!("an XML message{}", code.unwrap_or_default()), DOWNLOAD_AGAIN))
}

fn json(text: &str) -> Option<ForeignFormat> {
    if !text.starts_with(['{', '[']) {
        return None;
    }
    let has = |name: &str| text.contains(name);
    Some(if has("\"modelTopology\"") || has("\"weightsManifest\"") {
        ForeignFormat::new("a TensorFlow.js model", USE_GRAPH)
    } else if has("\"class_name\"") && has("\"config\"") {
        ForeignFormat::new("a Keras architecture without weights", "Export the model with its weights as .onnx.")
    } else {
        let next_step =
            "If it is the metadata file of a network, put both in one folder under the same name, and add the network.";
        ForeignFormat::new("a JSON text", next_step)
    })
}

/// Recognizes the text form of a graph.
fn graph(text: &str) -> Option<ForeignFormat> {
    let words: Vec<&str> = text.split_whitespace().filter(|word| !word.starts_with('#')).take(400).collect();
    let first = words.first().copied().unwrap_or_default();
    let is_block = |word: &str| {
        words.windows(2).any(|pair| pair[0] == word && pair[1].starts_with('{')) || first == format!("{word}{{")
    };
    if first.starts_with("ir_version:") || first.starts_with("<ir_version:") || text.contains("opset_import") {
        return Some(ForeignFormat::new("an ONNX file as text", ONNX_FROM_TEXT));
    }
    let is_saved_model = first.starts_with("saved_model_schema_version:") || is_block("meta_graphs");
    if is_saved_model || is_block("node") || is_block("library") || is_block("versions") {
        return Some(ForeignFormat::new("a TensorFlow graph as text (.pbtxt)", PB_FROM_TEXT));
    }
    None
}

/// Returns the text between two tags.
fn between<'a>(text: &'a str, open: &str, close: &str) -> Option<&'a str> {
    let start = text.find(open)? + open.len();
    let end = text[start..].find(close)?;
    Some(text[start..start + end].trim())
}

/// Returns the start of a text in quotation marks, without control characters.
fn quoted(text: &str) -> String {
    let plain = text.trim().chars().filter(|c| !c.is_control());
    let short: String = plain.take(MAX_QUOTED).collect();
    format!("\"{short}\"")
}
