//! Completion scripts and manual pages name every command.

use std::fs;

use super::program::earmark;

const COMMANDS: [&str; 7] = ["tag", "window", "listen", "embed", "models", "devices", "man"];

#[test]
fn completion_scripts_name_every_command_and_no_hidden_one() {
    for shell in ["bash", "zsh", "fish", "powershell", "elvish"] {
        let (code, out, err) = earmark(["completions", shell]);
        assert_eq!((code, &*err), (0, ""), "{shell}");
        for command in COMMANDS {
            assert!(out.contains(command), "{shell}: expected {command}");
        }
    }
}

#[test]
fn unknown_shell_is_refused_with_the_known_ones() {
    let (code, _, err) = earmark(["completions", "korn"]);
    assert!(code == 2 && err.contains("korn") && err.contains("bash"), "{err}");
}

#[test]
fn manual_pages_are_written_one_per_command() {
    let folder = tempfile::tempdir().unwrap();
    let below = folder.path().join("man1");
    let (code, _, err) = earmark(["man", "--out", below.to_str().unwrap()]);
    assert_eq!((code, &*err), (0, ""));
    for command in COMMANDS {
        let page = fs::read_to_string(below.join(format!("earmark-{command}.1"))).unwrap();
        assert!(page.contains(".SH NAME") && page.contains(command), "{page}");
    }
    let (code, out, _) = earmark(["man"]);
    assert!(code == 0 && out.contains(".TH earmark 1") && out.contains("earmark\\-tag"), "{out}");
    fs::write(folder.path().join("file"), "").unwrap();
    let (code, _, err) = earmark(["man", "--out", folder.path().join("file").to_str().unwrap()]);
    assert!(code == 1 && err.contains("cannot write to"), "{err}");
}
