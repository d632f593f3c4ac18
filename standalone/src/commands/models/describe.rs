//! Description of a model as text, for `info` and `check`.

use std::fmt::Write;

use earmark_install::{PreparedModel, Probe};
use earmark_models::{Card, Kind};

/// Maximum number of labels that are listed.
const MAX_LABELS: usize = 12;

/// Describes a card, a line for each property.
// Writing to a string cannot fail, so the results of `writeln!` are ignored.
pub(super) fn card(card: &Card) -> String {
    let mut out = String::new();
    let _ = writeln!(out, "{}  {}", card.id, card.name);
    let mut line = |what: &str, text: String| {
        if !text.is_empty() {
            let _ = writeln!(out, "  {what:12}{text}");
        }
    };
    line("gives", output_description(card));
    line("hears", input_description(card));
    line("labels", labels(card));
    line("licence", card.licence.clone());
    line("from", card.source.clone());
    if let Some(origin) = &card.origin {
        line("made from", format!("{}, sha256 {}", origin.file, origin.sha256));
    }
    line("network", format!("sha256 {}", card.sha256));
    line("cite", card.citation.split_whitespace().collect::<Vec<_>>().join(" "));
    line("about", card.description.clone());
    for note in &card.notes {
        line("note", note.clone());
    }
    out
}

/// Describes a card and the result of its probe.
pub(super) fn prepared(prepared: &PreparedModel) -> String {
    let mut out = card(&prepared.card);
    let Probe { answer_ms, share, shares_work } = prepared.probe;
    let (hop, share) = (prepared.card.hop_frames, share * 100.0);
    let beside = if prepared.card.head_of.is_some() { ", beside its model" } else { "" };
    let _ = writeln!(
        out,
        "  {:12}{answer_ms:.2} ms an answer, {share:.2} % of the time at a hop of {hop} frames{beside}",
        "costs"
    );
    if shares_work {
        let _ = writeln!(out, "  {:12}overlapping patches share work: frequent answers cost less", "");
    }
    if let Some(base) = &prepared.waits_for {
        let _ = writeln!(out, "  {:12}{base}, whose embedding it takes, is not here yet: add that, too", "waits for");
    }
    out
}

fn output_description(card: &Card) -> String {
    let what = match card.kind {
        Kind::Tags => format!("{} tags, a probability each", card.classes),
        Kind::Events => format!("{} kinds of sound, a probability each", card.classes),
        Kind::Classes => format!("{} classes that exclude each other", card.classes),
        Kind::Values { low, high } => format!("{} quantities from {low} to {high}", card.classes),
        Kind::Tempo { first_bpm } => {
            format!("a tempo, {first_bpm} to {} BPM", usize::from(first_bpm) + card.classes - 1)
        }
        Kind::Pitch => "a pitch".to_owned(),
        Kind::Embedding => String::new(),
    };
    let embedding = card.embedding.map(|width| format!("an embedding of {width} values"));
    let parts: Vec<String> = [Some(what).filter(|what| !what.is_empty()), embedding].into_iter().flatten().collect();
    parts.join(", and ")
}

fn input_description(card: &Card) -> String {
    match &card.head_of {
        Some(of) => format!("the embedding of {of}, {} values", card.input.iter().product::<usize>()),
        None => format!(
            "{:.2} s at {} Hz: {} frames of {}, as {:?}",
            card.context_s(),
            card.front_end.rate().hz(),
            card.patch_frames,
            card.front_end.name(),
            card.input
        ),
    }
}

fn labels(card: &Card) -> String {
    let mut words: Vec<String> = card.labels.iter().take(MAX_LABELS).cloned().collect();
    if let Some(label) = card.positive_class.and_then(|class| words.get_mut(class)) {
        label.push_str(" (asked about)");
    }
    if card.labels.len() > MAX_LABELS {
        words.push(format!("and {} more", card.labels.len() - MAX_LABELS));
    }
    words.join(", ")
}
