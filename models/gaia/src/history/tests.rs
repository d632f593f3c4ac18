use super::*;

fn node(name: &str, value_type: i32, children: Vec<LayoutNode>) -> LayoutNode {
    LayoutNode { name: name.into(), value_type, length_type: 0, begin: 0, end: 1, children }
}

/// Returns a history with each part of the format.
fn sample(version: i32) -> HistoryFile {
    let tree = LayoutTree {
        root: node("", 0, vec![node("a", 0, vec![node("b", 1, Vec::new()), node("key", 3, Vec::new())])]),
        texts: if version > 100 { vec![(".a.key".into(), vec![(0, "C".into())])] } else { Vec::new() },
        numbers: if version > 100 { vec![(".a.key".into(), vec![("C".into(), 0)])] } else { Vec::new() },
    };
    let mut tree_of_100 = tree.clone();
    let root = &mut tree_of_100.root;
    root.length_type = 1;
    root.children[0].length_type = 1;
    root.children[0].children.iter_mut().for_each(|child| child.length_type = 1);
    let step = Transformation {
        name: None,
        analyzer: "normalize".into(),
        applier: "dotproduct".into(),
        analyzer_params: Variant::map([("independent", Variant::Int(1))]),
        params: Variant::map([("applyClipping", Variant::Bool(false)), ("matrix", Variant::doubles([1.5, -2.0]))]),
        info: (version > 100).then(|| Variant::Map(Vec::new())),
        layout: (version > 101).then(|| tree.clone()),
    };
    let layout = match version {
        100 => Some(tree_of_100),
        101 => Some(tree),
        _ => None,
    };
    HistoryFile { version, transformations: vec![step; 2], layout }
}

#[test]
fn history_of_each_version_is_read_as_it_was_written() {
    for version in 100..=102 {
        let bytes = sample(version).to_bytes();
        let read = HistoryFile::from_bytes(&bytes).unwrap();
        assert_eq!(read, sample(version), "version {version}");
        assert_eq!(read.to_bytes(), bytes, "version {version}");
    }
}

#[test]
fn file_that_is_cut_off_anywhere_is_refused_with_an_offset() {
    for version in 100..=102 {
        let bytes = sample(version).to_bytes();
        for len in 0..bytes.len() {
            let error = HistoryFile::from_bytes(&bytes[..len]).unwrap_err();
            let HistoryError::Malformed { offset, .. } = error else { panic!("{error}") };
            assert!(offset <= len, "{offset} of {len}");
        }
    }
}

#[test]
fn file_with_a_changed_byte_is_refused_or_written_as_it_was_read() {
    for version in 100..=102 {
        let bytes = sample(version).to_bytes();
        let (mut accepted, mut refused) = (0, 0);
        for at in 0..bytes.len() {
            for flip in [1, 0x80, 0xff] {
                let mut damaged = bytes.clone();
                damaged[at] ^= flip;
                match HistoryFile::from_bytes(&damaged) {
                    Ok(history) => {
                        accepted += 1;
                        assert_eq!(history.to_bytes(), damaged, "byte {at}");
                    }
                    Err(_) => refused += 1,
                }
            }
        }
        assert!(accepted > 20 && refused > 20, "{accepted} accepted, {refused} refused");
    }
}

#[test]
fn huge_count_is_refused_with_offset_expected_and_got() {
    let mut bytes = sample(102).to_bytes();
    bytes[8..12].copy_from_slice(&0x7fff_ffff_u32.to_be_bytes());
    let most = (bytes.len() - 12) / MIN_TRANSFORMATION_LEN;
    let error = HistoryFile::from_bytes(&bytes).unwrap_err();
    let expected = format!(
        "cannot read the history: bad number of transformations at byte 8 (expected up to {most}, got 2147483647)"
    );
    assert_eq!(error.to_string(), expected);
    bytes[8..12].copy_from_slice(&2_u32.to_be_bytes());
    bytes[16..20].copy_from_slice(&2_000_000_000_u32.to_be_bytes());
    let error = HistoryFile::from_bytes(&bytes).unwrap_err().to_string();
    assert!(error.contains("bad name of an analyzer at byte 16") && error.contains("got 2000000000"), "{error}");
}

#[test]
fn other_files_are_refused_by_their_start() {
    let error = HistoryFile::from_bytes(b"RIFF....").unwrap_err().to_string();
    assert_eq!(
        error,
        "cannot read the history: bad start at byte 0 (expected a Gaia history, 0x6aea723d, got 0x52494646)"
    );
    let mut bytes = sample(102).to_bytes();
    bytes[7] = 103;
    let error = HistoryFile::from_bytes(&bytes).unwrap_err().to_string();
    assert_eq!(error, "cannot read the history: bad version at byte 4 (expected 100 to 102, got 103)");
    bytes[7] = 102;
    bytes.push(0);
    let error = HistoryFile::from_bytes(&bytes).unwrap_err().to_string();
    assert!(error.contains("bad end of the file") && error.contains("got 1 more bytes"), "{error}");
}

#[test]
fn file_with_converted_line_endings_is_recognized() {
    let mut history = sample(102);
    let text = b"svm_type c_svc\n\r\nSV\n".to_vec();
    history.transformations[0].params = Variant::map([("modelData", Variant::Bytes(Some(text)))]);
    let bytes = history.to_bytes();
    assert!(HistoryFile::from_bytes(&bytes).is_ok());
    let mut converted = Vec::new();
    for (i, byte) in bytes.iter().enumerate() {
        if !(*byte == b'\r' && bytes.get(i + 1) == Some(&b'\n')) {
            converted.push(*byte);
        }
    }
    assert_eq!(converted.len() + 1, bytes.len());
    let error = HistoryFile::from_bytes(&converted).unwrap_err().to_string();
    assert!(error.ends_with("fetch it again as a binary file."), "{error}");
    let error = HistoryFile::from_bytes(&bytes[..bytes.len() - 9]).unwrap_err().to_string();
    assert!(!error.contains("line endings"), "{error}");
}

#[test]
fn layout_that_is_nested_too_deeply_is_refused() {
    let nested = |levels: usize| {
        let mut history = sample(102);
        let inner = (0..levels).fold(node("x", 1, Vec::new()), |inner, _| node("x", 0, vec![inner]));
        history.transformations[0].layout = Some(LayoutTree { root: inner, ..LayoutTree::default() });
        history.to_bytes()
    };
    assert!(HistoryFile::from_bytes(&nested(63)).is_ok());
    let error = HistoryFile::from_bytes(&nested(64)).unwrap_err().to_string();
    assert!(error.contains("up to 64 levels"), "{error}");
}
