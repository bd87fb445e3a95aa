//! Name, unit, scopes, formula and source of every indicator.

use crate::spread::ratio;
use crate::totals::Totals;
use domain::{BreachGrade, Purpose, ReservationStatus, Scope};
use std::fmt::Write as _;

/// One indicator.
#[derive(Clone, Copy)]
pub struct Definition {
    /// Stable name.
    pub name: &'static str,
    /// Unit; `1` for ratios and counts.
    pub unit: &'static str,
    /// What it is given for; always for the run.
    pub scopes: &'static [Scope],
    /// Formula with its denominator, and the source.
    pub doc: &'static str,
    pub(super) value: fn(&Totals) -> f64,
}

impl Definition {
    /// Whether it is given for a scope.
    pub fn is_given_for(&self, scope: Scope) -> bool {
        self.scopes.contains(&scope)
    }
    /// The definition of a name.
    ///
    /// ```
    /// use indicators::Definition;
    /// assert_eq!(Definition::of("co2_kg").map(|d| d.unit), Some("kg"));
    /// assert!(Definition::of("co3_kg").is_none());
    /// ```
    pub fn of(name: &str) -> Option<&'static Self> {
        DEFINITIONS.iter().find(|d| d.name == name)
    }
}

impl std::fmt::Debug for Definition {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Definition")
            .field("name", &self.name)
            .field("unit", &self.unit)
            .field("scopes", &self.scopes)
            .finish_non_exhaustive()
    }
}

/// What figures are about: headings, each with the first indicator under it.
const GROUPS: [(&str, &str); 8] = [
    ("energy and plant", "tracking_rate"),
    ("money", "grid_purchase_cny"),
    ("bookings", "evs"),
    ("behaviour", "free_cancel_rate"),
    ("piles", "slot_utilisation"),
    ("tickets", "ticket_offers"),
    ("service and fairness", "stays"),
    ("network", "voltage_violations"),
];

/// The indicators in groups, in the order of [`DEFINITIONS`]: what they are about, and which.
///
/// ```
/// use indicators::{DEFINITIONS, groups};
/// assert_eq!(groups().map(|(_, list)| list.len()).sum::<usize>(), DEFINITIONS.len());
/// assert!(groups().any(|(about, list)| about == "tickets" && list.iter().any(|d| d.name == "winner_hhi")));
/// ```
pub fn groups() -> impl Iterator<Item = (&'static str, &'static [Definition])> {
    let begin = |k: usize| {
        GROUPS.get(k).and_then(|(_, first)| DEFINITIONS.iter().position(|d| d.name == *first))
    };
    (0..GROUPS.len()).map(move |k| {
        let first = begin(k).expect("invariant: a group begins with an indicator");
        (GROUPS[k].0, &DEFINITIONS[first..begin(k + 1).unwrap_or(DEFINITIONS.len())])
    })
}

/// The definitions as a Markdown table.
pub fn definitions_markdown() -> String {
    let mut page = String::from("| indicator | unit | for | meaning |\n|---|---|---|---|\n");
    for d in DEFINITIONS {
        let scopes: Vec<_> = d.scopes.iter().map(|s| s.word()).collect();
        let _ = writeln!(page, "| {} | {} | {} | {} |", d.name, d.unit, scopes.join(", "), d.doc);
    }
    page
}

const R: &[Scope] = &[Scope::Run];
const RZ: &[Scope] = &[Scope::Run, Scope::Zone];
const RZS: &[Scope] = &[Scope::Run, Scope::Zone, Scope::Segment];

const fn is(
    name: &'static str,
    unit: &'static str,
    scopes: &'static [Scope],
    doc: &'static str,
    value: fn(&Totals) -> f64,
) -> Definition {
    Definition { name, unit, scopes, doc, value }
}

/// Every indicator, in the order of the table. In the formulas: P_dem = `surplus_kw` of table
/// balance (P3 eq. 4), Y = `ev_charge_kw` - `ev_discharge_kw`, sums run over periods and are
/// energies.
pub const DEFINITIONS: &[Definition] = &[
    // Following the surplus (P3 eq. 27).
    is(
        "tracking_rate",
        "1",
        RZ,
        "sum of max(0, P_dem - abs(P_dem - Y)) / sum of P_dem, over periods with P_dem > 0 (P3 eq. 27, weighted by energy and clipped: our reading)",
        |t| ratio(t.energy.followed_kwh, t.energy.surplus_kwh),
    ),
    is(
        "tracking_rate_unclipped",
        "1",
        RZ,
        "the same without the clip at 0: sum of P_dem - abs(P_dem - Y) / sum of P_dem, over periods with P_dem > 0",
        |t| ratio(t.energy.followed_unclipped_kwh, t.energy.surplus_kwh),
    ),
    is(
        "tracking_rate_all_periods",
        "1",
        RZ,
        "sum of max(0, abs(P_dem) - abs(P_dem - Y)) / sum of abs(P_dem), over all periods",
        |t| ratio(t.energy.followed_all_kwh, t.energy.gap_kwh),
    ),
    is(
        "tracking_rate_paper",
        "1",
        RZ,
        "mean of 1 - abs(P_dem - Y) / P_dem over periods with P_dem > 0, each with the same weight, unclipped (P3 eq. 27, the letter)",
        |t| ratio(t.energy.tracking_sum, t.energy.surplus_periods as f64),
    ),
    is("abandonment_rate", "1", RZ, "curtailed energy / surplus energy (P_dem > 0)", |t| {
        ratio(t.energy.curtailed_kwh, t.energy.surplus_kwh)
    }),
    is(
        "abandonment_rate_available",
        "1",
        RZ,
        "curtailed energy / energy available from wind and PV",
        |t| ratio(t.energy.curtailed_kwh, t.energy.available_kwh),
    ),
    is(
        "abandonment_rate_paper",
        "1",
        RZ,
        "1 - (sum of Y + battery charging) / energy available from wind and PV (P3 eq. 27, the letter: counts direct use as abandoned)",
        |t| {
            1.0 - ratio(
                t.energy.charge_kwh - t.energy.discharge_kwh + t.energy.battery_in_kwh,
                t.energy.available_kwh,
            )
        },
    ),
    is(
        "surplus_battery_share",
        "1",
        RZ,
        "surplus energy taken by the stationary battery, at most what was not curtailed / surplus energy",
        |t| ratio(t.energy.surplus_to_battery_kwh, t.energy.surplus_kwh),
    ),
    is(
        "surplus_ev_share",
        "1",
        RZ,
        "surplus energy neither curtailed nor taken by the battery / surplus energy",
        |t| {
            let e = &t.energy;
            ratio(e.surplus_kwh - e.surplus_abandoned_kwh - e.surplus_to_battery_kwh, e.surplus_kwh)
        },
    ),
    is(
        "purchase_rate",
        "1",
        RZ,
        "grid energy / base load (P3 Table 2, shown by its CO2 figure)",
        |t| ratio(t.energy.import_kwh, t.energy.load_kwh),
    ),
    is("purchase_rate_served", "1", RZ, "grid energy / (base load + EV charging)", |t| {
        ratio(t.energy.import_kwh, t.energy.load_kwh + t.energy.charge_kwh)
    }),
    is(
        "purchase_rate_paper",
        "1",
        RZ,
        "1 - cost of grid energy / (generation_cost_cny + ev_cost_cny) (P3 eq. 27, the letter: a share of costs that rises when less is bought)",
        |t| {
            1.0 - ratio(
                t.money.bought(Purpose::GridPurchase).cny().value(),
                t.generation_cost() + t.ev_cost(),
            )
        },
    ),
    is("co2_kg", "kg", RZ, "emissions of the balance: grid energy and own plant", |t| {
        t.with_balance(t.energy.emissions_kg)
    }),
    is(
        "co2_kg_paper",
        "kg",
        RZ,
        "grid energy x the grid's emission factor (P3: 4,331.95 kg = 46,793.34 x 0.214 x 0.4326)",
        |t| t.with_balance(t.energy.import_kwh * t.grid_kg_per_kwh),
    ),
    // Energy.
    is("load_kwh", "kWh", RZ, "base load", |t| t.with_balance(t.energy.load_kwh)),
    is("renewable_kwh", "kWh", RZ, "energy available from wind and PV", |t| {
        t.with_balance(t.energy.available_kwh)
    }),
    is("surplus_kwh", "kWh", RZ, "sum of P_dem where it is positive", |t| {
        t.with_balance(t.energy.surplus_kwh)
    }),
    is("curtailed_kwh", "kWh", RZ, "renewable energy available and not used", |t| {
        t.with_balance(t.energy.curtailed_kwh)
    }),
    is("import_kwh", "kWh", RZ, "energy bought from the grid", |t| {
        t.with_balance(t.energy.import_kwh)
    }),
    is("turbine_kwh", "kWh", RZ, "energy of the gas turbine", |t| {
        t.with_balance(t.energy.turbine_kwh)
    }),
    is("diesel_kwh", "kWh", RZ, "energy of the diesel generator", |t| {
        t.with_balance(t.energy.diesel_kwh)
    }),
    is("battery_charged_kwh", "kWh", RZ, "energy into the stationary battery", |t| {
        t.with_balance(t.energy.battery_in_kwh)
    }),
    is("battery_discharged_kwh", "kWh", RZ, "energy out of the stationary battery", |t| {
        t.with_balance(t.energy.battery_out_kwh)
    }),
    is("unserved_kwh", "kWh", RZ, "load that the import limit leaves without energy", |t| {
        t.with_balance(t.energy.unserved_kwh)
    }),
    is("losses_kwh", "kWh", RZ, "line losses", |t| t.with_balance(t.energy.losses_kwh)),
    is("ev_energy_kwh", "kWh", RZS, "energy charged, at the piles", |t| t.energy.charge_kwh),
    is("v2g_kwh", "kWh", RZS, "energy discharged, at the piles", |t| t.energy.discharge_kwh),
    is("peak_kw", "kW", RZ, "largest base load + Y", |t| t.with_balance(t.energy.peak_kw)),
    is("valley_kw", "kW", RZ, "smallest base load + Y", |t| t.with_balance(t.energy.valley_kw)),
    is("peak_valley_kw", "kW", RZ, "peak_kw - valley_kw (P4 Table 2)", |t| {
        t.with_balance(t.energy.peak_kw - t.energy.valley_kw)
    }),
    is(
        "net_peak_valley_kw",
        "kW",
        RZ,
        "largest less smallest delivered_p_kw (P4 Table 2, where PV and wind stand apart from the load)",
        |t| t.with_balance(t.energy.net_peak_kw - t.energy.net_valley_kw),
    ),
    is("import_peak_kw", "kW", RZ, "largest import from the grid", |t| {
        t.with_balance(t.energy.import_peak_kw)
    }),
    is(
        "uncontrolled_peak_kw",
        "kW",
        R,
        "largest base load + EV load if every stay of table stays charged on arrival at full power, a pile free for each (our reading)",
        |t| t.with_balance(t.uncontrolled_peak_kw),
    ),
    is(
        "peak_shaving_rate",
        "1",
        R,
        "(uncontrolled_peak_kw - peak_kw) / uncontrolled_peak_kw (P0 'EV peak shaving'; the load is base load + EVs)",
        |t| ratio(t.uncontrolled_peak_kw - t.energy.peak_kw, t.uncontrolled_peak_kw),
    ),
    // Costs.
    is("grid_purchase_cny", "CNY", RZ, "paid for grid energy", |t| {
        t.money.bought(Purpose::GridPurchase).cny().value()
    }),
    is("capacity_charge_cny", "CNY", RZ, "paid for the import peak (P0 Table 2)", |t| {
        t.money.bought(Purpose::CapacityCharge).cny().value()
    }),
    is("fuel_cny", "CNY", RZ, "paid for fuel", |t| t.money.bought(Purpose::Fuel).cny().value()),
    is("start_cny", "CNY", RZ, "starts of the turbine", |t| {
        t.money.bought(Purpose::Start).cny().value()
    }),
    is("wear_cny", "CNY", RZ, "wear of the stationary battery", |t| {
        t.money.bought(Purpose::Wear).cny().value()
    }),
    is("carbon_cost_cny", "CNY", RZ, "paid for carbon (P0 eq. 3-5)", |t| {
        t.money.bought(Purpose::Carbon).cny().value()
    }),
    is("curtailment_cost_cny", "CNY", RZ, "charged for curtailment (P0 Table 2)", |t| {
        t.money.bought(Purpose::Curtailment).cny().value()
    }),
    is(
        "plant_cost_cny",
        "CNY",
        RZ,
        "grid energy + capacity charge + fuel + starts + wear + carbon + curtailment",
        |t| t.money.plant_cost().cny().value(),
    ),
    is(
        "generation_cost_cny",
        "CNY",
        RZ,
        "plant_cost_cny + v2g_payment_cny (P3 eq. 27, C_EV tot)",
        Totals::generation_cost,
    ),
    is(
        "compensation_cny",
        "CNY",
        RZS,
        "booked energy delivered at c_grid,EV of its periods - prepaid for it (revenue + refund): what bookings save EVs before refunds",
        Totals::compensation,
    ),
    is(
        "total_cost_cny",
        "CNY",
        RZ,
        "plant_cost_cny + v2g_payment_cny + compensation_cny (P3 Table 2, total: our reading)",
        |t| t.generation_cost() + t.compensation(),
    ),
    is("v2g_payment_cny", "CNY", RZS, "paid to EVs for discharging", |t| t.money.v2g.cny().value()),
    is(
        "ev_cost_before_refunds_cny",
        "CNY",
        RZS,
        "prepaid for delivered energy (revenue + refund) + walk-ins + service fees",
        Totals::ev_cost_before_refunds,
    ),
    is(
        "ev_cost_cny",
        "CNY",
        RZS,
        "ev_cost_before_refunds_cny - refund_cost_cny; penalties, fees and V2G payments apart (P3 Table 2, EV cost)",
        Totals::ev_cost,
    ),
    is("walk_in_cny", "CNY", RZS, "paid for charging without a booking", |t| {
        t.money.walk_in.cny().value()
    }),
    is("refund_cost_cny", "CNY", RZS, "refunds of closed bookings (P3 eq. 1)", |t| {
        t.bookings.refund.cny().value()
    }),
    is("penalty_revenue_cny", "CNY", RZS, "penalties of closed bookings (P3 eq. 2)", |t| {
        t.bookings.penalty.cny().value()
    }),
    is("cancellation_fee_cny", "CNY", RZS, "fees of cancellations", |t| {
        t.money.cancellation_fee.cny().value()
    }),
    is("forfeited_cny", "CNY", RZS, "prepayments kept for energy not taken", |t| {
        t.bookings.forfeited.cny().value()
    }),
    is(
        "operator_net_cny",
        "CNY",
        RZ,
        "what the operator's account gained; the energy of the base load is paid from it and earns nothing",
        |t| t.money.operator_gain.cny().value(),
    ),
    is(
        "user_surplus_cny",
        "CNY",
        RZS,
        "booked energy charged less discharged, at c_grid,EV of its periods, - (revenue + forfeits + penalties + fees) + v2g_payment_cny: what users have over buying the same at the tariff, where walk-ins break even (our reading; needs not met, time and owners' wear are not in it)",
        Totals::user_surplus,
    ),
    is(
        "welfare_cny",
        "CNY",
        RZ,
        "welfare_money_cny less what users bear besides: the sum of the welfare_*_cny below (our reading; decisions' noise and weights of loss are not in it: they decide, they are not experienced)",
        |t| t.user_surplus() + t.site_gain() - t.stays.borne.total_cny(),
    ),
    is(
        "welfare_money_cny",
        "CNY",
        RZ,
        "user_surplus_cny + gains of the accounts of operator, aggregators and DSO (our reading; the cost of the base load is in it, so compare runs)",
        |t| t.user_surplus() + t.site_gain(),
    ),
    is(
        "welfare_earliness_cny",
        "CNY",
        RZS,
        "minutes aimed before the deadline x their value, of bookings plugged in for, of stays that ended",
        |t| t.stays.borne.earliness_cny,
    ),
    is(
        "welfare_hassle_cny",
        "CNY",
        RZS,
        "hassle of requests (retries at `booking.retry_hassle`), grabbed tickets and cancellations, of stays that ended",
        |t| t.stays.borne.hassle_cny,
    ),
    is("welfare_unmet_cny", "CNY", RZS, "unmet_kwh x its value, of stays that ended", |t| {
        t.stays.borne.unmet_cny
    }),
    is(
        "welfare_shift_cny",
        "CNY",
        RZS,
        "hours between the middle of charging (booked, or walking in at full power) and the preferred hour x their value, of stays that ended",
        |t| t.stays.borne.shift_cny,
    ),
    is(
        "welfare_crowding_cny",
        "CNY",
        RZS,
        "expected vehicles charging beyond those tolerated x their value, of stays that ended",
        |t| t.stays.borne.crowding_cny,
    ),
    is(
        "welfare_wear_cny",
        "CNY",
        RZS,
        "energy discharged x the owner's wear, of stays that ended",
        |t| t.stays.borne.owner_wear_cny,
    ),
    is(
        "welfare_keeping_cny",
        "CNY",
        RZS,
        "cost of bookings kept although the plan had changed, of stays that ended",
        |t| t.stays.borne.keeping_cny,
    ),
    is(
        "welfare_trips_cny",
        "CNY",
        RZS,
        "trips not made because a user stayed away or gave a booking back for a changed plan x `trip_value_cny`, of stays that ended",
        |t| t.stays.borne.trip_cny,
    ),
    is(
        "deadweight_loss_cny",
        "CNY",
        RZ,
        "value of energy to its owners less its cost beyond the surplus: the most that a clairvoyant assignment of stays to piles and periods could reach (a linear programme, a bound) less what the run reached; null unless `record.clairvoyant` is true (our reading)",
        |t| t.deadweight_cny,
    ),
    is(
        "prices_interior_share",
        "1",
        RZ,
        "published reservation prices above the floor (E R where the floor is not below the cap) and below the cap / rows of table prices with a reservation price",
        |t| ratio(t.prices.interior as f64, t.prices.published as f64),
    ),
    is(
        "prices_interior_surplus_share",
        "1",
        RZ,
        "periods with P_dem > 0 whose last published reservation price is interior / periods with P_dem > 0 and a price",
        |t| ratio(t.prices.surplus_interior as f64, t.prices.surplus as f64),
    ),
    // Bookings.
    is("evs", "1", RZS, "EVs", |t| t.inequality.evs as f64),
    is(
        "bookings",
        "1",
        RZS,
        "bookings settled in the record or open at its end, won by tickets included, those made before the record too: bookings_closed + bookings_open",
        |t| t.bookings.all as f64,
    ),
    is(
        "bookings_made",
        "1",
        RZS,
        "bookings confirmed in the record, won by tickets included: a flow; what the bookings of persons add up to",
        |t| t.bookings.made as f64,
    ),
    is("bookings_closed", "1", RZS, "bookings settled in the record: a flow", |t| {
        t.bookings.closed() as f64
    }),
    is("bookings_open", "1", RZS, "bookings not settled when the record closed: a stock", |t| {
        t.bookings.open as f64
    }),
    is("bookings_by_ticket", "1", RZS, "bookings won by tickets", |t| t.bookings.by_ticket as f64),
    is("discharge_bookings", "1", RZS, "bookings for discharging", |t| t.bookings.discharge as f64),
    is("requests", "1", RZS, "requests for bookings, repeated ones included", |t| {
        t.events.requests as f64
    }),
    is("rejections", "1", RZS, "requests rejected, repeated ones included", |t| {
        t.events.rejections as f64
    }),
    is("rejection_rate", "1", RZS, "rejections / requests", |t| {
        ratio(t.events.rejections as f64, t.events.requests as f64)
    }),
    is("walk_ins", "1", RZS, "plug-ins without a booking, again after yielding included", |t| {
        t.events.walk_ins as f64
    }),
    is("plug_ins", "1", RZS, "plug-ins", |t| t.sessions.plug_ins as f64),
    is("reminders", "1", RZS, "reminders sent", |t| t.events.reminders as f64),
    is("cancelled_free", "1", RZS, "bookings cancelled for free", |t| {
        t.bookings.ended(ReservationStatus::CancelledFree) as f64
    }),
    is("cancelled_early", "1", RZS, "bookings cancelled early", |t| {
        t.bookings.ended(ReservationStatus::CancelledEarly) as f64
    }),
    is("cancelled_late", "1", RZS, "bookings cancelled late", |t| {
        t.bookings.ended(ReservationStatus::CancelledLate) as f64
    }),
    is("curtailed_bookings", "1", RZS, "bookings that the site could not serve", |t| {
        t.bookings.ended(ReservationStatus::Curtailed) as f64
    }),
    is("no_shows", "1", RZS, "bookings defaulted for which nobody ever came", |t| {
        t.bookings.no_shows() as f64
    }),
    is(
        "turned_away_late",
        "1",
        RZS,
        "bookings defaulted whose users came, or were on the way, after the deadline: facts turned_away_late (their bookings by ev_id and period_start)",
        |t| t.bookings.turned_away as f64,
    ),
    is("minor_breaches", "1", RZS, "closed bookings with a minor breach", |t| {
        t.bookings.breaches(BreachGrade::Minor) as f64
    }),
    is("moderate_breaches", "1", RZS, "closed bookings with a moderate breach", |t| {
        t.bookings.breaches(BreachGrade::Moderate) as f64
    }),
    is("severe_breaches", "1", RZS, "closed bookings with a severe breach", |t| {
        t.bookings.breaches(BreachGrade::Severe) as f64
    }),
    is("free_cancel_rate", "1", RZS, "cancelled_free / closed bookings", |t| {
        t.of_closed(t.bookings.ended(ReservationStatus::CancelledFree))
    }),
    is("early_cancel_rate", "1", RZS, "cancelled_early / closed bookings", |t| {
        t.of_closed(t.bookings.ended(ReservationStatus::CancelledEarly))
    }),
    is("late_cancel_rate", "1", RZS, "cancelled_late / closed bookings", |t| {
        t.of_closed(t.bookings.ended(ReservationStatus::CancelledLate))
    }),
    is("no_show_rate", "1", RZS, "no_shows / closed bookings", |t| {
        t.of_closed(t.bookings.no_shows())
    }),
    is("turned_away_late_rate", "1", RZS, "turned_away_late / closed bookings", |t| {
        t.of_closed(t.bookings.turned_away)
    }),
    is("default_rate_minor", "1", RZS, "minor_breaches / closed bookings", |t| {
        t.of_closed(t.bookings.breaches(BreachGrade::Minor))
    }),
    is("default_rate_moderate", "1", RZS, "moderate_breaches / closed bookings", |t| {
        t.of_closed(t.bookings.breaches(BreachGrade::Moderate))
    }),
    is(
        "default_rate_severe",
        "1",
        RZS,
        "severe_breaches / closed bookings: never came and came too late",
        |t| t.of_closed(t.bookings.breaches(BreachGrade::Severe)),
    ),
    is(
        "punctuality_mean_min",
        "min",
        RZS,
        "mean of plugged in - start of the booking, over bookings plugged in for; early is negative",
        |t| t.punctuality_min[0],
    ),
    is(
        "punctuality_p05_min",
        "min",
        RZS,
        "5 % quantile of the same, linear between neighbours",
        |t| t.punctuality_min[1],
    ),
    is("punctuality_p95_min", "min", RZS, "95 % quantile of the same", |t| t.punctuality_min[2]),
    is("overstays", "1", RZS, "bookings after whose end the vehicle stayed plugged in", |t| {
        t.overstays as f64
    }),
    is(
        "overstay_min",
        "min",
        RZS,
        "minutes plugged in after the end of bookings / bookings plugged in for",
        |t| ratio(t.overstay_min, t.plugged as f64),
    ),
    is(
        "hoarding_index",
        "1",
        RZS,
        "charging bookings asked for while the same EV held an earlier one neither begun nor cancelled / charging bookings asked for",
        |t| ratio(t.hoarding.on_top as f64, t.hoarding.asked as f64),
    ),
    // Slots.
    is(
        "slot_utilisation",
        "1",
        RZ,
        "plugged vehicles x periods with power / (piles x periods)",
        |t| ratio(t.events.set_points as f64 * t.period_h, t.pile_h),
    ),
    is("pile_occupancy", "1", RZ, "hours plugged in / (piles x hours)", |t| {
        ratio(t.plugged_h, t.pile_h)
    }),
    is(
        "spoilage_slot_h",
        "h",
        RZ,
        "charging slots of late cancellations and defaults + slots offered after early unplugging - slots used by winners of tickets",
        |t| t.bookings.freed_slot_h + t.tickets.early_unplug_slot_h - t.bookings.resold_slot_h,
    ),
    is("spill_kwh", "kWh", RZS, "energy of rejected requests, repeated ones included", |t| {
        t.events.rejected_kwh
    }),
    // Tickets.
    is("ticket_offers", "1", RZ, "tickets offered and ended", |t| t.tickets.offered as f64),
    is("tickets_awarded", "1", RZS, "tickets awarded; of a segment: won by it", |t| {
        t.tickets.awarded as f64
    }),
    is("tickets_expired", "1", RZ, "tickets that nobody took", |t| t.tickets.expired as f64),
    is("ticket_fill_rate", "1", RZ, "tickets_awarded / ticket_offers", |t| {
        ratio(t.tickets.awarded as f64, t.tickets.offered as f64)
    }),
    is("ticket_latency_p50_s", "s", RZ, "median time from offer to award", |t| t.latency_s[0]),
    is("ticket_latency_p90_s", "s", RZ, "90 % quantile of the time from offer to award", |t| {
        t.latency_s[1]
    }),
    is(
        "ticket_discount",
        "1",
        RZ,
        "mean of 1 - q / c over awarded tickets, c = price of the charging booking that came free",
        |t| ratio(t.discounts.0, t.discounts.1 as f64),
    ),
    is("ticket_grabs", "1", RZS, "grabs, those that came too late included", |t| {
        t.events.grabs as f64
    }),
    is("grabs_per_ticket", "1", RZ, "ticket_grabs / ticket_offers", |t| {
        ratio(t.events.grabs as f64, t.tickets.offered as f64)
    }),
    is(
        "winner_hhi",
        "1",
        RZS,
        "sum of squared shares of EVs in won tickets (Herfindahl-Hirschman)",
        |t| t.inequality.winner_hhi,
    ),
    // Needs and fairness.
    is("stays", "1", RZS, "stays that ended", |t| t.stays.ended as f64),
    is("charged_ev_days", "1", RZS, "pairs of EV and local day with energy charged", |t| {
        t.events.charged_ev_days as f64
    }),
    is(
        "warmup_days_mser5",
        "d",
        R,
        "days at the beginning of the record that MSER-5 would drop from the daily energy charged, in steps of 5; null for fewer than 10 days or if it does not settle (White, Cobb and Spratt 2000); above 0 by chance in many a settled run: look at its mean over replications before raising `warmup_days`",
        |t| t.warmup_days,
    ),
    is("energy_needed_kwh", "kWh", RZS, "energy missing on arrival, of stays that ended", |t| {
        t.stays.needed_kwh
    }),
    is("unmet_kwh", "kWh", RZS, "energy still missing at departure, of stays that ended", |t| {
        t.stays.unmet_kwh
    }),
    is("need_met_share", "1", RZS, "1 - unmet_kwh / energy_needed_kwh", |t| {
        1.0 - ratio(t.stays.unmet_kwh, t.stays.needed_kwh)
    }),
    is(
        "stays_met_share",
        "1",
        RZS,
        "stays that ended with at most 0.1 kWh missing / stays that ended",
        |t| ratio(t.stays.met as f64, t.stays.ended as f64),
    ),
    is(
        "ev_satisfaction",
        "1",
        RZS,
        "mean over ended stays with a need of 1 - missing / needed, held in 0..1 (our reading)",
        |t| ratio(t.stays.met_shares, t.stays.needy as f64),
    ),
    is(
        "soc_error_squared",
        "1",
        RZS,
        "sum of (soc_departure - soc_target)^2 over stays that ended (P4 eq. 18)",
        |t| t.stays.soc_error_squared,
    ),
    is("waiting_min", "min", RZS, "time in the queue for a pile, of stays that ended", |t| {
        t.stays.waiting_min
    }),
    is("waiting_mean_min", "min", RZS, "waiting_min / stays", |t| {
        ratio(t.stays.waiting_min, t.stays.ended as f64)
    }),
    is("soh_loss_mean", "1", RZS, "mean share of battery capacity lost in a stay", |t| {
        ratio(t.stays.soh_loss, t.stays.ended as f64)
    }),
    is("gini_energy", "1", RZS, "Gini coefficient over EVs of energy charged", |t| {
        t.inequality.gini_energy
    }),
    is(
        "gini_cost",
        "1",
        RZS,
        "Gini coefficient over EVs of what they paid: bookings after refunds, walk-ins, fees, forfeits, penalties",
        |t| t.inequality.gini_cost,
    ),
    is("gini_wait", "1", RZS, "Gini coefficient over EVs of time in the queue", |t| {
        t.inequality.gini_wait
    }),
    // Network.
    is("voltage_violations", "1", RZ, "buses x periods with a voltage outside of the band", |t| {
        t.with_network(t.network.violations as f64)
    }),
    is("voltage_min_pu", "p.u.", RZ, "lowest voltage", |t| t.with_network(t.network.lowest_pu)),
    is("voltage_max_pu", "p.u.", RZ, "highest voltage", |t| t.with_network(t.network.highest_pu)),
    is("zonal_trades", "1", RZ, "trades delivered, in full or short; of a zone: bought", |t| {
        t.network.delivered_trades as f64
    }),
    is("zonal_trades_refused", "1", RZ, "trades refused; of a zone: as buyer", |t| {
        t.network.refused_trades as f64
    }),
    is(
        "target_miss_rate",
        "1",
        RZ,
        "zone-periods in which delivered_p_kw exceeds allowed_p_kw by more than 5 kW / zone-periods with a target",
        |t| ratio(t.network.missed as f64, t.network.targets as f64),
    ),
    is("target_excess_kwh", "kWh", RZ, "energy beyond allowed_p_kw, of all zone-periods", |t| {
        t.network.excess_kwh
    }),
    is("target_penalty_cny", "CNY", RZ, "paid by aggregators for that energy (P0 eq. 22)", |t| {
        t.network.penalty_cny
    }),
    is(
        "limits_exceeded",
        "1",
        R,
        "hard limits x periods that were exceeded: import, export, bounds on buses, rated currents",
        |t| t.network.exceeded as f64,
    ),
    is(
        "dispatches_infeasible",
        "1",
        R,
        "facts dispatch_infeasible: limits x periods that no dispatch could keep, and dispatches that left the plan in force",
        |t| t.network.infeasible as f64,
    ),
    is(
        "elastic_shifted_kwh",
        "kWh",
        RZ,
        "energy that stays move between peak, flat and valley periods because of floated prices: sum of abs(after - before) / 2 (P0 eq. 24-26)",
        |t| t.network.shifted_kwh,
    ),
    is(
        "ev_bill_change_cny",
        "CNY",
        RZ,
        "what these stays pay at the floated prices after their answer, less what they would have paid at base prices before it",
        |t| t.network.bill_change_cny,
    ),
    is("zonal_trade_kwh", "kWh", RZ, "energy traded between zones; of a zone: bought", |t| {
        t.network.traded_kwh
    }),
];
