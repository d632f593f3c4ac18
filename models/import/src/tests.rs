//! Robustness tests: a file with any content converts or is an error. Thousands of seeded mutations of small files.

mod beside;
mod small;
mod words;

use crate::{Format, ImportError, Source};

/// Number of mutations of each file.
const MUTATIONS: u64 = 4_000;

/// Returns the next number of a pseudo-random sequence.
fn random(state: &mut u64) -> usize {
    *state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
    (*state >> 33) as usize
}

/// Returns a copy of a file with one to four mutations: bits flipped, bytes replaced or inserted, a part repeated, the
/// end cut off.
fn mutated(bytes: &[u8], seed: u64) -> Vec<u8> {
    let (mut bytes, mut state) = (bytes.to_vec(), seed);
    for _ in 0..1 + random(&mut state) % 4 {
        if bytes.is_empty() {
            break;
        }
        let at = random(&mut state) % bytes.len();
        match random(&mut state) % 6 {
            0 => bytes[at] ^= 1 << (random(&mut state) % 8),
            1 => bytes[at] = random(&mut state) as u8,
            2 => bytes[at] = [0, 1, 0x7f, 0x80, 0xff][random(&mut state) % 5],
            3 => bytes.truncate(at),
            4 => bytes.insert(at, random(&mut state) as u8),
            _ => {
                let end = (at + random(&mut state) % 64).min(bytes.len());
                let part = bytes[at..end].to_vec();
                bytes.splice(at..at, part);
            }
        }
    }
    bytes
}

/// Converts a file to each of its outputs and returns the last result.
fn use_all(bytes: &[u8]) -> Result<Vec<u8>, ImportError> {
    let source = Source::from_bytes(bytes)?;
    let input = source.inputs().first().map_or("x", |info| &info.name);
    let outputs: Vec<_> = source.outputs().iter().map(|info| info.name.clone()).collect();
    let mut last = Err(ImportError::Format);
    for output in &outputs {
        last = source.to_onnx((input, &[1, 8, 6]), &[(output, "activations")]);
    }
    last
}

#[test]
fn converted_file_of_every_format_can_be_read_again() {
    for (format, bytes) in small::files() {
        let source = Source::from_bytes(&bytes).unwrap();
        assert_eq!(source.format(), format);
        let onnx = use_all(&bytes).unwrap();
        let again = Source::from_bytes(&onnx).unwrap();
        assert_eq!(again.format(), Format::Onnx);
        assert_eq!(again.inputs()[0].shape, Some(vec![Some(1), Some(8), Some(6)]), "{format:?}");
        assert_eq!(again.outputs()[0].name, "activations", "{format:?}");
        assert!(use_all(&onnx).is_ok(), "{format:?}");
    }
}

#[test]
fn mutated_file_converts_or_is_rejected() {
    for (format, bytes) in small::files() {
        let mut converted = 0;
        for seed in 0..MUTATIONS {
            converted += usize::from(use_all(&mutated(&bytes, seed)).is_ok());
        }
        println!("{format:?}: {} bytes, {MUTATIONS} mutations, {converted} still convert", bytes.len());
        // Some mutations must convert and some must fail, or the mutations do not reach the parts that are read.
        assert!((10..MUTATIONS as usize - 10).contains(&converted), "{format:?}: {converted} of {MUTATIONS} convert");
    }
}

#[test]
fn non_model_file_is_rejected() {
    for bytes in [&b""[..], b"RIFF....WAVEfmt ", b"{\"name\": \"json\"}", &[0; 64], &[0xff; 64]] {
        let error = Source::from_bytes(bytes).unwrap_err();
        assert!(matches!(error, ImportError::Format), "{error}");
    }
}

#[test]
fn malicious_files_are_rejected_within_limits() {
    use small::*;
    // A constant with a shape of a thousand million elements and one stored element.
    let huge = graph(&[
        node("x", "Placeholder", &[], &[]),
        node("c", "Const", &[], &[tensor("value", &[1_000_000_000], &[1.0])]),
    ]);
    assert!(matches!(Source::from_bytes(&huge), Err(ImportError::TooLarge { got: 1_000_000_000, .. })));
    // Dimensions whose product overflows.
    let dims = [1 << 25, 1 << 25, 1 << 25, 1 << 25];
    let huge = graph(&[node("c", "Const", &[], &[tensor("value", &dims, &[1.0])])]);
    assert!(matches!(Source::from_bytes(&huge), Err(ImportError::TooLarge { .. })));
    // A function that calls itself.
    let call = node("again", "PartitionedCall", &["x"], &[function("f", "self")]);
    let looped = [graph(std::slice::from_ref(&call)), library("self", "x", "y", "again:output:0", &[call])].concat();
    assert!(matches!(
        Source::from_bytes(&[graph(&[node("x", "Placeholder", &[], &[])]), looped].concat()),
        Err(ImportError::Cycle(_))
    ));
    // A cycle, and a chain so long that a recursive conversion would overflow the stack.
    let looped = graph(&[
        node("x", "Placeholder", &[], &[]),
        node("a", "Add", &["x", "b"], &[]),
        node("b", "Relu", &["a"], &[]),
        node("c", "Relu", &["b"], &[]),
    ]);
    let source = Source::from_bytes(&looped).unwrap();
    assert!(matches!(source.to_onnx(("x", &[1, 2]), &[("c", "c")]), Err(ImportError::Cycle(_))));
    let mut chain = vec![node("n0", "Placeholder", &[], &[])];
    chain.extend((1..20_000).map(|at| node(&format!("n{at}"), "Relu", &[&format!("n{}", at - 1)], &[])));
    let source = Source::from_bytes(&graph(&chain)).unwrap();
    assert!(source.to_onnx(("n0", &[1, 2]), &[("n9000", "last")]).is_ok());
    // A network that the engine would take minutes to load.
    let error = source.to_onnx(("n0", &[1, 2]), &[("n19999", "last")]).unwrap_err();
    assert!(matches!(error, ImportError::TooLarge { .. }), "{error}");
    println!("{error}");
    // More nodes than the limit.
    let many: Vec<_> = (0..100_001).map(|at| node(&format!("n{at}"), "NoOp", &[], &[])).collect();
    assert!(matches!(Source::from_bytes(&graph(&many)), Err(ImportError::TooLarge { what: "nodes", .. })));
    // A constant that is processed for each of thousands of nodes, and constants that expand from few bytes.
    let mut shared =
        vec![node("n0", "Placeholder", &[], &[]), node("c", "Const", &[], &[tensor("value", &[1 << 16], &[])])];
    shared.extend((1..5_000).map(|at| node(&format!("n{at}"), "Mul", &[&format!("n{}", at - 1), "c"], &[])));
    let source = Source::from_bytes(&graph(&shared)).unwrap();
    assert!(matches!(source.to_onnx(("n0", &[1, 1 << 16]), &[("n4999", "last")]), Err(ImportError::TooLarge { .. })));
    let grown: Vec<_> =
        (0..64).map(|at| node(&format!("c{at}"), "Const", &[], &[tensor("value", &[1 << 20], &[])])).collect();
    assert!(matches!(Source::from_bytes(&graph(&grown)), Err(ImportError::TooLarge { .. })));
    // A value whose size doubles forty times.
    let mut doubling =
        vec![node("n0", "Placeholder", &[], &[]), node("axis", "Const", &[], &[integers("value", &[], &[0])])];
    doubling.extend((1..41).map(|at| {
        let before = format!("n{}", at - 1);
        node(&format!("n{at}"), "ConcatV2", &[&before, &before, "axis"], &[])
    }));
    let source = Source::from_bytes(&graph(&doubling)).unwrap();
    assert!(matches!(source.to_onnx(("n0", &[1, 2]), &[("n40", "last")]), Err(ImportError::TooLarge { .. })));
    // One element that is interpolated to millions.
    let resized = |op: &str, to: i64| {
        graph(&[
            node("x", "Placeholder", &[], &[]),
            node("size", "Const", &[], &[integers("value", &[2], &[1, to])]),
            node("y", op, &["x", "size"], &[]),
        ])
    };
    let source = Source::from_bytes(&resized("ResizeBilinear", 2_000_000)).unwrap();
    assert!(matches!(source.to_onnx(("x", &[1, 1, 1, 1]), &[("y", "y")]), Err(ImportError::TooLarge { .. })));
    // The nearest element needs no matrix.
    let source = Source::from_bytes(&resized("ResizeNearestNeighbor", 10_000)).unwrap();
    source.to_onnx(("x", &[1, 1, 5_000, 1]), &[("y", "y")]).unwrap();
}

#[test]
fn unsupported_parts_are_reported_with_their_node() {
    use small::*;
    let file = graph(&[node("x", "Placeholder", &[], &[]), node("odd/one", "Fft", &["x"], &[])]);
    let source = Source::from_bytes(&file).unwrap();
    let error = source.to_onnx(("x", &[1, 2]), &[("odd/one", "y")]).unwrap_err().to_string();
    assert_eq!(error, "cannot convert node `odd/one`: unsupported operation `Fft`");
    let error = source.to_onnx(("y", &[1, 2]), &[("odd/one", "y")]).unwrap_err().to_string();
    assert_eq!(error, "cannot find tensor `y` in the model file");
    let file = graph(&[node("x", "Placeholder", &[], &[shape("shape", &[-1, 96])]), node("y", "Relu", &["x"], &[])]);
    let source = Source::from_bytes(&file).unwrap();
    let error = source.to_onnx(("x", &[1, 40]), &[("y", "y")]).unwrap_err().to_string();
    assert_eq!(error, "cannot use input `x`: expected shape [?, 96], got [1, 40]");
    let file = graph(&[
        node("w", "VarHandleOp", &[], &[]),
        node("x", "Placeholder", &[], &[]),
        node("y", "Mul", &["x", "w"], &[]),
    ]);
    let source = Source::from_bytes(&file).unwrap();
    assert!(matches!(source.to_onnx(("x", &[1, 2]), &[("y", "y")]), Err(ImportError::ExternalData(_))));
}
