//! The input of a network: derived from its description, or from the shape of the input and the number of classes.

mod fit;
mod known_input;

use earmark_dsp::FrontEnd;
use earmark_models::{Layout, Normalisation};

use self::fit::{Fit, fits};
use self::known_input::{ByShape, KNOWN_INPUTS, KnownInput};
use crate::published::{Evidence, Published};
use crate::{InstallError, Metadata};

/// The input of a network.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) enum ModelInput {
    /// Patches of features from a front-end.
    Patches(PatchSpec),
    /// An embedding with this number of values.
    Embedding(usize),
}

/// Front-end, size and layout of patches.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct PatchSpec {
    pub(crate) front_end: FrontEnd,
    pub(crate) frames: usize,
    pub(crate) hop_frames: usize,
    pub(crate) layout: Layout,
    pub(crate) normalisation: Normalisation,
}

/// A possible input of a network.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct InputCandidate {
    pub(crate) model_input: ModelInput,
    /// Concrete dimensions of the input, without the batch.
    pub(crate) dims: Vec<usize>,
    /// Number of classes that a network with this input has, if there is only one.
    pub(crate) classes: Option<usize>,
    /// Sentences about what was assumed.
    pub(crate) assumed: Vec<String>,
}

/// Returns the possible inputs for these dimensions (without the batch; `None` for an open one), the best first. The list is
/// empty if there is none.
///
/// The name of the file has no influence: the same file under another name is the same network.
///
/// # Errors
/// [`InstallError::Mismatch`] if the front end of the description does not exist.
pub(crate) fn candidates(
    metadata: &Metadata,
    published: Option<&Published<'_>>,
    dims: &[Option<usize>],
) -> Result<Vec<InputCandidate>, InstallError> {
    let algorithm = metadata.algorithm.as_str();
    let is_known = KNOWN_INPUTS.iter().any(|known| known.algorithm == algorithm);
    let described = metadata.front_end.as_deref().map(front_end).transpose()?;
    let patches: Vec<_> = match described {
        Some(front_end) => described_patches(metadata, published, front_end, dims).into_iter().collect(),
        None if algorithm == "TensorflowPredict2D" => Vec::new(),
        None if is_known => {
            let known = KNOWN_INPUTS.iter().filter(|known| known.algorithm == algorithm);
            known.filter_map(|known| of_known(metadata, published, known, dims, true)).take(1).collect()
        }
        None => {
            let is_certain = published.is_some_and(Published::is_certain);
            let found = KNOWN_INPUTS.iter().filter_map(|known| of_known(metadata, published, known, dims, is_certain));
            found.take(1).collect()
        }
    };
    // A single axis longer than 1 is an embedding, except the samples of a pitch network.
    let axes: Vec<_> = dims.iter().filter(|dim| **dim != Some(1)).collect();
    let embedding = match axes[..] {
        [&Some(width)] if !is_known && described.is_none() => Some(InputCandidate {
            model_input: ModelInput::Embedding(width),
            dims: dims.iter().map(|dim| dim.unwrap_or(1)).collect(),
            classes: None,
            assumed: Vec::new(),
        }),
        _ => None,
    };
    Ok(patches.into_iter().chain(embedding).collect())
}

fn front_end(name: &str) -> Result<FrontEnd, InstallError> {
    let known = FrontEnd::ALL.map(FrontEnd::name).join(", ");
    FrontEnd::from_name(name).ok_or_else(|| InstallError::mismatch("`front_end`", format!("one of {known}"), name))
}

/// Returns the patches of the front end in the metadata file.
fn described_patches(
    metadata: &Metadata,
    published: Option<&Published<'_>>,
    front_end: FrontEnd,
    dims: &[Option<usize>],
) -> Option<InputCandidate> {
    let usual: Vec<_> = KNOWN_INPUTS.iter().filter(|known| known.front_end == front_end).collect();
    let fixed = dims.iter().flatten().copied().filter(|&dim| dim != 1 && dim % front_end.rows() == 0);
    let frames = metadata
        .patch_frames
        .into_iter()
        .chain(usual.iter().map(|known| known.frames))
        .chain(fixed.map(|dim| dim / front_end.rows()).filter(|&frames| frames > 0));
    frames.filter(|frames| metadata.patch_frames.is_none_or(|described| described == *frames)).find_map(|frames| {
        let hop_frames =
            usual.iter().find(|known| known.frames == frames).map_or(frames.div_ceil(2), |known| known.hop_frames);
        let known =
            KnownInput { algorithm: "", front_end, frames, hop_frames, by_shape: ByShape::Unique, transposed: true };
        of_known(metadata, published, &known, dims, true)
    })
}

/// Returns the patches of a known input, if the dimensions match. `is_certain`: whether the description or the hash
/// names the front end.
fn of_known(
    metadata: &Metadata,
    published: Option<&Published<'_>>,
    known: &KnownInput,
    dims: &[Option<usize>],
    is_certain: bool,
) -> Option<InputCandidate> {
    let mut assumed = Vec::new();
    let Fit { layout, dims: concrete, is_ambiguous } = fits(known, dims, metadata.layout)?;
    let is_open = dims.iter().any(Option::is_none);
    if !is_certain {
        let may_be_open = known.classes().is_some();
        if (is_open && !may_be_open) || (layout != known.usual_layout() && !known.transposed) {
            return None;
        }
        if known.by_shape == ByShape::Assumed {
            assumed.push(format!(
                "the front end is {} at {} Hz, because of the input of {}; if that is wrong, name it in the metadata file: \
                 \"inference\": {{\"front_end\": ...}}",
                known.front_end.name(),
                known.front_end.rate().hz(),
                sides(&concrete)
            ));
        }
    }
    if is_ambiguous && published.is_none_or(|published| published.evidence != Evidence::Hash) {
        assumed.push(
            "the input is frame by frame; if it is band by band, state it in the metadata file: \"inference\": {\"layout\": \
             \"bands-frames\"}"
                .to_owned(),
        );
    }
    let normalisation = normalisation(metadata, published, known.front_end, &mut assumed);
    let KnownInput { front_end, frames, hop_frames, .. } = *known;
    let hop_frames = metadata.hop_frames.unwrap_or(hop_frames);
    let patches = PatchSpec { front_end, frames, hop_frames, layout, normalisation };
    Some(InputCandidate {
        model_input: ModelInput::Patches(patches),
        dims: concrete,
        classes: known.classes(),
        assumed,
    })
}

/// Returns the normalisation of patches: of the description, of a file with a known hash, or that of Essentia's algorithm.
fn normalisation(
    metadata: &Metadata,
    published: Option<&Published<'_>>,
    front_end: FrontEnd,
    assumed: &mut Vec<String>,
) -> Normalisation {
    let certain = published.filter(|published| published.is_certain()).and_then(|published| published.normalisation());
    if let Some(normalisation) = metadata.normalisation.or(certain) {
        return normalisation;
    }
    match front_end {
        FrontEnd::TempoCnn => {
            if !metadata.algorithm.ends_with("TempoCNN") {
                assumed.push(
                    "each patch is normalised to mean 0 and deviation 1, as for the tempo networks deeptemp, deepsquare and \
                     shallowtemp; networks such as fcn and ismir2018 need \"inference\": {\"normalisation\": \"max\"} in the \
                     metadata file"
                        .to_owned(),
                );
            }
            Normalisation::Standard
        }
        FrontEnd::Crepe => Normalisation::Standard,
        _ => Normalisation::None,
    }
}

/// Returns dimensions as text, such as `187 x 96`.
pub(crate) fn sides(dims: &[usize]) -> String {
    dims.iter().map(ToString::to_string).collect::<Vec<_>>().join(" x ")
}

/// Returns dimensions as text, with `?` for an open one.
pub(crate) fn open_sides(dims: &[Option<usize>]) -> String {
    dims.iter().map(|dim| dim.map_or("?".to_owned(), |dim| dim.to_string())).collect::<Vec<_>>().join(" x ")
}

#[cfg(test)]
mod tests;
