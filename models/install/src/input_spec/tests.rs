//! Tests of the choice of the input.

use super::*;

fn dims(dims: &[usize]) -> Vec<Option<usize>> {
    dims.iter().map(|&dim| (dim > 0).then_some(dim)).collect()
}

fn of(metadata: &Metadata, shape: &[usize]) -> Vec<InputCandidate> {
    candidates(metadata, None, &dims(shape)).unwrap()
}

fn described(algorithm: &str) -> Metadata {
    Metadata { algorithm: algorithm.into(), ..Metadata::default() }
}

fn patches(candidate: &InputCandidate) -> Option<(FrontEnd, usize, Layout)> {
    match candidate.model_input {
        ModelInput::Patches(patches) => Some((patches.front_end, patches.frames, patches.layout)),
        ModelInput::Embedding(_) => None,
    }
}

#[test]
fn input_shape_selects_the_front_end_with_a_note_unless_it_is_unique() {
    use Layout::{BandsFrames, FramesBands};
    let cases: [(&[usize], FrontEnd, usize, Layout, usize); 13] = [
        (&[187, 96], FrontEnd::MusiCnn, 187, FramesBands, 0),
        (&[96, 187], FrontEnd::MusiCnn, 187, BandsFrames, 0),
        (&[128, 96], FrontEnd::MusiCnn, 128, FramesBands, 1),
        (&[96, 64], FrontEnd::Vggish, 96, FramesBands, 1),
        (&[96, 64, 1], FrontEnd::Vggish, 96, FramesBands, 1),
        // The normalisation is assumed.
        (&[40, 0, 1], FrontEnd::TempoCnn, 256, BandsFrames, 1),
        (&[40, 256, 1], FrontEnd::TempoCnn, 256, BandsFrames, 1),
        (&[101, 96, 1], FrontEnd::FsdSinet, 101, FramesBands, 1),
        (&[1876, 96], FrontEnd::Maest, 1876, FramesBands, 1),
        (&[316, 96], FrontEnd::Maest, 316, FramesBands, 1),
        (&[128, 199, 1], FrontEnd::OpenL3Mel128, 1, BandsFrames, 1),
        // Front end and layout.
        (&[128, 128], FrontEnd::LogMel128, 128, FramesBands, 2),
        (&[1024], FrontEnd::Crepe, 1, FramesBands, 0),
    ];
    for (shape, front_end, frames, layout, assumed) in cases {
        for algorithm in ["", "TensorflowPredict"] {
            let found = &of(&described(algorithm), shape)[0];
            assert_eq!(patches(found), Some((front_end, frames, layout)), "{shape:?}");
            assert_eq!(found.assumed.len(), assumed, "{shape:?}: {:?}", found.assumed);
        }
    }
}

#[test]
fn open_or_transposed_axis_of_another_front_end_is_not_taken() {
    for shape in [
        &[0, 128][..],
        &[128, 0],
        &[0, 96],
        &[96, 0],
        &[0, 64],
        &[96, 128],
        &[64, 96],
        &[3, 224, 224],
        &[0, 0],
        &[40, 255],
    ] {
        assert_eq!(of(&Metadata::default(), shape), [], "{shape:?}");
    }
    // The description names the front end.
    let found = of(&described("TensorflowPredictMusiCNN"), &[0, 96]);
    assert_eq!((found[0].dims.as_slice(), found[0].assumed.len()), (&[187, 96][..], 0));
    assert_eq!(of(&described("TensorflowPredictMusiCNN"), &[96, 64]), [], "another shape than that of the algorithm");
}

#[test]
fn single_axis_is_an_embedding_unless_described_as_samples() {
    for (shape, width) in [(&[200][..], 200), (&[1, 200], 200), (&[1024], 1024)] {
        let last = of(&Metadata::default(), shape).pop().unwrap();
        assert_eq!((last.model_input, last.dims.as_slice()), (ModelInput::Embedding(width), shape));
    }
    let crepe = of(&described("TensorflowPredictCREPE"), &[1024]);
    assert_eq!((crepe.len(), crepe[0].classes), (1, Some(360)));
    let head = of(&described("TensorflowPredict2D"), &[1024]);
    assert_eq!((head.len(), head[0].model_input), (1, ModelInput::Embedding(1024)));
}

#[test]
fn description_sets_front_end_frames_layout_and_normalisation() {
    let metadata = Metadata {
        front_end: Some("musicnn".into()),
        patch_frames: Some(300),
        hop_frames: Some(40),
        layout: Some(Layout::BandsFrames),
        normalisation: Some(Normalisation::Max),
        ..Metadata::default()
    };
    let found = of(&metadata, &[96, 0]);
    let expected = PatchSpec {
        front_end: FrontEnd::MusiCnn,
        frames: 300,
        hop_frames: 40,
        layout: Layout::BandsFrames,
        normalisation: Normalisation::Max,
    };
    assert_eq!((found[0].model_input, found[0].dims.as_slice()), (ModelInput::Patches(expected), &[96, 300][..]));
    assert_eq!(found[0].assumed, [""; 0]);
    // The number of frames is that of the network.
    let named = |name: &str| Metadata { front_end: Some(name.into()), ..Metadata::default() };
    assert_eq!(patches(&of(&named("vggish"), &[50, 64])[0]), Some((FrontEnd::Vggish, 50, Layout::FramesBands)));
    assert_eq!(of(&named("vggish"), &[50, 96]), []);
    assert_eq!(of(&Metadata { patch_frames: Some(usize::MAX), ..named("openl3-mel128") }, &[128, 0]), []);
    let error = candidates(&named("mp3"), None, &dims(&[96, 64])).unwrap_err().to_string();
    assert!(error.contains("expected one of musicnn, ") && error.ends_with("got mp3"), "{error}");
}
