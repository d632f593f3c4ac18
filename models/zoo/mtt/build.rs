//! Packs the networks.

fn main() -> std::io::Result<()> {
    earmark_packing::pack_files(&["mtt-musicnn.onnx", "mtt-vgg.onnx"])
}
