//! Normalization of slice bounds.

use super::axes::SliceSpec;
use super::{OpError, op_error};

/// Returns the slice of an axis of `dim` elements from `start` to before `end`. Negative bounds count from the end;
/// `None` is the first or last element in the direction of `step`.
pub(crate) fn part(dim: usize, start: Option<i64>, end: Option<i64>, step: i64) -> Result<SliceSpec, OpError> {
    if step == 0 {
        return op_error("expected a step other than 0, got 0");
    }
    let whole = dim as i64;
    let (lowest, highest) = if step > 0 { (0, whole) } else { (-1, whole - 1) };
    let place = |place: i64| if place < 0 { place.saturating_add(whole) } else { place }.clamp(lowest, highest);
    let start = start.map_or(if step > 0 { lowest } else { highest }, place);
    let end = end.map_or(if step > 0 { highest } else { lowest }, place);
    let span = if step > 0 { end - start } else { start - end };
    let count = usize::try_from(span).map_or(0, |span| (span as u64).div_ceil(step.unsigned_abs()) as usize);
    // A single element needs no step, and the given one may be very large.
    Ok((usize::try_from(start).unwrap_or(0), if count > 1 { step } else { 1 }, count))
}
