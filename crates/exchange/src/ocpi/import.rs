//! Tariffs and booking terms of OCPI as keys of a scenario.

use super::tariff::{Dimension, Element, OcpiTariff, Purpose};
use super::terms::{NEVER_MIN, Terms};
use crate::ExchangeError;
use domain::Tariff;
use serde_json::{Deserializer, Value};
use std::fmt::Write;
use std::path::{Path, PathBuf};

/// Latest time before a start from which on cancelling can be late in a scenario \[min\].
const MOST_WINDOW_MIN: f64 = 1440.0;

/// What was read, as keys of a scenario.
#[derive(Clone, Debug, PartialEq)]
pub struct ImportedTerms {
    /// The terms.
    pub terms: Terms,
    /// The tariff they are from, if there was one.
    pub tariff: Option<String>,
    /// The booking location or booking they are from, if there was one.
    pub location: Option<String>,
    /// What a scenario has no key for, in words.
    pub lost: Vec<String>,
}

/// Objects of the files, with where they stand.
struct Found {
    tariffs: Vec<(String, OcpiTariff)>,
    terms: Vec<Offer>,
}

/// Booking terms and what stands around them.
struct Offer {
    id: String,
    terms: Value,
    tariff_ids: Vec<String>,
    policy: Value,
    offset_min: Option<i32>,
}

/// Reads tariffs, booking locations and bookings of JSON or JSON Lines files or directories of
/// them; `tariff` chooses among several tariffs.
///
/// # Errors
/// [`ExchangeError::Io`], [`ExchangeError::Format`] with the line; [`ExchangeError::Asked`] where
/// nothing is found or several differ and nothing chooses.
pub fn read_terms(files: &[PathBuf], tariff: Option<&str>) -> Result<ImportedTerms, ExchangeError> {
    let mut found = Found { tariffs: Vec::new(), terms: Vec::new() };
    for path in all_files(files)? {
        found.read(&path)?;
    }
    let offer = found.offer()?;
    let chosen = found.tariff(tariff, offer)?;
    if offer.is_none() && chosen.is_none() {
        let message = "no tariff, booking location or booking in these files".to_owned();
        return Err(ExchangeError::Asked(message));
    }
    let mut imported = ImportedTerms {
        terms: Terms::default(),
        tariff: chosen.map(|t| t.id.clone()),
        location: offer.map(|o| o.id.clone()),
        lost: Vec::new(),
    };
    if let Some(offer) = offer {
        imported.take_terms(offer);
    }
    if let Some(t) = chosen {
        imported.take_tariff(t);
    }
    Ok(imported)
}

fn all_files(given: &[PathBuf]) -> Result<Vec<PathBuf>, ExchangeError> {
    let mut all = Vec::new();
    for path in given {
        if !path.is_dir() {
            all.push(path.clone());
            continue;
        }
        let mut inside = Vec::new();
        for entry in std::fs::read_dir(path).map_err(ExchangeError::io(path))? {
            let entry = entry.map_err(ExchangeError::io(path))?.path();
            // Sessions and CDRs hold no terms, and may be large.
            let name = entry.file_stem().unwrap_or_default().to_string_lossy().into_owned();
            let json = entry.extension().is_some_and(|e| e == "json" || e == "jsonl");
            if json && !["sessions", "cdrs", "bookings"].contains(&name.as_str()) {
                inside.push(entry);
            }
        }
        inside.sort();
        all.append(&mut inside);
    }
    Ok(all)
}

impl Found {
    fn read(&mut self, path: &Path) -> Result<(), ExchangeError> {
        let text = std::fs::read_to_string(path).map_err(ExchangeError::io(path))?;
        let mut stream = Deserializer::from_str(&text).into_iter::<Value>();
        loop {
            // A value begins behind the white space after the one before it.
            let rest = text.get(stream.byte_offset()..).unwrap_or_default();
            let begins = text.len() - rest.trim_start().len();
            let line = 1 + text[..begins].matches('\n').count();
            let wrong = |line: usize, message: String| ExchangeError::Format {
                path: PathBuf::from(format!("{}:{line}", path.display())),
                message,
            };
            match stream.next() {
                None => return Ok(()),
                Some(Err(e)) => return Err(wrong(e.line(), e.to_string())),
                Some(Ok(value)) => {
                    let inner = value.get("data").unwrap_or(&value);
                    let list = inner.as_array().cloned().unwrap_or_else(|| vec![inner.clone()]);
                    for object in &list {
                        self.take(object).map_err(|message| wrong(line, message))?;
                    }
                }
            }
        }
    }

    fn take(&mut self, object: &Value) -> Result<(), String> {
        let id = object["id"].as_str().unwrap_or_default().to_owned();
        if object.get("elements").is_some() {
            self.tariffs.push((id, OcpiTariff::parse(object)?));
        } else if object["booking_terms"].is_object() {
            let ids = object["tariff_ids"].as_array().map(Vec::as_slice).unwrap_or_default();
            let offset = object["gridflock"]["utc_offset_min"].as_i64();
            self.terms.push(Offer {
                id,
                terms: object["booking_terms"].clone(),
                tariff_ids: ids.iter().filter_map(Value::as_str).map(str::to_owned).collect(),
                policy: object["policy"].clone(),
                offset_min: offset.and_then(|m| i32::try_from(m).ok()),
            });
        }
        Ok(())
    }

    fn offer(&self) -> Result<Option<&Offer>, ExchangeError> {
        let Some(first) = self.terms.first() else { return Ok(None) };
        if let Some(other) = self.terms.iter().find(|o| o.terms != first.terms) {
            let message = format!(
                "the booking terms of `{}` and `{}` differ; give one file of them alone",
                first.id, other.id
            );
            return Err(ExchangeError::Asked(message));
        }
        Ok(Some(first))
    }

    fn tariff(
        &self,
        wanted: Option<&str>,
        offer: Option<&Offer>,
    ) -> Result<Option<&OcpiTariff>, ExchangeError> {
        let named = |id: &str| self.tariffs.iter().find(|(own, _)| own == id).map(|(_, t)| t);
        let ids = || {
            let all: Vec<&str> = self.tariffs.iter().map(|(id, _)| id.as_str()).collect();
            let more = if all.len() > 10 { ", ..." } else { "" };
            format!("{}{more}", all[..all.len().min(10)].join(", "))
        };
        if let Some(id) = wanted {
            let missing = || ExchangeError::Asked(format!("there is no tariff `{id}`: {}", ids()));
            return named(id).map(Some).ok_or_else(missing);
        }
        let of_offer = offer.and_then(|o| o.tariff_ids.iter().find_map(|id| named(id)));
        let Some((_, first)) = self.tariffs.first() else { return Ok(None) };
        if let Some(t) = of_offer {
            return Ok(Some(t));
        }
        if self.tariffs.iter().any(|(_, t)| t.elements != first.elements) {
            let message = format!("there are several tariffs: choose one by --tariff: {}", ids());
            return Err(ExchangeError::Asked(message));
        }
        Ok(Some(first))
    }
}

impl ImportedTerms {
    fn take_terms(&mut self, offer: &Offer) {
        let given = &offer.terms;
        let real = |key: &str| given[key].as_f64().filter(|x| x.is_finite() && *x >= 0.0);
        let flag = |key: &str| given[key].as_bool();
        let terms = &mut self.terms;
        terms.bookable = Some(true);
        terms.offset_min = offer.offset_min.unwrap_or(0);
        terms.walk_in = offer.policy["reservation_required"].as_bool().map(|required| !required);
        terms.cancel_until_min = real("cancel_until_minutes");
        terms.early_start_min = match flag("early_start_allowed") {
            Some(false) => Some(0.0),
            _ => real("early_start_time"),
        };
        terms.lengths_min = ["min_booking_duration", "max_booking_duration"].map(real);
        terms.overlapping = flag("overlapping_bookings_allowed");
        terms.no_show_costs = flag("noshow_fee");
        terms.no_show_timeout_min = real("noshow_timeout");
        if let Some(m) = terms.cancel_until_min.filter(|m| (MOST_WINDOW_MIN..NEVER_MIN).contains(m))
            && m > MOST_WINDOW_MIN
        {
            self.lost.push(format!(
                "cancel_until_minutes = {m}: a scenario has at most a day, which is taken"
            ));
            self.terms.cancel_until_min = Some(MOST_WINDOW_MIN);
        }
        let terms = &self.terms;
        if let Some(m) = terms.no_show_timeout_min {
            match terms.lengths_min {
                [Some(a), Some(b)] if a == b && m <= a => {}
                _ => self.lost.push(format!(
                    "noshow_timeout = {m}: a scenario has a share of the booking's length (breach.moderate_share), the same only where all bookings are equally long"
                )),
            }
        }
        if flag("change_not_allowed") != Some(true) {
            self.lost
                .push("changes of a booking: in a scenario people cancel and book anew".to_owned());
        }
        if flag("late_stop_allowed") == Some(true) {
            self.lost.push(
                "charging longer than booked (late_stop_*): it is charging without a booking there"
                    .to_owned(),
            );
        }
    }

    fn take_tariff(&mut self, t: &OcpiTariff) {
        if !t.currency.is_empty() {
            self.terms.currency = Some(t.currency.clone());
        }
        let flat = |purpose: Purpose| {
            let of = |e: &&Element| e.restrictions.purpose == purpose;
            t.elements.iter().filter(of).find_map(|e| e.component(Dimension::Flat)).map(|c| c.price)
        };
        self.terms.no_show_fee = flat(Purpose::Expired);
        self.terms.cancellation_fee = flat(Purpose::Cancelled);
        self.terms.energy = self.energy(t);
        for e in &t.elements {
            self.lose(t, e);
        }
        if t.least != [None; 2] || t.most != [None; 2] {
            self.lost.push("min_price and max_price of a session".to_owned());
        }
        let taxed = |e: &Element| e.components.iter().any(|c| c.vat.is_some_and(|v| v != 0.0));
        if t.elements.iter().any(taxed) {
            self.lost.push("taxes: prices are taken as they are written".to_owned());
        }
        let steps = |e: &Element| e.components.iter().any(|c| c.step_size > 1 && c.price != 0.0);
        if t.elements.iter().any(steps) {
            self.lost.push("step_size: amounts are billed as they are".to_owned());
        }
    }

    /// What of an element a scenario has no key for.
    fn lose(&mut self, t: &OcpiTariff, e: &Element) {
        let words = [
            (Purpose::Charging, "charging"),
            (Purpose::Booking, "a booking"),
            (Purpose::Expired, "a no-show"),
            (Purpose::Cancelled, "a cancellation"),
            (Purpose::Overtime, "overtime"),
        ];
        let what = words.iter().find(|w| w.0 == e.restrictions.purpose).map_or("", |w| w.1);
        for c in e.components.iter().filter(|c| c.price != 0.0) {
            let kept = match (e.restrictions.purpose, c.dimension) {
                (Purpose::Charging, Dimension::Energy) => self.terms.energy.is_some(),
                (Purpose::Expired | Purpose::Cancelled, Dimension::Flat) => true,
                _ => false,
            };
            if !kept {
                let message = format!(
                    "tariff `{}`: {} {} for {what} ({})",
                    t.id,
                    c.price,
                    t.currency,
                    c.dimension.word()
                );
                self.lost.push(message);
            }
        }
    }

    /// Prices of energy by the hour of the day, where that is all that they depend on.
    fn energy(&mut self, t: &OcpiTariff) -> Option<Tariff> {
        let of = |e: &&Element| {
            e.restrictions.purpose == Purpose::Charging && e.component(Dimension::Energy).is_some()
        };
        let elements: Vec<&Element> = t.elements.iter().filter(of).collect();
        let plain = |e: &&Element| {
            let r = &e.restrictions;
            r.dates == [None, None]
                && [r.kwh, r.power_kw, r.current_a, r.duration_s] == [[None; 2]; 4]
                && r.weekdays.is_empty()
        };
        if elements.is_empty() {
            return None;
        }
        if !elements.iter().all(plain) {
            self.lost.push(format!(
                "tariff `{}`: prices of energy by date, day of the week, power, energy or duration",
                t.id
            ));
            return None;
        }
        let price_at = |minute: i64| {
            let holds = |e: &&&Element| {
                let r = &e.restrictions;
                match (r.start_minute.unwrap_or(0), r.end_minute.filter(|m| *m > 0).unwrap_or(1440))
                {
                    (from, to) if from < to => (from..to).contains(&minute),
                    (from, to) => minute >= from || minute < to,
                }
            };
            let found = elements.iter().find(holds).and_then(|e| e.component(Dimension::Energy));
            found.map_or(0.0, |c| c.price)
        };
        let mut cuts: Vec<i64> = elements
            .iter()
            .flat_map(|e| [e.restrictions.start_minute, e.restrictions.end_minute])
            .flatten()
            .collect();
        cuts.push(0);
        cuts.sort_unstable();
        cuts.dedup();
        let mut steps: Vec<(i64, f64)> = cuts.iter().map(|m| (*m, price_at(*m))).collect();
        steps.dedup_by(|next, kept| next.1.to_bits() == kept.1.to_bits());
        if steps.len() > 1 && steps.first().map(|s| s.1) == steps.last().map(|s| s.1) {
            // The night goes on over midnight.
            steps.remove(0);
        }
        Some(Tariff {
            hours: steps.iter().map(|s| s.0 as f64 / 60.0).collect(),
            prices: steps.iter().map(|s| s.1).collect(),
            service_fee: 0.0,
            scale: 1.0,
        })
    }

    /// As keys of a scenario, with what was lost as comments.
    pub fn toml(&self) -> String {
        let t = &self.terms;
        let mut text = String::from("# Terms of an operator, read from OCPI");
        let _ = match (&self.tariff, &self.location) {
            (Some(a), Some(b)) => writeln!(text, ": tariff {a}, booking terms of {b}"),
            (Some(a), None) => writeln!(text, ": tariff {a}"),
            (None, Some(b)) => writeln!(text, ": booking terms of {b}"),
            (None, None) => writeln!(text),
        };
        for lost in &self.lost {
            let _ = writeln!(text, "# not kept: {}", lost.replace(['\n', '\r'], " "));
        }
        if let Some(currency) = &t.currency {
            let _ = writeln!(text, "\ncurrency = {}", serde_json::json!(currency));
        }
        for (table, keys) in self.tables() {
            let keys: Vec<String> =
                keys.into_iter().filter_map(|(k, v)| Some(format!("{k} = {}\n", v?))).collect();
            if !keys.is_empty() {
                let _ = write!(text, "\n[{table}]\n{}", keys.concat());
            }
        }
        text
    }

    /// The same as overrides `table.key=value`.
    pub fn sets(&self) -> Vec<String> {
        let currency = self.terms.currency.as_ref().map(|c| format!("currency=\"{c}\""));
        let keys = self.tables().into_iter().flat_map(|(table, keys)| {
            keys.into_iter().filter_map(move |(k, v)| Some(format!("{table}.{k}={}", v?)))
        });
        currency.into_iter().chain(keys).collect()
    }

    fn tables(&self) -> Vec<(&'static str, Vec<(&'static str, Option<String>)>)> {
        let t = &self.terms;
        let real = |x: Option<f64>| x.map(|x| format!("{x:?}"));
        let flag = |x: Option<bool>| x.map(|x| x.to_string());
        let list = |x: &Vec<f64>| format!("{x:?}");
        let never = t.cancel_until_min.is_some_and(|m| m >= NEVER_MIN);
        let window = t.cancel_until_min.filter(|_| !never);
        let timeout = match (t.no_show_timeout_min, t.lengths_min) {
            (Some(m), [Some(a), Some(b)]) if a == b && a > 0.0 && m <= a => Some(m / a),
            _ => None,
        };
        // Where nothing is charged for not coming, nothing is; else only the fee is known.
        let fined = t.no_show_costs.filter(|costs| !costs && t.no_show_fee.unwrap_or(0.0) == 0.0);
        vec![
            (
                "booking",
                vec![
                    ("enabled", flag(t.bookable)),
                    ("shortest_min", real(t.lengths_min[0])),
                    ("longest_min", real(t.lengths_min[1])),
                    ("setup_min", real(t.early_start_min)),
                ],
            ),
            (
                "cancellation",
                vec![
                    ("enabled", flag(t.cancel_until_min.map(|_| !never))),
                    ("late_window_min", real(window)),
                    ("late_cny", real(t.cancellation_fee)),
                ],
            ),
            ("breach", vec![("moderate_share", real(timeout))]),
            ("penalty", vec![("enabled", flag(fined)), ("no_show_cny", real(t.no_show_fee))]),
            ("walk_in", vec![("enabled", flag(t.walk_in))]),
            ("behaviour.hoarding", vec![("enabled", flag(t.overlapping))]),
            (
                "tariff.ev",
                vec![
                    ("hours", t.energy.as_ref().map(|e| list(&e.hours))),
                    ("prices", t.energy.as_ref().map(|e| list(&e.prices))),
                    ("service_fee", t.energy.as_ref().map(|_| "0.0".to_owned())),
                    ("scale", t.energy.as_ref().map(|_| "1.0".to_owned())),
                ],
            ),
        ]
    }
}
