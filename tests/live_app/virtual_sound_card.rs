//! Virtual sound card: JACK with its dummy driver.

use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use super::running::Running;

/// JACK server of a test; the process ends on drop.
pub(super) struct VirtualSoundCard {
    name: String,
    rate_hz: u32,
    server: Option<Child>,
}

impl VirtualSoundCard {
    /// Starts a server at that rate.
    pub(super) fn start(rate_hz: u32) -> Self {
        // Names of servers are shared by the whole machine, which has room for eight and keeps those of servers that
        // were killed. Therefore a test uses the same name each time, and reuses its entry.
        let test = thread::current().name().and_then(|name| name.rsplit("::").next()).unwrap_or("test").to_owned();
        let name = format!("earmark-{test}");
        let mut card = Self { name, rate_hz, server: None };
        card.plug_in();
        card
    }

    /// Starts the server (again).
    pub(super) fn plug_in(&mut self) {
        let mut server = Command::new("jackd");
        server.args(["-R", "-P", "10", "-n", &self.name, "-d", "dummy", "-r", &self.rate_hz.to_string(), "-p", "1024"]);
        server.env("JACK_NO_AUDIO_RESERVATION", "1").stdout(Stdio::null()).stderr(Stdio::null());
        self.server = Some(server.spawn().unwrap());
        let begun = Instant::now();
        while self.ports().is_empty() {
            assert!(begun.elapsed() < Duration::from_secs(20), "the server has not come up in 20 s");
            thread::sleep(Duration::from_millis(50));
        }
    }

    /// Ends the server regularly, so that it frees its entry.
    fn shut_down(&mut self) {
        let Some(server) = &mut self.server else { return };
        let asked = Command::new("kill").args(["-TERM", &server.id().to_string()]).status();
        let begun = Instant::now();
        while asked.as_ref().is_ok_and(|status| status.success()) && begun.elapsed() < Duration::from_secs(5) {
            if !matches!(server.try_wait(), Ok(None)) {
                self.server = None;
                return;
            }
            thread::sleep(Duration::from_millis(20));
        }
        self.pull_out();
    }

    /// Kills the server.
    pub(super) fn pull_out(&mut self) {
        if let Some(mut server) = self.server.take() {
            server.kill().unwrap();
            server.wait().unwrap();
        }
    }

    /// Sets the environment of a program so that it connects to this server.
    pub(super) fn offer(&self, program: &mut Command) {
        program.env("JACK_DEFAULT_SERVER", &self.name);
    }

    /// Returns all ports; none if the listing program hangs, which happens rarely while a client connects.
    pub(super) fn ports(&self) -> Vec<String> {
        let mut list = Command::new("timeout");
        list.args(["10", "jack_lsp"]);
        self.offer(&mut list);
        let list = list.stderr(Stdio::null()).output().unwrap();
        let text = String::from_utf8_lossy(&list.stdout).into_owned();
        text.lines().filter(|line| line.contains(':')).map(str::to_owned).collect()
    }

    /// Waits for the input ports of a program and returns the prefix of their names.
    ///
    /// The ports are listed once a second: a listing is a client of the server, and two clients that connect at the
    /// same time may block each other.
    pub(super) fn inputs_of(&self, program: &Running) -> String {
        let prefix = format!("cpal_client_{}_in:", program.id());
        for _ in 0..60 {
            thread::sleep(Duration::from_secs(1));
            if self.ports().iter().any(|port| port.starts_with(&prefix)) {
                return prefix;
            }
        }
        panic!("no input after 60 listings: {}", program.errors());
    }

    /// Plays a WAV into those inputs `times` times; blocks until the end.
    pub(super) fn feed(&self, wav: &Path, inputs: &str, times: usize) {
        let status = self.feeder(wav, inputs, times).wait().unwrap();
        assert!(status.success(), "the feeder: {status}");
    }

    /// Plays a WAV into those inputs once, and sends a note at its first sample to the MIDI port whose name contains `mark`.
    pub(super) fn feed_marked(&self, wav: &Path, inputs: &str, mark: &str) {
        let mut feeder = Command::new(env!("CARGO_BIN_EXE_stage-feed"));
        self.offer(&mut feeder);
        let status = feeder.arg(wav).args([inputs, "1", mark]).stdout(Stdio::null()).status().unwrap();
        assert!(status.success(), "the feeder: {status}");
    }

    /// Plays a WAV into those inputs in the background.
    pub(super) fn feeder(&self, wav: &Path, inputs: &str, times: usize) -> Child {
        let mut feeder = Command::new(env!("CARGO_BIN_EXE_stage-feed"));
        self.offer(&mut feeder);
        feeder.arg(wav).arg(inputs).arg(times.to_string()).stdout(Stdio::null()).spawn().unwrap()
    }
}

impl Drop for VirtualSoundCard {
    fn drop(&mut self) {
        self.shut_down();
    }
}
