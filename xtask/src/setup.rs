//! System packages: what is needed, whether it is there, and how this platform installs it.

use std::process::Stdio;

use crate::sh::{self, Done, TaskError};

/// Something the build needs from the system.
struct Need {
    what: &'static str,
    /// A command that succeeds when it is there.
    check: &'static [&'static str],
    /// The package's name for apt, dnf, pacman and brew; empty where it comes otherwise.
    packages: [&'static str; 4],
    /// Whether other systems bring it along, or do without.
    only_linux: bool,
}

const NEEDS: [Need; 4] = [
    Need {
        what: "a C compiler (the kernels of the inference engine)",
        check: &["cc", "--version"],
        packages: ["gcc libc6-dev", "gcc", "base-devel", ""],
        only_linux: false,
    },
    Need {
        what: "pkg-config (finds the libraries below)",
        check: &["pkg-config", "--version"],
        packages: ["pkg-config", "pkgconf-pkg-config", "pkgconf", ""],
        only_linux: true,
    },
    Need {
        what: "the headers of ALSA (sound cards)",
        check: &["pkg-config", "--exists", "alsa"],
        packages: ["libasound2-dev", "alsa-lib-devel", "alsa-lib", ""],
        only_linux: true,
    },
    Need {
        what: "the headers of JACK (sound servers; the library itself is only looked for when the app runs)",
        check: &["pkg-config", "--exists", "jack"],
        packages: ["libjack-jackd2-dev", "jack-audio-connection-kit-devel", "jack2", ""],
        only_linux: true,
    },
];

/// A package manager and what installs with it.
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

/// Installs what is missing, or says the one command that would.
pub(crate) fn run() -> Done {
    let missing: Vec<&Need> =
        NEEDS.iter().filter(|need| (cfg!(target_os = "linux") || !need.only_linux) && !there(need.check)).collect();
    if missing.is_empty() {
        return Ok(());
    }
    for need in &missing {
        eprintln!("missing: {}", need.what);
    }
    let by_hand = || TaskError::Other("no known package manager here: install the above by hand".into());
    let manager = MANAGERS.iter().find(|m| there(&[m.program, "--version"])).ok_or_else(by_hand)?;
    let packages: Vec<&str> = missing.iter().flat_map(|n| n.packages[manager.column].split_whitespace()).collect();
    if packages.is_empty() {
        return Err(TaskError::Other("on macOS run: xcode-select --install".into()));
    }
    if manager.needs_root && sh::output(sh::command("id").arg("-u")).as_deref() != Some("0") {
        let (program, install, packages) = (manager.program, manager.install.join(" "), packages.join(" "));
        return Err(TaskError::Other(format!("run this, then try again: sudo {program} {install} {packages}")));
    }
    if manager.program == "apt-get" {
        sh::run(sh::command(manager.program).arg("update"))?;
    }
    sh::run(sh::command(manager.program).args(manager.install).args(packages))
}

fn there(check: &[&str]) -> bool {
    let Some((program, arguments)) = check.split_first() else { return false };
    let quiet = sh::command(program).args(arguments).stdout(Stdio::null()).stderr(Stdio::null()).status();
    quiet.is_ok_and(|status| status.success())
}
