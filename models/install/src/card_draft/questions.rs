//! Questions that a network file leaves open, in the order in which they are asked.

use std::fmt;

use earmark_dsp::FrontEnd;

use super::answers::{Answers, CONSTANTS, STATES, nested, value};
use super::shape;

/// Open question about a network.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Question {
    /// Key of the card that the answer sets.
    pub key: String,
    /// The question.
    pub text: String,
    /// Accepted answers; empty if any text or number is.
    pub choices: Vec<String>,
    /// Answer that is used if none is given.
    pub default: Option<String>,
    /// Answer that was given and is none of the choices.
    pub wrong: Option<String>,
}

impl fmt::Display for Question {
    /// Writes the sentence for a card that cannot be written because of this question.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { key, text, choices, wrong, .. } = self;
        match wrong {
            Some(wrong) => write!(f, "`{key}`: expected one of {}, got `{wrong}`. {text}.", choices.join(", ")),
            None if choices.is_empty() => write!(f, "expected an answer for `{key}`, got none. {text}."),
            None => write!(f, "expected an answer for `{key}`, got none. {text}: {}.", choices.join(", ")),
        }
    }
}

/// Kinds of features that a table describes.
const FEATURES: [&str; 6] = ["samples", "spectrum", "mel", "mfcc", "log-bands", "constant-q"];
const KINDS: [&str; 7] = ["tags", "events", "classes", "values", "tempo", "pitch", "embedding"];

/// Parameter of a front end.
struct Parameter {
    key: &'static str,
    text: &'static str,
    /// Features that have it.
    features: &'static [&'static str],
    choices: &'static [&'static str],
    default: Option<&'static str>,
}

/// Returns a parameter that is a number and has no usual value.
const fn number(key: &'static str, text: &'static str, features: &'static [&'static str]) -> Parameter {
    Parameter { key, text, features, choices: &[], default: None }
}

/// Returns a parameter with a closed set of values.
const fn choice(
    key: &'static str,
    text: &'static str,
    features: &'static [&'static str],
    choices: &'static [&'static str],
) -> Parameter {
    Parameter { key, text, features, choices, default: None }
}

impl Parameter {
    const fn usually(self, default: &'static str) -> Self {
        Self { default: Some(default), ..self }
    }
}

const SPECTRAL: &[&str] = &["spectrum", "mel", "mfcc", "log-bands"];
const COMPRESSED: &[&str] = &["spectrum", "mel", "mfcc", "log-bands", "constant-q"];
const BANDED: &[&str] = &["mel", "mfcc", "log-bands"];
const MEL: &[&str] = &["mel", "mfcc"];
const WINDOWS: &[&str] = &[
    "hann",
    "hann-symmetric",
    "sqrt-hann-symmetric",
    "hamming",
    "hamming-symmetric",
    "blackman-harris-62",
    "blackman-harris-92",
    "triangular",
    "square",
];

const PARAMETERS: [Parameter; 19] = [
    number("sample_rate", "Sample rate in Hz", &FEATURES),
    number("len", "Samples that the network takes at once", &["samples"]),
    number("hop", "Samples from one frame to the next", &FEATURES),
    number(
        "lead",
        "Zeros before the first sample in the first frame (empty: it is centred on the first sample)",
        &FEATURES,
    )
    .usually(""),
    choice("window", "Window", SPECTRAL, WINDOWS).usually("hann"),
    number("window_len", "Samples of the window", SPECTRAL),
    number("fft_len", "Samples of the FFT (empty: those of the window)", SPECTRAL).usually(""),
    choice("quantity", "Quantity of a bin", SPECTRAL, &["magnitude", "power"]),
    number("bands", "Number of mel bands", MEL),
    choice("scale", "Mel scale (librosa: slaney; torchaudio and TensorFlow: htk)", MEL, &["slaney", "htk"]),
    number("bands_per_octave", "Bands per octave", &["log-bands"]),
    number("low_hz", "Lowest frequency in Hz", &["mel", "mfcc", "log-bands", "constant-q"]),
    number("high_hz", "Highest frequency in Hz", BANDED),
    choice("norm", "Normalization of the bands (librosa: area)", BANDED, &["none", "area", "sum"]).usually("none"),
    number("bins", "Number of bins", &["constant-q"]),
    number("bins_per_octave", "Bins per octave", &["constant-q"]),
    choice("log", "Logarithm", COMPRESSED, &["none", "ln", "log10", "decibels"]).usually("none"),
    number("coefficients", "Number of coefficients", &["mfcc"]),
    number(
        "difference_frames",
        "Frames back to the frame whose difference follows the values (empty: no difference)",
        SPECTRAL,
    )
    .usually(""),
];

pub(super) fn next(answers: &Answers) -> Option<Question> {
    tensors(answers).or_else(|| outputs(answers)).or_else(|| input(answers)).or_else(|| texts(answers))
}

/// Returns a question if its key has no answer, or one that is no choice.
fn ask(answers: &Answers, key: &str, text: &str, choices: &[&str], default: Option<&str>) -> Option<Question> {
    let is_accepted = |answer: &str| choices.is_empty() || choices.contains(&answer);
    let given = answers.get(key);
    (!given.is_some_and(is_accepted)).then(|| Question {
        wrong: given.map(str::to_owned),
        key: key.to_owned(),
        text: text.to_owned(),
        choices: choices.iter().map(|&choice| choice.to_owned()).collect(),
        default: default.map(str::to_owned),
    })
}

/// Inputs other than the features.
fn tensors(answers: &Answers) -> Option<Question> {
    if answers.inputs.len() < 2 {
        return None;
    }
    let names: Vec<&str> = answers.inputs.iter().map(|info| &*info.name).collect();
    if answers.features().is_none() {
        return ask(answers, "tensors.input", "Input with the features", &names, None);
    }
    let features = answers.features().map(|info| info.name.clone())?;
    names.into_iter().filter(|name| **name != *features).find_map(|name| {
        let (constant, state) = (format!("{CONSTANTS}{name}"), format!("{STATES}{name}"));
        if answers.get(&state).is_some() {
            return None;
        }
        let text = format!(
            "Number to which the input `{name}` is set. If it is a state that is carried from patch to patch, answer \
             `{state}` with the output that has its next value instead"
        );
        ask(answers, &constant, &text, &[], None)
    })
}

/// Kind and meaning of the outputs.
fn outputs(answers: &Answers) -> Option<Question> {
    if let Some(question) = ask(answers, "kind", "What the network predicts", &KINDS, None) {
        return Some(question);
    }
    let kind = answers.get("kind").unwrap_or_default();
    let names: Vec<&str> = answers.outputs.iter().map(String::as_str).collect();
    let only = if let [only] = names[..] { Some(only) } else { None };
    let predicts = (kind != "embedding")
        .then(|| ask(answers, "tensors.activations", "Output with one value per class", &names, only))
        .flatten();
    let embeds = match kind {
        "embedding" => ask(answers, "tensors.embeddings", "Output with the embedding", &names, only),
        _ if names.len() > 1 => {
            ask(answers, "tensors.embeddings", "Output with an embedding for heads (empty: none)", &[], Some(""))
        }
        _ => None,
    };
    let has_embedding = kind == "embedding" || answers.get("tensors.embeddings").is_some_and(|name| !name.is_empty());
    let width = has_embedding.then(|| ask(answers, "embedding", "Values of the embedding", &[], None)).flatten();
    let meaning = || match kind {
        "tags" | "events" | "classes" => ask(answers, "labels", "Labels, separated by commas", &[], None),
        "values" => ask(answers, "labels", "Names of the quantities, separated by commas", &[], None)
            .or_else(|| ask(answers, "low", "Lower end of the scale", &[], None))
            .or_else(|| ask(answers, "high", "Upper end of the scale", &[], None)),
        "tempo" => ask(answers, "first_bpm", "Tempo of the first class in BPM", &[], Some("30"))
            .or_else(|| ask(answers, "classes", "Number of classes", &[], Some("256"))),
        _ => None,
    };
    predicts.or(embeds).or(width).or_else(meaning)
}

/// Front end, patches and shape of the input.
fn input(answers: &Answers) -> Option<Question> {
    if let Some(head) = answers.get("head_of").filter(|head| !head.is_empty()) {
        let text = format!("Shape of the input, such as [1, 200], of embeddings of {head}");
        return ask(answers, "input", &text, &[], None);
    }
    let name = answers.get("front_end").or_else(|| answers.get("front_end.features"));
    let Some(name) = name else {
        let named = FrontEnd::ALL.map(FrontEnd::name);
        let choices: Vec<&str> = FEATURES.into_iter().chain(named).collect();
        let text = "Features that the network takes: those of a known front end, or others that are described next";
        return ask(answers, "front_end.features", text, &choices, None);
    };
    if FEATURES.contains(&name) {
        let of_features = PARAMETERS.iter().filter(|parameter| parameter.features.contains(&name));
        let open = of_features.map(|parameter| {
            let key = format!("front_end.{}", parameter.key);
            ask(answers, &key, parameter.text, parameter.choices, parameter.default)
        });
        if let Some(question) = open.flatten().next() {
            return Some(question);
        }
        let log = answers.get("front_end.log").filter(|&log| log != "none" && !log.is_empty());
        if log.is_some() && answers.get("front_end.offset").is_none() {
            let text = "Least value before the logarithm, such as 1e-10 (or answer `front_end.offset` with a number that is added)";
            if let Some(question) = ask(answers, "front_end.floor", text, &[], None) {
                return Some(question);
            }
        }
    }
    patches(answers)
}

fn patches(answers: &Answers) -> Option<Question> {
    let mut card = toml::Table::new();
    for (key, answer) in answers.given.iter().filter(|(key, answer)| key.starts_with("front_end") && !answer.is_empty())
    {
        nested(&mut card, &key.split('.').collect::<Vec<_>>(), value(key, answer));
    }
    let named = answers.get("front_end.features").and_then(FrontEnd::from_name);
    let front_end = named.or_else(|| shape::front_end(&card));
    let dims = answers.features().and_then(|info| info.shape.clone());
    let is_frame = front_end.is_some_and(|front_end| {
        matches!(answers.get("front_end.features"), Some("samples")) || front_end == FrontEnd::Crepe
    });
    let known = front_end.zip(dims.as_deref()).and_then(|(front_end, dims)| shape::frames(front_end, dims));
    let frames = if is_frame { Some(1) } else { known }.map(|frames| frames.to_string());
    if let Some(question) = ask(answers, "patch_frames", "Frames in a patch", &[], frames.as_deref()) {
        return Some(question);
    }
    let text = "Frames from one patch to the next";
    if let Some(question) = ask(answers, "hop_frames", text, &[], is_frame.then_some("1")) {
        return Some(question);
    }
    let frames = answers.get("patch_frames").and_then(|frames| frames.parse().ok());
    let fits = match (front_end, frames, &dims) {
        (Some(front_end), Some(frames), Some(dims)) => shape::fits(front_end, frames, dims),
        _ => Vec::new(),
    };
    if fits.is_empty() {
        let layouts = ["frames-bands", "bands-frames"];
        return ask(answers, "input", "Shape of the input with a batch of 1, such as [1, 128, 96]", &[], None)
            .or_else(|| ask(answers, "layout", "Order of the values", &layouts, Some("frames-bands")));
    }
    let layouts: Vec<&str> = fits.iter().map(|(layout, _)| *layout).collect();
    (layouts.len() > 1).then(|| ask(answers, "layout", "Order of the values", &layouts, None)).flatten()
}

/// Texts for display.
fn texts(answers: &Answers) -> Option<Question> {
    let rows = "Rows of the output, if a patch gives several in order of time: \
                { count = 172, hop = 256 } with the samples from one row to the next (empty: one)";
    ask(answers, "output_rows", rows, &[], Some(""))
        .or_else(|| ask(answers, "name", "Name for display", &[], Some(&answers.id)))
        .or_else(|| ask(answers, "licence", "Licence of the weights, as an SPDX identifier", &[], Some("")))
        .or_else(|| ask(answers, "source", "Where the network was published", &[], Some("")))
}
