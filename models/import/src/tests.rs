//! Files of any content are an answer or an error: thousands of seeded changes to small files that are written here.

mod small;

use crate::{Format, ImportError, Source};

/// Changes to each file.
const CHANGES: u64 = 4_000;

/// The next of a sequence of pseudo-random numbers.
fn random(state: &mut u64) -> usize {
    *state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
    (*state >> 33) as usize
}

/// A file with one to four of its bytes changed, cut short, doubled in part, or with bytes put in.
fn changed(bytes: &[u8], seed: u64) -> Vec<u8> {
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

/// Everything that can be asked of a file.
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
fn small_files_of_every_format_become_files_that_can_be_read_again() {
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
fn a_file_of_any_content_is_an_answer_or_an_error() {
    for (format, bytes) in small::files() {
        let mut answers = 0;
        for seed in 0..CHANGES {
            answers += usize::from(use_all(&changed(&bytes, seed)).is_ok());
        }
        println!("{format:?}: {} bytes, {CHANGES} changes, {answers} still convert", bytes.len());
        // Neither all nor none: the changes reach into what is read.
        assert!((10..CHANGES as usize - 10).contains(&answers), "{format:?}: {answers} of {CHANGES} convert");
    }
}

#[test]
fn what_is_no_model_is_refused_as_such() {
    for bytes in [&b""[..], b"RIFF....WAVEfmt ", b"{\"name\": \"json\"}", &[0; 64], &[0xff; 64]] {
        let error = Source::from_bytes(bytes).unwrap_err();
        assert!(matches!(error, ImportError::Format), "{error}");
    }
}

#[test]
fn files_made_to_harm_are_refused_before_they_do() {
    use small::*;
    // A constant of a thousand million numbers that says it has but one.
    let huge = graph(&[
        node("x", "Placeholder", &[], &[]),
        node("c", "Const", &[], &[tensor("value", &[1_000_000_000], &[1.0])]),
    ]);
    assert!(matches!(Source::from_bytes(&huge), Err(ImportError::TooLarge { got: 1_000_000_000, .. })));
    // Sides whose product is beyond every number.
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
    // A loop, and a chain so long that following it by recursion would end the stack.
    let looped = graph(&[
        node("x", "Placeholder", &[], &[]),
        node("a", "Add", &["x", "b"], &[]),
        node("b", "Relu", &["a"], &[]),
        node("c", "Relu", &["b"], &[]),
    ]);
    let source = Source::from_bytes(&looped).unwrap();
    assert!(matches!(source.to_onnx(("x", &[1, 2]), &[("c", "c")]), Err(ImportError::Cycle(_))));
    let mut chain = vec![node("n0", "Placeholder", &[], &[])];
    chain.extend((1..50_000).map(|at| node(&format!("n{at}"), "Relu", &[&format!("n{}", at - 1)], &[])));
    let source = Source::from_bytes(&graph(&chain)).unwrap();
    assert!(source.to_onnx(("n0", &[1, 2]), &[("n49999", "last")]).is_ok());
    // More nodes than any model has.
    let many: Vec<_> = (0..100_001).map(|at| node(&format!("n{at}"), "NoOp", &[], &[])).collect();
    assert!(matches!(Source::from_bytes(&graph(&many)), Err(ImportError::TooLarge { what: "nodes", .. })));
    // One constant that is prepared anew for each of thousands of nodes, and one that grows from few bytes again and again.
    let mut shared =
        vec![node("n0", "Placeholder", &[], &[]), node("c", "Const", &[], &[tensor("value", &[1 << 16], &[])])];
    shared.extend((1..5_000).map(|at| node(&format!("n{at}"), "Mul", &[&format!("n{}", at - 1), "c"], &[])));
    let source = Source::from_bytes(&graph(&shared)).unwrap();
    assert!(matches!(source.to_onnx(("n0", &[1, 1 << 16]), &[("n4999", "last")]), Err(ImportError::TooLarge { .. })));
    let grown: Vec<_> =
        (0..64).map(|at| node(&format!("c{at}"), "Const", &[], &[tensor("value", &[1 << 20], &[])])).collect();
    assert!(matches!(Source::from_bytes(&graph(&grown)), Err(ImportError::TooLarge { .. })));
    // A value that doubles forty times.
    let mut doubling =
        vec![node("n0", "Placeholder", &[], &[]), node("axis", "Const", &[], &[integers("value", &[], &[0])])];
    doubling.extend((1..41).map(|at| {
        let before = format!("n{}", at - 1);
        node(&format!("n{at}"), "ConcatV2", &[&before, &before, "axis"], &[])
    }));
    let source = Source::from_bytes(&graph(&doubling)).unwrap();
    assert!(matches!(source.to_onnx(("n0", &[1, 2]), &[("n40", "last")]), Err(ImportError::TooLarge { .. })));
}

#[test]
fn what_is_not_known_is_named_with_its_place() {
    use small::*;
    let file = graph(&[node("x", "Placeholder", &[], &[]), node("odd/one", "Fft", &["x"], &[])]);
    let source = Source::from_bytes(&file).unwrap();
    let error = source.to_onnx(("x", &[1, 2]), &[("odd/one", "y")]).unwrap_err().to_string();
    assert_eq!(error, "node `odd/one`: expected an operation that is known here, got `Fft`");
    let error = source.to_onnx(("y", &[1, 2]), &[("odd/one", "y")]).unwrap_err().to_string();
    assert_eq!(error, "expected the name of a tensor in the file, got `y`");
    let file = graph(&[node("x", "Placeholder", &[], &[shape("shape", &[-1, 96])]), node("y", "Relu", &["x"], &[])]);
    let source = Source::from_bytes(&file).unwrap();
    let error = source.to_onnx(("x", &[1, 40]), &[("y", "y")]).unwrap_err().to_string();
    assert_eq!(error, "input `x`: expected shape [?, 96], got [1, 40]");
    let file = graph(&[
        node("w", "VarHandleOp", &[], &[]),
        node("x", "Placeholder", &[], &[]),
        node("y", "Mul", &["x", "w"], &[]),
    ]);
    let source = Source::from_bytes(&file).unwrap();
    assert!(matches!(source.to_onnx(("x", &[1, 2]), &[("y", "y")]), Err(ImportError::ExternalData(_))));
}
