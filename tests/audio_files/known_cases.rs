//! The files of the collection of failing inputs, with the lengths, rates and channels that ffmpeg gives.

use std::path::PathBuf;

use earmark_tests::reference;

use super::{MAX_TAG_DIFFERENCE, decode, ffmpeg, tag_difference};

/// Largest difference of a length from that of ffmpeg, in seconds: two packets of the slowest codec. ffmpeg keeps the
/// encoder delay of later parts of joined streams, which is no part of the music.
const MAX_LENGTH_DIFFERENCE_S: f64 = 0.055;

/// Name, length in seconds, rate in Hz, number of channels.
const CASES: [(&str, f64, f64, usize); 25] = [
    ("A1-mp3-cover-1.1MB.mp3", 5.000, 22_050.0, 1),
    ("A2-mp3-replaygain-utf16.mp3", 5.000, 22_050.0, 1),
    ("B1-mp3-two-joined.mp3", 10.112, 22_050.0, 1),
    ("B2-mp3-xing-says-10-frames.mp3", 5.000, 22_050.0, 1),
    ("B3-ogg-chained.ogg", 10.012, 22_050.0, 1),
    ("C1-wav-data-size-0.wav", 5.000, 22_050.0, 1),
    ("C2-wav-riff-and-data-size-0.wav", 5.000, 22_050.0, 1),
    ("C3-wav-riff-size-8-short.wav", 5.000, 22_050.0, 1),
    ("C4-wav-data-size-ffffffff.wav", 5.000, 22_050.0, 1),
    ("C8-caf-data-size-unknown.caf", 5.000, 22_050.0, 1),
    ("C9-aiff-cut-short.aiff", 4.080, 22_050.0, 1),
    ("D1-mp3-vbr-no-xing.mp3", 11.076, 22_050.0, 1),
    ("D2-adts-whole.aac", 15.929, 44_100.0, 2),
    ("D3-alac-in-caf.caf", 5.000, 22_050.0, 1),
    ("D4-flac-id3v1-tail.flac", 5.000, 22_050.0, 1),
    ("D6-wav-24-bytes-short.wav", 5.000, 22_050.0, 1),
    ("E1-opus-in-mp4.mp4", 5.013, 48_000.0, 1),
    ("E2-alac-edit-list-hides-2s.m4a", 3.000, 22_050.0, 1),
    ("F1-adts-junk-in-the-middle.aac", 5.016, 44_100.0, 2),
    ("F2-m4a-download-broke-off.m4a", 3.065, 22_050.0, 1),
    ("G1-aac-5.1.m4a", 5.016, 22_050.0, 6),
    ("G2-rf64.wav", 5.000, 22_050.0, 1),
    ("G4-wav-32-channels.wav", 0.397, 11_025.0, 32),
    ("H1-mkv-second-track-is-default.mka", 5.000, 22_050.0, 1),
    ("H2-wav-out-of-phase.wav", 3.288, 22_050.0, 2),
];
/// Files from which audio is missing.
const TRUNCATED: [&str; 2] = ["C9-aiff-cut-short.aiff", "F2-m4a-download-broke-off.m4a"];
/// Files with bytes in them that are no audio.
const DAMAGED: [&str; 1] = ["F1-adts-junk-in-the-middle.aac"];
/// Files that are too short for tags, or silent in the mono mix.
const WITHOUT_TAGS: [&str; 2] = ["G4-wav-32-channels.wav", "H2-wav-out-of-phase.wav"];

/// File with the same music as the first one, which ffmpeg decodes whole: because of the wrong count it drops frames in the
/// middle of the first.
const SAME_MUSIC: (&str, &str) = ("B2-mp3-xing-says-10-frames.mp3", "A2-mp3-replaygain-utf16.mp3");

fn case(name: &str) -> PathBuf {
    reference::folder().unwrap().join("../cases/audio").join(name)
}

#[test(needs(Reference))]
fn length_rate_and_channels_are_those_of_ffmpeg() {
    let mut wrong = Vec::new();
    for (name, seconds, rate_hz, channels) in CASES {
        let decoded = decode(&case(name));
        let Ok(decoded) = decoded else {
            wrong.push(format!("{name}: {}", decoded.unwrap_err()));
            continue;
        };
        let got = decoded.seconds();
        println!("{name}: {got:.3} s (ffmpeg {seconds:.3} s), {} Hz, {} channels", decoded.rate_hz, decoded.channels);
        let is_right = (got - seconds).abs() < MAX_LENGTH_DIFFERENCE_S
            && (decoded.rate_hz, decoded.channels) == (rate_hz, channels)
            && (decoded.issues.missing_frames > 0) == TRUNCATED.contains(&name)
            && (decoded.issues.packets == 0 || DAMAGED.contains(&name))
            && decoded.issues.channels_cancel == name.starts_with("H2");
        if !is_right {
            wrong.push(format!(
                "{name}: {got:.3} s, {} Hz, {} channels, {:?}",
                decoded.rate_hz, decoded.channels, decoded.issues
            ));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test(needs(Reference, Ffmpeg))]
fn mean_tags_are_those_of_the_reference_decode() {
    let folder = tempfile::tempdir().unwrap();
    let mut wrong = Vec::new();
    for (name, ..) in CASES.iter().filter(|(name, ..)| !WITHOUT_TAGS.contains(name)) {
        let wav = folder.path().join("reference.wav");
        let of_reference = if *name == SAME_MUSIC.0 { SAME_MUSIC.1 } else { name };
        ffmpeg(&["-i", case(of_reference).to_str().unwrap(), "-c:a", "pcm_f32le"], &wav);
        let difference = tag_difference(&case(name), &wav);
        println!("{name}: worst tag {difference:.5} from the reference");
        if difference > MAX_TAG_DIFFERENCE {
            wrong.push(format!("{name}: {difference}"));
        }
    }
    assert!(wrong.is_empty(), "expected at most {MAX_TAG_DIFFERENCE}: {}", wrong.join(", "));
}
