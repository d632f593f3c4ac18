//! System packages that the build and the tests need: detection and installation.

use std::process::Stdio;

use crate::sh::{self, TaskError, TaskResult};

/// A requirement of the build or of a test.
struct Need {
    what: &'static str,
    /// Command that succeeds if the requirement is met.
    check: &'static [&'static str],
    /// Package names for apt, dnf, pacman and brew; empty if no package is needed.
    packages: [&'static str; 4],
    /// Whether only Linux needs the package.
    only_linux: bool,
}

/// Needs of the lean program, which has neither a window nor live inputs.
const LEAN_NEEDS: [Need; 1] = [Need {
    what: "a C compiler (the kernels of the inference engine)",
    check: &["cc", "--version"],
    packages: ["gcc libc6-dev", "gcc", "base-devel", ""],
    only_linux: false,
}];

/// Needs of everything else.
const NEEDS: [Need; 3] = [
    Need {
        what: "pkg-config (finds the libraries)",
        check: &["pkg-config", "--version"],
        packages: ["pkg-config", "pkgconf-pkg-config", "pkgconf", ""],
        only_linux: true,
    },
    Need {
        what: "ALSA headers (sound cards)",
        check: &["pkg-config", "--exists", "alsa"],
        packages: ["libasound2-dev", "alsa-lib-devel", "alsa-lib", ""],
        only_linux: true,
    },
    Need {
        what: "JACK headers (sound servers; the app loads the library at run time)",
        check: &["pkg-config", "--exists", "jack"],
        packages: ["libjack-jackd2-dev", "jack-audio-connection-kit-devel", "jack2", ""],
        only_linux: true,
    },
];

/// Programs that tests start. Tests whose program is missing are ignored (`tests/requirements.md`).
const TEST_NEEDS: [Need; 9] = [
    Need {
        what: "Xvfb and a software renderer (tests that draw windows)",
        check: &["sh", "-c", "command -v Xvfb && ls /usr/lib*/dri /usr/lib/*/dri | grep swrast"],
        packages: [
            "xvfb libegl1 libgl1-mesa-dri",
            "xorg-x11-server-Xvfb mesa-dri-drivers mesa-libEGL",
            "xorg-server-xvfb mesa",
            "",
        ],
        only_linux: true,
    },
    Need {
        what: "JACK server and tools (tests with a virtual sound card)",
        check: &["sh", "-c", "command -v jackd && command -v jack_lsp && command -v jack_midi_dump"],
        packages: ["jackd2", "jack-audio-connection-kit jack-audio-connection-kit-example-clients", "jack2", ""],
        only_linux: true,
    },
    Need {
        what: "PulseAudio (tests with a sound card that is removed)",
        check: &["sh", "-c", "command -v pulseaudio && command -v pactl"],
        packages: ["pulseaudio pulseaudio-utils", "pulseaudio pulseaudio-utils", "pulseaudio", ""],
        only_linux: true,
    },
    Need {
        what: "Chromium (test of the web page)",
        check: &["sh", "-c", "command -v chromium"],
        packages: ["chromium", "chromium", "chromium", ""],
        only_linux: true,
    },
    Need {
        what: "accessibility bus (what a screen reader finds in the app's window)",
        check: &["sh", "-c", "command -v dbus-daemon && command -v gdbus && test -e /usr/libexec/at-spi-bus-launcher"],
        packages: ["at-spi2-core dbus libglib2.0-bin", "at-spi2-core dbus-daemon glib2", "at-spi2-core dbus glib2", ""],
        only_linux: true,
    },
    Need {
        what: "ImageMagick (screenshots of the app's window)",
        check: &["sh", "-c", "command -v import && command -v identify"],
        packages: ["imagemagick", "ImageMagick", "imagemagick", ""],
        only_linux: true,
    },
    Need {
        what: "ffmpeg and the encoder of Musepack (audio files in formats without a built-in decoder)",
        check: &["sh", "-c", "command -v ffmpeg && command -v mpcenc"],
        packages: ["ffmpeg musepack-tools", "ffmpeg", "ffmpeg", ""],
        only_linux: true,
    },
    Need {
        what: "jq (JSON as another program reads it)",
        check: &["sh", "-c", "command -v jq"],
        packages: ["jq", "jq", "jq", ""],
        only_linux: true,
    },
    Need {
        what: "Python venv (Python packages for tests)",
        check: &["python3", "-c", "import venv, ensurepip"],
        packages: ["python3-venv", "python3", "python", ""],
        only_linux: true,
    },
];

/// A package manager and its command to install packages.
struct Manager {
    program: &'static str,
    install: &'static [&'static str],
    column: usize,
    needs_root: bool,
}

const MANAGERS: [Manager; 4] = [
    Manager { program: "apt-get", install: &["install", "-y", "--no-install-recommends"], column: 0, needs_root: true },
    Manager { program: "dnf", install: &["install", "-y"], column: 1, needs_root: true },
    Manager { program: "pacman", install: &["-S", "--noconfirm", "--needed"], column: 2, needs_root: true },
    Manager { program: "brew", install: &["install"], column: 3, needs_root: false },
];

/// Installs the missing packages of the build; without root rights, returns an error with the command to run.
pub(crate) fn run() -> TaskResult {
    install(LEAN_NEEDS.iter().chain(&NEEDS))
}

/// Installs the missing packages of the lean program; without root rights, returns an error with the command to run.
pub(crate) fn for_lean() -> TaskResult {
    install(&LEAN_NEEDS)
}

/// Installs the missing packages of the tests; without root rights, returns an error with the command to run.
pub(crate) fn for_tests() -> TaskResult {
    install(&TEST_NEEDS)
}

fn install<'a>(needs: impl IntoIterator<Item = &'a Need>) -> TaskResult {
    let missing: Vec<&Need> = needs
        .into_iter()
        .filter(|need| (cfg!(target_os = "linux") || !need.only_linux) && !is_installed(need.check))
        .collect();
    if missing.is_empty() {
        return Ok(());
    }
    for need in &missing {
        eprintln!("missing: {}", need.what);
    }
    let by_hand = || {
        TaskError::Other("cannot install packages: unknown package manager (expected apt-get, dnf, pacman or brew). Install them by hand.".into())
    };
    let manager = MANAGERS.iter().find(|m| is_installed(&[m.program, "--version"])).ok_or_else(by_hand)?;
    let packages: Vec<&str> = missing.iter().flat_map(|n| n.packages[manager.column].split_whitespace()).collect();
    if packages.is_empty() {
        return Err(TaskError::Other("cannot install the C compiler. On macOS run: xcode-select --install".into()));
    }
    if manager.needs_root && sh::output(sh::command("id").arg("-u")).as_deref() != Some("0") {
        let (program, install, packages) = (manager.program, manager.install.join(" "), packages.join(" "));
        return Err(TaskError::Other(format!(
            "cannot install packages without root rights. Run this, then repeat the task: sudo {program} {install} {packages}"
        )));
    }
    if manager.program == "apt-get" {
        sh::run(sh::command(manager.program).arg("update"))?;
    }
    // Prevents questions during the installation, such as JACK's about real-time priorities.
    let mut command = sh::command(manager.program);
    command.env("DEBIAN_FRONTEND", "noninteractive");
    sh::run(command.args(manager.install).args(packages))
}

fn is_installed(check: &[&str]) -> bool {
    let Some((program, arguments)) = check.split_first() else { return false };
    let quiet = sh::command(program).args(arguments).stdout(Stdio::null()).stderr(Stdio::null()).status();
    quiet.is_ok_and(|status| status.success())
}
