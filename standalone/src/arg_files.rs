//! Arguments from files, such as `earmark listen @night.args`.

use std::ffi::OsString;
use std::io;

use argfile::Argument;

/// Returns the program's arguments; each `@FILE` is replaced by the arguments in that file.
///
/// # Errors
/// If a file cannot be read; the message contains its name.
pub(crate) fn arguments() -> io::Result<Vec<OsString>> {
    argfile::expand_args(parse, argfile::PREFIX)
}

/// Parses a file: one option per line, with its value if any. Skips a byte order mark, empty lines and lines that start with
/// `#`.
fn parse(text: &str, prefix: char) -> Vec<Argument> {
    let text = text.strip_prefix('\u{feff}').unwrap_or(text);
    let lines = text.lines().map(str::trim).filter(|line| !line.is_empty() && !line.starts_with('#'));
    let arguments = lines.flat_map(|line| match line.split_once(char::is_whitespace) {
        Some((option, value)) if option.starts_with('-') => vec![option, value.trim_start()],
        _ => vec![line],
    });
    arguments.map(|argument| Argument::parse_ref(argument, prefix)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn line_is_an_option_with_its_value() {
        let text = "# at the club\n--rate 5\n\n  --midi-clock\n--device  USB Audio CODEC\n--osc=127.0.0.1:9000\nsong one.wav\n";
        let expected =
            ["--rate", "5", "--midi-clock", "--device", "USB Audio CODEC", "--osc=127.0.0.1:9000", "song one.wav"];
        for text in [text, &format!("\u{feff}{text}")] {
            assert_eq!(parse(text, '@'), expected.map(|word| Argument::PassThrough(word.into())));
        }
    }
}
