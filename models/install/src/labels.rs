//! Names of the classes of a network: of its description, of a published network, or numbers.

use std::collections::HashMap;

use crate::metadata::MAX_CLASSES;
use crate::published::Published;
use crate::{InstallError, Metadata, known_models};

/// Maximum length of a name in bytes.
const MAX_LABEL_LEN: usize = 256;

/// Notes of a decision: differences between description and network, and assumptions.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(crate) struct Notes {
    pub(crate) notes: Vec<String>,
    pub(crate) assumed: Vec<String>,
}

/// Names of the classes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Labels {
    pub(crate) names: Vec<String>,
    /// Whether the names are those of a published network that only the name of the file identifies.
    pub(crate) by_file_name: bool,
}

/// Returns the names of the classes of a network.
pub(crate) fn labels(
    file_name: &str,
    metadata: &Metadata,
    published: &Published<'_>,
    classes: usize,
    notes: &mut Notes,
) -> Result<Labels, InstallError> {
    if classes > MAX_CLASSES {
        return Err(InstallError::mismatch("outputs", format!("at most {MAX_CLASSES} classes"), classes));
    }
    let declared = metadata.output("predictions").and_then(|output| *output.shape.last()?);
    if let Some(declared) = declared.filter(|&declared| declared != classes) {
        notes.notes.push(format!("the metadata declares {declared} outputs, the network has {classes}"));
    }
    if metadata.classes.len() == classes {
        return Ok(Labels { names: metadata.classes.clone(), by_file_name: false });
    }
    let known = known_models::known(published.name);
    let declared = metadata.classes.len();
    // A list of another length is corrected only if the name of the file is that of the published network, too.
    let known = known.filter(|known| known.labels.len() == classes);
    let known = known.filter(|_| declared == 0 || known_models::known(file_name).is_some());
    match known {
        Some(known) => {
            if declared > 0 {
                notes.notes.push(format!(
                    "the metadata declares {declared} classes, the network has {classes}: labels of the known model of this name"
                ));
            } else if !known.verified {
                notes.notes.push(
                    "the order of the labels is that of Essentia's web page, not verified with a metadata file".into(),
                );
            }
            Ok(Labels { names: known.labels.to_vec(), by_file_name: !published.is_certain() })
        }
        None if declared > 0 => Err(InstallError::mismatch("classes", classes, declared)),
        None => {
            notes.notes.push("labels unknown: no metadata, and no known model of this name".into());
            Ok(Labels { names: (1..=classes).map(|class| format!("class {class}")).collect(), by_file_name: false })
        }
    }
}

/// Checks that every class has a name of its own. Results are stored by name, so that one of two equal names would be lost.
pub(crate) fn check(labels: &[String]) -> Result<(), InstallError> {
    let mut places = HashMap::new();
    for (place, label) in labels.iter().enumerate() {
        let wrong =
            |got: String| InstallError::mismatch("classes", "a name for each class, different from all others", got);
        if label.trim().is_empty() {
            return Err(wrong(format!("an empty name at place {}", place + 1)));
        }
        if label.len() > MAX_LABEL_LEN {
            let got = format!("{} bytes at place {}", label.len(), place + 1);
            return Err(InstallError::mismatch("classes", format!("names of at most {MAX_LABEL_LEN} bytes"), got));
        }
        if label.chars().any(char::is_control) {
            return Err(wrong(format!("a control character in {label:?} at place {}", place + 1)));
        }
        if let Some(first) = places.insert(label.trim(), place) {
            return Err(wrong(format!("`{label}` at places {} and {}", first + 1, place + 1)));
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn doubled_empty_and_unprintable_names_are_rejected_with_their_place() {
        let of = |labels: &[&str]| {
            let labels: Vec<_> = labels.iter().map(|label| (*label).to_owned()).collect();
            check(&labels).map_err(|error| error.to_string())
        };
        assert_eq!(of(&["rock", "Rock", "größe"]), Ok(()));
        for (labels, expected) in [
            (["rock", "pop", "rock"], "`rock` at places 1 and 3"),
            (["rock", "", "pop"], "an empty name at place 2"),
            (["rock", "pop", "rock "], "`rock ` at places 1 and 3"),
            (["a\u{1b}[2J", "b", "c"], "a control character in \"a\\u{1b}[2J\" at place 1"),
            (["a", "b", &"x".repeat(300)], "300 bytes at place 3"),
        ] {
            let error = of(&labels).unwrap_err();
            assert!(error.contains(expected), "{error}");
        }
    }
}
