//! Packages of the library crates: cargo packs each of them, within the size limit of the registry and with its licence.

use std::fs;
use std::process::Command;

use cargo_metadata::{MetadataCommand, Package};
use earmark_tests::reference::root;

/// Maximum size of a package in the registry, in bytes.
const MAX_BYTES: u64 = 10 << 20;

/// Library crates of code.
const CODE: [&str; 9] = [
    "earmark-descriptors",
    "earmark-dsp",
    "earmark-gaia",
    "earmark-import",
    "earmark-install",
    "earmark-models",
    "earmark-packing",
    "earmark-separate",
    "earmark-train",
];

/// Library crates of weights of stems.
const STEM_WEIGHTS: [&str; 4] = [
    "earmark-spleeter-accompaniment",
    "earmark-spleeter-accompaniment-2",
    "earmark-spleeter-vocals",
    "earmark-spleeter-vocals-2",
];

/// Library crates of weights, with the licence on their cards.
const WEIGHTS: [(&str, &str); 3] = [("earmark-msd", "ISC"), ("earmark-mtt", "ISC"), ("earmark-tempocnn", "AGPL-3.0")];

/// Returns the packages with the given names, in the same order.
fn packages<const N: usize>(names: [&str; N]) -> [Package; N] {
    let metadata = MetadataCommand::new().manifest_path(root().join("Cargo.toml")).no_deps().exec().unwrap();
    names.map(|name| metadata.packages.iter().find(|package| package.name.as_str() == name).unwrap().clone())
}

#[test]
fn packages_of_libraries_are_within_the_size_limit() {
    let target = tempfile::tempdir().unwrap();
    let mut pack = Command::new(env!("CARGO"));
    pack.args([
        "package",
        "--quiet",
        "--offline",
        "--no-verify",
        "--allow-dirty",
        "--exclude-lockfile",
        "--target-dir",
    ]);
    pack.arg(target.path()).current_dir(root());
    let weights = packages(WEIGHTS.map(|(name, _)| name)).into_iter().chain(packages(STEM_WEIGHTS));
    let all: Vec<Package> = packages(CODE).into_iter().chain(weights).collect();
    all.iter().for_each(|package| _ = pack.args(["--package", package.name.as_str()]));
    let output = pack.output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    for Package { name, version, .. } in all {
        let file = target.path().join(format!("package/{name}-{version}.crate"));
        let bytes = fs::metadata(&file).unwrap().len();
        assert!(bytes <= MAX_BYTES, "{name}: expected at most {MAX_BYTES} bytes, got {bytes}");
    }
}

#[test]
fn packages_of_code_have_the_licences_of_the_workspace() {
    for (name, package) in CODE.into_iter().zip(packages(CODE)) {
        assert_eq!(package.license.as_deref(), Some("MIT OR Apache-2.0"), "{name}");
        assert!(package.readme.is_some() && !package.keywords.is_empty() && !package.categories.is_empty(), "{name}");
        for licence in ["LICENSE-MIT", "LICENSE-APACHE"] {
            let folder = package.manifest_path.parent().unwrap();
            let copy = fs::read_to_string(folder.join(licence)).unwrap_or_default();
            assert!(copy == fs::read_to_string(root().join(licence)).unwrap(), "{name}: {licence} is another text");
        }
    }
}

#[test]
fn packages_of_weights_have_the_licence_of_their_cards() {
    for ((name, licence), package) in WEIGHTS.into_iter().zip(packages(WEIGHTS.map(|(name, _)| name))) {
        let expression = package.license.as_deref().unwrap_or_default();
        assert!(expression.strip_suffix("-only").unwrap_or(expression) == licence, "{name}: {expression}");
        let folder = package.manifest_path.parent().unwrap();
        let mut cards = 0;
        for file in fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()) {
            let is_card =
                file.extension().is_some_and(|extension| extension == "toml") && !file.ends_with("Cargo.toml");
            if is_card {
                let card = fs::read_to_string(&file).unwrap();
                assert!(card.contains(&format!("\nlicence = \"{licence}\"\n")), "{}", file.display());
                cards += 1;
            }
        }
        assert!(cards >= 2, "{name}: {cards} cards");
    }
}

#[test]
fn models_without_default_features_contain_no_weights() {
    let tree = |features: &[&str]| {
        let mut tree = Command::new(env!("CARGO"));
        tree.args(["tree", "--locked", "--offline", "--package", "earmark-models", "--edges", "normal"]);
        let output = tree.args(["--prefix", "none"]).args(features).current_dir(root()).output().unwrap();
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        String::from_utf8(output.stdout).unwrap()
    };
    let (all, none) = (tree(&[]), tree(&["--no-default-features"]));
    let musicnn = tree(&["--no-default-features", "--features", "musicnn"]);
    for (name, licence) in WEIGHTS {
        assert!(all.contains(name) && !none.contains(name), "{name}: {none}");
        assert_eq!(musicnn.contains(name), licence == "ISC", "{name}: {musicnn}");
    }
}
