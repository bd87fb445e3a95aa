//! A microgrid group as a whole.

use crate::{GroupError, Horizon, LowerParams, Microgrid, PriceParams, UpperParams};
use population::FleetSpec;
use serde::{Deserialize, Serialize};

/// A group of microgrids, its fleet, its prices and its two layers. The default is the published
/// case as read.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct GroupParams {
    /// The day that is planned.
    pub horizon: Horizon,
    /// The areas; zone n of the fleet's segments is area n - 1.
    pub microgrids: Vec<Microgrid>,
    /// The fleet: 225 residential, 167 office, 108 commercial EVs.
    pub fleet: FleetSpec,
    /// Tariff and form of the price.
    pub price: PriceParams,
    /// Share of the fleet that follows set points, x of P4 eq. 8, 0..1.
    pub participation: f64,
    /// Upper layer.
    pub upper: UpperParams,
    /// Lower layer.
    pub lower: LowerParams,
}

impl GroupParams {
    /// The published case over a day of `periods` periods (24: as published).
    pub fn published(periods: usize) -> Self {
        let horizon = Horizon::day(periods);
        Self {
            horizon,
            microgrids: Microgrid::published(&horizon).to_vec(),
            fleet: FleetSpec::group(),
            price: PriceParams::default(),
            participation: 0.2,
            upper: UpperParams::default(),
            lower: LowerParams::default(),
        }
    }

    /// Number of areas.
    pub fn areas(&self) -> usize {
        self.microgrids.len()
    }

    /// Net load of each area without any EV \[kW\], area after area.
    pub fn base_kw(&self) -> Vec<f64> {
        self.microgrids.iter().flat_map(Microgrid::net_load_kw).collect()
    }

    /// Exchange limit of each area \[kW\].
    pub fn exchange_kw_max(&self) -> Vec<f64> {
        self.microgrids.iter().map(|grid| grid.exchange_kw_max).collect()
    }

    /// Refuses a horizon or microgrids that mean nothing.
    ///
    /// # Errors
    /// The first thing that is wrong.
    pub fn check(&self) -> Result<(), GroupError> {
        self.horizon.check()?;
        self.microgrids.iter().try_for_each(|grid| grid.check(&self.horizon))
    }
}

impl Default for GroupParams {
    /// The published case in hours.
    fn default() -> Self {
        Self::published(24)
    }
}
