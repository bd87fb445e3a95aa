//! The fold over batches of rows.

use crate::bookings::{Book, Note};
use crate::clairvoyant::Clairvoyant;
use crate::definitions::DEFINITIONS;
use crate::energy::{Area, Energy, Uncontrolled};
use crate::fleet::Fleet;
use crate::money::{self, Money};
use crate::network::Network;
use crate::prices::{PriceEnds, Prices};
use crate::scopes::Scopes;
use crate::stays::{Events, Sessions, Stays};
use crate::tickets::Desk;
use crate::totals::Totals;
use domain::{
    BusId, Detail, Direction, EvId, Fact, FactKind, IndicatorRow, Names, PeriodGrid, Rows, Scope,
    Span, Tariff, Time, ZoneId,
};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// What indicators need and tables do not hold.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Context {
    /// What amounts of money are called in units.
    pub currency: String,
    /// Length of a settlement period, in h.
    pub period_h: f64,
    /// Piles of each zone, zone 1 first.
    pub piles: Vec<u32>,
    /// Power limit of a pile, in kW; infinite if there is none.
    pub pile_kw: f64,
    /// What an EV pays for energy outside of bookings.
    pub tariff_ev: Tariff,
    /// Emissions of energy from the grid, in kg/kWh; P3: 0.4326.
    pub grid_kg_per_kwh: f64,
    /// Between which prices reservations may be.
    pub prices: PriceEnds,
    /// Voltages that are no violation, lowest and highest, in p.u.
    pub voltage_band_pu: [f64; 2],
    /// Limits that buses have of their own, which hold beside those, in p.u.
    pub bus_bands_pu: BTreeMap<BusId, [f64; 2]>,
    /// What energy beyond the surplus costs, where `deadweight_loss_cny` is asked for: a linear
    /// programme per zone.
    pub clairvoyant: Option<Tariff>,
}

impl Default for Context {
    /// The park of P3 with no pile: 15-minute periods, 40 kW a pile, retail = the park's tariff +
    /// 0.40 CNY/kWh.
    fn default() -> Self {
        Self {
            currency: "CNY".to_owned(),
            period_h: 0.25,
            piles: Vec::new(),
            pile_kw: 40.0,
            tariff_ev: Tariff::park_plant().with_fee(0.4),
            grid_kg_per_kwh: 0.4326,
            prices: PriceEnds::default(),
            voltage_band_pu: [0.95, 1.05],
            bus_bands_pu: BTreeMap::new(),
            clairvoyant: None,
        }
    }
}

/// Folds the rows of one run into its indicators.
///
/// ```
/// use indicators::{Accumulator, Context};
/// let mut fold = Accumulator::new(&domain::Names::default(), &Context::default());
/// fold.absorb(&domain::Rows {
///     balance: vec![domain::BalanceRow { zone: domain::ZoneId(1), load_kw: 100.0, grid_kw: 40.0, ..Default::default() }],
///     ..Default::default()
/// });
/// let rows = fold.finish();
/// let purchase = rows.iter().find(|r| r.name == "purchase_rate" && r.scope == domain::Scope::Run).unwrap();
/// assert_eq!(purchase.value, 0.4);
/// ```
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Accumulator {
    context: Context,
    fleet: Fleet,
    area: Area,
    zones: Vec<Energy>,
    prices: Scopes<Prices>,
    uncontrolled: Uncontrolled,
    book: Book,
    desk: Desk,
    events: Scopes<Events>,
    money: Scopes<Money>,
    stays: Scopes<Stays>,
    sessions: Scopes<Sessions>,
    network: Scopes<Network>,
    clairvoyant: Option<Clairvoyant>,
    /// Vehicles unplugged after the end of their bookings.
    overstays: Vec<(EvId, Time)>,
}

impl Accumulator {
    /// A fold that has seen nothing; the zones are those of `context.piles` and any that rows name.
    pub fn new(names: &Names, context: &Context) -> Self {
        let (zones, segments) = (context.piles.len(), names.segments.len());
        Self {
            fleet: Fleet::default(),
            area: Area::default(),
            zones: vec![Energy::default(); zones + 1],
            prices: Scopes::new(zones, 0),
            uncontrolled: Uncontrolled::default(),
            book: Book::new(zones, segments),
            desk: Desk::new(zones, segments),
            events: Scopes::new(zones, segments),
            money: Scopes::new(zones, segments),
            stays: Scopes::new(zones, segments),
            sessions: Scopes::new(zones, segments),
            network: Scopes::new(zones, segments),
            clairvoyant: context.clairvoyant.clone().map(Clairvoyant::new),
            overstays: Vec::new(),
            context: context.clone(),
        }
    }

    /// Takes the next rows of the run. Rows about an EV must not come before its row in `evs`,
    /// except in the same batch.
    pub fn absorb(&mut self, rows: &Rows) {
        rows.evs.iter().for_each(|e| self.fleet.add(e));
        rows.facts.iter().for_each(|f| self.add_fact(f));
        self.tell_clairvoyant(rows);
        rows.reservations.iter().for_each(|r| self.add_reservation(r));
        for t in &rows.tickets {
            let segment = (t.winner.0 != 0).then(|| {
                let note = self.fleet.note(t.winner);
                note.tickets_won += 1;
                note.segment
            });
            self.desk.add(t, segment);
        }
        rows.ledger.iter().for_each(|l| money::add_transfer(l, &mut self.fleet, &mut self.money));
        rows.accounts.iter().for_each(|a| money::add_account(a, &mut self.money));
        for s in &rows.stays {
            let note = self.fleet.note(s.ev);
            note.waited_min += s.waiting_min;
            let power_kw = note.charge_kw.min(self.context.pile_kw);
            self.uncontrolled.add(s, power_kw, self.period_us());
            self.stays.each(s.zone, s.segment, |t| t.add(s));
        }
        for s in &rows.sessions {
            let segment = self.fleet.note(s.ev).segment;
            self.sessions.each(s.zone, segment, |t| t.add(s));
        }
        let ends = self.context.prices;
        rows.prices.iter().for_each(|p| self.prices.zone(p.zone).publish(p, ends));
        for b in &rows.balance {
            self.prices.zone(b.zone).settle(b);
            self.area.add(b);
            let zone = usize::from(b.zone.0);
            if zone >= self.zones.len() {
                self.zones.resize(zone + 1, Energy::default());
            }
            self.zones[zone].add(b, self.context.period_h);
            let h = self.context.period_h;
            self.network.run_and_zone(b.zone, |n| n.add_balance(b, h));
        }
        for v in &rows.voltages {
            let [mut low, mut high] = self.context.voltage_band_pu;
            if let Some(own) = self.context.bus_bands_pu.get(&v.bus) {
                (low, high) = (low.max(own[0]), high.min(own[1]));
            }
            self.network.run_and_zone(v.zone, |n| n.add_voltage(v, [low, high]));
        }
        rows.trades.iter().for_each(|t| self.network.run_and_zone(t.buyer, |n| n.add_trade(t)));
    }

    /// The figures: of the run, then of each zone, then of each segment, each in the order of
    /// [`DEFINITIONS`].
    pub fn finish(self) -> Vec<IndicatorRow> {
        let currency = self.context.currency.clone();
        let totals = self.totals();
        let mut rows = Vec::new();
        report(&totals.run, Scope::Run, 0, &mut rows);
        for (zone, t) in totals.zones.iter().enumerate().skip(1) {
            report(t, Scope::Zone, zone as u32, &mut rows);
        }
        for (segment, t) in totals.segments.iter().enumerate() {
            report(t, Scope::Segment, segment as u32, &mut rows);
        }
        for row in rows.iter_mut().filter(|row| row.unit.contains("CNY")) {
            row.unit = row.unit.replace("CNY", &currency);
        }
        rows
    }

    /// Passes on what the bound on welfare needs, if it is asked for.
    fn tell_clairvoyant(&mut self, rows: &Rows) {
        let periods = self.periods();
        let Some(c) = &mut self.clairvoyant else { return };
        rows.evs.iter().for_each(|e| c.add_ev(e, self.context.pile_kw, &self.context.tariff_ev));
        rows.facts
            .iter()
            .filter(|f| f.kind == FactKind::SetPoint)
            .for_each(|f| c.add_set_point(f, periods));
        rows.stays.iter().for_each(|s| c.add_stay(s));
        rows.balance.iter().for_each(|b| c.add_balance(b, periods));
    }

    fn periods(&self) -> PeriodGrid {
        PeriodGrid { per_day: (24.0 / self.context.period_h).round() as i64 }
    }

    fn period_us(&self) -> i64 {
        Span::from_hours(self.context.period_h).0.max(1)
    }

    fn add_fact(&mut self, f: &Fact) {
        match f.kind {
            FactKind::SetPoint => self.add_set_point(f),
            FactKind::ReservationRequested => self.count(f, |e| e.requests += 1),
            FactKind::ReservationRejected => self.count(f, |e| {
                e.rejections += 1;
                e.rejected_kwh += f.energy;
            }),
            FactKind::WalkIn => self.count(f, |e| e.walk_ins += 1),
            FactKind::ReminderSent => self.count(f, |e| e.reminders += 1),
            FactKind::TicketGrabbed => self.count(f, |e| e.grabs += 1),
            FactKind::TurnedAwayLate => self.book.turn_away(f.ev, f.period_start),
            FactKind::TargetMissed
            | FactKind::DemandAnswered
            | FactKind::LimitExceeded
            | FactKind::DispatchInfeasible => {
                self.network.run_and_zone(f.zone, |n| n.add_fact(f));
            }
            FactKind::Unplugged if f.detail == Detail::Overstay => self.overstays.push((f.ev, f.t)),
            _ => {}
        }
    }

    fn count(&mut self, f: &Fact, add: impl Fn(&mut Events)) {
        let segment = self.fleet.note(f.ev).segment;
        self.events.each(f.zone, segment, add);
    }

    fn add_set_point(&mut self, f: &Fact) {
        let note = self.fleet.note(f.ev);
        let charging = f.direction == Some(Direction::Charge);
        let day = f.period_start.day() as i32;
        let new_day = charging && note.last_day != day;
        if charging {
            note.last_day = day;
            note.charged_kwh += f.energy;
        }
        let segment = note.segment;
        self.events.each(f.zone, segment, |e| {
            e.set_points += 1;
            e.charged_ev_days += u64::from(new_day);
            if charging {
                e.charged_kwh += f.energy;
            } else {
                e.discharged_kwh += f.energy;
            }
        });
    }

    fn add_reservation(&mut self, r: &domain::ReservationRow) {
        self.book.add(r);
        if r.status != domain::ReservationStatus::Open {
            self.fleet.note(r.ev).paid += r.revenue + r.forfeited + r.penalty;
        }
    }

    /// Brings together what the parts know.
    fn totals(mut self) -> Scopes<Totals> {
        let (zones, segments) = (self.zones.len() - 1, self.events.segments.len());
        let mut all: Scopes<Totals> = Scopes::new(zones, segments);
        let c = &self.context;
        let length = Span::from_hours(c.period_h);
        let end = self.area.periods().last().map_or(Time::START, |p| p.period_start + length);
        self.book.count_latecomers();
        let late = self.book.punctuality(zones, segments);
        let hoarded = self.book.hoarded(zones, segments);
        let latency = self.desk.latency(zones);
        let discounts = self.desk.discounts(&self.book.by_number(), zones);
        let inequality = self.fleet.inequality(zones, segments);
        let overstayed = overstayed(&self.overstays, &self.book.plugged_by_end(), zones, segments);
        all.run.energy = self.area.energy(c.period_h);
        all.run.warmup_days = self.area.warmup_days(c.period_h);
        all.run.uncontrolled_peak_kw = self.uncontrolled.peak_kw(&self.area, length.0);
        let record_h = |e: &Energy| e.periods as f64 * c.period_h;
        all.run.pile_h =
            c.piles.iter().map(|&p| f64::from(p)).sum::<f64>() * record_h(&all.run.energy);
        for (zone, t) in all.zones.iter_mut().enumerate() {
            let prices = std::mem::take(self.prices.zone(ZoneId(zone as u16)));
            all.run.prices.merge(&prices);
            t.prices = prices;
            t.energy = self.zones[zone];
            let piles = zone.checked_sub(1).and_then(|z| c.piles.get(z)).copied().unwrap_or(0);
            t.pile_h = f64::from(piles) * record_h(&t.energy);
        }
        let take = |t: &mut Totals, part: Part<'_>| {
            part.put(t, c, length, end);
        };
        take(
            &mut all.run,
            Part {
                bookings: &mut self.book.totals.run,
                events: &self.events.run,
                tickets: &mut self.desk.totals.run,
                money: &mut self.money.run,
                stays: &self.stays.run,
                sessions: &self.sessions.run,
                network: &self.network.run,
            },
        );
        for (i, t) in all.zones.iter_mut().enumerate() {
            let zone = ZoneId(i as u16);
            take(
                t,
                Part {
                    bookings: self.book.totals.zone(zone),
                    events: self.events.zone(zone),
                    tickets: self.desk.totals.zone(zone),
                    money: self.money.zone(zone),
                    stays: self.stays.zone(zone),
                    sessions: self.sessions.zone(zone),
                    network: self.network.zone(zone),
                },
            );
        }
        for (i, t) in all.segments.iter_mut().enumerate() {
            take(
                t,
                Part {
                    bookings: &mut self.book.totals.segments[i],
                    events: &self.events.segments[i],
                    tickets: &mut self.desk.totals.segments[i],
                    money: &mut self.money.segments[i],
                    stays: &self.stays.segments[i],
                    sessions: &self.sessions.segments[i],
                    network: &self.network.segments[i],
                },
            );
            t.energy = Energy {
                charge_kwh: t.events.charged_kwh,
                discharge_kwh: t.events.discharged_kwh,
                ..Energy::default()
            };
        }
        spread(&mut all, &late, |t, l| (t.plugged, t.punctuality_min) = (l.count(), l.figures()));
        spread(&mut all, &hoarded, |t, h| t.hoarding = *h);
        spread(&mut all, &latency, |t, l| t.latency_s = *l);
        spread(&mut all, &discounts, |t, d| t.discounts = *d);
        spread(&mut all, &inequality, |t, i| t.inequality = *i);
        all.run.deadweight_cny = f64::NAN;
        all.zones.iter_mut().for_each(|t| t.deadweight_cny = f64::NAN);
        if let Some(c) = &self.clairvoyant {
            for (zone, &piles) in (1..).zip(&self.context.piles) {
                all.zone(ZoneId(zone)).deadweight_cny =
                    c.loss_cny(ZoneId(zone), piles, self.periods());
            }
            all.run.deadweight_cny = all.zones.iter().skip(1).map(|t| t.deadweight_cny).sum();
        }
        spread(&mut all, &overstayed, |t, o| (t.overstays, t.overstay_min) = *o);
        all
    }
}

/// The parts of one scope.
struct Part<'a> {
    bookings: &'a mut crate::bookings::Bookings,
    events: &'a Events,
    tickets: &'a mut crate::tickets::Tickets,
    money: &'a mut Money,
    stays: &'a Stays,
    sessions: &'a Sessions,
    network: &'a Network,
}

impl Part<'_> {
    fn put(self, t: &mut Totals, c: &Context, length: Span, end: Time) {
        t.bookings = std::mem::take(self.bookings);
        t.tickets = std::mem::take(self.tickets);
        t.money = std::mem::take(self.money);
        (t.events, t.stays, t.sessions, t.network) =
            (*self.events, *self.stays, *self.sessions, *self.network);
        t.at_tariff_cny = t.bookings.at_tariff(&c.tariff_ev, length);
        t.plugged_h = t.sessions.plugged_h(end);
        (t.grid_kg_per_kwh, t.period_h) = (c.grid_kg_per_kwh, c.period_h);
    }
}

/// Puts figures of each scope where they belong.
fn spread<T>(all: &mut Scopes<Totals>, figures: &Scopes<T>, put: impl Fn(&mut Totals, &T)) {
    put(&mut all.run, &figures.run);
    all.zones.iter_mut().zip(&figures.zones).for_each(|(t, f)| put(t, f));
    all.segments.iter_mut().zip(&figures.segments).for_each(|(t, f)| put(t, f));
}

/// How many vehicles stayed plugged in after their bookings, and how long together \[min\]. The
/// booking is the EV's last one that had ended by then; `plugged` is in the order of EV and end.
fn overstayed(
    unplugged: &[(EvId, Time)],
    plugged: &[Note],
    zones: usize,
    segments: usize,
) -> Scopes<(u64, f64)> {
    let mut sums: Scopes<(u64, f64)> = Scopes::new(zones, segments);
    for &(ev, t) in unplugged {
        let behind = plugged.partition_point(|n| (n.ev, n.end) <= (ev, t));
        let Some(n) = behind.checked_sub(1).map(|i| plugged[i]).filter(|n| n.ev == ev) else {
            continue;
        };
        sums.each(n.zone, n.segment, |s| *s = (s.0 + 1, s.1 + (t - n.end).minutes()));
    }
    sums
}

fn report(t: &Totals, scope: Scope, scope_id: u32, rows: &mut Vec<IndicatorRow>) {
    let of_scope = DEFINITIONS.iter().filter(|d| d.is_given_for(scope));
    rows.extend(of_scope.map(|d| IndicatorRow {
        name: d.name.to_owned(),
        unit: d.unit.to_owned(),
        // No negative zero: it would look like a difference in text.
        value: (d.value)(t) + 0.0,
        scope,
        scope_id,
    }));
}
