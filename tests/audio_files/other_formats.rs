//! Formats without a built-in decoder: ffmpeg decodes them, and without it the message names the format.

use std::path::Path;
use std::process::Command;

use earmark_capture::decode::{DecodeOptions, Decoder, DecoderBackend, DecoderChoice};
use earmark_tests::signal::tune;

use super::{MAX_TAG_DIFFERENCE, decode, ffmpeg, tag_difference};
use crate::command::program;
use crate::command::wav::float_wav;

const RATE_HZ: u32 = 44_100;

/// Extension, options of ffmpeg's encoder, and the name in messages.
const FORMATS: [(&str, &[&str], &str); 8] = [
    ("wma", &["-c:a", "wmav2"], "Windows Media Audio"),
    ("wv", &["-c:a", "wavpack"], "WavPack"),
    ("ac3", &["-c:a", "ac3"], "AC-3"),
    ("eac3", &["-c:a", "eac3"], "E-AC-3"),
    ("mka", &["-c:a", "ac3"], "AC-3"),
    ("tta", &["-c:a", "tta"], "True Audio"),
    ("au", &["-c:a", "pcm_s16be"], "AU"),
    ("mpc", &[], "Musepack"),
];

/// Writes the test tune in a format.
fn encode(wav: &Path, extension: &str, options: &[&str]) -> std::path::PathBuf {
    let path = wav.with_extension(extension);
    if extension == "mpc" {
        let run = Command::new("mpcenc").args(["--silent", "--overwrite"]).arg(wav).arg(&path).output().unwrap();
        assert!(run.status.success(), "{}", String::from_utf8_lossy(&run.stderr));
    } else {
        ffmpeg(&[&["-i", wav.to_str().unwrap()], options].concat(), &path);
    }
    path
}

/// Writes the tune as 16-bit WAV, which every encoder reads.
fn tune_wav(folder: &Path) -> std::path::PathBuf {
    let (float, wav) = (folder.join("float.wav"), folder.join("tune.wav"));
    float_wav(&float, RATE_HZ, 2, &tune(RATE_HZ.into(), 7.0));
    ffmpeg(&["-i", float.to_str().unwrap(), "-c:a", "pcm_s16le"], &wav);
    wav
}

#[test(needs(Ffmpeg))]
fn ffmpeg_decodes_what_the_built_in_decoders_lack() {
    let folder = tempfile::tempdir().unwrap();
    let wav = tune_wav(folder.path());
    for (extension, options, _) in FORMATS {
        let path = encode(&wav, extension, options);
        let decoder = Decoder::open(&path).unwrap();
        assert_eq!(decoder.backend(), DecoderBackend::Ffmpeg, "{extension}");
        assert_eq!((decoder.rate().hz(), decoder.channels()), (RATE_HZ.into(), 2), "{extension}");
        let seconds = decode(&path).unwrap().seconds();
        let decoded = folder.path().join("decoded.wav");
        ffmpeg(&["-i", path.to_str().unwrap(), "-c:a", "pcm_f32le"], &decoded);
        let difference = tag_difference(&path, &decoded);
        println!("{extension}: {seconds:.3} s, worst tag {difference:.5} from ffmpeg's WAV of it");
        assert!((seconds - 7.0).abs() < 0.05, "{extension}: {seconds}");
        assert!(difference <= MAX_TAG_DIFFERENCE, "{extension}: {difference}");
    }
}

#[test(needs(Ffmpeg))]
fn without_ffmpeg_the_message_names_the_format_and_the_way_out() {
    let folder = tempfile::tempdir().unwrap();
    let wav = tune_wav(folder.path());
    let nowhere = folder.path().join("nowhere");
    for (extension, options, name) in FORMATS {
        let path = encode(&wav, extension, options);
        let run = Command::new(program::path()).env("PATH", &nowhere).arg("tag").arg(&path).output().unwrap();
        let message = String::from_utf8_lossy(&run.stderr);
        println!("{message}");
        assert_eq!(run.status.code(), Some(1), "{message}");
        assert!(message.contains(&format!("cannot decode {name}: install ffmpeg")), "{message}");
        let builtin = DecodeOptions { decoder: DecoderChoice::Builtin, ..DecodeOptions::default() };
        assert!(Decoder::open_with(&path, builtin).is_err(), "{extension}");
    }
}

#[test(needs(Ffmpeg))]
fn ffmpeg_reads_no_other_file_than_the_given_one() {
    let folder = tempfile::tempdir().unwrap();
    let wav = tune_wav(folder.path());
    let list = folder.path().join("list.wma");
    std::fs::write(&list, format!("ffconcat version 1.0\nfile '{}'\n", wav.file_name().unwrap().display())).unwrap();
    let options = DecodeOptions { decoder: DecoderChoice::Ffmpeg, ..DecodeOptions::default() };
    assert!(Decoder::open_with(&wav, options).is_ok());
    let Err(error) = Decoder::open_with(&list, options) else { panic!("a playlist was opened") };
    println!("{error}");
}

#[test(needs(Ffmpeg))]
fn file_that_ffmpeg_decodes_can_be_played_from_any_time() {
    let folder = tempfile::tempdir().unwrap();
    let wav = tune_wav(folder.path());
    let path = encode(&wav, "wv", &[]);
    let mut decoder = Decoder::open(&path).unwrap();
    decoder.seek(3.0).unwrap();
    let block = decoder.next_block().unwrap().unwrap().to_vec();
    let whole = decode(&wav).unwrap().mono;
    let start = 3 * RATE_HZ as usize;
    let worst = block.iter().zip(&whole[start..]).map(|(a, b)| (a - b).abs()).fold(0.0, f32::max);
    assert!(worst < 1e-4, "{worst}");
}
