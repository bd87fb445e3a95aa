//! Which federate has which zones of a scenario.
//!
//! A federate that has some of the zones registers an endpoint named
//! `NAME/part/RUN/ZONES`, such as `z1/part/3f0c9a12e4b7/0,1`, so that everybody reads the same from
//! the list of endpoints. RUN stands for scenario, seeds and version.

use domain::ZoneId;
use std::collections::BTreeSet;
use std::fmt;
use std::str::FromStr;

/// Zones of a scenario; 0 is the centre.
///
/// ```
/// use cosim::helics::Zones;
/// let zones: Zones = "0,3-5".parse().unwrap();
/// assert_eq!(zones.to_string(), "0,3-5");
/// assert!("5-3".parse::<Zones>().is_err() && "".parse::<Zones>().is_err());
/// ```
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct Zones(BTreeSet<u16>);

impl Zones {
    /// Whether a zone is among them.
    pub fn holds(&self, zone: ZoneId) -> bool {
        self.0.contains(&zone.0)
    }

    /// One after the other, the centre first.
    pub fn iter(&self) -> impl Iterator<Item = ZoneId> + '_ {
        self.0.iter().copied().map(ZoneId)
    }

    /// The last one.
    pub fn last(&self) -> u16 {
        self.0.last().copied().unwrap_or(0)
    }

    /// Zones 1 to `zones` in so many blocks of nearly the same size, none empty.
    pub fn blocks(zones: u16, count: usize) -> Vec<Self> {
        let count = count.clamp(1, usize::from(zones).max(1));
        let bound = |i: usize| (i * usize::from(zones) / count) as u16;
        (0..count).map(|i| Self((bound(i) + 1..=bound(i + 1)).collect())).collect()
    }
}

impl FromStr for Zones {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let number = |t: &str| {
            t.trim().parse::<u16>().map_err(|_| {
                format!("`{text}` names no zones; write numbers and ranges, such as 1 or 0,3-5")
            })
        };
        let mut zones = BTreeSet::new();
        for piece in text.split(',') {
            let (first, last) = piece.split_once('-').unwrap_or((piece, piece));
            let (first, last) = (number(first)?, number(last)?);
            if first > last {
                return Err(format!("`{piece}` runs backwards; write {last}-{first}"));
            }
            zones.extend(first..=last);
        }
        Ok(Self(zones))
    }
}

impl fmt::Display for Zones {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut ranges: Vec<(u16, u16)> = Vec::new();
        for &zone in &self.0 {
            match ranges.last_mut() {
                Some((_, last)) if *last + 1 == zone => *last = zone,
                _ => ranges.push((zone, zone)),
            }
        }
        let text: Vec<String> = ranges
            .into_iter()
            .map(|(a, b)| if a == b { a.to_string() } else { format!("{a}-{b}") })
            .collect();
        f.write_str(&text.join(","))
    }
}

impl FromIterator<u16> for Zones {
    fn from_iter<I: IntoIterator<Item = u16>>(zones: I) -> Self {
        Self(zones.into_iter().collect())
    }
}

/// Which federates have the zones of a scenario: sorted by their first zone.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Roster(Vec<(String, Zones)>);

/// Between a federate's name and what it has.
const PART: &str = "/part/";

/// The endpoint of a federate with these zones.
pub fn endpoint(name: &str, run: &str, zones: &Zones) -> String {
    format!("{}{zones}", prefix(name, run))
}

/// How the endpoint of a federate begins.
pub fn prefix(name: &str, run: &str) -> String {
    format!("{name}{PART}{run}/")
}

impl Roster {
    /// Reads it from the names of all endpoints. Where nobody has the centre, whoever has the first
    /// zone has it as well.
    ///
    /// # Errors
    /// Which zones nobody has, or two have, and what was found instead.
    pub fn read(endpoints: &[String], run: &str, zones: u16) -> Result<Self, String> {
        let mut parts = Vec::new();
        let mut others = Vec::new();
        for endpoint in endpoints {
            let Some((name, rest)) = endpoint.rsplit_once(PART) else { continue };
            match rest.split_once('/') {
                Some((of, held)) if of == run => parts.push((name.to_owned(), held.parse()?)),
                _ => others.push(name.to_owned()),
            }
        }
        parts.sort_by(|(_, a): &(String, Zones), (_, b)| a.cmp(b));
        let holders = |zone: u16| {
            let held = parts.iter().filter(move |(_, z)| z.holds(ZoneId(zone)));
            held.map(|(name, _)| name.clone()).collect::<Vec<_>>()
        };
        if let Some(zone) = (0..=zones).find(|z| holders(*z).len() > 1) {
            return Err(format!("{} both have zone {zone}", holders(zone).join(" and ")));
        }
        let missing: Zones = (1..=zones).filter(|z| holders(*z).is_empty()).collect();
        if !missing.0.is_empty() {
            let mut text = format!("no federate has zone {missing} of this scenario");
            let names: Vec<String> = parts.iter().map(|(n, z)| format!("{n}: {z}")).collect();
            text += "; there are ";
            text += &names.join(", ");
            if !others.is_empty() {
                text += "; another scenario, seed or version: ";
                text += &others.join(", ");
            }
            return Err(text);
        }
        if let Some((name, held)) = parts.iter().find(|(_, z)| z.last() > zones) {
            return Err(format!("{name} has zones {held}, but the last one is {zones}"));
        }
        if holders(0).is_empty()
            && let Some((_, first)) = parts.first_mut()
        {
            first.0.insert(0);
        }
        Ok(Self(parts))
    }

    /// Whether a federate with these zones is a run of its own: it has all of them, and nobody else
    /// keeps the centre for it.
    pub fn is_alone(endpoints: &[String], run: &str, zones: &Zones, of: u16) -> bool {
        let centre = format!("{PART}{run}/0");
        let all = (1..=of).all(|zone| zones.holds(ZoneId(zone)));
        all && (zones.holds(ZoneId(0)) || !endpoints.iter().any(|e| e.ends_with(&centre)))
    }

    /// The federates.
    pub fn names(&self) -> impl Iterator<Item = &str> {
        self.0.iter().map(|(name, _)| name.as_str())
    }

    /// The zones of each federate.
    pub fn zones(&self) -> Vec<Vec<ZoneId>> {
        self.0.iter().map(|(_, zones)| zones.iter().collect()).collect()
    }

    /// The place of a federate in the roster.
    pub fn place(&self, name: &str) -> Option<usize> {
        self.0.iter().position(|(n, _)| n == name)
    }

    /// The federate that has the centre, and with it the record.
    pub fn recorder(&self) -> &str {
        let holder = self.0.iter().find(|(_, zones)| zones.holds(ZoneId(0)));
        holder.map_or("", |(name, _)| name.as_str())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(endpoints: &[&str], zones: u16) -> Result<Roster, String> {
        let all: Vec<String> = endpoints.iter().map(|e| (*e).to_owned()).collect();
        Roster::read(&all, "r1", zones)
    }

    #[test]
    fn everybody_reads_the_same_roster_whatever_the_order_of_the_list() {
        let a = read(&["b/part/r1/2-3", "a/ep", "x/part/r2/1", "a/part/r1/1"], 3).unwrap();
        let b = read(&["a/part/r1/1", "x/part/r2/1", "b/part/r1/2-3"], 3).unwrap();
        assert_eq!(a, b);
        assert_eq!(a.names().collect::<Vec<_>>(), ["a", "b"]);
        assert_eq!(a.recorder(), "a", "nobody named the centre: the first one has it");
        let named = read(&["a/part/r1/1", "c/part/r1/0", "b/part/r1/2-3"], 3).unwrap();
        assert_eq!(named.recorder(), "c");
    }

    #[test]
    fn a_missing_zone_is_named_with_what_there_is() {
        let missing = read(&["a/part/r1/1", "d/part/r1/4", "x/part/r2/2"], 4).unwrap_err();
        assert!(missing.contains("zone 2-3") && missing.contains("a: 1"), "{missing}");
        assert!(missing.contains("another scenario, seed or version: x"), "{missing}");
        let twice = read(&["a/part/r1/1-2", "b/part/r1/2"], 2).unwrap_err();
        assert!(twice.contains("a and b both have zone 2"), "{twice}");
        assert!(read(&["a/part/r1/1-3"], 2).unwrap_err().contains("the last one is 2"));
    }

    #[test]
    fn a_federate_with_all_zones_is_alone_unless_another_one_has_the_centre() {
        let alone = |endpoints: &[&str], zones: &str| {
            let all: Vec<String> = endpoints.iter().map(|e| (*e).to_owned()).collect();
            Roster::is_alone(&all, "r1", &zones.parse().unwrap(), 3)
        };
        assert!(alone(&["a/part/r1/1-3", "b/part/r1/1-3"], "1-3"), "two runs that are the same");
        assert!(!alone(&["a/part/r1/1-3", "c/part/r1/0"], "1-3"));
        assert!(alone(&["a/part/r1/1-3", "c/part/r2/0"], "1-3"), "the centre of another run");
        assert!(!alone(&["a/part/r1/1-2"], "1-2"));
    }

    #[test]
    fn blocks_hold_every_zone_once() {
        for (zones, count) in [(4, 4), (5, 2), (256, 3), (2, 9), (1, 1)] {
            let blocks = Zones::blocks(zones, count);
            let all: Vec<u16> = blocks.iter().flat_map(|b| b.iter().map(|z| z.0)).collect();
            assert_eq!(all, (1..=zones).collect::<Vec<_>>());
            assert!(blocks.iter().all(|b| !b.0.is_empty()));
        }
    }
}
