//! How audio becomes what a network takes: found from Essentia's name for it, or from the shape of its input.

use earmark_dsp::FrontEnd;
use earmark_models::{Layout, Normalisation};

/// What a network takes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Takes {
    /// Patches of a front-end.
    Patches(Patches),
    /// An embedding of so many values.
    Embedding(usize),
}

/// Patches of a front-end.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Patches {
    pub(crate) front_end: FrontEnd,
    pub(crate) frames: usize,
    pub(crate) hop_frames: usize,
    pub(crate) layout: Layout,
    pub(crate) normalisation: Normalisation,
}

/// A front-end as Essentia uses it: its algorithm's name, frames of a patch, and of a hop.
struct Use(&'static str, FrontEnd, usize, usize);

const USES: &[Use] = &[
    Use("TensorflowPredictMusiCNN", FrontEnd::MusiCnn, 187, 93),
    Use("TensorflowPredictEffnetDiscogs", FrontEnd::MusiCnn, 128, 62),
    Use("TensorflowPredictVGGish", FrontEnd::Vggish, 96, 93),
    Use("TensorflowPredictTempoCNN", FrontEnd::TempoCnn, 256, 128),
    Use("TempoCNN", FrontEnd::TempoCnn, 256, 128),
    Use("TensorflowPredictFSDSINet", FrontEnd::FsdSinet, 101, 50),
    Use("TensorflowPredictMAEST", FrontEnd::Maest, 1876, 1875),
    Use("TensorflowPredictMAEST", FrontEnd::Maest, 1256, 1250),
    Use("TensorflowPredictMAEST", FrontEnd::Maest, 626, 625),
    Use("TensorflowPredictMAEST", FrontEnd::Maest, 316, 313),
    Use("TensorflowPredictCREPE", FrontEnd::Crepe, 1, 1),
    Use("PitchCREPE", FrontEnd::Crepe, 1, 1),
    // For these there is no algorithm: `TensorflowPredict` takes whatever it is given. A frame of OpenL3 is a patch.
    Use("OpenL3", FrontEnd::OpenL3Mel128, 1, 10),
    Use("OpenL3", FrontEnd::OpenL3Mel256, 1, 10),
    Use("log-mel128", FrontEnd::LogMel128, 128, 128),
];

/// The sides of an input, without its batch, that `takes` describes.
fn fits(use_: &Use, sides: &[Option<usize>]) -> Option<(Layout, Vec<usize>)> {
    let Use(_, front_end, frames, _) = *use_;
    let natural = [frames * front_end.rows(), front_end.bands() / front_end.rows()];
    let turned: Vec<usize> = natural.iter().rev().copied().collect();
    // An axis of channels, of 1, may stand anywhere.
    let real: Vec<Option<usize>> = sides.iter().copied().filter(|side| *side != Some(1)).collect();
    let matches = |expected: &[usize]| {
        let expected: Vec<usize> = expected.iter().copied().filter(|&side| side != 1).collect();
        // Of open sides only one is put up with: that of time.
        let open = real.iter().filter(|side| side.is_none()).count();
        let closed = |(side, expected): (&Option<usize>, &usize)| side.is_none_or(|side| side == *expected);
        real.len() == expected.len() && open < real.len().max(2) && real.iter().zip(&expected).all(closed)
    };
    let concrete = |expected: &[usize]| {
        let mut expected = expected.iter().copied().filter(|&side| side != 1);
        sides.iter().map(|side| if *side == Some(1) { 1 } else { expected.next().unwrap_or(1) }).collect()
    };
    if matches(&natural) {
        Some((Layout::FramesBands, concrete(&natural)))
    } else if matches(&turned) {
        Some((Layout::BandsFrames, concrete(&turned)))
    } else {
        None
    }
}

/// What takes inputs of these sides (without the batch; `None` for an open one), and the sides that it gives them.
///
/// `algorithm` is Essentia's name for it, if that is known; `id` tells apart what shapes do not.
pub(crate) fn match_input(algorithm: &str, id: &str, sides: &[Option<usize>]) -> Option<(Takes, Vec<usize>)> {
    let is_known = USES.iter().any(|use_| use_.0 == algorithm);
    let is_head = algorithm == "TensorflowPredict2D";
    let uses = USES.iter().filter(|use_| !is_head && (!is_known || use_.0 == algorithm));
    // A single axis is a head's, but for the samples of a pitch network.
    let axes = sides.iter().filter(|side| **side != Some(1)).count();
    let is_pitch = |use_: &&Use| use_.1 != FrontEnd::Crepe || is_known || id.contains("crepe");
    for use_ in uses.filter(is_pitch) {
        if let Some((layout, sides)) = fits(use_, sides) {
            let Use(_, front_end, frames, hop_frames) = *use_;
            let normalisation = match front_end {
                FrontEnd::TempoCnn if id.contains("fcn") => Normalisation::Max,
                FrontEnd::TempoCnn | FrontEnd::Crepe => Normalisation::Standard,
                _ => Normalisation::None,
            };
            let patches = Patches { front_end, frames, hop_frames, layout, normalisation };
            return Some((Takes::Patches(patches), sides));
        }
    }
    match sides.iter().find(|side| **side != Some(1)) {
        Some(&Some(width)) if axes == 1 && !is_known => {
            Some((Takes::Embedding(width), sides.iter().map(|side| side.unwrap_or(1)).collect()))
        }
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(algorithm: &str, id: &str, sides: &[usize]) -> Option<(FrontEnd, usize, Layout)> {
        let sides: Vec<_> = sides.iter().map(|&side| (side > 0).then_some(side)).collect();
        match match_input(algorithm, id, &sides)? {
            (Takes::Patches(patches), _) => Some((patches.front_end, patches.frames, patches.layout)),
            (Takes::Embedding(_), _) => None,
        }
    }

    #[test]
    fn a_shape_says_which_front_end_it_is_for() {
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
        for (sides, front_end, frames, layout) in cases {
            for algorithm in ["", "TensorflowPredict"] {
                assert_eq!(found(algorithm, "mine", sides), Some((front_end, frames, layout)), "{sides:?}");
            }
        }
        assert_eq!(found("", "crepe-tiny-1", &[1024]).map(|found| found.0), Some(FrontEnd::Crepe));
        for (sides, width) in [(&[200][..], 200), (&[1, 200], 200), (&[1024], 1024)] {
            let sides: Vec<_> = sides.iter().map(|&side| Some(side)).collect();
            assert_eq!(
                match_input("", "mine", &sides),
                Some((Takes::Embedding(width), sides.iter().flatten().copied().collect()))
            );
        }
        assert_eq!(found("", "mine", &[3, 224, 224]), None);
        assert_eq!(found("TensorflowPredictMusiCNN", "mine", &[96, 64]), None, "its algorithm says otherwise");
    }
}
