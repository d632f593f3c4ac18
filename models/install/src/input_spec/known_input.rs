//! Inputs of published networks.

use earmark_dsp::FrontEnd;
use earmark_models::Layout;

use crate::known_models::PITCH_CLASSES;

/// Number of classes of a tempo network: 30 to 285 beats per minute.
pub(super) const TEMPO_CLASSES: usize = 256;

/// Certainty of a front end that is derived from the shape of the input.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum ByShape {
    /// No other front end is in use with this shape (and number of classes).
    Unique,
    /// Other front ends have this shape, too.
    Assumed,
}

/// A front-end as Essentia uses it.
#[derive(Debug, Clone, Copy)]
pub(super) struct KnownInput {
    /// Name of Essentia's algorithm.
    pub(super) algorithm: &'static str,
    pub(super) front_end: FrontEnd,
    /// Frames in a patch.
    pub(super) frames: usize,
    /// Frames in a hop.
    pub(super) hop_frames: usize,
    pub(super) by_shape: ByShape,
    /// Whether the shape in the other layout identifies the front end, too.
    pub(super) transposed: bool,
}

impl KnownInput {
    const fn new(algorithm: &'static str, front_end: FrontEnd, frames: usize, hop_frames: usize) -> Self {
        Self { algorithm, front_end, frames, hop_frames, by_shape: ByShape::Assumed, transposed: false }
    }

    const fn unique(self) -> Self {
        Self { by_shape: ByShape::Unique, transposed: true, ..self }
    }

    /// Returns the number of classes of every network with this front end, if there is only one.
    pub(super) fn classes(&self) -> Option<usize> {
        match self.front_end {
            FrontEnd::TempoCnn => Some(TEMPO_CLASSES),
            FrontEnd::Crepe => Some(PITCH_CLASSES),
            _ => None,
        }
    }

    /// Returns the layout in which the networks are published.
    pub(super) fn usual_layout(&self) -> Layout {
        match self.front_end {
            FrontEnd::TempoCnn | FrontEnd::OpenL3Mel128 | FrontEnd::OpenL3Mel256 => Layout::BandsFrames,
            _ => Layout::FramesBands,
        }
    }
}

pub(super) const KNOWN_INPUTS: &[KnownInput] = &[
    KnownInput::new("TensorflowPredictMusiCNN", FrontEnd::MusiCnn, 187, 93).unique(),
    KnownInput::new("TensorflowPredictEffnetDiscogs", FrontEnd::MusiCnn, 128, 62),
    KnownInput::new("TensorflowPredictVGGish", FrontEnd::Vggish, 96, 93),
    // Unique together with the number of classes.
    KnownInput::new("TensorflowPredictTempoCNN", FrontEnd::TempoCnn, 256, 128).unique(),
    KnownInput::new("TempoCNN", FrontEnd::TempoCnn, 256, 128).unique(),
    KnownInput::new("TensorflowPredictFSDSINet", FrontEnd::FsdSinet, 101, 50),
    KnownInput::new("TensorflowPredictMAEST", FrontEnd::Maest, 1876, 1875),
    KnownInput::new("TensorflowPredictMAEST", FrontEnd::Maest, 1256, 1250),
    KnownInput::new("TensorflowPredictMAEST", FrontEnd::Maest, 626, 625),
    KnownInput::new("TensorflowPredictMAEST", FrontEnd::Maest, 316, 313),
    KnownInput::new("TensorflowPredictCREPE", FrontEnd::Crepe, 1, 1).unique(),
    KnownInput::new("PitchCREPE", FrontEnd::Crepe, 1, 1).unique(),
    // Essentia has no algorithm for these; the names are Earmark's. A frame of OpenL3 is a whole patch.
    KnownInput::new("OpenL3", FrontEnd::OpenL3Mel128, 1, 10),
    KnownInput::new("OpenL3", FrontEnd::OpenL3Mel256, 1, 10),
    KnownInput::new("log-mel128", FrontEnd::LogMel128, 128, 128),
];
