//! Environment of the tests: installed programs, a virtual display and a Python. Tests report missing requirements.

use std::env;
use std::path::PathBuf;
use std::process::Command;

use crate::display::Display;
use crate::{python, setup};

/// Environment variable with the names of requirements that must be met.
pub(crate) const REQUIRE: &str = "EARMARK_REQUIRE";

/// Size of the virtual display, enough for the plugin's editor and for the app's window.
pub(crate) const DISPLAY_SIZE: &str = "1280x1024";

/// Python packages that tests use.
const MODULES: [&str; 6] =
    ["python-osc==1.10.2", "pyarrow==26.0.1", "pandas==3.1.1", "polars==2.1.0", "duckdb==2.0.1", "mutagen==1.48.1"];

/// A display and a Python for test runs. Dropping it stops the display.
pub(crate) struct TestEnvironment {
    display: Option<Display>,
    python: Option<PathBuf>,
}

impl TestEnvironment {
    /// Installs missing programs if possible, and starts a virtual display of this size unless `DISPLAY` is set.
    pub(crate) fn prepare(size: &str) -> Self {
        if let Err(error) = setup::for_tests() {
            eprintln!("{error}\nTests that need the missing programs are ignored.");
        }
        let has_display = env::var_os("DISPLAY").is_some_and(|name| !name.is_empty());
        let display = if has_display { None } else { Display::start(size) };
        let python = if env::var_os("EARMARK_PYTHON").is_some() { None } else { python() };
        Self { display, python }
    }

    /// Sets the environment variables of a test run.
    pub(crate) fn apply_to<'a>(&self, command: &'a mut Command) -> &'a mut Command {
        if let Some(display) = &self.display {
            display.apply_to(command);
        }
        if let Some(python) = &self.python {
            command.env("EARMARK_PYTHON", python);
        }
        command
    }
}

fn python() -> Option<PathBuf> {
    match python::environment("tests-env", &MODULES) {
        Ok(python) => Some(python),
        Err(error) => {
            eprintln!("{error}\nTests that need {} are ignored.", MODULES.join(" or "));
            None
        }
    }
}
