//! States that the plugin of the earlier version gave to its host.

use std::fs;

use earmark_panel::{PanelLayout, Section, Theme};
use earmark_session::state::VERSION;
use serde_json::Value;

use super::{differences, fixture, json, text};
use crate::host::test_host::{Host, Saved};

/// Returns saved settings of the earlier version with their current keys.
fn renamed(mut settings: Value) -> Value {
    let settings_map = settings.as_object_mut().unwrap();
    assert_eq!(settings_map.insert("version".into(), VERSION.into()), Some(1.into()));
    if let Some(models) = settings_map.remove("more") {
        settings_map.insert("added_models".into(), models);
    }
    settings
}

/// Returns the entries of an object that are missing in another one, which may have more.
fn lost(before: &Value, now: &Value) -> Vec<String> {
    let before = before.as_object().unwrap();
    before.iter().flat_map(|(key, value)| differences(value, &now[key], key)).collect()
}

#[test]
fn saved_states_are_loaded_with_every_value() {
    let expected = json(&text(&fixture("states.json")));
    for name in ["default", "chosen", "added"] {
        let bytes = fs::read(fixture(&format!("{name}.state"))).unwrap();
        let before = Saved::read(&bytes);
        let mut host = Host::new();
        let defaults = host.values();
        assert!(host.load(&bytes), "{name}: expected the state to be taken");
        let values = serde_json::to_value(host.values()).unwrap();
        assert_eq!(differences(&expected[name], &values, name), Vec::<String>::new());
        assert_eq!(host.values() == defaults, name == "default", "{name}");

        let now = Saved::read(&host.save());
        assert_eq!(now.choices().get("more"), None, "{name}");
        assert_eq!(lost(&before.json["params"], &now.json["params"]), Vec::<String>::new(), "{name}");
        assert_eq!(lost(&renamed(before.choices()), &now.choices()), Vec::<String>::new(), "{name}");
    }
}

#[test]
fn fixtures_have_a_choice_of_every_kind() {
    let choices = Saved::read(&fs::read(fixture("added.state")).unwrap()).choices();
    let empty = Saved::read(&fs::read(fixture("default.state")).unwrap()).choices();
    for key in ["panel", "report", "osc", "midi", "thresholds", "borders", "more"] {
        assert!(choices[key] != empty[key], "expected another `{key}` than the default, {}", choices[key]);
    }
    assert_eq!(choices["more"][0]["id"], "before-feeling");
    let layout: PanelLayout = serde_json::from_str(choices["panel"].as_str().unwrap()).unwrap();
    let expected = PanelLayout {
        section: Section::Tags,
        pinned: vec!["techno".into(), "rock".into()],
        theme: Theme::Dark,
        zoom: 1.5,
        window: [600.0, 700.0],
        lane_s: 60.0,
        ..PanelLayout::default()
    };
    assert_eq!(layout, expected);
}
