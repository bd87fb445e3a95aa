//! One run in several parts: each has some of the zones in its own process, one of them the centre.
//!
//! After every window the parts meet. Each tells every other one how far it sees (its next message
//! and the earliest instant at which it may write to another zone), hands over the letters and the
//! inputs that go there, and gives its rows to the part with the centre, which records them. So all
//! parts know the same of all and end their next window where one process would have ended it, and
//! rows come window by window and cell by cell, as there.
//!
//! How words travel is the [`Carrier`]'s business.

use crate::cell::{Cell, Promise};
use crate::inputs::InputRow;
use crate::world::RunError;
use agents::{Broken, Input, Letter, Visit};
use clock::Key;
use domain::{Rows, ZoneId};
use serde::{Deserialize, Serialize};
use std::collections::BTreeSet;

/// Brings what this part says to each part (nothing to itself) and returns what each of them said
/// to this one at the same meeting. All parts call it equally often. An error says who is missing.
pub type Carrier = Box<dyn FnMut(Vec<Vec<u8>>) -> Result<Vec<Vec<u8>>, String> + Send + Sync>;

/// One of the parts of a run.
pub struct Part {
    /// Which zones each part has; 0 is the centre. Every zone is in one of them.
    pub zones: Vec<Vec<ZoneId>>,
    /// Which part this one is.
    pub number: usize,
    /// How its words reach the others.
    pub carrier: Carrier,
}

impl Part {
    /// The zones that this part has itself.
    pub(crate) fn own(&self) -> Own {
        Own::Some(self.zones.get(self.number).into_iter().flatten().copied().collect())
    }

    /// What is wrong with the division of a run with so many zones.
    fn mistake(&self, zones: u16) -> Option<String> {
        let mut taken = vec![0; usize::from(zones) + 1];
        for zone in self.zones.iter().flatten() {
            match taken.get_mut(usize::from(zone.0)) {
                Some(n) => *n += 1,
                None => return Some(format!("there is no zone {zone}; the last one is {zones}")),
            }
        }
        let missing: Vec<usize> = (0..taken.len()).filter(|z| taken[*z] == 0).collect();
        if let Some(twice) = taken.iter().position(|n| *n > 1) {
            return Some(format!("two parts have {}", zone_name(twice)));
        }
        let names: Vec<String> = missing.into_iter().map(zone_name).collect();
        (!names.is_empty()).then(|| format!("no part has {}", names.join(", ")))
    }
}

fn zone_name(zone: usize) -> String {
    if zone == 0 { "the centre (zone 0)".to_owned() } else { format!("zone {zone}") }
}

/// Which zones a world has itself; 0 is the centre.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Own {
    /// All of them.
    All,
    /// Some.
    Some(BTreeSet<ZoneId>),
}

impl Own {
    /// Whether a zone is among them.
    pub fn holds(&self, zone: ZoneId) -> bool {
        match self {
            Self::All => true,
            Self::Some(zones) => zones.contains(&zone),
        }
    }
}

/// Whether a run is one whole or goes on only together with others.
pub(crate) enum Parts {
    /// All zones are here.
    Whole,
    /// This is one of several.
    Part(Box<Links>),
}

/// Whether a run goes on.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) enum Turn {
    GoOn,
    Stop,
}

/// One part's way to the others.
pub(crate) struct Links {
    part_of: Vec<usize>,
    count: usize,
    me: usize,
    carrier: Carrier,
    /// The number of the next meeting.
    meeting: u64,
    /// What this part wants at the next meeting.
    wish: Turn,
    /// Whether a meeting has failed: then there are no more.
    lost: bool,
    /// Inputs that the part with the centre has to record.
    accepted: Vec<InputRow>,
    /// Ends of visits in other parts' zones.
    visits: Vec<(ZoneId, Visit)>,
}

/// What a part says to another one at a meeting.
#[derive(Serialize, Deserialize)]
struct Word {
    meeting: u64,
    turn: Turn,
    promise: Promise,
    broken: Option<Broken>,
    failed: Option<String>,
    letters: Vec<(ZoneId, Key, Letter)>,
    inputs: Vec<(ZoneId, Key, Input)>,
    visits: Vec<(ZoneId, Visit)>,
    /// To the part with the centre alone.
    rows: Vec<(ZoneId, Rows)>,
    accepted: Vec<InputRow>,
}

impl Parts {
    /// The part's links, if its division is right.
    ///
    /// # Errors
    /// Which zone is in no part, or in two.
    pub fn of(part: Part, zones: u16) -> Result<Self, String> {
        if let Some(mistake) = part.mistake(zones) {
            return Err(mistake);
        }
        let mut part_of = vec![0; usize::from(zones) + 1];
        for (number, held) in part.zones.iter().enumerate() {
            held.iter().for_each(|zone| part_of[usize::from(zone.0)] = number);
        }
        Ok(Self::Part(Box::new(Links {
            part_of,
            count: part.zones.len(),
            me: part.number,
            carrier: part.carrier,
            meeting: 0,
            wish: Turn::GoOn,
            lost: false,
            accepted: Vec::new(),
            visits: Vec::new(),
        })))
    }

    /// All parts meet; afterwards each knows what concerns it. A whole run goes on at once.
    ///
    /// # Errors
    /// If somebody does not come.
    pub fn meet(&mut self, cells: &mut [Cell]) -> Result<Turn, RunError> {
        match self {
            Self::Part(links) if !links.lost => links.meet(cells),
            _ => Ok(Turn::GoOn),
        }
    }

    /// This part wants to stop. A whole run may at once; a part only together with all others, at
    /// the next meeting.
    pub fn stop(&mut self) -> Turn {
        match self {
            Self::Whole => Turn::Stop,
            Self::Part(links) => {
                links.wish = Turn::Stop;
                Turn::GoOn
            }
        }
    }

    /// There are no more meetings: this part has failed in a way that others do not know of.
    pub fn lose(&mut self) {
        if let Self::Part(links) = self {
            links.lost = true;
        }
    }

    /// What is added to the numbers of inputs to zones that other parts have, so that no two parts
    /// use the same.
    pub fn first_call(&self) -> u64 {
        match self {
            Self::Whole => 0,
            Self::Part(links) => (links.me as u64) << 24,
        }
    }

    /// An accepted input: kept here in `inputs` where this part records, else told to the one that
    /// does.
    pub fn accept(&mut self, row: InputRow, inputs: &mut Vec<InputRow>) {
        match self {
            Self::Part(links) if links.me != links.part_of[0] => links.accepted.push(row),
            _ => inputs.push(row),
        }
    }

    /// Inputs that other parts have accepted.
    pub fn heard(&mut self) -> Vec<InputRow> {
        match self {
            Self::Part(links) if links.me == links.part_of[0] => {
                std::mem::take(&mut links.accepted)
            }
            _ => Vec::new(),
        }
    }

    /// A visit whose home may be in another part.
    pub fn send_visit(&mut self, home: ZoneId, visit: Visit) {
        if let Self::Part(links) = self {
            links.visits.push((home, visit));
        }
    }

    /// Visits that were told at the last meeting.
    pub fn visits(&mut self) -> Vec<(ZoneId, Visit)> {
        match self {
            Self::Whole => Vec::new(),
            Self::Part(links) => std::mem::take(&mut links.visits),
        }
    }
}

impl Links {
    fn meet(&mut self, cells: &mut [Cell]) -> Result<Turn, RunError> {
        let (words, sent) = self.words(cells);
        let mut turn = std::mem::replace(&mut self.wish, Turn::GoOn);
        let heard = words.and_then(|words| (self.carrier)(words).map_err(RunError::Parts));
        let heard = heard.inspect_err(|_| self.lost = true)?;
        let me = self.me;
        for (from, bytes) in heard.iter().enumerate().filter(|(from, _)| *from != me) {
            let word = self.read(from, bytes).inspect_err(|_| self.lost = true)?;
            if word.turn == Turn::Stop {
                turn = Turn::Stop;
            }
            self.hear(from, word, sent, cells);
        }
        self.meeting += 1;
        Ok(turn)
    }

    /// What is said to each part, and when what is handed over arrives.
    fn words(&mut self, cells: &mut [Cell]) -> (Result<Vec<Vec<u8>>, RunError>, Promise) {
        let mine = |cell: &&Cell| self.part_of[usize::from(cell.zone.0)] == self.me;
        let own: Promise = cells.iter().filter(mine).map(Cell::promise).collect();
        let broken = cells.iter().filter(mine).filter_map(|c| c.broken.clone());
        let broken = broken.min_by_key(|b| (b.t, b.zone));
        let failed = cells.iter().filter(mine).find_map(|c| c.failed.clone());
        let sent: Promise = cells.iter().filter(|c| !mine(c)).map(Cell::outgoing).collect();
        let mut words = Vec::with_capacity(self.count);
        let visits = std::mem::take(&mut self.visits);
        for to in 0..self.count {
            if to == self.me {
                words.push(Ok(Vec::new()));
                continue;
            }
            let mut word = Word {
                meeting: self.meeting,
                turn: self.wish,
                promise: [own, sent].into_iter().collect(),
                broken: broken.clone(),
                failed: failed.clone(),
                letters: Vec::new(),
                inputs: Vec::new(),
                visits: visits.clone(),
                rows: Vec::new(),
                accepted: Vec::new(),
            };
            for cell in cells.iter_mut() {
                let holder = self.part_of[usize::from(cell.zone.0)];
                if holder == to {
                    let zone = cell.zone;
                    let (letters, inputs) = cell.take_outgoing();
                    word.letters.extend(letters.into_iter().map(|(key, l)| (zone, key, l)));
                    word.inputs.extend(inputs.into_iter().map(|(key, i)| (zone, key, i)));
                } else if holder == self.me && to == self.part_of[0] && cell.rows.count() > 0 {
                    word.rows.push((cell.zone, std::mem::take(&mut cell.rows)));
                }
            }
            if to == self.part_of[0] {
                word.accepted = std::mem::take(&mut self.accepted);
            }
            words.push(postcard::to_stdvec(&word).map_err(|e| RunError::Parts(e.to_string())));
        }
        self.visits = visits;
        (words.into_iter().collect(), sent)
    }

    fn read(&self, from: usize, bytes: &[u8]) -> Result<Word, RunError> {
        let strange = |what: String| {
            let held = self.part_of.iter().position(|part| *part == from).map(zone_name);
            let who = held.unwrap_or_default();
            RunError::Parts(format!("what the part with {who} says cannot be understood: {what}"))
        };
        let word: Word = postcard::from_bytes(bytes).map_err(|e| strange(e.to_string()))?;
        if word.meeting != self.meeting {
            let (theirs, ours) = (word.meeting, self.meeting);
            return Err(strange(format!("it is at meeting {theirs}, this part at {ours}")));
        }
        let wrong = word.letters.iter().map(|l| l.0).chain(word.inputs.iter().map(|i| i.0));
        match wrong.into_iter().find(|z| self.part_of.get(usize::from(z.0)) != Some(&self.me)) {
            Some(zone) => Err(strange(format!("it writes to zone {zone}, which is not here"))),
            None => Ok(word),
        }
    }

    /// Takes what another part has said.
    fn hear(&mut self, from: usize, word: Word, sent: Promise, cells: &mut [Cell]) {
        let promise: Promise = [word.promise, sent].into_iter().collect();
        let theirs = |cell: &&mut Cell| self.part_of[usize::from(cell.zone.0)] == from;
        for cell in cells.iter_mut().filter(theirs) {
            cell.believe(promise);
            // One of them stands for all.
            cell.broken.clone_from(&word.broken);
            cell.failed.clone_from(&word.failed);
        }
        for (zone, key, letter) in word.letters {
            if let Some(cell) = cells.get_mut(usize::from(zone.0)) {
                clock::Partition::receive(cell, key, letter);
            }
        }
        for (zone, key, input) in word.inputs {
            if let Some(cell) = cells.get_mut(usize::from(zone.0)) {
                cell.inject(key, input);
            }
        }
        for (zone, mut rows) in word.rows {
            if let Some(cell) = cells.get_mut(usize::from(zone.0)) {
                cell.rows.append(&mut rows);
            }
        }
        self.visits.extend(word.visits);
        self.accepted.extend(word.accepted);
    }
}
