//! Window: the source bar above, the panel below. `earmark` without a command opens it.

mod action;
mod app_window;
mod bar;
mod controls;
mod devices;
mod outputs;
mod presets;
mod recording;
mod settings;
mod state;

use std::path::{Path, PathBuf};
use std::process::ExitCode;

use earmark_panel::PanelLayout;
use eframe::egui::ViewportBuilder;

use self::app_window::AppWindow;

/// Opens the window, and plays a file if one is given. Returns 0, or 1 with a message when no window can be opened.
pub(crate) fn run(file: Option<&Path>) -> ExitCode {
    let folder = settings::folder();
    let (saved, message) = folder.as_deref().map(settings::read).unwrap_or_default();
    let file: Option<PathBuf> = file.map(Path::to_owned);
    let [width, height] = PanelLayout::default().window;
    let [least_width, least_height] = PanelLayout::SMALLEST;
    let viewport = ViewportBuilder::default()
        .with_title("Earmark")
        .with_app_id("earmark")
        .with_inner_size([width.max(560.0), height + bar::HEIGHT])
        .with_min_inner_size([least_width, least_height + bar::HEIGHT]);
    let options = eframe::NativeOptions { viewport, ..Default::default() };
    let opened = eframe::run_native(
        "earmark",
        options,
        Box::new(move |context| {
            let window = AppWindow::new(&context.egui_ctx, folder, saved, message, file)?;
            Ok(Box::new(window))
        }),
    );
    match opened {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("earmark: no window can be opened: {error}. `earmark listen` needs none.");
            ExitCode::from(1)
        }
    }
}
