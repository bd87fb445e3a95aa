//! A partition of the world: a zone, or the centre with the pricing agent, each with a queue of its
//! own.

use crate::centre::Centre;
use agents::{
    Broken, CentreTimer, Environment, FleetBelief, Input, Letter, Message, ModelCase, Notice,
    Outbox, Outside, Zone, ZoneEvent,
};
use clock::{Key, Outgoing, Partition, Queue};
use domain::{Phase, Rows, Time, ZoneId};
use market::pricing::DemandLaw;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::sync::Arc;

/// What all partitions share and nobody changes.
#[derive(Clone, Debug)]
pub struct Shared {
    /// Rules, tariffs, series, seeds.
    pub env: Environment,
    /// What the pricing agent believes of the fleet.
    pub fleet: FleetBelief,
    /// The demand law it believes in.
    pub demand: Arc<DemandLaw>,
    /// First period of the run (negative with warm-up days).
    pub first_period: i64,
}

/// Whose partition it is.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub enum Role {
    /// The centre: agents that serve all zones.
    Centre(Centre),
    /// A zone.
    Zone(Box<Zone>),
    /// A zone or the centre in another part of the run: what goes there waits in its queue until
    /// the parts meet.
    Elsewhere(Promise),
}

/// How far a partition sees.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Promise {
    /// When its next message is handled.
    next: Option<Time>,
    /// Before this instant it sends nothing across.
    cross: Time,
}

impl FromIterator<Promise> for Promise {
    /// What several partitions promise together.
    fn from_iter<I: IntoIterator<Item = Self>>(promises: I) -> Self {
        let nothing = Self { next: None, cross: Time::FAR };
        promises.into_iter().fold(nothing, |a, b| Self {
            next: a.next.into_iter().chain(b.next).min(),
            cross: a.cross.min(b.cross),
        })
    }
}

/// A partition with its queue. Plain data but for what is shared.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Cell {
    /// Its number: the centre is 0.
    pub zone: ZoneId,
    /// Whose it is.
    pub role: Role,
    queue: Queue<Message>,
    letters: BTreeMap<Key, Letter>,
    /// Inputs from outside that are still to come, each about a zone.
    inputs: BTreeMap<Key, Input>,
    /// What has come from outside.
    outside: Outside,
    next_seq: u64,
    /// The next instant at which letters may be sent.
    next_decision: Time,
    /// Rows that were written and not collected yet.
    pub rows: Rows,
    /// The first broken invariant.
    pub broken: Option<Broken>,
    /// Why the cell cannot go on.
    pub failed: Option<String>,
    #[serde(skip)]
    out: Outbox,
    #[serde(skip)]
    shared: Option<Arc<Shared>>,
}

impl Cell {
    /// The centre at the start of a run.
    pub fn centre(shared: &Arc<Shared>) -> Self {
        let role = Role::Centre(Centre::new(shared));
        let mut cell = Self::new(ZoneId(0), role, shared);
        let start = shared.env.grid.start(shared.first_period);
        (cell.out.now, cell.out.phase) = (Time(start.0 - 1), Phase::Dispatch);
        cell.out.send(Time::START, Phase::Exogenous, 0, Message::Centre(CentreTimer::RecordOpens));
        cell.out.send(start, Phase::Decide, 0, Message::Centre(CentreTimer::PeriodBegins));
        cell.post();
        cell
    }

    /// A zone at the start of a run.
    pub fn of_zone(zone: Zone, shared: &Arc<Shared>) -> Self {
        let id = zone.id;
        let mut cell = Self::new(id, Role::Zone(Box::new(zone)), shared);
        let start = shared.env.grid.start(shared.first_period);
        if let Role::Zone(zone) = &cell.role {
            zone.begin(start, &shared.env, &mut cell.out);
        }
        cell.post();
        cell
    }

    fn new(zone: ZoneId, role: Role, shared: &Arc<Shared>) -> Self {
        Self {
            zone,
            role,
            queue: Queue::new(),
            letters: BTreeMap::new(),
            inputs: BTreeMap::new(),
            outside: Outside::of_zones(if zone == ZoneId(0) { shared.env.zones } else { 1 }),
            next_seq: 0,
            next_decision: shared.env.grid.start(shared.first_period),
            rows: Rows::default(),
            broken: None,
            failed: None,
            out: Outbox::default(),
            shared: Some(shared.clone()),
        }
    }

    /// A zone, or the centre, that another part of the run has.
    pub fn elsewhere(zone: ZoneId, shared: &Arc<Shared>) -> Self {
        let nothing = Promise { next: None, cross: Time::FAR };
        Self::new(zone, Role::Elsewhere(nothing), shared)
    }

    /// How far it sees.
    pub fn promise(&self) -> Promise {
        Promise { next: self.next_time(), cross: self.earliest_cross() }
    }

    /// Takes the word of the part that has it.
    pub fn believe(&mut self, promise: Promise) {
        self.role = Role::Elsewhere(promise);
    }

    /// How far the partition elsewhere will see once it has what waits for it here.
    pub fn outgoing(&self) -> Promise {
        let letter = self.letters.first_key_value().map(|(k, _)| k.time());
        let input = self.inputs.first_key_value().map(|(k, _)| k.time());
        let cross = letter.filter(|_| self.answers_letters()).unwrap_or(Time::FAR);
        Promise { next: letter.into_iter().chain(input).min(), cross }
    }

    /// Hands over what waits for the partition elsewhere.
    pub fn take_outgoing(&mut self) -> (BTreeMap<Key, Letter>, BTreeMap<Key, Input>) {
        (std::mem::take(&mut self.letters), std::mem::take(&mut self.inputs))
    }

    /// Connects a restored cell with what is shared. What it knows from outside it has in a copy of
    /// its own.
    pub fn connect(&mut self, shared: &Arc<Shared>) {
        let mut shared = shared.clone();
        if !self.outside.is_empty() {
            Arc::make_mut(&mut shared).env.know(&self.outside);
        }
        self.shared = Some(shared);
    }

    /// What the cell sees of the world: what is shared, with its own knowledge of outside.
    pub fn shared(&self) -> Option<&Shared> {
        self.shared.as_deref()
    }

    /// An input about a zone; it acts at the time of its key.
    pub fn inject(&mut self, key: Key, input: Input) {
        self.inputs.insert(key, input);
    }

    /// The next letter or input before `bound`.
    fn next_outer(&self, bound: Time) -> Option<Key> {
        let letter = self.letters.keys().next();
        let input = self.inputs.keys().next();
        letter.into_iter().chain(input).min().copied().filter(|key| key.time() < bound)
    }

    /// Handles the next input: from now on this partition knows it.
    fn take_input(&mut self, key: Key, shared: &mut Arc<Shared>) {
        let Some(input) = self.inputs.remove(&key) else { return };
        let (now, zone) = (self.out.now, key.zone());
        let env = &shared.env;
        if !matches!(input, Input::Notice(_)) {
            let own = env.own_values(zone.0, env.grid.at(now));
            if self.zone == ZoneId(0) {
                self.outside.take_of_zone(zone.0, &input, own, now, env.grid);
            } else {
                self.outside.take(zone.0, &input, own, now, env.grid);
            }
            // The cell's own reference goes, so that a copy that is its own already changes in
            // place.
            self.shared = None;
            Arc::make_mut(shared).env.know(&self.outside);
            self.shared = Some(shared.clone());
        }
        let zone_state = match &mut self.role {
            Role::Zone(zone) => zone,
            Role::Centre(centre) => {
                if let Input::Notice(Notice::Policy(change)) = &input {
                    centre.pricing.on_change(change);
                }
                return;
            }
            Role::Elsewhere(_) => return,
        };
        if let Some(broken) = zone_state.on_input(&input, &shared.env, &mut self.out) {
            self.broken.get_or_insert(broken);
        }
        if let Input::Notice(Notice::Outage { piles, until }) = input {
            let over = Key::new(until, Phase::Exogenous, zone, key.sender() + 1, key.seq());
            self.inputs.insert(over, Input::Notice(Notice::Restored { piles }));
        }
    }

    /// Queues what the last handler sent.
    fn post(&mut self) {
        for s in self.out.sent.drain(..) {
            let key = Key::new(s.at, s.phase, self.zone, s.sender, self.next_seq);
            self.next_seq += 1;
            self.queue.push(key, s.message);
        }
    }

    fn handle(&mut self, message: Message, shared: &Shared) {
        let env = &shared.env;
        match &mut self.role {
            Role::Zone(zone) => {
                if matches!(message, Message::Zone(ZoneEvent::PeriodBegins | ZoneEvent::Gate)) {
                    let (k, gate) = env.gate_at(self.out.now);
                    self.next_decision = env.gate(k, gate + 1);
                }
                if let Some(broken) = zone.handle(message, env, &mut self.out) {
                    self.broken.get_or_insert(broken);
                }
            }
            Role::Centre(centre) => {
                let Message::Centre(timer) = message else { return };
                if matches!(timer, CentreTimer::PeriodBegins) {
                    self.next_decision = env.grid.end(env.grid.at(self.out.now));
                }
                if let Err(why) = centre.handle(timer, shared, &mut self.out) {
                    self.failed.get_or_insert(why);
                }
            }
            Role::Elsewhere(_) => {}
        }
    }

    fn open_letter(&mut self, letter: Letter, shared: &Shared) {
        match (&mut self.role, letter) {
            (Role::Zone(zone), letter) => {
                if let Some(broken) = zone.receive(letter, &shared.env, &mut self.out) {
                    self.broken.get_or_insert(broken);
                }
            }
            (Role::Centre(centre), letter) => centre.receive(letter, &shared.env, &mut self.out),
            (Role::Elsewhere(_), _) => {}
        }
    }

    /// The run ends here: rows of what is still open, accounts.
    pub fn close(&mut self) {
        let Some(shared) = self.shared.clone() else { return };
        if let Role::Zone(zone) = &mut self.role {
            zone.close(&shared.env, &mut self.out);
        }
        if let Role::Centre(centre) = &self.role {
            centre.close(&mut self.out);
        }
        self.rows.append(&mut self.out.rows);
    }
}

impl Cell {
    /// Whether every letter may be answered at once: on a feeder and in a group.
    fn answers_letters(&self) -> bool {
        self.shared.as_ref().is_some_and(|s| !matches!(s.env.model, ModelCase::Park))
    }

    /// The time of the next message or letter.
    fn next_own_time(&self) -> Option<Time> {
        let letter = self.letters.first_key_value().map(|(k, _)| k.time());
        let message = self.queue.peek_key().map(Key::time);
        letter.into_iter().chain(message).min()
    }
}

impl Partition for Cell {
    type Cross = Letter;

    fn next_time(&self) -> Option<Time> {
        if let Role::Elsewhere(promise) = &self.role {
            return promise.next;
        }
        let input = self.inputs.first_key_value().map(|(k, _)| k.time());
        self.next_own_time().into_iter().chain(input).min()
    }

    fn earliest_cross(&self) -> Time {
        if let Role::Elsewhere(promise) = &self.role {
            return promise.cross;
        }
        // A guest comes and goes at any time.
        if self.shared.as_ref().and_then(|s| s.env.group()).is_some_and(|g| g.guests)
            && matches!(self.role, Role::Zone(_))
        {
            // What comes from outside is answered by no letter.
            return self.next_own_time().map_or(self.next_decision, |t| t.min(self.next_decision));
        }
        let letter = self
            .letters
            .first_key_value()
            .map(|(k, _)| k.time())
            .filter(|_| self.answers_letters());
        letter.map_or(self.next_decision, |t| t.min(self.next_decision))
    }

    fn run_until(&mut self, bound: Time, out: &mut Vec<Outgoing<Letter>>) {
        if matches!(self.role, Role::Elsewhere(_)) {
            return;
        }
        let Some(mut shared) = self.shared.clone() else { return };
        self.out.log = shared.env.log;
        let due = |k: &Key| k.time() < bound;
        // Letters come between windows only.
        let mut next_outer = self.next_outer(bound);
        loop {
            match (self.queue.first().filter(|(key, _)| due(key)), next_outer) {
                (Some((key, &message)), l) if l.is_none_or(|l| key < l) => {
                    self.queue.drop_first();
                    (self.out.now, self.out.phase) = (key.time(), key.phase());
                    self.handle(message, &shared);
                }
                (_, Some(key)) => {
                    (self.out.now, self.out.phase) = (key.time(), key.phase());
                    match self.letters.remove(&key) {
                        Some(letter) => self.open_letter(letter, &shared),
                        None => self.take_input(key, &mut shared),
                    }
                    next_outer = self.next_outer(bound);
                }
                _ => break,
            }
            self.post();
            if let Some(why) = self.out.failed.take() {
                self.failed.get_or_insert(why);
            }
            for (at, (to, letter)) in self.out.letters.drain(..) {
                let key = Key::new(at, Phase::Deliver, self.zone, 0, self.next_seq);
                self.next_seq += 1;
                out.push(Outgoing { to: usize::from(to.0), key, message: letter });
            }
            if self.broken.is_some() || self.failed.is_some() {
                break;
            }
        }
        self.rows.append(&mut self.out.rows);
    }

    fn receive(&mut self, key: Key, letter: Letter) {
        self.letters.insert(key, letter);
    }
}
