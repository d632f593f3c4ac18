//! Comparison of the dimensions of an input with those of patches.

use earmark_models::Layout;

use super::known_input::KnownInput;

/// Layout and concrete dimensions of an input that matches.
pub(super) struct Fit {
    pub(super) layout: Layout,
    /// Dimensions without the batch.
    pub(super) dims: Vec<usize>,
    /// Whether the dimensions match in both layouts.
    pub(super) is_ambiguous: bool,
}

/// Returns the layout and the concrete dimensions of an input, if they match. `layout` is that of the description.
///
/// Only the axis of time may be open: a fixed axis is compared with the bands, and never taken for time.
pub(super) fn fits(known: &KnownInput, dims: &[Option<usize>], layout: Option<Layout>) -> Option<Fit> {
    let front_end = known.front_end;
    let (time, bands) = (known.frames.checked_mul(front_end.rows())?, front_end.bands() / front_end.rows());
    let of_layout = |layout: Layout| {
        let sides = match layout {
            Layout::FramesBands => [(time, true), (bands, false)],
            Layout::BandsFrames => [(bands, false), (time, true)],
        };
        concrete(dims, &sides)
    };
    let usual = known.usual_layout();
    let other = if usual == Layout::FramesBands { Layout::BandsFrames } else { Layout::FramesBands };
    let of = |layout: Layout| of_layout(layout).map(|dims| (layout, dims));
    let (found, dims) = match layout {
        Some(layout) => of(layout)?,
        None => of(usual).or_else(|| of(other))?,
    };
    let is_ambiguous =
        layout.is_none() && time != 1 && bands != 1 && of_layout(usual).is_some() && of_layout(other).is_some();
    Some(Fit { layout: found, dims, is_ambiguous })
}

/// Returns the concrete dimensions for the sides of a patch, each with whether it may be open. An axis of channels of
/// length 1 may be at any position.
fn concrete(dims: &[Option<usize>], sides: &[(usize, bool)]) -> Option<Vec<usize>> {
    let mut sides = sides.iter().filter(|(side, _)| *side != 1);
    let mut concrete = Vec::new();
    for dim in dims {
        concrete.push(match dim {
            Some(1) => 1,
            dim => {
                let &(side, may_be_open) = sides.next()?;
                dim.map_or(may_be_open, |dim| dim == side).then_some(side)?
            }
        });
    }
    sides.next().is_none().then_some(concrete)
}
