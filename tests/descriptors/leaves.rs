//! Every leaf of the layout against the reference's values, on seven pieces.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use earmark_descriptors::{Pool, Profile, Value};
use earmark_tests::reference::folder;
use serde_json::Value as Json;

use super::{decoded, extracted, json, numbers};

/// Tolerance of leaves of a piece that is resampled: another resampler than the reference's moves them by up to this.
const RESAMPLED_TOLERANCE: f64 = 5e-2;
/// Leaves whose tolerance in the table is too small: it was taken from deviations below an absolute floor, and these values
/// are of the order of 1e-13. Their standard deviation, of which they are squares, has 1e-3.
const TINY: [&str; 3] =
    ["lowlevel.spectral_decrease.dvar", "lowlevel.spectral_decrease.dvar2", "lowlevel.spectral_decrease.var"];
/// Tolerance of those leaves.
const TINY_TOLERANCE: f64 = 1e-3;
/// Tolerance of beat positions in seconds.
const BEAT_TOLERANCE_S: f64 = 1e-3;

/// Leaf of the reference: its value, and the tolerance of a relative deviation (`None`: equal).
struct Leaf {
    value: Json,
    tolerance: Option<f64>,
}

/// A piece with the reference's leaves.
struct Piece {
    name: String,
    audio: PathBuf,
    leaves: BTreeMap<String, Json>,
}

/// Returns every piece of the reference data.
fn pieces(folder: &Path) -> Vec<Piece> {
    let extractor = folder.join("extractor");
    let layout: Json = json(&extractor.join("musicextractor_layout.json"));
    let stats = layout["stats"].as_object().unwrap();
    let leaves = stats.iter().map(|(name, leaf)| (name.clone(), leaf["value"].clone())).collect();
    let mut pieces = vec![Piece { name: "synth30".into(), audio: extractor.join("synth30.wav"), leaves }];
    for name in ["choir_ambient", "metal_growl", "pop_vocal_mp3", "rock_female_vocal", "solo_piano", "techno_48k"] {
        let tree: Json = json(&extractor.join(format!("{name}.json")));
        let mut leaves = BTreeMap::new();
        flatten("", &tree, &mut leaves);
        pieces.push(Piece { name: name.into(), audio: folder.join(format!("audio/{name}.flac")), leaves });
    }
    pieces
}

fn flatten(name: &str, tree: &Json, leaves: &mut BTreeMap<String, Json>) {
    match tree.as_object() {
        Some(children) => {
            for (part, child) in children {
                let name = if name.is_empty() { part.clone() } else { format!("{name}.{part}") };
                flatten(&name, child, leaves);
            }
        }
        None => drop(leaves.insert(name.to_owned(), tree.clone())),
    }
}

/// Returns the tolerance of each leaf; `None`: equal.
fn tolerances(folder: &Path) -> BTreeMap<String, Option<f64>> {
    let table = fs::read_to_string(folder.join("extractor/leaves.tsv")).unwrap();
    let rows = table.lines().skip(1).map(|line| {
        let columns: Vec<&str> = line.split('\t').collect();
        (columns[0].to_owned(), columns[8].parse().ok())
    });
    rows.collect()
}

fn json_numbers(value: &Json) -> Vec<f64> {
    match value {
        Json::Number(number) => vec![number.as_f64().unwrap()],
        Json::Array(values) => values.iter().flat_map(json_numbers).collect(),
        _ => Vec::new(),
    }
}

/// Returns the largest deviation relative to the largest number of the reference.
fn deviation(got: &[f64], expected: &[f64]) -> f64 {
    let scale = expected.iter().fold(0.0, |scale: f64, number| scale.max(number.abs()));
    let worst = got.iter().zip(expected).fold(0.0, |worst: f64, (a, b)| worst.max((a - b).abs()));
    if got.len() != expected.len() {
        f64::INFINITY
    } else if scale > 0.0 {
        worst / scale
    } else {
        worst
    }
}

/// Compares a leaf. Returns its deviation divided by the tolerance; infinite if its shape or text differs.
fn compare(name: &str, pool: &Pool, leaf: &Leaf) -> (f64, f64) {
    let Some(got) = pool.get(name) else { return (f64::INFINITY, f64::INFINITY) };
    if let Json::String(expected) = &leaf.value {
        let equal = matches!(got, Value::Text(text) if text == expected);
        return if equal { (0.0, 0.0) } else { (f64::INFINITY, f64::INFINITY) };
    }
    let (got, expected) = (numbers(got), json_numbers(&leaf.value));
    let deviation = deviation(&got, &expected);
    if name == "rhythm.beats_position" {
        let worst = got.iter().zip(&expected).fold(0.0, |worst: f64, (a, b)| worst.max((a - b).abs()));
        return if got.len() == expected.len() { (worst, worst / BEAT_TOLERANCE_S) } else { (deviation, deviation) };
    }
    (deviation, deviation / leaf.tolerance.unwrap_or(1e-6))
}

/// Every leaf that samples decide (the others need the file: see the tests of the command) is within its tolerance, and
/// the table of the worst of each group is printed.
#[test(needs(Reference))]
fn every_leaf_is_within_its_tolerance_on_seven_pieces() {
    let folder = folder().unwrap();
    let tolerances = tolerances(&folder);
    let profile = Profile { essentia_compatible: true, ..Profile::default() };
    let mut failures = Vec::new();
    let mut worst: BTreeMap<String, (f64, f64, String)> = BTreeMap::new();
    let mut compared = 0;
    for piece in pieces(&folder) {
        let (samples, rate, channels) = decoded(&piece.audio);
        let pool = extracted(&samples, rate, channels, &profile, 4096);
        assert!(
            !pool.condition.silent && pool.condition.too_short_for.is_empty(),
            "{}: {:?}",
            piece.name,
            pool.condition
        );
        let resampled = rate.hz() != 44_100.0;
        for (name, value) in piece.leaves {
            let needs_file = ["version", "tags", "md5_encoded", "codec", "bit_rate", "lossless"];
            if name.starts_with("metadata") && needs_file.iter().any(|part| name.contains(part)) {
                continue;
            }
            let known = tolerances.get(&name).copied().flatten();
            let known = if TINY.contains(&&*name) { Some(TINY_TOLERANCE) } else { known };
            // Leaves that are equal otherwise, such as lengths, depend on the resampler, too.
            let tolerance = if resampled { Some(known.unwrap_or(0.0).max(RESAMPLED_TOLERANCE)) } else { known };
            let (deviation, share) = compare(&name, &pool, &Leaf { value, tolerance });
            compared += 1;
            if share > 1.0 {
                failures
                    .push(format!("{}: {name}: deviates by {deviation:.2e}, {share:.1} of its tolerance", piece.name));
            }
            let group: String = name.split('.').take(2).collect::<Vec<_>>().join(".");
            let entry = worst.entry(group).or_insert((0.0, 0.0, String::new()));
            if share >= entry.1 {
                *entry = (deviation, share, format!("{name}, {}", piece.name));
            }
        }
        let null: Vec<&str> = pool.iter().filter(|(_, value)| **value == Value::Null).map(|(name, _)| name).collect();
        assert!(null.is_empty(), "{}: null {null:?}", piece.name);
    }
    for (group, (deviation, share, leaf)) in &worst {
        println!("{group:<45} {deviation:>8.1e} {share:>6.2} of the tolerance ({leaf})");
    }
    println!("{compared} leaves");
    assert!(failures.is_empty(), "{} of {compared}:\n{}", failures.len(), failures.join("\n"));
    assert!(compared > 7 * 560, "{compared} leaves");
}
