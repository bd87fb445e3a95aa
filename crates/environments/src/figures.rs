//! What happened in a step, as figures that rewards are made of.
//!
//! Each adds up: over the steps of an episode it comes to the indicator of the same name (`output/`
//! documents them); `terminal_cny` and `breaches` are the exceptions that say so.

use crate::course::Scope;
use domain::{
    AccountId, BookingId, Direction, FactKind, LedgerRow, MicroCny, Purpose, ReservationRow,
    ReservationStatus, Rows, Tariff, Time, ZoneId,
};
use market::Account;
use simulation::Simulation;

/// A figure of a step.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Figure {
    /// What the operator's account gained: what EVs paid, less what plant, grid and sellers of energy
    /// cost \[CNY\].
    OperatorNet,
    /// What EVs have over paying the tariff for the same net energy \[CNY\].
    UserSurplus,
    /// The same and the gains of operator, aggregators and DSO, less what users bear besides money, of
    /// stays that ended \[CNY\].
    Welfare,
    /// Surplus that the EVs' net power followed: `max(0, P_dem - |P_dem - Y|)` where P_dem > 0 \[kWh\].
    Tracked,
    /// Renewable energy available and not used \[kWh\].
    Curtailed,
    /// Energy bought from the grid \[kWh\].
    Import,
    /// Energy charged, at the piles \[kWh\].
    Charged,
    /// Energy discharged, at the piles \[kWh\].
    Discharged,
    /// Energy still missing at departure, of stays that ended \[kWh\].
    Unmet,
    /// Bookings whose users never came.
    NoShows,
    /// Breaches of bookings, counted when they are graded.
    Breaches,
    /// Tickets awarded.
    Tickets,
    /// Emissions of grid energy and own plant \[kg\].
    Co2,
    /// At the end of an episode: what bookings that are not settled will bring, price x reserved
    /// energy x the share of reserved energy that was delivered so far; 0 before \[CNY\].
    Terminal,
}

impl Figure {
    /// How many there are.
    pub const COUNT: usize = 14;
    /// All of them, in the order in which they are reported.
    pub const ALL: [Self; Self::COUNT] = [
        Self::OperatorNet,
        Self::UserSurplus,
        Self::Welfare,
        Self::Tracked,
        Self::Curtailed,
        Self::Import,
        Self::Charged,
        Self::Discharged,
        Self::Unmet,
        Self::NoShows,
        Self::Breaches,
        Self::Tickets,
        Self::Co2,
        Self::Terminal,
    ];

    /// Its name; that of the indicator to which it adds up.
    pub fn name(self) -> &'static str {
        match self {
            Self::OperatorNet => "operator_net_cny",
            Self::UserSurplus => "user_surplus_cny",
            Self::Welfare => "welfare_cny",
            Self::Tracked => "tracked_kwh",
            Self::Curtailed => "curtailed_kwh",
            Self::Import => "import_kwh",
            Self::Charged => "ev_energy_kwh",
            Self::Discharged => "v2g_kwh",
            Self::Unmet => "unmet_kwh",
            Self::NoShows => "no_shows",
            Self::Breaches => "breaches",
            Self::Tickets => "tickets_awarded",
            Self::Co2 => "co2_kg",
            Self::Terminal => "terminal_cny",
        }
    }

    /// The figure of a name.
    ///
    /// ```
    /// use environments::Figure;
    /// assert!(Figure::ALL.iter().all(|f| Figure::named(f.name()) == Some(*f)));
    /// assert_eq!(Figure::named("profit"), None);
    /// ```
    pub fn named(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|f| f.name() == name)
    }
}

/// One value for each figure, in the order of [`Figure::ALL`].
pub type Figures = [f64; Figure::COUNT];

/// What is read off a simulation to tell what a step did: the difference of two readings, and the
/// rows between them.
#[derive(Clone, Debug, Default)]
pub(crate) struct Reading {
    zones: Vec<ZoneReading>,
}

#[derive(Clone, Copy, Debug)]
struct ZoneReading {
    /// Gains of operator, aggregator and DSO since the record began.
    gains: [MicroCny; 3],
    breaches: u64,
    awards: u64,
}

impl Reading {
    /// What a simulation shows now.
    pub fn of(sim: &Simulation) -> Self {
        let zone = |z: &agents::Zone| ZoneReading {
            // What was gained before the record began does not count.
            gains: [Account::Operator, Account::Aggregator, Account::Dso]
                .map(|a| if z.recording { z.ledger.gain(a) } else { MicroCny::ZERO }),
            breaches: z.aggregator.counters.breaches,
            awards: z.aggregator.counters.awards,
        };
        Self { zones: sim.world().zones().map(zone).collect() }
    }
}

/// Sums over rows, by zone (index = zone - 1), with those of the area at the end.
#[derive(Clone, Debug, Default)]
pub(crate) struct Fold {
    sums: Vec<Figures>,
    /// Reserved and delivered energy of charging bookings that closed \[kWh\].
    pub reserved_kwh: f64,
    pub delivered_kwh: f64,
    last_booking: BookingId,
}

/// What rows mean in money and time.
#[derive(Clone, Debug)]
pub(crate) struct Meaning {
    /// What an EV pays without a booking.
    pub tariff_ev: Tariff,
    /// Length of a period \[h\].
    pub period_h: f64,
    /// Whose figures are told.
    pub scopes: Vec<Scope>,
}

impl Fold {
    pub fn new(zones: usize) -> Self {
        Self { sums: vec![[0.0; Figure::COUNT]; zones + 1], ..Self::default() }
    }

    fn area(&self) -> usize {
        self.sums.len() - 1
    }

    fn add(&mut self, zone: ZoneId, figure: Figure, value: f64) {
        let (area, at) = (self.area(), figure as usize);
        self.sums[area][at] += value;
        if let Some(own) = usize::from(zone.0).checked_sub(1).filter(|&i| i < area) {
            self.sums[own][at] += value;
        }
    }

    /// Adds batches of rows of the same instants, such as those of the zones of a window.
    pub fn take<'a>(&mut self, batches: impl Iterator<Item = &'a Rows> + Clone, m: &Meaning) {
        self.take_balance(batches.clone(), m);
        for rows in batches {
            for stay in rows.stays.iter().filter(|s| s.departure != Time::NONE) {
                self.add(stay.zone, Figure::Unmet, stay.unmet_kwh);
                self.add(stay.zone, Figure::Welfare, -stay.borne.total_cny());
            }
            // Whoever came after the deadline has not failed to come.
            for late in rows.facts.iter().filter(|f| f.kind == FactKind::TurnedAwayLate) {
                self.add(late.zone, Figure::NoShows, -1.0);
            }
            for row in &rows.reservations {
                self.take_reservation(row, m);
            }
            for row in &rows.ledger {
                self.take_transfer(row);
            }
        }
    }

    /// Periods: the zones' powers are added before anything is taken of the area.
    fn take_balance<'a>(&mut self, batches: impl Iterator<Item = &'a Rows>, m: &Meaning) {
        let h = m.period_h;
        let mut area: Vec<(Time, [f64; 3])> = Vec::new();
        for b in batches.flat_map(|rows| &rows.balance) {
            let y = b.ev_charge_kw - b.ev_discharge_kw;
            let powers = [b.surplus_kw, y, b.grid_kw];
            match area.iter_mut().find(|(t, _)| *t == b.period_start) {
                Some((_, sums)) => sums.iter_mut().zip(powers).for_each(|(sum, kw)| *sum += kw),
                None => area.push((b.period_start, powers)),
            }
            self.add(b.zone, Figure::Curtailed, b.curtailed_kw * h);
            self.add(b.zone, Figure::Charged, b.ev_charge_kw * h);
            self.add(b.zone, Figure::Discharged, b.ev_discharge_kw * h);
            self.add(b.zone, Figure::Co2, b.emissions_kg);
            if let Some(zone) = usize::from(b.zone.0).checked_sub(1) {
                self.add_powers(zone.min(self.area()), powers, h);
            }
        }
        for (_, powers) in area {
            self.add_powers(self.area(), powers, h);
        }
    }

    fn add_powers(&mut self, at: usize, [p, y, grid]: [f64; 3], h: f64) {
        let followed = if p > 0.0 { (p - (p - y).abs()).max(0.0) } else { 0.0 };
        self.sums[at][Figure::Tracked as usize] += followed * h;
        self.sums[at][Figure::Import as usize] += grid.max(0.0) * h;
    }

    fn take_reservation(&mut self, r: &ReservationRow, m: &Meaning) {
        let first = std::mem::replace(&mut self.last_booking, r.booking) != r.booking;
        if r.status == ReservationStatus::Open {
            return;
        }
        if first && r.status == ReservationStatus::Defaulted && r.plugged_at == Time::NONE {
            self.add(r.zone, Figure::NoShows, 1.0);
        }
        let sign = if r.direction == Direction::Charge { 1.0 } else { -1.0 };
        let delivered = if r.energy_kwh.is_nan() { 0.0 } else { r.energy_kwh };
        if r.direction == Direction::Charge {
            self.reserved_kwh += r.reserved_kwh;
            self.delivered_kwh += delivered;
        }
        let worth = sign * delivered * m.tariff_ev.at(r.period_start).value();
        let paid = (r.revenue + r.forfeited + r.penalty).cny().value();
        self.add(r.zone, Figure::UserSurplus, worth - paid);
    }

    /// What EVs pay and are paid outside of the rows of bookings.
    fn take_transfer(&mut self, l: &LedgerRow) {
        use Purpose::{CancellationFee, ServiceFee, V2gPayment};
        if !matches!(l.purpose, CancellationFee | ServiceFee | V2gPayment) {
            return;
        }
        let is_ev = |account: AccountId| account.0 > market::ledger::EV_ACCOUNTS;
        let (zone, paid) = match (is_ev(l.debit), is_ev(l.credit)) {
            (true, false) => (market::ledger::zone_of(l.credit), l.amount),
            (false, true) => (market::ledger::zone_of(l.debit), -l.amount),
            _ => return,
        };
        self.add(zone, Figure::UserSurplus, -paid.cny().value());
    }

    /// What happened, by zone (index = zone - 1) and for the area at the end: `self` less what had
    /// been seen before, and what the readings before and after it differ by.
    pub fn step(&self, seen: &Self, before: &Reading, after: &Reading) -> Vec<Figures> {
        let area = self.area();
        let mut out = vec![[0.0; Figure::COUNT]; area + 1];
        for (sums, (now, had)) in out.iter_mut().zip(self.sums.iter().zip(&seen.sums)) {
            sums.iter_mut().zip(now.iter().zip(had)).for_each(|(x, (a, b))| *x = a - b);
        }
        for (i, (now, had)) in after.zones.iter().zip(&before.zones).enumerate().take(area) {
            let gain = |k: usize| (now.gains[k] - had.gains[k]).cny().value();
            let site = gain(0) + gain(1) + gain(2);
            for at in [i, area] {
                out[at][Figure::OperatorNet as usize] += gain(0);
                out[at][Figure::Welfare as usize] += site;
                out[at][Figure::Breaches as usize] += (now.breaches - had.breaches) as f64;
                out[at][Figure::Tickets as usize] += (now.awards - had.awards) as f64;
            }
        }
        for sums in &mut out {
            sums[Figure::Welfare as usize] += sums[Figure::UserSurplus as usize];
        }
        out
    }
}
