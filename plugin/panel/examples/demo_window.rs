//! Shows the panel in a window, with made-up results.
//!
//! `cargo run -p earmark-panel --example demo_window -- [SCENE] [WIDTH] [HEIGHT] [light] [SECONDS]`. Scenes are `now`,
//! `mood`, `song`, `descriptors`, `setup`, `tags`, `display`, `outputs`, `diagnostics`, `jump`, `start`, `overload`,
//! `silence`, `quiet`, `locked` and `stage`. The window closes after the seconds, if they are given.

mod demo;

use std::error::Error;
use std::time::Duration;

use demo::Demo;
use earmark_panel::{Command, PanelLayout, Theme};
use eframe::egui::{CentralPanel, Frame, Ui, ViewportBuilder, ViewportCommand};

/// Window with a panel.
struct DemoWindow {
    demo: Demo,
    /// Time after which the window closes, in seconds.
    duration_s: Option<f64>,
}

impl eframe::App for DemoWindow {
    fn ui(&mut self, ui: &mut Ui, _: &mut eframe::Frame) {
        let now_s = ui.input(|input| input.time);
        self.demo.update(now_s);
        CentralPanel::default().frame(Frame::NONE).show(ui, |ui| {
            let Demo { panel, state, history, layout, settings, .. } = &mut self.demo;
            for command in panel.show(ui, state, history, layout, settings) {
                match command {
                    Command::NewSong => history.clear_average(),
                    Command::SetZoom(zoom) => ui.ctx().set_zoom_factor(zoom),
                    Command::SetFullScreen(on) => ui.ctx().send_viewport_cmd(ViewportCommand::Fullscreen(on)),
                    // A session handles all other commands.
                    other => println!("{other:?}"),
                }
            }
        });
        if self.duration_s.is_some_and(|duration_s| now_s > duration_s) {
            println!("closed after {} predictions", self.demo.predictions());
            ui.ctx().send_viewport_cmd(ViewportCommand::Close);
        }
        ui.ctx().request_repaint_after(Duration::from_millis(100));
    }
}

fn main() -> Result<(), Box<dyn Error>> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let numbers: Vec<f32> = arguments.iter().filter_map(|text| text.parse().ok()).collect();
    let scene = arguments.iter().find(|text| text.parse::<f32>().is_err() && *text != "light");
    let mut demo = Demo::new(scene.map_or("now", String::as_str));
    let is_light = arguments.iter().any(|text| text == "light");
    demo.layout.theme = if is_light { Theme::Light } else { Theme::Dark };
    let [width, height] = match numbers[..] {
        [width, height, ..] => [width, height],
        _ => PanelLayout::default().window,
    };
    let duration_s = if numbers.len() == 2 { None } else { numbers.last().map(|&seconds| f64::from(seconds)) };
    let viewport = ViewportBuilder::default().with_title("Panel of Earmark").with_inner_size([width, height]);
    let options = eframe::NativeOptions { viewport, ..Default::default() };
    let window = DemoWindow { demo, duration_s };
    eframe::run_native("earmark-panel", options, Box::new(move |_| Ok(Box::new(window))))?;
    Ok(())
}
