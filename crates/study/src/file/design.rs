//! `[design]`.

use crate::design::{Design, DesignTable};
use crate::{Factor, Levels, Role, Setting};
use keys::{Code, Table};
use std::path::Path;

const KINDS: [(&str, &str); 6] = [
    ("factorial", "every combination of the factors' values"),
    ("zip", "first values together, second values together, and so on"),
    ("latin_hypercube", "Latin hypercube of `n` points"),
    ("sobol", "Saltelli's design of `n` base rows on a Sobol' sequence, for Sobol' indices"),
    ("morris", "Morris's trajectories, for screening"),
    ("table", "the rows of a CSV or Parquet file with one column per key"),
];

/// The design, and the factors: a table brings its own.
pub(super) fn design(
    t: &mut Table<'_>,
    folder: &Path,
    factors: Vec<Factor>,
) -> (Option<Design>, Vec<Factor>) {
    let read = |t: &mut Table<'_>, word: &str| match word {
        "zip" => Some(Design::Zip),
        "latin_hypercube" => Some(Design::LatinHypercube {
            n: t.count("n", 32, 1..=10_000_000, "points", "points") as usize,
            centred: t.flag(
                "centred",
                false,
                "whether points lie at the centres of their cells, not at random in them",
            ),
            seed: seed(t),
        }),
        "sobol" => Some(sobol(t)),
        "morris" => Some(morris(t)),
        "table" => table(t, folder).map(Design::Table),
        _ => Some(Design::Factorial),
    };
    let design = t.variants("kind", "factorial", &KINDS, "the kind of design", read);
    let factors = match &design {
        Some(Design::Table(table)) => of_table(t, table, &factors),
        _ => factors,
    };
    if let Some(Err(error)) =
        design.as_ref().filter(|_| !t.is_describing()).map(|d| d.points(&factors))
    {
        t.refuse("kind", error.to_string(), "correct the factors or the design");
        return (None, factors);
    }
    (design, factors)
}

fn seed(t: &mut Table<'_>) -> u64 {
    t.count("seed", 0, 0..=i64::MAX as u64, "", "seed of the design itself")
}

fn sobol(t: &mut Table<'_>) -> Design {
    let n = t.count(
        "n",
        64,
        1..=1_000_000,
        "rows",
        "base rows, a power of two; each costs factors + 2 points",
    ) as usize;
    let second_order = t.flag(
        "second_order",
        false,
        "whether second-order indices are wanted: 2 factors + 2 points per base row",
    );
    let scramble =
        t.flag("scramble", true, "whether the sequence is scrambled by a random digital shift");
    let seed = seed(t);
    if !n.is_power_of_two() {
        let message =
            format!("a Sobol' sequence is balanced only over powers of two, not over {n} rows");
        t.refuse_as(
            Code::OutOfRange,
            "n",
            message,
            format!("give {} or {}", n.next_power_of_two() / 2, n.next_power_of_two()),
        );
    }
    Design::Sobol { n, second_order, scramble: scramble.then_some(seed) }
}

fn morris(t: &mut Table<'_>) -> Design {
    let trajectories = t.count(
        "trajectories",
        10,
        1..=1_000_000,
        "trajectories",
        "trajectories; each costs factors + 1 points",
    ) as usize;
    let levels = t.count("levels", 4, 2..=1000, "levels", "levels of the grid, even") as usize;
    if levels % 2 == 1 {
        t.refuse_as(
            Code::OutOfRange,
            "levels",
            format!("{levels} levels are odd: steps of half a grid need an even number"),
            "give 4, 6 or 8",
        );
    }
    Design::Morris { trajectories, levels: levels + levels % 2, seed: seed(t) }
}

fn table(t: &mut Table<'_>, folder: &Path) -> Option<DesignTable> {
    let file = t.required_text(
        "table",
        "path of the table (relative to the study): one row per point, one column per key path",
    );
    if t.is_describing() {
        return None;
    }
    match DesignTable::read(&folder.join(file?)) {
        Ok(table) => Some(table),
        Err(error) => {
            t.refuse_as(
                Code::BadData,
                "table",
                error.to_string(),
                "one row per point, one column per key path",
            );
            None
        }
    }
}

/// The columns as factors; a `[[factor]]` of the same name gives the role, and options their
/// meaning.
fn of_table(t: &Table<'_>, table: &DesignTable, listed: &[Factor]) -> Vec<Factor> {
    for factor in listed.iter().filter(|f| !table.columns.contains(&f.name)) {
        let message = format!("the table of points has no column `{}`", factor.name);
        t.refuse("table", message, format!("its columns: {}", table.columns.join(", ")));
    }
    let distinct = |column: usize| {
        let mut values: Vec<Setting> = Vec::new();
        for row in &table.rows {
            if !values.iter().any(|v| v.is_same(&row[column])) {
                values.push(row[column].clone());
            }
        }
        values
    };
    let factor = |(k, name): (usize, &String)| match listed.iter().find(|f| f.name == *name) {
        Some(factor @ Factor { levels: Levels::Options(_), .. }) => factor.clone(),
        known => Factor {
            name: name.clone(),
            role: known.map_or(Role::Lever, |f| f.role),
            levels: Levels::Values(distinct(k)),
        },
    };
    table.columns.iter().enumerate().map(factor).collect()
}
