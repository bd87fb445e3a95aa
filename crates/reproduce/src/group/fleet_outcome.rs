//! One drawn fleet in all cases of the study.

use group::{
    DayPlan, DayView, GroupError, GroupEv, GroupParams, Prices, Stay, draw_fleet, load_variance,
    network_kw, participants, peak_valley_kw, plan_day, stays_of, unordered_kw,
};

/// Figures of one case. Lists hold one value an area, then the network's.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct CaseFigures {
    /// Difference of peak and valley of the net load \[kW\].
    pub peak_valley_kw: Vec<f64>,
    /// Cost of charging of all EVs \[CNY\].
    pub cost_cny: Vec<f64>,
    /// f1 \[kW^2 h\] and f2 \[CNY\].
    pub objectives: [f64; 2],
    /// Mean state of charge of all EVs at departure.
    pub end_soc: f64,
    /// Lowest and highest state of charge at departure.
    pub end_soc_range: [f64; 2],
    /// Largest violation of a limit of any EV, and of any exchange limit \[kW or kWh\]; 0 up to
    /// rounding.
    pub violation: f64,
}

/// One drawn fleet in all cases.
#[derive(Clone, Debug, PartialEq)]
pub struct FleetOutcome {
    /// Energy charged in the day \[kWh, metered\].
    pub energy_kwh: f64,
    /// Mean state of charge of all EVs on arrival.
    pub start_soc: f64,
    /// No EV, unordered, then one case a share of participation.
    pub cases: Vec<CaseFigures>,
}

/// What EVs do that take no part.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Others {
    /// They charge on arrival at full power.
    OnArrival,
    /// They charge in no area of the group.
    Elsewhere,
}

/// A fleet and the prices of its day, ready to be planned.
pub struct FleetDay {
    pub fleet: Vec<GroupEv>,
    pub base_kw: Vec<f64>,
    pub exchange_kw_max: Vec<f64>,
    pub prices: Prices,
}

impl FleetDay {
    /// Draws the fleet and fixes the prices by the forecast of unordered charging.
    pub fn draw(params: &GroupParams, u: &mut impl FnMut() -> f64) -> Result<Self, GroupError> {
        params.check()?;
        let (horizon, areas) = (&params.horizon, params.areas());
        let fleet = draw_fleet(&params.fleet, areas, u)?;
        let stays: Vec<_> = fleet.iter().map(|ev| ev.stay).collect();
        let base_kw = params.base_kw();
        let group_kw = network_kw(&base_kw, horizon.periods);
        let charging_kw = network_kw(&unordered_kw(horizon, areas, &stays), horizon.periods);
        let load_max_kw = group_kw
            .iter()
            .zip(&charging_kw)
            .map(|(base, charging)| base + charging)
            .fold(0.0, f64::max);
        let prices = params.price.over(horizon, areas, &group_kw, load_max_kw)?;
        Ok(Self { fleet, base_kw, exchange_kw_max: params.exchange_kw_max(), prices })
    }

    /// Plans the participants of a share, the others charging on arrival; gives the plan and the
    /// charging of the others \[kW\].
    pub fn plan(
        &self,
        params: &GroupParams,
        share: f64,
        u: &mut impl FnMut() -> f64,
    ) -> Result<(DayPlan, Vec<f64>), GroupError> {
        self.plan_with(params, share, Others::OnArrival, u)
    }

    /// As [`FleetDay::plan`], with what the others do.
    pub fn plan_with(
        &self,
        params: &GroupParams,
        share: f64,
        others: Others,
        u: &mut impl FnMut() -> f64,
    ) -> Result<(DayPlan, Vec<f64>), GroupError> {
        let takes_part = participants(&self.fleet, share)?;
        let settled = match others {
            Others::OnArrival => stays_of(&self.fleet, &takes_part, false),
            Others::Elsewhere => Vec::new(),
        };
        let others_kw = unordered_kw(&params.horizon, params.areas(), &settled);
        let stays = stays_of(&self.fleet, &takes_part, true);
        let plan = plan_day(&params.horizon, &stays, &self.view(&others_kw), &params.upper, u)?;
        Ok((plan, others_kw))
    }

    pub fn view<'a>(&'a self, others_kw: &'a [f64]) -> DayView<'a> {
        DayView {
            base_kw: &self.base_kw,
            others_kw,
            prices: &self.prices,
            exchange_kw_max: &self.exchange_kw_max,
        }
    }
}

/// Draws a fleet and plans it: without EVs, unordered, and at each share of participation.
///
/// # Errors
/// Parameters that mean nothing.
pub fn study_fleet(
    params: &GroupParams,
    shares: &[f64],
    u: &mut impl FnMut() -> f64,
) -> Result<FleetOutcome, GroupError> {
    let day = FleetDay::draw(params, u)?;
    let stays: Vec<_> = day.fleet.iter().map(|ev| ev.stay).collect();
    let nobody =
        CaseFigures { end_soc: f64::NAN, ..figures(params, &day, &vec![0.0; day.base_kw.len()]) };
    let mut cases = vec![nobody];
    for &share in std::iter::once(&0.0).chain(shares) {
        let (plan, others_kw) = day.plan(params, share, u)?;
        let view = day.view(&others_kw);
        let mut case = figures(params, &day, &view.charging_kw(plan.schedule()));
        case.violation = plan
            .schedule()
            .violation(&plan.loads)
            .max(view.exchange_violation_kw(&plan.loads, plan.schedule()));
        // Who charges on arrival leaves at the expected state of charge.
        let takes_part = participants(&day.fleet, share)?;
        let others = stays_of(&day.fleet, &takes_part, false);
        let ends: Vec<f64> = plan
            .schedule()
            .end_soc(&plan.loads)
            .into_iter()
            .chain(others.iter().map(|stay| stay.expected_soc.max(stay.soc)))
            .collect();
        case.end_soc = ends.iter().sum::<f64>() / ends.len() as f64;
        case.end_soc_range =
            ends.iter().fold([f64::INFINITY, f64::NEG_INFINITY], |[low, high], soc| {
                [low.min(*soc), high.max(*soc)]
            });
        cases.push(case);
    }
    Ok(FleetOutcome {
        energy_kwh: stays.iter().map(Stay::need_kwh).sum(),
        start_soc: stays.iter().map(|stay| stay.soc).sum::<f64>() / stays.len() as f64,
        cases,
    })
}

fn figures(params: &GroupParams, day: &FleetDay, charging_kw: &[f64]) -> CaseFigures {
    let horizon = &params.horizon;
    let net_kw: Vec<f64> =
        day.base_kw.iter().zip(charging_kw).map(|(base, charging)| base + charging).collect();
    let network = network_kw(&net_kw, horizon.periods);
    let mut peak_valley: Vec<f64> = net_kw.chunks(horizon.periods).map(peak_valley_kw).collect();
    peak_valley.push(peak_valley_kw(&network));
    let mut cost_cny = day.prices.cost_by_area(charging_kw, horizon.period_h);
    let total: f64 = cost_cny.iter().sum();
    cost_cny.push(total);
    let variance = load_variance(&net_kw, horizon.periods, horizon.period_h);
    CaseFigures {
        peak_valley_kw: peak_valley,
        cost_cny,
        objectives: [variance, total],
        ..CaseFigures::default()
    }
}
