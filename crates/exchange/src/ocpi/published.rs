//! Tariffs as the operator publishes them, from the table of prices.

use super::tables::{real, whole};
use super::tariff::{Component, Dimension, Element, OcpiTariff, Purpose, Restrictions, Tax};
use super::terms::Terms;
use super::words::{DAY_US, instant, local, location, rounded};
use crate::{ExchangeError, Source};
use std::collections::{BTreeMap, BTreeSet};

/// What a published tariff is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Offered {
    /// Charging that is booked.
    Booking,
    /// Energy fed back that is booked.
    Discharge,
}

impl Offered {
    fn word(self) -> &'static str {
        match self {
            Self::Booking => "booking",
            Self::Discharge => "discharge",
        }
    }
}

/// Prices by the start of their period.
type Prices = BTreeMap<i64, f64>;

/// What was published, and what was paid outside of bookings.
#[derive(Debug, Default)]
pub struct Published {
    /// Zone, purpose, when it was published, what was known by then.
    rows: BTreeMap<(i64, Offered), BTreeMap<i64, Prices>>,
    /// By zone: what a kWh costs outside of bookings, by its last publication before the period.
    walk_in: BTreeMap<i64, Prices>,
}

impl Published {
    /// Reads the prices of one run.
    pub fn read(source: &Source, run: i64) -> Result<Self, ExchangeError> {
        let mut all = Self::default();
        let columns = [
            "run_id",
            "zone_id",
            "period_start",
            "published_at",
            "reservation_price_cny_per_kwh",
            "discharge_price_cny_per_kwh",
            "ev_price_cny_per_kwh",
            "grid_price_cny_per_kwh",
        ];
        source.scan("prices", &columns, |f| {
            for row in 0..f.rows() {
                let int = |name: &str| whole(f, name, row);
                let (Some(zone), Some(start), Some(at)) =
                    (int("zone_id"), int("period_start"), int("published_at"))
                else {
                    continue;
                };
                if int("run_id") != Some(run) {
                    continue;
                }
                let price = |name: &str| real(f, name, row);
                let mut note = |offered, price: Option<f64>| {
                    if let Some(price) = price {
                        let rows: &mut BTreeMap<i64, Prices> =
                            all.rows.entry((zone, offered)).or_default();
                        rows.entry(at).or_default().insert(start, price);
                    }
                };
                note(Offered::Booking, price("reservation_price_cny_per_kwh"));
                note(Offered::Discharge, price("discharge_price_cny_per_kwh"));
                let outside =
                    price("ev_price_cny_per_kwh").or_else(|| price("grid_price_cny_per_kwh"));
                if let Some(outside) = outside.filter(|_| at <= start) {
                    all.walk_in.entry(zone).or_default().insert(start, outside);
                }
            }
        })?;
        Ok(all)
    }

    /// The tariff in force for a booking that was asked for at an instant.
    pub fn id_at(&self, zone: i64, offered: Offered, t: i64) -> Option<String> {
        let (at, _) = self.rows.get(&(zone, offered))?.range(..=t).next_back()?;
        Some(id(zone, offered, *at))
    }

    /// A zone's tariff outside of bookings, by date, for what follows no hours of the day.
    pub fn walk_in(&self, zone: i64, terms: &Terms, period_us: i64) -> Option<OcpiTariff> {
        let prices = self.walk_in.get(&zone)?;
        let mut elements = terms.booking_elements();
        elements.extend(dated(prices, period_us, terms.offset_min));
        Some(tariff(location(zone), terms, elements))
    }

    /// Every tariff that was published for bookings in these zones, each as it stood.
    pub fn each(
        &self,
        wanted: &BTreeSet<(i64, Offered)>,
        terms: &Terms,
        period_us: i64,
        mut write: impl FnMut(&OcpiTariff, i64) -> Result<(), ExchangeError>,
    ) -> Result<(), ExchangeError> {
        for ((zone, offered), publications) in &self.rows {
            if !wanted.contains(&(*zone, *offered)) {
                continue;
            }
            let mut known = Prices::new();
            let mut times = publications.keys().copied().skip(1);
            for (at, news) in publications {
                known.extend(news.iter().map(|(start, price)| (*start, *price)));
                known = known.split_off(&(*at - period_us + 1));
                let mut elements = match offered {
                    Offered::Booking => terms.booking_elements(),
                    Offered::Discharge => Vec::new(),
                };
                elements.extend(dated(&known, period_us, terms.offset_min));
                let mut one = tariff(id(*zone, *offered, *at), terms, elements);
                one.valid = [Some(instant(*at)), times.next().map(instant)];
                write(&one, *at)?;
            }
        }
        Ok(())
    }
}

fn id(zone: i64, offered: Offered, at: i64) -> String {
    format!("{}-{}-{}", location(zone), offered.word(), at / 1_000_000)
}

fn tariff(id: String, terms: &Terms, elements: Vec<Element>) -> OcpiTariff {
    let currency = terms.currency.clone().unwrap_or_default();
    OcpiTariff { id, currency, elements, tax: Tax::None, ..OcpiTariff::default() }
}

/// Prices by period as elements, one for neighbours of the same price on the same local day.
pub fn dated(prices: &Prices, period_us: i64, offset_min: i32) -> Vec<Element> {
    let shift = i64::from(offset_min) * 60_000_000;
    let day = |t: i64| (t + shift).div_euclid(DAY_US);
    let mut spans: Vec<(i64, i64, f64)> = Vec::new();
    for (start, price) in prices {
        match spans.last_mut() {
            Some((from, to, p))
                if *to == *start && p.to_bits() == price.to_bits() && day(*from) == day(*start) =>
            {
                *to = start + period_us;
            }
            _ => spans.push((*start, start + period_us, *price)),
        }
    }
    let minute = |t: i64| (t + shift).rem_euclid(DAY_US) / 60_000_000;
    let element = |(from, to, price): (i64, i64, f64)| Element {
        components: vec![Component::plain(
            Dimension::Energy,
            rounded((price * 1e6).round() as i64) as f64 / 1e4,
        )],
        restrictions: Restrictions {
            start_minute: Some(minute(from)),
            end_minute: Some(minute(to)),
            dates: [Some(local(from, offset_min).0), Some(local(from + DAY_US, offset_min).0)],
            purpose: Purpose::Charging,
            ..Restrictions::default()
        },
    };
    spans.into_iter().map(element).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn neighbours_of_one_price_are_one_element_until_midnight() {
        let quarter = 15 * 60_000_000;
        let at = |h: i64, q: i64| h * 4 * quarter + q * quarter;
        let prices: Prices =
            [(at(22, 0), 0.5), (at(22, 1), 0.5), (at(23, 3), 0.7), (at(24, 0), 0.7)]
                .into_iter()
                .collect();
        let found = dated(&prices, quarter, 0);
        let times: Vec<_> = found
            .iter()
            .map(|e| (e.restrictions.start_minute, e.restrictions.end_minute))
            .collect();
        assert_eq!(times, [(Some(1320), Some(1350)), (Some(1425), Some(0)), (Some(0), Some(15))]);
        assert_eq!(
            found[2].restrictions.dates,
            [Some("1970-01-02".into()), Some("1970-01-03".into())]
        );
    }
}
