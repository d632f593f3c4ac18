//! Segments of a stream of frames: the frames of consecutive patches.
//!
//! An incremental network reuses what it computed for earlier patches, and the bits of a sum depend on the way to it. So a
//! segment starts with patches whose predictions are dropped: as many as it takes until nothing that was computed for the
//! first of them is left.

use earmark_dsp::{Frame, FrontEnd, SourceClock};

use crate::analyzer::patch_pipeline::PatchPipeline;

/// Number of patches of a segment whose predictions are kept, at least.
const LEAST_PATCHES: usize = 32;
/// Number of kept patches per dropped patch, at least: the dropped ones cost at most 12 %.
const PATCHES_PER_DROPPED: usize = 8;

/// Frames of consecutive patches.
#[derive(Debug)]
pub(super) struct FrameSegment {
    /// Number of the cutter, and of the segment among its segments.
    pub(super) cutter: usize,
    pub(super) index: u64,
    /// Frame of the stream that is the first frame here.
    pub(super) first_frame: u64,
    /// Number of patches at the start whose predictions are dropped.
    pub(super) dropped: usize,
    /// Features of the frames that are part of a patch, one frame after the other.
    pub(super) bands: Vec<f32>,
    /// Level of every frame.
    pub(super) levels: Vec<f32>,
    /// Whether the stream ends after these frames.
    pub(super) is_last: bool,
    /// Source time when the segment was complete.
    pub(super) clock: SourceClock,
}

/// Cutter of a stream of frames into segments.
#[derive(Debug)]
pub(super) struct SegmentCutter {
    number: usize,
    pipeline: usize,
    front_end: FrontEnd,
    patch_frames: u64,
    hop: u64,
    /// Number of patches that a segment repeats, and of those that it adds.
    repeated: u64,
    added: u64,
    /// Index of the next segment, of its first frame, and of the next frame.
    index: u64,
    first_frame: u64,
    next_frame: u64,
    bands: Vec<f32>,
    levels: Vec<f32>,
}

impl SegmentCutter {
    /// Creates a cutter for the patches of `patches`, which takes the frames of the front end number `pipeline`.
    pub(super) fn new(number: usize, pipeline: usize, front_end: FrontEnd, patches: &PatchPipeline) -> Self {
        let (patch_frames, hop) = (patches.patches.patch_frames(), patches.patches.hop());
        // Layers pass values on to later frames, each by half a kernel: a quarter of a patch is more than all together.
        let lasting = patch_frames + patch_frames / 4;
        let repeated = if patches.is_incremental() && hop < patch_frames { lasting.div_ceil(hop) } else { 0 };
        Self {
            number,
            pipeline,
            front_end,
            patch_frames: patch_frames as u64,
            hop: hop as u64,
            repeated: repeated as u64,
            added: LEAST_PATCHES.max(PATCHES_PER_DROPPED * repeated) as u64,
            index: 0,
            first_frame: 0,
            next_frame: 0,
            bands: Vec::new(),
            levels: Vec::new(),
        }
    }

    /// Returns the number of the front end whose frames it takes.
    pub(super) fn pipeline(&self) -> usize {
        self.pipeline
    }

    /// Adds a frame, and returns the segment that it completes.
    pub(super) fn push(&mut self, frame: &mut Frame<'_>, clock: SourceClock) -> Option<FrameSegment> {
        if self.next_frame >= self.first_frame {
            self.levels.push(frame.level);
            if self.next_frame % self.hop < self.patch_frames {
                self.bands.extend_from_slice(frame.bands());
            }
        }
        self.next_frame += 1;
        let last_patch = (self.index + 1) * self.added - 1;
        (self.next_frame == last_patch * self.hop + self.patch_frames).then(|| self.cut(false, clock))
    }

    /// Ends the stream and returns the last segment, which may be without a patch that was not in the one before.
    pub(super) fn finish(&mut self, clock: SourceClock) -> FrameSegment {
        self.cut(true, clock)
    }

    fn cut(&mut self, is_last: bool, clock: SourceClock) -> FrameSegment {
        let first_patch = self.index * self.added;
        let dropped = first_patch.min(self.repeated);
        let next_first = ((self.index + 1) * self.added).saturating_sub(self.repeated) * self.hop;
        let gone = (next_first - self.first_frame).min(self.levels.len() as u64) as usize;
        // Frames between two patches have no features; then patches do not overlap, and no frame is repeated.
        let gone_values = (gone * self.front_end.bands()).min(self.bands.len());
        let (levels, bands) = (self.levels[gone..].to_vec(), self.bands[gone_values..].to_vec());
        let segment = FrameSegment {
            cutter: self.number,
            index: self.index,
            first_frame: self.first_frame,
            dropped: dropped as usize,
            bands: std::mem::replace(&mut self.bands, bands),
            levels: std::mem::replace(&mut self.levels, levels),
            is_last,
            clock,
        };
        (self.index, self.first_frame) = (self.index + 1, next_first);
        segment
    }
}
