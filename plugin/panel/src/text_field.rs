//! A line of text that is taken when it is left, if nothing is wrong with it.

use egui::{Key, TextEdit, Ui};

use crate::widgets::attention;

/// What is wrong with a text, in words.
pub(crate) type Validation = Result<(), String>;

/// The line, and what it remembers from frame to frame.
#[derive(Debug, Default)]
pub(crate) struct ValidatedTextField {
    /// What is being typed, or was and cannot be taken; none while it shows what is so.
    draft: Option<String>,
    /// The last text that was looked at, and what is wrong with it.
    checked: Option<(String, Validation)>,
}

impl ValidatedTextField {
    /// Draws it with the text that is so, and what is wrong with what stands there, and gives the text that is taken
    /// now. Enter and going elsewhere take it, Escape goes back.
    pub(crate) fn show(
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
        if let Err(words) = &validation {
            attention(ui, words);
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

    /// It goes out of sight: gives what is being typed, if it can be taken.
    pub(crate) fn leave(&mut self, check: impl Fn(&str) -> Validation) -> Option<String> {
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
