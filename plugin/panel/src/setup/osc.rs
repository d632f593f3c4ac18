//! Settings of the OSC output: on or off, receiver and address prefix.

use egui::Ui;

use super::heading;
use crate::OscSettings;
use crate::frame_context::FrameContext;
use crate::text_field::ValidatedTextField;
use crate::widgets::{caption, switch};

/// Group of settings with the text that is being edited.
#[derive(Debug, Default)]
pub(crate) struct OscPart {
    address: ValidatedTextField,
    prefix: ValidatedTextField,
}

impl OscPart {
    pub(crate) fn show(&mut self, ui: &mut Ui, context: &mut FrameContext<'_>) {
        let Some(osc) = context.controls.osc() else { return };
        heading(ui, context, "OSC");
        // Set together: a click and the text field that it leaves may change in the same frame.
        let mut wanted = osc.clone();
        if switch(ui, osc.on, "OSC output", "Send tags and tempo over the network") {
            wanted.on = !osc.on;
        }
        caption(ui, "Address and port");
        let check = |address: &str| context.controls.check_address(address);
        if let Some(address) = self.address.show(ui, "OSC address", "127.0.0.1:9000", &osc.address, check) {
            wanted.address = address;
        }
        caption(ui, "Address prefix");
        if let Some(prefix) = self.prefix.show(ui, "OSC prefix", "/earmark", &osc.prefix, |_| Ok(())) {
            wanted.prefix = prefix;
        }
        if wanted != osc {
            context.controls.set_osc(wanted);
        }
    }

    pub(crate) fn leave(&mut self, context: &mut FrameContext<'_>) {
        let address = self.address.leave(|address| context.controls.check_address(address));
        let prefix = self.prefix.leave(|_| Ok(()));
        if (address.is_some() || prefix.is_some())
            && let Some(now) = context.controls.osc()
        {
            let osc = OscSettings {
                on: now.on,
                address: address.unwrap_or(now.address),
                prefix: prefix.unwrap_or(now.prefix),
            };
            context.controls.set_osc(osc);
        }
        *self = Self::default();
    }
}
