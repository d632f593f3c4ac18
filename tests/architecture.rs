//! Dependencies between the packages: `dsp` ← (`descriptors`, `models`) ← `session` ← (`editor`, `outputs`), `editor` ←
//! `plugin`; `panel` ← `editor`; `dsp` ← `capture` ← (`files`, `outputs`) ← `standalone`; `files` ← `batch` ← `python`; `import` depends on none, `install`
//! on `import` and `models`; tasks and tests depend on what they need.

mod circles;
mod language;
mod source;

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::Path;
use std::process::Command;

use cargo_metadata::{DepKindInfo, DependencyKind, Metadata, MetadataCommand, TargetKind};
use earmark_tests::reference::root;

use self::circles::Graph;
use self::language::Exception;

/// Known circles of files, by path from the root. An entry without a circle makes the test fail.
const KNOWN_CIRCLES: &[&[&str]] = &[];

/// Refused words and shared type names that one file needs, at most 20. An entry that is not needed makes the test
/// fail.
const EXCEPTIONS: &[Exception] = &[];

fn metadata() -> Metadata {
    MetadataCommand::new().manifest_path(root().join("Cargo.toml")).other_options(["--locked".into()]).exec().unwrap()
}

#[test]
fn packages_depend_on_allowed_packages_only() {
    let allowed: BTreeMap<&str, &[&str]> = [
        ("earmark-dsp", [].as_slice()),
        ("earmark-descriptors", &["earmark-dsp"]),
        ("earmark-models", &["earmark-dsp", "earmark-msd", "earmark-mtt", "earmark-packing", "earmark-tempocnn"]),
        ("earmark-msd", &["earmark-packing"]),
        ("earmark-mtt", &["earmark-packing"]),
        ("earmark-tempocnn", &["earmark-packing"]),
        ("earmark-packing", &[]),
        ("earmark-gaia", &["earmark-descriptors"]),
        ("earmark-import", &[]),
        (
            "earmark-install",
            &["earmark-descriptors", "earmark-dsp", "earmark-gaia", "earmark-import", "earmark-models"],
        ),
        ("earmark-spleeter-accompaniment", &["earmark-spleeter-accompaniment-2"]),
        ("earmark-spleeter-accompaniment-2", &[]),
        ("earmark-spleeter-vocals", &["earmark-spleeter-vocals-2"]),
        ("earmark-spleeter-vocals-2", &[]),
        (
            "earmark-separate",
            &["earmark-dsp", "earmark-models", "earmark-spleeter-accompaniment", "earmark-spleeter-vocals"],
        ),
        ("earmark-train", &["earmark-gaia", "earmark-models"]),
        ("earmark-panel", &[]),
        ("earmark-session", &["earmark-descriptors", "earmark-dsp", "earmark-gaia", "earmark-models"]),
        ("earmark-editor", &["earmark-dsp", "earmark-models", "earmark-panel", "earmark-session"]),
        ("earmark-plugin", &["earmark-dsp", "earmark-models", "earmark-panel", "earmark-session", "earmark-editor"]),
        ("earmark-stems", &["earmark-dsp", "earmark-panel", "earmark-separate"]),
        ("earmark-capture", &["earmark-dsp"]),
        (
            "earmark-files",
            &[
                "earmark-capture",
                "earmark-descriptors",
                "earmark-dsp",
                "earmark-gaia",
                "earmark-models",
                "earmark-separate",
            ],
        ),
        ("earmark-batch", &["earmark-capture", "earmark-descriptors", "earmark-files", "earmark-models"]),
        ("earmark-outputs", &["earmark-capture", "earmark-dsp", "earmark-models", "earmark-session"]),
        (
            "earmark-python",
            &[
                "earmark-batch",
                "earmark-capture",
                "earmark-descriptors",
                "earmark-dsp",
                "earmark-files",
                "earmark-gaia",
                "earmark-models",
                "earmark-separate",
                "earmark-train",
            ],
        ),
        (
            "earmark",
            &[
                "earmark-batch",
                "earmark-capture",
                "earmark-descriptors",
                "earmark-editor",
                "earmark-files",
                "earmark-gaia",
                "earmark-install",
                "earmark-models",
                "earmark-outputs",
                "earmark-panel",
                "earmark-separate",
                "earmark-session",
                "earmark-train",
            ],
        ),
        (
            "earmark-tests",
            &[
                "earmark-capture",
                "earmark-install",
                "earmark-descriptors",
                "earmark-dsp",
                "earmark-files",
                "earmark-gaia",
                "earmark-import",
                "earmark-models",
                "earmark-editor",
                "earmark-session",
                "earmark-panel",
                "earmark-plugin",
                "earmark-separate",
                "earmark-stems",
                "earmark-train",
                "earmark-tests-macros",
            ],
        ),
        ("earmark-tests-macros", &[]),
        ("xtask", &[]),
    ]
    .into();
    let metadata = metadata();
    let ours: BTreeSet<String> = metadata.workspace_packages().iter().map(|package| package.name.to_string()).collect();
    assert_eq!(ours, allowed.keys().map(ToString::to_string).collect());
    for package in metadata.workspace_packages() {
        let known = package.dependencies.iter().map(|dependency| dependency.name.as_str());
        for known in known.filter(|known| ours.contains(*known)) {
            let name = package.name.as_str();
            assert!(allowed[name].contains(&known), "{name} depends on {known} (expected only {:?})", allowed[name]);
        }
    }
}

#[test]
fn packages_have_no_foreign_dependency_and_one_module_names_tract() {
    let metadata = metadata();
    for (package, foreign) in [
        ("earmark-dsp", ["tract-onnx", "nice-plug", "cpal", "egui", "serde"].as_slice()),
        ("earmark-models", &["nice-plug", "cpal", "egui", "symphonia"]),
        ("earmark-gaia", &["tract-onnx", "nice-plug", "cpal", "egui"]),
        ("earmark-separate", &["tract-onnx", "nice-plug", "cpal", "egui", "symphonia"]),
        ("earmark-train", &["tract-onnx", "nice-plug", "cpal", "egui"]),
        ("earmark-import", &["tract-onnx", "nice-plug", "cpal", "egui"]),
        ("earmark-panel", &["nice-plug", "nice-plug-egui", "eframe", "cpal", "tract-onnx"]),
        (
            "earmark-session",
            &["egui", "rfd", "nice-plug", "nice-plug-egui", "eframe", "cpal", "clap", "symphonia", "tract-onnx"],
        ),
        ("earmark-editor", &["nice-plug", "nice-plug-egui", "eframe", "cpal", "clap", "symphonia", "tract-onnx"]),
        ("earmark-plugin", &["cpal", "clap", "symphonia", "tract-onnx"]),
        ("earmark-capture", &["nice-plug", "egui", "eframe", "rfd", "clap", "tract-onnx"]),
        ("earmark-batch", &["nice-plug", "cpal", "alsa", "jack", "egui", "eframe", "rfd", "clap", "tract-onnx"]),
        ("earmark-files", &["nice-plug", "cpal", "alsa", "jack", "egui", "eframe", "rfd", "clap", "tract-onnx"]),
        ("earmark-outputs", &["nice-plug", "cpal", "egui", "eframe", "rfd", "clap", "symphonia", "tract-onnx"]),
        ("earmark-python", &["nice-plug", "cpal", "alsa", "jack", "egui", "eframe", "rfd", "clap", "tract-onnx"]),
        ("xtask", &["cpal", "egui", "tract-onnx", "nice-plug"]),
    ] {
        let package = metadata.workspace_packages().into_iter().find(|p| p.name.as_str() == package).unwrap();
        // The example of the panel opens a window.
        let in_example = |dependency: &cargo_metadata::Dependency| {
            let names = (package.name.as_str(), dependency.name.as_str());
            names == ("earmark-panel", "eframe") && dependency.kind == DependencyKind::Development
        };
        // Behind a feature that is off by default.
        let behind_feature = |dependency: &cargo_metadata::Dependency| {
            (package.name.as_str(), dependency.name.as_str()) == ("earmark-dsp", "serde") && dependency.optional
        };
        let dependencies = package.dependencies.iter();
        for dependency in dependencies.filter(|dependency| !in_example(dependency) && !behind_feature(dependency)) {
            assert!(!foreign.contains(&&*dependency.name), "{} depends on {}", package.name, dependency.name);
        }
    }
    let naming_tract: Vec<_> =
        sources("models/src").into_iter().filter(|(_, text)| text.contains("tract_onnx")).collect();
    let files: Vec<&str> = naming_tract.iter().map(|(path, _)| path.as_str()).collect();
    let is_engine = |file: &&str| *file == "models/src/engine/tract.rs" || file.starts_with("models/src/engine/tract/");
    assert!(!files.is_empty() && files.iter().all(is_engine), "{files:?}");
}

#[test]
fn files_crate_has_no_sound_card_dependency() {
    let metadata = metadata();
    let capture = metadata.workspace_packages().into_iter().find(|p| p.name.as_str() == "earmark-capture").unwrap();
    assert!(capture.features.get("default").is_none_or(Vec::is_empty), "{:?}", capture.features);
    for optional in ["alsa", "cpal", "jack"] {
        let dependency = capture.dependencies.iter().find(|dependency| dependency.name == optional).unwrap();
        assert!(dependency.optional, "earmark-capture needs {optional} always");
    }
    let files = metadata.workspace_packages().into_iter().find(|p| p.name.as_str() == "earmark-files").unwrap();
    let capture = files.dependencies.iter().find(|dependency| dependency.name == "earmark-capture").unwrap();
    assert!(capture.features.is_empty(), "earmark-files turns on {:?}", capture.features);
}

#[test]
fn session_links_no_window_sound_card_or_plugin_framework() {
    let metadata = metadata();
    let resolve = metadata.resolve.as_ref().unwrap();
    let nodes: BTreeMap<_, _> = resolve.nodes.iter().map(|node| (&node.id, node)).collect();
    let names: BTreeMap<_, _> = metadata.packages.iter().map(|package| (&package.id, package.name.as_str())).collect();
    let session = metadata.workspace_packages().into_iter().find(|p| p.name.as_str() == "earmark-session").unwrap();
    let (mut linked, mut open) = (BTreeSet::new(), vec![&session.id]);
    while let Some(id) = open.pop() {
        if linked.insert(names[id]) {
            let normal = |kinds: &[DepKindInfo]| kinds.iter().any(|kind| kind.kind == DependencyKind::Normal);
            open.extend(nodes[id].deps.iter().filter(|dep| normal(&dep.dep_kinds)).map(|dep| &dep.pkg));
        }
    }
    assert!(linked.contains("earmark-models") && linked.contains("rosc"), "{linked:?}");
    for foreign in ["earmark-panel", "egui", "rfd", "cpal", "eframe", "nice-plug", "nice-plug-egui"] {
        assert!(!linked.contains(foreign), "earmark-session links {foreign}");
    }
}

#[test]
fn lean_program_needs_no_window_sound_card_web_or_table_library() {
    let full = program_tree(&[]);
    let lean = program_tree(&["--no-default-features", "--features", "tempocnn"]);
    assert!(lean.contains("earmark-files"), "{lean:?}");
    for foreign in [
        "alsa",
        "arboard",
        "cpal",
        "earmark-batch",
        "earmark-editor",
        "earmark-outputs",
        "earmark-panel",
        "earmark-session",
        "eframe",
        "egui",
        "jack",
        "lofty",
        "midir",
        "parquet",
        "pkg-config",
        "ratatui",
        "rfd",
        "serde-saphyr",
        "tract-core",
        "tract-onnx",
        "tungstenite",
    ] {
        assert!(full.contains(foreign), "the program with all features does not need {foreign}");
        assert!(!lean.contains(foreign), "the lean program needs {foreign}");
    }
    assert!(!lean.iter().any(|name| name.starts_with("arrow")), "{lean:?}");
    // Archives of NumPy arrays.
    assert!(full.contains("zip"), "the program with all features does not need zip");
    assert!(!lean.contains("zip"), "{lean:?}");
}

/// Returns the names of all packages that the program is built from on any system, with these arguments about features.
fn program_tree(features: &[&str]) -> BTreeSet<String> {
    let mut tree = Command::new(env!("CARGO"));
    tree.args(["tree", "--locked", "--package", "earmark", "--edges", "normal,build", "--target", "all"]);
    let output = tree.args(["--prefix", "none"]).args(features).current_dir(root()).output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let lines = String::from_utf8(output.stdout).unwrap();
    lines.lines().filter_map(|line| line.split_whitespace().next()).map(str::to_owned).collect()
}

#[test]
fn libraries_forbid_unsafe_code() {
    for lib in [
        "dsp/src/lib.rs",
        "models/src/lib.rs",
        "models/gaia/src/lib.rs",
        "models/install/src/lib.rs",
        "models/import/src/lib.rs",
        "models/separate/src/lib.rs",
        "models/train/src/lib.rs",
        "plugin/editor/src/lib.rs",
        "plugin/panel/src/lib.rs",
        "plugin/session/src/lib.rs",
        "standalone/batch/src/lib.rs",
        "standalone/capture/src/lib.rs",
        "standalone/files/src/lib.rs",
        "standalone/outputs/src/lib.rs",
    ] {
        assert!(fs::read_to_string(root().join(lib)).unwrap().contains("#![forbid(unsafe_code)]"), "{lib}");
    }
}

#[test]
fn plugin_code_allows_unsafe_in_entry_points_only() {
    for folder in ["plugin/src", "plugin/stems/src"] {
        for (path, text) in sources(folder) {
            assert_eq!(text.contains("allow(unsafe_code"), path == format!("{folder}/entry.rs"), "{path}");
        }
    }
}

#[test]
fn no_crate_has_a_circle_of_files() {
    let (mut found, mut messages, mut files) = (BTreeSet::new(), Vec::new(), 0);
    for package in metadata().workspace_packages() {
        let sources = package.manifest_path.parent().unwrap().join("src");
        for target in package.targets.iter().filter(|target| target.src_path.starts_with(&sources)) {
            let crate_root = target.src_path.strip_prefix(root()).unwrap();
            let read = |path: &Path| fs::read_to_string(root().join(path)).ok();
            let graph = Graph::of_crate(crate_root.as_std_path(), &read);
            files += graph.len();
            for circle in graph.circles() {
                messages.push(format!("circle of files:\n    {}", graph.arrows(&circle).join("\n    ")));
                let names = circle.iter().map(|file| file.to_string_lossy().replace('\\', "/"));
                found.insert(names.collect::<Vec<_>>());
            }
        }
    }
    assert!(files > 100, "expected the files of all crates, got {files}");
    let known: BTreeSet<Vec<String>> =
        KNOWN_CIRCLES.iter().map(|circle| circle.iter().map(|&file| file.to_owned()).collect()).collect();
    let new: Vec<_> = found.difference(&known).collect();
    assert!(new.is_empty(), "expected no circles but the known ones, got {new:#?}\n{}", messages.join("\n"));
    let undone: Vec<_> = known.difference(&found).collect();
    assert!(undone.is_empty(), "not needed in KNOWN_CIRCLES: {undone:#?}");
}

#[test]
fn sources_have_no_refused_word_beginning_or_shared_type_name() {
    let files = sources("");
    assert!(files.len() > 300, "expected the files of all crates, got {}", files.len());
    let mut breaches = Vec::new();
    for (file, text) in &files {
        if !file.starts_with("tests/") {
            breaches.extend(language::refused_words(file, text));
        }
        breaches.extend(language::refused_beginnings(file, text));
    }
    breaches.extend(language::shared_type_names(&library_files()));
    let messages = language::verdict(&breaches, EXCEPTIONS);
    assert!(messages.is_empty(), "{} breaches of the rules of language:\n{}", messages.len(), messages.join("\n"));
}

/// Returns the files of all libraries but those of the tests, with their paths from the root.
fn library_files() -> Vec<(String, String)> {
    let read = |path: &Path| fs::read_to_string(root().join(path)).ok();
    let mut files = Vec::new();
    for package in metadata().workspace_packages() {
        let is_library = |kind: &TargetKind| matches!(kind, TargetKind::Lib | TargetKind::RLib | TargetKind::CDyLib);
        for target in package.targets.iter().filter(|target| target.kind.iter().any(is_library)) {
            let crate_root = target.src_path.strip_prefix(root()).unwrap().as_std_path();
            if !crate_root.starts_with("tests") {
                for file in Graph::of_crate(crate_root, &read).files() {
                    files.push((file.to_string_lossy().replace('\\', "/"), read(file).unwrap()));
                }
            }
        }
    }
    files
}

/// Returns every source file below a folder of the workspace, with its path from the root. Hidden folders, folders of
/// build output and copies of dependencies are left out.
fn sources(folder: &str) -> Vec<(String, String)> {
    let mut found = Vec::new();
    let mut folders = vec![root().join(folder)];
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                let is_hidden = path.file_name().is_some_and(|name| name.to_string_lossy().starts_with('.'));
                if !is_hidden && !path.ends_with("xtask/vendor") && !path.join("CACHEDIR.TAG").is_file() {
                    folders.push(path);
                }
            } else if path.extension().is_some_and(|ending| ending == "rs") {
                let name = path.strip_prefix(root()).unwrap().to_string_lossy().replace('\\', "/");
                found.push((name, fs::read_to_string(&path).unwrap()));
            }
        }
    }
    found
}
