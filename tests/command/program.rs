//! Building and starting the program.

use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};
use std::sync::OnceLock;

use earmark_models::user_models::ENV_VAR;
use earmark_tests::reference::root;

/// Exit code, standard output, standard error.
pub(crate) type Outcome = (i32, String, String);

/// Returns the path of the program, which is built like these tests if it is not up to date.
pub(crate) fn path() -> PathBuf {
    static PATH: OnceLock<PathBuf> = OnceLock::new();
    PATH.get_or_init(|| {
        let mut build = Command::new(env!("CARGO"));
        // The whole workspace is named, because then its packages have the features that they have for these tests.
        build.args(["build", "--quiet", "--locked", "--workspace", "--bin", "earmark"]).current_dir(root());
        if !cfg!(debug_assertions) {
            build.arg("--release");
        }
        if !cfg!(feature = "tempocnn") {
            build.args([
                "--no-default-features",
                "--features",
                "earmark/added-models,earmark/batch,earmark/descriptors,earmark/npz,earmark/parquet,earmark/separation,earmark/web,earmark/window,earmark/write-tags",
            ]);
        }
        assert!(build.status().unwrap().success(), "the program builds");
        // These tests lie in `<target>/<profile>/deps`.
        let tests = std::env::current_exe().unwrap();
        tests.parent().unwrap().parent().unwrap().join(format!("earmark{}", std::env::consts::EXE_SUFFIX))
    })
    .clone()
}

/// Returns a command that runs the program without added models, and with its state in `state`.
pub(crate) fn command(state: &Path) -> Command {
    let mut command = Command::new(path());
    command.env(ENV_VAR, "/nowhere").env("XDG_STATE_HOME", state);
    command
}

/// Sends SIGINT to a child process, as Ctrl-C does.
#[cfg(unix)]
pub(crate) fn interrupt(child: &std::process::Child) {
    assert!(Command::new("kill").args(["-INT", &child.id().to_string()]).status().unwrap().success());
}

/// Runs the program.
pub(crate) fn earmark<'a>(arguments: impl IntoIterator<Item = &'a str>) -> Outcome {
    earmark_with_input(arguments, &[])
}

/// Runs the program with something on its standard input, and without added models, so that the models of this
/// machine's user have no influence.
pub(crate) fn earmark_with_input<'a>(arguments: impl IntoIterator<Item = &'a str>, input: &[u8]) -> Outcome {
    run(arguments, Path::new("/nowhere"), input)
}

/// Runs the program with that folder of added models.
pub(crate) fn earmark_with_models<'a>(arguments: impl IntoIterator<Item = &'a str>, models: &Path) -> Outcome {
    run(arguments, models, &[])
}

fn run<'a>(arguments: impl IntoIterator<Item = &'a str>, models: &Path, input: &[u8]) -> Outcome {
    let mut child = Command::new(path())
        .args(arguments)
        .env(ENV_VAR, models)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let mut stdin = child.stdin.take().unwrap();
    let input = input.to_vec();
    // Written on a thread of its own, so that neither side blocks the other; the program may close its input early.
    let writer = std::thread::spawn(move || drop(stdin.write_all(&input)));
    let Output { status, stdout, stderr } = child.wait_with_output().unwrap();
    writer.join().unwrap();
    let text = |bytes| String::from_utf8(bytes).unwrap();
    (status.code().unwrap_or(-1), text(stdout), text(stderr))
}
