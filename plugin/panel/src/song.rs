//! Section with the average of the current song.

use egui::{RichText, Sense, Ui};

use crate::bars::{BarLayout, BarRow, Bars};
use crate::frame_context::FrameContext;
use crate::widgets::clock;
use crate::{Command, ExportFormat};

/// Section and its state between frames.
#[derive(Debug, Default)]
pub(crate) struct SongPage {
    bars: Bars,
}

impl SongPage {
    pub(crate) fn show(&mut self, ui: &mut Ui, context: &mut FrameContext<'_>) {
        let palette = context.palette;
        let song = context.history.song_average();
        ui.horizontal_wrapped(|ui| {
            let duration = format!("{} analyzed", clock(song.duration_s(), false));
            let tempo = song.bpm().map(|bpm| format!(", mostly {bpm:.0} BPM")).unwrap_or_default();
            ui.label(RichText::new(format!("{duration}{tempo}")).color(palette.text))
                .on_hover_text(format!("Average of {} predictions, without silence", song.rows()));
        });
        ui.horizontal_wrapped(|ui| {
            for (text, help, command) in [
                ("New song", "Restart the average (N)", Command::NewSong),
                ("Copy", "Copy the timeline to the clipboard (C)", Command::CopyTimeline),
                ("Save JSON", "Save the timeline as JSON (J)", Command::ExportTimeline(ExportFormat::Json)),
                ("Save CSV", "Save the timeline as CSV", Command::ExportTimeline(ExportFormat::Csv)),
            ] {
                if ui.button(text).on_hover_text(help).clicked() {
                    context.send(command);
                }
            }
        });
        ui.add_space(4.0);
        let labels = context.history.labels().clone();
        let mut means: Vec<(usize, f32)> =
            (0..labels.len()).filter_map(|tag| song.mean(tag).map(|mean| (tag, mean))).collect();
        if means.is_empty() {
            ui.label(RichText::new("No results for this song yet.").color(palette.weak));
            return;
        }
        means.sort_by(|a, b| b.1.total_cmp(&a.1));
        let (place, _) = ui.allocate_exact_size(ui.available_size(), Sense::hover());
        let plan = BarLayout::new(place.size(), None, means.len());
        let rows: Vec<BarRow<'_>> = means
            .iter()
            .take(plan.rows)
            .enumerate()
            .map(|(rank, &(tag, value))| BarRow {
                threshold: None,
                tag,
                name: &labels[tag],
                written: None,
                value,
                raw: None,
                // The three highest means are highlighted.
                active: rank < 3,
                fresh: true,
            })
            .collect();
        self.bars.show(ui, context, place, plan, &rows, labels.len());
    }
}
