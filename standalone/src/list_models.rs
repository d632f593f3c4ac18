//! `earmark models`: what is built in, a line each.

use std::io::{self, Write};
use std::process::ExitCode;

use earmark_models::{Card, Kind, Registry};

pub(crate) fn run() -> ExitCode {
    let cards = Registry::global().cards();
    let width = cards.iter().map(|card| card.id.len()).max().unwrap_or(0);
    let mut out = io::stdout().lock();
    for card in cards {
        // A reader that went away (`| head`) is no failure.
        if writeln!(out, "{}", line(card, width)).is_err() {
            break;
        }
    }
    ExitCode::SUCCESS
}

fn line(card: &Card, width: usize) -> String {
    let (kind, labels) = match card.kind {
        Kind::Tempo { first_bpm } => {
            ("tempo", format!("{first_bpm} to {} BPM", usize::from(first_bpm) + card.classes - 1))
        }
        kind => (kind.name(), format!("{} {}", card.classes, kind.name())),
    };
    let rate_hz = card.front_end.rate().hz();
    let context_s = card.context_s();
    let (id, licence, source) = (&card.id, &card.licence, &card.source);
    format!("{id:width$}  {kind:5}  {labels:13}  {rate_hz:>5} Hz  {context_s:>5.2} s  {licence:8}  {source}")
}
