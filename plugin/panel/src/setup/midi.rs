//! Settings of the MIDI output: on or off, channel, and the mapping of each tag.

use std::sync::Arc;

use egui::{DragValue, Response, RichText, Ui};

use super::heading;
use crate::frame_context::FrameContext;
use crate::notes::note_name;
use crate::widgets::{attention, caption, switch};
use crate::{Command, MappedTag, Midi};

/// Value of the editor that stands for no number, below all numbers.
const NONE: i16 = -1;

pub(crate) fn show(ui: &mut Ui, context: &mut FrameContext<'_>) {
    let Some(midi) = context.controls.midi() else { return };
    heading(ui, context, "MIDI");
    if switch(ui, midi.on, "MIDI output", "Send mapped tags and the tempo as CC, and active tags as notes") {
        context.controls.set_midi(Midi { on: !midi.on, ..midi });
    }
    if !midi.on {
        return;
    }
    let mut channel = midi.channel.clamp(1, 16);
    ui.horizontal(|ui| {
        caption(ui, "Channel");
        ui.add(DragValue::new(&mut channel).range(1..=16)).accessible_name("MIDI channel");
    });
    if channel != midi.channel {
        context.controls.set_midi(Midi { channel, ..midi });
    }
    let note = |ui: &mut Ui, text: &str| ui.label(RichText::new(text).small().color(context.palette.weak));
    if context.state.mapped_tags.is_empty() {
        note(ui, "No tag is mapped to MIDI. Press Learn CC in Setup > Tags.");
        return;
    }
    note(ui, "Mapped tags: CC for the value, note held while the tag is on.");
    let names = &*context.state.note_names;
    let conflict = conflict(&context.state.mapped_tags, names);
    for mapped in &context.state.mapped_tags {
        if let Some(wanted) = row(ui, mapped, names) {
            context.commands.push(Command::SetMidiMapping(wanted));
        }
    }
    if let Some(conflict) = conflict {
        attention(ui, &conflict);
    }
}

/// Draws the mapping of a tag; returns the new mapping if it was changed.
fn row(ui: &mut Ui, mapped: &MappedTag, names: &[Arc<str>]) -> Option<MappedTag> {
    let MappedTag { tag, cc, note } = mapped;
    let mut wanted = mapped.clone();
    ui.horizontal(|ui| {
        (wanted.cc, _) = number(ui, *cc, &format!("CC of {tag}"), |cc| format!("CC {cc}"), "no CC");
        let text = |note| note_text(names, note);
        let (note, response) = number(ui, *note, &format!("Note of {tag}"), text, "no note");
        wanted.note = note;
        if let Some(hint) = octave_hint(names) {
            response.on_hover_text(hint);
        }
        let remove = ui.small_button("×").accessible_name(format!("Remove mapping of {tag}"));
        if remove.on_hover_text("Remove this mapping").clicked() {
            (wanted.cc, wanted.note) = (None, None);
        }
        ui.add(egui::Label::new(&**tag).truncate());
    });
    (wanted != *mapped).then_some(wanted)
}

/// Draws an editor for a number from 0 to 127, or none.
fn number(ui: &mut Ui, now: Option<u8>, name: &str, text: impl Fn(u8) -> String, none: &str) -> (Option<u8>, Response) {
    let read = |value: f64| u8::try_from(value.round() as i64).ok().filter(|&number| number < 128);
    let mut value = now.map_or(NONE, i16::from);
    let drag = DragValue::new(&mut value).range(NONE..=127).speed(0.2);
    let drag = drag.custom_formatter(|value, _| read(value).map_or_else(|| none.to_owned(), &text));
    let drag = drag.custom_parser(|typed| {
        // Text without digits means none; `CC 20`, `20` and `36 (C2)` are numbers.
        let digits = typed.split(|c: char| !c.is_ascii_digit()).find(|digits| !digits.is_empty());
        Some(digits.and_then(|digits| digits.parse().ok()).unwrap_or(f64::from(NONE)))
    });
    let response = ui.add_sized([84.0, ui.spacing().interact_size.y], drag).accessible_name(name);
    (read(f64::from(value)), response)
}

/// Returns the number of a note and, if it has one, its name.
fn note_text(names: &[Arc<str>], note: u8) -> String {
    let (number, name) = (note.to_string(), note_name(names, i32::from(note)));
    if name == number { number } else { format!("{number} ({name})") }
}

/// Returns a hint on the octave numbers of the names; none if notes have no names.
fn octave_hint(names: &[Arc<str>]) -> Option<String> {
    let name = names.get(60)?;
    Some(format!("Note 60 is {name} (scientific pitch notation); some DAWs call this C3"))
}

/// Returns a sentence about the first CC or note to which two tags are mapped.
fn conflict(mapped: &[MappedTag], names: &[Arc<str>]) -> Option<String> {
    mapped.iter().enumerate().find_map(|(index, one)| {
        mapped[..index].iter().find_map(|other| {
            let what = match (one.cc.filter(|_| one.cc == other.cc), one.note.filter(|_| one.note == other.note)) {
                (Some(cc), _) => format!("CC {cc}"),
                (None, Some(note)) => format!("note {}", note_text(names, note)),
                (None, None) => return None,
            };
            Some(format!("{} and {} both use {what}.", other.tag, one.tag))
        })
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn names() -> Vec<Arc<str>> {
        (0..128).map(|note| format!("n{note}").into()).collect()
    }

    #[test]
    fn note_has_its_number_and_the_name_of_the_table() {
        assert_eq!([0, 36, 127].map(|note| note_text(&names(), note)), ["0 (n0)", "36 (n36)", "127 (n127)"]);
        assert_eq!(note_text(&[], 36), "36");
    }

    #[test]
    fn octave_hint_names_note_60_and_the_other_convention() {
        let hint = octave_hint(&names()).unwrap();
        assert!(hint.contains("Note 60 is n60") && hint.contains("some DAWs call this C3"), "{hint}");
        assert_eq!(octave_hint(&[]), None);
    }

    #[test]
    fn two_tags_on_one_number_give_a_warning() {
        let mapped = |tag: &str, cc, note| MappedTag { tag: tag.into(), cc, note };
        let apart = [mapped("rock", Some(20), None), mapped("jazz", Some(21), Some(36)), mapped("soul", None, None)];
        assert_eq!(conflict(&apart, &names()), None);
        let [rock, jazz, _] = apart;
        let text = conflict(&[rock.clone(), jazz.clone(), mapped("soul", Some(20), Some(36))], &names());
        assert_eq!(text.as_deref(), Some("rock and soul both use CC 20."));
        let text = conflict(&[rock, jazz, mapped("soul", Some(22), Some(36))], &names());
        assert_eq!(text.as_deref(), Some("jazz and soul both use note 36 (n36)."));
    }
}
