//! The charts of a run.

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
        bookings::bookings(figures),
        bookings::hours(source)?,
        returned::returned(&transfers),
        vehicles::states_of_charge(source)?,
        money::money(&transfers),
        balance::targets(source)?,
        balance::zone_targets(source)?,
        network::network(source)?,
        network::voltages(source)?,
        network::loading(source)?,
        front::front(source)?,
        balance::zone_loads(source)?,
    ];
    let zones = figures.zones();
    let wanted = |c: &Chart| !c.is_empty() && (c.name != "zone-loads" || (2..=6).contains(&zones));
    Ok(charts.into_iter().filter(wanted).collect())
}
