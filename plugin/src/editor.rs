//! The editor: the panel in a host's window.

mod controls;

use std::sync::Arc;

use earmark_editor::PanelHost;
use earmark_panel::PanelLayout;
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

/// Panel of an instance with what it needs from the host. It stays while the editor is closed.
pub struct EditorWindow {
    params: Arc<EarmarkParams>,
    screen: PanelHost,
    /// While it is open.
    host: Option<GuiContext>,
    /// Whether the window still has to get the size that was saved.
    opening: bool,
}

/// The editor of an instance. Cheap: nothing is drawn and nothing loaded before it is opened.
#[must_use]
pub(crate) fn editor(
    params: &Arc<EarmarkParams>,
    instance: &Arc<Instance>,
    repaint: &RepaintNotifier,
) -> Option<EguiEditor<EditorWindow>> {
    let [width, height] = PanelLayout::default().window;
    let [least_width, least_height] = PanelLayout::MIN_SIZE;
    let size = EguiEditorState::from_size(LogicalSize::new(width, height), 1.0);
    let smallest = LogicalSize::new(least_width, least_height);
    let settings = EguiNiceSettings::default()
        .with_tile("Earmark")
        .with_resize_hint(ResizeHint::resizable().with_min_logical_size(smallest));
    let window =
        EditorWindow { params: Arc::clone(params), screen: PanelHost::new(instance), host: None, opening: false };
    create_egui_editor(size, repaint.clone(), settings, window)
}

impl EditorWindow {
    fn draw(&mut self, ui: &mut egui::Ui) {
        let mut controls = host_controls(&self.params, self.host.as_ref());
        let left = self.screen.draw(ui, &mut controls);
        if !left.is_empty()
            && let Some(host) = &self.host
        {
            // To try again: the host deactivates and activates, and what failed begins anew.
            host.request_restart();
        }
    }
}

impl NiceEguiApp for EditorWindow {
    fn build(&mut self, context: egui::Context, host: GuiContext, _frame: &mut Frame) -> Result<(), HandlerError> {
        self.host = Some(host);
        context.set_zoom_factor(self.screen.layout().zoom);
        self.opening = true;
        Ok(())
    }

    fn ui(&mut self, ui: &mut egui::Ui, _frame: &mut Frame) {
        if std::mem::take(&mut self.opening) {
            let wanted = egui::Vec2::from(self.screen.layout().window);
            if (wanted - ui.max_rect().size()).abs().max_elem() > 1.0 {
                ui.ctx().send_viewport_cmd(egui::ViewportCommand::InnerSize(wanted));
            }
        }
        let smallest = egui::Vec2::from(PanelLayout::MIN_SIZE);
        ResizableWindow::new("earmark").min_size(smallest).show(ui, |ui| self.draw(ui));
    }

    fn resized(&mut self, size: WindowSize) {
        self.screen.set_window([size.logical.width as f32, size.logical.height as f32]);
    }

    fn editor_closed(&mut self) {
        self.host = None;
    }
}
