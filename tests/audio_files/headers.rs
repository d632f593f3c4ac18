//! Headers whose sizes are wrong, unknown or larger than 32 bits, and changes of the format inside a stream.

use std::fs;
use std::path::Path;

use earmark_tests::signal::tune;

use super::decode;

const RATE_HZ: u32 = 16_000;
const FRAMES: usize = 24_000;

fn samples() -> Vec<u8> {
    tune(RATE_HZ.into(), 1.5).iter().flat_map(|sample| ((sample * 30_000.0) as i16).to_le_bytes()).collect()
}

fn format_chunk(channels: u16) -> Vec<u8> {
    let mut chunk = b"fmt ".to_vec();
    chunk.extend(16_u32.to_le_bytes());
    chunk.extend(1_u16.to_le_bytes());
    chunk.extend(channels.to_le_bytes());
    chunk.extend(RATE_HZ.to_le_bytes());
    chunk.extend((RATE_HZ * u32::from(channels) * 2).to_le_bytes());
    chunk.extend((channels * 2).to_le_bytes());
    chunk.extend(16_u16.to_le_bytes());
    chunk
}

/// Returns a WAV file with these sizes in its header.
fn wav(name: &[u8; 4], riff_size: u32, before: &[u8], data_size: u32, samples: &[u8], behind: &[u8]) -> Vec<u8> {
    let sizes = [riff_size, data_size].map(u32::to_le_bytes);
    [name, &sizes[0], b"WAVE", before, &format_chunk(1), b"data", &sizes[1], samples, behind].concat()
}

/// Decodes bytes as a file of that name.
fn frames(folder: &Path, name: &str, bytes: &[u8]) -> usize {
    let path = folder.join(name);
    fs::write(&path, bytes).unwrap();
    let decoded = decode(&path).unwrap_or_else(|error| panic!("{name}: {error}"));
    assert_eq!(decoded.issues.missing_frames, 0, "{name}");
    decoded.mono.len()
}

#[test]
fn wav_with_wrong_sizes_is_read_to_its_end() {
    let folder = tempfile::tempdir().unwrap();
    let samples = samples();
    let len = samples.len() as u32;
    let list = [b"LIST".as_slice(), &12_u32.to_le_bytes(), b"INFOISFT", &0_u32.to_le_bytes()].concat();
    let cases: [(&str, Vec<u8>); 8] = [
        ("data 0", wav(b"RIFF", 36 + len, b"", 0, &samples, b"")),
        ("both 0", wav(b"RIFF", 0, b"", 0, &samples, b"")),
        ("riff 0", wav(b"RIFF", 0, b"", len, &samples, b"")),
        ("riff short", wav(b"RIFF", 28 + len, b"", len, &samples, b"")),
        ("riff long", wav(b"RIFF", 99_036 + len, b"", len, &samples, b"")),
        ("data ffffffff", wav(b"RIFF", 36 + len, b"", u32::MAX, &samples, b"")),
        ("both ffffffff", wav(b"RIFF", u32::MAX, b"", u32::MAX, &samples, b"")),
        ("chunk behind", wav(b"RIFF", 56 + len, b"", len, &samples, &list)),
    ];
    for (name, bytes) in cases {
        assert_eq!(frames(folder.path(), &format!("{name}.wav"), &bytes), FRAMES, "{name}");
    }
}

#[test]
fn rf64_and_bw64_have_64_bit_sizes() {
    let folder = tempfile::tempdir().unwrap();
    let samples = samples();
    let len = samples.len() as u64;
    let mut sizes = [b"ds64".as_slice(), &28_u32.to_le_bytes()].concat();
    [72 + len, len, FRAMES as u64].iter().for_each(|size| sizes.extend(size.to_le_bytes()));
    sizes.extend(0_u32.to_le_bytes());
    for name in [b"RF64", b"BW64"] {
        let bytes = wav(name, u32::MAX, &sizes, u32::MAX, &samples, b"");
        assert_eq!(frames(folder.path(), "large.wav", &bytes), FRAMES, "{}", name.escape_ascii());
    }
}

#[test]
fn header_without_samples_is_no_sound() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("bare.wav");
    for size in [0, u32::MAX] {
        fs::write(&path, wav(b"RIFF", size, b"", size, b"", b"")).unwrap();
        let error = decode(&path).unwrap_err().to_string();
        assert!(error.contains("no sample"), "{error}");
    }
}

#[test]
fn any_number_of_channels_is_mixed() {
    let folder = tempfile::tempdir().unwrap();
    for channels in [1_u16, 2, 3, 8, 18, 27, 32, 64] {
        let samples: Vec<u8> = samples().chunks_exact(2).flat_map(|sample| sample.repeat(channels.into())).collect();
        let (len, path) = (samples.len() as u32, folder.path().join("many.wav"));
        let head = [b"RIFF".as_slice(), &(36 + len).to_le_bytes(), b"WAVE"].concat();
        fs::write(&path, [&head[..], &format_chunk(channels), b"data", &len.to_le_bytes(), &samples].concat()).unwrap();
        let decoded = decode(&path).unwrap_or_else(|error| panic!("{channels} channels: {error}"));
        assert_eq!((decoded.channels, decoded.mono.len()), (channels.into(), FRAMES));
        let expected = (tune(RATE_HZ.into(), 1.5)[9_000] * 30_000.0) as i16;
        assert!((decoded.mono[9_000] - f32::from(expected) / 32_768.0).abs() < 1e-4, "{channels} channels");
    }
}

#[test(needs(Ffmpeg))]
fn part_of_another_rate_is_converted_to_that_of_the_first() {
    let folder = tempfile::tempdir().unwrap();
    let part = |name: &str, rate_hz: &str, channels: &str| {
        let path = folder.path().join(name);
        let source = "sine=frequency=440:duration=2";
        let options = ["-f", "lavfi", "-i", source, "-ar", rate_hz, "-ac", channels, "-c:a", "libvorbis", "-f", "ogg"];
        super::ffmpeg(&options, &path);
        fs::read(path).unwrap()
    };
    let chained = [part("a.ogg", "44100", "2"), part("b.ogg", "22050", "1"), part("c.ogg", "48000", "2")].concat();
    let path = folder.path().join("chained.ogg");
    fs::write(&path, chained).unwrap();
    let decoded = decode(&path).unwrap();
    assert_eq!((decoded.rate_hz, decoded.channels), (44_100.0, 2));
    assert!((decoded.seconds() - 6.0).abs() < 0.01, "{}", decoded.seconds());
    // The number of rises through zero in a second is the frequency.
    for start in [0.5, 2.5, 4.5] {
        let start = (start * 44_100.0) as usize;
        let rises = decoded.mono[start..start + 44_100].windows(2).filter(|pair| pair[0] < 0.0 && pair[1] >= 0.0);
        let hz = rises.count();
        assert!((439..=441).contains(&hz), "{hz} Hz at frame {start}");
    }
}
