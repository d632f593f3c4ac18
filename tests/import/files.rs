//! Description of a file: format, inputs and outputs.

use earmark_import::{Format, Source};
use earmark_tests::reference::folder;

#[test(needs(Reference))]
fn file_description_has_format_inputs_and_outputs() {
    let folder = folder().unwrap();
    let read = |file: &str| Source::read(&folder.join("models/mtg").join(file)).unwrap();
    for (file, format, input, shape, output) in [
        (
            "original/msd-musicnn-1.pb",
            Format::TensorFlow,
            "model/Placeholder",
            &[None, Some(187), Some(96)][..],
            "model/Sigmoid",
        ),
        (
            "original/moods_mirex-msd-musicnn-1.pb",
            Format::TensorFlow,
            "serving_default_model_Placeholder",
            &[None, Some(200)],
            "PartitionedCall",
        ),
        (
            "original/genre_dortmund_saved_model",
            Format::SavedModel,
            "model/Placeholder",
            &[None, Some(187), Some(96)],
            "model/Sigmoid",
        ),
        (
            "original/genre_dortmund_saved_model/saved_model.pb",
            Format::SavedModel,
            "model/Placeholder",
            &[None, Some(187), Some(96)],
            "model/Sigmoid",
        ),
        ("original/deeptemp_k16.pb", Format::TensorFlow, "input", &[None, Some(40), None, Some(1)], "output"),
        ("original/vgg4.pb", Format::TensorFlow, "model/Placeholder", &[None, Some(128), Some(128)], "model/Softmax"),
        ("mood_sad-msd-musicnn-1.onnx", Format::Onnx, "embeddings", &[None, Some(200)], "activations"),
    ] {
        let source = read(file);
        assert_eq!(source.format(), format, "{file}");
        let inputs: Vec<_> = source.inputs().iter().map(|port| (&*port.name, port.shape.as_deref())).collect();
        assert_eq!(inputs, [(input, Some(shape))], "{file}");
        let outputs: Vec<_> = source.outputs().iter().map(|port| &*port.name).collect();
        assert!(outputs.contains(&output), "{file}: {outputs:?}");
    }
    let source = read("original/msd-musicnn-1.pb");
    assert!(source.has("model/dense/BiasAdd") && source.has("model/dense/BiasAdd:0") && !source.has("model/dense"));
    let source = read("original/moods_mirex-msd-musicnn-1.pb");
    assert!(source.has("PartitionedCall:0") && !source.has("PartitionedCall:1"));
}
