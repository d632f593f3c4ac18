//! OSC output: whether, where to, under which prefix.

use egui::Ui;

use super::heading;
use crate::OscSettings;
use crate::field::Field;
use crate::frame_context::FrameContext;
use crate::widgets::{caption, switch};

/// The part of the section, and the text that is being typed.
#[derive(Debug, Default)]
pub(crate) struct OscPart {
    address: Field,
    prefix: Field,
}

impl OscPart {
    pub(crate) fn show(&mut self, ui: &mut Ui, context: &mut FrameContext<'_>) {
        let Some(osc) = context.controls.osc() else { return };
        heading(ui, context, "OSC");
        // Set as a whole: what is clicked and the text that is left by it may come in one frame.
        let mut wanted = osc.clone();
        if switch(ui, osc.on, "OSC output", "Sends tags and tempo over the network, whatever the host does with MIDI") {
            wanted.on = !osc.on;
        }
        caption(ui, "Address and port");
        let check = |address: &str| context.controls.check_address(address);
        if let Some(address) = self.address.show(ui, "OSC address", "127.0.0.1:9000", &osc.address, check) {
            wanted.address = address;
        }
        caption(ui, "Prefix of every message");
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
