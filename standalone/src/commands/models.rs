//! Command `earmark models`: lists, shows, adds, checks and removes models.

mod describe;
mod draft;
mod install;
mod model_json;
mod no_folder;
#[cfg(feature = "separation")]
mod stems;

use std::io::{self, Write};
use std::process::ExitCode;

use earmark_models::{Card, Kind, ModelError, Registry};
use serde_json::{Value, json};

use self::install::InstallMode;
use crate::args::ModelsCommand;

#[cfg(any(feature = "descriptors", feature = "separation"))]
pub(crate) use self::no_folder::NO_FOLDER_MESSAGE;

/// Runs the subcommand (default: list). Returns exit code 0, or 1 with a message.
pub(crate) fn run(command: Option<&ModelsCommand>) -> ExitCode {
    match command {
        None | Some(ModelsCommand::List { json: false }) => list(),
        Some(ModelsCommand::List { json: true }) => list_json(),
        Some(ModelsCommand::Add { paths }) => install::add(paths),
        Some(ModelsCommand::Check { paths, json: false }) => install::check(paths),
        Some(ModelsCommand::Check { paths, json: true }) => install::check_json(paths),
        Some(ModelsCommand::InstallWorker { path, check, json }) => {
            install::worker_main(path, InstallMode::new(*check, *json))
        }
        Some(ModelsCommand::Describe(options)) => draft::run(options),
        Some(ModelsCommand::Info { id, json }) => info(id, *json),
        Some(ModelsCommand::Remove { ids }) => remove(ids),
    }
}

fn list() -> ExitCode {
    let registry = Registry::global();
    let cards = registry.cards();
    let width = cards.iter().map(|card| card.id.len()).max().unwrap_or(0);
    let mut out = io::stdout().lock();
    let lines = cards.iter().map(|card| line(card, width));
    #[cfg(feature = "separation")]
    let lines = lines.chain(stems::cards().into_iter().map(|card| stems::line(&card, width)));
    for line in lines {
        // A closed pipe (`| head`) is not an error.
        if writeln!(out, "{line}").is_err() {
            break;
        }
    }
    // Models that are damaged or need a missing base model are reported on standard error.
    for error in registry.rejected() {
        eprintln!("earmark: {}", refusal(&error));
    }
    ExitCode::SUCCESS
}

fn line(card: &Card, width: usize) -> String {
    let labels = match card.kind {
        Kind::Tempo { first_bpm } => format!("{first_bpm} to {} BPM", usize::from(first_bpm) + card.classes - 1),
        Kind::Embedding => format!("{} values", card.embedding.unwrap_or(0)),
        Kind::Pitch => "pitch".to_owned(),
        kind => format!("{} {}", card.classes, kind.name()),
    };
    let input = if card.takes_descriptors {
        "descriptors".to_owned()
    } else {
        format!("{:>5} Hz  {:>5.2} s", card.front_end.rate().hz(), card.context_s())
    };
    let (id, kind, licence, source) = (&card.id, card.kind.name(), &card.licence, &card.source);
    let star = if card.assumed.is_empty() { ' ' } else { '*' };
    format!("{id:width$}{star} {kind:9}  {labels:13}  {input:>17}  {licence:8}  {source}")
}

fn list_json() -> ExitCode {
    let registry = Registry::global();
    let cards = registry.cards().into_iter().map(|card| model_json::object(card, !registry.is_builtin(&card.id)));
    #[cfg(feature = "separation")]
    let cards = cards.chain(stems::cards().into_iter().map(|card| stems::object(&card)));
    let cards: Vec<Value> = cards.collect();
    let refused: Vec<String> = registry.rejected().iter().map(refusal).collect();
    let written = writeln!(io::stdout(), "{:#}", json!({ "models": cards, "refused": refused }));
    drop(written);
    ExitCode::SUCCESS
}

/// Returns the reason that an added model is not available, with a hint.
fn refusal(error: &ModelError) -> String {
    match error {
        ModelError::MissingBase { base, .. } => format!("{error}; add {base} to use this model"),
        error => error.to_string(),
    }
}

fn info(id: &str, json: bool) -> ExitCode {
    #[cfg(feature = "separation")]
    if let Some(card) = stems::cards().into_iter().find(|card| card.id == id) {
        let text = if json { format!("{:#}\n", stems::object(&card)) } else { stems::describe(card) };
        let _ = io::stdout().write_all(text.as_bytes());
        return ExitCode::SUCCESS;
    }
    let registry = Registry::global();
    match registry.card(id) {
        Some(card) => {
            let object = || model_json::object(card, !registry.is_builtin(&card.id));
            let text = if json { format!("{:#}\n", object()) } else { describe::card(card) };
            let _ = io::stdout().write_all(text.as_bytes());
            ExitCode::SUCCESS
        }
        None => {
            let known = registry.cards().into_iter().map(|card| card.id.clone()).collect();
            let refused = registry.rejected().into_iter().find(|error| error.to_string().contains(&format!("`{id}`")));
            let error = refused.unwrap_or(ModelError::Unknown { id: id.to_owned(), known });
            eprintln!("earmark: {}", refusal(&error));
            ExitCode::from(1)
        }
    }
}

fn remove(ids: &[String]) -> ExitCode {
    let mut code = ExitCode::SUCCESS;
    let registry = Registry::global();
    for id in ids {
        let removed = match registry.folder() {
            _ if registry.is_builtin(id) => {
                Err(format!("cannot remove `{id}`: expected an added model, got a built-in one"))
            }
            #[cfg(feature = "separation")]
            Some(folder) if stems::cards().iter().any(|card| card.id == *id) => stems::remove(folder, id).map(|_| ()),
            Some(folder) => earmark_install::remove(folder, id).map_err(|error| error.to_string()),
            None => Err(no_folder::NO_FOLDER_MESSAGE.to_owned()),
        };
        match removed {
            Ok(()) => println!("removed {id}"),
            Err(message) => {
                eprintln!("earmark: {message}");
                code = ExitCode::from(1);
            }
        }
    }
    code
}
