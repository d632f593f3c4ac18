//! Help page: reading the panel, and the keyboard shortcuts.

use egui::{Id, Modal, RichText, Ui};

use crate::frame_context::FrameContext;
use crate::shortcuts::KEYS;
use crate::theme;

/// Draws the page while it is open.
pub(crate) fn show(ui: &Ui, context: &FrameContext<'_>, open: &mut bool) {
    if !*open {
        return;
    }
    let palette = context.palette;
    let frame = egui::Frame::popup(ui.style()).inner_margin(theme::EDGE);
    let response = Modal::new(Id::unique("earmark-help")).frame(frame).show(ui.ctx(), |ui| {
        ui.set_width((ui.ctx().content_rect().width() - 72.0).clamp(240.0, 380.0));
        let height = (ui.ctx().content_rect().height() - 130.0).clamp(120.0, 460.0);
        ui.label(RichText::new("Reading the panel").size(theme::HEADING).color(palette.strong));
        egui::ScrollArea::vertical().max_height(height).show(ui, |ui| {
            for text in [
                "The headline is the strongest genre that is on, and below it one tag of each other family. A tag is on \
                 from the moment it rises above its threshold until it falls a third below it.",
                "A row shows a tag, its history and its probability now. Bright rows are on; faded ones may follow. \
                 The dotted line is the threshold: drag it. Tags of one meaning share a row; hover the name.",
                "Colours: genre green, mood amber, voice red, instrument violet, era grey.",
                "Outlined digits are a likely tempo, solid ones a locked one. Dimmed values are from before a jump or \
                 a pause; new ones replace them.",
                "On the Mood page, a dial shows a class and its opposite. On the XY plot, right is pleasant and up is \
                 energetic; the trail shows the last seconds. To add a model, drop its files anywhere on the panel.",
                "On the Descriptors page, values describe the last 30 s; integrated loudness and range describe the \
                 song. A value with ~ needs more music; hover it for the reason and the meaning.",
            ] {
                ui.label(RichText::new(text).color(palette.text));
            }
            ui.add_space(8.0);
            ui.label(RichText::new("Keyboard shortcuts").size(theme::HEADING).color(palette.strong));
            ui.spacing_mut().interact_size.y = 0.0;
            // Long lines wrap, so that the page fits into the panel.
            let does = ui.available_width() - 96.0;
            egui::Grid::new("keys").num_columns(2).spacing([18.0, 4.0]).max_col_width(does).show(ui, |ui| {
                for (_, key, _, does) in KEYS {
                    ui.label(RichText::new(key).monospace().color(palette.accent));
                    ui.label(does);
                    ui.end_row();
                }
                ui.label(RichText::new("Ctrl + -").monospace().color(palette.accent));
                ui.label("Zoom in or out; 0 resets the zoom");
                ui.end_row();
                ui.label(RichText::new("Tab").monospace().color(palette.accent));
                ui.label("Next control. In the history, arrow keys move the cursor; if frozen, Page Up scrolls back");
                ui.end_row();
            });
        });
        ui.add_space(4.0);
        ui.button("Close").clicked()
    });
    if response.inner || response.should_close() {
        *open = false;
    }
}
