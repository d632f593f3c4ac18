//! Files dropped on the panel. The panel adds models; its owner handles all other files.

use std::path::{Path, PathBuf};

use egui::accesskit::Role;
use egui::{Align2, Id, LayerId, Order, Stroke, StrokeKind, Ui, WidgetInfo, vec2};

use crate::Command;
use crate::frame_context::FrameContext;
use crate::theme::{self, EDGE};
use crate::widgets::short;

/// Maximum number of file names shown; the others are counted.
const NAMES: usize = 3;

/// Returns the paths that belong to models: weights, descriptions and folders. The owner of the panel handles the
/// others.
///
/// A `.toml` file counts only together with weights, because alone it may be a file of another kind.
#[must_use]
pub fn models_among<'a>(paths: impl IntoIterator<Item = &'a Path>) -> Vec<PathBuf> {
    let ends = |path: &Path, endings: &[&str]| {
        let ending = path.extension().map(|ending| ending.to_string_lossy().to_lowercase());
        ending.is_some_and(|ending| endings.contains(&&*ending))
    };
    let paths: Vec<&Path> = paths.into_iter().collect();
    let weights = paths.iter().any(|path| ends(path, &["pb", "onnx"]));
    let is_model =
        |path: &&Path| ends(path, &["pb", "onnx", "json"]) || (weights && ends(path, &["toml"])) || path.is_dir();
    paths.into_iter().filter(is_model).map(Path::to_owned).collect()
}

/// Adds dropped models, and draws an overlay while files are dragged over the panel.
pub(crate) fn show(ui: &Ui, context: &mut FrameContext<'_>) {
    let (hovered, dropped) = ui.input(|input| {
        let hovered = input.raw.hovered_files.iter().filter_map(|file| file.path.as_deref());
        (models_among(hovered), models_among(input.raw.dropped_files.iter().map(|file| file.path())))
    });
    if !dropped.is_empty() {
        context.send(Command::AddModels(dropped));
    } else if !hovered.is_empty() {
        self::overlay(ui, context, &hovered);
    }
}

fn overlay(ui: &Ui, context: &FrameContext<'_>, models: &[PathBuf]) {
    let (palette, whole) = (context.palette, ui.max_rect());
    let painter = ui.ctx().layer_painter(LayerId::new(Order::Foreground, Id::unique("earmark-dropping")));
    painter.rect_filled(whole, 0.0, palette.ground.gamma_multiply(0.88));
    let frame = whole.shrink(EDGE);
    painter.rect_stroke(frame, 8.0, Stroke::new(1.5, palette.accent), StrokeKind::Inside);
    let names: Vec<String> =
        models.iter().filter_map(|path| path.file_name()).map(|name| name.to_string_lossy().into()).collect();
    let mut text = names.iter().take(NAMES).cloned().collect::<Vec<_>>().join(", ");
    if names.len() > NAMES {
        text += &format!(" and {} more", names.len() - NAMES);
    }
    let width = frame.width() - EDGE;
    for (offset, text, size, ink) in [
        (-22.0, "Drop to add a model", theme::HEADING, palette.strong),
        (2.0, &*text, theme::BODY, palette.text),
        (22.0, "The model is converted and checked first.", theme::CAPTION, palette.weak),
    ] {
        let galley = short(ui, width, text, size, ink);
        let at = Align2::CENTER_CENTER.anchor_size(whole.center() + vec2(0.0, offset), galley.size());
        painter.galley(at.min, galley, ink);
    }
    let status = ui.interact(frame, Id::unique("earmark-dropping"), egui::Sense::empty());
    status.widget_info(|| WidgetInfo::labeled(Role::Status, true, format!("Drop to add a model: {text}")));
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn model_files_are_separated_from_other_files() {
        let among = |paths: &[&str]| models_among(paths.iter().map(Path::new)).len();
        assert_eq!(among(&["a/mood.pb", "a/mood.json", "song.wav"]), 2);
        assert_eq!(among(&["mood.ONNX", "card.toml"]), 2);
        assert_eq!(among(&["scenes.toml", "song.flac", "no ending"]), 0);
        let folder = std::env::temp_dir();
        assert_eq!(models_among([folder.as_path()]), [folder]);
    }
}
