//! Group of the setup page with all tags: descriptions, thresholds, pins and controllers.

use egui::{Align, Key, Layout, RichText, ScrollArea, TextEdit, Ui};

use crate::frame_context::FrameContext;
use crate::{Command, glossary, widgets};

/// Group and its state between frames.
#[derive(Debug, Default)]
pub(crate) struct TagsPage {
    search: String,
    /// Whether the search field gets the focus in the next frame.
    pub(crate) focus_search: bool,
}

impl TagsPage {
    pub(crate) fn show(&mut self, ui: &mut Ui, context: &mut FrameContext<'_>) {
        let palette = context.palette;
        let labels = context.groups.labels();
        let search = TextEdit::singleline(&mut self.search).hint_text("Search tags").desired_width(f32::INFINITY);
        let response = ui.add(search.id(ui.scope_id().with("search"))).accessible_name("Search tags");
        if std::mem::take(&mut self.focus_search) {
            response.request_focus();
        }
        if response.lost_focus() && ui.input(|input| input.key_pressed(Key::Escape)) {
            self.search.clear();
        }
        let wanted = self.search.trim().to_lowercase();
        // Tags with a matching name come first, then tags with a matching description.
        let found = |in_name: bool| {
            let wanted = &wanted;
            labels.iter().enumerate().filter(move |(_, label)| {
                let name = label.to_lowercase().contains(wanted);
                let meaning = glossary::explain(label).to_lowercase().contains(wanted);
                if in_name { name } else { meaning && !name && wanted.len() > 2 }
            })
        };
        let shown: Vec<(usize, std::sync::Arc<str>)> =
            found(true).chain(found(false)).map(|(tag, label)| (tag, label.clone())).collect();
        let count = if wanted.is_empty() { format!("{} tags", labels.len()) } else { format!("{} found", shown.len()) };
        ui.label(RichText::new(count).small().color(palette.weak));
        if context.controls.midi().is_some_and(|midi| !midi.on) {
            ui.label(RichText::new("MIDI is off: no controller is sent.").small().color(palette.weak));
        }
        ScrollArea::vertical().auto_shrink(false).show(ui, |ui| {
            // The scroll bar has room of its own.
            ui.set_max_width(ui.available_width() - 12.0);
            for (tag, label) in &shown {
                self::entry(ui, context, *tag, label);
            }
            if shown.is_empty() && !labels.is_empty() {
                ui.label(RichText::new("No matching tag.").color(palette.weak));
            }
        });
    }
}

fn entry(ui: &mut Ui, context: &mut FrameContext<'_>, tag: usize, label: &std::sync::Arc<str>) {
    let palette = context.palette;
    let value = context.tags.and_then(|tags| tags.value.smooth.get(tag)).copied();
    let active = context.tags.and_then(|tags| tags.value.active.get(tag)).copied().unwrap_or(false);
    ui.horizontal(|ui| {
        ui.label(RichText::new(&**label).color(if active { palette.strong } else { palette.text }));
        if let Some(value) = value {
            ui.label(RichText::new(format!("{:.0} %", value * 100.0)).small().color(palette.weak));
        }
        self::threshold(ui, context, label);
        ui.with_layout(Layout::right_to_left(Align::Center), |ui| {
            let pinned = context.layout.is_pinned(label);
            let pin = ui.add(egui::Button::new(if pinned { "Unpin" } else { "Pin" }).selected(pinned));
            if pin.accessible_name(format!("{} {label}", if pinned { "Unpin" } else { "Pin" })).clicked() {
                context.layout.toggle_pin(label);
            }
            if let Some(midi) = context.controls.midi() {
                ui.add_enabled_ui(midi.on, |ui| self::controller(ui, context, label));
            }
        });
    });
    ui.label(RichText::new(glossary::explain(label)).small().color(palette.weak));
    ui.add_space(6.0);
}

/// Draws the threshold of a tag. The common threshold removes the threshold of the tag.
fn threshold(ui: &mut Ui, context: &mut FrameContext<'_>, label: &str) {
    let Some(now) = context.controls.threshold(Some(label)) else { return };
    let mut value = now;
    let drag = widgets::threshold(&mut value, "on above ");
    let response = ui.add(drag).accessible_name(format!("Threshold of {label}"));
    response.on_hover_text("Above this value the tag turns on and its note starts; off a third below");
    if (value - now).abs() > f32::EPSILON {
        context.set_threshold(label, value);
    }
}

/// Draws the button that starts or cancels MIDI learn, or clears the controller of a tag.
fn controller(ui: &mut Ui, context: &mut FrameContext<'_>, label: &std::sync::Arc<str>) {
    let tag = label.clone();
    let mapped = context.state.mapped_tags.iter().find(|mapped| mapped.tag == tag);
    let (text, name, help, command) = if context.state.learning.as_ref() == Some(&tag) {
        ("Learning…".into(), format!("Cancel MIDI learn for {tag}"), "Cancel MIDI learn", Command::CancelMidiLearn)
    } else if let Some(cc) = mapped.and_then(|mapped| mapped.cc) {
        let name = format!("Clear CC {cc} for {tag}");
        (format!("CC {cc}"), name, "Stop sending this tag as a controller", Command::ClearCc { tag })
    } else {
        let name = format!("Learn CC for {tag}");
        ("Learn CC".into(), name, "Send this tag as a MIDI controller", Command::StartMidiLearn { tag })
    };
    let on = !matches!(command, Command::StartMidiLearn { .. });
    if ui
        .add(egui::Button::new(text).selected(on))
        .accessible_name(name)
        .on_hover_text(help)
        .on_disabled_hover_text("MIDI is off: turn it on in Setup > Outputs")
        .clicked()
    {
        context.send(command);
    }
}
