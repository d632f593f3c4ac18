//! Objects that a screen reader finds in the window of the app, by the accessibility bus of Linux.

use std::io::{BufRead, BufReader};
use std::process::{Child, Command, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use super::running::Running;

/// Longest time until the window is on the bus.
const LONGEST: Duration = Duration::from_secs(30);

/// Session bus of its own, which starts the accessibility bus; it ends on drop.
struct SessionBus {
    daemon: Child,
    address: String,
}

impl SessionBus {
    fn start() -> Self {
        let mut command = Command::new("dbus-daemon");
        command.args(["--session", "--nofork", "--nopidfile", "--print-address=1"]).stdout(Stdio::piped());
        let mut daemon = command.spawn().unwrap();
        let mut address = String::new();
        BufReader::new(daemon.stdout.take().unwrap()).read_line(&mut address).unwrap();
        Self { daemon, address: address.trim().to_owned() }
    }
}

impl Drop for SessionBus {
    fn drop(&mut self) {
        self.daemon.kill().unwrap();
        self.daemon.wait().unwrap();
    }
}

/// Object of the accessibility bus: the name of its program on the bus, and its path.
#[derive(Clone, Debug)]
struct Object {
    program: String,
    path: String,
}

/// Calls a method on the bus at an address. Returns the printed result.
fn call(bus: &str, object: &Object, method: &str, arguments: &[&str]) -> Result<String, String> {
    let mut command = Command::new("gdbus");
    command.args([
        "call",
        "--address",
        bus,
        "--timeout",
        "5",
        "--dest",
        &object.program,
        "--object-path",
        &object.path,
    ]);
    let output = command.args(["--method", method]).args(arguments).output().unwrap();
    if output.status.success() {
        Ok(String::from_utf8(output.stdout).unwrap())
    } else {
        Err(String::from_utf8_lossy(&output.stderr).into_owned())
    }
}

fn object(program: &str, path: &str) -> Object {
    Object { program: program.to_owned(), path: path.to_owned() }
}

/// Texts in quotation marks of a printed result.
fn quoted(text: &str) -> Vec<String> {
    text.split('\'').skip(1).step_by(2).map(ToOwned::to_owned).collect()
}

fn children(bus: &str, parent: &Object) -> Vec<Object> {
    let printed = call(bus, parent, "org.a11y.atspi.Accessible.GetChildren", &[]).unwrap_or_default();
    quoted(&printed).chunks_exact(2).map(|pair| object(&pair[0], &pair[1])).collect()
}

/// Name of an object; empty if it has none.
fn name(bus: &str, of: &Object) -> String {
    let get = "org.freedesktop.DBus.Properties.Get";
    let printed = call(bus, of, get, &["org.a11y.atspi.Accessible", "Name"]).unwrap_or_default();
    quoted(&printed).into_iter().next().unwrap_or_default()
}

/// Names of all objects of the windows on the bus.
fn names(bus: &str) -> Vec<String> {
    let mut open = children(bus, &object("org.a11y.atspi.Registry", "/org/a11y/atspi/accessible/root"));
    let mut found = Vec::new();
    while let Some(next) = open.pop() {
        found.push(name(bus, &next));
        open.extend(children(bus, &next));
    }
    found
}

/// Controls of the bar, of the panel and of its pages.
const EXPECTED: [&str; 6] = ["Open file…", "Input gain", "Outputs", "Setup", "Half tempo", "Full screen"];

#[test(needs(Display, Accessibility))]
fn window_tells_a_screen_reader_its_controls() {
    let session = SessionBus::start();
    let accessibility = object("org.a11y.Bus", "/org/a11y/bus");
    let set = "org.freedesktop.DBus.Properties.Set";
    call(&session.address, &accessibility, set, &["org.a11y.Status", "IsEnabled", "<true>"]).unwrap();
    let bus = call(&session.address, &accessibility, "org.a11y.Bus.GetAddress", &[]).unwrap();
    let bus = &quoted(&bus)[0];

    let home = tempfile::tempdir().unwrap();
    let window = Running::start(&[], |command| {
        command.env("XDG_CONFIG_HOME", home.path()).env("DBUS_SESSION_BUS_ADDRESS", &session.address);
        command.env("LIBGL_ALWAYS_SOFTWARE", "1").env("JACK_DEFAULT_SERVER", format!("none{}", std::process::id()));
    });
    let begun = Instant::now();
    let mut found = Vec::new();
    let is_complete = |found: &[String]| EXPECTED.iter().all(|expected| found.iter().any(|name| name == expected));
    while begun.elapsed() < LONGEST && !is_complete(&found) {
        thread::sleep(Duration::from_secs(1));
        found = names(bus);
    }
    assert!(is_complete(&found), "expected {EXPECTED:?}, got {found:?}; {}", window.errors());
    drop(window);
}
