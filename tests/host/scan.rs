//! A host's scan of the plugin: the cost is small, and no model is loaded.

use cpu_time::ProcessTime;
use earmark_models::Registry;

use super::clap_raw;
use super::test_host::{Host, ID};

#[test(alone)]
fn scan_time() {
    let begun = ProcessTime::now();
    let entry = clap_raw::entry();
    let factory = entry.get_plugin_factory().unwrap();
    let named = factory.plugin_descriptors().filter(|descriptor| descriptor.id() == Some(ID)).count();
    let looked = begun.elapsed();
    drop(Host::try_new(&entry, ID).unwrap());
    drop(entry);
    let whole = begun.elapsed();
    println!("load, factory, descriptors: {looked:?} of CPU; with create, init and destroy: {whole:?}");
    assert_eq!((named, Registry::global().load_count()), (1, 0));
    assert!(whole.as_millis() <= 100, "expected at most 100 ms of CPU, got {whole:?}");
    // Some hosts also activate and start the plugin without processing a sample.
    let mut host = Host::new();
    for offline in [false, true, false] {
        host.set_offline(offline);
        host.with_audio(48_000.0, 512, |harness| harness.reset());
    }
    assert_eq!(Registry::global().load_count(), 0);
    // The counter works: an offline render waits for its analysis and loads models.
    host.set_offline(true);
    host.with_audio(48_000.0, 512, |harness| harness.play_mono(&[0.5; 512]));
    assert!(Registry::global().load_count() >= 1);
}
