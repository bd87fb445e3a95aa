//! Which way a figure is better, and whether it is a total: what statistics over runs need to know.

use crate::Definition;

/// Which way a figure is better for the site and its users.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Better {
    /// The more the better.
    More,
    /// The less the better.
    Less,
    /// Neither by itself.
    Neither,
}

const MORE: [&str; 23] = [
    "tracking_rate",
    "tracking_rate_unclipped",
    "tracking_rate_all_periods",
    "tracking_rate_paper",
    "surplus_ev_share",
    "peak_shaving_rate",
    "operator_net_cny",
    "user_surplus_cny",
    "welfare_cny",
    "welfare_money_cny",
    "slot_utilisation",
    "ticket_fill_rate",
    "ticket_discount",
    "need_met_share",
    "stays_met_share",
    "ev_satisfaction",
    "charged_ev_days",
    "voltage_min_pu",
    "tickets_awarded",
    "bookings",
    "bookings_closed",
    "bookings_made",
    "valley_kw",
];

const LESS: [&str; 69] = [
    "abandonment_rate",
    "abandonment_rate_available",
    "abandonment_rate_paper",
    "purchase_rate",
    "purchase_rate_served",
    "co2_kg",
    "co2_kg_paper",
    "curtailed_kwh",
    "import_kwh",
    "unserved_kwh",
    "losses_kwh",
    "peak_kw",
    "peak_valley_kw",
    "net_peak_valley_kw",
    "import_peak_kw",
    "grid_purchase_cny",
    "capacity_charge_cny",
    "fuel_cny",
    "start_cny",
    "wear_cny",
    "carbon_cost_cny",
    "curtailment_cost_cny",
    "plant_cost_cny",
    "generation_cost_cny",
    "total_cost_cny",
    "ev_cost_cny",
    "ev_cost_before_refunds_cny",
    "deadweight_loss_cny",
    "welfare_earliness_cny",
    "welfare_hassle_cny",
    "welfare_unmet_cny",
    "welfare_shift_cny",
    "welfare_crowding_cny",
    "welfare_wear_cny",
    "welfare_keeping_cny",
    "welfare_trips_cny",
    "rejections",
    "rejection_rate",
    "cancelled_late",
    "curtailed_bookings",
    "no_shows",
    "turned_away_late",
    "minor_breaches",
    "moderate_breaches",
    "severe_breaches",
    "late_cancel_rate",
    "no_show_rate",
    "turned_away_late_rate",
    "default_rate_minor",
    "default_rate_moderate",
    "default_rate_severe",
    "overstays",
    "overstay_min",
    "hoarding_index",
    "spoilage_slot_h",
    "spill_kwh",
    "tickets_expired",
    "ticket_latency_p50_s",
    "ticket_latency_p90_s",
    "winner_hhi",
    "unmet_kwh",
    "soc_error_squared",
    "waiting_min",
    "waiting_mean_min",
    "soh_loss_mean",
    "gini_energy",
    "gini_cost",
    "gini_wait",
    "voltage_violations",
];

impl Definition {
    /// Which way the figure is better.
    ///
    /// ```
    /// use indicators::{Better, Definition};
    /// assert_eq!(Definition::of("welfare_cny").unwrap().better(), Better::More);
    /// assert_eq!(Definition::of("no_show_rate").unwrap().better(), Better::Less);
    /// assert_eq!(Definition::of("requests").unwrap().better(), Better::Neither);
    /// ```
    pub fn better(&self) -> Better {
        if MORE.contains(&self.name) {
            Better::More
        } else if LESS.contains(&self.name) {
            Better::Less
        } else {
            Better::Neither
        }
    }

    /// Whether the figure is a total that grows with the number of EVs, such as energy, money or a
    /// count; rates, means, shares, extremes and indices are none.
    ///
    /// ```
    /// use indicators::Definition;
    /// let is_total = |name: &str| Definition::of(name).unwrap().is_total();
    /// assert!(is_total("bookings") && is_total("ev_cost_cny") && is_total("unmet_kwh"));
    /// assert!(!is_total("no_show_rate") && !is_total("gini_cost") && !is_total("winner_hhi"));
    /// ```
    pub fn is_total(&self) -> bool {
        let no_total =
            ["rate", "share", "gini", "hhi", "index", "mean", "_p05", "_p50", "_p90", "_p95"];
        let is_mean = matches!(
            self.name,
            "evs"
                | "overstay_min"
                | "ev_satisfaction"
                | "slot_utilisation"
                | "pile_occupancy"
                | "ticket_discount"
                | "grabs_per_ticket"
                | "warmup_days_mser5"
        );
        !is_mean
            && !no_total.iter().any(|part| self.name.contains(part))
            && !matches!(self.unit, "kW" | "p.u." | "s" | "d")
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::DEFINITIONS;

    #[test]
    fn directions_are_of_figures_that_exist() {
        for name in MORE.iter().chain(&LESS) {
            assert!(Definition::of(name).is_some(), "{name}");
        }
        assert!(MORE.iter().all(|name| !LESS.contains(name)));
    }

    #[test]
    fn a_figure_of_a_power_or_a_share_is_no_total() {
        for d in DEFINITIONS.iter().filter(|d| d.is_total()) {
            let halved = d.name == "elastic_shifted_kwh";
            assert!(halved || !d.doc.contains(" / "), "{} is a ratio: {}", d.name, d.doc);
        }
    }
}
