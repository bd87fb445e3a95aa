//! The charts of a run.

mod areas;
mod balance;
mod bookings;
mod front;
mod money;
mod network;
mod occupancy;
mod periods;
mod prices;
mod returned;
mod vehicles;

use crate::chart::Chart;
use crate::figures::Figures;
use crate::{ReportError, Source};

/// All charts that the tables of a run can fill, in the order of a report.
pub(crate) fn charts(source: &Source, figures: &Figures) -> Result<Vec<Chart>, ReportError> {
    let transfers = money::Transfers::read(source)?;
    let charts = [
        balance::power_balance(source)?,
        occupancy::occupancy(source)?,
        prices::prices(source)?,
        bookings::bookings(source, figures)?,
        bookings::hours(source)?,
        returned::returned(source, &transfers),
        vehicles::states_of_charge(source)?,
        money::money(source, &transfers),
        balance::targets(source)?,
        balance::zone_targets(source)?,
        network::network(source)?,
        network::voltages(source)?,
        network::loading(source)?,
        front::front(source)?,
        balance::zone_loads(source)?,
        areas::on_arrival(source)?,
    ];
    let zones = figures.zones();
    // More curves than that cannot be told apart, and one zone is the power balance.
    let few = (2..=6).contains(&zones);
    let by_area = |c: &Chart| ["zone-loads", "before-after"].contains(&c.name);
    let wanted = |c: &Chart| !c.is_empty() && (few || !by_area(c));
    Ok(charts.into_iter().filter(wanted).collect())
}
