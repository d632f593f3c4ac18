//! Command `earmark models describe`: writes a card for a network file, and asks for the facts that are missing in it.

use std::fs;
use std::io::{self, IsTerminal, Write};
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use earmark_install::{CardDraft, Question};

use super::install::set_limits;
use crate::args::DescribeOptions;

/// Writes the card beside the network. Returns exit code 0, or 1 with a message.
pub(super) fn run(options: &DescribeOptions) -> ExitCode {
    set_limits();
    match describe(options) {
        Ok(()) => ExitCode::SUCCESS,
        Err(message) => {
            eprintln!("earmark: {message}");
            ExitCode::from(1)
        }
    }
}

fn describe(options: &DescribeOptions) -> Result<(), String> {
    let path = &options.path;
    let out = options.out.clone().unwrap_or_else(|| card_path(path));
    let is_stdout = out.as_os_str() == "-";
    if !is_stdout && out.exists() && !options.force {
        return Err(format!("cannot write {}: expected no file, got one. Use --force to replace it.", out.display()));
    }
    let mut draft = CardDraft::read(path).map_err(|error| error.to_string())?;
    for (key, value) in &options.answers {
        draft.answer(key, value);
    }
    if let Some(labels) = &options.labels {
        let text = fs::read_to_string(labels).map_err(|error| format!("cannot read {}: {error}", labels.display()))?;
        draft.answer("labels", &text);
    }
    let is_interactive = io::stdin().is_terminal() && !options.defaults;
    if is_interactive {
        eprint!("{}", draft.tensors());
    }
    while let Some(question) = draft.next_question() {
        let answer = match &question.default {
            Some(default) if !is_interactive && question.wrong.is_none() => default.clone(),
            _ if is_interactive => asked(&question)?,
            _ => return Err(missing(&question)),
        };
        draft.answer(&question.key, &answer);
    }
    let text = draft.to_toml().map_err(|error| error.to_string())?;
    if is_stdout {
        // A closed pipe (`| head`) is not an error.
        let _ = io::stdout().write_all(text.as_bytes());
        return Ok(());
    }
    fs::write(&out, text).map_err(|error| format!("cannot write {}: {error}", out.display()))?;
    println!("wrote {}; next: earmark models check {}", out.display(), path.display());
    Ok(())
}

/// Returns `<name>.toml` beside the network.
fn card_path(network: &Path) -> PathBuf {
    if network.is_dir() {
        let mut name = network.file_name().unwrap_or_default().to_owned();
        name.push(".toml");
        return network.with_file_name(name);
    }
    network.with_extension("toml")
}

fn missing(question: &Question) -> String {
    format!("cannot write the card: {question} Answer with --set {}=...", question.key)
}

/// Asks a question on the terminal until it is answered. Blocks.
fn asked(question: &Question) -> Result<String, String> {
    loop {
        let choices =
            if question.choices.is_empty() { String::new() } else { format!(" ({})", question.choices.join(", ")) };
        let default = question.default.as_deref().map_or_else(String::new, |default| format!(" [{default}]"));
        eprint!("{}{choices}{default}: ", question.text);
        let mut line = String::new();
        let count = io::stdin().read_line(&mut line).map_err(|error| error.to_string())?;
        let answer = line.trim();
        match &question.default {
            _ if count == 0 => return Err(missing(question)),
            Some(default) if answer.is_empty() => return Ok(default.clone()),
            None if answer.is_empty() => {}
            _ if question.choices.is_empty() || question.choices.iter().any(|choice| choice == answer) => {
                return Ok(answer.to_owned());
            }
            _ => eprintln!("expected one of {}, got {answer}", question.choices.join(", ")),
        }
    }
}
