//! Needs of tests: what a machine or a build may lack, by name. `tests/requirements.md` describes them for readers.

mod detect;
pub mod report;

use std::fmt;
use std::sync::OnceLock;

/// Makes every absent need a failure if it is set to anything but `0` or nothing.
pub const REQUIRE_ALL: &str = "EARMARK_REQUIRE_ALL";
/// Names of needs, with commas between them, whose absence is a failure.
pub const REQUIRE: &str = "EARMARK_REQUIRE";
/// The Python that has the modules which tests use (default `python3`).
pub const PYTHON: &str = "EARMARK_PYTHON";

/// Something that a test cannot run without.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Need {
    /// The reference data.
    Reference,
    /// An X11 display.
    Display,
    /// JACK with its command line tools.
    Jack,
    /// `PulseAudio` with its command line tool.
    PulseAudio,
    /// Chromium.
    Browser,
    /// `ImageMagick`, for pictures of a display.
    ImageMagick,
    /// The Python module `pythonosc`.
    PythonOsc,
    /// The Python module `pyarrow`.
    PyArrow,
    /// A build with `RealtimeSanitizer`.
    Sanitizer,
    /// The plugin's library as it is bundled.
    Bundle,
    /// The plugin in a build that aborts when `process` allocates.
    Asserting,
    /// A plugin that allocates in `process`, in the same kind of build.
    Allocating,
    /// A folder of added models, at least one of which has labels.
    AddedModels,
}

impl Need {
    /// All needs, in the order of their declaration.
    pub const ALL: [Self; 13] = [
        Self::Reference,
        Self::Display,
        Self::Jack,
        Self::PulseAudio,
        Self::Browser,
        Self::ImageMagick,
        Self::PythonOsc,
        Self::PyArrow,
        Self::Sanitizer,
        Self::Bundle,
        Self::Asserting,
        Self::Allocating,
        Self::AddedModels,
    ];

    /// The name in `EARMARK_REQUIRE` and in reports.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Reference => "reference",
            Self::Display => "display",
            Self::Jack => "jack",
            Self::PulseAudio => "pulseaudio",
            Self::Browser => "browser",
            Self::ImageMagick => "imagemagick",
            Self::PythonOsc => "python-osc",
            Self::PyArrow => "pyarrow",
            Self::Sanitizer => "sanitizer",
            Self::Bundle => "bundle",
            Self::Asserting => "asserting",
            Self::Allocating => "allocating",
            Self::AddedModels => "added-models",
        }
    }

    /// The way to meet the need.
    #[must_use]
    pub fn remedy(self) -> &'static str {
        match self {
            Self::Reference => "EARMARK_REFERENCE names the folder (default ../shared/data)",
            Self::Display => "cargo xtask test starts Xvfb if it is installed (Debian: xvfb libegl1 libgl1-mesa-dri)",
            Self::Jack => "cargo xtask setup --tests (Debian: jackd2)",
            Self::PulseAudio => "cargo xtask setup --tests (Debian: pulseaudio pulseaudio-utils)",
            Self::Browser => "cargo xtask setup --tests (Debian: chromium)",
            Self::ImageMagick => "cargo xtask setup --tests (Debian: imagemagick)",
            Self::PythonOsc | Self::PyArrow => "cargo xtask test makes an environment; EARMARK_PYTHON names another",
            Self::Sanitizer => "cargo xtask prove R1",
            Self::Bundle => "cargo xtask prove bundle",
            Self::Asserting | Self::Allocating => "cargo xtask prove R3",
            Self::AddedModels => "cargo xtask prove R27; EARMARK_MODELS names the folder",
        }
    }

    /// Whether the need is met: what was found, or the reason for its absence. Looks once in a process.
    pub fn presence(self) -> &'static Result<String, String> {
        static FOUND: [OnceLock<Result<String, String>>; Need::ALL.len()] =
            [const { OnceLock::new() }; Need::ALL.len()];
        FOUND[self as usize].get_or_init(|| detect::detect(self))
    }
}

impl fmt::Display for Need {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// The set of needs whose absence is a failure.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Required([bool; Need::ALL.len()]);

impl Required {
    /// The set that `EARMARK_REQUIRE_ALL` and `EARMARK_REQUIRE` name.
    ///
    /// # Errors
    /// When `EARMARK_REQUIRE` has a name that no need has.
    pub fn from_environment() -> Result<Self, String> {
        let text = |variable: &str| std::env::var(variable).unwrap_or_default();
        Self::parse(&text(REQUIRE_ALL), &text(REQUIRE))
    }

    /// The set that the values of the two variables name.
    ///
    /// # Errors
    /// When the list has a name that no need has.
    pub fn parse(all: &str, list: &str) -> Result<Self, String> {
        let mut required = Self([!matches!(all.trim(), "" | "0"); Need::ALL.len()]);
        for name in list.split(',').map(str::trim).filter(|name| !name.is_empty()) {
            let need = Need::ALL.into_iter().find(|need| need.name() == name);
            let need = need.ok_or_else(|| {
                let names = Need::ALL.map(Need::name).join(", ");
                format!("cannot read {REQUIRE}: expected names of {names}, got {name}")
            })?;
            required.0[need as usize] = true;
        }
        Ok(required)
    }

    /// Whether the absence of a need is a failure.
    #[must_use]
    pub fn contains(self, need: Need) -> bool {
        self.0[need as usize]
    }
}

/// The Python that has the modules which tests use.
#[must_use]
pub fn python() -> std::ffi::OsString {
    std::env::var_os(PYTHON).filter(|python| !python.is_empty()).unwrap_or_else(|| "python3".into())
}
