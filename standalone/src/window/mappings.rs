//! Window of the mappings: the list of the scene file with present values, and the form of one mapping.

mod form;

use std::fs;
use std::path::{Path, PathBuf};
use std::time::SystemTime;

use earmark_outputs::scenes::{MappingPreview, MappingRow, SceneDocument};
use earmark_session::SettingsSource;
use earmark_session::state::OscConfig;
use eframe::egui::{Align2, Context, Grid, ProgressBar, RichText, ScrollArea, Ui, Window};

use self::form::FormOutcome;
use super::state::WindowState;
use crate::live_session;

/// Name of the file of the mappings that are added without a scene file, in the folder of the settings.
const NEW_FILE: &str = "scenes.toml";
/// Width of the window, and size of the bar of a value, in points.
const WIDTH: f32 = 400.0;
const BAR_WIDTH: f32 = 56.0;
const BAR_HEIGHT: f32 = 8.0;
/// Height of the screen that the window leaves free, in points.
const MARGIN: f32 = 110.0;

/// Window of the mappings with its state between frames.
#[derive(Debug, Default)]
pub(super) struct MappingsView {
    loaded: Option<LoadedRows>,
    draft: Option<Draft>,
    error: Option<String>,
}

/// Mappings of a file as they were read last.
#[derive(Debug)]
struct LoadedRows {
    path: PathBuf,
    modified: Option<SystemTime>,
    rows: Result<Vec<MappingRow>, String>,
}

/// Mapping in the form; without an index it is a new one.
#[derive(Debug)]
struct Draft {
    index: Option<usize>,
    row: MappingRow,
}

/// Change of the scene file.
enum Change {
    Set(Option<usize>, Box<MappingRow>),
    Remove(usize),
}

impl MappingsView {
    /// Draws the window if it is open.
    pub(super) fn show(&mut self, context: &Context, window: &mut WindowState) {
        if !window.mappings_open {
            return;
        }
        let mut open = true;
        let height = (context.content_rect().height() - MARGIN).max(120.0);
        let shown =
            Window::new("Mappings").open(&mut open).resizable(false).default_width(WIDTH).default_height(height);
        shown.anchor(Align2::LEFT_TOP, [8.0, 44.0]).show(context, |ui| {
            ScrollArea::vertical().max_height(height).show(ui, |ui| {
                ui.set_width(WIDTH.min(context.content_rect().width() - 48.0));
                self.content(ui, window);
            });
        });
        window.mappings_open = open;
    }

    fn content(&mut self, ui: &mut Ui, window: &mut WindowState) {
        let known = window.live.as_ref().map(|live| live_session::labels(&live.settings)).unwrap_or_default();
        let path = window.settings.scenes.clone();
        let rows = match &path {
            Some(path) => self.rows(path),
            None => Ok(Vec::new()),
        };
        let mut change = None;
        match rows {
            Ok(rows) => change = self.list(ui, &rows, window.outputs.mapping_preview()),
            Err(error) => drop(ui.label(RichText::new(error).color(ui.visuals().warn_fg_color))),
        }
        if let Some(draft) = &mut self.draft {
            ui.separator();
            match form::show(ui, &mut draft.row, &known) {
                Some(FormOutcome::Apply) => change = Some(Change::Set(draft.index, Box::new(draft.row.clone()))),
                Some(FormOutcome::Cancel) => (self.draft, self.error) = (None, None),
                None => {}
            }
        } else if ui.button("Add mapping").clicked() {
            self.draft = Some(Draft { index: None, row: MappingRow::default() });
        }
        if let Some(change) = change {
            match self::write(change, path.as_deref(), window, &known) {
                Ok(()) => *self = Self::default(),
                Err(error) => self.error = Some(error),
            }
        }
        if let Some(error) = &self.error {
            ui.label(RichText::new(error).color(ui.visuals().warn_fg_color));
        }
    }

    /// Draws the mappings with their present values. Returns the change that the user asks for.
    fn list(&mut self, ui: &mut Ui, rows: &[MappingRow], preview: Option<&MappingPreview>) -> Option<Change> {
        if rows.is_empty() {
            ui.label(RichText::new("No mapping yet. A mapping sends a value all the time.").weak());
        }
        let mut change = None;
        Grid::new("mappings").num_columns(4).spacing([10.0, 4.0]).striped(true).show(ui, |ui| {
            for (index, row) in rows.iter().enumerate() {
                let target = row.target.describe();
                let is_edited = self.draft.as_ref().is_some_and(|draft| draft.index == Some(index));
                let from = RichText::new(&row.from);
                ui.label(if is_edited { from.strong() } else { from });
                ui.label(RichText::new(&target).weak());
                self::values(ui, row, preview.and_then(|preview| preview.get(index)));
                ui.horizontal(|ui| {
                    let edit = ui.small_button("Edit").accessible_name(format!("Edit {} to {target}", row.from));
                    if edit.clicked() {
                        self.draft = Some(Draft { index: Some(index), row: row.clone() });
                        self.error = None;
                    }
                    let remove = ui.small_button("×").accessible_name(format!("Delete {} to {target}", row.from));
                    if remove.on_hover_text("Delete this mapping from the file").clicked() {
                        change = Some(Change::Remove(index));
                    }
                });
                ui.end_row();
            }
        });
        change
    }

    /// Returns the mappings of a file, which is read again when it has changed.
    fn rows(&mut self, path: &Path) -> Result<Vec<MappingRow>, String> {
        let modified = fs::metadata(path).and_then(|data| data.modified()).ok();
        let is_same = |loaded: &LoadedRows| loaded.path == path && loaded.modified == modified;
        if !self.loaded.as_ref().is_some_and(is_same) {
            let rows = SceneDocument::open(path).map(|document| document.rows()).map_err(|error| error.to_string());
            self.loaded = Some(LoadedRows { path: path.to_owned(), modified, rows });
        }
        self.loaded.as_ref().map_or(Ok(Vec::new()), |loaded| loaded.rows.clone())
    }
}

/// Draws value and output of a mapping.
fn values(ui: &mut Ui, row: &MappingRow, values: Option<(f32, f32)>) {
    let Some((value, output)) = values else {
        ui.label(RichText::new("no value").weak().small());
        return;
    };
    let [low, high] = row.output.unwrap_or_else(|| row.target.usual_output());
    let share = ((f64::from(output) - low) / (high - low)).clamp(0.0, 1.0);
    ui.horizontal(|ui| {
        ui.add(
            ProgressBar::new(if share.is_finite() { share as f32 } else { 0.0 })
                .desired_width(BAR_WIDTH)
                .desired_height(BAR_HEIGHT),
        );
        let text = format!("{} to {}", short(value), short(output));
        ui.label(RichText::new(text).small()).on_hover_text("Value of the source, and output before rounding");
    });
}

/// Returns a number with three digits at most behind the point.
fn short(value: f32) -> String {
    match value.abs() {
        0.0..1.0 => format!("{value:.3}"),
        1.0..100.0 => format!("{value:.1}"),
        _ => format!("{value:.0}"),
    }
}

/// Returns the file of mappings that are added without a scene file. It may exist from an earlier run.
fn new_document(window: &WindowState) -> Result<SceneDocument, String> {
    let folder = window.places.settings.as_deref();
    let path = folder.ok_or("Cannot write a scene file: this system has no folder for settings.")?.join(NEW_FILE);
    if path.exists() {
        return SceneDocument::open(&path).map_err(|error| error.to_string());
    }
    let osc = window.live.as_ref().map(|live| live.settings.state().get().osc.address.clone());
    Ok(SceneDocument::create(&path, &osc.unwrap_or_else(|| OscConfig::default().address)))
}

/// Writes a change to the scene file, or to a new one, and runs it.
fn write(change: Change, path: Option<&Path>, window: &mut WindowState, known: &[String]) -> Result<(), String> {
    let mut document = match path {
        Some(path) => SceneDocument::open(path).map_err(|error| error.to_string())?,
        None => self::new_document(window)?,
    };
    match change {
        Change::Set(Some(index), row) => document.set(index, &row),
        Change::Set(None, row) => document.add(&row),
        Change::Remove(index) => document.remove(index),
    }
    .map_err(|error| error.to_string())?;
    document.save(known).map_err(|error| error.to_string())?;
    if !document.is_empty() {
        window.settings.scenes = Some(document.path().to_owned());
        window.outputs.reload_scenes();
    } else {
        // Nothing is left to run.
        window.settings.scenes = None;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use earmark_models::Registry;
    use earmark_outputs::dispatcher::Outputs;
    use earmark_session::SharedSettings;
    use eframe::egui::accesskit::Role;
    use eframe::egui::vec2;
    use egui_kittest::Harness;
    use egui_kittest::kittest::Queryable;

    use super::*;
    use crate::app_settings::AppSettings;
    use crate::live_session::LiveSession;
    use crate::places::Places;

    /// Returns the window of the mappings of a session whose settings are in a folder.
    fn opened(folder: &Path) -> Harness<'static, (MappingsView, WindowState)> {
        let settings = Arc::new(SharedSettings::new(Registry::global()));
        let live = LiveSession::new(settings, 0.0, Outputs::default(), || {}).unwrap();
        let places = Places { settings: Some(folder.to_owned()), ..Places::default() };
        let mut window =
            WindowState { live: Some(live), ..WindowState::new(places, AppSettings::default(), Vec::new()) };
        window.mappings_open = true;
        let builder = Harness::builder().with_size(vec2(800.0, 1000.0));
        builder.build_ui_state(|ui, (view, window)| view.show(ui.ctx(), window), (MappingsView::default(), window))
    }

    fn click(harness: &mut Harness<'static, (MappingsView, WindowState)>, label: &str) {
        harness.get_by_role_and_label(Role::Button, label).click();
        harness.run_steps(3);
    }

    #[test]
    fn mapping_is_added_changed_and_deleted_in_the_file() {
        let folder = tempfile::tempdir().unwrap();
        let mut harness = opened(folder.path());
        let path = folder.path().join(NEW_FILE);
        click(&mut harness, "Add mapping");
        click(&mut harness, "Apply");
        assert_eq!(harness.state().1.settings.scenes.as_deref(), Some(&*path));
        let written = "osc = \"127.0.0.1:9000\"\n\n[[map]]\nfrom = \"level.rms\"\nosc = \"/earmark/map/1\"\n";
        assert_eq!(fs::read_to_string(&path).unwrap(), written);

        // A comment that the user writes meanwhile stays.
        fs::write(&path, format!("# mine\n{written}")).unwrap();
        harness.run_steps(2);
        click(&mut harness, "Edit level.rms to /earmark/map/1");
        harness.get_by_role_and_label(Role::CheckBox, "Threshold").click();
        harness.run_steps(2);
        click(&mut harness, "Apply");
        assert_eq!(fs::read_to_string(&path).unwrap(), format!("# mine\n{written}threshold = 0.5\n"));

        click(&mut harness, "Delete level.rms to /earmark/map/1");
        assert_eq!(harness.state().1.settings.scenes, None, "nothing is left to run");
        assert_eq!(fs::read_to_string(&path).unwrap(), "# mine\nosc = \"127.0.0.1:9000\"\n");
    }

    #[test]
    fn invalid_mapping_is_reported_and_stays_in_the_form() {
        let folder = tempfile::tempdir().unwrap();
        let mut harness = opened(folder.path());
        click(&mut harness, "Add mapping");
        harness.state_mut().0.draft.as_mut().unwrap().row.from = "level.bass".into();
        click(&mut harness, "Apply");
        assert!(harness.query_by_label_contains("expected one of level.rms").is_some());
        assert!(!folder.path().join(NEW_FILE).exists());
        click(&mut harness, "Cancel");
        assert!(harness.query_by_label_contains("expected one of level.rms").is_none());
    }
}
