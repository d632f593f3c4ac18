//! `earmark` without a command: the window. Above, where the sound comes from; below, the panel.

mod bar;
mod controls;
mod devices;
mod outlets;
mod recording;
mod window;

use std::path::{Path, PathBuf};
use std::process::ExitCode;

use earmark_panel::Layout;
use eframe::egui::ViewportBuilder;

use self::window::Window;
use crate::settings;

/// Opens the window, with a file to play if there is one. Returns 0, or 1 with a message when there is no window to be
/// had.
pub(crate) fn run(file: Option<&Path>) -> ExitCode {
    let folder = settings::folder();
    let (remembered, complaint) = folder.as_deref().map(settings::read).unwrap_or_default();
    let file: Option<PathBuf> = file.map(Path::to_owned);
    let [width, height] = Layout::default().window;
    let [least_width, least_height] = Layout::SMALLEST;
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
            let window = Window::new(&context.egui_ctx, folder, remembered, complaint, file)?;
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
