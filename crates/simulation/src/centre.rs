//! The centre of a world: the pricing agent and whoever serves all zones of a kind of model.

use crate::cell::Shared;
use agents::{
    CentreTimer, Coordinator, Dso, Environment, Letter, Message, ModelCase, Outbox, Pricing,
};
use domain::Phase;
use serde::{Deserialize, Serialize};

/// The agents of the centre.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Centre {
    /// The pricing agent.
    pub pricing: Box<Pricing>,
    /// Who directs the zones.
    pub director: Director,
    /// Whether the record has begun.
    recording: bool,
}

/// Who directs the zones, by kind of model.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub enum Director {
    /// Nobody: the zones of a park answer for themselves.
    Nobody,
    /// The DSO agent of a feeder.
    Dso(Box<Dso>),
    /// The coordinator of a group of microgrids.
    Coordinator(Box<Coordinator>),
}

impl Centre {
    /// The centre before anything has happened.
    pub fn new(shared: &Shared) -> Self {
        let director = match &shared.env.model {
            ModelCase::Park => Director::Nobody,
            ModelCase::Feeder(case) => Director::Dso(Box::new(Dso::new(&shared.env, case))),
            ModelCase::Group(case) => Director::Coordinator(Box::new(Coordinator::new(case))),
        };
        Self { pricing: Box::new(Pricing::new(&shared.env)), director, recording: false }
    }

    /// Handles one of its timers at the outbox's instant.
    ///
    /// # Errors
    /// Why the run cannot go on.
    pub fn handle(
        &mut self,
        timer: CentreTimer,
        shared: &Shared,
        out: &mut Outbox,
    ) -> Result<(), String> {
        out.recording = self.recording;
        let env = &shared.env;
        let k = env.grid.at(out.now);
        let dso_stops = |why: String| format!("the DSO cannot go on in period {k}: {why}");
        match (timer, &mut self.director) {
            (CentreTimer::RecordOpens, _) => self.recording = true,
            (CentreTimer::PeriodBegins, _) => return self.publish(k, shared, out),
            (CentreTimer::PlanDay, Director::Coordinator(coordinator)) => coordinator
                .plan(env, out)
                .map_err(|e| format!("no plan of day {}: {e}", out.now.day()))?,
            (CentreTimer::Redispatch, Director::Dso(dso)) => dso
                .redispatch(k, shared.first_period, env, out)
                .map_err(|e| dso_stops(e.to_string()))?,
            (CentreTimer::Verify, Director::Dso(dso)) => {
                // What is verified after the opening belongs to the warm-up if its period does.
                out.recording &= k > 0;
                let verified = dso.verify(k - 1, env, out);
                if k == 0 {
                    dso.open();
                }
                verified.map_err(|e| dso_stops(e.to_string()))?;
            }
            (CentreTimer::ClearTrades, Director::Dso(dso)) => {
                dso.clear_trades(env, out).map_err(dso_stops)?;
            }
            // Timers of a director that is not there: nobody sets them.
            (
                CentreTimer::PlanDay
                | CentreTimer::Redispatch
                | CentreTimer::Verify
                | CentreTimer::ClearTrades,
                _,
            ) => {}
        }
        Ok(())
    }

    /// Prices of the period that begins, where anybody hears them.
    fn publish(&mut self, k: i64, shared: &Shared, out: &mut Outbox) -> Result<(), String> {
        let env = &shared.env;
        let published = if self.pricing.is_heard(env) {
            let first = shared.first_period;
            self.pricing.publish(k, first, &shared.fleet, &shared.demand, env, out)
        } else {
            Ok(())
        };
        let next = env.grid.end(k);
        if next < env.end {
            out.send(next, Phase::Decide, 0, Message::Centre(CentreTimer::PeriodBegins));
        }
        published.map_err(|e| format!("no prices for period {k}: {e}"))
    }

    /// A letter from a zone.
    pub fn receive(&mut self, letter: Letter, env: &Environment, out: &mut Outbox) {
        match (letter, &mut self.director) {
            (Letter::Report(report), _) => self.pricing.on_report(*report, env.grid),
            (Letter::DayOutlook(outlook), Director::Coordinator(coordinator)) => {
                coordinator.on_outlook(*outlook, out);
            }
            (letter, Director::Dso(dso)) => {
                out.recording = self.recording;
                dso.on_letter(letter, out);
            }
            (_, Director::Nobody | Director::Coordinator(_)) => {}
        }
    }

    /// The run ends here.
    pub fn close(&self, out: &mut Outbox) {
        if let (Director::Dso(dso), true) = (&self.director, self.recording) {
            dso.close(out);
        }
    }
}
