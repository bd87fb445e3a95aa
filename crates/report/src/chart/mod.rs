//! A chart as plain data: what is drawn, in which colours, and the SQL that gives its figures.
//!
//! Where it is drawn (a page, an SVG file, a PNG file) makes no difference to it.

mod axis;
mod colour;
mod draw;
mod flow;
mod layout;
mod thin;

pub use axis::Axis;
pub use colour::Colour;
pub use draw::{png, svg, titled_svg};
pub(crate) use flow::{Flow, Stop, flows};
pub use thin::thinned;

/// One drawn thing. Coordinates are those of the axes; NaN in a line is a gap.
#[derive(Clone, Debug, PartialEq)]
pub enum Shape {
    /// A line through points.
    Line(Vec<[f64; 2]>),
    /// A broken line through points, for what is wanted or would have been.
    Dashes(Vec<[f64; 2]>),
    /// Dots.
    Dots(Vec<[f64; 2]>),
    /// Filled boxes `[left, right, bottom, top]`: bars, bands, stacked areas.
    Boxes(Vec<[f64; 4]>),
    /// Boxes `[left, right, bottom, top]` whose colour deepens with a share from 0 to 1.
    Shades(Vec<([f64; 4], f64)>),
    /// Intervals `[low, middle, high]` along x at a height.
    Intervals(Vec<([f64; 3], f64)>),
    /// Straight pieces from one point to another with a width in pixels.
    Pieces(Vec<([f64; 4], u32)>),
    /// Words around a point.
    Words(Vec<([f64; 2], String)>),
    /// Words that begin at a point.
    Labels(Vec<([f64; 2], String)>),
    /// Bands that lead an amount from one place to another.
    Ribbons(Vec<Ribbon>),
}

impl Shape {
    /// How many points, boxes, pieces, words.
    pub(crate) fn len(&self) -> usize {
        match self {
            Self::Line(x) | Self::Dashes(x) | Self::Dots(x) => x.len(),
            Self::Boxes(x) => x.len(),
            Self::Shades(x) => x.len(),
            Self::Intervals(x) => x.len(),
            Self::Pieces(x) => x.len(),
            Self::Words(x) | Self::Labels(x) => x.len(),
            Self::Ribbons(x) => x.len(),
        }
    }
}

/// A band as wide as an amount.
#[derive(Clone, Debug, PartialEq)]
pub struct Ribbon {
    /// What flows, in words.
    pub name: String,
    /// How much.
    pub amount: f64,
    /// Where it begins: along x, lower and upper edge.
    pub from: [f64; 3],
    /// Where it ends.
    pub to: [f64; 3],
}

/// A drawn thing with its name in the legend (empty: not in it).
#[derive(Clone, Debug, PartialEq)]
pub struct Mark {
    /// Name in the legend.
    pub name: String,
    /// What is drawn.
    pub shape: Shape,
    /// In which colour.
    pub colour: Colour,
}

impl Mark {
    /// A mark.
    pub fn new(name: impl Into<String>, colour: Colour, shape: Shape) -> Self {
        Self { name: name.into(), shape, colour }
    }
}

/// A chart.
#[derive(Clone, Debug, PartialEq)]
pub struct Chart {
    /// Name for files and the command line, `power-balance`.
    pub name: &'static str,
    /// What is seen, as a sentence.
    pub title: String,
    /// What to look for, for those who cannot see it too.
    pub note: String,
    /// From left to right.
    pub x: Axis,
    /// From below to above.
    pub y: Axis,
    /// Drawn in this order.
    pub marks: Vec<Mark>,
    /// SQL over the tables of the directory that gives the figures.
    pub sql: String,
    /// Height \[px\]; the width is always the same.
    pub height: u32,
}

impl Chart {
    /// Whether there is anything to be seen.
    pub fn is_empty(&self) -> bool {
        self.marks.iter().all(|m| m.shape.len() == 0)
    }

    /// The smallest box that holds all marks: `[left, right, bottom, top]`.
    fn extent(&self) -> [f64; 4] {
        let mut e = [f64::INFINITY, f64::NEG_INFINITY, f64::INFINITY, f64::NEG_INFINITY];
        let mut hold = |x: f64, y: f64| {
            if x.is_finite() {
                e = [e[0].min(x), e[1].max(x), e[2], e[3]];
            }
            if y.is_finite() {
                e = [e[0], e[1], e[2].min(y), e[3].max(y)];
            }
        };
        for mark in &self.marks {
            match &mark.shape {
                Shape::Line(p) | Shape::Dashes(p) | Shape::Dots(p) => {
                    for at in p {
                        hold(at[0], at[1]);
                    }
                }
                Shape::Boxes(b) => b.iter().for_each(|b| {
                    hold(b[0], b[2]);
                    hold(b[1], b[3]);
                }),
                Shape::Shades(b) => b.iter().for_each(|(b, _)| {
                    hold(b[0], b[2]);
                    hold(b[1], b[3]);
                }),
                Shape::Intervals(i) => i.iter().for_each(|(i, y)| {
                    hold(i[0], y - 0.6);
                    hold(i[2], y + 0.6);
                }),
                Shape::Pieces(p) => p.iter().for_each(|(p, _)| {
                    hold(p[0], p[1]);
                    hold(p[2], p[3]);
                }),
                Shape::Words(w) | Shape::Labels(w) => {
                    w.iter().for_each(|(p, _)| hold(p[0], p[1]));
                }
                Shape::Ribbons(r) => r.iter().flat_map(|r| [r.from, r.to]).for_each(|[x, a, b]| {
                    hold(x, a);
                    hold(x, b);
                }),
            }
        }
        e
    }
}
