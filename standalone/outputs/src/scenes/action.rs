//! Actions of scenes.

use std::ops::RangeInclusive;

use earmark_session::outputs::OscAddress;
use rosc::{OscMessage, OscType};
use serde::Deserialize;
use toml::{Spanned, Value};

use super::error::ParseError;

/// Action of a scene.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum SceneAction {
    /// OSC message and its receivers.
    Osc(Vec<OscAddress>, OscMessage),
    /// MIDI message.
    Midi(MidiMessage),
}

/// MIDI message, on channels 0 to 15.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum MidiMessage {
    /// Channel, controller, value.
    Control(u8, u8, u8),
    /// Channel, program.
    Program(u8, u8),
    /// Channel, key. The note sounds while the scene is on.
    Note(u8, u8),
}

/// Action as read from the file.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct RawAction {
    osc: Option<Spanned<String>>,
    args: Option<Spanned<Vec<Spanned<Value>>>>,
    to: Option<Spanned<String>>,
    cc: Option<Spanned<i64>>,
    value: Option<Spanned<i64>>,
    program: Option<Spanned<i64>>,
    note: Option<Spanned<i64>>,
    channel: Option<Spanned<i64>>,
}

/// Edge of a scene at which an action is performed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Edge {
    /// Beginning of the scene.
    Begin,
    /// End of the scene.
    End,
}

impl SceneAction {
    /// Parses an action. `receivers` get the OSC messages without a `to`.
    pub(super) fn read(
        raw: &Spanned<RawAction>,
        receivers: Option<&[OscAddress]>,
        edge: Edge,
    ) -> Result<Self, ParseError> {
        let span = raw.span();
        let action = raw.get_ref();
        let error = |message: &str| ParseError { span: span.clone(), message: message.to_owned() };
        match action {
            RawAction {
                osc: Some(address),
                args,
                to,
                cc: None,
                value: None,
                program: None,
                note: None,
                channel: None,
            } => {
                let receivers = match to {
                    Some(to) => Some(self::receivers(to)?),
                    None => receivers.map(<[OscAddress]>::to_vec),
                };
                let receivers = receivers.ok_or_else(|| {
                    error("expected an OSC target: `to` in the action, or `osc` at the top of the file, got neither")
                })?;
                Ok(Self::Osc(receivers, message(address, args.as_ref())?))
            }
            RawAction { osc: None, args: None, to: None, channel, .. } => {
                let channel = channel.as_ref().map_or(Ok(0), |channel| number::<u8>(channel, 1..=16).map(|n| n - 1))?;
                Ok(Self::Midi(action.midi(channel, &error, edge)?))
            }
            _ => Err(error("expected one of `osc` (with `args`, `to`), `cc` (with `value`), `program` or `note`")),
        }
    }
}

impl RawAction {
    fn midi(&self, channel: u8, error: &impl Fn(&str) -> ParseError, edge: Edge) -> Result<MidiMessage, ParseError> {
        let byte = |written: &Spanned<i64>| number(written, 0..=127);
        match (&self.cc, &self.value, &self.program, &self.note) {
            (Some(cc), Some(value), None, None) => Ok(MidiMessage::Control(channel, byte(cc)?, byte(value)?)),
            (Some(_), None, None, None) => Err(error("expected a `value` with `cc`, got none")),
            (None, None, Some(program), None) => Ok(MidiMessage::Program(channel, byte(program)?)),
            (None, None, None, Some(_)) if edge == Edge::End => {
                Err(error("expected a `note` only in `begin`: it ends with the scene"))
            }
            (None, None, None, Some(note)) => Ok(MidiMessage::Note(channel, byte(note)?)),
            _ => Err(error("expected one of `osc`, `cc` with `value`, `program` or `note`")),
        }
    }
}

/// Parses the receivers of OSC messages.
pub(super) fn receivers(written: &Spanned<String>) -> Result<Vec<OscAddress>, ParseError> {
    OscAddress::parse_list(written.get_ref())
        .map_err(|error| ParseError { span: written.span(), message: error.to_string() })
}

fn message(address: &Spanned<String>, args: Option<&Spanned<Vec<Spanned<Value>>>>) -> Result<OscMessage, ParseError> {
    let addr = osc_address(address)?;
    let args = args.map_or(&[][..], |args| args.get_ref());
    Ok(OscMessage { addr, args: args.iter().map(argument).collect::<Result<_, _>>()? })
}

/// Checks an OSC address.
pub(super) fn osc_address(address: &Spanned<String>) -> Result<String, ParseError> {
    let addr = address.get_ref().clone();
    let valid = addr.starts_with('/')
        && addr.len() > 1
        && addr.chars().all(|c| c.is_ascii_graphic() && !"#*,?[]{}".contains(c));
    if !valid {
        let message = format!("expected an OSC address such as `/lights/heavy`, got `{addr}`");
        return Err(ParseError { span: address.span(), message });
    }
    Ok(addr)
}

fn argument(written: &Spanned<Value>) -> Result<OscType, ParseError> {
    let argument = match written.get_ref() {
        Value::Integer(number) => i32::try_from(*number).ok().map(OscType::Int),
        Value::Float(number) => Some(OscType::Float(*number as f32)),
        Value::Boolean(on) => Some(OscType::Bool(*on)),
        Value::String(text) => Some(OscType::String(text.clone())),
        _ => None,
    };
    argument.ok_or_else(|| ParseError {
        span: written.span(),
        message: format!("expected a number, a string, true or false, got {}", written.get_ref()),
    })
}

/// Parses a number within a range.
pub(super) fn number<T: TryFrom<i64>>(written: &Spanned<i64>, range: RangeInclusive<i64>) -> Result<T, ParseError> {
    let number = *written.get_ref();
    let fits = T::try_from(number).ok().filter(|_| range.contains(&number));
    fits.ok_or_else(|| ParseError {
        span: written.span(),
        message: format!("expected {} to {}, got {number}", range.start(), range.end()),
    })
}
