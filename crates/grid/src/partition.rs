//! Aggregation zones: which buses belong together (P0 section 2.5, eq. 12-21).
//!
//! | paper | here |
//! |---|---|
//! | `f1` (eq. 13) | modularity Q, larger is better; enters the objective as `1 - Q` |
//! | `f_a,d = E_d^C - E_d^n` (eq. 14-16) | `C_d`, the shiftable EV energy of a zone |
//! | `f_e,d`, `f2` (eq. 17-18) | [`ZoneNeeds`] against capability, see [`Scores::dispatchable`] |
//! | `P_eq,d`, `f3` (eq. 19-20) | [`Scores::balance`] |
//! | `F` (eq. 21) | [`Scores::objective`] |
//!
//! Our reading makes the paper's objective well defined: the three parts are minimised together, `F
//! = [0.5 (1 - Q) + 0.9 tau2 f2 + 0.4 tau3 f3] f_c`; the taus make the three raw parts equal at the
//! partition of largest modularity; `f2 = 0.5 mean max(0, 1 - C/R) + 0.25 CV(C/R) + 0.25 mean |P_p
//! - gamma| / gamma`, where R is the energy that would have to move to make the zone's net load
//! flat; `f3 = var(P_eq) / mean(P_eq)^2`; `f_c = 1 + size violations / buses`.

use crate::cut_sets::{self, Cuts};
use crate::electrical::ElectricalDistance;
use crate::feeder::Feeder;
use crate::zoning::{ZoneFigures, Zoning};
use domain::{BusId, ZoneId};
use std::collections::BTreeMap;
use thiserror::Error;

/// Weights and bounds of the partition.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct PartitionParams {
    /// Weight of the electrical distance, `gamma_1` (P0 section 3.2: 0.5).
    pub modularity_weight: f64,
    /// Weight of the EVs' dispatchable potential, `gamma_2` (P0 section 3.2: 0.9).
    pub dispatchable_weight: f64,
    /// Weight of the power balance, `gamma_3` (P0 section 3.2: 0.4).
    pub balance_weight: f64,
    /// Desired regulation ratio gamma of eq. 17. Our reading: 0.8, the paper prints none.
    pub regulation_ratio: f64,
    /// Fewest buses of a zone. Our reading: 4.
    pub fewest_buses: usize,
    /// Most buses of a zone. Our reading: 10.
    pub most_buses: usize,
    /// Up to so many cut sets all are compared; above, a multi-start local search is made.
    pub enumerate_up_to: u64,
}

impl Default for PartitionParams {
    fn default() -> Self {
        Self {
            modularity_weight: 0.5,
            dispatchable_weight: 0.9,
            balance_weight: 0.4,
            regulation_ratio: 0.8,
            fewest_buses: 4,
            most_buses: 10,
            enumerate_up_to: 20_000,
        }
    }
}

/// What zones have and need: one row of periods per bus, in the feeder's order.
#[derive(Clone, Debug, PartialEq)]
pub struct ZoneNeeds {
    /// Periods of the day.
    pub periods: usize,
    /// Length of a period \[h\].
    pub period_h: f64,
    /// Base load without EVs \[kW\], bus after bus.
    pub load_kw: Vec<f64>,
    /// Load with uncontrolled EVs minus renewable generation \[kW\], bus after bus.
    pub net_kw: Vec<f64>,
    /// EVs plugged in, bus after bus.
    pub plugged: Vec<f64>,
    /// Power by which the EVs can raise or lower the load \[kW\], bus after bus.
    pub adjustable_kw: Vec<f64>,
    /// Shiftable EV energy of each bus over the day \[kWh\]: what stays could charge minus what
    /// they need (P0 eq. 14-16).
    pub shiftable_kwh: Vec<f64>,
}

/// Inputs that do not fit together.
#[derive(Clone, Debug, PartialEq, Error)]
pub enum PartitionError {
    /// The wrong number of values.
    #[error("{found} values of {quantity} given, {expected} needed (buses x periods, or buses)")]
    Length {
        /// Field of [`ZoneNeeds`].
        quantity: &'static str,
        /// What was given.
        found: usize,
        /// What is needed.
        expected: usize,
    },
    /// Zone sizes that no zone can have.
    #[error("zones of {fewest} to {most} buses: the bounds must be at least 1 and in order")]
    Sizes {
        /// Lower bound.
        fewest: usize,
        /// Upper bound.
        most: usize,
    },
    /// Nothing to divide.
    #[error("the feeder has no bus beside the substation")]
    OnlySubstation,
}

/// How good a partition is.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Scores {
    /// Modularity Q over the feeder's branches (P0 eq. 13 with our edge weights).
    pub modularity: f64,
    /// `f2`: how far the zones' EVs are from covering what must be shifted (P0 eq. 14-18).
    pub dispatchable: f64,
    /// `f3`: how unevenly capability exceeds need (P0 eq. 19-20).
    pub balance: f64,
    /// `f_c`: 1 plus buses beyond the permitted zone sizes, per bus of the feeder.
    pub size_penalty: f64,
    /// `F` (P0 eq. 21), smaller is better.
    pub objective: f64,
}

/// How a partition was found.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Search {
    /// All of so many partitions with permitted zone sizes were compared.
    Exhaustive(u64),
    /// Local search from so many starts.
    LocalSearch(usize),
}

/// Connected zones that cover every bus but the substation.
#[derive(Clone, Debug, PartialEq)]
pub struct Partition {
    /// Buses of each zone, rising; zone k + 1 is entry k, numbered by the lowest bus.
    pub zones: Vec<Vec<BusId>>,
    /// Zone of each bus in the feeder's order, zone 0 for the substation.
    pub zone_of: Vec<ZoneId>,
    /// How good it is.
    pub scores: Scores,
    /// How it was found.
    pub search: Search,
}

/// The combined partition and, beside it, the one by electrical distance alone.
#[derive(Clone, Debug, PartialEq)]
pub struct Partitions {
    /// Smallest objective F.
    pub combined: Partition,
    /// Largest modularity.
    pub by_modularity: Partition,
}

impl Partition {
    /// Closed branches (by position) that join two zones, with the zone nearer to the substation
    /// first.
    pub fn ties(&self, feeder: &Feeder) -> Vec<(usize, ZoneId, ZoneId)> {
        let tie = |&bus: &usize| {
            let (branch, above) = (feeder.feeding_branch(bus)?, feeder.feeding_bus(bus)?);
            let (near, far) = (self.zone_of[above], self.zone_of[bus]);
            (near != far && above != feeder.slack()).then_some((branch, near, far))
        };
        feeder.outwards().iter().filter_map(tie).collect()
    }

    /// Zones that share a branch with a zone, in order.
    pub fn neighbours(&self, feeder: &Feeder, zone: ZoneId) -> Vec<ZoneId> {
        let ties = self.ties(feeder).into_iter();
        let mut all: Vec<ZoneId> = ties
            .filter_map(|(_, a, b)| if a == zone { Some(b) } else { (b == zone).then_some(a) })
            .collect();
        all.sort_unstable();
        all.dedup();
        all
    }
}

/// Finds both partitions. The same inputs give the same zones.
///
/// # Errors
/// Inputs of the wrong length or impossible zone sizes.
pub fn partition(
    feeder: &Feeder,
    needs: &ZoneNeeds,
    params: &PartitionParams,
) -> Result<Partitions, PartitionError> {
    check(feeder, needs, params)?;
    let judge = Judge::new(feeder, needs, params);
    let (cuts, search) =
        judge.best(|zones| (1.0 - judge.modularity(zones)) * judge.size_penalty(zones));
    let first = judge.raw(&cuts);
    let equal = |part: f64| if part > 0.0 { (1.0 - first.modularity) / part } else { 0.0 };
    let taus = Taus { dispatchable: equal(first.dispatchable), balance: equal(first.balance) };
    let by_modularity = judge.finished(&cuts, search, taus);
    let (cuts, search) = judge.best(|zones| judge.scores(zones, taus).objective);
    let combined = judge.finished(&cuts, search, taus);
    Ok(Partitions { combined, by_modularity })
}

/// Scores of given zones (a zone per bus in the feeder's order; the substation's entry is ignored),
/// scaled as in [`partition`].
///
/// # Errors
/// Inputs of the wrong length or impossible zone sizes.
pub fn score_zones(
    feeder: &Feeder,
    needs: &ZoneNeeds,
    params: &PartitionParams,
    zone_of: &[ZoneId],
    reference: &Partition,
) -> Result<Scores, PartitionError> {
    check(feeder, needs, params)?;
    expect_length("zone_of", zone_of.len(), feeder.buses().len())?;
    let judge = Judge::new(feeder, needs, params);
    let equal =
        |part: f64| if part > 0.0 { (1.0 - reference.scores.modularity) / part } else { 0.0 };
    let taus = Taus {
        dispatchable: equal(reference.scores.dispatchable),
        balance: equal(reference.scores.balance),
    };
    let mut zones: BTreeMap<ZoneId, Vec<usize>> = BTreeMap::new();
    for (v, &b) in judge.bus.iter().enumerate() {
        zones.entry(zone_of[b]).or_default().push(v);
    }
    let mut cuts: Cuts = judge.parent.iter().map(Option::is_none).collect();
    for (v, above) in judge.parent.iter().enumerate() {
        let other = |above: &usize| zone_of[judge.bus[*above]] != zone_of[judge.bus[v]];
        cuts[v] |= above.as_ref().is_some_and(other);
    }
    let figures: Vec<ZoneFigures> = zones.values().map(|m| judge.figures(m, &cuts)).collect();
    Ok(judge.scores(&figures, taus))
}

fn check(
    feeder: &Feeder,
    needs: &ZoneNeeds,
    params: &PartitionParams,
) -> Result<(), PartitionError> {
    let buses = feeder.buses().len();
    if buses < 2 {
        return Err(PartitionError::OnlySubstation);
    }
    let all = buses * needs.periods;
    expect_length("load_kw", needs.load_kw.len(), all)?;
    expect_length("net_kw", needs.net_kw.len(), all)?;
    expect_length("plugged", needs.plugged.len(), all)?;
    expect_length("adjustable_kw", needs.adjustable_kw.len(), all)?;
    expect_length("shiftable_kwh", needs.shiftable_kwh.len(), buses)?;
    let (fewest, most) = (params.fewest_buses, params.most_buses);
    if fewest == 0 || fewest > most {
        return Err(PartitionError::Sizes { fewest, most });
    }
    Ok(())
}

fn expect_length(
    quantity: &'static str,
    found: usize,
    expected: usize,
) -> Result<(), PartitionError> {
    if found == expected {
        Ok(())
    } else {
        Err(PartitionError::Length { quantity, found, expected })
    }
}

/// Factors that make the raw parts of the objective comparable.
#[derive(Clone, Copy)]
struct Taus {
    dispatchable: f64,
    balance: f64,
}

/// Everything that a partition is judged by; vertices are the buses but the substation, outwards.
struct Judge<'a> {
    feeder: &'a Feeder,
    needs: &'a ZoneNeeds,
    params: &'a PartitionParams,
    /// Bus position of each vertex.
    bus: Vec<usize>,
    /// Vertex that feeds each vertex; none next to the substation.
    parent: Vec<Option<usize>>,
    /// Weight of the branch to the parent.
    weight: Vec<f64>,
    /// Sum of the weights at each vertex.
    degree: Vec<f64>,
    /// Sum of all weights.
    total: f64,
}

impl<'a> Judge<'a> {
    fn new(feeder: &'a Feeder, needs: &'a ZoneNeeds, params: &'a PartitionParams) -> Self {
        let distance = ElectricalDistance::of(feeder);
        let bus = feeder.outwards()[1..].to_vec();
        let mut number = vec![None; feeder.buses().len()];
        bus.iter().enumerate().for_each(|(v, &b)| number[b] = Some(v));
        let vertex = |b: usize| number[b];
        let parent: Vec<Option<usize>> =
            bus.iter().map(|&b| feeder.feeding_bus(b).and_then(vertex)).collect();
        let mut degree = vec![0.0; bus.len()];
        let mut weight = vec![0.0; bus.len()];
        for (v, above) in parent.iter().enumerate() {
            if let Some(above) = *above {
                weight[v] = distance.weight(bus[v], bus[above]);
                degree[v] += weight[v];
                degree[above] += weight[v];
            }
        }
        let total = weight.iter().sum();
        Self { feeder, needs, params, bus, parent, weight, degree, total }
    }

    /// The cut set of smallest cost, the first among equals.
    fn best(&self, cost: impl Fn(&[ZoneFigures]) -> f64) -> (Cuts, Search) {
        let (fewest, most) = (self.params.fewest_buses, self.params.most_buses);
        let of_zone = |members: &[usize], cuts: &Cuts| self.figures(members, cuts);
        let ways = cut_sets::count(&self.parent, fewest, most);
        if (1..=self.params.enumerate_up_to).contains(&ways) {
            let all = cut_sets::enumerate(&self.parent, fewest, most);
            let costs: Vec<f64> = all.iter().map(|cuts| cost(&self.all_figures(cuts))).collect();
            let best = (0..all.len()).fold(0, |a, b| if costs[b] < costs[a] { b } else { a });
            return (all[best].clone(), Search::Exhaustive(ways));
        }
        let (cuts, starts) =
            crate::cut_search::search(&self.parent, &self.weight, fewest, most, &of_zone, &cost);
        (cuts, Search::LocalSearch(starts))
    }

    fn all_figures(&self, cuts: &Cuts) -> Vec<ZoneFigures> {
        let of_zone = |members: &[usize], cuts: &Cuts| self.figures(members, cuts);
        Zoning::new(&self.parent, cuts.clone(), of_zone).figures()
    }

    /// Zones are numbered by their lowest bus number.
    fn finished(&self, cuts: &Cuts, search: Search, taus: Taus) -> Partition {
        let parts = cut_sets::parts(&self.parent, cuts);
        let count = parts.iter().max().map_or(0, |last| last + 1);
        let mut zones = vec![Vec::new(); count];
        for (v, &part) in parts.iter().enumerate() {
            zones[part].push(self.feeder.buses()[self.bus[v]].id);
        }
        for zone in &mut zones {
            zone.sort_unstable();
        }
        zones.sort_unstable();
        let number: BTreeMap<BusId, u16> = (1..)
            .zip(&zones)
            .flat_map(|(number, zone)| zone.iter().map(move |bus| (*bus, number)))
            .collect();
        let zone_of = self.feeder.buses().iter();
        let zone_of = zone_of.map(|b| ZoneId(number.get(&b.id).copied().unwrap_or(0))).collect();
        Partition { zones, zone_of, scores: self.scores(&self.all_figures(cuts), taus), search }
    }

    fn raw(&self, cuts: &Cuts) -> Scores {
        self.scores(&self.all_figures(cuts), Taus { dispatchable: 0.0, balance: 0.0 })
    }

    fn scores(&self, zones: &[ZoneFigures], taus: Taus) -> Scores {
        let modularity = self.modularity(zones);
        let gamma = self.params.regulation_ratio;
        let short = mean(zones.iter().map(|z| (1.0 - z.coverage).max(0.0)));
        let off = mean(zones.iter().map(|z| (z.dwell_load - gamma).abs() / gamma));
        let spread = relative_variance(zones.iter().map(|z| z.coverage)).sqrt();
        let dispatchable = 0.5 * short + 0.25 * spread + 0.25 * off;
        let balance = relative_variance(zones.iter().map(|z| z.surplus_kw));
        let size_penalty = self.size_penalty(zones);
        let weighted = self.params.modularity_weight * (1.0 - modularity)
            + self.params.dispatchable_weight * taus.dispatchable * dispatchable
            + self.params.balance_weight * taus.balance * balance;
        Scores {
            modularity,
            dispatchable,
            balance,
            size_penalty,
            objective: weighted * size_penalty,
        }
    }

    /// `Q = share of weight inside zones - sum over zones of (share of degree)^2` (P0 eq. 13 over
    /// branches).
    fn modularity(&self, zones: &[ZoneFigures]) -> f64 {
        if self.total == 0.0 {
            return 0.0;
        }
        let inside: f64 = zones.iter().map(|z| z.inside).sum();
        let squares = zones.iter().map(|z| (z.degree / (2.0 * self.total)).powi(2));
        inside / self.total - squares.sum::<f64>()
    }

    /// `f_c = 1 + buses beyond the permitted sizes / buses`.
    fn size_penalty(&self, zones: &[ZoneFigures]) -> f64 {
        let (fewest, most) = (self.params.fewest_buses, self.params.most_buses);
        let beyond = |z: &ZoneFigures| fewest.saturating_sub(z.size) + z.size.saturating_sub(most);
        1.0 + zones.iter().map(beyond).sum::<usize>() as f64 / self.bus.len() as f64
    }

    /// Figures of some joined vertices.
    fn figures(&self, members: &[usize], cuts: &Cuts) -> ZoneFigures {
        let needs = self.needs;
        let row_sum = |values: &[f64]| -> Vec<f64> {
            let mut sum = vec![0.0; needs.periods];
            for &v in members {
                let row = &values[self.bus[v] * needs.periods..][..needs.periods];
                sum.iter_mut().zip(row).for_each(|(s, value)| *s += value);
            }
            sum
        };
        let (load, net) = (row_sum(&needs.load_kw), row_sum(&needs.net_kw));
        let (plugged, adjustable) = (row_sum(&needs.plugged), row_sum(&needs.adjustable_kw));
        let sum = |of: &dyn Fn(usize) -> f64| members.iter().map(|&v| of(v)).sum::<f64>();
        let shiftable = sum(&|v| needs.shiftable_kwh[self.bus[v]]);
        let away = deviations(&net);
        let excess: f64 = adjustable.iter().zip(&away).map(|(have, need)| have - need).sum();
        ZoneFigures {
            size: members.len(),
            inside: sum(&|v| if cuts[v] { 0.0 } else { self.weight[v] }),
            degree: sum(&|v| self.degree[v]),
            coverage: ratio(shiftable, away.iter().sum::<f64>() * needs.period_h / 2.0, 1.0),
            dwell_load: dwell_load(&load, &plugged),
            surplus_kw: excess.abs() / needs.periods.max(1) as f64,
        }
    }
}

fn deviations(net_kw: &[f64]) -> Vec<f64> {
    let mean = mean(net_kw.iter().copied());
    net_kw.iter().map(|net| (net - mean).abs()).collect()
}

/// Base load averaged over the EVs' stays, relative to its peak.
fn dwell_load(load_kw: &[f64], plugged: &[f64]) -> f64 {
    let peak = load_kw.iter().copied().fold(0.0, f64::max);
    let weighted: f64 = load_kw.iter().zip(plugged).map(|(load, ev)| load * ev).sum();
    ratio(weighted, peak * plugged.iter().sum::<f64>(), 0.0)
}

fn ratio(a: f64, b: f64, where_zero: f64) -> f64 {
    if b > 0.0 { a / b } else { where_zero }
}

fn mean(values: impl Iterator<Item = f64>) -> f64 {
    let (count, sum) = values.fold((0_usize, 0.0), |(n, sum), v| (n + 1, sum + v));
    ratio(sum, count as f64, 0.0)
}

/// Variance over squared mean.
fn relative_variance(values: impl Iterator<Item = f64> + Clone) -> f64 {
    let m = mean(values.clone());
    ratio(mean(values.map(|v| (v - m).powi(2))), m * m, 0.0)
}
