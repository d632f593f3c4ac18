//! Plots of figures, as SVG.

use std::ops::Range;
use std::path::Path;

use plotters::prelude::*;

use crate::arrays::Fault;

/// Width and height in pixels.
const SIZE_PX: (u32, u32) = (720, 420);
/// Colours of the lines, in order; distinguishable with colour blindness.
const COLOURS: [RGBColor; 4] =
    [RGBColor(0, 114, 178), RGBColor(213, 94, 0), RGBColor(0, 158, 115), RGBColor(120, 120, 120)];

/// Line of a plot.
pub struct Line<'a> {
    /// Name in the legend.
    pub name: &'a str,
    /// Points from left to right.
    pub points: Vec<(f64, f64)>,
}

/// Texts of a plot.
pub struct Words<'a> {
    /// Title above the plot.
    pub title: &'a str,
    /// Label of the horizontal axis.
    pub x: &'a str,
    /// Label of the vertical axis.
    pub y: &'a str,
}

/// Draws lines over an axis of numbers, with a mark at every point if there are few.
///
/// # Errors
/// When the file cannot be written.
pub fn lines(path: &Path, words: &Words<'_>, lines: &[Line<'_>]) -> Result<(), Fault> {
    let x = range(lines.iter().flat_map(|line| line.points.iter().map(|point| point.0)));
    let y = range(lines.iter().flat_map(|line| line.points.iter().map(|point| point.1)));
    let root = SVGBackend::new(path, SIZE_PX).into_drawing_area();
    root.fill(&WHITE).map_err(|error| error.to_string())?;
    let mut chart = ChartBuilder::on(&root)
        .caption(words.title, ("sans-serif", 20))
        .margin(12)
        .x_label_area_size(40)
        .y_label_area_size(60)
        .build_cartesian_2d(x, 0.0..y.end * 1.05)
        .map_err(|error| error.to_string())?;
    chart
        .configure_mesh()
        .max_light_lines(1)
        .x_desc(words.x)
        .y_desc(words.y)
        .draw()
        .map_err(|error| error.to_string())?;
    for (line, ink) in lines.iter().zip(COLOURS.into_iter().cycle()) {
        let series = LineSeries::new(line.points.iter().copied(), ink.stroke_width(2));
        let series = series.point_size(if line.points.len() < 30 { 3 } else { 0 });
        chart
            .draw_series(series)
            .map_err(|error| error.to_string())?
            .label(line.name)
            .legend(move |(x, y)| PathElement::new(vec![(x, y), (x + 18, y)], ink.stroke_width(2)));
    }
    chart
        .configure_series_labels()
        .position(SeriesLabelPosition::LowerRight)
        .background_style(WHITE.mix(0.8))
        .draw()
        .map_err(|error| error.to_string())?;
    root.present().map_err(|error| error.to_string())?;
    Ok(())
}

/// Returns the range from the smallest to the largest value.
fn range(values: impl Iterator<Item = f64>) -> Range<f64> {
    let all = values.fold(f64::INFINITY..f64::NEG_INFINITY, |all, value| all.start.min(value)..all.end.max(value));
    if all.start < all.end { all } else { 0.0..1.0 }
}
