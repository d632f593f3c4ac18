//! Mapping as it is edited: the values of its keys.

use toml_edit::{Array, Item, Table, Value};

/// Address of a new OSC mapping.
const NEW_ADDRESS: &str = "/earmark/map/1";
/// Factor by which written numbers are rounded: six decimals.
const ROUNDING: f64 = 1e6;

/// Values of a mapping. Those that are none are not written, and have their defaults.
#[derive(Debug, Clone, PartialEq)]
pub struct MappingRow {
    /// Name of the source, such as `level.low`.
    pub from: String,
    /// Target.
    pub target: RowTarget,
    /// Values of the source that become the ends of the output.
    pub input: Option<[f64; 2]>,
    /// Ends of the output.
    pub output: Option<[f64; 2]>,
    /// Name of the curve; empty for the default one.
    pub curve: String,
    /// Time constant of all changes in seconds.
    pub smooth_s: Option<f64>,
    /// Time constant of rises in seconds.
    pub attack_s: Option<f64>,
    /// Time constant of falls in seconds.
    pub release_s: Option<f64>,
    /// Value of the source from which on the output is at its end.
    pub threshold: Option<f64>,
}

/// Target of a mapping.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum RowTarget {
    /// OSC address.
    Osc {
        /// Address.
        address: String,
        /// Type of the argument; empty for the default one.
        argument: String,
        /// Receivers; empty for those of the file.
        to: String,
    },
    /// MIDI controller, with the channel from 1 to 16.
    Control {
        /// Channel.
        channel: i64,
        /// Number, 0 to 127.
        cc: i64,
    },
    /// MIDI note, with the channel from 1 to 16.
    Note {
        /// Channel.
        channel: i64,
        /// Key, 0 to 127.
        key: i64,
    },
    /// DMX channel.
    Dmx {
        /// Universe, 1 to 63999.
        universe: i64,
        /// Channel, 1 to 512.
        channel: i64,
    },
}

impl Default for MappingRow {
    /// Returns the level of the input at an OSC address.
    fn default() -> Self {
        let target = RowTarget::Osc { address: NEW_ADDRESS.into(), argument: String::new(), to: String::new() };
        Self {
            from: "level.rms".into(),
            target,
            input: None,
            output: None,
            curve: String::new(),
            smooth_s: None,
            attack_s: None,
            release_s: None,
            threshold: None,
        }
    }
}

impl RowTarget {
    /// Returns the ends of the output of a mapping without `out`.
    #[must_use]
    pub fn usual_output(&self) -> [f64; 2] {
        match self {
            Self::Osc { .. } => [0.0, 1.0],
            Self::Control { .. } => [0.0, 127.0],
            Self::Note { .. } => [1.0, 127.0],
            Self::Dmx { .. } => [0.0, 255.0],
        }
    }

    /// Returns the target in words, such as `CC 7`.
    #[must_use]
    pub fn describe(&self) -> String {
        let on = |channel: i64| if channel == 1 { String::new() } else { format!(", channel {channel}") };
        match self {
            Self::Osc { address, .. } => address.clone(),
            Self::Control { channel, cc } => format!("CC {cc}{}", on(*channel)),
            Self::Note { channel, key } => format!("note {key}{}", on(*channel)),
            Self::Dmx { universe, channel } => format!("DMX {universe}.{channel}"),
        }
    }
}

impl MappingRow {
    /// Reads the keys of a table. Values of another type are left out.
    pub(super) fn read(table: &Table) -> Self {
        let text = |key: &str| table.get(key).and_then(Item::as_str).unwrap_or_default().to_owned();
        let whole = |key: &str| table.get(key).and_then(Item::as_integer);
        let number = |key: &str| table.get(key).and_then(Item::as_value).and_then(self::number);
        let range = |key: &str| {
            let numbers: Vec<f64> = table.get(key)?.as_array()?.iter().filter_map(self::number).collect();
            <[f64; 2]>::try_from(numbers).ok()
        };
        let channel = whole("channel").unwrap_or(1);
        let target = match (whole("cc"), whole("note"), whole("dmx")) {
            (Some(cc), ..) => RowTarget::Control { channel, cc },
            (_, Some(key), _) => RowTarget::Note { channel, key },
            (.., Some(channel)) => RowTarget::Dmx { universe: whole("universe").unwrap_or(1), channel },
            _ => RowTarget::Osc { address: text("osc"), argument: text("type"), to: text("to") },
        };
        Self {
            from: text("from"),
            target,
            input: range("in"),
            output: range("out"),
            curve: text("curve"),
            smooth_s: number("smooth_s"),
            attack_s: number("attack_s"),
            release_s: number("release_s"),
            threshold: number("threshold"),
        }
    }

    /// Writes the keys to a table. Keys whose values are the same keep their text.
    pub(super) fn write(&self, table: &mut Table) {
        let text = |text: &str| Some(text).filter(|text| !text.is_empty()).map(Value::from);
        let osc = if let RowTarget::Osc { address, argument, to } = &self.target {
            [Some(Value::from(address.as_str())), text(argument), text(to)]
        } else {
            [None, None, None]
        };
        let [address, argument, to] = osc;
        let (mut cc, mut note, mut dmx, mut universe, mut channel) = (None, None, None, None, None);
        // The first channel and universe need no key.
        let other = |number: i64| Some(number).filter(|&number| number != 1);
        match self.target {
            RowTarget::Osc { .. } => {}
            RowTarget::Control { channel: of, cc: number } => (cc, channel) = (Some(number), other(of)),
            RowTarget::Note { channel: of, key } => (note, channel) = (Some(key), other(of)),
            RowTarget::Dmx { universe: of, channel: number } => (dmx, universe) = (Some(number), other(of)),
        }
        let range =
            |ends: Option<[f64; 2]>| ends.map(|ends| Value::Array(ends.map(rounded).into_iter().collect::<Array>()));
        let seconds = |seconds: Option<f64>| seconds.map(|seconds| Value::from(rounded(seconds)));
        for (key, value) in [
            ("from", Some(Value::from(self.from.as_str()))),
            ("osc", address),
            ("type", argument),
            ("to", to),
            ("cc", cc.map(Value::from)),
            ("note", note.map(Value::from)),
            ("dmx", dmx.map(Value::from)),
            ("universe", universe.map(Value::from)),
            ("channel", channel.map(Value::from)),
            ("in", range(self.input)),
            ("out", range(self.output)),
            ("curve", text(&self.curve)),
            ("smooth_s", seconds(self.smooth_s)),
            ("attack_s", seconds(self.attack_s)),
            ("release_s", seconds(self.release_s)),
            ("threshold", seconds(self.threshold)),
        ] {
            let keeps_default = match self.target {
                RowTarget::Osc { .. } => false,
                RowTarget::Control { .. } | RowTarget::Note { .. } => key == "channel",
                RowTarget::Dmx { .. } => key == "universe",
            };
            put(table, key, value, keeps_default);
        }
    }
}

/// Sets a key, or removes it; `keeps_default` leaves a written 1. A value that stays the same keeps its text, another one the
/// spaces and comments around it.
fn put(table: &mut Table, key: &str, value: Option<Value>, keeps_default: bool) {
    let Some(mut value) = value else {
        let is_default = |item: &Item| item.as_integer() == Some(1);
        if !(keeps_default && table.get(key).is_some_and(is_default)) {
            table.remove(key);
        }
        return;
    };
    match table.get_mut(key).and_then(Item::as_value_mut) {
        Some(before) if is_same(before, &value) => {}
        Some(before) => {
            *value.decor_mut() = before.decor().clone();
            *before = value;
        }
        None => drop(table.insert(key, Item::Value(value))),
    }
}

/// Whether two values are the same, integers and floats included.
fn is_same(a: &Value, b: &Value) -> bool {
    match (a, b) {
        (Value::String(a), Value::String(b)) => a.value() == b.value(),
        (Value::Array(a), Value::Array(b)) => a.len() == b.len() && a.iter().zip(b.iter()).all(|(a, b)| is_same(a, b)),
        _ => number(a).is_some() && number(a) == number(b),
    }
}

/// Returns the number of an integer or a float.
fn number(value: &Value) -> Option<f64> {
    value.as_float().or_else(|| value.as_integer().map(|number| number as f64))
}

fn rounded(number: f64) -> f64 {
    (number * ROUNDING).round() / ROUNDING
}
