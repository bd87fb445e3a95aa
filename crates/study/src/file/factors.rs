//! `[[factor]]`.

use super::base::overrides;
use crate::{Distribution, Factor, FactorOption, Levels, Role, Scale, Setting, Truncated};
use keys::{Code, Table, Value};

/// A factor; none after a report that leaves nothing of it.
pub(super) fn factor(t: &mut Table<'_>) -> Option<Factor> {
    let name =
        t.required_text("name", "key path of the scenario, or any name for a factor with options");
    let roles = [
        ("lever", Role::Lever, "a policy: somebody can choose it"),
        ("uncertainty", Role::Uncertainty, "the environment: nobody can"),
    ];
    let role =
        t.word("role", Role::Lever, &roles, "what it stands for; contrasts are made over levers");
    let levels = match t.one_of(&["values", "range", "option", "distribution"], "values") {
        "range" => range(t),
        "distribution" => distribution(t),
        "option" => options(t),
        _ => values(t),
    };
    if t.is_describing() {
        let _ = (range(t), options(t), distribution(t));
    }
    Some(Factor { name: name?, role, levels: levels? })
}

fn values(t: &mut Table<'_>) -> Option<Levels> {
    let Some(node) = t.any(
        "values",
        "values in the order in which they are run; in the place of `range` or options",
    ) else {
        t.refuse_as(
            Code::MissingKey,
            "name",
            "the factor has no values",
            "give values = [...], range = [low, high], distribution = {...}, or [[factor.option]]",
        );
        return None;
    };
    let Value::List(items) = &node.value else {
        t.refuse_as(
            Code::WrongType,
            "values",
            format!("`values` must be a list, not {}", node.value.type_name()),
            "write values = [1.0, 2.0]",
        );
        return None;
    };
    let values: Vec<Setting> = items.iter().filter_map(Setting::of).collect();
    if values.is_empty() {
        t.refuse_as(Code::OutOfRange, "values", "`values` is empty", "give at least one value");
        return None;
    }
    if let Some((i, x)) =
        values.iter().enumerate().find(|(i, x)| values[..*i].iter().any(|other| other.is_same(x)))
    {
        t.refuse(
            "values",
            format!("value {} of the list, {x}, is there twice", i + 1),
            "give each value once; use [replications] to repeat runs",
        );
        return None;
    }
    Some(Levels::Values(values))
}

fn range(t: &mut Table<'_>) -> Option<Levels> {
    let ends = t.optional_numbers("range", 2..=2, .., "", "lower and upper end, in the key's unit");
    let scales = [
        ("linear", Scale::Linear, "evenly"),
        ("log", Scale::Log, "evenly in the logarithm"),
        ("integer", Scale::Integer, "evenly over whole numbers"),
    ];
    let scale = t.word("scale", Scale::Linear, &scales, "how the range is walked through");
    let count = t.count(
        "levels",
        5,
        2..=100_000,
        "values",
        "number of values where the design needs a list (factorial, zip)",
    ) as usize;
    let [low, high] = ends?[..] else { return None };
    if low >= high {
        t.refuse_as(
            Code::OutOfRange,
            "range",
            format!("the range from {low} to {high} is empty"),
            "the lower end must lie below the upper end",
        );
        return None;
    }
    if scale == Scale::Log && low <= 0.0 {
        t.refuse_as(
            Code::OutOfRange,
            "range",
            format!("a logarithmic range cannot begin at {low}"),
            "the lower end must be above 0",
        );
        return None;
    }
    if scale == Scale::Integer && (low.fract() != 0.0 || high.fract() != 0.0) {
        t.refuse_as(
            Code::OutOfRange,
            "range",
            format!("the range from {low} to {high} has no whole ends"),
            "give whole numbers with scale = \"integer\"",
        );
        return None;
    }
    Some(Levels::Range { low, high, scale, count })
}

fn distribution(t: &mut Table<'_>) -> Option<Levels> {
    let kinds = [
        ("normal", "normal, of `mean` and `sd`"),
        ("lognormal", "lognormal, of `median` and `sigma`"),
        ("triangular", "triangular, from `low` over `mode` to `high`"),
    ];
    let any = f64::MIN..=f64::MAX;
    let doc = "the law of an uncertain factor, in the place of `values`, `range` or options";
    t.table("distribution", doc, |t| {
        let law = t.variants("law", "normal", &kinds, "the law", |t, word| {
            let mut number = |key: &str, doc: &str| t.required_number(key, any.clone(), "", doc);
            Some(match word {
                "lognormal" => Distribution::Lognormal {
                    median: number("median", "median, in the key's unit")?,
                    sigma: number("sigma", "standard deviation of the logarithm")?,
                },
                "triangular" => Distribution::Triangular {
                    low: number("low", "least value, in the key's unit")?,
                    mode: number("mode", "most likely value")?,
                    high: number("high", "largest value")?,
                },
                _ => Distribution::Normal {
                    mean: number("mean", "mean, in the key's unit")?,
                    sd: number("sd", "standard deviation")?,
                },
            })
        });
        let least = t.optional_number("least", any.clone(), "", "value below which nothing is drawn");
        let most = t.optional_number("most", any.clone(), "", "value above which nothing is drawn");
        let count =
            t.count("levels", 5, 2..=100_000, "values", "number of values where the design needs a list");
        let law = Truncated {
            law: law?,
            least: least.unwrap_or(f64::NEG_INFINITY),
            most: most.unwrap_or(f64::INFINITY),
        };
        let possible = match law.law {
            Distribution::Normal { sd, .. } => sd > 0.0,
            Distribution::Lognormal { median, sigma } => median > 0.0 && sigma > 0.0,
            Distribution::Triangular { low, mode, high } => low <= mode && mode <= high && low < high,
        };
        if !possible || law.share().is_nan() || law.share() <= 1e-6 {
            let help = "spreads and medians are above 0, low <= mode <= high, and the law has values \
                        between `least` and `most`";
            t.refuse_as(Code::OutOfRange, "law", "there is no such law", help);
            return None;
        }
        Some(Levels::Law { law, count: count as usize })
    })
}

fn options(t: &mut Table<'_>) -> Option<Levels> {
    let read = |t: &mut Table<'_>| {
        let name = t.required_text("name", "name in the tables");
        let sets = overrides(t, "set");
        name.map(|name| FactorOption { name, sets })
    };
    let options: Vec<FactorOption> = t
        .tables("option", "a named bundle of values, in the place of `values` or `range`", read)
        .into_iter()
        .flatten()
        .collect();
    let twice = options
        .iter()
        .enumerate()
        .find(|(i, o)| options[..*i].iter().any(|other| other.name == o.name));
    if let Some((i, option)) = twice {
        t.refuse(
            &format!("option[{i}].name"),
            format!("two options are called \"{}\"", option.name),
            "give each a name of its own",
        );
    }
    if options.is_empty() && !t.is_describing() {
        t.refuse_as(
            Code::OutOfRange,
            "option",
            "the factor has no options",
            "give at least one [[factor.option]]",
        );
        return None;
    }
    Some(Levels::Options(options))
}
