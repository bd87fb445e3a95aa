//! Bookings, sessions and CDRs as OCPI has them.

use super::money::{Account, Money, Owner};
use super::periods::{self, Period, Within};
use super::published::{Offered, Published, dated};
use super::tables::{Booking, Point, Request, Session, Tables};
use super::tariff::{Component, Dimension, Element, OcpiTariff, Tax};
use super::terms::ScenarioTerms;
use super::words::{
    COUNTRY, COUNTRY_3, OPERATOR, OcpiVersion, PROVIDER, evse, hours, instant, location, money,
    number, rounded, token,
};
use serde_json::{Value, json};
use std::collections::BTreeMap;

/// All that objects are made from.
pub struct Objects<'a> {
    /// The version that they are written in.
    pub version: OcpiVersion,
    /// The scenario's name.
    pub scenario: &'a str,
    /// Its terms.
    pub offer: &'a ScenarioTerms,
    /// What the run left.
    pub tables: &'a Tables,
    /// Who paid what.
    pub money: &'a Money,
    /// Prices as they were published.
    pub published: &'a Published,
    /// The plug-in of each booking.
    pub session_of: BTreeMap<i64, i64>,
    /// The request of each booking.
    pub request_of: BTreeMap<i64, &'a Request>,
}

/// What a slot is asked for.
struct Asked {
    id: String,
    zone: i64,
    ev: i64,
    start: i64,
    end: i64,
    reference: String,
}

impl<'a> Objects<'a> {
    /// Joins what belongs together.
    pub fn new(
        version: OcpiVersion,
        scenario: &'a str,
        offer: &'a ScenarioTerms,
        tables: &'a Tables,
        money: &'a Money,
        published: &'a Published,
    ) -> Self {
        let answered = |r: &'a Request| r.answer.and_then(|(_, booking)| Some((booking?, r)));
        Self {
            version,
            scenario,
            offer,
            tables,
            money,
            published,
            session_of: tables.session_of(),
            request_of: tables.requests.iter().filter_map(answered).collect(),
        }
    }

    fn currency(&self) -> &str {
        self.offer.terms.currency.as_deref().unwrap_or("CNY")
    }

    fn points(&self, session: i64) -> &[Point] {
        self.tables.points.get(&session).map_or(&[], Vec::as_slice)
    }

    /// The instant at which the end of a request would have been: long enough for its energy.
    fn asked_end(&self, r: &Request) -> i64 {
        let own = self.tables.power_kw.get(&r.ev).copied().unwrap_or([0.0; 2]);
        let power = own[usize::from(r.discharge)].min(self.offer.pile_kw).max(0.1);
        let period = self.offer.period_min.max(1.0);
        let needed = (r.energy_kwh / power * 60.0 / period - 1e-6).ceil() * period;
        let [least, most] = self.offer.terms.lengths_min;
        let length = needed.min(most.unwrap_or(f64::MAX)).max(least.unwrap_or(period));
        r.start + (length * 60e6) as i64
    }

    fn requested(asked: &Asked, status: &str, t: i64) -> Value {
        json!({
            "request_status": status,
            "booking_request": {
                "country_code": COUNTRY,
                "party_id": PROVIDER,
                "request_id": asked.id,
                "location_id": location(asked.zone),
                "booking_location_id": format!("{}-bookings", location(asked.zone)),
                "tokens": [token(asked.ev)],
                "period": {
                    "start_date_time": instant(asked.start),
                    "end_date_time": instant(asked.end),
                },
                "authorization_reference": asked.reference,
            },
            "request_received": instant(t),
        })
    }

    fn booking_object(&self, asked: &Asked, id: &str, status: &str) -> Value {
        json!({
            "id": id,
            "country_code": COUNTRY,
            "party_id": OPERATOR,
            "request_id": asked.id,
            "location_id": location(asked.zone),
            "booking_tokens": [token(asked.ev)],
            "period": {
                "start_date_time": instant(asked.start),
                "end_date_time": instant(asked.end),
            },
            "reservation_status": status,
            "authorization_reference": asked.reference,
            "booking_terms": self.offer.terms.booking_terms(),
        })
    }

    /// A request that became no booking: rejected, or not answered yet.
    pub fn refused(&self, r: &Request) -> Value {
        let id = format!("request-{}", r.id);
        let asked = Asked {
            id: id.clone(),
            zone: r.zone,
            ev: r.ev,
            start: r.start,
            end: self.asked_end(r),
            reference: id.clone(),
        };
        let (status, request, updated) = match r.answer {
            Some((t, _)) => ("REJECTED", "DECLINED", t),
            None => ("PENDING", "PENDING", r.t),
        };
        let mut value = self.booking_object(&asked, &id, status);
        value["booking_requests"] = json!([Self::requested(&asked, request, r.t)]);
        value["last_updated"] = json!(instant(updated));
        value["gridflock"] = json!({
            "ev_id": r.ev,
            "zone_id": r.zone,
            "direction": direction(r.discharge),
            "energy_kwh": r.energy_kwh,
            "period_end_estimated": true,
        });
        value
    }

    /// A booking, from its request on.
    pub fn booking(&self, id: i64, b: &Booking) -> Value {
        let request = self.request_of.get(&id);
        let reference = reference(id);
        let asked = Asked {
            id: b.request.map_or_else(|| reference.clone(), |r| format!("request-{r}")),
            zone: b.zone,
            ev: b.ev,
            start: b.start,
            end: b.end,
            reference: reference.clone(),
        };
        let mut value = self.booking_object(&asked, &reference, status(b));
        let received = request.map_or(b.made_at, |r| r.t);
        value["booking_requests"] = json!([Self::requested(&asked, "ACCEPTED", received)]);
        value["booking_option"] = json!({ "evse_uid": evse(b.zone, b.pile), "connector_id": "1" });
        let offered = if b.discharge { Offered::Discharge } else { Offered::Booking };
        if let Some(tariff) = self.published.id_at(b.zone, offered, b.made_at) {
            value["tariff_ids"] = json!([tariff]);
        }
        if let Some((reason, who)) = self.cancelled(b) {
            value["canceled"] = json!({ "cancellation_reason": reason, "who_canceled": who });
        }
        let session = self.session_of.get(&id).and_then(|s| self.tables.sessions.get(s));
        let ended = session.and_then(|s| s.departure).filter(|_| b.status == "fulfilled");
        let severe = self.tables.severe_at.get(&id).copied().filter(|_| b.status == "defaulted");
        let updated =
            [Some(b.made_at), b.cancelled_at, b.plugged_at, ended, severe].into_iter().flatten();
        value["last_updated"] = json!(instant(updated.max().unwrap_or(b.made_at)));
        value["gridflock"] = self.booking_more(id, b);
        value
    }

    fn booking_more(&self, id: i64, b: &Booking) -> Value {
        let mut more = json!({
            "booking_id": id,
            "ev_id": b.ev,
            "zone_id": b.zone,
            "direction": direction(b.discharge),
            "status": b.status,
            "breach": b.breach,
            "price_per_kwh": b.price,
            "reserved_kwh": b.reserved_kwh,
        });
        let mut note = |key: &str, x: Option<Value>| {
            if let Some(x) = x {
                more[key] = x;
            }
        };
        note("ticket_id", b.ticket.map(|t| json!(t)));
        note("session_id", self.session_of.get(&id).map(|s| json!(session_name(*s))));
        note("no_show", (b.status == "defaulted").then(|| json!(self.no_show(id))));
        let account = self.money.accounts.get(&Owner::Booking(id));
        let prepaid = account.map_or(0, |a| a.of("prepayment") + a.of("ticket"));
        note("prepaid_ucny", (prepaid != 0).then(|| json!(prepaid)));
        more
    }

    fn no_show(&self, booking: i64) -> &'static str {
        if self.tables.turned_away.contains(&booking) { "turned_away" } else { "never_came" }
    }

    /// Why a booking was cancelled, and by whom.
    fn cancelled(&self, b: &Booking) -> Option<(&'static str, &'static str)> {
        match b.status.as_str() {
            "cancelled_free" | "cancelled_early" | "cancelled_late" => Some(("UNKNOWN", "EMSP")),
            "curtailed" if self.tables.was_out(b) => Some(("BROKEN_CHARGER", "CPO")),
            "curtailed" => Some(("BLOCKED", "CPO")),
            _ => None,
        }
    }

    /// Whose transfers a plug-in's are: of several for one booking the last has them.
    pub fn owner(&self, id: i64, s: &Session) -> Owner {
        match s.booking {
            Some(b) if self.session_of.get(&b) == Some(&id) => Owner::Booking(b),
            _ => Owner::Session(id),
        }
    }

    fn account_of(&self, id: i64, s: &Session) -> Option<&Account> {
        self.money.accounts.get(&self.owner(id, s))
    }

    fn periods_of(&self, id: i64, s: &Session, booking: Option<&Booking>) -> Vec<Period> {
        periods::of_session(s, booking, self.points(id), self.tables.last)
    }

    /// A plug-in.
    pub fn session(&self, id: i64, s: &Session) -> Value {
        let name = session_name(id);
        let periods: Vec<Value> = self
            .periods_of(id, s, None)
            .iter()
            .map(|p| periods::value(p, Within::Session, None))
            .collect();
        let mut value = json!({
            "country_code": COUNTRY,
            "party_id": OPERATOR,
            "id": name,
            "start_date_time": instant(s.arrival),
            "kwh": number(s.charged_kwh),
            "cdr_token": token(s.ev),
            "auth_method": auth(s),
            "authorization_reference": s.booking.map_or(name.clone(), reference),
            "location_id": location(s.zone),
            "evse_uid": evse(s.zone, s.pile),
            "connector_id": "1",
            "currency": self.currency(),
            "charging_periods": periods,
            "status": if s.departure.is_some() { "COMPLETED" } else { "ACTIVE" },
            "last_updated": instant(s.departure.unwrap_or(self.tables.last)),
        });
        if let Some(end) = s.departure {
            value["end_date_time"] = json!(instant(end));
        }
        if let Some(account) = self.account_of(id, s) {
            value["total_cost"] = self.version.price(account.paid);
        }
        value["gridflock"] = Self::session_more(s);
        value
    }

    fn session_more(s: &Session) -> Value {
        let mut more = json!({
            "ev_id": s.ev,
            "zone_id": s.zone,
            "charged_kwh": s.charged_kwh,
            "discharged_kwh": s.discharged_kwh,
            "soc_arrival": s.soc[0],
            "soc_departure": s.soc[1],
        });
        if let Some(booking) = s.booking {
            more["booking_id"] = json!(reference(booking));
        }
        more
    }

    /// The CDR of a plug-in: whatever was paid for it and the booking that it was for.
    pub fn cdr_of_session(&self, id: i64, s: &Session) -> Value {
        let booking = s.booking.and_then(|b| self.tables.bookings.get(&b));
        let name = session_name(id);
        let account = self.account_of(id, s).cloned().unwrap_or_default();
        let periods = self.periods_of(id, s, booking);
        let tariff = self.tariff_of(id, booking, &account);
        let end = s.departure.unwrap_or(self.tables.last);
        let from = periods.first().map_or(s.arrival, |p| p.start);
        let mut value = self.cdr(&format!("cdr-{name}"), (from, end), s.ev, s.booking, &account);
        value["session_id"] = json!(name);
        value["auth_method"] = json!(auth(s));
        value["cdr_location"] = self.cdr_location(s.zone, Some(s.pile), true);
        self.put_periods(&mut value, &periods, tariff.as_ref());
        value["total_energy"] = number(s.charged_kwh);
        value["total_time"] = number(hours(s.arrival, end));
        value["total_parking_time"] = number(periods.iter().map(Period::parked_h).sum());
        let mut more = Self::session_more(s);
        if self.tables.opened.is_some_and(|t| from < t) {
            more["began_before_record"] = json!(true);
        }
        Self::put_more(&mut value, &more, s.departure.is_none());
        value
    }

    /// The CDR of a booking without a plug-in: not used, cancelled at a fee, or used before the
    /// record began.
    pub fn cdr_of_booking(&self, id: i64, b: &Booking, account: &Account) -> Value {
        let used = b.plugged_at.is_some();
        let released = self.tables.severe_at.get(&id).copied();
        let (from, end, periods) = if let Some(at) = b.cancelled_at {
            (b.made_at, at, periods::of_no_show(b, b.start))
        } else {
            let end = released.filter(|_| !used).unwrap_or(b.end).clamp(b.start, b.end);
            (b.start, end, periods::of_no_show(b, end))
        };
        let name = format!("cdr-{}", reference(id));
        let mut value = self.cdr(&name, (from, end), b.ev, Some(id), account);
        value["auth_method"] = json!("COMMAND");
        value["cdr_location"] = self.cdr_location(b.zone, Some(b.pile), used);
        self.put_periods(&mut value, &periods, None);
        if b.cancelled_at.is_some() {
            // The charge point had not been kept for anybody yet.
            value["charging_periods"] = json!([{
                "start_date_time": instant(from),
                "dimensions": [{ "type": "RESERVATION_TIME", "volume": 0.0 }],
            }]);
        }
        let delivered = if b.discharge { 0.0 } else { b.delivered_kwh };
        value["total_energy"] = number(delivered);
        value["total_time"] = number(0.0);
        let mut more = json!({ "ev_id": b.ev, "zone_id": b.zone, "booking_id": reference(id) });
        if b.status == "defaulted" {
            more["no_show"] = json!(self.no_show(id));
        }
        Self::put_more(&mut value, &more, b.status == "open");
        value
    }

    /// The CDR of a booking of which only transfers are left: it had ended as the record began.
    pub fn cdr_of_rest(&self, id: i64, account: &Account) -> Value {
        let who = account.who;
        let (ev, zone) = (who.ev.unwrap_or(0), who.zone.unwrap_or(0));
        let name = format!("cdr-{}", reference(id));
        let mut value = self.cdr(&name, (who.first, who.last), ev, Some(id), account);
        value["auth_method"] = json!("COMMAND");
        value["cdr_location"] = self.cdr_location(zone, None, false);
        self.put_periods(&mut value, &[], None);
        value["total_energy"] = number(0.0);
        value["total_time"] = number(0.0);
        Self::put_more(
            &mut value,
            &json!({ "ev_id": ev, "zone_id": zone, "booking_id": reference(id) }),
            false,
        );
        value
    }

    fn cdr(
        &self,
        id: &str,
        (from, end): (i64, i64),
        ev: i64,
        booking: Option<i64>,
        account: &Account,
    ) -> Value {
        let for_booking = rounded(account.for_booking()) * 100;
        let energy = rounded(account.paid) * 100 - for_booking;
        let mut value = json!({
            "country_code": COUNTRY,
            "party_id": OPERATOR,
            "id": id,
            "start_date_time": instant(from),
            "end_date_time": instant(end),
            "cdr_token": token(ev),
            "currency": self.currency(),
            "total_cost": self.version.price(account.paid),
            "total_energy_cost": self.version.price(energy),
            "last_updated": instant(end),
            "gridflock_amount_ucny": account.paid,
            "gridflock": { "ledger_ucny": account.by_purpose },
        });
        if for_booking != 0 {
            value["total_reservation_cost"] = self.version.price(for_booking);
        }
        if let Some(booking) = booking {
            value["authorization_reference"] = json!(reference(booking));
            if self.version == OcpiVersion::V230 {
                value["booking_id"] = json!(reference(booking));
            }
        }
        value
    }

    fn put_periods(&self, cdr: &mut Value, periods: &[Period], tariff: Option<&OcpiTariff>) {
        let within = match self.version {
            OcpiVersion::V221 => Within::Cdr,
            OcpiVersion::V230 => Within::BookedCdr,
        };
        let id = tariff.map(|t| t.id.as_str());
        let mut all: Vec<Value> = periods.iter().map(|p| periods::value(p, within, id)).collect();
        if all.is_empty() {
            all.push(json!({
                "start_date_time": cdr["start_date_time"],
                "dimensions": [{ "type": "RESERVATION_TIME", "volume": 0.0 }],
            }));
        }
        cdr["charging_periods"] = json!(all);
        if let Some(t) = tariff {
            cdr["tariffs"] = json!([t.value(self.version, self.tables.last)]);
        }
    }

    fn put_more(cdr: &mut Value, more: &Value, open: bool) {
        for (key, x) in more.as_object().into_iter().flatten() {
            cdr["gridflock"][key] = x.clone();
        }
        if open {
            cdr["gridflock"]["open"] = json!(true);
            cdr["remark"] = json!("not over when the record ended: paid so far");
        }
    }

    fn cdr_location(&self, zone: i64, pile: Option<i64>, used: bool) -> Value {
        let direct = self.offer.pile_kw > 22.0;
        let [standard, format, power] = if direct {
            ["IEC_62196_T2_COMBO", "CABLE", "DC"]
        } else {
            ["IEC_62196_T2", "SOCKET", "AC_3_PHASE"]
        };
        let na = || "#NA".to_owned();
        json!({
            "id": location(zone),
            "name": format!("{}, zone {zone}", cut(self.scenario, 200)),
            "address": format!("zone {zone}"),
            "city": cut(self.scenario, 45),
            "country": COUNTRY_3,
            "coordinates": { "latitude": "0.00000", "longitude": "0.00000" },
            "evse_uid": pile.map_or_else(na, |p| evse(zone, p)),
            "evse_id": pile.map_or_else(na, |p| format!("{COUNTRY}*{OPERATOR}*E{zone}*{p}")),
            "connector_id": if used { "1" } else { "#NA" },
            "connector_standard": standard,
            "connector_format": format,
            "connector_power_type": power,
        })
    }

    /// The tariff by which a plug-in was billed, where the record holds all of it and energy flowed
    /// one way: its costs are those of the ledger before refunds and penalties.
    fn tariff_of(
        &self,
        id: i64,
        booking: Option<&Booking>,
        account: &Account,
    ) -> Option<OcpiTariff> {
        let s = self.tables.sessions.get(&id)?;
        let both = s.charged_kwh > 1e-6 && s.discharged_kwh > 1e-6;
        if both || s.departure.is_none() {
            return None;
        }
        let elements = match (s.booking, booking) {
            (Some(_), Some(b)) if !b.discharge && b.status == "fulfilled" => {
                let price = rounded((b.price * 1e6).round() as i64) as f64 / 1e4;
                vec![Element {
                    components: vec![Component::plain(Dimension::Energy, price)],
                    ..Element::default()
                }]
            }
            (Some(_), _) => return None,
            (None, _) => dated(
                &self.paid_prices(id, s, account)?,
                self.period_us(),
                self.offer.terms.offset_min,
            ),
        };
        (!elements.is_empty()).then(|| OcpiTariff {
            id: format!("tariff-{}", session_name(id)),
            currency: self.currency().to_owned(),
            elements,
            tax: Tax::None,
            ..OcpiTariff::default()
        })
    }

    fn period_us(&self) -> i64 {
        (self.offer.period_min * 60e6) as i64
    }

    /// What was paid a kWh in each period of a plug-in without a booking; nothing unless the
    /// transfers cover all its energy.
    fn paid_prices(&self, id: i64, s: &Session, account: &Account) -> Option<BTreeMap<i64, f64>> {
        let own = self.points(id);
        let known: f64 = own.iter().map(|p| p.energy_kwh).sum();
        if (known - s.charged_kwh + s.discharged_kwh).abs() > 1e-6 {
            return None;
        }
        let period = self.period_us();
        let mut prices = BTreeMap::new();
        for (t, amount) in &account.energy_at {
            let start = t - period;
            let inside = own.iter().filter(|p| p.start >= start && p.end <= *t);
            let energy: f64 = inside.map(|p| p.energy_kwh).sum();
            if energy.abs() > 1e-3 {
                prices.insert(start, *amount as f64 / 1e6 / energy);
            }
        }
        Some(prices)
    }
}

/// The name by which booking, session and CDR know each other.
fn reference(booking: i64) -> String {
    format!("booking-{booking}")
}

fn session_name(id: i64) -> String {
    format!("session-{id}")
}

fn direction(discharge: bool) -> &'static str {
    if discharge { "discharge" } else { "charge" }
}

fn auth(s: &Session) -> &'static str {
    if s.booking.is_some() { "COMMAND" } else { "WHITELIST" }
}

fn cut(text: &str, most: usize) -> String {
    text.chars().filter(|c| !c.is_control()).take(most).collect()
}

/// The status of a booking.
fn status(b: &Booking) -> &'static str {
    match b.status.as_str() {
        "fulfilled" => "FULFILLED",
        "cancelled_free" | "cancelled_early" | "cancelled_late" | "curtailed" => "CANCELED",
        "defaulted" => "NO_SHOW",
        "open" => "RESERVED",
        _ => "UNKNOWN",
    }
}

/// A sum of the ledger in words.
pub fn amount(micro: i64, currency: &str) -> String {
    format!("{} {currency}", money(micro))
}
