//! 2,000 damaged files of ten kinds: an error or a result, in bounded memory, without a panic.

use std::fs;
use std::panic::{AssertUnwindSafe, catch_unwind};

use earmark_tests::reference;
use earmark_tests::signal::random;

use super::decode;
use crate::command::program;

/// One file of each kind of container.
const KINDS: [&str; 10] = [
    "A2-mp3-replaygain-utf16.mp3",
    "B3-ogg-chained.ogg",
    "C3-wav-riff-size-8-short.wav",
    "C8-caf-data-size-unknown.caf",
    "C9-aiff-cut-short.aiff",
    "D2-adts-whole.aac",
    "D4-flac-id3v1-tail.flac",
    "E1-opus-in-mp4.mp4",
    "E2-alac-edit-list-hides-2s.m4a",
    "H1-mkv-second-track-is-default.mka",
];
const FILES_PER_KIND: u64 = 200;
const SEED: u64 = 20;
/// Number of damaged files that the program analyzes as well.
const PROGRAM_FILES: usize = 100;
/// Bytes that each file is shortened to at first, so that the test takes seconds.
const MAX_LEN: usize = 60_000;

/// Returns a damaged copy: flipped bytes, a cut end, a removed or repeated part, or zeros.
fn damage(bytes: &[u8], state: &mut u64) -> Vec<u8> {
    let mut bytes = bytes[..bytes.len().min(MAX_LEN)].to_vec();
    for _ in 0..=random(state) % 4 {
        let at = random(state) as usize % bytes.len().max(1);
        let len = (random(state) as usize % 2000).min(bytes.len() - at);
        match random(state) % 6 {
            // Most damage is done to headers.
            0 | 1 => {
                for _ in 0..=random(state) % 8 {
                    let at = random(state) as usize % bytes.len().clamp(1, 400);
                    if let Some(byte) = bytes.get_mut(at) {
                        *byte = random(state) as u8;
                    }
                }
            }
            2 => bytes.truncate(at),
            3 => drop(bytes.drain(at..at + len)),
            4 => {
                let part = bytes[at..at + len].to_vec();
                bytes.splice(at..at, part);
            }
            _ => bytes[at..at + len].fill(0),
        }
    }
    bytes
}

#[test(needs(Reference), alone)]
fn damaged_files_give_errors_or_results() {
    let folder = tempfile::tempdir().unwrap();
    let for_program = folder.path().join("program");
    fs::create_dir(&for_program).unwrap();
    let cases = reference::folder().unwrap().join("../cases/audio");
    let (mut state, mut decoded, mut refused, mut written) = (SEED, 0, 0, 0);
    for kind in KINDS {
        let whole = fs::read(cases.join(kind)).unwrap();
        for index in 0..FILES_PER_KIND {
            let path = folder.path().join(kind);
            let bytes = damage(&whole, &mut state);
            fs::write(&path, &bytes).unwrap();
            let result = catch_unwind(AssertUnwindSafe(|| decode(&path)));
            let result = result.unwrap_or_else(|_| panic!("{kind} {index} of seed {SEED}: a panic"));
            match result {
                // No damage makes a file longer than an hour.
                Ok(file) if file.seconds() < 3600.0 => decoded += 1,
                Ok(file) => panic!("{kind} {index}: {} s", file.seconds()),
                Err(_) => refused += 1,
            }
            if index % (KINDS.len() as u64 * FILES_PER_KIND / PROGRAM_FILES as u64) == 0 && !bytes.is_empty() {
                fs::write(for_program.join(format!("{index}-{kind}")), &bytes).unwrap();
                written += 1;
            }
        }
    }
    let memory_mib = peak_memory_mib();
    println!("damaged: {decoded} decoded, {refused} refused; peak memory {memory_mib} MiB");
    assert_eq!(decoded + refused, KINDS.len() as u64 * FILES_PER_KIND);
    assert!(memory_mib < 300, "{memory_mib} MiB");

    let (code, out, err) = program::earmark(["tag", for_program.to_str().unwrap(), "--format", "jsonl"]);
    println!("earmark tag: exit code {code}, {} records, {} messages", out.lines().count(), err.lines().count());
    assert_eq!(code, 1, "{err}");
    assert!(!err.contains("panicked"), "{err}");
    let failed = err.lines().filter(|line| line.contains("cannot") || line.contains("not a supported"));
    let failed = failed.count();
    assert!(
        out.lines().count() + failed >= written,
        "{written} files, {} records, {failed} errors",
        out.lines().count()
    );
}

/// Returns the largest memory of this process in MiB; 0 where it is not known.
fn peak_memory_mib() -> u64 {
    let status = fs::read_to_string("/proc/self/status").unwrap_or_default();
    let peak = status.lines().find_map(|line| line.strip_prefix("VmHWM:"));
    peak.and_then(|peak| peak.trim().trim_end_matches(" kB").parse::<u64>().ok()).unwrap_or(0) / 1024
}
