//! What a use costs by a tariff.
//!
//! At each instant and for each dimension the first element counts that has a price for it and
//! whose restrictions hold. Amounts are rounded up to the step of the last price that was used:
//! once for energy, once for all time, at the end of the last stretch of its kind.

use super::tariff::{Component, Dimension, Element, OcpiTariff, Purpose, Tax};
use super::words::{DAY_US, HOUR_US};
use serde_json::Value;

/// A stretch of a use in which no price changes.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Stretch {
    /// Its beginning \[us UTC\].
    pub start: i64,
    /// Energy, negative if fed back \[kWh\].
    pub energy_kwh: f64,
    /// Time charging \[h\].
    pub charging_h: f64,
    /// Time plugged in and not charging \[h\].
    pub parking_h: f64,
}

/// What became of the reservation or booking before a use.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub enum Reserved {
    /// There was none.
    #[default]
    No,
    /// Reserved for so long before the use began \[h\].
    Used(f64),
    /// Reserved for so long, and nobody came \[h\].
    Expired(f64),
    /// Cancelled.
    Cancelled,
}

/// A use of a charge point.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Use {
    /// The reservation.
    pub reserved: Reserved,
    /// In order of time; none if nobody came.
    pub stretches: Vec<Stretch>,
    /// Charging beyond the end of the booking \[h\].
    pub overtime_h: f64,
}

/// What a use costs.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Cost {
    /// Without taxes.
    pub before_taxes: f64,
    /// With them.
    pub after_taxes: f64,
}

impl Cost {
    fn add(&mut self, component: &Component, amount: f64, tax: Tax) {
        let cost = component.price * amount;
        let rate = 1.0 + component.vat.unwrap_or(0.0) / 100.0;
        let (before, after) = match tax {
            Tax::Included => (cost / rate, cost),
            Tax::OnTop => (cost, cost * rate),
            Tax::None => (cost, cost),
        };
        self.before_taxes += before;
        self.after_taxes += after;
    }

    fn within(self, least: [Option<f64>; 2], most: [Option<f64>; 2]) -> Self {
        let within = |x: f64, k: usize| {
            x.max(least[k].unwrap_or(f64::NEG_INFINITY)).min(most[k].unwrap_or(f64::INFINITY))
        };
        Self {
            before_taxes: within(self.before_taxes, 0),
            after_taxes: within(self.after_taxes, 1),
        }
    }
}

impl Use {
    /// The use that a CDR tells of: its charging periods.
    ///
    /// # Errors
    /// A period without a time, as a sentence.
    pub fn of_cdr(cdr: &Value) -> Result<Self, String> {
        let periods = cdr["charging_periods"].as_array().map(Vec::as_slice).unwrap_or_default();
        let (mut reserved_h, mut expired_h, mut overtime_h) = (0.0, 0.0, 0.0);
        let mut stretches = Vec::new();
        for period in periods {
            let text = period["start_date_time"].as_str().unwrap_or_default();
            let utc = if text.ends_with('Z') { text.to_owned() } else { format!("{text}Z") };
            let start: jiff::Timestamp =
                utc.parse().map_err(|_| format!("a charging period starts at `{text}`"))?;
            let volume = |kind: &str| {
                let all = period["dimensions"].as_array().map(Vec::as_slice).unwrap_or_default();
                let found = all.iter().find(|d| d["type"] == kind);
                found.and_then(|d| d["volume"].as_f64())
            };
            let used = ["ENERGY", "TIME", "PARKING_TIME"].map(volume);
            if used.iter().all(Option::is_none) {
                reserved_h += volume("RESERVATION_TIME").unwrap_or(0.0);
                expired_h += volume("RESERVATION_EXPIRES").unwrap_or(0.0);
            } else {
                overtime_h += volume("RESERVATION_OVERTIME").unwrap_or(0.0);
                stretches.push(Stretch {
                    start: start.as_microsecond(),
                    energy_kwh: used[0].unwrap_or(0.0),
                    charging_h: used[1].unwrap_or(0.0),
                    parking_h: used[2].unwrap_or(0.0),
                });
            }
        }
        let before = reserved_h.max(expired_h);
        let reserved = match (before > 0.0, stretches.is_empty()) {
            (true, true) => Reserved::Expired(before),
            (true, false) => Reserved::Used(before),
            (false, true) => Reserved::Cancelled,
            (false, false) => Reserved::No,
        };
        Ok(Self { reserved, stretches, overtime_h })
    }
}

impl OcpiTariff {
    /// What a use costs; `offset_min` is local time less UTC where the charge point is.
    ///
    /// ```
    /// use exchange::{OcpiTariff, Reserved, Stretch, Use};
    /// let tariff = OcpiTariff::parse(&serde_json::json!({ "id": "t", "currency": "EUR", "elements": [
    ///     { "price_components": [{ "type": "ENERGY", "price": 0.25, "vat": 10, "step_size": 1 }] }] })).unwrap();
    /// let stretch = Stretch { energy_kwh: 20.0, charging_h: 1.0, ..Stretch::default() };
    /// let cost = tariff.cost(&Use { stretches: vec![stretch], ..Use::default() }, 0);
    /// assert!((cost.before_taxes - 5.0).abs() < 1e-9 && (cost.after_taxes - 5.5).abs() < 1e-9);
    /// ```
    pub fn cost(&self, of: &Use, offset_min: i32) -> Cost {
        let mut cost = Cost::default();
        self.booking_cost(of, offset_min, &mut cost);
        let mut so_far =
            SoFar { offset_min, begun: of.stretches.first().map_or(0, |s| s.start), kwh: 0.0 };
        let mut energy = Metered::default();
        let mut time = Metered::default();
        let mut flats: Vec<&Component> = Vec::new();
        for s in &of.stretches {
            let find = |d| self.find(Purpose::Charging, d, s, &so_far);
            if let Some(flat) = find(Dimension::Flat)
                && !flats.iter().any(|f| std::ptr::eq(*f, flat))
            {
                flats.push(flat);
                cost.add(flat, 1.0, self.tax);
            }
            energy.add(find(Dimension::Energy), Dimension::Energy, s.energy_kwh);
            time.add(find(Dimension::Time), Dimension::Time, s.charging_h);
            time.add(find(Dimension::ParkingTime), Dimension::ParkingTime, s.parking_h);
            so_far.kwh += s.energy_kwh.max(0.0);
        }
        for (component, amount) in energy.rounded().into_iter().chain(time.rounded()) {
            cost.add(component, amount, self.tax);
        }
        if of.stretches.is_empty() { cost } else { cost.within(self.least, self.most) }
    }

    /// What the reservation or booking costs by itself.
    fn booking_cost(&self, of: &Use, offset_min: i32, cost: &mut Cost) {
        let at = of.stretches.first().copied().unwrap_or_default();
        let so_far = SoFar { offset_min, begun: at.start, kwh: 0.0 };
        let find = |p, d| self.find(p, d, &at, &so_far);
        let mut charge = |component: Option<&Component>, hours: f64| {
            let Some(c) = component else { return };
            let amount = match c.dimension {
                Dimension::Flat => 1.0,
                _ => stepped(hours, c),
            };
            cost.add(c, amount, self.tax);
        };
        match of.reserved {
            Reserved::No => {}
            Reserved::Used(hours) => {
                for d in [Dimension::Flat, Dimension::Time] {
                    charge(find(Purpose::Booking, d), hours);
                }
            }
            Reserved::Expired(hours) => {
                charge(find(Purpose::Expired, Dimension::Flat), hours);
                charge(find(Purpose::Booking, Dimension::Flat), hours);
                let time = find(Purpose::Expired, Dimension::Time);
                charge(time.or_else(|| find(Purpose::Booking, Dimension::Time)), hours);
            }
            Reserved::Cancelled => charge(find(Purpose::Cancelled, Dimension::Flat), 0.0),
        }
        if of.overtime_h > 0.0 {
            for d in [Dimension::Flat, Dimension::Time] {
                charge(find(Purpose::Overtime, d), of.overtime_h);
            }
        }
    }

    fn find(
        &self,
        purpose: Purpose,
        d: Dimension,
        s: &Stretch,
        so_far: &SoFar,
    ) -> Option<&Component> {
        let holds = |e: &&Element| e.restrictions.purpose == purpose && so_far.holds(e, s);
        self.elements.iter().filter(holds).find_map(|e| e.component(d))
    }
}

/// A use up to a stretch.
struct SoFar {
    offset_min: i32,
    begun: i64,
    kwh: f64,
}

impl SoFar {
    fn holds(&self, element: &Element, s: &Stretch) -> bool {
        let r = &element.restrictions;
        let within = |x: f64, range: [Option<f64>; 2]| {
            range[0].is_none_or(|low| x >= low) && range[1].is_none_or(|high| x < high)
        };
        let local = s.start + i64::from(self.offset_min) * 60_000_000;
        let minute = local.rem_euclid(DAY_US) / 60_000_000;
        let clock = match (r.start_minute, r.end_minute.map(|m| if m == 0 { 1440 } else { m })) {
            (None, None) => true,
            (Some(from), None) => minute >= from,
            (None, Some(to)) => minute < to,
            (Some(from), Some(to)) if from < to => (from..to).contains(&minute),
            (Some(from), Some(to)) => minute >= from || minute < to,
        };
        // 1970-01-01 was a Thursday.
        let weekday = (local.div_euclid(DAY_US) + 3).rem_euclid(7) as u8;
        let (date, _) = super::words::local(s.start, self.offset_min);
        let dates = r.dates[0].as_ref().is_none_or(|d| date >= *d)
            && r.dates[1].as_ref().is_none_or(|d| date < *d);
        let power = if s.charging_h > 0.0 { s.energy_kwh / s.charging_h } else { 0.0 };
        clock
            && dates
            && (r.weekdays.is_empty() || r.weekdays.contains(&weekday))
            && within(self.kwh, r.kwh)
            && within(power, r.power_kw)
            // Of currents nothing is known.
            && r.current_a == [None, None]
            && within((s.start - self.begun) as f64 / 1e6, r.duration_s)
    }
}

/// Amounts at prices, in the order of use.
#[derive(Default)]
struct Metered<'a> {
    all: Vec<(&'a Component, Dimension, f64)>,
}

impl<'a> Metered<'a> {
    fn add(&mut self, component: Option<&'a Component>, dimension: Dimension, amount: f64) {
        if let Some(c) = component.filter(|_| amount != 0.0) {
            self.all.push((c, dimension, amount));
        }
    }

    /// With what rounding up adds to the last of them: of all amounts of the last one's kind.
    fn rounded(mut self) -> Vec<(&'a Component, f64)> {
        if let Some(&(last, kind, _)) = self.all.last() {
            let total: f64 = self.all.iter().filter(|(_, d, _)| *d == kind).map(|x| x.2).sum();
            let more = stepped(total, last) - total;
            if let Some(entry) = self.all.last_mut() {
                entry.2 += more;
            }
        }
        self.all.into_iter().map(|(c, _, amount)| (c, amount)).collect()
    }
}

/// An amount rounded up to a price's step: Wh, seconds. What is fed back is not rounded.
fn stepped(amount: f64, c: &Component) -> f64 {
    let per_unit = if c.dimension == Dimension::Energy { 1000.0 } else { HOUR_US / 1e6 };
    let step = c.step_size as f64 / per_unit;
    if amount <= 0.0 { amount } else { (amount / step - 1e-6).ceil() * step }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    const MINUTE_US: i64 = 60_000_000;

    fn component(kind: &str, price: f64, vat: f64, step: i64) -> Value {
        json!({ "type": kind, "price": price, "vat": vat, "step_size": step })
    }

    fn tariff(elements: &Value) -> OcpiTariff {
        OcpiTariff::parse(&json!({ "id": "t", "currency": "EUR", "elements": elements })).unwrap()
    }

    fn charged(kwh: f64) -> Vec<Stretch> {
        vec![Stretch { energy_kwh: kwh, charging_h: 1.0, ..Stretch::default() }]
    }

    fn check(cost: Cost, before: f64, after: f64) {
        let near = |a: f64, b: f64| (a - b).abs() < 5e-5;
        assert!(near(cost.before_taxes, before) && near(cost.after_taxes, after), "{cost:?}");
    }

    /// Start 0.50 and energy 0.25 a kWh at 10 %; the rest at 20 %.
    fn with_reservation(more: &[Value]) -> OcpiTariff {
        let mut elements = more.to_vec();
        elements.push(json!({ "price_components": [
            component("FLAT", 0.5, 20.0, 1), component("ENERGY", 0.25, 10.0, 1),
        ] }));
        tariff(&json!(elements))
    }

    fn restricted(component: &Value, key: &str, word: &str) -> Value {
        json!({ "price_components": [component], "restrictions": { key: word } })
    }

    #[test]
    fn a_reservation_used_and_one_expired_cost_what_the_specification_says() {
        for (key, expires, reserved) in [
            ("reservation", "RESERVATION_EXPIRES", "RESERVATION"),
            ("booking", "BOOKING_EXPIRES", "BOOKING"),
        ] {
            let t = with_reservation(&[
                restricted(&component("FLAT", 4.0, 20.0, 1), key, expires),
                restricted(&component("TIME", 2.0, 20.0, 600), key, reserved),
            ]);
            let used = Use {
                reserved: Reserved::Used(22.0 / 60.0),
                stretches: charged(20.0),
                ..Use::default()
            };
            // 30 min at 2.00 + 0.50 + 20 x 0.25
            check(t.cost(&used, 0), 6.5, 7.3);
            let expired = Use { reserved: Reserved::Expired(1.0), ..Use::default() };
            check(t.cost(&expired, 0), 6.0, 7.2);
        }
    }

    #[test]
    fn an_expired_reservation_has_a_price_by_time_of_its_own() {
        let t = with_reservation(&[
            restricted(&component("TIME", 6.0, 20.0, 600), "reservation", "RESERVATION_EXPIRES"),
            restricted(&component("TIME", 3.0, 20.0, 600), "reservation", "RESERVATION"),
        ]);
        let used = Use {
            reserved: Reserved::Used(22.0 / 60.0),
            stretches: charged(20.0),
            ..Use::default()
        };
        check(t.cost(&used, 0), 7.0, 7.9);
        check(t.cost(&Use { reserved: Reserved::Expired(1.5), ..Use::default() }, 0), 9.0, 10.8);
    }

    #[test]
    fn a_reservation_has_a_fee_and_a_price_by_time() {
        let t = with_reservation(&[json!({
            "price_components": [component("FLAT", 2.0, 20.0, 1), component("TIME", 5.0, 20.0, 300)],
            "restrictions": { "reservation": "RESERVATION" },
        })]);
        let used = Use {
            reserved: Reserved::Used(13.0 / 60.0),
            stretches: charged(20.0),
            ..Use::default()
        };
        check(t.cost(&used, 0), 8.75, 10.0);
    }

    /// Charging 1.20 an hour before 17:00 by half hours, 2.40 after by quarters; parking 1.00 before
    /// 20:00 by quarters.
    fn by_hours() -> OcpiTariff {
        let element = |kind: &str, price: f64, step: i64, key: &str, time: &str| {
            json!({
                "price_components": [{ "type": kind, "price": price, "step_size": step }],
                "restrictions": { key: time },
            })
        };
        tariff(&json!([
            element("TIME", 1.2, 1800, "end_time", "17:00"),
            element("TIME", 2.4, 900, "start_time", "17:00"),
            element("PARKING_TIME", 1.0, 900, "end_time", "20:00"),
        ]))
    }

    /// Minutes of the day at which a stretch begins; minutes charging and parking.
    fn stretch(at: i64, charging: f64, parking: f64) -> Stretch {
        Stretch {
            start: at * MINUTE_US,
            charging_h: charging / 60.0,
            parking_h: parking / 60.0,
            ..Stretch::default()
        }
    }

    #[test]
    fn steps_count_once_for_the_last_stretch_of_time() {
        let cost = |stretches: Vec<Stretch>| {
            by_hours().cost(&Use { stretches, ..Use::default() }, 0).before_taxes
        };
        let near = |a: f64, b: f64| assert!((a - b).abs() < 1e-9, "{a} is not {b}");
        let (five, six, eight) = (17 * 60, 16 * 60 + 55, 19 * 60 + 40);
        near(
            cost(vec![stretch(six, 5.0, 0.0), stretch(five, 5.0, 0.0), stretch(1025, 0.0, 2.0)]),
            0.55,
        );
        near(cost(vec![stretch(995, 25.0, 0.0), stretch(five, 10.0, 0.0)]), 1.3);
        // 12 min at 2.40, 8 min of parking made 15; parking is free from 20:00 on.
        near(
            cost(vec![
                stretch(eight, 12.0, 0.0),
                stretch(1192, 0.0, 8.0),
                stretch(1200, 0.0, 12.0),
            ]),
            0.73,
        );
    }

    #[test]
    fn power_and_duration_choose_the_element() {
        let energy = |price: f64, restrictions: &Value| {
            let prices = [json!({ "type": "ENERGY", "price": price, "step_size": 1 })];
            json!({ "price_components": prices, "restrictions": restrictions })
        };
        let by_power = tariff(&json!([
            energy(0.2, &json!({ "max_power": 16 })),
            energy(0.35, &json!({ "max_power": 32 })),
            energy(0.5, &Value::Null),
        ]));
        let at = |kwh: f64, kw: f64| Stretch {
            energy_kwh: kwh,
            charging_h: kwh / kw,
            ..Stretch::default()
        };
        let stretches = vec![at(1.0, 6.0), at(40.0, 48.0), at(0.5, 4.0)];
        check(by_power.cost(&Use { stretches, ..Use::default() }, 0), 20.3, 20.3);
        let by_length = tariff(&json!([
            energy(0.0, &json!({ "max_duration": 1800 })),
            energy(0.25, &json!({ "max_duration": 3600 })),
            energy(0.4, &Value::Null),
        ]));
        let later = Stretch { start: 30 * MINUTE_US, energy_kwh: 1.2, ..Stretch::default() };
        let stretches = vec![at(5.0, 10.0), later];
        check(by_length.cost(&Use { stretches, ..Use::default() }, 0), 0.3, 0.3);
    }

    #[test]
    fn energy_is_billed_by_its_step_and_local_time_decides() {
        let t = tariff(&json!([{ "price_components": [
            { "type": "ENERGY", "price": 0.25, "step_size": 500 }] }]));
        check(t.cost(&Use { stretches: charged(0.1152), ..Use::default() }, 0), 0.125, 0.125);
        let night = tariff(&json!([
            { "price_components": [{ "type": "ENERGY", "price": 0.1, "step_size": 1 }],
              "restrictions": { "start_time": "22:00", "end_time": "06:00" } },
            { "price_components": [{ "type": "ENERGY", "price": 0.3, "step_size": 1 }] },
        ]));
        // 16:00 UTC is midnight at +08:00.
        let at = Stretch { start: 960 * MINUTE_US, energy_kwh: 10.0, ..Stretch::default() };
        let used = Use { stretches: vec![at], ..Use::default() };
        check(night.cost(&used, 480), 1.0, 1.0);
        check(night.cost(&used, 0), 3.0, 3.0);
    }

    #[test]
    fn taxes_may_be_inside_prices_and_costs_have_limits() {
        let mut t = with_reservation(&[]);
        t.tax = Tax::Included;
        // 0.50 / 1.2 + 5.00 / 1.1
        check(t.cost(&Use { stretches: charged(20.0), ..Use::default() }, 0), 4.9621, 5.5);
        t.tax = Tax::OnTop;
        t.most = [Some(5.0), Some(5.6)];
        check(t.cost(&Use { stretches: charged(20.0), ..Use::default() }, 0), 5.0, 5.6);
    }
}
