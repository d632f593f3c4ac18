//! Text field that applies valid text when it loses the focus.

use egui::{Key, TextEdit, Ui};

use crate::widgets::attention;

/// Result of a check; an error holds a sentence for the user.
pub type Validation = Result<(), String>;

/// Text field with validation, and its state between frames.
#[derive(Debug, Default)]
pub struct ValidatedTextField {
    /// Text that is being edited, or is invalid; none while the field shows the current value.
    draft: Option<String>,
    /// Last checked text with its result.
    checked: Option<(String, Validation)>,
}

impl ValidatedTextField {
    /// Draws the field with the current value `now` and, below it, the error of invalid text. Returns text to apply:
    /// Enter or a loss of focus applies valid text, Escape restores the current value.
    pub fn show(
        &mut self,
        ui: &mut Ui,
        name: &str,
        hint: &str,
        now: &str,
        check: impl Fn(&str) -> Validation,
    ) -> Option<String> {
        let mut text = self.draft.clone().unwrap_or_else(|| now.to_owned());
        let width = ui.available_width().min(420.0);
        let edit = TextEdit::singleline(&mut text).hint_text(hint).desired_width(width);
        let response = ui.add(edit.id(ui.scope_id().with(("field", name)))).accessible_name(name);
        if response.changed() {
            self.draft = Some(text.clone());
        }
        let validation = self.validate(&text, &check);
        if let Err(error) = &validation {
            attention(ui, error);
        }
        if !response.lost_focus() {
            return None;
        }
        if ui.input(|input| input.key_pressed(Key::Escape)) {
            self.draft = None;
            return None;
        }
        self.leave(check)
    }

    /// Returns edited text that is valid. Called when the field is hidden.
    pub fn leave(&mut self, check: impl Fn(&str) -> Validation) -> Option<String> {
        let draft = self.draft.as_ref()?.trim().to_owned();
        self.validate(&draft, check).ok()?;
        self.draft = None;
        Some(draft)
    }

    fn validate(&mut self, text: &str, check: impl Fn(&str) -> Validation) -> Validation {
        let text = text.trim();
        match &self.checked {
            Some((checked, validation)) if checked == text => validation.clone(),
            _ => self.checked.insert((text.to_owned(), check(text))).1.clone(),
        }
    }
}
