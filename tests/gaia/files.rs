//! Real history files are read and written without a change.

use std::fs;

use earmark_gaia::{Chain, DescriptorLayout, HistoryFile, LayoutNode};
use earmark_tests::reference::folder;

use super::histories;

#[test(needs(Reference))]
fn real_files_are_written_as_they_were_read() {
    let files = histories(&folder().unwrap());
    for path in &files {
        let bytes = fs::read(path).unwrap();
        assert!(HistoryFile::from_bytes(&bytes).unwrap().to_bytes() == bytes, "{}", path.display());
    }
    assert_eq!(files.len(), 16);
}

/// Sets what namespaces have in place of slots, which differs from file to file.
fn without_namespace_slots(node: &mut LayoutNode) {
    if !node.children.is_empty() || node.value_type == 0 {
        (node.begin, node.end) = (0, 0);
    }
    node.children.iter_mut().for_each(without_namespace_slots);
}

#[test(needs(Reference))]
fn layouts_of_real_files_become_trees_again() {
    let mut compared = 0;
    for path in histories(&folder().unwrap()) {
        let history = HistoryFile::from_bytes(&fs::read(&path).unwrap()).unwrap();
        for tree in history.transformations.iter().filter_map(|step| step.layout.as_ref()) {
            let layout = DescriptorLayout::from_tree(tree).unwrap();
            let (mut expected, mut got) = (tree.clone(), layout.to_tree());
            without_namespace_slots(&mut expected.root);
            without_namespace_slots(&mut got.root);
            // Tables of enumerations outlive the descriptors.
            expected.texts.retain(|(name, _)| layout.get(name).is_some());
            expected.numbers.retain(|(name, _)| layout.get(name).is_some());
            assert!(expected == got, "{}", path.display());
            compared += 1;
        }
    }
    assert_eq!(compared, 145);
}

#[test(needs(Reference))]
fn parameters_and_layouts_of_chains_are_those_of_the_files() {
    let mut steps = 0;
    for path in histories(&folder().unwrap()).iter().filter(|path| path.extension().unwrap() == "history") {
        let history = HistoryFile::from_bytes(&fs::read(path).unwrap()).unwrap();
        let chain = Chain::from_history(&history).unwrap();
        for (expected, got) in history.transformations.iter().zip(chain.to_history().transformations) {
            assert!(expected.params == got.params && expected.info == got.info, "{}: {}", path.display(), got.analyzer);
            steps += 1;
        }
        for pair in chain.steps().windows(2) {
            assert_eq!(pair[0].transform.layout_after(&pair[0].before), pair[1].before, "{}", path.display());
        }
    }
    assert_eq!(steps, 145);
}

/// Files of 2014 were once damaged by a version control system that converted line endings.
#[test(needs(Reference))]
fn real_files_with_converted_line_endings_are_recognized() {
    let mut damaged = 0;
    for path in histories(&folder().unwrap()) {
        let bytes = fs::read(&path).unwrap();
        let mut converted = Vec::with_capacity(bytes.len());
        for (i, byte) in bytes.iter().enumerate() {
            if !(*byte == b'\r' && bytes.get(i + 1) == Some(&b'\n')) {
                converted.push(*byte);
            }
        }
        if converted.len() < bytes.len() {
            let error = HistoryFile::from_bytes(&converted).unwrap_err().to_string();
            assert!(error.contains("conversion of line endings"), "{}: {error}", path.display());
            damaged += 1;
        }
    }
    assert!(damaged >= 4, "{damaged}");
}
