//! Settings of the OSC output: on or off, receiver and address prefix.

use egui::Ui;

use super::heading;
use crate::Osc;
use crate::scene::Scene;
use crate::text_field::ValidatedTextField;
use crate::widgets::{caption, switch};

/// Group of settings with the text that is being edited.
#[derive(Debug, Default)]
pub(crate) struct OscPart {
    address: ValidatedTextField,
    prefix: ValidatedTextField,
}

impl OscPart {
    pub(crate) fn show(&mut self, ui: &mut Ui, scene: &mut Scene<'_>) {
        let Some(osc) = scene.controls.osc() else { return };
        heading(ui, scene, "OSC");
        // Set together: a click and the text field that it leaves may change in the same frame.
        let mut wanted = osc.clone();
        if switch(ui, osc.on, "OSC output", "Send tags and tempo over the network") {
            wanted.on = !osc.on;
        }
        caption(ui, "Address and port");
        let check = |address: &str| scene.controls.check_address(address);
        if let Some(address) = self.address.show(ui, "OSC address", "127.0.0.1:9000", &osc.address, check) {
            wanted.address = address;
        }
        caption(ui, "Address prefix");
        if let Some(prefix) = self.prefix.show(ui, "OSC prefix", "/earmark", &osc.prefix, |_| Ok(())) {
            wanted.prefix = prefix;
        }
        if wanted != osc {
            scene.controls.set_osc(wanted);
        }
    }

    pub(crate) fn leave(&mut self, scene: &mut Scene<'_>) {
        let address = self.address.leave(|address| scene.controls.check_address(address));
        let prefix = self.prefix.leave(|_| Ok(()));
        if (address.is_some() || prefix.is_some())
            && let Some(now) = scene.controls.osc()
        {
            let osc = Osc { on: now.on, address: address.unwrap_or(now.address), prefix: prefix.unwrap_or(now.prefix) };
            scene.controls.set_osc(osc);
        }
        *self = Self::default();
    }
}
