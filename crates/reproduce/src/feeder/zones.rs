//! The partition into zones: scores, picture, and whether it is the same before and after.

use crate::runs::Variant;
use crate::{Feature, ReproduceError, Request, Section};
use simulation::{FeederCase, Prepared};
use std::sync::Arc;

/// Both partitions of seed 1 with their scores, a picture of the feeder, and the zones of every
/// seed before and after.
pub fn section(
    before: &Variant,
    after: &Variant,
    request: &Request<'_>,
) -> Result<Section, ReproduceError> {
    let (before, after) = (before.prepare()?, after.prepare()?);
    let mut text = None;
    let (mut same, mut enough, mut counts) = (Vec::new(), Vec::new(), Vec::new());
    for seed in 1..=u64::from(request.seeds) {
        let (a, b) = (case(&before, seed)?, case(&after, seed)?);
        let zones = &b.partitions.combined.zones;
        same.push(a.partitions.combined.zones == *zones);
        enough.push(zones.len() >= 5);
        counts.push(zones.len().to_string());
        text.get_or_insert_with(|| describe(&b));
    }
    let counts = format!("{} zones by seed", counts.join(", "));
    Ok(Section {
        text,
        ..Section::of_features(
            "Partition of seed 1",
            vec![
                Feature::in_every_seed("at least 5 zones", &enough, counts),
                Feature::in_every_seed(
                    "the same zones before and after",
                    &same,
                    format!("in {} of {} seeds", same.iter().filter(|x| **x).count(), same.len()),
                ),
            ],
        )
    })
}

fn case(prepared: &Prepared, seed: u64) -> Result<Arc<FeederCase>, ReproduceError> {
    let world = prepared.world(prepared.seeds_of(seed))?;
    let case = world.shared().env.feeder().cloned();
    case.ok_or_else(|| ReproduceError::Failed("the scenario is no feeder".to_owned()))
}

/// Both partitions with their scores, and a picture of the feeder.
fn describe(case: &FeederCase) -> String {
    let mut text = Vec::new();
    for (name, p) in [
        ("combined", &case.partitions.combined),
        ("modularity only", &case.partitions.by_modularity),
    ] {
        let buses = |zone: &[_]| {
            let list: Vec<String> =
                zone.iter().map(|bus: &domain::BusId| bus.to_string()).collect();
            format!("{{{}}}", list.join(" "))
        };
        let zones: Vec<String> = p.zones.iter().map(|zone| buses(zone)).collect();
        let s = &p.scores;
        text.push(format!(
            "{name}: Q {:.3}, f2 {:.3}, f3 {:.3}, F {:.3}\n  {}\n",
            s.modularity,
            s.dispatchable,
            s.balance,
            s.objective,
            zones.join(" ")
        ));
    }
    text.push(String::from("\n"));
    text.push(grid::text_picture(&case.feeder, &case.partitions.combined));
    text.concat()
}
