//! Load on the machine while a test runs.

use std::io;
use std::process::{Child, Command, Stdio};

/// Busy processes that run until drop.
#[derive(Debug, Default)]
pub struct Load(Vec<Child>);

impl Load {
    /// Starts `processes` busy processes.
    ///
    /// # Errors
    /// A process cannot be started; those that were are ended.
    pub fn new(processes: usize) -> io::Result<Self> {
        let mut load = Self::default();
        for _ in 0..processes {
            load.0.push(Command::new("sh").args(["-c", "while :; do :; done"]).stdout(Stdio::null()).spawn()?);
        }
        Ok(load)
    }
}

impl Drop for Load {
    fn drop(&mut self) {
        for child in &mut self.0 {
            let _ = child.kill();
            let _ = child.wait();
        }
    }
}
