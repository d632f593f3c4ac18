//! Editor of the plugin: the panel in a window of the host.

mod controls;

use std::sync::Arc;

use earmark_editor::PanelHost;
use earmark_panel::{Command, PanelLayout};
use earmark_session::Instance;
use nice_plug::context::gui::GuiContext;
use nice_plug::editor::dpi::LogicalSize;
use nice_plug::prelude::ResizeHint;
use nice_plug_egui::RepaintNotifier;
use nice_plug_egui::baseview::{HandlerError, WindowSize};
use nice_plug_egui::resizable_window::ResizableWindow;
use nice_plug_egui::{EguiEditor, EguiEditorState, EguiNiceSettings, Frame, NiceEguiApp, create_egui_editor};

pub use self::controls::{HostSettings, host_controls};
use crate::params::EarmarkParams;

/// Panel in a window of the host. It persists while the editor is closed.
pub struct EditorWindow {
    params: Arc<EarmarkParams>,
    panel: PanelHost,
    /// Context of the host while the editor is open.
    host: Option<GuiContext>,
    /// Whether the window has yet to be resized to the saved size.
    opening: bool,
}

/// Creates the editor of an instance. Cheap: nothing is loaded before the editor is opened.
#[must_use]
pub(crate) fn editor(
    params: &Arc<EarmarkParams>,
    instance: &Arc<Instance>,
    repaint: &RepaintNotifier,
) -> Option<EguiEditor<EditorWindow>> {
    let [width, height] = PanelLayout::default().window;
    let [min_width, min_height] = PanelLayout::MIN_SIZE;
    let size = EguiEditorState::from_size(LogicalSize::new(width, height), 1.0);
    let min_size = LogicalSize::new(min_width, min_height);
    let settings = EguiNiceSettings::default()
        .with_tile("Earmark")
        .with_resize_hint(ResizeHint::resizable().with_min_logical_size(min_size));
    let window =
        EditorWindow { params: Arc::clone(params), panel: PanelHost::new(instance), host: None, opening: false };
    create_egui_editor(size, repaint.clone(), settings, window)
}

impl EditorWindow {
    fn draw(&mut self, ui: &mut egui::Ui) {
        let mut controls = host_controls(&self.params, self.host.as_ref());
        let before = self.params.state.revision();
        let unhandled = self.panel.draw(ui, &mut controls);
        let Some(host) = &self.host else { return };
        if self.params.state.revision() != before {
            // Parameters announce their changes themselves.
            host.mark_state_dirty();
        }
        // A plugin cannot show its window on the whole screen: the large type fills the window.
        if unhandled.contains(&Command::Retry) {
            // Retry: the host deactivates and activates the plugin, which starts the analysis again.
            host.request_restart();
        }
    }
}

impl NiceEguiApp for EditorWindow {
    fn build(&mut self, context: egui::Context, host: GuiContext, _frame: &mut Frame) -> Result<(), HandlerError> {
        self.host = Some(host);
        context.set_zoom_factor(self.panel.layout().zoom);
        self.opening = true;
        Ok(())
    }

    fn ui(&mut self, ui: &mut egui::Ui, _frame: &mut Frame) {
        if std::mem::take(&mut self.opening) {
            let wanted = egui::Vec2::from(self.panel.layout().window);
            if (wanted - ui.max_rect().size()).abs().max_elem() > 1.0 {
                ui.ctx().send_viewport_cmd(egui::ViewportCommand::InnerSize(wanted));
            }
        }
        let min_size = egui::Vec2::from(PanelLayout::MIN_SIZE);
        ResizableWindow::new("earmark").min_size(min_size).show(ui, |ui| self.draw(ui));
    }

    fn resized(&mut self, size: WindowSize) {
        self.panel.set_window([size.logical.width as f32, size.logical.height as f32]);
    }

    fn editor_closed(&mut self) {
        self.host = None;
    }
}
