//! Pictures of a feeder with its zones: as text for a terminal and as SVG for a report.
//!
//! Buses are laid out by how many branches lie between them and the substation (to the right) and
//! by lane (downwards): at each fork the deepest branch goes straight on, every other one opens a
//! lane of its own.

use crate::feeder::Feeder;
use crate::partition::Partition;
use domain::ZoneId;
use std::fmt::Write;

/// Fill colours by zone, repeated when there are more zones.
const COLOURS: [&str; 10] = [
    "#4e79a7", "#f28e2b", "#59a14f", "#e15759", "#76b7b2", "#edc948", "#b07aa1", "#ff9da7",
    "#9c755f", "#bab0ac",
];

/// Column and lane of every bus, in the feeder's order: the substation is in column 0 and lane 0.
pub fn places(feeder: &Feeder) -> Vec<(usize, usize)> {
    let n = feeder.buses().len();
    let mut children = vec![Vec::new(); n];
    let mut height = vec![0; n];
    for &bus in feeder.outwards().iter().rev() {
        if let Some(above) = feeder.feeding_bus(bus) {
            children[above].insert(0, bus);
            height[above] = height[above].max(height[bus] + 1);
        }
    }
    let straight_on = |bus: usize| {
        children[bus]
            .iter()
            .copied()
            .reduce(|a: usize, b| if height[b] > height[a] { b } else { a })
    };
    let mut place = vec![(0, 0); n];
    let mut laterals = vec![(feeder.slack(), 0)];
    let mut lane = 0;
    // The lateral of the farthest fork comes first, with all of its own, so that no line crosses
    // another.
    while let Some((first, column)) = laterals.pop() {
        let line = std::iter::successors(Some(first), |&bus| straight_on(bus));
        for (along, bus) in line.enumerate() {
            place[bus] = (column + along, lane);
            let aside = children[bus].iter().filter(|&&c| Some(c) != straight_on(bus));
            laterals.extend(aside.map(|&c| (c, column + along + 1)));
        }
        lane += 1;
    }
    place
}

/// The feeder as text: every bus as `number.zone`, laterals hanging below the bus that feeds them.
pub fn text_picture(feeder: &Feeder, partition: &Partition) -> String {
    const CELL: usize = 6;
    let place = places(feeder);
    let columns = place.iter().map(|p| p.0).max().unwrap_or(0) + 1;
    let lanes = place.iter().map(|p| p.1).max().unwrap_or(0) + 1;
    let mut canvas = vec![vec![b' '; columns * CELL]; lanes];
    for (bus, &(column, lane)) in place.iter().enumerate() {
        if let Some(above) = feeder.feeding_bus(bus) {
            let (from_column, from_lane) = place[above];
            for row in canvas.iter_mut().take(lane).skip(from_lane + 1) {
                let at = &mut row[from_column * CELL + 1];
                if *at == b' ' {
                    *at = b'|';
                }
            }
            let start = from_column * CELL + 1;
            for at in &mut canvas[lane][start..column * CELL] {
                if *at == b' ' {
                    *at = b'-';
                }
            }
            if from_lane != lane {
                canvas[lane][start] = b'\\';
            }
        }
        let label = format!("{}.{}", feeder.buses()[bus].id, partition.zone_of[bus]);
        for (at, byte) in canvas[lane][column * CELL..].iter_mut().zip(label.bytes()) {
            *at = byte;
        }
    }
    let mut text = String::new();
    for row in canvas {
        text.push_str(String::from_utf8_lossy(&row).trim_end());
        text.push('\n');
    }
    text
}

/// The feeder as a stand-alone SVG image: zones by colour, branches between zones dashed, the
/// substation a square.
pub fn svg_picture(feeder: &Feeder, partition: &Partition) -> String {
    const STEP: usize = 56;
    let place = places(feeder);
    let at = |bus: usize| (place[bus].0 * STEP + STEP / 2, place[bus].1 * STEP + STEP / 2);
    let width = (place.iter().map(|p| p.0).max().unwrap_or(0) + 1) * STEP;
    let lanes = place.iter().map(|p| p.1).max().unwrap_or(0) + 1;
    let height = lanes * STEP + 28;
    let mut svg = format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {width} {height}\" font-family=\"sans-serif\">\n"
    );
    // Writing into a String cannot fail.
    for bus in 0..place.len() {
        if let Some(above) = feeder.feeding_bus(bus) {
            let ((x1, y1), (x2, y2)) = (at(above), at(bus));
            let between = partition.zone_of[above] != partition.zone_of[bus];
            let dash = if between { " stroke-dasharray=\"5 4\"" } else { "" };
            let _ = writeln!(
                svg,
                "<path d=\"M{x1} {y1}V{y2}H{x2}\" fill=\"none\" stroke=\"#555\" stroke-width=\"2\"{dash}/>"
            );
        }
    }
    for (bus, spec) in feeder.buses().iter().enumerate() {
        let (x, y) = at(bus);
        let _ = if bus == feeder.slack() {
            writeln!(
                svg,
                "<rect x=\"{}\" y=\"{}\" width=\"28\" height=\"28\" fill=\"#222\"/>",
                x - 14,
                y - 14
            )
        } else {
            writeln!(
                svg,
                "<circle cx=\"{x}\" cy=\"{y}\" r=\"15\" fill=\"{}\"/>",
                colour(partition.zone_of[bus])
            )
        };
        let _ = writeln!(
            svg,
            "<text x=\"{x}\" y=\"{}\" font-size=\"13\" text-anchor=\"middle\" fill=\"#fff\">{}</text>",
            y + 5,
            spec.id
        );
    }
    for (k, zone) in partition.zones.iter().enumerate() {
        let x = k * 118 + 10;
        let y = lanes * STEP;
        let _ = writeln!(
            svg,
            "<rect x=\"{x}\" y=\"{y}\" width=\"14\" height=\"14\" fill=\"{}\"/><text x=\"{}\" y=\"{}\" font-size=\"13\">zone {}: {} buses</text>",
            colour(ZoneId(k as u16 + 1)),
            x + 19,
            y + 12,
            k + 1,
            zone.len()
        );
    }
    svg.push_str("</svg>\n");
    svg
}

fn colour(zone: ZoneId) -> &'static str {
    COLOURS[(zone.0 as usize + COLOURS.len() - 1) % COLOURS.len()]
}
