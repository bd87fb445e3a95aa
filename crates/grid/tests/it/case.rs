//! The published feeder with a synthetic fleet: the same vehicles every time, drawn from a
//! low-discrepancy sequence.

use domain::{BusId, Kw, Kwh, ZoneId};
use grid::{
    CarbonRule, ClusterParams, DaySoFar, DispatchGrid, DispatchPrices, DispatchProblem, EvStay,
    Feeder, HorizonEnd, V2g, cluster_stays, published,
};

/// Zones of the case: the combined partition that is usual for this feeder and fleet.
pub const ZONES: [&[u32]; 5] = [
    &[2, 19, 20, 21, 22],
    &[3, 23, 24, 25],
    &[4, 5, 6, 7, 8, 26, 27],
    &[9, 10, 11, 12, 13, 14, 15, 16, 17, 18],
    &[28, 29, 30, 31, 32, 33],
];

/// Zone of each bus of IEEE 33.
pub fn zone_of(feeder: &Feeder) -> Vec<ZoneId> {
    let zone =
        |bus: BusId| ZONES.iter().position(|z| z.contains(&bus.0)).map_or(0, |k| k as u16 + 1);
    feeder.buses().iter().map(|b| ZoneId(zone(b.id))).collect()
}

/// The day's problem with so many vehicles of which a share accepts V2G.
pub fn problem(
    feeder: &Feeder,
    periods: usize,
    vehicles: usize,
    v2g: f64,
    fewest_stays: usize,
) -> DispatchProblem<'_> {
    let grid = DispatchGrid { periods, period_h: 24.0 / periods as f64 };
    let (load_kw, load_kvar) = published::base_load(feeder, grid);
    let params = ClusterParams { fewest_stays, ..ClusterParams::default() };
    let evs = cluster_stays(&fleet(feeder, vehicles, v2g), grid, &params).expect("sound stays");
    DispatchProblem {
        feeder,
        grid,
        load_kw,
        load_kvar,
        renewables: published::renewables(grid),
        diesels: vec![published::diesel()],
        evs,
        capacitors: published::capacitors(),
        node_limits: Vec::new(),
        import_limit: None,
        tou_cny_per_kwh: published::tou_prices(grid),
        prices: DispatchPrices::default(),
        carbon: CarbonRule::default(),
        so_far: DaySoFar::default(),
    }
}

/// The fleet as it stands `now` hours after midnight: stays of yesterday, today and tomorrow that
/// touch the next 24 hours, with the time's share of energy already charged by those that are
/// there.
pub fn fleet_at(feeder: &Feeder, vehicles: usize, v2g: f64, now_h: f64) -> Vec<EvStay> {
    let shifted = |stay: &EvStay, day: f64| {
        let (arrive_h, depart_h) = (stay.arrive_h + day - now_h, stay.depart_h + day - now_h);
        let past = (-arrive_h / (depart_h - arrive_h)).clamp(0.0, 1.0);
        EvStay {
            arrive_h,
            depart_h,
            start: stay.start + (stay.target - stay.start) * past,
            ..*stay
        }
    };
    let all = fleet(feeder, vehicles, v2g);
    let days = [-24.0, 0.0, 24.0];
    days.iter()
        .flat_map(|&day| all.iter().map(move |s| shifted(s, day)))
        .filter(|s| s.depart_h > 0.05 && s.arrive_h < 23.95)
        .collect()
}

/// The problem of the 24 hours from `now_h` on.
pub fn problem_at(
    feeder: &Feeder,
    periods: usize,
    vehicles: usize,
    v2g: f64,
    now_h: usize,
) -> DispatchProblem<'_> {
    let mut problem = problem(feeder, periods, 0, 0.0, 1);
    let gone = now_h * periods / 24;
    problem.load_kw.rotate_left(gone * feeder.buses().len());
    problem.load_kvar.rotate_left(gone * feeder.buses().len());
    problem.tou_cny_per_kwh.rotate_left(gone);
    problem.renewables.iter_mut().for_each(|source| source.available_kw.rotate_left(gone));
    let params = ClusterParams { end: HorizonEnd::Prorate, ..ClusterParams::default() };
    problem.evs =
        cluster_stays(&fleet_at(feeder, vehicles, v2g, now_h as f64), problem.grid, &params)
            .expect("sound stays");
    problem
}

/// 70 % park at home over night, 20 % at work, 10 % in public; buses in proportion to nominal load.
pub fn fleet(feeder: &Feeder, evs: usize, v2g: f64) -> Vec<EvStay> {
    let zones = zone_of(feeder);
    let nominal = feeder.nominal_p_kw();
    let whole: f64 = nominal.iter().sum();
    let stay = |k: usize| {
        // Kronecker sequence on the generalised golden ratios: evenly spread in every coordinate.
        let u =
            |j: i32| ((k as f64 + 0.5) * 1.083_7_f64.powi(-j - 1)).fract().clamp(1e-6, 1.0 - 1e-6);
        let (arrive_h, depart_h) = match u(0) {
            x if x < 0.7 => (18.0 + 2.0 * normal(u(1)), 31.5 + normal(u(2))),
            x if x < 0.9 => (8.7 + 0.8 * normal(u(1)), 17.8 + 1.2 * normal(u(2))),
            _ => {
                let arrive = (14.5 + 3.5 * normal(u(1))).clamp(6.0, 22.0);
                (arrive, arrive + (2.0_f64.ln() + 0.5 * normal(u(2))).exp())
            }
        };
        let depart_h = depart_h.max(arrive_h + 0.5);
        let mut at = u(3) * whole;
        let bus = (0..nominal.len()).find(|&b| {
            at -= nominal[b];
            at <= 0.0
        });
        let bus = bus.unwrap_or(nominal.len() - 1);
        // Lognormal with mean 9 kWh and sigma 0.7, at most 0.98 of what the stay allows.
        let need = (9.0_f64.ln() - 0.245 + 0.7 * normal(u(4)))
            .exp()
            .min(0.98 * (depart_h - arrive_h) * 7.0 * 0.95)
            .min(40.0);
        EvStay {
            zone: zones[bus],
            bus: feeder.buses()[bus].id,
            arrive_h,
            depart_h,
            power: Kw(7.0),
            start: Kwh(45.0 - need),
            target: Kwh(45.0),
            floor: Kwh(10.0),
            capacity: Kwh(50.0),
            v2g: if u(5) < v2g { V2g::Accepted } else { V2g::Declined },
            kind: None,
        }
    };
    (0..evs).map(stay).collect()
}

/// Standard normal quantile by bisection of a logistic-series approximation of its distribution
/// (1e-3 is enough for a fleet).
fn normal(u: f64) -> f64 {
    let cdf = |z: f64| 1.0 / (1.0 + (-(1.595_8 * z + 0.070_565_99 * z.powi(3))).exp());
    let (mut low, mut high) = (-6.0, 6.0);
    for _ in 0..40 {
        let middle = f64::midpoint(low, high);
        if cdf(middle) < u { low = middle } else { high = middle }
    }
    low
}
