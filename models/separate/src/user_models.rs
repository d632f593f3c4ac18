//! Added models of stems: a network file and its card in a folder.

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use earmark_models::sha256;
use serde::{Deserialize, Serialize};

use crate::engine_network::{EngineNetwork, StemLayout};
use crate::model::StemModel;
use crate::{BINS, FRAME_LEN, HOP, SeparateError};

/// Folder of models of stems in the folder of added models.
const FOLDER: &str = "stems";
/// Maximum size of a card in bytes.
const MAX_CARD_LEN: u64 = 1 << 20;

/// Card of an added model of stems, stored beside the network as `<id>.toml`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct StemCard {
    /// Id of the model: the name of its files.
    pub id: String,
    /// Display name.
    pub name: String,
    /// Kind of the model: `stems`.
    pub kind: String,
    /// Names of the stems: the outputs of the network, in order.
    pub stems: Vec<String>,
    /// Stem that is the mix minus all other stems (default: the last one).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub residual: Option<String>,
    /// Axes of the input and of the outputs (default `channels-frames-bins`).
    #[serde(default)]
    pub layout: StemLayout,
    /// Sample rate of the mix in Hz: 44,100.
    pub rate: u32,
    /// Length of a frame in samples: 4096.
    pub frame: usize,
    /// Distance between frames in samples: 1024.
    pub hop: usize,
    /// Number of bins of the input: 1024.
    pub bins: usize,
    /// Window of the frames: `hann-periodic`.
    pub window: String,
    /// SPDX identifier of the licence of the weights.
    pub licence: String,
    /// Publication of the weights.
    pub source: String,
    /// Paper to cite.
    #[serde(default)]
    pub citation: String,
    /// Description.
    #[serde(default)]
    pub description: String,
    /// SHA-256 of the network file in hexadecimal digits.
    pub sha256: String,
}

impl StemCard {
    /// Parses a card.
    ///
    /// # Errors
    /// If the text is no card, or describes a signal path other than that of Spleeter.
    pub fn from_toml(text: &str) -> Result<Self, SeparateError> {
        let card: Self = toml::from_str(text.trim_start_matches('\u{feff}')).map_err(|error| {
            let (expected, got) = ("a card of stems".to_owned(), error.message().to_owned());
            SeparateError::Setting { what: "card", expected, got }
        })?;
        card.check()?;
        Ok(card)
    }

    /// Whether a text looks like the card of a model of stems: `kind = "stems"`.
    fn is_card(text: &str) -> bool {
        let table: Result<toml::Table, _> = text.parse();
        table.is_ok_and(|table| table.get("kind").and_then(toml::Value::as_str) == Some("stems"))
    }

    fn check(&self) -> Result<(), SeparateError> {
        let plain = |name: &str| {
            !name.is_empty()
                && !name.starts_with('.')
                && name.chars().all(|c| c.is_ascii_alphanumeric() || "-_.".contains(c))
        };
        let wrong =
            |what: &'static str, expected: String, got: String| Err(SeparateError::Setting { what, expected, got });
        if self.kind != "stems" {
            return wrong("kind of the card", "stems".into(), self.kind.clone());
        }
        // Names become file names.
        let names = || [&self.id].into_iter().chain(&self.stems);
        if let Some(name) = names().find(|name| !plain(name)) {
            return wrong("name in the card", "letters, digits, `-`, `_` and `.`".into(), name.clone());
        }
        for (what, expected, got) in [
            ("rate of the card", 44_100, self.rate as usize),
            ("frame of the card", FRAME_LEN, self.frame),
            ("hop of the card", HOP, self.hop),
            ("bins of the card", BINS, self.bins),
        ] {
            if expected != got {
                return wrong(what, expected.to_string(), got.to_string());
            }
        }
        if self.window != "hann-periodic" {
            return wrong("window of the card", "hann-periodic".into(), self.window.clone());
        }
        Ok(())
    }

    /// Creates the model of a network file, which must have the hash of the card.
    fn model(&self, onnx: Vec<u8>) -> Result<(StemModel, Arc<EngineNetwork>), SeparateError> {
        let hash = sha256(&onnx);
        if hash != self.sha256 {
            let (what, expected, got) = ("sha256 of the network", self.sha256.clone(), hash);
            return Err(SeparateError::Setting { what, expected, got });
        }
        let outputs: Vec<&str> = self.stems.iter().map(String::as_str).collect();
        let network = Arc::new(EngineNetwork::new(onnx, &outputs, self.layout));
        let residual = self.residual.as_deref().or(outputs.last().copied()).unwrap_or_default();
        let model = StemModel::new(self.id.as_str(), &outputs, residual, vec![Arc::clone(&network) as _])?;
        Ok((model.with_sha256(vec![hash]), network))
    }
}

/// Whether the card beside a network file (`<name>.toml`) describes stems.
#[must_use]
pub fn is_network(path: &Path) -> bool {
    read_card(&path.with_extension("toml")).is_ok_and(|text| StemCard::is_card(&text))
}

/// Checks an ONNX network with the card beside it (`<name>.toml`): loads it and runs it once. Returns its card and its
/// bytes. Takes up to seconds.
///
/// # Errors
/// If a file cannot be read, or the network contradicts the card.
pub fn check_file(path: &Path) -> Result<(StemCard, Vec<u8>), SeparateError> {
    let card = StemCard::from_toml(&read_card(&path.with_extension("toml"))?)?;
    let onnx = fs::read(path).map_err(|error| file_error(path, &error))?;
    let (_, network) = card.model(onnx.clone())?;
    network.check()?;
    Ok((card, onnx))
}

/// Adds a checked network to the folder of added models.
///
/// # Errors
/// If a file cannot be written.
pub fn add(folder: &Path, card: &StemCard, onnx: &[u8]) -> Result<(), SeparateError> {
    let (network, text) = paths(folder, &card.id);
    let toml = toml::to_string(card).map_err(|error| {
        let (expected, got) = ("values that TOML can express".to_owned(), error.to_string());
        SeparateError::Setting { what: "card", expected, got }
    })?;
    let write = |path: &Path, bytes: &[u8]| fs::write(path, bytes).map_err(|error| file_error(path, &error));
    let below = folder.join(FOLDER);
    fs::create_dir_all(&below).map_err(|error| file_error(&below, &error))?;
    write(&network, onnx)?;
    write(&text, toml.as_bytes())
}

/// Returns the cards of the added models of stems, sorted by id; files that are no cards are left out.
#[must_use]
pub fn cards(folder: &Path) -> Vec<StemCard> {
    let files = fs::read_dir(folder.join(FOLDER)).into_iter().flatten().flatten().map(|entry| entry.path());
    let texts = files.filter(|path| path.extension().is_some_and(|extension| extension == "toml"));
    let mut cards: Vec<StemCard> = texts.filter_map(|path| StemCard::from_toml(&read_card(&path).ok()?).ok()).collect();
    cards.sort_by(|a, b| a.id.cmp(&b.id));
    cards
}

/// Loads an added model.
///
/// # Errors
/// If there is no such model, or its files are damaged.
pub fn load(folder: &Path, id: &str) -> Result<StemModel, SeparateError> {
    let known = cards(folder);
    let Some(card) = known.iter().find(|card| card.id == id) else {
        let ids: Vec<&str> = known.iter().map(|card| card.id.as_str()).collect();
        let (expected, got) = (format!("an added model ({})", ids.join(", ")), id.to_owned());
        return Err(SeparateError::Setting { what: "model of stems", expected, got });
    };
    let (network, _) = paths(folder, id);
    let onnx = fs::read(&network).map_err(|error| file_error(&network, &error))?;
    Ok(card.model(onnx)?.0)
}

/// Removes an added model. Returns false if there is none with this id.
///
/// # Errors
/// If a file cannot be removed.
pub fn remove(folder: &Path, id: &str) -> Result<bool, SeparateError> {
    if !cards(folder).iter().any(|card| card.id == id) {
        return Ok(false);
    }
    let (network, card) = paths(folder, id);
    for path in [card, network] {
        fs::remove_file(&path).map_err(|error| file_error(&path, &error))?;
    }
    Ok(true)
}

fn paths(folder: &Path, id: &str) -> (PathBuf, PathBuf) {
    let folder = folder.join(FOLDER);
    (folder.join(format!("{id}.onnx")), folder.join(format!("{id}.toml")))
}

fn read_card(path: &Path) -> Result<String, SeparateError> {
    let metadata = fs::metadata(path).map_err(|error| file_error(path, &error))?;
    if !metadata.is_file() || metadata.len() > MAX_CARD_LEN {
        let (expected, got) = (format!("a file of at most {MAX_CARD_LEN} bytes"), format!("{} bytes", metadata.len()));
        return Err(SeparateError::Setting { what: "card", expected, got });
    }
    fs::read_to_string(path).map_err(|error| file_error(path, &error))
}

fn file_error(path: &Path, error: &std::io::Error) -> SeparateError {
    SeparateError::File { path: path.to_owned(), error: error.to_string() }
}

#[cfg(test)]
mod tests {
    use super::*;

    const CARD: &str = r#"
        id = "four"
        name = "Four stems"
        kind = "stems"
        stems = ["vocals", "drums", "bass", "other"]
        rate = 44100
        frame = 4096
        hop = 1024
        bins = 1024
        window = "hann-periodic"
        licence = "MIT"
        source = "a file"
        sha256 = "00"
    "#;

    #[test]
    fn card_is_read_and_contradictions_are_refused() {
        let card = StemCard::from_toml(CARD).unwrap();
        assert_eq!((card.stems.len(), card.layout), (4, StemLayout::ChannelsFramesBins));
        assert!(StemCard::is_card(CARD) && !StemCard::is_card("kind = \"tags\"") && !StemCard::is_card("{"));
        for (from, to) in [
            ("44100", "48000"),
            ("4096", "2048"),
            ("hann-periodic", "square"),
            ("\"stems\"", "\"tags\""),
            ("\"vocals\"", "\"../vocals\""),
            ("\"MIT\"", "3"),
        ] {
            let error = StemCard::from_toml(&CARD.replacen(from, to, 1)).unwrap_err();
            assert!(matches!(error, SeparateError::Setting { .. }), "{to}: {error}");
        }
    }

    #[test]
    fn network_without_the_hash_of_its_card_is_refused() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("four.onnx");
        fs::write(&path, "no network").unwrap();
        assert!(matches!(check_file(&path).unwrap_err(), SeparateError::File { .. }));
        fs::write(path.with_extension("toml"), CARD).unwrap();
        let error = check_file(&path).unwrap_err().to_string();
        assert!(error.contains("sha256 of the network (expected 00, got "), "{error}");
        let hash = sha256(b"no network");
        fs::write(path.with_extension("toml"), CARD.replace("\"00\"", &format!("\"{hash}\""))).unwrap();
        assert!(matches!(check_file(&path).unwrap_err(), SeparateError::Engine(_)));
    }

    #[test]
    fn added_models_are_listed_and_removed() {
        let folder = tempfile::tempdir().unwrap();
        assert!(cards(folder.path()).is_empty());
        let card = StemCard::from_toml(CARD).unwrap();
        add(folder.path(), &card, b"network").unwrap();
        assert_eq!(cards(folder.path()), [card]);
        assert!(load(folder.path(), "five").err().unwrap().to_string().contains("(four)"));
        assert!(remove(folder.path(), "four").unwrap() && !remove(folder.path(), "four").unwrap());
    }
}
