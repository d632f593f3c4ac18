//! Wheels of the Python package and of its weights.

mod weights;

use std::env;
use std::fs;
use std::path::{Path, PathBuf};

use crate::python;
use crate::sh::{self, TaskError, TaskResult, file_error};

/// Folder of the package, from the root.
pub(crate) const PACKAGE: &str = "standalone/python";
/// Builder of wheels, with the linker for an old system.
const BUILDERS: [&str; 2] = ["maturin==1.16.0", "ziglang==0.17.1"];
/// Builds the wheels in `target/wheels`. With `release`, the code is optimized and runs on every Linux from 2014 on.
pub(crate) fn run(release: bool) -> TaskResult {
    for wheel in build(release)? {
        let size = fs::metadata(&wheel).map_err(file_error(&wheel))?.len();
        println!("{} ({:.1} MB)", wheel.display(), size as f64 / 1e6);
    }
    Ok(())
}

/// Builds all wheels and returns their paths: `earmark` first.
pub(crate) fn build(release: bool) -> Result<Vec<PathBuf>, TaskError> {
    let out = sh::target().join("wheels").join(if release { "release" } else { "debug" });
    if out.exists() {
        fs::remove_dir_all(&out).map_err(file_error(&out))?;
    }
    let python = python::environment("wheel-env", if release { &BUILDERS } else { &BUILDERS[..1] })?;
    let mut maturin = sh::command(&python);
    maturin.args(["-m", "maturin", "build", "--locked", "--manifest-path"]).arg(format!("{PACKAGE}/Cargo.toml"));
    maturin.arg("--out").arg(&out).arg("--interpreter").arg(&python).env("CARGO_TARGET_DIR", sh::target());
    if release {
        // `zig` is searched in PATH.
        let folders = env::var_os("PATH").unwrap_or_default();
        let folders = python.parent().map(Path::to_owned).into_iter().chain(env::split_paths(&folders));
        let path = env::join_paths(folders).map_err(|error| TaskError::Other(error.to_string()))?;
        maturin.args(["--profile", "bundle", "--zig", "--compatibility", "manylinux2014"]).env("PATH", path);
    } else {
        maturin.args(["--compatibility", "linux"]);
    }
    sh::run(&mut maturin)?;
    let staged = weights::stage(&sh::target().join("wheels").join("staged"))?;
    for package in &staged {
        let mut wheel = sh::command(&python);
        wheel.args(["-m", "pip", "wheel", "--quiet", "--disable-pip-version-check", "--no-deps", "--wheel-dir"]);
        sh::run(wheel.arg(&out).arg(package))?;
    }
    let entries = fs::read_dir(&out).map_err(file_error(&out))?;
    let mut wheels: Vec<PathBuf> = entries.filter_map(Result::ok).map(|entry| entry.path()).collect();
    wheels.sort();
    if wheels.len() != 1 + staged.len() {
        return Err(TaskError::Other(format!("expected {} wheels, got {wheels:?}", 1 + staged.len())));
    }
    Ok(wheels)
}
