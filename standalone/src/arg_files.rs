//! Arguments from files: `earmark listen @night.args`.

use std::ffi::OsString;
use std::io;

use argfile::Argument;

/// Returns the program's arguments, with those of `@FILE` in its place.
///
/// # Errors
/// When such a file cannot be read, with its name.
pub(crate) fn arguments() -> io::Result<Vec<OsString>> {
    argfile::expand_args(parse, argfile::PREFIX)
}

/// Parses a file: a line is an option with its value, if it has one; empty lines and those with `#` are left out.
fn parse(text: &str, prefix: char) -> Vec<Argument> {
    let lines = text.lines().map(str::trim).filter(|line| !line.is_empty() && !line.starts_with('#'));
    let words = lines.flat_map(|line| match line.split_once(char::is_whitespace) {
        Some((option, value)) if option.starts_with('-') => vec![option, value.trim_start()],
        _ => vec![line],
    });
    words.map(|word| Argument::parse_ref(word, prefix)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn line_is_an_option_with_its_value() {
        let text = "# at the club\n--rate 5\n\n  --midi-clock\n--device  USB Audio CODEC\n--osc=127.0.0.1:9000\nsong one.wav\n";
        let expected =
            ["--rate", "5", "--midi-clock", "--device", "USB Audio CODEC", "--osc=127.0.0.1:9000", "song one.wav"];
        assert_eq!(parse(text, '@'), expected.map(|word| Argument::PassThrough(word.into())));
    }
}
