//! Sound server of a desktop with a removable card: PulseAudio with a null sink.

use std::process::{Child, Command, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use tempfile::TempDir;

/// PulseAudio server of a test; the process ends on drop.
pub(super) struct Pulse {
    home: TempDir,
    server: Child,
    module: Option<String>,
}

impl Pulse {
    /// Starts a server with the card.
    pub(super) fn start() -> Self {
        let home = tempfile::tempdir().unwrap();
        let mut server = Command::new("pulseaudio");
        server.args(["-n", "--daemonize=no", "--exit-idle-time=-1", "--use-pid-file=no", "--disable-shm=yes"]);
        server.args(["-L", "module-native-protocol-unix auth-anonymous=1", "--realtime=no", "--high-priority=no"]);
        offer(&home, &mut server);
        let server = server.stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap();
        let mut pulse = Self { home, server, module: None };
        let begun = Instant::now();
        while pulse.control(&["info"]).is_none() {
            assert!(begun.elapsed() < Duration::from_secs(20), "the server has not come up in 20 s");
            thread::sleep(Duration::from_millis(50));
        }
        pulse.plug_in();
        pulse
    }

    /// Adds the card; its output is the input `pulseaudio:card.monitor`.
    pub(super) fn plug_in(&mut self) {
        let card =
            ["load-module", "module-null-sink", "sink_name=card", "rate=48000", "channels=2", "format=float32le"];
        self.module = Some(self.control(&card).unwrap().trim().to_owned());
    }

    /// Removes the card.
    pub(super) fn pull_out(&mut self) {
        let module = self.module.take().unwrap();
        self.control(&["unload-module", &module]).unwrap();
    }

    /// Sets the environment of a program so that it connects to this server.
    pub(super) fn offer(&self, program: &mut Command) {
        offer(&self.home, program);
    }

    fn control(&self, arguments: &[&str]) -> Option<String> {
        let mut control = Command::new("pactl");
        self.offer(control.args(arguments));
        let output = control.output().unwrap();
        output.status.success().then(|| String::from_utf8_lossy(&output.stdout).into_owned())
    }
}

fn offer(home: &TempDir, program: &mut Command) {
    let socket = format!("unix:{}/native", home.path().display());
    program.env("XDG_RUNTIME_DIR", home.path()).env("HOME", home.path()).env("PULSE_RUNTIME_PATH", home.path());
    if program.get_program() != "pulseaudio" {
        program.env("PULSE_SERVER", socket);
    }
}

impl Drop for Pulse {
    fn drop(&mut self) {
        let _ = self.server.kill();
        let _ = self.server.wait();
    }
}
