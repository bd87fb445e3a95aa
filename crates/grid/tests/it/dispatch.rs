//! Network dispatch.
use crate::case;
use grid::{assess, dispatch, ieee33, uncontrolled};

#[test]
fn published_case() {
    let feeder = ieee33();
    for periods in [24, 96] {
        for window in [1, 5, 10, 20, 1000] {
            let start = std::time::Instant::now();
            let problem = case::problem(&feeder, periods, 3000, 0.5, window);
            let stores: usize = problem.evs.stores.len();
            let steps: usize = problem.evs.stores.iter().map(|s| s.power_kw.len()).sum();
            let made = start.elapsed();
            let before = assess(&problem, &uncontrolled(&problem).unwrap()).unwrap();
            let start = std::time::Instant::now();
            let d = dispatch(&problem).unwrap();
            let t = start.elapsed();
            println!("T {periods} w {window} stores {stores} steps {steps} made {made:?} solve {t:?} {:?}", d.quality);
            for (c, a) in [(before.cost, &before), (d.verified.cost, &d.verified)] {
                println!(
                    "  {:.1} {:.1} {:.1} {:.1} total {:.1} (tou {:.1}) peak {:.1} curt {:.1} viol {} loss {:.1}",
                    c.purchase.value(),
                    c.diesel.value(),
                    c.curtailment.value(),
                    c.carbon.value(),
                    c.total().value(),
                    c.purchase_tou.value(),
                    a.import_peak.value(),
                    a.curtailed.value(),
                    a.violations.len(),
                    a.loss.value()
                );
            }
        }
    }
}
