//! Names of labels for display.

/// Human-readable parts of a label.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct DisplayLabel {
    /// What it is called.
    pub(crate) own: String,
    /// What it is a kind of; empty where nothing is said of that.
    pub(crate) parent: String,
}

impl DisplayLabel {
    /// Models write `not_danceable`, and `Rock---Indie Rock` for a kind of rock.
    pub(crate) fn of(label: &str) -> Self {
        let (parent, own) = label.rsplit_once("---").unwrap_or(("", label));
        Self { own: plain(own), parent: plain(parent) }
    }

    /// All of it on one line.
    pub(crate) fn written(&self) -> String {
        if self.parent.is_empty() { self.own.clone() } else { format!("{} ({})", self.own, self.parent) }
    }
}

fn plain(text: &str) -> String {
    let text = text.replace('_', " ").replace("---", ", ");
    match text.strip_prefix("non ").or_else(|| text.strip_prefix("non-")) {
        Some(rest) => format!("not {rest}"),
        None => text,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn labels_become_words_that_mean_the_same() {
        for (label, written) in [
            ("not_danceable", "not danceable"),
            ("non_happy", "not happy"),
            ("Rock---Indie Rock", "Indie Rock (Rock)"),
            ("Folk, TestState, & Country---Nordic", "Nordic (Folk, TestState, & Country)"),
            ("nonsense", "nonsense"),
        ] {
            assert_eq!(DisplayLabel::of(label).written(), written);
        }
    }
}
