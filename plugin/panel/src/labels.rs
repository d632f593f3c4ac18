//! Display names of labels.

/// Human-readable parts of a label.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct DisplayLabel {
    /// Name of the class.
    pub(crate) own: String,
    /// Parent category; empty if there is none.
    pub(crate) parent: String,
}

impl DisplayLabel {
    /// Parses a label such as `not_danceable`, or `Rock---Indie Rock` with a parent category.
    pub(crate) fn of(label: &str) -> Self {
        let (parent, own) = label.rsplit_once("---").unwrap_or(("", label));
        Self { own: plain(own), parent: plain(parent) }
    }

    /// Returns name and parent category in one line.
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
    fn labels_become_readable_names() {
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
