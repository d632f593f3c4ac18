//! R1 and R2 of Earmark Stems: the callback makes no call that can block, and touches no page for the first time.
//! That it allocates nothing is tested by a build that aborts at an allocation (`host::assert_process_allocs`, R3).

use clack_extensions::params::PluginParams;
use earmark_tests::signal::tune;
use earmark_tests::subprocess;

use super::stems_host::{Stems, StemsAudio, host, with_audio};
use crate::host::clap_raw::watched;
use crate::host::parameters::random_events;
use crate::host::rng::{SEED, TestRng};

const RATE_HZ: f64 = 48_000.0;
const MAX_BLOCK: usize = 8_192;
/// Length of the processed audio in seconds.
const PLAYED_S: usize = 600;
/// Exit code of a program that the sanitizer ends.
const SANITIZER_EXIT_CODE: i32 = 43;

/// Returns two channels of music.
fn music(seconds: f64) -> [Vec<f32>; 2] {
    let left = tune(RATE_HZ, seconds);
    let right = left.iter().map(|sample| 0.7 * sample).collect();
    [left, right]
}

/// Processes blocks of any size while parameters change; the sanitizer ends the program at a violation.
#[test(needs(Sanitizer))]
fn audio_thread_never_blocks_in_ten_minutes_of_any_block_size() {
    rtsan_standalone::ensure_initialized();
    let mut host = host();
    // A change of mode notifies the host from the audio thread, and takes place in the next activation only.
    let params: Vec<_> = host.params().into_iter().filter(|param| param.name != "Mode").collect();
    let music = music(20.0);
    let play = |audio: &mut StemsAudio| {
        let mut rng = TestRng::new(SEED);
        let (mut played, mut calls) = (0, 0);
        while played < PLAYED_S * RATE_HZ as usize {
            let block = 1 + rng.below(MAX_BLOCK);
            let from = rng.below(music[0].len() - block);
            if calls % 500 == 499 {
                audio.reset();
            }
            if calls % 50 == 49 {
                audio.events = random_events(&params, &mut rng, 0);
            }
            audio.process(&music, from..from + block, &mut Stems::default());
            played += block;
            calls += 1;
        }
        calls
    };
    let (_, calls) = with_audio(&mut host, RATE_HZ, MAX_BLOCK, play, |_| ());
    println!("sanitizer: Earmark Stems, {calls} calls, {PLAYED_S} s of audio, blocks of 1 to {MAX_BLOCK}: no report");
}

/// The plugin is a library of its own, so this shows that the sanitizer detects its calls, too.
#[test(needs(Sanitizer))]
fn violation_inside_the_library_is_caught() {
    let outcome = subprocess::command("stems::real_time::text_on_the_audio_thread").unwrap().output().unwrap();
    let report = String::from_utf8_lossy(&outcome.stderr);
    assert_eq!(outcome.status.code(), Some(SANITIZER_EXIT_CODE), "{report}");
    assert!(report.contains("RealtimeSanitizer"), "{report}");
}

/// Lets the library write the text of a value, for which it allocates, as if on an audio thread; in a process of its own.
#[entry_point]
fn text_on_the_audio_thread() {
    rtsan_standalone::ensure_initialized();
    let mut host = host();
    let gain = host.param("Vocals gain");
    let params: PluginParams = host.extension().unwrap();
    let mut buffer = [0; 256];
    let handle = host.instance().plugin_handle();
    // The host's own part of this call does not allocate.
    watched(|| {
        let _ = params.value_to_text(&handle, gain.id, gain.default, &mut buffer);
    });
}

#[cfg(target_os = "linux")]
#[test]
fn audio_thread_causes_no_page_fault() {
    const BLOCK: usize = 64;
    let music = music(12.0);
    let play = |audio: &mut StemsAudio| {
        let mut stems = Stems::default();
        for start in (0..music[0].len() - BLOCK).step_by(BLOCK) {
            audio.process(&music, start..start + BLOCK, &mut stems);
            // The first blocks touch the stack and the program's code.
            if start == 100 * BLOCK {
                audio.pages = 0;
            }
        }
        audio.pages
    };
    // More audio than fits into the ring, faster than the worker thread reads it.
    let (_, touched) = with_audio(&mut host(), RATE_HZ, BLOCK, play, |_| ());
    println!("12 s of audio in Earmark Stems: {touched} pages");
    // The kernel may move a page or two in the meantime; the rings alone have hundreds.
    assert!(touched <= 4, "expected no page to be touched for the first time, got {touched}");
}
