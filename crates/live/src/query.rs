//! What whoever looks searches among the facts.

use domain::Fact;

/// All of its terms must hold. `ev:12` and its like name an id; any other term is part of a word.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Query {
    ids: Vec<(Id, i64)>,
    words: Vec<String>,
    /// An id that is no number: nothing answers.
    impossible: bool,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Id {
    Ev,
    Zone,
    Pile,
    Booking,
    Reservation,
    Ticket,
    Trade,
}

impl Id {
    const NAMES: [(&'static str, Self); 7] = [
        ("ev:", Self::Ev),
        ("zone:", Self::Zone),
        ("pile:", Self::Pile),
        ("booking:", Self::Booking),
        ("reservation:", Self::Reservation),
        ("ticket:", Self::Ticket),
        ("trade:", Self::Trade),
    ];

    fn of(self, f: &Fact) -> i64 {
        match self {
            Self::Ev => i64::from(f.ev.0),
            Self::Zone => i64::from(f.zone.0),
            Self::Pile => i64::from(f.pile.0),
            Self::Booking => f.booking.0,
            Self::Reservation => f.reservation.0,
            Self::Ticket => f.ticket.0,
            Self::Trade => f.trade.0,
        }
    }
}

/// Longer queries are cut.
const LONGEST: usize = 200;

impl Query {
    /// Reads the terms of a text.
    pub fn parse(text: &str) -> Self {
        let text: String = text.chars().take(LONGEST).collect::<String>().to_lowercase();
        let mut query = Self::default();
        for term in text.split_whitespace() {
            let named =
                Id::NAMES.iter().find_map(|(name, id)| Some((*id, term.strip_prefix(name)?)));
            match named.map(|(id, number)| (id, number.parse())) {
                Some((id, Ok(number))) => query.ids.push((id, number)),
                Some((_, Err(_))) => query.impossible = true,
                None => query.words.push(term.replace('_', " ")),
            }
        }
        query
    }

    /// Whether a fact answers.
    pub fn matches(&self, f: &Fact) -> bool {
        if self.impossible || !self.ids.iter().all(|(id, number)| id.of(f) == *number) {
            return false;
        }
        let direction = f.direction.map_or("", domain::Direction::word);
        let words = || [f.kind.word(), f.detail.word(), f.actor.word(), direction];
        self.words.iter().all(|term| words().iter().any(|w| w.replace('_', " ").contains(term)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use domain::{Actor, Detail, EvId, FactKind, Phase, Time, ZoneId};

    #[test]
    fn all_terms_must_hold_and_an_id_is_exact() {
        let f =
            Fact::new(Time(0), Phase::Deliver, FactKind::TicketOffered, Actor::Ev, 1, ZoneId(3));
        let f = f.ev(EvId(12)).detail(Detail::SevereBreach);
        for yes in ["", "ticket", "TICKET_OFF", "ev:12", "zone:3 severe", " breach  offered "] {
            assert!(Query::parse(yes).matches(&f), "{yes}");
        }
        for no in ["ev:1", "ev:123", "zone:12", "ticket awarded", "ev:x", "zone:"] {
            assert!(!Query::parse(no).matches(&f), "{no}");
        }
    }
}
