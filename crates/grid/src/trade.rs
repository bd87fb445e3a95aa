//! Zonal trades as the network sees them: admission by power flow, and the price bounds of P0 eq.
//! 11.
//!
//! A trade moves net consumption: the buying zone consumes more than its target, the selling zone
//! less, spread over their buses. The DSO admits it if the AC power flow with the trade keeps every
//! limit that the flow without it keeps; a limit that was broken already must not get worse.
//!
//! Eq. 11 reads `omega_Z P_B <= omega_g [P_B + G (V_a^2 + V_b^2 - 2 V_a V_b)]`. Our reading: the
//! second term is the change of losses by the trade as `r I^2` (eq. 11 with voltage magnitudes
//! leaves out the angle), counted against the price of the grid.

use crate::feeder::Feeder;
use crate::feeder_spec::BranchId;
use crate::flow_state::FlowState;
use crate::power_flow::{Divergence, FlowError, FlowOptions, PowerFlow};
use domain::{BusId, Kw, PerUnit, Price, ZoneId};
use thiserror::Error;

/// How far a limit may be passed by rounding \[p.u. of the limit\].
const SLIGHT: f64 = 1e-6;

/// A trade asked for.
#[derive(Clone, Debug, PartialEq)]
pub struct TradeRequest<'a> {
    /// Zone that consumes more.
    pub buyer: ZoneId,
    /// Where it consumes more: bus positions and shares, together 1.
    pub buyer_shares: &'a [(usize, f64)],
    /// Zone that consumes less.
    pub seller: ZoneId,
    /// Where it consumes less: bus positions and shares, together 1.
    pub seller_shares: &'a [(usize, f64)],
    /// Power bought.
    pub power: Kw,
}

/// A network limit, with what the trade would make of it.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum BrokenLimit {
    /// A voltage below the band.
    VoltageLow {
        /// Where.
        bus: BusId,
        /// What it would be.
        voltage: PerUnit,
        /// What it may be.
        limit: PerUnit,
    },
    /// A voltage above the band.
    VoltageHigh {
        /// Where.
        bus: BusId,
        /// What it would be.
        voltage: PerUnit,
        /// What it may be.
        limit: PerUnit,
    },
    /// A current above the rating.
    BranchCurrent {
        /// Where.
        branch: BranchId,
        /// What it would be \[A\].
        current_a: f64,
        /// What it may be \[A\].
        rating_a: f64,
    },
    /// Power would flow back through the substation.
    Export {
        /// How much.
        power: Kw,
    },
    /// There would be no power flow at all.
    NoPowerFlow(Divergence),
}

impl std::fmt::Display for BrokenLimit {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::VoltageLow { bus, voltage, limit } => {
                write!(
                    f,
                    "voltage of bus {bus} would fall to {:.5} p.u. (limit {:.5})",
                    voltage.value(),
                    limit.value()
                )
            }
            Self::VoltageHigh { bus, voltage, limit } => {
                write!(
                    f,
                    "voltage of bus {bus} would rise to {:.5} p.u. (limit {:.5})",
                    voltage.value(),
                    limit.value()
                )
            }
            Self::BranchCurrent { branch, current_a, rating_a } => {
                write!(
                    f,
                    "current of branch {branch} would be {current_a:.2} A (rating {rating_a:.2})"
                )
            }
            Self::Export { power } => {
                write!(f, "{:.2} kW would flow back through the substation", power.value())
            }
            Self::NoPowerFlow(divergence) => write!(f, "{divergence}"),
        }
    }
}

/// What the DSO says to a trade.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Admission {
    /// The network carries it.
    Admitted {
        /// Losses with the trade less losses without it; negative when it relieves the network.
        extra_loss: Kw,
    },
    /// It would break a limit.
    Refused(BrokenLimit),
}

/// Limits that a trade must keep.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct NetworkLimits {
    /// Lowest voltage.
    pub vmin: PerUnit,
    /// Highest voltage.
    pub vmax: PerUnit,
    /// PV and wind in use that could be curtailed: so much export at the substation is absorbed.
    pub curtailable: Kw,
}

impl Default for NetworkLimits {
    /// 0.95 to 1.05 p.u., nothing to curtail.
    fn default() -> Self {
        Self { vmin: PerUnit(0.95), vmax: PerUnit(1.05), curtailable: Kw::ZERO }
    }
}

/// A trade that cannot be looked at.
#[derive(Clone, Debug, PartialEq, Error)]
pub enum TradeError {
    /// Loads of the wrong number or not finite.
    #[error(transparent)]
    Flow(#[from] FlowError),
    /// The network has no power flow even without the trade.
    #[error("no power flow without the trade: {0}")]
    Base(#[from] Divergence),
    /// A bus position beyond the feeder.
    #[error(
        "zone {zone} spreads its trade over bus position {position}, the feeder has {buses} buses"
    )]
    UnknownPosition {
        /// The zone.
        zone: ZoneId,
        /// The position.
        position: usize,
        /// Buses of the feeder.
        buses: usize,
    },
    /// Shares that are not a whole.
    #[error("the shares of zone {zone} add up to {sum}, not to 1")]
    Shares {
        /// The zone.
        zone: ZoneId,
        /// Their sum.
        sum: f64,
    },
    /// Nothing, less than nothing, or not a number.
    #[error("a trade of {0} is not possible")]
    Power(Kw),
}

/// A period's network, in which trades are admitted one after the other.
#[derive(Clone, Debug)]
pub struct TradeAdmission<'a> {
    feeder: &'a Feeder,
    limits: NetworkLimits,
    p_kw: Vec<f64>,
    q_kvar: Vec<f64>,
    state: FlowState,
}

impl<'a> TradeAdmission<'a> {
    /// The network before any trade: net consumption of every bus in the feeder's order [kW, kvar].
    ///
    /// # Errors
    /// Loads of the wrong number, or a network without power flow.
    pub fn new(
        feeder: &'a Feeder,
        p_kw: Vec<f64>,
        q_kvar: Vec<f64>,
        limits: NetworkLimits,
    ) -> Result<Self, TradeError> {
        let state =
            PowerFlow::new(feeder).solve(&p_kw, &q_kvar, &FlowOptions::default())?.converged()?;
        Ok(Self { feeder, limits, p_kw, q_kvar, state })
    }

    /// A network that was solved already, with all its trades, to see what each of them caused.
    pub fn of(feeder: &'a Feeder, p_kw: &[f64], q_kvar: &[f64], state: &FlowState) -> Self {
        Self {
            feeder,
            limits: NetworkLimits::default(),
            p_kw: p_kw.to_vec(),
            q_kvar: q_kvar.to_vec(),
            state: state.clone(),
        }
    }

    /// Losses of the network with a trade that it contains, less those without it.
    ///
    /// # Errors
    /// A trade that cannot be looked at, or a network without power flow but for it.
    pub fn caused_loss(&self, trade: &TradeRequest<'_>) -> Result<Kw, TradeError> {
        let reverse = TradeRequest {
            buyer: trade.seller,
            buyer_shares: trade.seller_shares,
            seller: trade.buyer,
            seller_shares: trade.buyer_shares,
            power: trade.power,
        };
        Ok(self.state.loss - self.with(&reverse)?.1?.loss)
    }

    /// The network with all trades admitted so far.
    pub fn state(&self) -> &FlowState {
        &self.state
    }

    /// Looks at a trade without admitting it.
    ///
    /// # Errors
    /// A trade that cannot be looked at.
    pub fn check(&self, trade: &TradeRequest<'_>) -> Result<Admission, TradeError> {
        Ok(match self.with(trade)? {
            (_, Ok(state)) => self.judge(&state),
            (_, Err(divergence)) => Admission::Refused(BrokenLimit::NoPowerFlow(divergence)),
        })
    }

    /// Admits a trade if it keeps the limits; later trades are then judged on top of it.
    ///
    /// # Errors
    /// A trade that cannot be looked at.
    pub fn admit(&mut self, trade: &TradeRequest<'_>) -> Result<Admission, TradeError> {
        let (p_kw, state) = self.with(trade)?;
        let state = match state {
            Ok(state) => state,
            Err(divergence) => return Ok(Admission::Refused(BrokenLimit::NoPowerFlow(divergence))),
        };
        let admission = self.judge(&state);
        if let Admission::Admitted { .. } = admission {
            self.p_kw = p_kw;
            self.state = state;
        }
        Ok(admission)
    }

    /// Net consumption and power flow with a trade.
    fn with(
        &self,
        trade: &TradeRequest<'_>,
    ) -> Result<(Vec<f64>, Result<FlowState, Divergence>), TradeError> {
        if !(trade.power.value().is_finite() && trade.power > Kw::ZERO) {
            return Err(TradeError::Power(trade.power));
        }
        let mut p_kw = self.p_kw.clone();
        for (zone, shares, sign) in
            [(trade.buyer, trade.buyer_shares, 1.0), (trade.seller, trade.seller_shares, -1.0)]
        {
            let sum: f64 = shares.iter().map(|s| s.1).sum();
            if (sum - 1.0).abs() > 1e-9 {
                return Err(TradeError::Shares { zone, sum });
            }
            for &(position, share) in shares {
                let buses = p_kw.len();
                let at = p_kw.get_mut(position).ok_or(TradeError::UnknownPosition {
                    zone,
                    position,
                    buses,
                })?;
                *at += sign * share * trade.power.value();
            }
        }
        let outcome =
            PowerFlow::new(self.feeder).solve(&p_kw, &self.q_kvar, &FlowOptions::default())?;
        Ok((p_kw, outcome.converged()))
    }

    fn judge(&self, after: &FlowState) -> Admission {
        match self.broken(after) {
            Some(limit) => Admission::Refused(limit),
            None => Admission::Admitted { extra_loss: after.loss - self.state.loss },
        }
    }

    /// The first limit that the trade would break or break further: buses, branches, substation,
    /// each in the feeder's order.
    fn broken(&self, after: &FlowState) -> Option<BrokenLimit> {
        for (at, bus) in self.feeder.buses().iter().enumerate() {
            let (vmin, vmax) = self.feeder.band(at, (self.limits.vmin, self.limits.vmax));
            let (low, high) = (vmin.value(), vmax.value());
            let (was, is) = (self.state.vm_pu(at), after.vm_pu(at));
            if is < low.min(was) - SLIGHT {
                return Some(BrokenLimit::VoltageLow {
                    bus: bus.id,
                    voltage: PerUnit(is),
                    limit: vmin,
                });
            }
            if is > high.max(was) + SLIGHT {
                return Some(BrokenLimit::VoltageHigh {
                    bus: bus.id,
                    voltage: PerUnit(is),
                    limit: vmax,
                });
            }
        }
        for (at, branch) in self.feeder.branches().iter().enumerate() {
            let (was, is) = (self.state.branches[at].current_a, after.branches[at].current_a);
            if let Some(rating_a) =
                branch.rating_a.filter(|rating| is > rating.max(was) * (1.0 + SLIGHT))
            {
                return Some(BrokenLimit::BranchCurrent {
                    branch: branch.id,
                    current_a: is,
                    rating_a,
                });
            }
        }
        let (was, is) = (self.state.import, after.import);
        let least = was.min(Kw::ZERO) - self.limits.curtailable - Kw(SLIGHT * Feeder::BASE_KVA);
        (is < least).then_some(BrokenLimit::Export { power: -is })
    }
}

/// The highest price that a buyer may pay a neighbour (P0 eq. 11): `omega_g (P_B + loss) / P_B`.
///
/// `extra_loss` is what the trade adds to the network's losses; a trade that relieves the network
/// lowers the bound a little.
///
/// ```
/// use domain::{Kw, Price};
/// // 100 kW with 0.4 kW of loss at 1.09 CNY/kWh
/// let cap = grid::price_cap(Price(1.09), Kw(100.0), Kw(0.4));
/// assert!((cap.value() - 1.09436).abs() < 1e-12);
/// ```
pub fn price_cap(grid_price: Price, power: Kw, extra_loss: Kw) -> Price {
    if power > Kw::ZERO { grid_price * ((power + extra_loss) / power).max(0.0) } else { grid_price }
}

/// Where a seller's energy comes from.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum SellerSource {
    /// PV or wind that would be curtailed: costs nothing.
    Curtailed,
    /// Charging that is put off to another period, at the price paid then.
    Postponed {
        /// Price of the energy when it is charged.
        later: Price,
    },
    /// Batteries that are discharged and charged again.
    V2g {
        /// Price of the energy when it is charged again.
        recharge: Price,
        /// Energy kept on the way in, and on the way out.
        efficiency: f64,
        /// Wear per energy discharged.
        wear: Price,
    },
}

/// The lowest price at which a seller does not lose: its marginal cost.
///
/// ```
/// use domain::Price;
/// use grid::{SellerSource, seller_floor};
/// let v2g = SellerSource::V2g { recharge: Price(0.35), efficiency: 0.95, wear: Price(0.05) };
/// // 0.35 / 0.95^2 + 0.05
/// assert!((seller_floor(v2g).value() - 0.43781).abs() < 1e-5);
/// assert_eq!(seller_floor(SellerSource::Curtailed), Price(0.0));
/// ```
pub fn seller_floor(source: SellerSource) -> Price {
    match source {
        SellerSource::Curtailed => Price::ZERO,
        SellerSource::Postponed { later } => later,
        SellerSource::V2g { recharge, efficiency, wear } => {
            recharge / (efficiency * efficiency) + wear
        }
    }
}
