//! Actions that messages of other programs and controllers trigger, and the commands that they become with their values.

use std::time::Instant;

use earmark_models::TempoPreferences;
use earmark_session::state::SharedState;

/// Value from which a button is pressed.
const PRESSED: f64 = 0.5;
/// Tempo in BPM of a controller at 0, and the lowest tempo of a range below that of a controller at 1.
const FIRST_BPM: f64 = 60.0;
const FIRST_LOW_BPM: f64 = 40.0;

/// Action without its value.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum RemoteAction {
    /// Halves the tempo.
    Half,
    /// Doubles the tempo.
    Double,
    /// One tap in the tempo of the music.
    Tap,
    /// Locks the tempo or lets it follow the music again.
    Lock,
    /// Locks a given tempo.
    Bpm,
    /// Sets the range of the tempo.
    Range,
    /// Sets the confidence below which no tempo leaves the program.
    MinConfidence,
}

/// Action with its value.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum RemoteCommand {
    /// Halves the tempo.
    Half,
    /// Doubles the tempo.
    Double,
    /// One tap in the tempo of the music.
    Tap,
    /// Locks the tempo or lets it follow the music again; none for the opposite of the present state.
    Lock(Option<bool>),
    /// Locks a tempo in BPM.
    Bpm(f64),
    /// Range in BPM, at least an octave wide; none for any tempo.
    Range(Option<(f32, f32)>),
    /// Confidence below which no tempo leaves the program, 0 to 1.
    MinConfidence(f32),
}

/// Actions with their names in scene files. In an OSC address, `/` takes the place of the dot.
const ACTIONS: [(&str, RemoteAction); 7] = [
    ("tempo.half", RemoteAction::Half),
    ("tempo.double", RemoteAction::Double),
    ("tempo.tap", RemoteAction::Tap),
    ("tempo.lock", RemoteAction::Lock),
    ("tempo.bpm", RemoteAction::Bpm),
    ("tempo.range", RemoteAction::Range),
    ("tempo.min_confidence", RemoteAction::MinConfidence),
];

impl RemoteAction {
    /// Returns the name in scene files, such as `tempo.half`.
    #[must_use]
    pub fn name(self) -> &'static str {
        ACTIONS.iter().find(|(_, action)| *action == self).map_or("", |(name, _)| name)
    }

    /// Parses the name of an action.
    ///
    /// # Errors
    /// Message with the expected and the actual text.
    pub fn parse(text: &str) -> Result<Self, String> {
        let found = ACTIONS.iter().find(|(name, _)| *name == text);
        let names = ACTIONS.map(|(name, _)| name).join(", ");
        found.map(|&(_, action)| action).ok_or(format!("expected one of {names}, got `{text}`"))
    }

    /// Returns the action of an OSC address below the prefix, such as `tempo/half`.
    #[must_use]
    pub(super) fn of_address(below: &str) -> Option<Self> {
        let is_named = |name: &str| name.split('.').eq(below.split('/'));
        ACTIONS.iter().find(|(name, _)| is_named(name)).map(|&(_, action)| action)
    }

    /// Whether a note can trigger the action: it needs no value.
    pub(crate) fn takes_note(self) -> bool {
        self.pressed().is_some()
    }

    /// Whether a press triggers the action, and a release does nothing.
    pub(super) fn is_button(self) -> bool {
        matches!(self, Self::Half | Self::Double | Self::Tap)
    }

    /// Returns the command with the numbers of an OSC message; none for the release of a button.
    ///
    /// # Errors
    /// Message with the expected and the actual numbers.
    pub(super) fn with_numbers(self, numbers: &[f64]) -> Result<Option<RemoteCommand>, String> {
        let command = match (self, numbers) {
            (Self::Half | Self::Double | Self::Tap, [] | [_]) => {
                let is_pressed = numbers.first().is_none_or(|&number| number >= PRESSED);
                return Ok(self.pressed().filter(|_| is_pressed));
            }
            (Self::Lock, []) => RemoteCommand::Lock(None),
            (Self::Lock, &[on]) => RemoteCommand::Lock(Some(on >= PRESSED)),
            (Self::Bpm, &[bpm]) => RemoteCommand::Bpm(bpm),
            (Self::Range, [] | [0.0]) => RemoteCommand::Range(None),
            (Self::Range, &[low]) => RemoteCommand::Range(Some((low as f32, 2.0 * low as f32))),
            (Self::Range, &[low, high]) => RemoteCommand::Range(Some((low as f32, high as f32))),
            (Self::MinConfidence, &[confidence]) => RemoteCommand::MinConfidence(confidence as f32),
            _ => {
                let expected = match self {
                    Self::Half | Self::Double | Self::Tap | Self::Lock => "at most one number",
                    Self::Bpm | Self::MinConfidence => "one number",
                    Self::Range => "two numbers, the lowest and the highest tempo, or none",
                };
                return Err(format!("`{}`: expected {expected}, got {}", self.name(), numbers.len()));
            }
        };
        command.checked().map(Some).map_err(|error| format!("`{}`: {error}", self.name()))
    }

    /// Returns the command of a button that is pressed; none for another action.
    pub(super) fn pressed(self) -> Option<RemoteCommand> {
        match self {
            Self::Half => Some(RemoteCommand::Half),
            Self::Double => Some(RemoteCommand::Double),
            Self::Tap => Some(RemoteCommand::Tap),
            Self::Lock => Some(RemoteCommand::Lock(None)),
            Self::Bpm | Self::Range | Self::MinConfidence => None,
        }
    }

    /// Returns the command of a MIDI controller with a value from 0 to 127; none for a button, whose presses its binding
    /// detects.
    pub(super) fn with_controller(self, value: u8) -> Option<RemoteCommand> {
        let share = f64::from(value) / 127.0;
        match self {
            Self::Half | Self::Double | Self::Tap => None,
            Self::Lock => Some(RemoteCommand::Lock(Some(share >= PRESSED))),
            Self::Bpm => Some(RemoteCommand::Bpm(FIRST_BPM + f64::from(value))),
            Self::Range if value == 0 => Some(RemoteCommand::Range(None)),
            Self::Range => {
                let low = (FIRST_LOW_BPM + f64::from(value)) as f32;
                Some(RemoteCommand::Range(Some((low, 2.0 * low))))
            }
            Self::MinConfidence => Some(RemoteCommand::MinConfidence(share as f32)),
        }
    }
}

impl RemoteCommand {
    /// Returns the name of the action, such as `tempo.half`.
    #[must_use]
    pub fn name(&self) -> &'static str {
        let action = match self {
            Self::Half => RemoteAction::Half,
            Self::Double => RemoteAction::Double,
            Self::Tap => RemoteAction::Tap,
            Self::Lock(_) => RemoteAction::Lock,
            Self::Bpm(_) => RemoteAction::Bpm,
            Self::Range(_) => RemoteAction::Range,
            Self::MinConfidence(_) => RemoteAction::MinConfidence,
        };
        action.name()
    }

    /// Checks the numbers by the rules of the saved state.
    fn checked(self) -> Result<Self, String> {
        let mut preferences = TempoPreferences::default();
        match self {
            Self::Half | Self::Double | Self::Tap | Self::Lock(_) => {}
            Self::Bpm(bpm) => preferences.locked_bpm = Some(bpm),
            Self::Range(range_bpm) => preferences.range_bpm = range_bpm,
            Self::MinConfidence(confidence) => preferences.min_confidence = confidence,
        }
        preferences.check().map(|()| self)
    }

    /// Changes the saved state, as the buttons of the panel do. `now` is the time at which the message arrived. Locks.
    pub fn apply(self, state: &SharedState, now: Instant) {
        match self {
            Self::Half => state.change(|state| state.tempo.shift(-1)),
            Self::Double => state.change(|state| state.tempo.shift(1)),
            Self::Tap => state.tap_tempo(now),
            Self::Lock(on) => {
                let is_locked = state.get().tempo.locked_bpm.is_some();
                let on = on.unwrap_or(!is_locked);
                // A lock that is repeated keeps its tempo.
                if on != is_locked {
                    state.lock_tempo(on);
                }
            }
            Self::Bpm(bpm) => state.change(|state| state.tempo.lock_at(bpm)),
            Self::Range(range_bpm) => state.change(|state| state.tempo.set_range(range_bpm)),
            Self::MinConfidence(confidence) => state.change(|state| state.tempo.set_min_confidence(confidence)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn actions_have_names_and_addresses() {
        for (name, action) in ACTIONS {
            assert_eq!((RemoteAction::parse(name), action.name()), (Ok(action), name));
            assert_eq!(RemoteAction::of_address(&name.replace('.', "/")), Some(action));
        }
        assert_eq!(RemoteAction::of_address("tempo"), None);
        let error = RemoteAction::parse("tempo.haf").unwrap_err();
        assert!(
            error.starts_with("expected one of tempo.half, tempo.double") && error.ends_with("`tempo.haf`"),
            "{error}"
        );
    }

    #[test]
    fn numbers_of_a_message_become_a_command_or_an_error() {
        let commands: [(RemoteAction, &[f64], Option<RemoteCommand>); 13] = [
            (RemoteAction::Half, &[], Some(RemoteCommand::Half)),
            (RemoteAction::Double, &[1.0], Some(RemoteCommand::Double)),
            (RemoteAction::Double, &[0.0], None),
            (RemoteAction::Tap, &[127.0], Some(RemoteCommand::Tap)),
            (RemoteAction::Lock, &[], Some(RemoteCommand::Lock(None))),
            (RemoteAction::Lock, &[0.0], Some(RemoteCommand::Lock(Some(false)))),
            (RemoteAction::Bpm, &[128.5], Some(RemoteCommand::Bpm(128.5))),
            (RemoteAction::Range, &[], Some(RemoteCommand::Range(None))),
            (RemoteAction::Range, &[0.0], Some(RemoteCommand::Range(None))),
            (RemoteAction::Range, &[80.0], Some(RemoteCommand::Range(Some((80.0, 160.0))))),
            (RemoteAction::Range, &[70.0, 180.0], Some(RemoteCommand::Range(Some((70.0, 180.0))))),
            (RemoteAction::MinConfidence, &[0.5], Some(RemoteCommand::MinConfidence(0.5))),
            (RemoteAction::MinConfidence, &[0.0], Some(RemoteCommand::MinConfidence(0.0))),
        ];
        for (action, numbers, expected) in commands {
            assert_eq!(action.with_numbers(numbers), Ok(expected), "{action:?} {numbers:?}");
        }
        let errors: [(RemoteAction, &[f64], &str); 7] = [
            (RemoteAction::Half, &[1.0, 2.0], "at most one number, got 2"),
            (RemoteAction::Bpm, &[], "`tempo.bpm`: expected one number, got 0"),
            (RemoteAction::Bpm, &[1e9], "expected 20 to 400 BPM"),
            (RemoteAction::Bpm, &[f64::NAN], "got NaN"),
            (RemoteAction::Range, &[100.0, 150.0], "at least an octave, got 100 to 150"),
            (RemoteAction::Range, &[1.0, 2.0, 3.0], "two numbers"),
            (RemoteAction::MinConfidence, &[1.5], "expected 0 to 1, got 1.5"),
        ];
        for (action, numbers, expected) in errors {
            let error = action.with_numbers(numbers).unwrap_err();
            assert!(error.contains(expected), "{action:?} {numbers:?}: {error}");
        }
    }

    #[test]
    fn commands_change_the_saved_state_as_the_buttons_do() {
        let state = SharedState::default();
        let now = Instant::now();
        let apply = |command: RemoteCommand| {
            command.apply(&state, now);
            state.get().tempo
        };
        assert_eq!(apply(RemoteCommand::Double).octaves, 1);
        assert_eq!(apply(RemoteCommand::Half).octaves, 0);
        assert_eq!(apply(RemoteCommand::Lock(None)).locked_bpm, None, "there is no tempo to lock");
        assert_eq!(apply(RemoteCommand::Bpm(100.0)).locked_bpm, Some(100.0));
        assert_eq!(apply(RemoteCommand::Lock(Some(true))).locked_bpm, Some(100.0), "a repeated lock keeps its tempo");
        assert_eq!(apply(RemoteCommand::Double).locked_bpm, Some(200.0));
        assert_eq!(apply(RemoteCommand::Lock(None)).locked_bpm, None);
        assert_eq!(apply(RemoteCommand::Range(Some((80.0, 160.0)))).range_bpm, Some((80.0, 160.0)));
        assert_eq!(apply(RemoteCommand::Range(None)).range_bpm, None);
        assert_eq!(apply(RemoteCommand::MinConfidence(0.7)).min_confidence, 0.7);
        for tap in 0..4 {
            RemoteCommand::Tap.apply(&state, now + std::time::Duration::from_millis(500 * tap));
        }
        assert_eq!(state.get().tempo.locked_bpm, Some(120.0));
    }

    #[test]
    fn every_value_of_a_controller_is_a_valid_command() {
        for (_, action) in ACTIONS {
            for value in 0..128 {
                let command = action.with_controller(value);
                assert_eq!(command.is_none(), action.is_button(), "{action:?}");
                let checked = command.map(RemoteCommand::checked);
                assert!(checked.is_none_or(|checked| checked.is_ok()), "{action:?} {value}");
            }
        }
        assert_eq!(RemoteAction::Range.with_controller(40), Some(RemoteCommand::Range(Some((80.0, 160.0)))));
    }
}
