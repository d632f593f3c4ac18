//! Packs the networks.

fn main() -> std::io::Result<()> {
    earmark_packing::pack_files(&["msd-musicnn.onnx", "msd-vgg.onnx"])
}
