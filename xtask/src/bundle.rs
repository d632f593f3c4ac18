//! Plugin bundles: builds the CLAP and the VST3 of each plugin, and installs them in the user's plugin folders.

mod layout;

use std::env;
use std::fs;
use std::path::{Path, PathBuf};

pub(crate) use self::layout::Product;
use self::layout::{Format, System};
use crate::sh::{self, TaskError, TaskResult, file_error};

/// Builds all bundles and prints their paths.
pub(crate) fn run(release: bool) -> TaskResult {
    for (format, bundle) in make_all(release)? {
        let bytes = size(&bundle).map_err(file_error(&bundle))?;
        println!("{} ({:.1} MB)", bundle.display(), bytes as f64 / 1e6);
        match folder(format) {
            Some(folder) => println!("  to install: copy it to {}", folder.display()),
            None => println!("  to install: copy it to a plugin folder of your host"),
        }
    }
    println!("  or: cargo xtask install{}", if release { " --release" } else { "" });
    Ok(())
}

/// Builds all bundles and copies them to the user's plugin folders.
pub(crate) fn install(release: bool) -> TaskResult {
    for (format, bundle) in make_all(release)? {
        let missing = || {
            TaskError::Other("cannot install the bundles: expected a home folder, got none. Copy them by hand.".into())
        };
        let folder = folder(format).ok_or_else(missing)?;
        let to = folder.join(bundle.file_name().unwrap_or_default());
        replace(&bundle, &to)?;
        println!("installed: {}", to.display());
    }
    Ok(())
}

/// Builds the bundles of the analyzer and returns the path of the library that both contain, and the size of a bundle in bytes.
pub(crate) fn library(release: bool) -> Result<(PathBuf, u64), TaskError> {
    let missing = || TaskError::Other("cannot find the CLAP among the bundles".into());
    let (format, bundle) = make(Product::Analyzer, release)?
        .into_iter()
        .find(|(format, _)| *format == Format::Clap)
        .ok_or_else(missing)?;
    let bytes = size(&bundle).map_err(file_error(&bundle))?;
    Ok((sh::target().join("bundled").join(System::this().binary(Product::Analyzer, format, env::consts::ARCH)), bytes))
}

/// Builds the bundles of a plugin and returns the path of the VST3.
pub(crate) fn vst3(product: Product, release: bool) -> Result<PathBuf, TaskError> {
    let made = make(product, release)?.into_iter().find(|(format, _)| *format == Format::Vst3);
    made.map(|(_, bundle)| bundle).ok_or_else(|| TaskError::Other("cannot find the VST3 among the bundles".into()))
}

/// Returns the user's plugin folder of a format.
fn folder(format: Format) -> Option<PathBuf> {
    let system = System::this();
    let home = env::var_os(system.home_variable())?;
    Some(system.plugins(format, Path::new(&home)))
}

/// Builds the bundles of all plugins.
fn make_all(release: bool) -> Result<Vec<(Format, PathBuf)>, TaskError> {
    let mut made = Vec::new();
    for product in Product::ALL {
        made.extend(make(product, release)?);
    }
    Ok(made)
}

/// Builds a plugin and assembles both bundles.
fn make(product: Product, release: bool) -> Result<Vec<(Format, PathBuf)>, TaskError> {
    let mut build = sh::cargo();
    let profile = if release {
        // Link-time optimization needs a build as `cdylib` only. No other package uses this profile, so the rest of the
        // workspace has nothing to share.
        build.args(["rustc", "--package", product.package(), "--lib", "--profile", "bundle"]);
        build.args(["--crate-type", "cdylib"]);
        if cfg!(all(target_os = "linux", target_arch = "x86_64")) {
            // The linker of this system, LLD, keeps one copy of functions that are equal. Rust promises no function its own
            // address.
            build.args(["--", "-C", "link-arg=-Wl,--icf=all"]);
        }
        "bundle"
    } else {
        // The whole workspace is built, to compile each package with one set of features, as in `sh::built`.
        build.args(["build", "--workspace", "--lib"]);
        "debug"
    };
    sh::run(&mut build)?;
    let system = System::this();
    let library = sh::target().join(profile).join(system.library(&product.package().replace('-', "_")));
    let bundled = sh::target().join("bundled");
    let mut made = Vec::new();
    for format in Format::ALL {
        let bundle = bundled.join(format.bundle(product));
        remove(&bundle)?;
        let binary = bundled.join(system.binary(product, format, env::consts::ARCH));
        copy_file(&library, &binary)?;
        for (path, text) in system.extra_files(product, format, env!("CARGO_PKG_VERSION")) {
            let path = bundled.join(path);
            fs::write(&path, text).map_err(file_error(&path))?;
        }
        made.push((format, bundle));
    }
    Ok(made)
}

/// Replaces a bundle, a file or a folder, by another version.
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
    fn bundle_replaces_previous_version() {
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
