//! List of the cases of clap-validator (0.4.1), each with its source file or the reason that it does not apply.

use clack_extensions::audio_ports::{AudioPortFlags, AudioPortInfoBuffer, PluginAudioPorts};
use clack_extensions::note_ports::PluginNotePorts;

use super::clap_raw;
use super::test_host::Host;

const NO_PRESETS: &str = "no preset discovery: settings are the host's to save";
const NO_DOUBLE: &str = "no 64-bit port: audio is passed on, and heard, in 32 bits";
const NO_NOTES: &str = "no note input: MIDI goes out only";

/// Cases, each with its source file or the reason that it does not apply.
const CASES: [(&str, Result<&str, &str>); 44] = [
    ("scan_time", Ok(include_str!("scan.rs"))),
    ("scan_rtld_now", Err("loads the built bundle; these tests link the plugin, so that its allocations are seen")),
    ("query_nonexistent_factory", LIBRARY),
    ("create_id_with_trailing_garbage", LIBRARY),
    ("preset_discovery_crawl", Err(NO_PRESETS)),
    ("preset_discovery_descriptor_consistency", Err(NO_PRESETS)),
    ("preset_discovery_load", Err(NO_PRESETS)),
    ("descriptor_consistency", LIBRARY),
    ("features_categories", LIBRARY),
    ("features_duplicates", LIBRARY),
    ("process_audio_basic_out_of_place", PROCESSING),
    ("process_audio_basic_in_place", PROCESSING),
    ("process_audio_double_out_of_place", Err(NO_DOUBLE)),
    ("process_audio_double_in_place", Err(NO_DOUBLE)),
    ("process_audio_denormals", PROCESSING),
    ("process_sleep_constant_mask", PROCESSING),
    ("process_sleep_process_status", PROCESSING),
    ("process_note_out_of_place_basic", Err(NO_NOTES)),
    ("process_note_inconsistent", Err(NO_NOTES)),
    ("process_note_wildcard", Err(NO_NOTES)),
    ("process_varying_sample_rates", PROCESSING),
    ("process_varying_block_sizes", PROCESSING),
    ("process_random_block_sizes", PROCESSING),
    ("process_reset_reactivate", PROCESSING),
    ("layout_audio_ports_activation", Err("no audio-ports-activation: the one port each way is always on")),
    ("layout_audio_ports_config", PROCESSING),
    ("layout_configurable_audio_ports", Err("no configurable-audio-ports: audio-ports-config lists the layouts")),
    ("param_conversions", PARAMETERS),
    ("param_default_values", PARAMETERS),
    ("param_set_events", PARAMETERS),
    ("param_set_no_cookies", PARAMETERS),
    ("param_set_wrong_namespace", PARAMETERS),
    ("param_fuzz_basic", PARAMETERS),
    ("param_fuzz_bounds", PARAMETERS),
    ("param_fuzz_sample_accurate", PARAMETERS),
    ("param_fuzz_modulation", PARAMETERS),
    ("state_invalid_empty", STATE),
    ("state_invalid_random", STATE),
    ("state_reproducibility_basic", STATE),
    ("state_reproducibility_binary", STATE),
    ("state_reproducibility_buffered", STATE),
    ("transport_null", TRANSPORT),
    ("transport_fuzz", TRANSPORT),
    ("transport_fuzz_sample_accurate", TRANSPORT),
];

const LIBRARY: Result<&str, &str> = Ok(include_str!("plugin_factory.rs"));
const PROCESSING: Result<&str, &str> = Ok(include_str!("processing.rs"));
const PARAMETERS: Result<&str, &str> = Ok(include_str!("parameters.rs"));
const STATE: Result<&str, &str> = Ok(include_str!("state.rs"));
const TRANSPORT: Result<&str, &str> = Ok(include_str!("transport.rs"));

#[test]
fn every_validator_case_is_covered_or_excluded_with_a_reason() {
    for (case, place) in CASES {
        match place {
            Ok(source) => {
                // The attribute may have options, as in `#[test(alone)]`.
                let place = source.find(&format!("\nfn {case}()")).map(|end| source[..end].lines().last());
                let is_test = place.flatten().is_some_and(|line| line.starts_with("#[test"));
                assert!(is_test, "{case} is not where it should be");
            }
            Err(reason) => println!("left out: {case}: {reason}"),
        }
    }
}

#[test]
fn reasons_for_exclusion_hold() {
    assert!(!clap_raw::has_factory(&clap_raw::entry(), c"clap.preset-discovery-factory/2"));
    let mut host = Host::new();
    let ports: PluginAudioPorts = host.extension().unwrap();
    let notes: PluginNotePorts = host.extension().unwrap();
    let handle = host.instance().plugin_handle();
    assert_eq!(notes.count(&handle, true), 0);
    for is_input in [true, false] {
        let mut buffer = AudioPortInfoBuffer::new();
        let port = ports.get(&handle, 0, is_input, &mut buffer).unwrap();
        assert!(!port.flags.contains(AudioPortFlags::SUPPORTS_64BITS));
    }
    for id in [c"clap.audio-ports-activation/2", c"clap.configurable-audio-ports/1", c"clap.preset-load/2"] {
        assert!(!clap_raw::has_extension(host.instance(), id), "{id:?}");
    }
    assert!(clap_raw::has_extension(host.instance(), c"clap.audio-ports-config"));
}
