//! Window with the source bar at the top and the panel below. Opened by `earmark` without a command.

mod action;
mod app_window;
mod bar;
mod controls;
mod devices;
mod file_dialogs;
mod mappings;
mod outputs;
mod outputs_view;
#[cfg(feature = "web")]
mod qr;
mod recent_count;
mod recording;
mod remote_inputs;
mod remote_view;
mod state;
#[cfg(feature = "web")]
mod web_output;

use std::path::{Path, PathBuf};
use std::process::ExitCode;

use earmark_panel::PanelLayout;
use eframe::egui::ViewportBuilder;

use self::app_window::AppWindow;
use crate::app_settings;
use crate::places::Places;

/// Chooses X11, which the context for drawing is built for. The library for screen readers adds Wayland to the window system, whose
/// libraries are loaded at run time only.
#[cfg(target_os = "linux")]
fn use_x11(builder: &mut eframe::EventLoopBuilder<eframe::UserEvent>) {
    use winit::platform::x11::EventLoopBuilderExtX11;

    builder.with_x11();
}

#[cfg(not(target_os = "linux"))]
fn use_x11(_: &mut eframe::EventLoopBuilder<eframe::UserEvent>) {}

/// Opens the window, and plays `file` if given. Returns exit code 0, or 1 with a message if no window can be opened.
pub(crate) fn run(file: Option<&Path>) -> ExitCode {
    let places = Places::of_user();
    let (saved, message) = places.settings.as_deref().map(app_settings::read).unwrap_or_default();
    let file: Option<PathBuf> = file.map(Path::to_owned);
    let [width, height] = PanelLayout::default().window;
    let [min_width, min_height] = PanelLayout::MIN_SIZE;
    let viewport = ViewportBuilder::default()
        .with_title("Earmark")
        .with_app_id("earmark")
        .with_inner_size([width.max(560.0), height + bar::HEIGHT])
        .with_min_inner_size([min_width, min_height + bar::HEIGHT]);
    let options = eframe::NativeOptions { viewport, event_loop_builder: Some(Box::new(use_x11)), ..Default::default() };
    let opened = eframe::run_native(
        "earmark",
        options,
        Box::new(move |context| {
            let window = AppWindow::new(&context.egui_ctx, places, saved, message, file)?;
            Ok(Box::new(window))
        }),
    );
    match opened {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("earmark: cannot open a window: {error}. `earmark listen` works without a window.");
            ExitCode::from(1)
        }
    }
}
