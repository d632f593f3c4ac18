//! Layout of the bundles, and plugin folders, by operating system.

use std::path::{Path, PathBuf};

/// A plugin format.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Format {
    Clap,
    Vst3,
}

/// A plugin.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Product {
    Analyzer,
    Stems,
}

impl Product {
    /// All plugins.
    pub(super) const ALL: [Self; 2] = [Self::Analyzer, Self::Stems];

    /// Returns the name of the bundles and of the binaries in them.
    pub(super) fn name(self) -> &'static str {
        match self {
            Self::Analyzer => "Earmark",
            Self::Stems => "Earmark Stems",
        }
    }

    /// Returns the name of the package.
    pub(super) fn package(self) -> &'static str {
        match self {
            Self::Analyzer => "earmark-plugin",
            Self::Stems => "earmark-stems",
        }
    }

    /// Returns the identifier of a bundle.
    fn identifier(self, format: Format) -> String {
        let plugin = match self {
            Self::Analyzer => "audio.earmark.earmark",
            Self::Stems => "audio.earmark.earmark.stems",
        };
        format!("{plugin}.{}", format.extension())
    }
}

/// An operating system.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum System {
    Linux,
    MacOs,
    Windows,
}

impl Format {
    /// Both formats.
    pub(super) const ALL: [Self; 2] = [Self::Clap, Self::Vst3];

    /// Returns the extension of the bundle.
    fn extension(self) -> &'static str {
        match self {
            Self::Clap => "clap",
            Self::Vst3 => "vst3",
        }
    }

    /// Returns the file name of the bundle of a plugin.
    pub(super) fn bundle(self, product: Product) -> String {
        format!("{}.{}", product.name(), self.extension())
    }
}

impl System {
    /// Returns the current system; every system other than macOS and Windows counts as Linux.
    pub(super) fn this() -> Self {
        if cfg!(target_os = "macos") {
            Self::MacOs
        } else if cfg!(target_os = "windows") {
            Self::Windows
        } else {
            Self::Linux
        }
    }

    /// Returns the file name of a dynamic library in cargo's build folder.
    pub(super) fn library(self, name: &str) -> String {
        match self {
            Self::Linux => format!("lib{name}.so"),
            Self::MacOs => format!("lib{name}.dylib"),
            Self::Windows => format!("{name}.dll"),
        }
    }

    /// Returns the path of the binary, relative to the folder of the bundles. `arch` is Rust's name of the
    /// architecture.
    pub(super) fn binary(self, product: Product, format: Format, arch: &str) -> PathBuf {
        let (bundle, name) = (PathBuf::from(format.bundle(product)), product.name());
        // VST3 uses the architecture names of `uname`.
        let arch = if arch == "x86" { "i386" } else { arch };
        match (self, format) {
            // A CLAP is the library itself, except on macOS.
            (Self::Linux | Self::Windows, Format::Clap) => bundle,
            (Self::Linux, Format::Vst3) => bundle.join(format!("Contents/{arch}-linux/{name}.so")),
            (Self::Windows, Format::Vst3) => {
                let arch = if arch == "aarch64" { "arm64" } else { arch };
                let arch = if arch == "i386" { "x86" } else { arch };
                bundle.join(format!("Contents/{arch}-win/{name}.vst3"))
            }
            (Self::MacOs, _) => bundle.join("Contents/MacOS").join(name),
        }
    }

    /// Returns the other files of a bundle: paths and contents.
    pub(super) fn extra_files(self, product: Product, format: Format, version: &str) -> Vec<(PathBuf, String)> {
        if self != Self::MacOs {
            return Vec::new();
        }
        let contents = Path::new(&format.bundle(product)).join("Contents");
        vec![
            (contents.join("Info.plist"), plist(product, format, version)),
            (contents.join("PkgInfo"), "BNDL????".into()),
        ]
    }

    /// Returns the name of the environment variable with the base folder of [`System::plugins`].
    pub(super) fn home_variable(self) -> &'static str {
        if self == Self::Windows { "LOCALAPPDATA" } else { "HOME" }
    }

    /// Returns the user's plugin folder.
    pub(super) fn plugins(self, format: Format, home: &Path) -> PathBuf {
        home.join(match (self, format) {
            (Self::Linux, Format::Clap) => ".clap",
            (Self::Linux, Format::Vst3) => ".vst3",
            (Self::MacOs, Format::Clap) => "Library/Audio/Plug-Ins/CLAP",
            (Self::MacOs, Format::Vst3) => "Library/Audio/Plug-Ins/VST3",
            (Self::Windows, Format::Clap) => "Programs/Common/CLAP",
            (Self::Windows, Format::Vst3) => "Programs/Common/VST3",
        })
    }
}

fn plist(product: Product, format: Format, version: &str) -> String {
    let (name, identifier) = (product.name(), product.identifier(format));
    let entries = [
        ("CFBundleExecutable", name),
        ("CFBundleIdentifier", &identifier),
        ("CFBundleName", name),
        ("CFBundlePackageType", "BNDL"),
        ("CFBundleSignature", "????"),
        ("CFBundleShortVersionString", version),
        ("CFBundleVersion", version),
    ];
    let entries: String =
        entries.iter().map(|(key, value)| format!("  <key>{key}</key>\n  <string>{value}</string>\n")).collect();
    format!(
        "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<!DOCTYPE plist PUBLIC \"-//Apple//DTD PLIST 1.0//EN\" \
         \"http://www.apple.com/DTDs/PropertyList-1.0.dtd\">\n<plist version=\"1.0\">\n<dict>\n{entries}</dict>\n</plist>\n"
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn binary_path_matches_system_and_format() {
        for (system, format, arch, expected) in [
            (System::Linux, Format::Clap, "x86_64", "Earmark.clap"),
            (System::Linux, Format::Vst3, "x86_64", "Earmark.vst3/Contents/x86_64-linux/Earmark.so"),
            (System::Linux, Format::Vst3, "x86", "Earmark.vst3/Contents/i386-linux/Earmark.so"),
            (System::Linux, Format::Vst3, "aarch64", "Earmark.vst3/Contents/aarch64-linux/Earmark.so"),
            (System::MacOs, Format::Clap, "aarch64", "Earmark.clap/Contents/MacOS/Earmark"),
            (System::MacOs, Format::Vst3, "x86_64", "Earmark.vst3/Contents/MacOS/Earmark"),
            (System::Windows, Format::Clap, "x86_64", "Earmark.clap"),
            (System::Windows, Format::Vst3, "x86_64", "Earmark.vst3/Contents/x86_64-win/Earmark.vst3"),
            (System::Windows, Format::Vst3, "x86", "Earmark.vst3/Contents/x86-win/Earmark.vst3"),
            (System::Windows, Format::Vst3, "aarch64", "Earmark.vst3/Contents/arm64-win/Earmark.vst3"),
        ] {
            assert_eq!(
                system.binary(Product::Analyzer, format, arch),
                Path::new(expected),
                "{system:?} {format:?} {arch}"
            );
        }
        let stems = System::Linux.binary(Product::Stems, Format::Vst3, "x86_64");
        assert_eq!(stems, Path::new("Earmark Stems.vst3/Contents/x86_64-linux/Earmark Stems.so"));
    }

    #[test]
    fn only_macos_bundle_has_extra_files() {
        assert!(System::Linux.extra_files(Product::Analyzer, Format::Vst3, "1.2.3").is_empty());
        let files = System::MacOs.extra_files(Product::Analyzer, Format::Clap, "1.2.3");
        assert_eq!(files[1], (PathBuf::from("Earmark.clap/Contents/PkgInfo"), "BNDL????".into()));
        let (path, text) = &files[0];
        assert_eq!(path, Path::new("Earmark.clap/Contents/Info.plist"));
        for line in
            ["<string>Earmark</string>", "<string>1.2.3</string>", "<string>audio.earmark.earmark.clap</string>"]
        {
            assert!(text.contains(line), "{line} is missing in {text}");
        }
    }
}
