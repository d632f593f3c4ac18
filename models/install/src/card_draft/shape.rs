//! Shape of the input from the front end, the number of frames, and the dimensions in the file.

use earmark_dsp::FrontEnd;
use earmark_import::TensorInfo;
use earmark_models::{Card, ModelError};

use super::answers::Answers;

/// Returns the shape of a state: the declared one, with 1 for an open dimension.
pub(super) fn of_state(info: Option<&TensorInfo>) -> toml::Value {
    let dims = info.and_then(|info| info.shape.as_deref()).unwrap_or_default();
    toml::Value::Array(dims.iter().map(|dim| integer(dim.unwrap_or(1))).collect())
}

/// Adds the shape of the input and the layout, if the card has none.
pub(super) fn complete(answers: &Answers, card: &mut toml::Table) {
    let frames =
        card.get("patch_frames").and_then(toml::Value::as_integer).and_then(|frames| usize::try_from(frames).ok());
    let Some((front_end, frames)) = front_end(card).zip(frames) else { return };
    let Some(dims) = answers.features().and_then(|info| info.shape.as_deref()) else { return };
    let layout = card.get("layout").and_then(toml::Value::as_str);
    let found = fits(front_end, frames, dims).into_iter().find(|(name, _)| layout.is_none_or(|layout| layout == *name));
    if let Some((layout, input)) = found {
        card.entry("layout").or_insert_with(|| layout.into());
        card.entry("input").or_insert_with(|| toml::Value::Array(input.into_iter().map(integer).collect()));
    }
}

/// Returns the front end of a card, if its parameters are complete.
pub(super) fn front_end(card: &toml::Table) -> Option<FrontEnd> {
    read_front_end(card).ok()
}

/// Checks the parameters of the front end.
pub(super) fn check_front_end(card: &toml::Table) -> Result<(), ModelError> {
    read_front_end(card).map(|_| ())
}

fn read_front_end(card: &toml::Table) -> Result<FrontEnd, ModelError> {
    let only: toml::Table =
        card.get_key_value("front_end").map(|(key, value)| (key.clone(), value.clone())).into_iter().collect();
    // A part of a table always serializes.
    Card::front_end_from_toml(&toml::to_string(&only).unwrap_or_default())
}

/// Returns the layouts in which frames and bands fit the dimensions (with the batch), each with the whole shape.
pub(super) fn fits(front_end: FrontEnd, frames: usize, dims: &[Option<usize>]) -> Vec<(&'static str, Vec<usize>)> {
    let (frames, bands) = (frames * front_end.rows(), front_end.bands() / front_end.rows());
    let layouts = [("frames-bands", [frames, bands]), ("bands-frames", [bands, frames])];
    let fit = |(name, sides): (&'static str, [usize; 2])| Some((name, fill(&sides, dims)?));
    let mut found: Vec<_> = layouts.into_iter().filter_map(fit).collect();
    // A single side has the same place in both layouts.
    found.dedup_by(|a, b| a.1 == b.1);
    found
}

/// Puts the sides into the open and the equal dimensions after the batch; the others must be 1.
fn fill(sides: &[usize], dims: &[Option<usize>]) -> Option<Vec<usize>> {
    let mut sides = sides.iter().copied().filter(|&side| side != 1).peekable();
    let (first, rest) = dims.split_first()?;
    let mut shape = vec![1];
    // Without a batch axis, the first dimension belongs to the patch.
    let rest = if first.is_none_or(|batch| batch == 1) {
        rest
    } else {
        shape.clear();
        dims
    };
    for dim in rest {
        match dim {
            Some(1) => shape.push(1),
            dim => {
                let side = sides.next_if(|&side| dim.is_none_or(|dim| dim == side));
                shape.push(side.or_else(|| dim.is_none().then_some(1))?);
            }
        }
    }
    sides.next().is_none().then_some(shape)
}

/// Returns the number of frames for which the fixed dimensions leave no other choice.
pub(super) fn frames(front_end: FrontEnd, dims: &[Option<usize>]) -> Option<usize> {
    let bands = front_end.bands() / front_end.rows();
    let mut fixed: Vec<usize> = dims.iter().skip(1).flatten().copied().filter(|&dim| dim != 1).collect();
    let place = fixed.iter().position(|&dim| dim == bands)?;
    fixed.remove(place);
    let is_open = dims.iter().skip(1).any(Option::is_none);
    match fixed[..] {
        [] if !is_open => Some(1),
        [side] if side.is_multiple_of(front_end.rows()) => Some(side / front_end.rows()),
        _ => None,
    }
}

fn integer(number: usize) -> toml::Value {
    toml::Value::Integer(i64::try_from(number).unwrap_or(i64::MAX))
}
