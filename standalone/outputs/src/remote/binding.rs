//! Bindings of notes, controllers and OSC addresses to actions.

use std::sync::{Arc, PoisonError, RwLock};

use super::action::{RemoteAction, RemoteCommand};

/// Controller value from which a button is pressed.
const PRESSED: u8 = 64;

/// Notes and controllers that are bound if no other ones are.
static DEFAULTS: [(RemoteTrigger, RemoteAction); 6] = [
    (RemoteTrigger::Note { channel: None, key: 36 }, RemoteAction::Half),
    (RemoteTrigger::Note { channel: None, key: 37 }, RemoteAction::Double),
    (RemoteTrigger::Note { channel: None, key: 38 }, RemoteAction::Tap),
    (RemoteTrigger::Note { channel: None, key: 39 }, RemoteAction::Lock),
    (RemoteTrigger::Control { channel: None, cc: 20 }, RemoteAction::MinConfidence),
    (RemoteTrigger::Control { channel: None, cc: 21 }, RemoteAction::Range),
];

/// Message that triggers an action. Channels are 0 to 15, or any.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum RemoteTrigger {
    /// MIDI note.
    Note {
        /// Channel; none for any.
        channel: Option<u8>,
        /// Key, 0 to 127.
        key: u8,
    },
    /// MIDI controller.
    Control {
        /// Channel; none for any.
        channel: Option<u8>,
        /// Number of the controller, 0 to 127.
        cc: u8,
    },
    /// OSC address.
    Osc(String),
}

/// Binding of a trigger to an action.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RemoteBinding {
    /// Trigger.
    pub trigger: RemoteTrigger,
    /// Action.
    pub action: RemoteAction,
}

/// Bindings that receivers share with their owner, who may replace them. Clones share the same bindings.
#[derive(Debug, Clone)]
pub struct RemoteBindings(Arc<RwLock<Vec<BoundTrigger>>>);

/// Binding with the last value of its controller.
#[derive(Debug)]
struct BoundTrigger {
    binding: RemoteBinding,
    last: Option<u8>,
}

impl RemoteBindings {
    /// Creates bindings.
    #[must_use]
    pub fn new(bindings: Vec<RemoteBinding>) -> Self {
        let new = Self(Arc::default());
        new.replace(bindings);
        new
    }

    /// Replaces the bindings. Without a note or a controller, the default ones are bound.
    pub fn replace(&self, bindings: Vec<RemoteBinding>) {
        let is_midi = |binding: &RemoteBinding| !matches!(binding.trigger, RemoteTrigger::Osc(_));
        let defaults = if bindings.iter().any(is_midi) { &[][..] } else { &DEFAULTS };
        let defaults =
            defaults.iter().map(|(trigger, action)| RemoteBinding { trigger: trigger.clone(), action: *action });
        let all = bindings.into_iter().chain(defaults);
        let mut bound = self.0.write().unwrap_or_else(PoisonError::into_inner);
        *bound = all.map(|binding| BoundTrigger { binding, last: None }).collect();
    }

    /// Returns the action of an OSC address.
    pub(super) fn of_address(&self, address: &str) -> Option<RemoteAction> {
        let bound = self.0.read().unwrap_or_else(PoisonError::into_inner);
        let is_of = |one: &&BoundTrigger| matches!(&one.binding.trigger, RemoteTrigger::Osc(of) if of == address);
        bound.iter().find(is_of).map(|one| one.binding.action)
    }

    /// Returns the commands of a MIDI message of three bytes; none if nothing is bound to it, or if it releases a button.
    pub(super) fn of_midi(&self, message: [u8; 3]) -> Option<Vec<RemoteCommand>> {
        let [status, number, value] = message;
        let (kind, of_channel) = (status & 0xf0, status & 15);
        let mut bound = self.0.write().unwrap_or_else(PoisonError::into_inner);
        let mut commands = None;
        for one in bound.iter_mut() {
            let matches = |channel: &Option<u8>| channel.is_none_or(|channel| channel == of_channel);
            let command = match (&one.binding.trigger, kind) {
                (RemoteTrigger::Note { channel, key }, 0x80 | 0x90) if *key == number && matches(channel) => {
                    let is_pressed = kind == 0x90 && value > 0;
                    one.binding.action.pressed().filter(|_| is_pressed)
                }
                (RemoteTrigger::Control { channel, cc }, 0xb0) if *cc == number && matches(channel) => {
                    one.controlled(value)
                }
                _ => continue,
            };
            commands.get_or_insert_with(Vec::new).extend(command);
        }
        commands
    }
}

impl BoundTrigger {
    /// Returns the command of a new value of the controller. A button is pressed when its value rises above one half, or
    /// is repeated there, as by controllers that send no release.
    fn controlled(&mut self, value: u8) -> Option<RemoteCommand> {
        let last = self.last.replace(value);
        if !self.binding.action.is_button() {
            return self.binding.action.with_controller(value);
        }
        let is_pressed = value >= PRESSED && last.is_none_or(|last| last < PRESSED || last == value);
        self.binding.action.pressed().filter(|_| is_pressed)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn control(cc: u8, action: RemoteAction) -> RemoteBinding {
        RemoteBinding { trigger: RemoteTrigger::Control { channel: Some(2), cc }, action }
    }

    #[test]
    fn default_notes_and_controllers_are_bound_on_any_channel_until_there_are_others() {
        let bindings = RemoteBindings::new(Vec::new());
        assert_eq!(bindings.of_midi([0x9f, 36, 100]), Some(vec![RemoteCommand::Half]));
        assert_eq!(bindings.of_midi([0x90, 39, 1]), Some(vec![RemoteCommand::Lock(None)]));
        for release in [[0x90, 36, 0], [0x80, 36, 64]] {
            assert_eq!(bindings.of_midi(release), Some(Vec::new()));
        }
        assert_eq!(bindings.of_midi([0xb0, 20, 127]), Some(vec![RemoteCommand::MinConfidence(1.0)]));
        assert_eq!(bindings.of_midi([0x90, 60, 100]), None);
        let osc = RemoteBinding { trigger: RemoteTrigger::Osc("/1/push1".into()), action: RemoteAction::Tap };
        bindings.replace(vec![osc.clone()]);
        assert_eq!(bindings.of_address("/1/push1"), Some(RemoteAction::Tap));
        assert!(bindings.of_midi([0x90, 36, 100]).is_some(), "an OSC address leaves the default notes");
        bindings.replace(vec![osc, control(7, RemoteAction::Half)]);
        assert_eq!((bindings.of_midi([0x90, 36, 100]), bindings.of_address("/1/push2")), (None, None));
    }

    #[test]
    fn controller_presses_a_button_once_and_sets_values_of_its_channel_alone() {
        let bindings = RemoteBindings::new(vec![control(7, RemoteAction::Double), control(8, RemoteAction::Lock)]);
        let presses = |values: &[u8]| -> usize {
            values.iter().map(|&value| bindings.of_midi([0xb2, 7, value]).unwrap().len()).sum()
        };
        assert_eq!(presses(&[10, 70, 90, 127, 60, 0]), 1, "a fader");
        assert_eq!(presses(&[127, 0, 127, 0]), 2, "a button with releases");
        assert_eq!(presses(&[127, 127, 127]), 3, "a button without releases");
        assert_eq!(bindings.of_midi([0xb1, 7, 127]), None, "another channel");
        assert_eq!(bindings.of_midi([0xb2, 8, 0]), Some(vec![RemoteCommand::Lock(Some(false))]));
        assert_eq!(bindings.of_midi([0xe2, 7, 127]), None, "pitch bend");
    }
}
