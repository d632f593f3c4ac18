//! Bindings of the remote control as read from the file.
//!
//! ```toml
//! [[remote]]
//! action = "tempo.tap"
//! note = 38             # or `cc`, with `channel`; or `osc`, an address
//! ```

use serde::Deserialize;
use toml::Spanned;

use super::action;
use super::error::ParseError;
use crate::remote::{RemoteAction, RemoteBinding, RemoteTrigger};

/// Binding as read from the file.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct RawRemote {
    action: Spanned<String>,
    osc: Option<Spanned<String>>,
    cc: Option<Spanned<i64>>,
    note: Option<Spanned<i64>>,
    channel: Option<Spanned<i64>>,
}

impl RawRemote {
    /// Validates a binding.
    pub(super) fn binding(raw: &Spanned<Self>) -> Result<RemoteBinding, ParseError> {
        let Self { action: name, osc, cc, note, channel } = raw.get_ref();
        let error = |message: &str| ParseError { span: raw.span(), message: message.to_owned() };
        let action =
            RemoteAction::parse(name.get_ref()).map_err(|message| ParseError { span: name.span(), message })?;
        let of_channel =
            channel.as_ref().map(|channel| action::number::<u8>(channel, 1..=16).map(|n| n - 1)).transpose()?;
        let trigger = match (osc, cc, note) {
            (Some(address), None, None) if channel.is_none() => RemoteTrigger::Osc(action::osc_address(address)?),
            (None, Some(cc), None) => RemoteTrigger::Control { channel: of_channel, cc: action::number(cc, 0..=127)? },
            (None, None, Some(note)) if action.takes_note() => {
                RemoteTrigger::Note { channel: of_channel, key: action::number(note, 0..=127)? }
            }
            (None, None, Some(_)) => {
                let message = format!("expected `cc` or `osc` for `{}`, which has a value, got `note`", action.name());
                return Err(error(&message));
            }
            _ => return Err(error("expected one of `osc`, `cc` or `note` (with `channel`)")),
        };
        Ok(RemoteBinding { trigger, action })
    }
}

#[cfg(test)]
mod tests {
    use super::super::file::parse;
    use super::*;

    #[test]
    fn bindings_are_read_with_their_triggers() {
        let text = "[[remote]]\naction = \"tempo.tap\"\nnote = 38\nchannel = 10\n\
                    [[remote]]\naction = \"tempo.range\"\ncc = 7\n\
                    [[remote]]\naction = \"tempo.lock\"\nosc = \"/1/toggle1\"\n";
        let expected = [
            (RemoteTrigger::Note { channel: Some(9), key: 38 }, RemoteAction::Tap),
            (RemoteTrigger::Control { channel: None, cc: 7 }, RemoteAction::Range),
            (RemoteTrigger::Osc("/1/toggle1".into()), RemoteAction::Lock),
        ];
        let expected = expected.map(|(trigger, action)| RemoteBinding { trigger, action });
        assert_eq!(parse(text, &[]).unwrap().remotes, expected);
    }

    #[test]
    fn invalid_bindings_are_refused_with_the_expected_text() {
        for (lines, expected) in [
            ("action = \"tempo.tapp\"\nnote = 1", "expected one of tempo.half"),
            ("action = \"tempo.tap\"", "expected one of `osc`, `cc` or `note`"),
            ("action = \"tempo.tap\"\nnote = 1\ncc = 2", "expected one of `osc`, `cc` or `note`"),
            ("action = \"tempo.tap\"\nnote = 128", "expected 0 to 127, got 128"),
            ("action = \"tempo.tap\"\ncc = 1\nchannel = 17", "expected 1 to 16, got 17"),
            ("action = \"tempo.range\"\nnote = 1", "expected `cc` or `osc` for `tempo.range`"),
            ("action = \"tempo.tap\"\nosc = \"push\"", "expected an OSC address"),
            ("note = 1", "missing field `action`"),
        ] {
            let error = parse(&format!("[[remote]]\n{lines}\n"), &[]).unwrap_err();
            assert!(error.message.contains(expected), "{}", error.message);
        }
    }
}
