//! Cases of clap-validator about the library and its descriptor.

use std::collections::BTreeSet;
use std::ffi::{CStr, CString};

use clack_extensions::audio_ports::{AudioPortFlags, AudioPortInfoBuffer, AudioPortType, PluginAudioPorts};
use clack_extensions::note_ports::{NotePortInfoBuffer, PluginNotePorts};
use clack_host::plugin::PluginDescriptor;
use clack_host::prelude::*;

use super::clap_raw;
use super::rng::{SEED, TestRng};
use super::test_host::{Host, ID};

fn descriptor(entry: &PluginEntry) -> &PluginDescriptor {
    let factory = entry.get_plugin_factory().unwrap();
    assert_eq!(factory.plugin_count(), 1);
    factory.plugin_descriptor(0).unwrap()
}

/// Returns all texts of a descriptor.
fn words(descriptor: &PluginDescriptor) -> Vec<Option<String>> {
    let text = |text: Option<&CStr>| text.map(|text| text.to_str().expect("text in UTF-8").to_owned());
    let mut words = vec![
        text(descriptor.id()),
        text(descriptor.name()),
        text(descriptor.vendor()),
        text(descriptor.url()),
        text(descriptor.manual_url()),
        text(descriptor.support_url()),
        text(descriptor.version()),
        text(descriptor.description()),
    ];
    words.extend(descriptor.features().map(|feature| text(Some(feature))));
    words
}

fn features(entry: &PluginEntry) -> Vec<String> {
    descriptor(entry).features().map(|feature| feature.to_str().unwrap().to_owned()).collect()
}

#[test]
fn query_nonexistent_factory() {
    let entry = clap_raw::entry();
    let mut rng = TestRng::new(SEED);
    assert!(clap_raw::has_factory(&entry, c"clap.plugin-factory"));
    for _ in 0..10 {
        let id = CString::new(format!("foo-factory-{}", rng.below(usize::MAX))).unwrap();
        assert!(!clap_raw::has_factory(&entry, &id), "{id:?}");
    }
}

#[test]
fn create_id_with_trailing_garbage() {
    let entry = clap_raw::entry();
    assert!(Host::try_new(&entry, ID).is_ok());
    let id = CString::new(format!("{}x1", ID.to_str().unwrap())).unwrap();
    let made = Host::try_new(&entry, &id).map(drop);
    assert!(matches!(made, Err(PluginInstanceError::PluginNotFound)), "{made:?}");
}

#[test]
fn descriptor_consistency() {
    let entry = clap_raw::entry();
    let said = words(descriptor(&entry));
    println!("{said:?}");
    assert_eq!(said[0].as_deref(), ID.to_str().ok());
    assert_eq!(said[6].as_deref(), Some(env!("CARGO_PKG_VERSION")));
    let mut host = Host::new();
    let shared = host.instance().plugin_shared_handle();
    assert_eq!(words(shared.descriptor().unwrap()), said);
}

#[test]
fn features_categories() {
    let known = ["instrument", "audio-effect", "note-detector", "note-effect", "analyzer"];
    let features = features(&clap_raw::entry());
    assert!(features.iter().any(|feature| known.contains(&feature.as_str())), "{features:?}");
}

#[test]
fn features_duplicates() {
    let features = features(&clap_raw::entry());
    assert_eq!(features.iter().collect::<BTreeSet<_>>().len(), features.len(), "{features:?}");
}

/// Checks that the validator makes whenever it reads ports.
#[test]
fn ports_are_well_formed_and_pass_in_place() {
    let mut host = Host::new();
    let ports: PluginAudioPorts = host.extension().unwrap();
    let handle = host.instance().plugin_handle();
    let mut ids = [0, 0];
    for (id, is_input) in ids.iter_mut().zip([true, false]) {
        assert_eq!(ports.count(&handle, is_input), 1);
        let mut buffer = AudioPortInfoBuffer::new();
        let port = ports.get(&handle, 0, is_input, &mut buffer).expect("a port with a valid id");
        assert_eq!((port.channel_count, port.port_type), (2, Some(AudioPortType::STEREO)));
        assert_eq!(port.flags, AudioPortFlags::IS_MAIN, "the main port, of 32-bit samples");
        assert!(std::str::from_utf8(port.name).is_ok_and(|name| !name.is_empty()));
        *id = port.id.get();
    }
    for (is_input, pair) in [(true, ids[1]), (false, ids[0])] {
        let mut buffer = AudioPortInfoBuffer::new();
        let port = ports.get(&handle, 0, is_input, &mut buffer).unwrap();
        assert_eq!(port.in_place_pair.map(ClapId::get), Some(pair), "input: {is_input}");
    }
    let notes: PluginNotePorts = host.extension().unwrap();
    let handle = host.instance().plugin_handle();
    assert_eq!((notes.count(&handle, true), notes.count(&handle, false)), (0, 1), "MIDI goes out only");
    let mut buffer = NotePortInfoBuffer::new();
    let port = notes.get(&handle, 0, false, &mut buffer).expect("a port with a valid id");
    let preferred = port.preferred_dialect.expect("exactly one dialect is preferred");
    assert!(port.supported_dialects.supports(preferred));
}
