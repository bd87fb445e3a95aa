//! Why not everything can be reached at once, as these runs show it.

use super::Runs;
use super::table_2::TABLE_2;
use crate::figure;

/// One reason a line.
pub fn reasons(before: &Runs, after: &Runs, full_v2g: &Runs) -> Vec<String> {
    let item = |(label, name, _, paper): (&str, &str, f64, f64)| {
        format!("{label} {}", after.of(name).map(|x| x - paper))
    };
    let import = before.of("import_peak_kw");
    vec![
        format!("after, ours less the paper's [CNY/day]: {}", TABLE_2.map(item).join(", ")),
        format!(
            "no curtailment at all: with V2G by half of the owners {} kWh stay curtailed, with all {} kWh",
            after.of("curtailed_kwh"),
            full_v2g.of("curtailed_kwh")
        ),
        format!(
            "21.1 % shaving and an import peak of 1,800 kW are not one measure: 1,800 kW is {} of import before ({import} kW)",
            import.map(|x| 1800.0 / x - 1.0).percent()
        ),
        format!(
            "the emission factors of diesel and purchase are fitted to two published figures: with them carbon is {} CNY before and {} after (paper {} and {}), plausible, not proven",
            before.of("carbon_cost_cny"),
            after.of("carbon_cost_cny"),
            figure(TABLE_2[3].2),
            figure(TABLE_2[3].3)
        ),
        format!(
            "lowest voltage before: {} p.u., where the paper states a band from 0.95 for the same network",
            before.of("voltage_min_pu")
        ),
    ]
}
