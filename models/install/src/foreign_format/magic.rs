//! Files with a signature at a fixed position.

use super::finding::ForeignFormat;

/// A signature: its position, its bytes, the format and the next step.
struct Signature(usize, &'static [u8], &'static str, &'static str);

const UNPACK: &str = "Unpack it, and add the network inside.";
const CONVERT_TFLITE: &str = "Convert it with `python -m tf2onnx.convert --tflite FILE --output NAME.onnx`, or use the network that \
     it was made from.";
const EXPORT_KERAS: &str = "Export it in Python: `model = keras.models.load_model(\"FILE\")`, then `model.export(\"NAME.onnx\", \
     format=\"onnx\")` or `tf2onnx.convert.from_keras(model, output_path=\"NAME.onnx\")`.";
const EXPORT_TORCH: &str =
    "Export the network in Python, where its code is: `torch.onnx.export(model, example_input, \"NAME.onnx\")`.";
const USE_ONNX: &str = "Use the .onnx file that it was made from.";
const FREEZE: &str = "Freeze the graph with its weights into one .pb file, or export it as .onnx.";
const NO_NETWORK: &str = "Name the file of the network: .pb, .onnx, or the folder of a SavedModel.";
const AUDIO: &str = "To tag it, run `earmark tag FILE`. To add a model, name the file of the network.";

const SIGNATURES: &[Signature] = &[
    Signature(0, b"\x1f\x8b", "a gzip archive (.gz or .tar.gz)", UNPACK),
    Signature(0, b"BZh", "a bzip2 archive", UNPACK),
    Signature(0, b"\xfd7zXZ\x00", "an xz archive", UNPACK),
    Signature(0, b"7z\xbc\xaf\x27\x1c", "a 7z archive", UNPACK),
    Signature(0, b"Rar!\x1a\x07", "a RAR archive", UNPACK),
    Signature(0, b"\x28\xb5\x2f\xfd", "a zstd archive", UNPACK),
    Signature(0, b"\x04\x22\x4d\x18", "an lz4 archive", UNPACK),
    Signature(257, b"ustar", "a tar archive", UNPACK),
    Signature(4, b"TFL3", "a TensorFlow Lite model", CONVERT_TFLITE),
    Signature(4, b"ORTM", "an ONNX Runtime model (.ort)", USE_ONNX),
    Signature(0, b"\x89HDF\r\n\x1a\n", "an HDF5 file (Keras .h5)", EXPORT_KERAS),
    Signature(0, b"GGUF", "a GGUF file of a language model", "Such models are not supported."),
    Signature(0, b"\x93NUMPY", "a NumPy array", NO_NETWORK),
    Signature(0, b"RIFF", "an audio file", AUDIO),
    Signature(0, b"fLaC", "an audio file", AUDIO),
    Signature(0, b"OggS", "an audio file", AUDIO),
    Signature(0, b"ID3", "an audio file", AUDIO),
    Signature(4, b"ftyp", "an audio or video file", AUDIO),
    Signature(0, b"\x89PNG", "a picture", NO_NETWORK),
    Signature(0, b"\xff\xd8\xff", "a picture", NO_NETWORK),
    Signature(0, b"GIF8", "a picture", NO_NETWORK),
    Signature(0, b"%PDF", "a PDF document", NO_NETWORK),
    Signature(0, b"\x7fELF", "a program", NO_NETWORK),
    Signature(0, b"MZ\x90", "a program", NO_NETWORK),
];

/// Last bytes of the index of a TensorFlow checkpoint, which is a table of LevelDB.
const CHECKPOINT_INDEX: &[u8] = b"\x57\xfb\x80\x8b\x24\x75\x47\xdb";

/// Number of bytes in which a name of safetensors' header is searched.
const HEADER_LEN: usize = 4_096;

/// Recognizes a signature.
pub(super) fn recognize(bytes: &[u8]) -> Option<ForeignFormat> {
    let is_at =
        |Signature(at, signature, ..): &&Signature| bytes.get(*at..).is_some_and(|rest| rest.starts_with(signature));
    if let Some(Signature(_, _, what, next_step)) = SIGNATURES.iter().find(is_at) {
        return Some(ForeignFormat::new(*what, *next_step));
    }
    // A pickle of protocol 2 to 5 starts with its number; a message of a network never starts with these bytes.
    if let [0x80, 2..=5, ..] = bytes {
        return Some(ForeignFormat::new("a Python pickle (PyTorch .pt, or a Python object)", EXPORT_TORCH));
    }
    if is_safetensors(bytes) {
        return Some(ForeignFormat::new("weights without a network (safetensors)", EXPORT_TORCH));
    }
    if bytes.ends_with(CHECKPOINT_INDEX) {
        return Some(ForeignFormat::new("the index of a TensorFlow checkpoint", FREEZE));
    }
    None
}

/// Returns the format of an archive of PyTorch, or of Keras.
pub(super) fn of_torch(is_script: bool) -> ForeignFormat {
    let what = if is_script { "a TorchScript archive (.pt)" } else { "a PyTorch file (.pt, .pth)" };
    ForeignFormat::new(what, EXPORT_TORCH)
}

pub(super) fn of_keras() -> ForeignFormat {
    ForeignFormat::new("a Keras model (.keras)", EXPORT_KERAS)
}

/// Whether the file starts with the length of a header, and the header.
fn is_safetensors(bytes: &[u8]) -> bool {
    let Some((length, rest)) = bytes.split_first_chunk() else { return false };
    let header = &rest[..rest.len().min(HEADER_LEN)];
    let has = |name: &[u8]| header.windows(name.len()).any(|part| part == name);
    u64::from_le_bytes(*length) <= rest.len() as u64
        && header.starts_with(b"{")
        && (has(b"\"dtype\"") || has(b"__metadata__"))
}
