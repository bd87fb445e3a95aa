//! Which sessions are used, and why others are not.

use crate::rows::RawRow;
use std::collections::{BTreeMap, BTreeSet};
use tables::Moment;

/// A stay longer than this is a vehicle that was left, or a missing end \[h\].
const LONGEST_H: f64 = 14.0 * 24.0;
/// A stay shorter than this is a failed start \[h\].
const SHORTEST_H: f64 = 1.0 / 60.0;
/// More mean power than any pile has \[kW\].
const MOST_KW: f64 = 500.0;
/// Lines that a report names for each reason.
const FIRST_LINES: usize = 5;

/// One session that is used.
#[derive(Clone, Debug, PartialEq)]
pub struct Session {
    /// Line in its file (number of the record in JSON), from 1.
    pub line: u64,
    /// Who, if the file says so.
    pub user: Option<String>,
    /// Plugged in.
    pub plug_in: Moment,
    /// Unplugged.
    pub plug_out: Moment,
    /// Metered energy \[kWh\].
    pub energy_kwh: f64,
    /// Charging power, if the file says so \[kW\].
    pub power_kw: Option<f64>,
    /// Departure that the driver stated beforehand.
    pub stated: Option<Moment>,
    /// Start of the booking that it was for.
    pub booked: Option<Moment>,
}

impl Session {
    /// Length of the stay \[h\].
    pub fn stay_h(&self) -> f64 {
        self.plug_in.hours_to(self.plug_out)
    }
}

/// Rows left out for one reason.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Dropped {
    /// Why.
    pub reason: String,
    /// How many.
    pub rows: u64,
    /// The lines of the first of them.
    pub first_lines: Vec<u64>,
}

/// What became of the rows of a file.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Cleaning {
    /// Rows of the file.
    pub rows: u64,
    /// Rows that are used.
    pub used: u64,
    /// Rows that are not, by reason.
    pub dropped: Vec<Dropped>,
    /// Bookings for which nobody came, where the file has bookings, and bookings in all.
    pub no_shows: Option<(u64, u64)>,
    /// How columns were understood.
    pub columns: Vec<String>,
}

/// Sessions in the order of their beginnings, and what was left out.
#[derive(Clone, Debug, PartialEq)]
pub struct Cleaned {
    /// The sessions.
    pub sessions: Vec<Session>,
    /// What became of the rows.
    pub cleaning: Cleaning,
}

pub(crate) fn cleaned(rows: Vec<RawRow>, columns: Vec<String>) -> Cleaned {
    let mut cleaning = Cleaning { rows: rows.len() as u64, columns, ..Cleaning::default() };
    let mut reasons: BTreeMap<String, Vec<u64>> = BTreeMap::new();
    let mut seen = BTreeSet::new();
    let mut sessions = Vec::with_capacity(rows.len());
    let (mut booked, mut missed) = (0, 0);
    for row in rows {
        booked += u64::from(matches!(row.booked, Ok(Some(_))));
        missed += u64::from(matches!((&row.booked, &row.plug_in), (Ok(Some(_)), Ok(None))));
        let line = row.line;
        match session(row) {
            Err(reason) => reasons.entry(reason).or_default().push(line),
            Ok(s) => {
                let key =
                    (s.user.clone(), s.plug_in.utc_us, s.plug_out.utc_us, s.energy_kwh.to_bits());
                if s.user.is_some() && !seen.insert(key) {
                    reasons.entry("listed twice".to_owned()).or_default().push(line);
                } else {
                    sessions.push(s);
                }
            }
        }
    }
    sessions.sort_by_key(|s| (s.plug_in.utc_us, s.line));
    cleaning.used = sessions.len() as u64;
    cleaning.no_shows = (booked > 0).then_some((missed, booked));
    cleaning.dropped = reasons
        .into_iter()
        .map(|(reason, lines)| Dropped {
            reason,
            rows: lines.len() as u64,
            first_lines: lines.into_iter().take(FIRST_LINES).collect(),
        })
        .collect();
    Cleaned { sessions, cleaning }
}

fn session(row: RawRow) -> Result<Session, String> {
    if let Some(why) = row.void {
        return Err(why.to_owned());
    }
    let plug_in = row.plug_in.map_err(|()| "plug-in is no time")?.ok_or("no plug-in")?;
    let plug_out = row.plug_out.map_err(|()| "plug-out is no time")?.ok_or("no plug-out")?;
    let energy_kwh = row.energy_kwh.map_err(|()| "energy is no number")?.ok_or("no energy")?;
    let stay_h = plug_in.hours_to(plug_out);
    let reason = match () {
        () if stay_h < 0.0 => Some("ends before it begins"),
        () if stay_h < SHORTEST_H => Some("shorter than a minute"),
        () if stay_h > LONGEST_H => Some("longer than 14 days"),
        () if energy_kwh <= 0.0 => Some("no energy charged"),
        () if energy_kwh > MOST_KW * stay_h => Some("more than 500 kW on average"),
        () => None,
    };
    if let Some(reason) = reason {
        return Err(reason.to_owned());
    }
    Ok(Session {
        line: row.line,
        user: row.user,
        plug_in,
        plug_out,
        energy_kwh,
        power_kw: row.power_kw.filter(|kw| *kw > 0.0),
        stated: row.stated.ok().flatten(),
        booked: row.booked.ok().flatten(),
    })
}
