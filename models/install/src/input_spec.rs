//! The input of a network: derived from the name of Essentia's algorithm, or from the shape of the input.

use earmark_dsp::FrontEnd;
use earmark_models::{Layout, Normalisation};

/// The input of a network.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum ModelInput {
    /// Patches of features from a front-end.
    Patches(PatchSpec),
    /// An embedding with this number of values.
    Embedding(usize),
}

/// Front-end, size and layout of patches.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct PatchSpec {
    pub(crate) front_end: FrontEnd,
    pub(crate) frames: usize,
    pub(crate) hop_frames: usize,
    pub(crate) layout: Layout,
    pub(crate) normalisation: Normalisation,
}

/// A front-end as Essentia uses it: name of the algorithm, front-end, frames in a patch, frames in a hop.
struct KnownInput(&'static str, FrontEnd, usize, usize);

const KNOWN_INPUTS: &[KnownInput] = &[
    KnownInput("TensorflowPredictMusiCNN", FrontEnd::MusiCnn, 187, 93),
    KnownInput("TensorflowPredictEffnetDiscogs", FrontEnd::MusiCnn, 128, 62),
    KnownInput("TensorflowPredictVGGish", FrontEnd::Vggish, 96, 93),
    KnownInput("TensorflowPredictTempoCNN", FrontEnd::TempoCnn, 256, 128),
    KnownInput("TempoCNN", FrontEnd::TempoCnn, 256, 128),
    KnownInput("TensorflowPredictFSDSINet", FrontEnd::FsdSinet, 101, 50),
    KnownInput("TensorflowPredictMAEST", FrontEnd::Maest, 1876, 1875),
    KnownInput("TensorflowPredictMAEST", FrontEnd::Maest, 1256, 1250),
    KnownInput("TensorflowPredictMAEST", FrontEnd::Maest, 626, 625),
    KnownInput("TensorflowPredictMAEST", FrontEnd::Maest, 316, 313),
    KnownInput("TensorflowPredictCREPE", FrontEnd::Crepe, 1, 1),
    KnownInput("PitchCREPE", FrontEnd::Crepe, 1, 1),
    // Essentia has no algorithm for these; the names are Earmark's. A frame of OpenL3 is a whole patch.
    KnownInput("OpenL3", FrontEnd::OpenL3Mel128, 1, 10),
    KnownInput("OpenL3", FrontEnd::OpenL3Mel256, 1, 10),
    KnownInput("log-mel128", FrontEnd::LogMel128, 128, 128),
];

/// Returns the layout and the dimensions, without the batch, with which an input matches a known one.
fn fits(known: &KnownInput, dims: &[Option<usize>]) -> Option<(Layout, Vec<usize>)> {
    let KnownInput(_, front_end, frames, _) = *known;
    let natural = [frames * front_end.rows(), front_end.bands() / front_end.rows()];
    let transposed: Vec<usize> = natural.iter().rev().copied().collect();
    // An axis of channels of size 1 may be at any position.
    let real: Vec<Option<usize>> = dims.iter().copied().filter(|dim| *dim != Some(1)).collect();
    let matches = |expected: &[usize]| {
        let expected: Vec<usize> = expected.iter().copied().filter(|&dim| dim != 1).collect();
        // At most one dimension may be open: time.
        let open = real.iter().filter(|dim| dim.is_none()).count();
        let closed = |(dim, expected): (&Option<usize>, &usize)| dim.is_none_or(|dim| dim == *expected);
        real.len() == expected.len() && open < real.len().max(2) && real.iter().zip(&expected).all(closed)
    };
    let concrete = |expected: &[usize]| {
        let mut expected = expected.iter().copied().filter(|&dim| dim != 1);
        dims.iter().map(|dim| if *dim == Some(1) { 1 } else { expected.next().unwrap_or(1) }).collect()
    };
    if matches(&natural) {
        Some((Layout::FramesBands, concrete(&natural)))
    } else if matches(&transposed) {
        Some((Layout::BandsFrames, concrete(&transposed)))
    } else {
        None
    }
}

/// Returns the known input that matches these dimensions (without the batch; `None` for an open one), and its concrete
/// dimensions.
///
/// `algorithm` is the name of Essentia's algorithm, empty if unknown; `id` distinguishes models of equal shapes.
pub(crate) fn match_input(algorithm: &str, id: &str, dims: &[Option<usize>]) -> Option<(ModelInput, Vec<usize>)> {
    let is_known = KNOWN_INPUTS.iter().any(|known| known.0 == algorithm);
    let is_head = algorithm == "TensorflowPredict2D";
    let candidates = KNOWN_INPUTS.iter().filter(|known| !is_head && (!is_known || known.0 == algorithm));
    // A single axis larger than 1 is an embedding, except the samples of a pitch network.
    let axes = dims.iter().filter(|dim| **dim != Some(1)).count();
    let is_pitch = |known: &&KnownInput| known.1 != FrontEnd::Crepe || is_known || id.contains("crepe");
    for known in candidates.filter(is_pitch) {
        if let Some((layout, dims)) = fits(known, dims) {
            let KnownInput(_, front_end, frames, hop_frames) = *known;
            let normalisation = match front_end {
                FrontEnd::TempoCnn if id.contains("fcn") => Normalisation::Max,
                FrontEnd::TempoCnn | FrontEnd::Crepe => Normalisation::Standard,
                _ => Normalisation::None,
            };
            let patches = PatchSpec { front_end, frames, hop_frames, layout, normalisation };
            return Some((ModelInput::Patches(patches), dims));
        }
    }
    match dims.iter().find(|dim| **dim != Some(1)) {
        Some(&Some(width)) if axes == 1 && !is_known => {
            Some((ModelInput::Embedding(width), dims.iter().map(|dim| dim.unwrap_or(1)).collect()))
        }
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(algorithm: &str, id: &str, dims: &[usize]) -> Option<(FrontEnd, usize, Layout)> {
        let dims: Vec<_> = dims.iter().map(|&dim| (dim > 0).then_some(dim)).collect();
        match match_input(algorithm, id, &dims)? {
            (ModelInput::Patches(patches), _) => Some((patches.front_end, patches.frames, patches.layout)),
            (ModelInput::Embedding(_), _) => None,
        }
    }

    #[test]
    fn input_shape_selects_the_front_end() {
        use Layout::{BandsFrames, FramesBands};
        let cases: [(&[usize], FrontEnd, usize, Layout); 11] = [
            (&[187, 96], FrontEnd::MusiCnn, 187, FramesBands),
            (&[128, 96], FrontEnd::MusiCnn, 128, FramesBands),
            (&[96, 64], FrontEnd::Vggish, 96, FramesBands),
            (&[96, 64, 1], FrontEnd::Vggish, 96, FramesBands),
            (&[40, 0, 1], FrontEnd::TempoCnn, 256, BandsFrames),
            (&[40, 256, 1], FrontEnd::TempoCnn, 256, BandsFrames),
            (&[101, 96, 1], FrontEnd::FsdSinet, 101, FramesBands),
            (&[1876, 96], FrontEnd::Maest, 1876, FramesBands),
            (&[316, 96], FrontEnd::Maest, 316, FramesBands),
            (&[128, 199, 1], FrontEnd::OpenL3Mel128, 1, BandsFrames),
            (&[128, 128], FrontEnd::LogMel128, 128, FramesBands),
        ];
        for (dims, front_end, frames, layout) in cases {
            for algorithm in ["", "TensorflowPredict"] {
                assert_eq!(found(algorithm, "mine", dims), Some((front_end, frames, layout)), "{dims:?}");
            }
        }
        assert_eq!(found("", "crepe-tiny-1", &[1024]).map(|found| found.0), Some(FrontEnd::Crepe));
        for (dims, width) in [(&[200][..], 200), (&[1, 200], 200), (&[1024], 1024)] {
            let dims: Vec<_> = dims.iter().map(|&dim| Some(dim)).collect();
            assert_eq!(
                match_input("", "mine", &dims),
                Some((ModelInput::Embedding(width), dims.iter().flatten().copied().collect()))
            );
        }
        assert_eq!(found("", "mine", &[3, 224, 224]), None);
        assert_eq!(
            found("TensorflowPredictMusiCNN", "mine", &[96, 64]),
            None,
            "another shape than that of the algorithm"
        );
    }
}
