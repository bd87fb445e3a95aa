//! Laws of distribution: `{ law = "normal", mean = 8.2, sd = 0.9 }` wherever one is wanted.

use keys::{ABOVE_ZERO, SHARE, Table};
use population::{GaussianPart, Law, MixturePart};
use std::ops::RangeInclusive;

const FINITE: RangeInclusive<f64> = -1e9..=1e9;

const WORDS: &[(&str, &str)] = &[
    ("fixed", "always `value`"),
    ("uniform", "between `low` and `high`"),
    ("normal", "`mean`, `sd`"),
    ("truncated_normal", "normal `mean`, `sd` cut to `low`..`high`"),
    ("wrapped_normal", "normal `mean` hour, `sd` wrapped on the 24-hour day"),
    ("lognormal", "by `median` or `mean`, and `sigma`, the standard deviation of the logarithm"),
    ("exponential", "`mean`"),
    ("gmm", "Gaussian mixture: `parts` of `weight`, `mean`, `sd`"),
    ("johnson_su", "Johnson's S_U: `gamma`, `delta`, `xi`, `lambda`"),
    ("mixture", "`parts` of `weight` and a law of their own, without mixtures inside"),
    ("empirical", "observed `values`"),
];

/// Read a law. `typical` is where its median must lie: a value in the wrong unit rarely does.
pub(crate) fn law(
    t: &mut Table<'_>,
    key: &str,
    default: &Law,
    typical: RangeInclusive<f64>,
    unit: &'static str,
    doc: &str,
) -> Law {
    let before = t.problem_count();
    let law = t.inline(key, unit, doc, |t| parameters(t, Some(default), true, unit));
    if t.problem_count() > before {
        return law;
    }
    if let Err(error) = law.check() {
        t.refuse(key, error.to_string(), "see the keys of this law in the schema");
    } else {
        let median = law.quantile(0.5);
        if !typical.contains(&median) {
            let allowed =
                format!("the median must lie in {} to {} [{unit}]", typical.start(), typical.end());
            t.refuse(
                key,
                format!("`{key}` has a median of {median}, which is no {doc} [{unit}]"),
                allowed,
            );
        }
    }
    law
}

/// The keys of a law; `nested` allows laws that consist of laws.
fn parameters(t: &mut Table<'_>, default: Option<&Law>, nested: bool, unit: &'static str) -> Law {
    let words = if nested {
        WORDS.to_vec()
    } else {
        WORDS.iter().copied().filter(|(w, _)| *w != "mixture").collect()
    };
    let default_word = default.map_or("fixed", Law::word);
    t.variants("law", default_word, &words, "which law", |t, word| {
        // Parameters of the default law stand in only while it is in force by default: whoever
        // names a law gives all of it.
        let same = default.filter(|law| law.word() == word && !t.has("law"));
        one(t, word, same, unit)
    })
}

fn one(t: &mut Table<'_>, word: &str, same: Option<&Law>, unit: &'static str) -> Law {
    let known = |index: usize| same.and_then(|law| numbers_of(law).get(index).copied());
    let any = |t: &mut Table<'_>, key: &str, index: usize, doc: &str| {
        t.number_or_required(key, known(index), FINITE, unit, doc)
    };
    let positive = |t: &mut Table<'_>, key: &str, index: usize, unit: &'static str, doc: &str| {
        let x = t.number_or_required(key, known(index), ABOVE_ZERO, unit, doc);
        // After a report any positive number will do.
        if x > 0.0 { x } else { 1.0 }
    };
    match word {
        "uniform" => {
            let (low, high) = (any(t, "low", 0, "lower bound"), any(t, "high", 1, "upper bound"));
            Law::Uniform { low, high }
        }
        "normal" => Law::Normal {
            mean: any(t, "mean", 0, "mean"),
            sd: positive(t, "sd", 1, unit, "standard deviation"),
        },
        "truncated_normal" => Law::TruncatedNormal {
            mean: any(t, "mean", 0, "mean before the cut"),
            sd: positive(t, "sd", 1, unit, "standard deviation before the cut"),
            low: any(t, "low", 2, "lower bound"),
            high: any(t, "high", 3, "upper bound"),
        },
        "wrapped_normal" => Law::WrappedNormal {
            mean: any(t, "mean", 0, "mean hour"),
            sd: positive(t, "sd", 1, "h", "standard deviation before wrapping"),
        },
        "lognormal" => lognormal(t, same, unit),
        "exponential" => Law::Exponential { mean: positive(t, "mean", 0, unit, "mean") },
        "gmm" => gaussian_mixture(t, same, unit),
        "johnson_su" => Law::JohnsonSu {
            gamma: t.number_or_required("gamma", known(0), FINITE, "1", "shape: skewness"),
            delta: positive(t, "delta", 1, "1", "shape: tail weight, smaller is heavier"),
            xi: any(t, "xi", 2, "location"),
            lambda: positive(t, "lambda", 3, unit, "scale"),
        },
        "mixture" => mixture(t, same, unit),
        "empirical" => {
            let default =
                if let Some(Law::Empirical { sorted }) = same { sorted.as_slice() } else { &[] };
            Law::empirical(t.numbers(
                "values",
                default,
                1..=100_000,
                FINITE,
                unit,
                "observed values, in any order",
            ))
        }
        _ => Law::Fixed { value: any(t, "value", 0, "the value") },
    }
}

/// A law's numbers in the order of its keys.
fn numbers_of(law: &Law) -> Vec<f64> {
    match *law {
        Law::Fixed { value } => vec![value],
        Law::Uniform { low, high } => vec![low, high],
        Law::Normal { mean, sd } | Law::WrappedNormal { mean, sd } => vec![mean, sd],
        Law::TruncatedNormal { mean, sd, low, high } => vec![mean, sd, low, high],
        Law::Lognormal { median, sigma } => vec![median, sigma],
        Law::Exponential { mean } => vec![mean],
        Law::JohnsonSu { gamma, delta, xi, lambda } => vec![gamma, delta, xi, lambda],
        Law::Gmm { .. } | Law::Mixture { .. } | Law::Empirical { .. } => Vec::new(),
    }
}

fn lognormal(t: &mut Table<'_>, same: Option<&Law>, unit: &'static str) -> Law {
    let known = same.map(numbers_of);
    let sigma = t.number_or_required(
        "sigma",
        known.as_ref().map(|k| k[1]),
        (std::ops::Bound::Excluded(0.0), std::ops::Bound::Included(5.0)),
        "1",
        "standard deviation of the logarithm",
    );
    let sigma = if sigma > 0.0 { sigma } else { 1.0 };
    let by_mean = t.one_of(&["median", "mean"], "median") == "mean" || t.is_describing();
    if by_mean {
        let mean = t.number_or_required(
            "mean",
            None,
            ABOVE_ZERO,
            unit,
            "mean, in the place of the median",
        );
        if !t.is_describing() {
            return Law::lognormal_mean(if mean > 0.0 { mean } else { 1.0 }, sigma);
        }
    }
    let median =
        t.number_or_required("median", known.as_ref().map(|k| k[0]), ABOVE_ZERO, unit, "median");
    Law::lognormal_median(if median > 0.0 { median } else { 1.0 }, sigma)
}

fn gaussian_mixture(t: &mut Table<'_>, same: Option<&Law>, unit: &'static str) -> Law {
    let (default, scaled): (&[GaussianPart], bool) = match same {
        Some(Law::Gmm { parts, normalise }) => (parts, *normalise),
        _ => (&[], false),
    };
    let parts = t.inline_tables("parts", default, "components", |t, d| GaussianPart {
        weight: t.number_or_required("weight", d.map(|d| d.weight), SHARE, "1", "weight"),
        mean: t.number_or_required("mean", d.map(|d| d.mean), FINITE, unit, "mean"),
        sd: t.number_or_required("sd", d.map(|d| d.sd), ABOVE_ZERO, unit, "standard deviation"),
    });
    Law::Gmm {
        parts,
        normalise: t.flag(
            "normalise",
            scaled,
            "whether weights that do not sum to 1 are scaled rather than refused",
        ),
    }
}

fn mixture(t: &mut Table<'_>, same: Option<&Law>, unit: &'static str) -> Law {
    let default: &[MixturePart] = if let Some(Law::Mixture { parts }) = same { parts } else { &[] };
    let parts = t.inline_tables("parts", default, "parts", |t, d| MixturePart {
        weight: t.number_or_required("weight", d.map(|d| d.weight), SHARE, "1", "weight"),
        law: parameters(t, d.map(|d| &d.law), false, unit),
    });
    Law::Mixture { parts }
}
