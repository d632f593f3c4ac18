//! Virtual display for tests that draw windows.

use std::io::{BufRead, BufReader};
use std::process::{Child, Command, Stdio};

use crate::sh;

/// A virtual X server. Dropping it stops the server.
pub(crate) struct Display {
    server: Child,
    /// The value of `DISPLAY`.
    name: String,
}

impl Display {
    /// Starts a server with one screen of this size, such as `1280x1024`, on an unused display number.
    ///
    /// `None` if Xvfb is not installed or does not start; tests that need a display then report it.
    pub(crate) fn start(size: &str) -> Option<Self> {
        let mut server = sh::command("Xvfb");
        server.args([
            "-displayfd",
            "1",
            "-screen",
            "0",
            &format!("{size}x24"),
            "+extension",
            "GLX",
            "-nolisten",
            "tcp",
            // Without this the server resets when the last window is closed, and refuses connections meanwhile.
            "-noreset",
        ]);
        let mut server = server.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::null()).spawn().ok()?;
        let mut number = String::new();
        // The server prints the number when it accepts connections, and exits without a line if it cannot start.
        let read = server.stdout.take().map(|out| BufReader::new(out).read_line(&mut number));
        let mut display = Self { server, name: format!(":{}", number.trim()) };
        let is_up = matches!(read, Some(Ok(_))) && !number.trim().is_empty();
        if is_up { Some(display) } else { display.end() }
    }

    /// Sets the display for a command, with a software renderer.
    pub(crate) fn apply_to(&self, command: &mut Command) {
        command.env("DISPLAY", &self.name).env("LIBGL_ALWAYS_SOFTWARE", "1");
    }

    fn end(&mut self) -> Option<Self> {
        let _ = self.server.kill();
        let _ = self.server.wait();
        None
    }
}

impl Drop for Display {
    fn drop(&mut self) {
        self.end();
    }
}
