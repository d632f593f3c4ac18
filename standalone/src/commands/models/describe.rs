//! Text description of a model, for `models info` and `models check`.

use std::fmt::Write;

use earmark_install::{PreparedModel, Probe};
use earmark_models::{Card, Kind};

/// Maximum number of listed labels.
const MAX_LABELS: usize = 12;

/// Describes a model card, one line per property.
// Writing to a string cannot fail, so the results of `writeln!` are ignored.
pub(super) fn card(card: &Card) -> String {
    let mut out = String::new();
    let _ = writeln!(out, "{}  {}", card.id, card.name);
    let mut line = |name: &str, text: String| {
        if !text.is_empty() {
            let _ = writeln!(out, "  {name:12}{text}");
        }
    };
    line("output", output_description(card));
    line("input", input_description(card));
    if let Some(rows) = card.output_rows {
        let step_ms = rows.hop as f64 / card.front_end.rate().hz() * 1e3;
        line("rows", format!("{} per patch, one every {step_ms:.1} ms, {} used", rows.count, rows.used().len()));
    }
    if !card.states.is_empty() {
        line("states", format!("{:?}, carried from patch to patch", card.states));
    }
    line("labels", labels(card));
    line("licence", card.licence.clone());
    line("source", card.source.clone());
    if let Some(origin) = &card.origin {
        line("made from", format!("{}, sha256 {}", origin.file, origin.sha256));
    }
    line(if card.takes_descriptors { "classifier" } else { "network" }, format!("sha256 {}", card.sha256));
    line("cite", card.citation.split_whitespace().collect::<Vec<_>>().join(" "));
    line("about", card.description.clone());
    for note in &card.notes {
        line("note", note.clone());
    }
    for assumed in &card.assumed {
        line("assumed", assumed.clone());
    }
    out
}

/// Describes a model card and the result of its probe.
pub(super) fn prepared(prepared: &PreparedModel) -> String {
    let mut out = card(&prepared.card);
    let Probe { answer_ms, share, shares_work } = prepared.probe;
    if prepared.card.takes_descriptors {
        let _ = writeln!(out, "  {:12}{answer_ms:.3} ms per prediction", "cost");
        return out;
    }
    let (hop, share) = (prepared.card.hop_frames, share * 100.0);
    let base = if prepared.card.head_of.is_some() { ", in addition to its base model" } else { "" };
    let _ = writeln!(
        out,
        "  {:12}{answer_ms:.2} ms per prediction, {share:.2} % of real time at a hop of {hop} frames{base}",
        "cost"
    );
    if shares_work {
        let _ = writeln!(out, "  {:12}overlapping patches share work: frequent predictions cost less each", "");
    }
    if let Some(base) = &prepared.waits_for {
        let _ = writeln!(
            out,
            "  {:12}the model needs the embedding of {base}, which is not installed: add {base}",
            "missing"
        );
    }
    out
}

fn output_description(card: &Card) -> String {
    let result = match card.kind {
        Kind::Tags => format!("{} tags, one probability each", card.classes),
        Kind::Events => format!("{} sound events, one probability each", card.classes),
        Kind::Classes => format!("{} mutually exclusive classes", card.classes),
        Kind::Values { low, high } => format!("{} values from {low} to {high}", card.classes),
        Kind::Tempo { first_bpm } => {
            format!("a tempo, {first_bpm} to {} BPM", usize::from(first_bpm) + card.classes - 1)
        }
        Kind::Pitch => "a pitch".to_owned(),
        Kind::Embedding => String::new(),
    };
    let embedding = card.embedding.map(|width| format!("an embedding of {width} values"));
    let parts: Vec<String> =
        [Some(result).filter(|result| !result.is_empty()), embedding].into_iter().flatten().collect();
    parts.join(", and ")
}

fn input_description(card: &Card) -> String {
    match &card.head_of {
        None if card.takes_descriptors => {
            format!("{} numbers of descriptors of a track", card.input.iter().product::<usize>())
        }
        Some(of) if card.input_embeddings > 1 => {
            format!("{} embeddings of {of}, {} values each", card.input_embeddings, card.embedding_width())
        }
        Some(of) => format!("the embedding of {of}, {} values", card.input.iter().product::<usize>()),
        None => format!(
            "{:.2} s at {} Hz: {} frames of {}, as {:?}",
            card.context_s(),
            card.front_end.rate().hz(),
            card.patch_frames,
            match card.front_end.name() {
                "described" => format!("{} values, by its card", card.front_end.bands()),
                name => name.to_owned(),
            },
            card.input
        ),
    }
}

fn labels(card: &Card) -> String {
    let mut labels: Vec<String> = card.labels.iter().take(MAX_LABELS).cloned().collect();
    if let Some(label) = card.positive_class.and_then(|class| labels.get_mut(class)) {
        label.push_str(" (positive class)");
    }
    if card.labels.len() > MAX_LABELS {
        labels.push(format!("and {} more", card.labels.len() - MAX_LABELS));
    }
    labels.join(", ")
}
