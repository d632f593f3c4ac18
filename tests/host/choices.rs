//! What is chosen in the panel beside parameters is in the state that the host saves.

use earmark_panel::{Controls, Osc, ReportHop, Reports};
use earmark_plugin::HostControls;
use serde_json::json;

use super::planted;
use super::rig::Saved;

#[test]
fn reports_and_osc_chosen_in_the_panel_are_saved_with_the_session() {
    let (mut host, inside) = planted::host();
    let before = Saved::read(&host.save()).choices();
    assert_eq!((&before["report"]["save"], &before["osc"]["on"]), (&json!(false), &json!(false)));
    let mut controls = HostControls::new(&inside.params, None);
    let reports = Reports { save: true, folder: "/music".into(), hop: ReportHop::Frames(31), markers: true };
    let osc = Osc { on: true, address: "10.0.0.7:57120".into(), prefix: "/stage".into() };
    controls.set_reports(reports.clone());
    controls.set_osc(osc.clone());
    let saved = host.save();
    let after = Saved::read(&saved).choices();
    let expected = json!({"save": true, "folder": "/music", "hop": {"frames": 31}, "markers": true});
    assert_eq!(after["report"], expected);
    assert_eq!(after["osc"], json!({"on": true, "address": "10.0.0.7:57120", "prefix": "/stage"}));
    // And the panel of another instance that loads it shows it.
    let (mut other, inside) = planted::host();
    assert!(other.load(&saved));
    let controls = HostControls::new(&inside.params, None);
    assert_eq!((controls.reports(), controls.osc()), (Some(reports), Some(osc)));
}
