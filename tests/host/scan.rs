//! What a host does with every plugin it finds: it costs little, and loads no model.

use std::env;
use std::process::Command;

use cpu_time::ProcessTime;
use earmark_models::Registry;

use super::raw;
use super::rig::{Host, ID};

/// What tells a test that it is alone in its process.
const ALONE: &str = "EARMARK_ALONE";

/// Runs the test `name` in a process of its own, for what only a whole process can tell. True there.
pub(crate) fn alone(name: &str) -> bool {
    if env::var_os(ALONE).is_some() {
        return true;
    }
    let mut command = Command::new(env::current_exe().unwrap());
    let outcome = command.args(["--exact", name, "--nocapture"]).env(ALONE, "1").output().unwrap();
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    print!("{}", text(&outcome.stdout));
    eprint!("{}", text(&outcome.stderr));
    assert!(outcome.status.success(), "{name} failed in a process of its own");
    assert!(text(&outcome.stdout).contains("1 passed"), "there is no test {name}");
    false
}

#[test]
fn scan_time() {
    if !alone("host::scan::scan_time") {
        return;
    }
    let begun = ProcessTime::now();
    let entry = raw::entry();
    let factory = entry.get_plugin_factory().unwrap();
    let named = factory.plugin_descriptors().filter(|descriptor| descriptor.id() == Some(ID)).count();
    let looked = begun.elapsed();
    drop(Host::try_new(&entry, ID).unwrap());
    drop(entry);
    let whole = begun.elapsed();
    println!("load, factory, descriptors: {looked:?} of CPU; with create, init and destroy: {whole:?}");
    assert_eq!((named, Registry::global().loads()), (1, 0));
    assert!(whole.as_millis() <= 100, "expected at most 100 ms of CPU, got {whole:?}");
    // As hosts do that look closer: active, and even started, and never a sample.
    let mut host = Host::new();
    for offline in [false, true, false] {
        host.set_offline(offline);
        host.with_audio(48_000.0, 512, |rack| rack.reset());
    }
    assert_eq!(Registry::global().loads(), 0);
    // And the counter counts: an offline render waits for its analysis.
    host.set_offline(true);
    host.with_audio(48_000.0, 512, |rack| rack.play_mono(&[0.5; 512]));
    assert!(Registry::global().loads() >= 1);
}
