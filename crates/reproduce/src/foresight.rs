//! What the planners of a variant know beforehand, for the first line of a reproduction.

use scenario::{Foresight, Model};
use simulation::Prepared;

/// What is known beforehand, in words.
pub fn words(prepared: &Prepared) -> String {
    let s = &prepared.scenario;
    let series = [&s.series.load, &s.series.pv, &s.series.wind];
    let perfect = series.iter().all(|x| x.forecast.is_perfect());
    let weather = if perfect {
        "perfect foresight of load, wind and PV"
    } else {
        "forecasts of load, wind and PV that err"
    };
    let people = match &s.model {
        Model::Feeder(rules) if rules.dso.foresight == Foresight::Perfect => {
            ", perfect foresight of arrivals"
        }
        _ => "",
    };
    format!("{weather}{people}")
}
