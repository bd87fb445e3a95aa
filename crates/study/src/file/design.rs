//! `[design]`.

use super::base::overrides;
use crate::design::{Copula, Correlation, Design, DesignTable};
use crate::{Factor, FactorOption, Levels, Role, Setting};
use keys::{Code, Table, Value};
use std::path::Path;

const KINDS: [(&str, &str); 8] = [
    ("factorial", "every combination of the factors' values"),
    ("zip", "first values together, second values together, and so on"),
    ("latin_hypercube", "Latin hypercubes of `n` points each"),
    ("cross", "every combination of the levers in each of `futures` draws of the uncertainties"),
    (
        "saturation",
        "shares of a segment that are treated, each with every combination of the factors",
    ),
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
    let mut treated = None;
    let read = |t: &mut Table<'_>, word: &str| match word {
        "zip" => Some(Design::Zip),
        "latin_hypercube" => Some(Design::LatinHypercube {
            n: t.count("n", 32, 1..=10_000_000, "points", "points of each hypercube") as usize,
            randomisations: t.count(
                "randomisations",
                1,
                1..=10_000,
                "hypercubes",
                "independent hypercubes; from ten on figures over all points have intervals",
            ) as usize,
            centred: t.flag(
                "centred",
                false,
                "whether points lie at the centres of their cells, not at random in them",
            ),
            seed: seed(t),
        }),
        "cross" => Some(Design::Cross {
            futures: t.count(
                "futures",
                100,
                2..=1_000_000,
                "futures",
                "independent draws of the uncertainties; each has people and days of its own",
            ) as usize,
            seed: seed(t),
        }),
        "saturation" => {
            let (design, factor) = saturation(t)?;
            treated = Some(factor);
            Some(design)
        }
        "sobol" => Some(sobol(t)),
        "morris" => Some(morris(t)),
        "table" => table(t, folder).map(Design::Table),
        _ => Some(Design::Factorial),
    };
    let design = t.variants("kind", "factorial", &KINDS, "the kind of design", read);
    let factors: Vec<Factor> = treated.into_iter().chain(factors).collect();
    let factors = match &design {
        Some(Design::Table(table)) => of_table(t, table, &factors),
        _ => factors,
    };
    if let Some(Err(error)) = design
        .as_ref()
        .filter(|_| !t.is_describing())
        .map(|d| d.points(&factors, &Copula::default()))
    {
        t.refuse("kind", error.to_string(), "correct the factors or the design");
        return (None, factors);
    }
    (design, factors)
}

fn seed(t: &mut Table<'_>) -> u64 {
    t.count("seed", 0, 0..=i64::MAX as u64, "", "seed of the design itself")
}

/// A saturation design, and the factor that it brings.
fn saturation(t: &mut Table<'_>) -> Option<(Design, Factor)> {
    let segment = t.required_text("segment", "segment of the fleet whose people are divided");
    let shares = t.optional_numbers(
        "shares",
        2..=100,
        0.0..=1.0,
        "1",
        "shares that are treated, rising from 0; by default 0, 0.25, 0.5, 0.75, 1",
    );
    let treatment = overrides(t, "treatment");
    if t.is_describing() {
        return None;
    }
    let shares = shares.unwrap_or_else(|| vec![0.0, 0.25, 0.5, 0.75, 1.0]);
    if shares[0] != 0.0 || shares.windows(2).any(|w| w[0] >= w[1]) {
        t.refuse_as(
            Code::OutOfRange,
            "shares",
            "the shares do not rise from 0",
            "begin with 0, where nobody is treated: spillovers count from there",
        );
        return None;
    }
    if treatment.is_empty() {
        t.refuse_as(
            Code::MissingKey,
            "treatment",
            "nothing is done to those who are treated",
            "write treatment = { reminder = true }; keys: reminder, penalty_scale, tickets, credence",
        );
        return None;
    }
    let segment = segment?;
    let option = |share: &f64| FactorOption {
        name: format!("{share}"),
        sets: [
            format!("fleet.trial.segment={}", keys::quoted(&segment)),
            format!("fleet.trial.share={share:?}"),
        ]
        .into_iter()
        .chain(treatment.iter().map(|set| format!("fleet.trial.treatment.{set}")))
        .collect(),
    };
    let factor = Factor {
        name: SHARE_TREATED.to_owned(),
        role: Role::Lever,
        levels: Levels::Options(shares.iter().map(option).collect()),
    };
    Some((Design::Saturation { segment, shares }, factor))
}

/// The factor that a saturation design brings.
pub(super) const SHARE_TREATED: &str = "share treated";

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

/// `[[correlation]]`: two uncertain factors that go together.
pub(super) fn correlation(t: &mut Table<'_>) -> Option<Correlation> {
    let factors = t.any("factors", "two factors: [\"a\", \"b\"]");
    let value =
        t.required_number("value", -0.999..=0.999, "1", "correlation of their normal scores");
    if t.is_describing() {
        return None;
    }
    let names: Vec<String> = match factors.map(|node| node.value) {
        Some(Value::List(items)) => items
            .iter()
            .filter_map(|item| match &item.value {
                Value::Text(name) => Some(name.clone()),
                _ => None,
            })
            .collect(),
        _ => Vec::new(),
    };
    let [a, b] = &names[..] else {
        t.refuse_as(
            Code::WrongType,
            "factors",
            "`factors` must hold two names",
            "write factors = [\"a\", \"b\"]",
        );
        return None;
    };
    Some(Correlation { factors: [a.clone(), b.clone()], value: value? })
}

/// The copula of a study's correlations; reports what cannot be.
pub(super) fn copula(
    t: &Table<'_>,
    design: &Design,
    factors: &[Factor],
    correlations: &[Correlation],
) -> Copula {
    if correlations.is_empty() {
        return Copula::default();
    }
    if !matches!(design, Design::LatinHypercube { .. } | Design::Cross { .. }) {
        let message = format!("factors of a {} design are independent", design.word());
        t.refuse("correlation", message, "take a latin_hypercube or cross design, or leave it out");
        return Copula::default();
    }
    let names: Vec<&str> = factors.iter().map(|f| f.name.as_str()).collect();
    for (k, c) in correlations.iter().enumerate() {
        let place = format!("correlation[{k}].factors");
        for name in &c.factors {
            let found = factors.iter().find(|f| f.name == *name);
            if found.is_none() {
                let near = keys::nearest(name, names.iter().copied());
                let help = near.map_or_else(
                    || "name a [[factor]]".to_owned(),
                    |near| format!("the nearest factor is `{near}`"),
                );
                t.refuse_as(
                    Code::UnknownWord,
                    &place,
                    format!("there is no factor `{name}`"),
                    help,
                );
            } else if found.is_some_and(|f| f.role == Role::Lever)
                && matches!(design, Design::Cross { .. })
            {
                let message =
                    format!("`{name}` is a lever: it takes all its values in every future");
                t.refuse(&place, message, "correlate uncertainties");
            }
        }
        if c.factors[0] == c.factors[1] {
            t.refuse(&place, "a factor goes together with itself", "name two factors");
            return Copula::default();
        }
    }
    Copula::new(&names, correlations).unwrap_or_else(|| {
        t.refuse(
            "correlation",
            "the correlations contradict each other: no law has them",
            "lower them towards 0",
        );
        Copula::default()
    })
}
