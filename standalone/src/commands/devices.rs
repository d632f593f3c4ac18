//! Command `earmark devices`: lists the audio inputs.

use std::io::{self, Write};
use std::process::ExitCode;

use earmark_capture::input::{self, InputDevice, InputError, InputKind, InputSelection};

use crate::args::DevicesOptions;

/// Lists the inputs. Returns exit code 0, or 1 with a message if there is no input.
pub(crate) fn run(options: &DevicesOptions) -> ExitCode {
    let selection = if options.all { InputSelection::All } else { InputSelection::Usual };
    let found = input::list(selection);
    let text = if options.json { json(&found) } else { lines(&found) };
    // A closed pipe (`| head`) is not an error.
    let _ = io::stdout().lock().write_all(text.as_bytes());
    if found.is_empty() {
        let none = InputError::NoInput;
        eprintln!("earmark: {none}. {}", none.hint());
    }
    ExitCode::from(u8::from(found.is_empty()))
}

fn json(found: &[InputDevice]) -> String {
    // Serialization of plain text and numbers cannot fail.
    serde_json::to_string_pretty(found).unwrap_or_default() + "\n"
}

fn lines(found: &[InputDevice]) -> String {
    let width =
        |text: fn(&InputDevice) -> &str| found.iter().map(|found| text(found).chars().count()).max().unwrap_or(0);
    let (ids, names) = (width(|found| &found.id), width(|found| &found.name));
    let line = |found: &InputDevice| {
        let marker = if found.default { '*' } else { ' ' };
        let kind = match found.kind {
            InputKind::Input => "input",
            InputKind::Monitor => "monitor",
        };
        let rate = found.rate_hz.map_or_else(|| "?".to_owned(), |hz| hz.to_string());
        let channels = found.channels.map_or_else(|| "?".to_owned(), |channels| channels.to_string());
        let (id, name) = (&found.id, &found.name);
        format!("{marker} {id:ids$}  {kind:7}  {rate:>6} Hz  {channels:>2} ch  {name:names$}").trim_end().to_owned()
            + "\n"
    };
    found.iter().map(line).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn line_starts_with_the_id_and_marks_the_default() {
        let found = |id: &str, kind, default| InputDevice {
            id: id.into(),
            name: "Built-in".into(),
            kind,
            default,
            rate_hz: Some(48_000).filter(|_| default),
            channels: Some(2),
        };
        let found =
            [found("alsa:default", InputKind::Input, true), found("pulseaudio:x.monitor", InputKind::Monitor, false)];
        assert_eq!(
            lines(&found),
            "* alsa:default          input     48000 Hz   2 ch  Built-in\n  \
             pulseaudio:x.monitor  monitor       ? Hz   2 ch  Built-in\n"
        );
        let parsed: serde_json::Value = serde_json::from_str(&json(&found)).unwrap();
        assert_eq!((&parsed[0]["default"], &parsed[1]["kind"]), (&true.into(), &"monitor".into()));
    }
}
