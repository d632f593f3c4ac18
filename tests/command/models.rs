//! Adding and removing models on the command line. The network is a copy of a built-in one under another name, so no
//! reference data is needed.

use std::fs;
use std::path::{Path, PathBuf};

use earmark_tests::reference::root;
use serde_json::Value;

use super::program::earmark_with_models;
use super::wav::{float_wav, music};

/// Writes a network with a card and the id `mine` into a folder.
pub(crate) fn network(folder: &Path) -> PathBuf {
    let zoo = root().join("models/zoo/msd");
    let path = folder.join("mine.onnx");
    fs::copy(zoo.join("msd-vgg.onnx"), &path).unwrap();
    let card = fs::read_to_string(zoo.join("msd-vgg.toml")).unwrap().replacen("id = \"msd-vgg\"", "id = \"mine\"", 1);
    fs::write(folder.join("mine.toml"), card).unwrap();
    path
}

#[test]
fn model_is_checked_added_shown_used_and_removed() {
    let (files, models) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    let path = network(files.path());
    let run = |arguments: &[&str]| earmark_with_models(arguments.iter().copied(), models.path());
    let path = path.to_str().unwrap();

    let (code, out, err) = run(&["models", "check", path]);
    assert_eq!((code, &*err), (0, ""), "{out}");
    for expected in ["mine  VGG trained", "50 tags, one probability each", "ms per prediction", "ISC", "rock, pop"] {
        assert!(out.contains(expected), "{expected}: {out}");
    }
    assert_eq!(fs::read_dir(models.path()).unwrap().count(), 0, "a check keeps nothing");

    assert_eq!(run(&["models", "add", files.path().to_str().unwrap()]), (0, "added mine\n".into(), String::new()));
    assert_eq!(run(&["models", "add", path]).1, "replaced mine\n");
    let listed = run(&["models"]).1;
    assert!(listed.lines().last().unwrap().starts_with("mine "), "{listed}");
    let json: Value = serde_json::from_str(&run(&["models", "list", "--json"]).1).unwrap();
    let last = json["models"].as_array().unwrap().last().unwrap();
    assert_eq!((&last["id"], &last["added"]), (&"mine".into(), &true.into()));
    let (code, out, _) = run(&["models", "info", "mine"]);
    assert!(code == 0 && out.contains("made from   mine.onnx, sha256 "), "{out}");

    // Its predictions are those of the network that it is a copy of.
    let wav = files.path().join("tune.wav");
    float_wav(&wav, 16_000, 1, &music(16_000, 5.0));
    let wav = wav.to_str().unwrap();
    let (code, out, err) = run(&["tag", wav, "--model", "mine", "--model", "msd-vgg", "--format", "json"]);
    assert_eq!((code, &*err), (0, ""));
    let report = &serde_json::from_str::<Value>(&out).unwrap()[0];
    let means =
        [0, 1].map(|model| -> Vec<f64> { serde_json::from_value(report["models"][model]["mean"].clone()).unwrap() });
    let worst = means[0].iter().zip(&means[1]).fold(0.0_f64, |worst, (a, b)| worst.max((a - b).abs()));
    assert!(means[0].len() == 50 && worst <= 1e-6, "{worst:e}, tolerance 1e-6");

    assert_eq!(run(&["models", "remove", "mine"]), (0, "removed mine\n".into(), String::new()));
    let (code, _, err) = run(&["models", "remove", "mine"]);
    assert!(code == 1 && err.contains("expected an added model, got none"), "{err}");
    let (code, _, err) = run(&["models", "remove", "msd-vgg"]);
    assert!(code == 1 && err.contains("got a built-in one"), "{err}");
    let (code, _, err) = run(&["models", "info", "mine"]);
    assert!(code == 1 && err.contains("got `mine`"), "{err}");
}

/// The network is a copy of a built-in one without its card: its shape selects the front end, and the kind of its outputs is
/// assumed.
#[test]
fn assumptions_are_printed_and_in_every_json() {
    let (files, models) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    let path = files.path().join("any net (2).onnx");
    let mut network = fs::read(root().join("models/zoo/msd/msd-vgg.onnx")).unwrap();
    // An empty description of the network, so that its hash is not that of a published file.
    network.extend_from_slice(&[0x32, 0x00]);
    fs::write(&path, network).unwrap();
    fs::write(files.path().join("pointer.onnx"), "version https://git-lfs.github.com/spec/v1\nsize 9\n").unwrap();
    let run = |arguments: &[&str]| earmark_with_models(arguments.iter().copied(), models.path());
    let json = |text: &str| -> Value { serde_json::from_str(text).unwrap() };
    let path = path.to_str().unwrap();

    let (code, out, err) = run(&["models", "check", "--json", files.path().to_str().unwrap()]);
    let checked = json(&out);
    assert_eq!((code, &checked["models"][0]["id"]), (1, &"any-net".into()), "{err}");
    let assumed = checked["models"][0]["assumed"].as_array().unwrap();
    assert!(assumed[0].as_str().unwrap().starts_with("the outputs are tags"), "{assumed:?}");
    let refused = checked["refused"][0]["error"].as_str().unwrap();
    assert!(
        refused.contains("a Git LFS pointer in place of a file of 9 bytes") && refused.contains("git lfs pull"),
        "{refused}"
    );

    let (_, out, _) = run(&["models", "add", path]);
    assert!(out.starts_with("added any-net\n") && out.contains("\n  assumed: the outputs are tags"), "{out}");
    let listed = run(&["models"]).1;
    assert!(listed.lines().last().unwrap().starts_with("any-net") && listed.contains("* tags"), "{listed}");
    assert_eq!(listed.matches('*').count(), 1, "{listed}");
    assert!(run(&["models", "info", "any-net"]).1.contains("\n  assumed     the outputs are tags"));
    let info = json(&run(&["models", "info", "any-net", "--json"]).1);
    assert_eq!((&info["assumed"], &info["added"]), (&checked["models"][0]["assumed"], &true.into()));
    let list = json(&run(&["models", "list", "--json"]).1);
    assert_eq!(list["models"].as_array().unwrap().last().unwrap(), &info);

    let wav = files.path().join("tune.wav");
    float_wav(&wav, 16_000, 1, &music(16_000, 5.0));
    let models = ["--model", "any-net", "--model", "msd-vgg"];
    let (code, out, err) = run(&[&["tag", wav.to_str().unwrap(), "--format", "json"], &models[..]].concat());
    assert_eq!((code, &*err), (0, ""));
    let report = &json(&out)[0];
    assert_eq!(report["models"][0]["assumed"], info["assumed"]);
    assert!(report["models"][1].get("assumed").is_none(), "{}", report["models"][1]["id"]);
}

#[test]
fn non_model_file_is_rejected_in_one_line_and_others_are_added() {
    let (files, models) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    network(files.path());
    fs::write(files.path().join("broken.onnx"), b"\x08\x07not a network").unwrap();
    fs::write(files.path().join("empty.pb"), b"").unwrap();
    fs::copy(files.path().join("mine.onnx"), files.path().join("odd.onnx")).unwrap();
    fs::create_dir(files.path().join("odd.json")).unwrap();
    let (code, out, err) = earmark_with_models(["models", "add", files.path().to_str().unwrap()], models.path());
    assert_eq!((code, &*out), (1, "added mine\n"), "{err}");
    assert_eq!(err.lines().count(), 3, "{err}");
    assert!(err.lines().all(|line| line.starts_with("earmark: ") && line.contains("expected")), "{err}");
    let empty = tempfile::tempdir().unwrap();
    let (code, _, err) = earmark_with_models(["models", "add", empty.path().to_str().unwrap()], models.path());
    assert!(code == 1 && err.contains("expected network files (.pb, .onnx)"), "{err}");
    let (code, _, err) = earmark_with_models(["models", "add", "/nowhere/at/all.pb"], models.path());
    assert!(code == 1 && err.contains("/nowhere/at/all.pb"), "{err}");
}

/// The limits are read from outside while the install process runs.
#[cfg(target_os = "linux")]
#[test]
fn install_process_has_limits_of_memory_and_time() {
    use std::process::{Command, Stdio};

    let (files, models) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    let mut command = Command::new(super::program::path());
    command.args(["models", "check"]).arg(network(files.path())).env("EARMARK_MODELS", models.path());
    let mut parent = command.stdout(Stdio::null()).spawn().unwrap();
    let children = format!("/proc/{0}/task/{0}/children", parent.id());
    let mut seen = None;
    while parent.try_wait().unwrap().is_none() {
        let child = fs::read_to_string(&children).unwrap_or_default();
        let limits = fs::read_to_string(format!("/proc/{}/limits", child.trim())).unwrap_or_default();
        let of = |name: &str| {
            limits.lines().find_map(|line| line.strip_prefix(name)?.split_whitespace().next()?.parse().ok())
        };
        // The process has the limits of its parent until it has set its own.
        if let (Some(memory), Some(seconds)) = (of("Max address space"), of("Max cpu time")) {
            seen = Some((memory, seconds));
        }
    }
    assert!(parent.wait().unwrap().success());
    assert_eq!(seen, Some((6_u64 << 30, 300_u64)), "memory in bytes, and seconds");
}
