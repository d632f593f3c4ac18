//! Names of the needs of tests.

use std::fmt;

/// Program, data or build that a test cannot run without.
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
    /// `ffmpeg` and the encoder of Musepack, for files in other formats.
    Ffmpeg,
    /// The accessibility bus and a client for it.
    Accessibility,
    /// The Python module `pythonosc`.
    PythonOsc,
    /// The Python module `pyarrow`.
    PyArrow,
    /// The Python modules `pandas`, `polars` and `duckdb`, which read tables.
    DataFrames,
    /// The Python module `mutagen`, which reads tags of audio files.
    Mutagen,
    /// `jq`.
    Jq,
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
    pub const ALL: [Self; 18] = [
        Self::Reference,
        Self::Display,
        Self::Jack,
        Self::PulseAudio,
        Self::Browser,
        Self::ImageMagick,
        Self::Ffmpeg,
        Self::Accessibility,
        Self::PythonOsc,
        Self::PyArrow,
        Self::DataFrames,
        Self::Mutagen,
        Self::Jq,
        Self::Sanitizer,
        Self::Bundle,
        Self::Asserting,
        Self::Allocating,
        Self::AddedModels,
    ];

    /// Returns the name in `EARMARK_REQUIRE` and in reports.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Reference => "reference",
            Self::Display => "display",
            Self::Jack => "jack",
            Self::PulseAudio => "pulseaudio",
            Self::Browser => "browser",
            Self::ImageMagick => "imagemagick",
            Self::Ffmpeg => "ffmpeg",
            Self::Accessibility => "accessibility",
            Self::PythonOsc => "python-osc",
            Self::PyArrow => "pyarrow",
            Self::DataFrames => "data-frames",
            Self::Mutagen => "mutagen",
            Self::Jq => "jq",
            Self::Sanitizer => "sanitizer",
            Self::Bundle => "bundle",
            Self::Asserting => "asserting",
            Self::Allocating => "allocating",
            Self::AddedModels => "added-models",
        }
    }

    /// Returns the way to meet the need.
    #[must_use]
    pub fn remedy(self) -> &'static str {
        match self {
            Self::Reference => "EARMARK_REFERENCE names the folder (default ../shared/data)",
            Self::Display => "cargo xtask test starts Xvfb if it is installed (Debian: xvfb libegl1 libgl1-mesa-dri)",
            Self::Jack => "cargo xtask setup --tests (Debian: jackd2)",
            Self::PulseAudio => "cargo xtask setup --tests (Debian: pulseaudio pulseaudio-utils)",
            Self::Accessibility => "cargo xtask setup --tests (Debian: at-spi2-core dbus libglib2.0-bin)",
            Self::Browser => "cargo xtask setup --tests (Debian: chromium)",
            Self::ImageMagick => "cargo xtask setup --tests (Debian: imagemagick)",
            Self::Ffmpeg => "cargo xtask setup --tests (Debian: ffmpeg musepack-tools)",
            Self::Jq => "cargo xtask setup --tests (Debian: jq)",
            Self::PythonOsc | Self::PyArrow | Self::DataFrames | Self::Mutagen => {
                "cargo xtask test makes an environment; EARMARK_PYTHON names another"
            }
            Self::Sanitizer => "cargo xtask prove R1",
            Self::Bundle => "cargo xtask prove bundle",
            Self::Asserting | Self::Allocating => "cargo xtask prove R3",
            Self::AddedModels => "cargo xtask prove R27; EARMARK_MODELS names the folder",
        }
    }
}

impl fmt::Display for Need {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}
