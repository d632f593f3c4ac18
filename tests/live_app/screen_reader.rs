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

/// Role and name of an object.
fn described(bus: &str, of: &Object) -> (String, String) {
    let first = |printed: Result<String, String>| printed.ok().and_then(|text| quoted(&text).into_iter().next());
    let role = first(call(bus, of, "org.a11y.atspi.Accessible.GetRoleName", &[]));
    let get = "org.freedesktop.DBus.Properties.Get";
    let name = first(call(bus, of, get, &["org.a11y.atspi.Accessible", "Name"]));
    (role.unwrap_or_default(), name.unwrap_or_default())
}

/// Roles and names of all objects of the windows on the bus.
fn all_described(bus: &str) -> Vec<(String, String)> {
    let mut open = children(bus, &object("org.a11y.atspi.Registry", "/org/a11y/atspi/accessible/root"));
    let mut found = Vec::new();
    while let Some(next) = open.pop() {
        found.push(described(bus, &next));
        open.extend(children(bus, &next));
    }
    found
}

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
    while begun.elapsed() < LONGEST && found.iter().filter(|(role, _)| role == "push button").count() < 3 {
        thread::sleep(Duration::from_secs(1));
        found = all_described(bus);
    }
    println!("live_app: screen_reader: {found:?}");
    let has = |role: &str, name: &str| found.iter().any(|found| found.0 == role && found.1.contains(name));
    assert!(has("frame", "Earmark"), "{}", window.errors());
    assert!(has("push button", "Open"), "{found:?}");
    drop(window);
}
