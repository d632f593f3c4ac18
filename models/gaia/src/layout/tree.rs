//! Conversion between layouts and the trees of history files.

use std::collections::BTreeMap;

use super::{DescriptorLayout, LayoutEntry, LayoutError, ValueCount};
use crate::history::{LayoutNode, LayoutTree};
use crate::name::utf16_order;
use crate::value_type::ValueType;

impl DescriptorLayout {
    /// Converts the tree of a history file.
    ///
    /// # Errors
    /// If a descriptor has an unknown type, no slots, or an enumeration whose numbers are not 0, 1, 2 and so on.
    pub fn from_tree(tree: &LayoutTree) -> Result<Self, LayoutError> {
        let mut layout = Self::default();
        for child in &tree.root.children {
            collect(child, "", tree, &mut layout.entries)?;
        }
        layout.entries.sort_by(|a, b| utf16_order(&a.name, &b.name));
        if let Some(pair) = layout.entries.windows(2).find(|pair| pair[0].name == pair[1].name) {
            return Err(bad(&pair[0].name, "one descriptor of this name", "two"));
        }
        Ok(layout)
    }

    /// Converts to the tree of a history file. Slots are assigned for each type in the order of the names.
    #[must_use]
    pub fn to_tree(&self) -> LayoutTree {
        let mut tree = LayoutTree::default();
        let mut used = BTreeMap::new();
        for entry in &self.entries {
            let type_number = type_number(entry.value_type);
            let (length_type, count) = match entry.count {
                ValueCount::Fixed(count) => (0, count),
                ValueCount::Variable => (1, 1),
            };
            let begin: &mut i32 = used.entry((type_number, length_type)).or_default();
            let end = begin.saturating_add(i32::try_from(count).unwrap_or(i32::MAX));
            let node = descend(&mut tree.root, entry.name.trim_start_matches('.'));
            (node.value_type, node.length_type) = (type_number, length_type);
            (node.begin, node.end) = (*begin, end);
            *begin = end;
        }
        let enumerated = self.entries.iter().rev().filter(|entry| entry.value_type == ValueType::Enumeration);
        for entry in enumerated {
            let numbered = || (0_i32..).zip(entry.enumeration.iter().cloned());
            let mut texts: Vec<_> = numbered().collect();
            texts.reverse();
            let mut numbers: Vec<_> = numbered().map(|(number, text)| (text, number)).collect();
            numbers.sort_by(|a, b| utf16_order(&b.0, &a.0));
            tree.texts.push((entry.name.clone(), texts));
            tree.numbers.push((entry.name.clone(), numbers));
        }
        tree
    }
}

/// Returns the node of a dotted name, which is added with its namespaces if it is absent. Names arrive in order, so that
/// children stay sorted.
fn descend<'a>(root: &'a mut LayoutNode, name: &str) -> &'a mut LayoutNode {
    let mut node = root;
    for part in name.split('.') {
        let at = match node.children.binary_search_by(|child| utf16_order(&child.name, part)) {
            Ok(at) => at,
            Err(at) => {
                let namespace = LayoutNode {
                    name: part.to_owned(),
                    value_type: 0,
                    length_type: 1,
                    begin: 0,
                    end: 1,
                    children: Vec::new(),
                };
                node.children.insert(at, namespace);
                at
            }
        };
        node = &mut node.children[at];
    }
    node
}

/// Adds the descriptors below a node.
fn collect(
    node: &LayoutNode,
    path: &str,
    tree: &LayoutTree,
    entries: &mut Vec<LayoutEntry>,
) -> Result<(), LayoutError> {
    let name = format!("{path}.{}", node.name);
    for child in &node.children {
        collect(child, &name, tree, entries)?;
    }
    if !node.children.is_empty() {
        return Ok(());
    }
    let value_type = match node.value_type {
        1 => ValueType::Real,
        2 => ValueType::Text,
        3 => ValueType::Enumeration,
        // A namespace whose descriptors were all removed.
        0 => return Ok(()),
        other => return Err(bad(&name, "a type from 0 to 3", other)),
    };
    let count = match node.length_type {
        0 => match usize::try_from(i64::from(node.end) - i64::from(node.begin)) {
            Ok(count) if count > 0 => ValueCount::Fixed(count),
            _ => return Err(bad(&name, "at least one slot", i64::from(node.end) - i64::from(node.begin))),
        },
        1 => ValueCount::Variable,
        other => return Err(bad(&name, "a length type of 0 or 1", other)),
    };
    let enumeration = if value_type == ValueType::Enumeration { texts(&name, tree)? } else { Vec::new() };
    entries.push(LayoutEntry { name, value_type, count, enumeration });
    Ok(())
}

/// Returns the texts of an enumeration in the order of their numbers.
fn texts(name: &str, tree: &LayoutTree) -> Result<Vec<String>, LayoutError> {
    let Some((_, pairs)) = tree.texts.iter().find(|(descriptor, _)| descriptor == name) else { return Ok(Vec::new()) };
    let mut sorted: Vec<&(i32, String)> = pairs.iter().collect();
    sorted.sort_by_key(|(number, _)| *number);
    if let Some((expected, (got, _))) = (0_i32..).zip(&sorted).find(|(expected, (number, _))| expected != number) {
        return Err(bad(name, "an enumeration numbered from 0", format!("{got} in place of {expected}")));
    }
    Ok(sorted.into_iter().map(|(_, text)| text.clone()).collect())
}

fn type_number(value_type: ValueType) -> i32 {
    match value_type {
        ValueType::Real => 1,
        ValueType::Text => 2,
        ValueType::Enumeration => 3,
    }
}

fn bad(name: &str, expected: &'static str, got: impl ToString) -> LayoutError {
    LayoutError { name: name.to_owned(), expected, got: got.to_string() }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sample() -> DescriptorLayout {
        let mut layout = DescriptorLayout::default();
        let entries = [
            (".a.key", ValueType::Enumeration, ValueCount::Fixed(1)),
            (".a.mfcc.mean", ValueType::Real, ValueCount::Fixed(13)),
            (".a.mfcc_x", ValueType::Real, ValueCount::Fixed(2)),
            (".b.beats", ValueType::Real, ValueCount::Variable),
            (".b.texts", ValueType::Text, ValueCount::Variable),
        ];
        for (name, value_type, count) in entries {
            layout.insert(LayoutEntry::new(name, value_type, count));
        }
        layout.get_mut(".a.key").unwrap().enumeration = vec!["D".into(), "A".into(), "C#".into()];
        layout
    }

    #[test]
    fn layout_becomes_a_tree_and_back() {
        let tree = sample().to_tree();
        assert_eq!(DescriptorLayout::from_tree(&tree).unwrap(), sample());
        let a = &tree.root.children[0];
        assert_eq!(a.children.iter().map(|child| child.name.as_str()).collect::<Vec<_>>(), ["key", "mfcc", "mfcc_x"]);
        assert_eq!((a.children[1].children[0].begin, a.children[1].children[0].end), (0, 13));
        assert_eq!((a.children[2].begin, a.children[2].end), (13, 15));
        assert_eq!((tree.root.begin, tree.root.end), (-1, -1));
        assert_eq!(tree.texts[0].1, [(2, "C#".to_owned()), (1, "A".to_owned()), (0, "D".to_owned())]);
        assert_eq!(tree.numbers[0].1, [("D".to_owned(), 0), ("C#".to_owned(), 2), ("A".to_owned(), 1)]);
    }

    #[test]
    fn contradictions_are_named() {
        let mut tree = sample().to_tree();
        tree.texts[0].1[0].0 = 7;
        let error = DescriptorLayout::from_tree(&tree).unwrap_err().to_string();
        let expected = "cannot use the layout: bad descriptor `.a.key` (expected an enumeration numbered from 0, got 7 in place of 2)";
        assert_eq!(error, expected);
        let mut tree = sample().to_tree();
        tree.root.children[0].children[2].end = 13;
        assert!(DescriptorLayout::from_tree(&tree).unwrap_err().to_string().contains("at least one slot, got 0"));
        let mut tree = sample().to_tree();
        tree.root.children[1].name = "a".into();
        tree.root.children[1].children[0].name = "key".into();
        assert!(DescriptorLayout::from_tree(&tree).unwrap_err().to_string().contains("got two"));
        let mut tree = sample().to_tree();
        tree.root.children[0].children[2].value_type = 9;
        assert!(DescriptorLayout::from_tree(&tree).unwrap_err().to_string().contains("from 0 to 3, got 9"));
    }
}
