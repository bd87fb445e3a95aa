//! OCPI, the protocol of charge point operators: what a run left, and an operator's terms.
//!
//! - [`write_ocpi`]: bookings, sessions, CDRs and tariffs of a run as JSON Lines.
//! - [`write_ocpi_terms`]: the tariff and booking terms of a scenario; [`ScenarioTerms`], [`Terms`].
//! - [`read_terms`]: tariffs and booking terms as keys of a scenario; [`ImportedTerms`].
//! - [`OcpiTariff`], [`Use`]: what a use costs by a tariff.
//!
//! Facts of OCPI 2.2.1, and of 2.3.0 with the branch `2.3.0/release/bookings` of its repository
//! (`github.com/ocpi/ocpi`), whose packaging is provisional.

mod evaluate;
mod import;
mod money;
mod objects;
mod periods;
mod published;
mod readme;
mod tables;
mod tariff;
mod terms;
mod words;

use crate::source::{new_directory, write_text};
use crate::{ExchangeError, Source, Written};
pub use evaluate::{Cost, Reserved, Stretch, Use};
pub use import::{ImportedTerms, read_terms};
use money::{Money, Owner};
use objects::Objects;
use published::{Offered, Published};
use serde_json::Value;
use std::collections::BTreeSet;
use std::fs::File;
use std::io::{BufWriter, Write};
use std::path::{Path, PathBuf};
use tables::{Tables, whole};
pub use tariff::OcpiTariff;
pub use terms::{ScenarioTerms, Terms};
pub use words::OcpiVersion;

/// What was written, and how far it holds all of the run.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OcpiExport {
    /// The files.
    pub written: Vec<Written>,
    /// What has no place in OCPI, in words.
    pub lost: Vec<String>,
    /// What users paid by the ledger \[millionths of the currency\].
    pub paid_ucny: i64,
    /// The same by the CDRs.
    pub cdr_ucny: i64,
}

/// Writes what a run left as objects of OCPI into a new directory; `offer` is its scenario's.
///
/// # Errors
/// [`ExchangeError::Missing`] without the tables `sessions`, `ledger` and `accounts`,
/// [`ExchangeError::Asked`] if a run of several is not chosen, [`ExchangeError::Exists`],
/// [`ExchangeError::Io`].
pub fn write_ocpi(
    source: &Source,
    run: Option<i64>,
    version: OcpiVersion,
    offer: &ScenarioTerms,
    to: &Path,
) -> Result<OcpiExport, ExchangeError> {
    let run = one_run(source, run)?;
    let mut tables = Tables::read(source, run)?;
    let money = Money::read(source, run, &mut tables)?;
    let published = Published::read(source, run)?;
    let scenario = source.manifest.scenario.as_str();
    let objects = Objects::new(version, scenario, offer, &tables, &money, &published);
    new_directory(to)?;
    let mut written = Vec::new();
    if version == OcpiVersion::V230 && offer.terms.bookable == Some(true) {
        write_bookings(&objects, to, &mut written)?;
        written.push(lines(to, "booking_locations", offer.locations(opened(&tables)))?);
    }
    let sessions = tables.sessions.iter().map(|(id, s)| objects.session(*id, s));
    written.push(lines(to, "sessions", sessions)?);
    let (cdrs, cdr_ucny) = write_cdrs(&objects, to)?;
    written.push(cdrs);
    written.push(write_tariffs(&objects, to)?);
    let mut lost = offer.lost.clone();
    lost.extend(left_out(&tables, &money, version, cdr_ucny));
    let export = OcpiExport { written, lost, paid_ucny: money.paid, cdr_ucny };
    let currency = offer.terms.currency.as_deref().unwrap_or_default();
    write_text(&to.join("README.md"), &readme::of_run(scenario, version, &export, currency))?;
    Ok(export)
}

/// Writes the tariff and booking terms of a scenario into a new directory.
///
/// # Errors
/// [`ExchangeError::Exists`], [`ExchangeError::Io`].
pub fn write_ocpi_terms(
    scenario: &str,
    start_us: i64,
    version: OcpiVersion,
    offer: &ScenarioTerms,
    to: &Path,
) -> Result<OcpiExport, ExchangeError> {
    new_directory(to)?;
    let mut written = vec![lines(to, "tariffs", offer.tariffs(version, start_us))?];
    let mut lost = offer.lost.clone();
    if version == OcpiVersion::V230 {
        written.push(lines(to, "booking_locations", offer.locations(start_us))?);
    } else {
        lost.push("booking terms: OCPI 2.2.1 has none".to_owned());
    }
    let export = OcpiExport { written, lost, paid_ucny: 0, cdr_ucny: 0 };
    write_text(&to.join("README.md"), &readme::of_scenario(scenario, version, &export))?;
    Ok(export)
}

/// The run that is exported: the only one, or the chosen one.
fn one_run(source: &Source, wanted: Option<i64>) -> Result<i64, ExchangeError> {
    for table in ["sessions", "accounts"] {
        source.needed(table)?;
    }
    let mut runs = BTreeSet::new();
    record::scan_columns(&source.needed("ledger")?, &["run_id"], |f| {
        runs.extend((0..f.rows()).filter_map(|row| whole(f, "run_id", row)));
    })?;
    match wanted {
        Some(run) if runs.contains(&run) => Ok(run),
        Some(run) => Err(ExchangeError::Asked(format!("there is no run {run} in the ledger"))),
        None if runs.len() > 1 => Err(ExchangeError::Asked(format!(
            "the ledger is of {} runs: choose one by --run, e.g. --run {}",
            runs.len(),
            runs.first().copied().unwrap_or(0)
        ))),
        None => Ok(runs.first().copied().unwrap_or(0)),
    }
}

fn opened(tables: &Tables) -> i64 {
    tables.opened.unwrap_or(tables.last)
}

fn lines(
    to: &Path,
    name: &str,
    objects: impl IntoIterator<Item = Value>,
) -> Result<Written, ExchangeError> {
    let mut file = Lines::create(to, name)?;
    for object in objects {
        file.push(&object)?;
    }
    file.close()
}

/// A file of one object a line.
struct Lines {
    name: String,
    path: PathBuf,
    file: BufWriter<File>,
    rows: u64,
}

impl Lines {
    fn create(to: &Path, name: &str) -> Result<Self, ExchangeError> {
        let name = format!("{name}.jsonl");
        let path = to.join(&name);
        let file = File::create(&path).map_err(ExchangeError::io(&path))?;
        Ok(Self { name, path, file: BufWriter::new(file), rows: 0 })
    }

    fn push(&mut self, object: &Value) -> Result<(), ExchangeError> {
        writeln!(self.file, "{object}").map_err(ExchangeError::io(&self.path))?;
        self.rows += 1;
        Ok(())
    }

    fn close(mut self) -> Result<Written, ExchangeError> {
        self.file.flush().map_err(ExchangeError::io(&self.path))?;
        Ok(Written { file: self.name, rows: self.rows })
    }
}

fn write_bookings(
    objects: &Objects<'_>,
    to: &Path,
    written: &mut Vec<Written>,
) -> Result<(), ExchangeError> {
    let tables = objects.tables;
    let booked = tables.bookings.iter().map(|(id, b)| objects.booking(*id, b));
    let became = |r: &&tables::Request| matches!(r.answer, Some((_, Some(_))));
    let refused = tables.requests.iter().filter(|r| !became(r)).map(|r| objects.refused(r));
    written.push(lines(to, "bookings", booked.chain(refused))?);
    Ok(())
}

/// A CDR for whatever moved energy or money: each plug-in, each booking without one, and bookings
/// of which only transfers are left.
fn write_cdrs(objects: &Objects<'_>, to: &Path) -> Result<(Written, i64), ExchangeError> {
    let (tables, accounts) = (objects.tables, &objects.money.accounts);
    let mut file = Lines::create(to, "cdrs")?;
    let mut sum = 0;
    let paid = |owner: Owner| accounts.get(&owner).filter(|a| a.paid != 0);
    for (id, s) in &tables.sessions {
        let owner = objects.owner(*id, s);
        if s.charged_kwh > 0.0 || s.discharged_kwh > 0.0 || paid(owner).is_some() {
            file.push(&objects.cdr_of_session(*id, s))?;
            sum += paid(owner).map_or(0, |a| a.paid);
        }
    }
    for (owner, account) in accounts {
        let Owner::Booking(id) = owner else { continue };
        if account.paid == 0 || objects.session_of.contains_key(id) {
            continue;
        }
        file.push(&match tables.bookings.get(id) {
            Some(b) => objects.cdr_of_booking(*id, b, account),
            None => objects.cdr_of_rest(*id, account),
        })?;
        sum += account.paid;
    }
    Ok((file.close()?, sum))
}

/// Each zone's tariff, then what was published for bookings, each as it stood.
fn write_tariffs(objects: &Objects<'_>, to: &Path) -> Result<Written, ExchangeError> {
    let (tables, terms) = (objects.tables, &objects.offer.terms);
    let period_us = (objects.offer.period_min * 60e6) as i64;
    let mut zones: BTreeSet<i64> = tables.sessions.values().map(|s| s.zone).collect();
    zones.extend(tables.bookings.values().map(|b| b.zone));
    zones.extend((1..=i64::from(objects.offer.zones)).filter(|_| terms.energy.is_some()));
    let offered = |b: &tables::Booking| {
        (b.zone, if b.discharge { Offered::Discharge } else { Offered::Booking })
    };
    let wanted: BTreeSet<(i64, Offered)> = tables.bookings.values().map(offered).collect();
    let mut file = Lines::create(to, "tariffs")?;
    for zone in zones {
        let id = words::location(zone);
        let tariff = match terms.energy {
            Some(_) => Some(terms.tariff(&id)),
            None => objects.published.walk_in(zone, terms, period_us),
        };
        if let Some(tariff) = tariff {
            file.push(&tariff.value(objects.version, opened(tables)))?;
        }
    }
    objects.published.each(&wanted, terms, period_us, |tariff, at| {
        file.push(&tariff.value(objects.version, at))
    })?;
    file.close()
}

/// What of this run did not find a place.
fn left_out(tables: &Tables, money: &Money, version: OcpiVersion, cdrs: i64) -> Vec<String> {
    let mut all = Vec::new();
    if version == OcpiVersion::V221 && !tables.bookings.is_empty() {
        all.push("bookings: OCPI 2.2.1 has none; their CDRs are there".to_owned());
    }
    if !tables.facts {
        let message =
            "there is no table `facts`: no requests that were rejected, no energies by period";
        all.push(message.to_owned());
    }
    if tables.policy_changes > 0 {
        all.push(format!(
            "{} policy changes during the run: booking terms are those at its start",
            tables.policy_changes
        ));
    }
    if cdrs != money.paid {
        all.push(format!(
            "transfers of {} millionths that belong to no booking or plug-in of the tables",
            money.paid - cdrs
        ));
    }
    all
}
