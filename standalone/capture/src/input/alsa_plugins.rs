//! Inputs of ALSA that are no sound cards: converters, and other names of a card.

use super::input_device::InputDevice;

/// Names of plug-ins, as they are before the first `:` or `_` of an id without its host.
const PLUGINS: [&str; 22] = [
    "a52",
    "center",
    "dmix",
    "dsnoop",
    "dsp",
    "front",
    "hdmi",
    "iec958",
    "jack",
    "lavrate",
    "null",
    "oss",
    "plug",
    "rear",
    "samplerate",
    "side",
    "spdif",
    "speex",
    "speexrate",
    "upmix",
    "usbstream",
    "vdownmix",
];
/// Beginning of the names that a card has for several channels.
const SURROUND: &str = "surround";
/// Plug-ins that lead to a sound server.
const SERVERS: [&str; 2] = ["pulse", "pipewire"];

/// Removes the plug-ins of ALSA from a list of inputs. The default input stays, and a plug-in that leads to a sound
/// server stays if the list has no other input of that server.
pub(super) fn hide(inputs: &mut Vec<InputDevice>) {
    let has_server =
        inputs.iter().any(|input| input.id.starts_with("pulseaudio:") || input.id.starts_with("pipewire:"));
    inputs.retain(|input| {
        let Some(name) = input.id.strip_prefix("alsa:").filter(|_| !input.default) else { return true };
        let base = name.split([':', '_']).next().unwrap_or_default();
        let is_plugin = PLUGINS.contains(&base) || base.starts_with(SURROUND);
        !(is_plugin || has_server && SERVERS.contains(&base))
    });
}

#[cfg(test)]
mod tests {
    use super::super::input_device::InputKind;
    use super::*;

    fn shown(ids: &[&str], default: &str) -> Vec<String> {
        let input = |id: &&str| InputDevice {
            id: (*id).to_owned(),
            name: String::new(),
            kind: InputKind::Input,
            default: *id == default,
            rate_hz: None,
            channels: None,
        };
        let mut inputs: Vec<InputDevice> = ids.iter().map(input).collect();
        hide(&mut inputs);
        inputs.into_iter().map(|input| input.id).collect()
    }

    #[test]
    fn converters_and_other_names_of_cards_are_hidden() {
        let ids = [
            "alsa:default",
            "alsa:lavrate",
            "alsa:samplerate",
            "alsa:samplerate_best",
            "alsa:speexrate_medium",
            "alsa:null",
            "alsa:oss",
            "alsa:upmix",
            "alsa:jack",
            "alsa:hw:CARD=USB,DEV=0",
            "alsa:sysdefault:CARD=USB",
            "alsa:front:CARD=USB,DEV=0",
            "alsa:surround51:CARD=USB",
            "alsa:dsnoop:CARD=USB,DEV=0",
            "alsa:my_mixer",
            "alsa:pulse",
            "jack:input",
        ];
        let cards = ["alsa:hw:CARD=USB,DEV=0", "alsa:sysdefault:CARD=USB", "alsa:my_mixer", "alsa:pulse", "jack:input"];
        let expected: Vec<&str> = ["alsa:default"].into_iter().chain(cards).collect();
        assert_eq!(shown(&ids, "alsa:default"), expected);
    }

    #[test]
    fn default_stays_and_a_listed_server_hides_its_plugin() {
        let ids = ["alsa:pulse", "pulseaudio:card.monitor", "alsa:null"];
        assert_eq!(shown(&ids, "alsa:null"), ["pulseaudio:card.monitor", "alsa:null"]);
    }
}
