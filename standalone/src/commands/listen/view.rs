//! Live view on a terminal: source, tempo, the strongest tags, level and counters.

use std::time::Duration;

use earmark_capture::input::InputState;
use earmark_session::{AnalysisStatus, InstanceSnapshot, LatestResults};
use ratatui::crossterm::event::{self, Event, KeyCode, KeyEventKind, KeyModifiers};
use ratatui::layout::{Constraint, Layout, Rect};
use ratatui::style::{Color, Style, Stylize};
use ratatui::text::{Line, Span};
use ratatui::widgets::{Gauge, Paragraph};
use ratatui::{DefaultTerminal, Frame};

use crate::live_session::{LiveSession, Source};

const ACCENT: Color = Color::Rgb(0x4f, 0xc3, 0xbe);
const ATTENTION: Color = Color::Rgb(0xf2, 0xa9, 0x3b);
const DIM: Color = Color::DarkGray;
/// Mark of results from before a jump or a change of models.
const OLDER: &str = "(older, before the last change)";

/// Live view on a terminal, which is restored when the view is dropped.
pub(super) struct TerminalView {
    terminal: DefaultTerminal,
}

impl TerminalView {
    /// Creates a view and takes over the terminal.
    pub(super) fn new() -> Self {
        Self { terminal: ratatui::init() }
    }

    /// Draws the current state. Returns true if the user quits.
    pub(super) fn show(&mut self, live: &LiveSession, snapshot: Option<&InstanceSnapshot>) -> bool {
        // An error of the terminal does not stop the analysis.
        let _ = self.terminal.draw(|frame| draw(frame, live, snapshot));
        let mut quit = false;
        while event::poll(Duration::ZERO).unwrap_or(false) {
            if let Ok(Event::Key(key)) = event::read()
                && key.kind == KeyEventKind::Press
            {
                let interrupts = key.code == KeyCode::Char('c') && key.modifiers.contains(KeyModifiers::CONTROL);
                quit |= interrupts || matches!(key.code, KeyCode::Char('q') | KeyCode::Esc);
            }
        }
        quit
    }
}

impl Drop for TerminalView {
    fn drop(&mut self) {
        ratatui::restore();
    }
}

fn draw(frame: &mut Frame<'_>, live: &LiveSession, snapshot: Option<&InstanceSnapshot>) {
    let rows = [Constraint::Length(1), Constraint::Min(1), Constraint::Length(1)];
    let [top, middle, bottom] = Layout::vertical(rows).areas(frame.area());
    frame.render_widget(source(live), top);
    if let Some(snapshot) = snapshot {
        results(frame, middle, &snapshot.view);
    }
    frame.render_widget(counts(live, snapshot), bottom);
}

/// Draws tempo, status and tags. Stale results are dim, and named as older.
fn results(frame: &mut Frame<'_>, area: Rect, view: &LatestResults) {
    let [top, tags] = Layout::vertical([Constraint::Length(3), Constraint::Min(1)]).areas(area);
    frame.render_widget(tempo(view), top);
    bars(frame, tags, view);
}

fn source(live: &LiveSession) -> Paragraph<'static> {
    let line = match live.source() {
        Source::Input(supervisor) => match supervisor.status().state {
            InputState::Running { device, spec } => {
                Line::from(format!("{device}, {} Hz, {} ch", spec.rate.hz(), spec.channels)).fg(DIM)
            }
            InputState::Waiting(error) => Line::from(format!("{error}. {}", error.hint())).fg(ATTENTION),
            InputState::Opening => Line::from("opening the input …").fg(DIM),
            InputState::Stopped => Line::from("stopped").fg(DIM),
        },
        Source::File(player) => {
            let playback = player.state();
            let length = playback.length_s.map(|s| format!(" of {s:.1}")).unwrap_or_default();
            Line::from(format!("{:.1}{length} s", playback.at_s)).fg(DIM)
        }
        Source::None => Line::from(""),
    };
    Paragraph::new(line)
}

fn tempo(view: &LatestResults) -> Paragraph<'static> {
    let tempo = view.tempo.as_ref().and_then(|tempo| Some((tempo.value.bpm?, tempo)));
    let first = match tempo {
        Some((bpm, tempo)) if tempo.stale => Line::from(format!("{bpm:.0} BPM  {OLDER}")).fg(DIM),
        Some((bpm, tempo)) => Line::from(vec![
            Span::from(format!("{bpm:.0} BPM")).bold(),
            Span::from(format!("  confidence {:.0} %", tempo.value.confidence * 100.0)).fg(DIM),
        ]),
        None => Line::from("– BPM").fg(DIM),
    };
    let second = match &view.status {
        AnalysisStatus::Failed(message) => Line::from(message.clone()).fg(ATTENTION),
        AnalysisStatus::Waiting => Line::from("waiting for audio").fg(DIM),
        AnalysisStatus::Listening => {
            match view.progress.iter().find(|progress| progress.buffered_s < progress.required_s) {
                Some(progress) => {
                    let (model, have, need) = (&progress.model, progress.buffered_s, progress.required_s);
                    Line::from(format!("{model}: {have:.1} of {need:.1} s buffered")).fg(DIM)
                }
                None if view.tags.as_ref().is_some_and(|tags| tags.stale) => {
                    Line::from(format!("tags {OLDER}")).fg(DIM)
                }
                None if view.tags.as_ref().is_some_and(|tags| tags.silent) => Line::from("silence").fg(DIM),
                None => Line::from(""),
            }
        }
    };
    Paragraph::new(vec![first, second])
}

fn bars(frame: &mut Frame<'_>, area: Rect, view: &LatestResults) {
    let Some(tags) = &view.tags else { return };
    let values = &tags.value;
    let mut order: Vec<usize> = (0..values.smoothed.len()).collect();
    order.sort_by(|&a, &b| values.smoothed[b].total_cmp(&values.smoothed[a]));
    for (row, tag) in (0..area.height).zip(order) {
        let line = Rect { y: area.y + row, height: 1, ..area };
        let [name, bar] = Layout::horizontal([Constraint::Length(22), Constraint::Min(4)]).areas(line);
        let active = !tags.stale && values.active.get(tag).copied().unwrap_or(false);
        let ink = if active { ACCENT } else { DIM };
        let label = tags.card.labels.get(tag).cloned().unwrap_or_default();
        frame.render_widget(Paragraph::new(label).style(Style::new().fg(ink)), name);
        let value = f64::from(values.smoothed[tag]).clamp(0.0, 1.0);
        frame.render_widget(Gauge::default().ratio(value).label(format!("{value:.2}")).gauge_style(ink), bar);
    }
}

fn counts(live: &LiveSession, snapshot: Option<&InstanceSnapshot>) -> Paragraph<'static> {
    let Some(snapshot) = snapshot else { return Paragraph::new("q quit") };
    let dbfs = 20.0 * snapshot.level.rms.max(1e-6).log10();
    let age = snapshot.view.tags.as_ref().map_or(String::new(), |tags| {
        format!("  {:.1} updates/s, age {:.2} s", tags.rate_hz, (snapshot.source_s - tags.end_s).max(0.0))
    });
    let (dropped, overruns, skipped) = (snapshot.counters.dropped, live.input_stats.overruns(), snapshot.view.skipped);
    let text = format!(
        "{:.1} s  {dbfs:>4.0} dBFS{age}  dropped {dropped}, overruns {overruns}, skipped {skipped}  q quit",
        snapshot.source_s
    );
    Paragraph::new(text).style(Style::new().fg(DIM))
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use earmark_models::Registry;
    use earmark_session::{LabelValues, LatestPrediction, TempoEstimate};
    use ratatui::Terminal;
    use ratatui::backend::TestBackend;
    use ratatui::buffer::Buffer;

    use super::*;

    /// Returns a prediction of the first built-in model.
    fn prediction<T>(value: T) -> LatestPrediction<T> {
        let card = Arc::new(Registry::global().builtin()[0].clone());
        LatestPrediction { card, start_s: 1.0, end_s: 4.0, silent: false, stale: false, rate_hz: 10.0, value }
    }

    fn drawn(view: &LatestResults) -> Buffer {
        let mut terminal = Terminal::new(TestBackend::new(60, 8)).unwrap();
        terminal.draw(|frame| results(frame, frame.area(), view)).unwrap();
        terminal.backend().buffer().clone()
    }

    fn text(buffer: &Buffer) -> String {
        buffer.content().iter().map(ratatui::buffer::Cell::symbol).collect()
    }

    #[test]
    fn stale_results_are_dim_and_named_as_older() {
        let mut smoothed = vec![0.0; 50];
        smoothed[0] = 0.9;
        let tags =
            LabelValues { active: smoothed.iter().map(|&value| value > 0.3).collect(), latest: Vec::new(), smoothed };
        let tempo = TempoEstimate { bpm: Some(120.0), confidence: 0.8, ..TempoEstimate::default() };
        let mut view = LatestResults {
            status: AnalysisStatus::Listening,
            tags: Some(prediction(tags)),
            tempo: Some(prediction(tempo)),
            ..LatestResults::default()
        };
        let has_accent = |buffer: &Buffer| buffer.content().iter().any(|cell| cell.fg == ACCENT || cell.bg == ACCENT);
        let current = drawn(&view);
        assert!(has_accent(&current) && text(&current).contains("120 BPM  confidence 80 %"), "{}", text(&current));
        assert!(!text(&current).contains(OLDER));
        view.mark_stale();
        let stale = drawn(&view);
        assert!(!has_accent(&stale));
        for expected in [format!("120 BPM  {OLDER}"), format!("tags {OLDER}")] {
            assert!(text(&stale).contains(&expected), "{expected}: {}", text(&stale));
        }
    }
}
