//! Mappings as read from the file.

use earmark_session::outputs::OscAddress;
use serde::Deserialize;
use toml::Spanned;

use super::super::action;
use super::super::dmx::{self, DmxChannel};
use super::super::error::ParseError;
use super::envelope::Envelope;
use super::mapped_source::MappedSource;
use super::shape::{Curve, Shape};
use super::target::{MappingTarget, OscArgument};

/// Maximum of every time constant, in seconds.
const MAX_TIME_S: f64 = 60.0;
/// Time constant in seconds with which an onset falls without `release_s`.
const ONSET_RELEASE_S: f64 = 0.1;

/// Validated mapping.
#[derive(Debug, Clone, PartialEq)]
pub(in super::super) struct Mapping {
    pub(super) source: MappedSource,
    pub(super) target: MappingTarget,
    pub(super) shape: Shape,
    pub(super) envelope: Envelope,
    /// Share on the curve from which on the output is at its end, and otherwise at its start; none for all shares between.
    pub(super) threshold: Option<f32>,
}

/// Mapping as read from the file.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(in super::super) struct RawMapping {
    from: Spanned<String>,
    osc: Option<Spanned<String>>,
    #[serde(rename = "type")]
    argument: Option<Spanned<String>>,
    to: Option<Spanned<String>>,
    cc: Option<Spanned<i64>>,
    note: Option<Spanned<i64>>,
    dmx: Option<Spanned<i64>>,
    universe: Option<Spanned<i64>>,
    channel: Option<Spanned<i64>>,
    #[serde(rename = "in")]
    input: Option<Spanned<[f32; 2]>>,
    #[serde(rename = "out")]
    output: Option<Spanned<[f32; 2]>>,
    curve: Option<Spanned<String>>,
    smooth_s: Option<Spanned<f64>>,
    attack_s: Option<Spanned<f64>>,
    release_s: Option<Spanned<f64>>,
    threshold: Option<Spanned<f32>>,
}

impl Mapping {
    /// Validates a mapping. `receivers` get the OSC messages without a `to`, and `known` contains the existing labels.
    pub(in super::super) fn read(
        raw: &Spanned<RawMapping>,
        receivers: Option<&[OscAddress]>,
        known: &[String],
    ) -> Result<Self, ParseError> {
        let mapping = raw.get_ref();
        let source = parsed(&mapping.from, |text| MappedSource::parse(text, known))?;
        let target = mapping.target(receivers, raw)?;
        let shape = mapping.shape(&source, &target)?;
        let envelope = mapping.envelope(&source)?;
        let threshold = mapping.threshold.as_ref().map(|written| shape.share(*written.get_ref()));
        // A note needs an end.
        let threshold = threshold.or(match (&target, &source) {
            (MappingTarget::Note { .. }, MappedSource::Onset(_)) => None,
            (MappingTarget::Note { .. }, _) => Some(0.5),
            _ => None,
        });
        Ok(Self { source, target, shape, envelope, threshold })
    }
}

impl Mapping {
    /// Returns the receivers of an OSC mapping.
    pub(in super::super) fn receivers(&self) -> Option<&Vec<OscAddress>> {
        match &self.target {
            MappingTarget::Osc { receivers, .. } => Some(receivers),
            MappingTarget::Control { .. } | MappingTarget::Note { .. } | MappingTarget::Dmx(_) => None,
        }
    }

    /// Whether the mapping sends MIDI.
    pub(in super::super) fn is_midi(&self) -> bool {
        self.target.is_midi()
    }

    /// Whether the mapping sends DMX.
    pub(in super::super) fn is_dmx(&self) -> bool {
        matches!(self.target, MappingTarget::Dmx(_))
    }

    /// Whether levels have to be computed.
    pub(in super::super) fn needs_levels(&self) -> bool {
        self.source.needs_levels()
    }

    /// Whether descriptors have to be computed.
    pub(in super::super) fn needs_descriptors(&self) -> bool {
        self.source.needs_descriptors()
    }
}

impl RawMapping {
    fn target(&self, receivers: Option<&[OscAddress]>, raw: &Spanned<Self>) -> Result<MappingTarget, ParseError> {
        let error = |message: &str| ParseError { span: raw.span(), message: message.to_owned() };
        let channel =
            || self.channel.as_ref().map_or(Ok(0), |channel| action::number::<u8>(channel, 1..=16).map(|n| n - 1));
        let is_midi = self.to.is_none() && self.argument.is_none() && self.universe.is_none();
        match (&self.osc, &self.cc, &self.note, &self.dmx) {
            (Some(address), None, None, None) if self.channel.is_none() && self.universe.is_none() => {
                let receivers = match &self.to {
                    Some(to) => Some(action::receivers(to)?),
                    None => receivers.map(<[OscAddress]>::to_vec),
                };
                let receivers = receivers.ok_or_else(|| {
                    error("expected an OSC target: `to` in the mapping, or `osc` at the top of the file, got neither")
                })?;
                let argument = self.argument.as_ref().map(|written| parsed(written, OscArgument::parse)).transpose()?;
                Ok(MappingTarget::Osc {
                    receivers,
                    address: action::osc_address(address)?,
                    argument: argument.unwrap_or_default(),
                })
            }
            (None, Some(cc), None, None) if is_midi => {
                Ok(MappingTarget::Control { channel: channel()?, cc: action::number(cc, 0..=127)? })
            }
            (None, None, Some(note), None) if is_midi => {
                Ok(MappingTarget::Note { channel: channel()?, key: action::number(note, 0..=127)? })
            }
            (None, None, None, Some(dmx)) if self.to.is_none() && self.argument.is_none() && self.channel.is_none() => {
                let universe =
                    self.universe.as_ref().map_or(Ok(1), |universe| action::number(universe, dmx::UNIVERSES))?;
                Ok(MappingTarget::Dmx(DmxChannel { universe, channel: action::number(dmx, dmx::CHANNELS)? }))
            }
            _ => Err(error(
                "expected one of `osc` (with `to`, `type`), `cc` or `note` (with `channel`), or `dmx` (with `universe`)",
            )),
        }
    }

    fn shape(&self, source: &MappedSource, target: &MappingTarget) -> Result<Shape, ParseError> {
        let curve = self.curve.as_ref().map(|written| parsed(written, Curve::parse)).transpose()?.unwrap_or_default();
        let input = match (&self.input, source.usual_range()) {
            (Some(input), _) => (input.get_ref()[0], input.get_ref()[1]),
            (None, Some(usual)) => usual,
            (None, None) => {
                let message = "expected `in`, the range of the descriptor, got none".to_owned();
                return Err(ParseError { span: self.from.span(), message });
            }
        };
        let span = || self.input.as_ref().or(None).map_or_else(|| self.from.span(), Spanned::span);
        let is_range = input.0.is_finite() && input.1.is_finite() && input.0 != input.1;
        if !is_range {
            let message = format!("expected two different numbers, got {} and {}", input.0, input.1);
            return Err(ParseError { span: span(), message });
        }
        if curve == Curve::Log && (input.0 <= 0.0 || input.1 <= 0.0) {
            let message = format!("expected `in` above 0 for the curve `log`, got {} and {}", input.0, input.1);
            return Err(ParseError { span: span(), message });
        }
        let output =
            self.output.as_ref().map_or_else(|| target.usual_output(), |output| output.get_ref().to_owned().into());
        let max = target.max_output();
        let is_valid = |value: f32| value.is_finite() && max.is_none_or(|max| (0.0..=max).contains(&value));
        if let (Some(written), false) = (&self.output, is_valid(output.0) && is_valid(output.1)) {
            let expected = max.map_or_else(|| "numbers".to_owned(), |max| format!("0 to {max}"));
            let message = format!("expected {expected}, got {} and {}", output.0, output.1);
            return Err(ParseError { span: written.span(), message });
        }
        Ok(Shape { input, output, curve })
    }

    fn envelope(&self, source: &MappedSource) -> Result<Envelope, ParseError> {
        let smooth_s = seconds(self.smooth_s.as_ref())?;
        let usual_release_s = if matches!(source, MappedSource::Onset(_)) { ONSET_RELEASE_S } else { 0.0 };
        Ok(Envelope {
            attack_s: seconds(self.attack_s.as_ref())?.or(smooth_s).unwrap_or(0.0),
            release_s: seconds(self.release_s.as_ref())?.or(smooth_s).unwrap_or(usual_release_s),
        })
    }
}

/// Parses a text; an error is at the place of the text.
fn parsed<T>(written: &Spanned<String>, parse: impl FnOnce(&str) -> Result<T, String>) -> Result<T, ParseError> {
    parse(written.get_ref()).map_err(|message| ParseError { span: written.span(), message })
}

fn seconds(written: Option<&Spanned<f64>>) -> Result<Option<f64>, ParseError> {
    let Some(written) = written else { return Ok(None) };
    let seconds = *written.get_ref();
    if (0.0..=MAX_TIME_S).contains(&seconds) {
        Ok(Some(seconds))
    } else {
        Err(ParseError { span: written.span(), message: format!("expected 0 to {MAX_TIME_S} seconds, got {seconds}") })
    }
}
