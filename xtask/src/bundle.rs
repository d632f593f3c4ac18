//! The plugin as hosts want it: `Earmark.clap` and `Earmark.vst3`, and into the user's plugin folders.

mod layout;

use std::env;
use std::fs;
use std::path::{Path, PathBuf};

use self::layout::{Format, System};
use crate::sh::{self, TaskError, TaskResult, file_error};

/// Builds both bundles and says where they are.
pub(crate) fn run(release: bool) -> TaskResult {
    for (format, bundle) in make(release)? {
        let bytes = size(&bundle).map_err(file_error(&bundle))?;
        println!("{} ({:.1} MB)", bundle.display(), bytes as f64 / 1e6);
        match folder(format) {
            Some(folder) => println!("  to install: copy it to {}", folder.display()),
            None => println!("  to install: copy it to where your host looks for plugins"),
        }
    }
    println!("  or: cargo xtask install{}", if release { " --release" } else { "" });
    Ok(())
}

/// Builds both bundles and copies them to the user's plugin folders.
pub(crate) fn install(release: bool) -> TaskResult {
    for (format, bundle) in make(release)? {
        let missing = || TaskError::Other("expected a home folder, got none: copy the bundles by hand".into());
        let folder = folder(format).ok_or_else(missing)?;
        let to = folder.join(bundle.file_name().unwrap_or_default());
        replace(&bundle, &to)?;
        println!("installed: {}", to.display());
    }
    Ok(())
}

/// Builds the bundles and says where the library that is in both is, and how large each bundle is in bytes.
pub(crate) fn library(release: bool) -> Result<(PathBuf, u64), TaskError> {
    let missing = || TaskError::Other("expected a CLAP among the bundles, got none".into());
    let (format, bundle) =
        make(release)?.into_iter().find(|(format, _)| *format == Format::Clap).ok_or_else(missing)?;
    let bytes = size(&bundle).map_err(file_error(&bundle))?;
    Ok((sh::target().join("bundled").join(System::this().binary(format, env::consts::ARCH)), bytes))
}

/// Builds the bundles and says where the VST3 is.
pub(crate) fn vst3(release: bool) -> Result<PathBuf, TaskError> {
    let made = make(release)?.into_iter().find(|(format, _)| *format == Format::Vst3);
    made.map(|(_, bundle)| bundle).ok_or_else(|| TaskError::Other("expected a VST3 among the bundles, got none".into()))
}

/// Where the user's plugins of that format belong.
fn folder(format: Format) -> Option<PathBuf> {
    let system = System::this();
    let home = env::var_os(system.home_variable())?;
    Some(system.plugins(format, Path::new(&home)))
}

/// Builds the plugin and lays out both bundles anew.
fn make(release: bool) -> Result<Vec<(Format, PathBuf)>, TaskError> {
    let mut build = sh::cargo();
    let profile = if release {
        // Only what is a dynamic library and nothing else can be optimised as one piece. It is the only package with this
        // profile, so there is nothing to be shared with the rest of the workspace.
        build.args(["rustc", "--package", "earmark-plugin", "--lib", "--profile", "bundle", "--crate-type", "cdylib"]);
        "bundle"
    } else {
        // The whole workspace is named for its features, as in `sh::built`; of it, the libraries are quick.
        build.args(["build", "--workspace", "--lib"]);
        "debug"
    };
    sh::run(&mut build)?;
    let system = System::this();
    let library = sh::target().join(profile).join(system.library("earmark_plugin"));
    let bundled = sh::target().join("bundled");
    let mut made = Vec::new();
    for format in [Format::Clap, Format::Vst3] {
        let bundle = bundled.join(format.bundle());
        remove(&bundle)?;
        let binary = bundled.join(system.binary(format, env::consts::ARCH));
        copy_file(&library, &binary)?;
        for (path, text) in system.extra_files(format, env!("CARGO_PKG_VERSION")) {
            let path = bundled.join(path);
            fs::write(&path, text).map_err(file_error(&path))?;
        }
        made.push((format, bundle));
    }
    Ok(made)
}

/// Copies a bundle, a file or a folder, to where another version of it may be.
fn replace(from: &Path, to: &Path) -> TaskResult {
    remove(to)?;
    copy(from, to)
}

fn remove(path: &Path) -> TaskResult {
    let removed = if path.is_dir() { fs::remove_dir_all(path) } else { fs::remove_file(path) };
    match removed {
        Err(error) if error.kind() != std::io::ErrorKind::NotFound => Err(file_error(path)(error)),
        _ => Ok(()),
    }
}

fn copy(from: &Path, to: &Path) -> TaskResult {
    if !from.is_dir() {
        return copy_file(from, to);
    }
    fs::create_dir_all(to).map_err(file_error(to))?;
    for entry in fs::read_dir(from).map_err(file_error(from))? {
        let entry = entry.map_err(file_error(from))?;
        copy(&entry.path(), &to.join(entry.file_name()))?;
    }
    Ok(())
}

fn copy_file(from: &Path, to: &Path) -> TaskResult {
    if let Some(folder) = to.parent() {
        fs::create_dir_all(folder).map_err(file_error(folder))?;
    }
    fs::copy(from, to).map(drop).map_err(file_error(from))
}

fn size(path: &Path) -> std::io::Result<u64> {
    if !path.is_dir() {
        return Ok(fs::metadata(path)?.len());
    }
    fs::read_dir(path)?.map(|entry| size(&entry?.path())).sum()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_bundle_replaces_the_one_before() {
        let folder = env::temp_dir().join(format!("earmark-bundle-{}", std::process::id()));
        let (from, to) = (folder.join("from"), folder.join("to/Earmark.vst3"));
        copy_file(Path::new(env!("CARGO_MANIFEST_PATH")), &from.join("Contents/new")).unwrap();
        copy_file(Path::new(env!("CARGO_MANIFEST_PATH")), &to.join("Contents/old")).unwrap();
        replace(&from, &to).unwrap();
        assert!(to.join("Contents/new").is_file() && !to.join("Contents/old").exists());
        assert_eq!(size(&from).unwrap(), size(&to).unwrap());
        // A file where a folder was, and the other way round.
        replace(&from.join("Contents/new"), &to).unwrap();
        assert!(to.is_file());
        replace(&from, &to).unwrap();
        assert!(to.join("Contents/new").is_file());
        remove(&folder).unwrap();
        remove(&folder).unwrap();
        assert!(replace(&from, &to).is_err(), "nothing to copy");
    }
}
