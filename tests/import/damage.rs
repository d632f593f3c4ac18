//! R18: a damaged file gives a result or a typed error within a bounded time.

use std::time::{Duration, Instant};

use earmark_import::Source;
use earmark_tests::reference::folder;
use earmark_tests::signal::random;

use super::known::FILES;

/// Number of changes to each kind of file.
const CHANGES: u64 = 10_000;
/// Time limit for one file, on any machine.
const TIMEOUT: Duration = Duration::from_secs(2);

/// Changes, inserts or removes a few bytes, mostly in the description of the graph instead of the weights.
fn changed(bytes: &[u8], seed: u64) -> Vec<u8> {
    let (mut bytes, mut state) = (bytes.to_vec(), seed);
    for _ in 0..1 + random(&mut state) % 3 {
        let reach = if random(&mut state).is_multiple_of(2) { bytes.len() } else { bytes.len().min(4_096) };
        let at = random(&mut state) as usize % reach.max(1);
        match random(&mut state) % 8 {
            0 => bytes.truncate(at),
            1 => bytes.insert(at, random(&mut state) as u8),
            2 => bytes[at] = 0xff,
            _ => bytes[at] ^= 1 << (random(&mut state) % 8),
        }
        if bytes.is_empty() {
            break;
        }
    }
    bytes
}

/// Wraps a graph in the message of a SavedModel.
fn saved(graph: &[u8]) -> Vec<u8> {
    let field = |bytes: &[u8]| {
        let (mut field, mut length) = (vec![0x12], bytes.len());
        while length >= 0x80 {
            field.push(length as u8 | 0x80);
            length >>= 7;
        }
        field.push(length as u8);
        [&field, bytes].concat()
    };
    field(&field(graph))
}

#[test(needs(Reference))]
fn damaged_file_gives_a_result_or_an_error_in_time() {
    let folder = folder().unwrap();
    let read = |file: &str| {
        let known = FILES.iter().find(|known| file.starts_with(known.file)).unwrap();
        (known, std::fs::read(folder.join("models").join(file)).unwrap())
    };
    let frozen = [
        "mtg/original/moods_mirex-msd-musicnn-1.pb",
        "mtg/original/vgg4.pb",
        "mtg/original/emomusic-msd-musicnn-1.pb",
        "tempocnn/deepsquare_k1.pb",
        "mtg/small_vggish_init.pb",
    ]
    .map(read);
    let onnx = ["mtg/moods_mirex-msd-musicnn-1.onnx", "mtg/small_vggish_init.onnx", "tempocnn/deepsquare_k1.onnx"];
    // The only published SavedModel is large, so it is used rarely, with small ones in between.
    let large = read("mtg/original/genre_dortmund_saved_model/saved_model.pb");
    let mut saved_models: Vec<_> = frozen.iter().map(|(known, bytes)| (*known, saved(bytes))).collect();
    saved_models = (0..10).flat_map(|_| saved_models.clone()).chain([large]).collect();
    for (kind, files) in
        [("frozen graph", frozen.to_vec()), ("SavedModel", saved_models), ("ONNX", onnx.map(read).to_vec())]
    {
        let (mut answers, mut longest) = (0, Duration::ZERO);
        for seed in 0..CHANGES {
            let (known, bytes) = &files[seed as usize % files.len()];
            let bytes = changed(bytes, seed);
            let begun = Instant::now();
            if let Ok(source) = Source::from_bytes(&bytes)
                && let Some(input) = source.inputs().first()
            {
                answers += u32::from(source.to_onnx((&input.name, known.shape), known.outputs).is_ok());
            }
            longest = longest.max(begun.elapsed());
            assert!(longest < TIMEOUT, "{kind}, seed {seed}: {longest:?}, expected less than {TIMEOUT:?}");
        }
        println!("{kind}: {CHANGES} changes, {answers} still convert, the longest took {longest:?}");
    }
}
