//! The section that sums up: the average of this song so far.

use egui::{RichText, Sense, Ui};

use crate::bars::{Bars, Plan, Shown};
use crate::frame_context::FrameContext;
use crate::widgets::clock;
use crate::{Command, ExportFormat};

/// The section and what it remembers from frame to frame.
#[derive(Debug, Default)]
pub(crate) struct SongPage {
    bars: Bars,
}

impl SongPage {
    pub(crate) fn show(&mut self, ui: &mut Ui, context: &mut FrameContext<'_>) {
        let palette = context.palette;
        let song = context.history.song();
        ui.horizontal_wrapped(|ui| {
            let heard = format!("{} of music heard", clock(song.heard_s(), false));
            let tempo = song.bpm().map(|bpm| format!(", mostly {bpm:.0} BPM")).unwrap_or_default();
            ui.label(RichText::new(format!("{heard}{tempo}")).color(palette.text))
                .on_hover_text(format!("The mean of {} predictions; silence does not count", song.rows()));
        });
        ui.horizontal_wrapped(|ui| {
            for (text, help, command) in [
                ("New song", "Start the average anew (N)", Command::NewSong),
                ("Copy", "Copy the time line to the clipboard (C)", Command::CopyTimeline),
                ("Save JSON", "Save the time line as JSON (J)", Command::ExportTimeline(ExportFormat::Json)),
                ("Save CSV", "Save the time line as a table", Command::ExportTimeline(ExportFormat::Csv)),
            ] {
                if ui.button(text).on_hover_text(help).clicked() {
                    context.ask(command);
                }
            }
        });
        ui.add_space(4.0);
        let labels = context.history.labels().clone();
        let mut means: Vec<(usize, f32)> =
            (0..labels.len()).filter_map(|tag| song.mean(tag).map(|mean| (tag, mean))).collect();
        if means.is_empty() {
            ui.label(RichText::new("Nothing was heard of this song yet.").color(palette.weak));
            return;
        }
        means.sort_by(|a, b| b.1.total_cmp(&a.1));
        let (place, _) = ui.allocate_exact_size(ui.available_size(), Sense::hover());
        let plan = Plan::new(place.size(), None, means.len());
        let rows: Vec<Shown<'_>> = means
            .iter()
            .take(plan.rows)
            .enumerate()
            .map(|(rank, &(tag, value))| Shown {
                threshold: None,
                tag,
                name: &labels[tag],
                written: None,
                value,
                raw: None,
                // The first three are what one would call the song.
                lit: rank < 3,
                fresh: true,
            })
            .collect();
        self.bars.show(ui, context, place, plan, &rows, labels.len());
    }
}
