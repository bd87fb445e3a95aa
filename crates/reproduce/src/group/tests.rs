//! The published study on few fleets.

use super::fleet_outcome::study_fleet;
use super::published::SHARES;
use super::typical_day::{cases, numbers};
use crate::{Verdict, group::cases::Quantity};
use group::GroupParams;

#[test]
fn three_fleets_already_show_the_published_order() {
    let params = GroupParams::default();
    let outcomes: Vec<_> = (0..3)
        .map(|fleet| study_fleet(&params, &SHARES, &mut numbers(fleet)).expect("a plan"))
        .collect();
    let found = cases(&outcomes);
    for quantity in Quantity::ALL {
        for area in 0..4 {
            for case in 1..4 {
                let gap = found.at(quantity, area, case).less(found.at(quantity, area, case + 1));
                assert!(gap.mean() > 0.0, "{quantity:?}, area {area}, case {case}: {gap}");
            }
        }
    }
    // Without EVs the base curves are exact.
    for (area, published) in [1638.0, 1478.0, 1488.0, 3679.0].into_iter().enumerate() {
        assert_eq!(found.at(Quantity::PeakValley, area, 0).values(), [published; 3]);
    }
    // Start and end of Fig. 8 and 9, within limits.
    for outcome in &outcomes {
        assert!((outcome.start_soc - 0.372).abs() < 0.02);
        assert!((outcome.cases[2].end_soc - 0.887).abs() < 0.01);
        let [low, high] = outcome.cases[2].end_soc_range;
        assert!(low >= 0.8 - 1e-9 && high <= 0.95 + 1e-9);
        assert!(outcome.cases.iter().all(|case| case.violation < 1e-6));
    }
    let cheaper = found.main_result();
    assert_eq!(cheaper.features.len(), 4);
    assert!(cheaper.features.iter().all(|f| f.verdict != Verdict::Reached), "{cheaper:?}");
}
