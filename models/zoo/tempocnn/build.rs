//! Packs the networks.

fn main() -> std::io::Result<()> {
    earmark_packing::pack_files(&["tempocnn-deepsquare-k8.onnx", "tempocnn-deeptemp-k8.onnx", "tempocnn-fcn.onnx"])
}
