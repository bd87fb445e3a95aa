//! The last facts of a run, and whole stories of a few EVs: as many as a fixed memory holds.

use crate::query::Query;
use domain::{Detail, EvId, Fact, Time};
use serde_json::{Value, json};
use std::collections::VecDeque;
use std::sync::Arc;

/// Facts of a piece. Whoever looks takes pieces along without holding anybody up.
const PIECE: usize = 1024;
/// Pieces that are kept.
const PIECES: usize = 64;
/// EVs whose stories are kept from when they were asked for.
const STORIES: usize = 16;
/// Facts of a story.
const STORY: usize = 4096;

/// The last facts, numbered from 0.
#[derive(Clone, Debug, Default)]
pub(crate) struct Facts {
    pieces: VecDeque<Arc<Vec<Fact>>>,
    /// Number of the first fact that is kept.
    first: u64,
    next: u64,
    /// Most recently asked for last.
    stories: VecDeque<Story>,
}

/// What is known of one EV.
#[derive(Clone, Debug)]
pub(crate) struct Story {
    ev: EvId,
    /// Whether facts of it were forgotten before or since.
    pub cut: bool,
    facts: VecDeque<Fact>,
}

/// Facts as they are at an instant, to be read at leisure.
#[derive(Clone, Debug)]
pub(crate) struct Kept {
    pieces: Vec<Arc<Vec<Fact>>>,
    first: u64,
    /// Number of the fact that comes next.
    pub next: u64,
}

impl Facts {
    /// Takes the facts of a window.
    pub fn take(&mut self, facts: &[Fact]) {
        for fact in facts {
            if self.pieces.back().is_none_or(|p| p.len() == PIECE) {
                self.pieces.push_back(Arc::new(Vec::with_capacity(PIECE)));
            }
            if self.pieces.len() > PIECES {
                self.first += self.pieces.pop_front().map_or(0, |p| p.len() as u64);
            }
            if let Some(last) = self.pieces.back_mut() {
                Arc::make_mut(last).push(*fact);
            }
            self.next += 1;
            if fact.ev != EvId(0)
                && let Some(story) = self.stories.iter_mut().find(|s| s.ev == fact.ev)
            {
                story.add(*fact);
            }
        }
    }

    /// What is kept now.
    pub fn kept(&self) -> Kept {
        Kept { pieces: self.pieces.iter().cloned().collect(), first: self.first, next: self.next }
    }

    /// The story of an EV so far; it is kept on from now.
    pub fn story(&mut self, ev: EvId) -> Story {
        let known = self.stories.iter().position(|s| s.ev == ev);
        let story = known.and_then(|at| self.stories.remove(at)).unwrap_or_else(|| {
            let mut story = Story { ev, cut: self.first > 0, facts: VecDeque::new() };
            let all = self.pieces.iter().flat_map(|p| p.iter());
            all.filter(|f| f.ev == ev).for_each(|f| story.add(*f));
            story
        });
        if self.stories.len() == STORIES {
            self.stories.pop_front();
        }
        self.stories.push_back(story.clone());
        story
    }
}

impl Story {
    fn add(&mut self, fact: Fact) {
        if self.facts.len() == STORY {
            self.facts.pop_front();
            self.cut = true;
        }
        self.facts.push_back(fact);
    }

    /// Its facts as the page shows them.
    pub fn rows(&self, currency: &str) -> Vec<Value> {
        self.facts.iter().zip(0..).map(|(f, n)| row(f, n, currency)).collect()
    }
}

impl Kept {
    /// The last `most` facts from number `from` on that answer a query, oldest first.
    pub fn last(&self, from: u64, query: &Query, most: usize, currency: &str) -> Vec<Value> {
        let mut rows = Vec::new();
        let mut end = self.next;
        for piece in self.pieces.iter().rev() {
            let start = end - piece.len() as u64;
            for (fact, number) in piece.iter().rev().zip((start..end).rev()) {
                if number < from || rows.len() == most {
                    rows.reverse();
                    return rows;
                }
                if query.matches(fact) {
                    rows.push(row(fact, number, currency));
                }
            }
            end = start;
        }
        rows.reverse();
        rows
    }

    /// Number of the first fact that is kept.
    pub fn first(&self) -> u64 {
        self.first
    }
}

/// An instant as day and clock.
pub(crate) fn clock(t: Time) -> String {
    let seconds = t.0.rem_euclid(domain::Span::DAY.0) / 1_000_000;
    let (hour, minute, second) = (seconds / 3600, seconds / 60 % 60, seconds % 60);
    format!("{} {hour:02}:{minute:02}:{second:02}", t.day() + 1)
}

/// A fact as the page shows it.
fn row(f: &Fact, number: u64, currency: &str) -> Value {
    let mut rest: Vec<String> = Vec::new();
    if f.detail != Detail::None {
        rest.push(f.detail.word().replace('_', " "));
    }
    rest.extend(f.direction.map(|d| d.word().to_owned()));
    let ids = [
        ("pile", i64::from(f.pile.0)),
        ("booking", f.booking.0),
        ("ticket", f.ticket.0),
        ("trade", f.trade.0),
    ];
    rest.extend(ids.iter().filter(|(_, id)| *id != 0).map(|(name, id)| format!("{name} {id}")));
    if f.period_start != Time::NONE {
        rest.push(format!("for {}", clock(f.period_start)));
    }
    let price = format!("{currency}/kWh");
    let figures =
        [(f.energy, "kWh"), (f.power, "kW"), (f.price, price.as_str()), (f.amount, currency)];
    let figures = figures.iter().filter(|(value, _)| value.is_finite());
    rest.extend(figures.map(|(value, unit)| format!("{value:.3} {unit}")));
    let id = |n: u32| if n == 0 { Value::Null } else { json!(n) };
    json!({
        "n": number, "t": clock(f.t), "what": f.kind.word().replace('_', " "), "by": f.actor.word(),
        "zone": id(u32::from(f.zone.0)), "ev": id(f.ev.0), "rest": rest.join(", "),
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use domain::{Actor, FactKind, Phase, ZoneId};

    fn fact(ev: u32) -> Fact {
        let t = Time(i64::from(ev));
        Fact::new(t, Phase::Deliver, FactKind::Arrived, Actor::Ev, ev, ZoneId(1)).ev(EvId(ev))
    }

    #[test]
    fn a_long_run_keeps_its_last_facts_in_a_fixed_memory() {
        let mut facts = Facts::default();
        let many = (PIECE * (PIECES + 7) + 3) as u32;
        (1..=many).for_each(|ev| facts.take(&[fact(ev)]));
        let kept = facts.kept();
        assert_eq!((kept.next, kept.pieces.len()), (u64::from(many), PIECES));
        assert_eq!(kept.first() as usize % PIECE, 0);
        let last = kept.last(0, &Query::default(), 5, "CNY");
        let evs: Vec<u64> = last.iter().filter_map(|r| r["ev"].as_u64()).collect();
        assert_eq!(evs, (u64::from(many) - 4..=u64::from(many)).collect::<Vec<_>>());
        assert_eq!(
            kept.last(0, &Query::default(), usize::MAX, "CNY").len() as u64,
            kept.next - kept.first()
        );
    }

    #[test]
    fn whoever_reads_at_leisure_sees_what_was_there_and_changes_nothing() {
        let mut facts = Facts::default();
        facts.take(&[fact(1), fact(2)]);
        let kept = facts.kept();
        facts.take(&[fact(3)]);
        assert_eq!(kept.last(0, &Query::default(), 9, "CNY").len(), 2);
        assert_eq!(facts.kept().last(2, &Query::default(), 9, "CNY").len(), 1);
    }

    #[test]
    fn a_story_goes_on_after_the_facts_before_it_are_forgotten() {
        let mut facts = Facts::default();
        facts.take(&[fact(7)]);
        assert_eq!(facts.story(EvId(7)).rows("CNY").len(), 1);
        let others = vec![fact(8); PIECE * (PIECES + 1)];
        facts.take(&others);
        facts.take(&[fact(7)]);
        let story = facts.story(EvId(7));
        assert_eq!((story.rows("CNY").len(), story.cut), (2, false));
        let late = facts.story(EvId(9));
        assert_eq!((late.rows("CNY").len(), late.cut), (0, true));
    }
}
