//! Page with the course and the average of the current song.

use egui::{RichText, Sense, Ui, vec2};

use crate::bars::{BarLayout, BarRow, Bars};
use crate::frame_context::FrameContext;
use crate::history::SongPart;
use crate::widgets::clock;
use crate::{Command, ExportFormat, song_ribbon, tempo_curve};

/// Number of highest means that are highlighted.
const MAX_HIGHLIGHTED: usize = 3;
/// Height of the curve of the tempo, in points at a scale of 1.
const CURVE_HEIGHT: f32 = 64.0;

/// Page and its state between frames.
#[derive(Debug, Default)]
pub(crate) struct SongPage {
    bars: Bars,
    /// Part of the song that is averaged, as a range of display time; none for the whole song.
    part: Option<[f64; 2]>,
}

impl SongPage {
    /// Averages a part of the song, given as a range of display time.
    pub(crate) fn choose(&mut self, part: [f64; 2]) {
        self.part = Some(part);
    }

    pub(crate) fn show(&mut self, ui: &mut Ui, context: &mut FrameContext<'_>) {
        let parts = self.parts(context);
        self::buttons(ui, context);
        if song_ribbon::has_content(context) {
            let size = vec2(ui.available_width(), song_ribbon::height(context));
            let (place, _) = ui.allocate_exact_size(size, Sense::hover());
            if let Some(part) = song_ribbon::show(ui, context, place, self.part) {
                self.part = if self.part == Some(part) { None } else { Some(part) };
            }
        }
        self.caption(ui, context);
        let mean = |tag: usize| match parts {
            Some(parts) => SongPart::mean_of(parts, tag),
            None => context.history.song_average().mean(tag),
        };
        let groups = context.groups.all().iter().enumerate();
        let mut means: Vec<(usize, f32)> = groups
            .filter_map(|(group, all)| Some((group, all.tags.iter().filter_map(|&tag| mean(tag)).reduce(f32::max)?)))
            .collect();
        if means.is_empty() || !context.has_history() {
            ui.label(RichText::new("No results for this song yet.").color(context.palette.weak));
            return;
        }
        means.sort_by(|a, b| b.1.total_cmp(&a.1));
        let mut size = ui.available_size();
        let curve = CURVE_HEIGHT * context.scale;
        let has_curve = size.y > curve * 5.0 && tempo_curve::has_content(context);
        size.y -= if has_curve { curve + 8.0 } else { 0.0 };
        let (place, _) = ui.allocate_exact_size(size, Sense::hover());
        let plan = BarLayout::new(place.size(), means.len(), context.scale);
        let groups = context.groups;
        let rows: Vec<BarRow<'_>> = means
            .iter()
            .take(plan.rows)
            .enumerate()
            .map(|(rank, &(group, value))| BarRow {
                tag: group,
                name: groups.name(group),
                pins: groups.labels_of(group).collect(),
                written: None,
                value,
                active: rank < MAX_HIGHLIGHTED,
                ink: context.palette.family(groups.all()[group].family),
            })
            .collect();
        self.bars.show(ui, context, place, plan, &rows, groups.all().len());
        if has_curve {
            let (place, _) = ui.allocate_exact_size(vec2(size.x, curve), Sense::hover());
            tempo_curve::show(ui, context, place);
        }
    }

    /// Returns the parts within the chosen range; none for the whole song.
    fn parts<'a>(&mut self, context: &FrameContext<'a>) -> Option<&'a [SongPart]> {
        let [begin_s, end_s] = self.part?;
        let all = context.history.song_parts();
        let from = all.partition_point(|part| part.begin_s < begin_s);
        let until = all.partition_point(|part| part.begin_s < end_s);
        if from >= until {
            // The parts are those of another song.
            self.part = None;
            return None;
        }
        Some(&all[from..until])
    }

    /// Draws the averaged range.
    fn caption(&mut self, ui: &mut Ui, context: &FrameContext<'_>) {
        let palette = context.palette;
        let song = context.history.song_average();
        ui.horizontal_wrapped(|ui| {
            let begin_s = context.history.song_parts().first().map_or(0.0, |part| part.begin_s);
            let text = match self.part {
                Some(part) => {
                    let [from, until] = part.map(|display_s| clock(display_s - begin_s, false));
                    format!("Average from {from} to {until}")
                }
                None => {
                    let tempo = song.bpm().map(|bpm| format!(", mostly {bpm:.0} BPM")).unwrap_or_default();
                    format!("Average of the song: {} analyzed{tempo}", clock(song.duration_s(), false))
                }
            };
            ui.label(RichText::new(text).color(palette.text)).on_hover_text("Silence does not count.");
            if self.part.is_some() && ui.small_button("Whole song").clicked() {
                self.part = None;
            }
        });
    }
}

fn buttons(ui: &mut Ui, context: &mut FrameContext<'_>) {
    ui.horizontal_wrapped(|ui| {
        for (text, help, command) in [
            ("New song", "Restart ribbon and average", Command::NewSong),
            ("Copy", "Copy the timeline to the clipboard", Command::CopyTimeline),
            ("Save JSON", "Save the timeline as JSON", Command::ExportTimeline(ExportFormat::Json)),
            ("Save CSV", "Save the timeline as CSV", Command::ExportTimeline(ExportFormat::Csv)),
        ] {
            if ui.button(text).on_hover_text(help).clicked() {
                context.send(command);
            }
        }
    });
}
