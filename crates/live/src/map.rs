//! The network as it is: buses with their zones and voltages, branches with their currents.

use crate::series::rounded;
use domain::{BranchRow, BusId, VoltageRow, ZoneId};
use serde_json::{Value, json};
use simulation::FeederCase;
use std::collections::BTreeMap;

/// A feeder, drawn with the substation at left.
#[derive(Clone, Debug)]
pub(crate) struct Map {
    buses: Vec<Bus>,
    branches: Vec<Branch>,
    bus_at: BTreeMap<BusId, usize>,
    branch_at: BTreeMap<(BusId, BusId), usize>,
}

#[derive(Clone, Copy, Debug)]
struct Bus {
    id: BusId,
    place: (usize, usize),
    zone: ZoneId,
    limits: [f64; 2],
    v_pu: f64,
    p_kw: f64,
}

#[derive(Clone, Copy, Debug)]
struct Branch {
    ends: [usize; 2],
    rating_a: f64,
    current_a: f64,
    p_kw: f64,
}

impl Map {
    /// The network of a case, before anything flows.
    pub fn of(case: &FeederCase) -> Self {
        let feeder = &case.feeder;
        let places = grid::places(feeder);
        let zones = &case.partitions.combined.zone_of;
        let buses = feeder.buses().iter().zip(&places).zip(zones);
        let buses: Vec<Bus> = buses
            .map(|((bus, place), zone)| Bus {
                id: bus.id,
                place: *place,
                zone: *zone,
                limits: [bus.vmin.0, bus.vmax.0],
                v_pu: f64::NAN,
                p_kw: f64::NAN,
            })
            .collect();
        let fed = feeder.outwards().iter().filter_map(|&bus| {
            let branch = &feeder.branches()[feeder.feeding_branch(bus)?];
            let ends = [feeder.feeding_bus(bus)?, bus];
            let rating_a = branch.rating_a.unwrap_or(f64::NAN);
            Some(Branch { ends, rating_a, current_a: f64::NAN, p_kw: f64::NAN })
        });
        let branches: Vec<Branch> = fed.collect();
        let bus_at = buses.iter().enumerate().map(|(k, b)| (b.id, k)).collect();
        let mut branch_at = BTreeMap::new();
        for (k, branch) in branches.iter().enumerate() {
            let [a, b] = branch.ends.map(|at| buses[at].id);
            branch_at.extend([((a, b), k), ((b, a), k)]);
        }
        Self { buses, branches, bus_at, branch_at }
    }

    /// Takes the rows of a window; the last period's stay.
    pub fn take(&mut self, voltages: &[VoltageRow], branches: &[BranchRow]) {
        for row in voltages {
            if let Some(bus) = self.bus_at.get(&row.bus).map(|at| &mut self.buses[*at]) {
                (bus.v_pu, bus.p_kw) = (row.v_pu, row.p_kw);
                if row.zone != ZoneId(0) {
                    bus.zone = row.zone;
                }
            }
        }
        for row in branches {
            let at = self.branch_at.get(&(row.from, row.to));
            if let Some(branch) = at.map(|at| &mut self.branches[*at]) {
                (branch.current_a, branch.p_kw) = (row.current_a, row.p_kw);
            }
        }
    }

    /// What the page draws.
    pub fn json(&self) -> Value {
        let bus = |b: &Bus| {
            json!({
                "id": b.id.0, "x": b.place.0, "y": b.place.1, "zone": b.zone.0,
                "v": rounded(b.v_pu), "p_kw": rounded(b.p_kw),
                "least": b.limits[0], "most": b.limits[1],
            })
        };
        let branch = |b: &Branch| {
            json!({
                "from": b.ends[0], "to": b.ends[1], "a": rounded(b.current_a),
                "rating_a": rounded(b.rating_a), "p_kw": rounded(b.p_kw),
            })
        };
        json!({
            "buses": self.buses.iter().map(bus).collect::<Vec<_>>(),
            "branches": self.branches.iter().map(branch).collect::<Vec<_>>(),
        })
    }
}
