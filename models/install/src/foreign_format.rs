//! Recognition of files that are not networks: what the file is, and the next step.

mod archive;
mod finding;
mod magic;
mod text;
mod truncation;

use self::finding::DOWNLOAD_AGAIN;

pub(crate) use self::finding::ForeignFormat;
pub(crate) use self::truncation::{core_ml, truncated};

/// Recognizes a file by its first bytes, by the content of an archive or by its text. Returns none for a file that may be
/// a network.
pub(crate) fn recognize(bytes: &[u8]) -> Option<ForeignFormat> {
    if bytes.is_empty() {
        return Some(ForeignFormat::new("an empty file", DOWNLOAD_AGAIN));
    }
    if bytes.iter().all(|&byte| byte == 0) {
        let what = format!("a file of {} zeros", bytes.len());
        return Some(ForeignFormat::new(what, format!("The download did not finish. {DOWNLOAD_AGAIN}")));
    }
    archive::recognize(bytes).or_else(|| magic::recognize(bytes)).or_else(|| text::recognize(bytes))
}

/// Recognizes a text that is in place of a description: a web page or a Git LFS pointer.
pub(crate) fn recognize_in_place_of_text(text: &str) -> Option<ForeignFormat> {
    text::pointer(text).or_else(|| text::web_page(text))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_foreign_file_is_named_with_a_next_step() {
        let tar = [&[b'x'; 257][..], b"ustar\0", &[0; 300]].concat();
        let safetensors = [
            &60_u64.to_le_bytes()[..],
            b"{\"w\":{\"dtype\":\"F32\",\"shape\":[1],\"data_offsets\":[0,4]}}       ",
            &[0; 20],
        ]
        .concat();
        let cases: [(&[u8], &str, &str); 27] = [
            (b"", "an empty file", "Download"),
            (&[0; 50], "50 zeros", "Download"),
            (
                b"version https://git-lfs.github.com/spec/v1\noid sha256:4d7a\nsize 12345678\n",
                "a Git LFS pointer in place of a file of 12345678 bytes",
                "git lfs pull",
            ),
            (
                b"\xef\xbb\xbf\n <!DOCTYPE html>\n<html><head><title>Sign in</title>",
                "an HTML page (\"Sign in\")",
                "browser",
            ),
            (b"<HTML><body>404", "an HTML page", "browser"),
            (
                b"<?xml version=\"1.0\"?><Error><Code>AccessDenied</Code></Error>",
                "an XML message (AccessDenied)",
                "Download",
            ),
            (b"<?xml version=\"1.0\"?>\n<net name=\"a\" version=\"11\">", "OpenVINO", ".onnx"),
            (b"{\"format\": \"graph-model\", \"modelTopology\": {}}", "TensorFlow.js", ".pb"),
            (b"{\"message\": \"Not Found\"}", "a JSON text", "metadata file"),
            (b"\x1f\x8b\x08\x00\x00\x00", "a gzip archive", "Unpack"),
            (b"BZh91AY&SY", "a bzip2 archive", "Unpack"),
            (b"\xfd7zXZ\x00\x00", "an xz archive", "Unpack"),
            (b"7z\xbc\xaf\x27\x1c\x00", "a 7z archive", "Unpack"),
            (b"Rar!\x1a\x07\x00", "a RAR archive", "Unpack"),
            (&tar, "a tar archive", "Unpack"),
            (b"\x1c\x00\x00\x00TFL3\x00\x00", "TensorFlow Lite", "tf2onnx"),
            (b"\x1c\x00\x00\x00ORTM\x00\x00", "ONNX Runtime", ".onnx"),
            (b"\x89HDF\r\n\x1a\n\x00", "an HDF5 file", "tf2onnx"),
            (b"\x80\x02}q\x00", "a Python pickle", "torch.onnx.export"),
            (&safetensors, "safetensors", "torch.onnx.export"),
            (b"GGUF\x03\x00\x00\x00", "GGUF", "not supported"),
            (b"\x93NUMPY\x01\x00", "a NumPy array", "network"),
            (b"node {\n  name: \"x\"\n  op: \"Placeholder\"\n}\n", "a TensorFlow graph as text", "text_format"),
            (b"ir_version: 8\ngraph {\n node {\n", "an ONNX file as text", "onnx.save"),
            (b"fLaC\x00\x00\x00\x22", "an audio file", "earmark tag"),
            (b"\x7fELF\x02\x01", "a program", "network"),
            (b"just some words\nand more of them\n", "a text (\"just some words\")", "Download"),
        ];
        for (bytes, what, next_step) in cases {
            let found = recognize(bytes).unwrap_or_else(|| panic!("expected {what}, got none"));
            assert!(found.what.contains(what), "expected {what}, got {found:?}");
            assert!(found.next_step.contains(next_step) && found.next_step.ends_with('.'), "{what}: {found:?}");
        }
    }

    #[test]
    fn start_of_a_network_is_not_recognized_as_foreign() {
        let networks: [&[u8]; 4] = [
            b"\x08\x08\x12\x07earmark\x3a\x04\x0a\x02\x0a\x00",
            b"\x0a\x16\x0a\x01x\x12\x0bPlaceholder\x2a\x04\x0a\x00\x12\x00",
            b"\x08\x01\x12\x04\x12\x02\x0a\x00",
            b"\x3a\x04\x0a\x02\x0a\x00\x42\x02\x10\x0d",
        ];
        for bytes in networks {
            assert_eq!(recognize(bytes), None);
        }
    }

    #[test]
    fn changed_bytes_never_panic() {
        let mut state = 7_u64;
        let mut random = move |below: usize| {
            state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            (state >> 33) as usize % below
        };
        let starts: [&[u8]; 6] = [
            b"PK\x03\x04",
            b"PK\x05\x06",
            b"<?xml <Error><Code>",
            b"version https://git-lfs",
            b"{\"modelTopology\"",
            b"\x08\x08\x3a\xff",
        ];
        for _ in 0..20_000 {
            let mut bytes = starts[random(starts.len())].to_vec();
            bytes.extend((0..random(120)).map(|_| random(256) as u8));
            if random(2) == 0 {
                bytes.extend_from_slice(b"PK\x05\x06");
                bytes.extend((0..18).map(|_| (random(3) * random(256)) as u8));
            }
            let _ = (recognize(&bytes), truncated(&bytes), core_ml(&bytes));
        }
    }
}
