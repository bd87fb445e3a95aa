//! Draws a chart, as SVG text or as pixels of a PNG file, by the same strokes.

use super::layout::{LEGEND_LINE, Layout, MOST_LETTERS, WIDTH, entry_width, legend_lines};
use super::{Axis, Chart, Mark, Ribbon, Shape};
use crate::ReportError;
use plotters::coord::Shift;
use plotters::prelude::*;
use plotters::style::text_anchor::{HPos, Pos, VPos};
use plotters::style::{FontStyle, register_font};
use std::path::Path;
use std::sync::Once;

/// Size of letters \[px\].
const LETTERS: i32 = 13;

type Area<'a, B> = DrawingArea<B, Shift>;
type Drawn<B> = Result<(), DrawingAreaErrorKind<<B as DrawingBackend>::ErrorType>>;

/// Room of the title above a picture that stands by itself \[px\].
const TITLE: u32 = 30;

/// The chart as the text of an SVG picture, without a background and without its title.
///
/// # Errors
/// [`ReportError::Drawing`] if the library refuses.
pub fn svg(chart: &Chart) -> Result<String, ReportError> {
    letters();
    let mut text = String::new();
    {
        let area = SVGBackend::with_string(&mut text, (WIDTH, chart.height)).into_drawing_area();
        draw(chart, &area).map_err(ReportError::drawing)?;
        area.present().map_err(ReportError::drawing)?;
    }
    Ok(text)
}

/// The chart with its title as the text of an SVG picture on white.
///
/// # Errors
/// [`ReportError::Drawing`] if the library refuses.
pub fn titled_svg(chart: &Chart) -> Result<String, ReportError> {
    letters();
    let mut text = String::new();
    {
        let size = (WIDTH, chart.height + TITLE);
        let area = SVGBackend::with_string(&mut text, size).into_drawing_area();
        titled(chart, &area).map_err(ReportError::drawing)?;
        area.present().map_err(ReportError::drawing)?;
    }
    Ok(text)
}

/// Writes the chart with its title as a PNG picture on white.
///
/// # Errors
/// [`ReportError::Drawing`] if the library refuses or the file cannot be written.
pub fn png(chart: &Chart, path: &Path) -> Result<(), ReportError> {
    letters();
    let area = BitMapBackend::new(path, (WIDTH, chart.height + TITLE)).into_drawing_area();
    titled(chart, &area).map_err(ReportError::drawing)?;
    area.present().map_err(ReportError::drawing)
}

/// The chart below its title, on white.
fn titled<B: DrawingBackend>(chart: &Chart, area: &Area<'_, B>) -> Drawn<B> {
    area.fill(&WHITE)?;
    let style = TextStyle::from(("sans-serif", LETTERS + 4).into_font()).color(&BLACK);
    area.draw(&Text::new(chart.title.clone(), (16, 8), style))?;
    draw(chart, &area.margin(TITLE, 0, 0, 0))
}

/// Registers the letters by which text is measured and drawn: a machine may have none.
fn letters() {
    static ONCE: Once = Once::new();
    ONCE.call_once(|| {
        // It can only refuse a damaged font; the crate's own is not.
        let _ = register_font("sans-serif", FontStyle::Normal, epaint_default_fonts::UBUNTU_LIGHT);
    });
}

fn draw<B: DrawingBackend>(chart: &Chart, area: &Area<'_, B>) -> Drawn<B> {
    let layout = Layout::of(chart);
    grid(chart, &layout, area)?;
    for mark in &chart.marks {
        shape(mark, &layout, area)?;
    }
    titles(chart, &layout, area)?;
    legend(chart, area)
}

fn write<B: DrawingBackend>(
    area: &Area<'_, B>,
    text: &str,
    at: (i32, i32),
    (h, v): (HPos, VPos),
) -> Drawn<B> {
    let style =
        TextStyle::from(("sans-serif", LETTERS).into_font()).color(&BLACK).pos(Pos::new(h, v));
    area.draw(&Text::new(text.to_owned(), at, style))
}

/// Ticks with their words and thin lines across the plot.
fn grid<B: DrawingBackend>(chart: &Chart, layout: &Layout, area: &Area<'_, B>) -> Drawn<B> {
    let [left, right, top, bottom] = layout.edges;
    let [x_low, x_high, y_low, y_high] = layout.values;
    let thin = RGBColor(128, 128, 128).mix(0.25).stroke_width(1);
    let names = |axis: &Axis| matches!(axis, Axis::Names { .. });
    for (tick, text) in chart.y.ticks(y_low, y_high) {
        let (_, y) = layout.at(x_low, tick);
        if !names(&chart.y) {
            area.draw(&PathElement::new(vec![(left, y), (right, y)], thin))?;
        }
        write(area, &shortened(&text, MOST_LETTERS), (left - 6, y), (HPos::Right, VPos::Center))?;
    }
    for (tick, text) in chart.x.ticks(x_low, x_high) {
        let (x, _) = layout.at(tick, y_low);
        if !names(&chart.x) {
            area.draw(&PathElement::new(vec![(x, top), (x, bottom)], thin))?;
        }
        write(area, &text, (x, bottom + 6), (HPos::Center, VPos::Top))?;
    }
    Ok(())
}

fn titles<B: DrawingBackend>(chart: &Chart, layout: &Layout, area: &Area<'_, B>) -> Drawn<B> {
    let [left, right, top, bottom] = layout.edges;
    if chart.x != Axis::None {
        let frame = BLACK.stroke_width(1);
        area.draw(&PathElement::new(vec![(left, top), (left, bottom), (right, bottom)], frame))?;
        let middle = (i32::midpoint(left, right), bottom + 28);
        write(area, chart.x.label(), middle, (HPos::Center, VPos::Top))?;
    }
    if chart.y.label().is_empty() {
        return Ok(());
    }
    let style = TextStyle::from(("sans-serif", LETTERS).into_font())
        .color(&BLACK)
        .pos(Pos::new(HPos::Center, VPos::Top))
        .transform(FontTransform::Rotate270);
    let at = (2, i32::midpoint(top, bottom));
    area.draw(&Text::new(chart.y.label().to_owned(), at, style))
}

fn legend<B: DrawingBackend>(chart: &Chart, area: &Area<'_, B>) -> Drawn<B> {
    for (line, marks) in legend_lines(chart).into_iter().enumerate() {
        let y = 12 + line as i32 * LEGEND_LINE;
        let mut x = 20;
        for mark in marks.into_iter().map(|i| &chart.marks[i]) {
            sample(mark, (x, y), area)?;
            write(area, &mark.name, (x + 24, y), (HPos::Left, VPos::Center))?;
            x += entry_width(&mark.name);
        }
    }
    Ok(())
}

/// A mark as the legend shows it.
fn sample<B: DrawingBackend>(mark: &Mark, (x, y): (i32, i32), area: &Area<'_, B>) -> Drawn<B> {
    let colour = rgb(mark);
    let line = |from: i32, to: i32| {
        PathElement::new(vec![(x + from, y), (x + to, y)], colour.stroke_width(2))
    };
    match mark.shape {
        Shape::Line(_) | Shape::Pieces(_) | Shape::Intervals(_) => area.draw(&line(0, 18)),
        Shape::Dashes(_) => {
            area.draw(&line(0, 7))?;
            area.draw(&line(11, 18))
        }
        Shape::Dots(_) => area.draw(&Circle::new((x + 9, y), 4, colour.filled())),
        _ => area.draw(&Rectangle::new([(x + 2, y - 6), (x + 16, y + 6)], colour.filled())),
    }
}

fn shape<B: DrawingBackend>(mark: &Mark, layout: &Layout, area: &Area<'_, B>) -> Drawn<B> {
    let colour = rgb(mark);
    let at = |p: &[f64; 2]| layout.at(p[0], p[1]);
    let corners = |b: &[f64; 4]| [layout.at(b[0], b[2]), layout.at(b[1], b[3])];
    match &mark.shape {
        Shape::Line(points) => {
            for run in points.split(|p| !(p[0].is_finite() && p[1].is_finite())) {
                let run = run.iter().map(at).collect::<Vec<_>>();
                area.draw(&PathElement::new(run, colour.stroke_width(2)))?;
            }
        }
        Shape::Dashes(points) => {
            for run in points.split(|p| !(p[0].is_finite() && p[1].is_finite())) {
                for dash in dashes(&run.iter().map(at).collect::<Vec<_>>()) {
                    area.draw(&PathElement::new(dash, colour.stroke_width(2)))?;
                }
            }
        }
        Shape::Dots(points) => {
            for p in points {
                area.draw(&Circle::new(at(p), 4, colour.filled()))?;
            }
        }
        Shape::Boxes(boxes) => {
            for b in boxes {
                area.draw(&Rectangle::new(corners(b), colour.filled()))?;
            }
        }
        Shape::Shades(shades) => {
            for (b, share) in shades.iter().filter(|(_, share)| *share > 0.0) {
                let style = colour.mix(0.08 + 0.92 * share.min(1.0)).filled();
                area.draw(&Rectangle::new(corners(b), style))?;
            }
        }
        Shape::Intervals(intervals) => {
            for ([low, middle, high], y) in intervals {
                let ends = vec![layout.at(*low, *y), layout.at(*high, *y)];
                area.draw(&PathElement::new(ends, colour.stroke_width(2)))?;
                area.draw(&Circle::new(layout.at(*middle, *y), 4, colour.filled()))?;
            }
        }
        Shape::Pieces(pieces) => {
            for (p, width) in pieces {
                let ends = vec![layout.at(p[0], p[1]), layout.at(p[2], p[3])];
                area.draw(&PathElement::new(ends, colour.stroke_width(*width)))?;
            }
        }
        Shape::Words(words) => {
            for (p, text) in words {
                write(area, text, at(p), (HPos::Center, VPos::Center))?;
            }
        }
        Shape::Labels(labels) => {
            for (p, text) in labels {
                write(area, text, at(p), (HPos::Left, VPos::Center))?;
            }
        }
        Shape::Ribbons(ribbons) => {
            for ribbon in ribbons {
                let edge = outline(ribbon).iter().map(at).collect::<Vec<_>>();
                area.draw(&Polygon::new(edge, colour.mix(0.4).filled()))?;
            }
        }
    }
    Ok(())
}

/// The edge of a band: it leaves and arrives level.
fn outline(ribbon: &Ribbon) -> Vec<[f64; 2]> {
    const STEPS: usize = 24;
    let along = |s: f64, edge: usize| {
        let (from, to) = (ribbon.from, ribbon.to);
        let bent = s * s * (3.0 - 2.0 * s);
        [from[0] + s * (to[0] - from[0]), from[edge] + bent * (to[edge] - from[edge])]
    };
    let steps = || (0..=STEPS).map(|k| k as f64 / STEPS as f64);
    let upper = steps().map(|s| along(s, 2));
    upper.chain(steps().rev().map(|s| along(s, 1))).collect()
}

/// Cuts a path into dashes of 7 and gaps of 4 pixels.
fn dashes(path: &[(i32, i32)]) -> Vec<Vec<(i32, i32)>> {
    const DASH: f64 = 7.0;
    const TURN: f64 = 11.0;
    let mut dashes = Vec::new();
    let mut done = 0.0;
    for piece in path.windows(2) {
        let (a, b) = (piece[0], piece[1]);
        let length = f64::from(b.0 - a.0).hypot(f64::from(b.1 - a.1));
        let point = |s: f64| {
            let share = (s / length).clamp(0.0, 1.0);
            let along = |a: i32, b: i32| (f64::from(a) + share * f64::from(b - a)).round() as i32;
            (along(a.0, b.0), along(a.1, b.1))
        };
        let mut s = -(done % TURN);
        while s < length {
            if s + DASH > 0.0 {
                dashes.push(vec![point(s.max(0.0)), point((s + DASH).min(length))]);
            }
            s += TURN;
        }
        done += length;
    }
    dashes
}

fn rgb(mark: &Mark) -> RGBColor {
    let [r, g, b] = mark.colour.rgb();
    RGBColor(r, g, b)
}

fn shortened(text: &str, most: usize) -> String {
    if text.chars().count() <= most {
        return text.to_owned();
    }
    text.chars().take(most - 1).chain(['\u{2026}']).collect()
}
