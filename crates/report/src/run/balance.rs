//! Where the power came from, and what it was for.

use super::periods::Periods;
use crate::chart::{Axis, Chart, Colour, Mark, Shape};
use crate::{ReportError, Source};

/// The power balance by source, stacked; load and charging as lines.
pub(super) fn power_balance(source: &Source) -> Result<Chart, ReportError> {
    let p = Periods::of_run(source)?;
    let column = |name: &str| p.column(name);
    let positive = |x: Vec<f64>, sign: f64| x.into_iter().map(|v| (sign * v).max(0.0)).collect();
    let sum = |a: Vec<f64>, b: Vec<f64>| a.iter().zip(&b).map(|(a, b)| a + b).collect::<Vec<_>>();
    let sources: [(&str, Colour, Vec<f64>); 6] = [
        ("PV used", Colour::Pv, column("pv_used_kw")),
        ("wind used", Colour::Wind, column("wind_used_kw")),
        ("turbine, diesel", Colour::Fuel, sum(column("turbine_kw"), column("diesel_kw"))),
        ("battery", Colour::Battery, positive(column("battery_kw"), -1.0)),
        ("EVs, discharging", Colour::Discharge, column("ev_discharge_kw")),
        ("grid, import", Colour::Grid, positive(column("grid_kw"), 1.0)),
    ];
    let mut floor = vec![0.0; p.means.len()];
    let mut marks = Vec::new();
    for (name, colour, values) in sources {
        if values.iter().all(|v| *v == 0.0) {
            continue;
        }
        let boxes = values.iter().zip(&floor).enumerate().filter(|(_, (v, _))| **v > 0.0);
        let boxes = boxes.map(|(i, (v, low))| [p.edges[i], p.edges[i + 1], *low, low + v]);
        marks.push(Mark::new(name, colour, Shape::Boxes(boxes.collect())));
        floor.iter_mut().zip(&values).for_each(|(f, v)| *f += v);
    }
    let available = sum(column("pv_available_kw"), column("wind_available_kw"));
    if available.iter().any(|v| *v > 0.0) {
        let shape = Shape::Dashes(p.stairs(&available));
        marks.push(Mark::new("PV and wind available", Colour::Muted, shape));
    }
    let load = column("load_kw");
    let both = sum(load.clone(), column("ev_charge_kw"));
    marks.push(Mark::new("load", Colour::Ink, Shape::Line(p.stairs(&load))));
    marks.push(Mark::new("load and charging", Colour::Charge, Shape::Line(p.stairs(&both))));
    if let (Some(limit), [first, .., last]) = (source.import_limit_kw(), &p.edges[..]) {
        let line = Shape::Dashes(vec![[*first, limit], [*last, limit]]);
        marks.push(Mark::new("import limit", Colour::Alarm, line));
    }
    Ok(Chart {
        name: "power-balance",
        title: "Where the power came from, and what it was for".to_owned(),
        note: format!(
            "Stacked: power by source. Lines: base load, and base load with charging; what lies \
             above them went into the battery, to the grid or was lost. {}Means over periods, all \
             zones together.",
            if marks.iter().any(|m| m.name.starts_with("PV and wind")) {
                "The broken line is what wind and PV could have given. "
            } else {
                ""
            }
        ),
        x: Axis::Clock,
        y: Axis::numbers("power [kW]"),
        marks,
        sql: "SELECT period_start, sum(load_kw) load_kw, sum(ev_charge_kw) ev_charge_kw, \
              sum(pv_used_kw) pv_kw, sum(wind_used_kw) wind_kw, sum(turbine_kw + diesel_kw) fuel_kw, \
              sum(greatest(0, -battery_kw)) battery_kw, sum(ev_discharge_kw) ev_discharge_kw, \
              sum(greatest(0, grid_kw)) import_kw\n\
              FROM 'balance.parquet' GROUP BY period_start ORDER BY period_start"
            .to_owned(),
        height: 380,
    })
}

/// Each zone's load without and with its vehicles.
pub(super) fn zone_loads(source: &Source) -> Result<Chart, ReportError> {
    let mut marks = Vec::new();
    for (n, (zone, p)) in Periods::of_zones(source)?.into_iter().take(6).enumerate() {
        let load = p.column("load_kw");
        let vehicles = p.column("ev_charge_kw").into_iter().zip(p.column("ev_discharge_kw"));
        let with: Vec<f64> = load.iter().zip(vehicles).map(|(l, (c, d))| l + c - d).collect();
        let name = format!("zone {zone}");
        let colour = Colour::nth(n);
        marks.push(Mark::new(format!("{name}, load"), colour, Shape::Dashes(p.stairs(&load))));
        marks.push(Mark::new(format!("{name}, with EVs"), colour, Shape::Line(p.stairs(&with))));
    }
    Ok(Chart {
        name: "zone-loads",
        title: "Each area's load without and with its vehicles".to_owned(),
        note:
            "Broken: base load. Full: base load with charging less discharging. At most six zones."
                .to_owned(),
        x: Axis::Clock,
        y: Axis::numbers("power [kW]"),
        marks,
        sql: "SELECT zone_id, period_start, load_kw, load_kw + ev_charge_kw - ev_discharge_kw AS \
              with_evs_kw FROM 'balance.parquet' ORDER BY ALL"
            .to_owned(),
        height: 380,
    })
}

/// What the operator asked of the zones, and what came.
pub(super) fn targets(source: &Source) -> Result<Chart, ReportError> {
    let p = Periods::of_run(source)?;
    let (target, delivered) = (p.column("target_p_kw"), p.column("delivered_p_kw"));
    let marks = if target.iter().all(|v| *v == 0.0) {
        Vec::new()
    } else {
        let over = target.iter().zip(&delivered).enumerate().filter(|(_, (t, d))| **d > **t + 5.0);
        let over = over.map(|(i, (t, d))| [p.edges[i], p.edges[i + 1], *t, *d]).collect();
        vec![
            Mark::new("more than asked", Colour::Alarm, Shape::Boxes(over)),
            Mark::new("target", Colour::Ink, Shape::Dashes(p.stairs(&target))),
            Mark::new("delivered", Colour::Grid, Shape::Line(p.stairs(&delivered))),
        ]
    };
    Ok(Chart {
        name: "targets",
        title: "What the operator asked of the zones, and what came".to_owned(),
        note:
            "Net consumption of all zones together: the targets and what was metered. Zones that \
               miss in opposite directions cancel here; the SQL gives each of them."
                .to_owned(),
        x: Axis::Clock,
        y: Axis::numbers("net consumption [kW]"),
        marks,
        sql: "SELECT zone_id, period_start, target_p_kw, delivered_p_kw FROM 'balance.parquet' \
              WHERE target_p_kw IS NOT NULL ORDER BY ALL"
            .to_owned(),
        height: 320,
    })
}

/// What each zone was asked for, and what came of it.
pub(super) fn zone_targets(source: &Source) -> Result<Chart, ReportError> {
    let mut zones = Vec::new();
    for (zone, p) in Periods::of_zones(source)? {
        let (target, delivered) = (p.column("target_p_kw"), p.column("delivered_p_kw"));
        if target.iter().any(|v| *v != 0.0) {
            let over = |(t, d): (&f64, &f64)| (d - t).max(0.0);
            let missed: f64 = target.iter().zip(&delivered).map(over).sum();
            zones.push((missed, zone, p, target, delivered));
        }
    }
    // Those that missed most are looked at first.
    zones.sort_by(|a, b| b.0.total_cmp(&a.0).then(a.1.cmp(&b.1)));
    zones.truncate(6);
    // Each zone has the colour that it has in the other pictures.
    zones.sort_by_key(|z| z.1);
    let mut marks = Vec::new();
    for (n, (_, zone, p, target, delivered)) in zones.iter().enumerate() {
        let (name, colour) = (format!("zone {zone}"), Colour::nth(n));
        let (target, delivered) = (p.stairs(target), p.stairs(delivered));
        marks.push(Mark::new(format!("{name}, target"), colour, Shape::Dashes(target)));
        marks.push(Mark::new(format!("{name}, delivered"), colour, Shape::Line(delivered)));
    }
    Ok(Chart {
        name: "zone-targets",
        title: "Each zone's target, and what it delivered".to_owned(),
        note: "Net consumption by zone. Broken: the target. Full: what was metered. At most six \
               zones, those that went beyond their targets most."
            .to_owned(),
        x: Axis::Clock,
        y: Axis::numbers("net consumption [kW]"),
        marks,
        sql: "SELECT zone_id, period_start, target_p_kw, delivered_p_kw FROM 'balance.parquet' \
              WHERE target_p_kw IS NOT NULL ORDER BY ALL"
            .to_owned(),
        height: 380,
    })
}
