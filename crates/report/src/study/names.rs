//! Points of a design in as few words as tell them apart.

use super::Effect;

/// The parts of a label `people = logit, penalty.scale = 2`: factor and level.
fn parts(label: &str) -> Vec<(&str, &str)> {
    label.split(", ").filter_map(|part| part.split_once(" = ")).collect()
}

/// Labels without the names of their factors, and those names; as they are where they do not all
/// name the same factors.
pub(super) fn short(labels: &[String]) -> (String, Vec<String>) {
    let factors = |label: &String| parts(label).iter().map(|p| p.0.to_owned()).collect::<Vec<_>>();
    let first = labels.first().map(factors).unwrap_or_default();
    if first.is_empty() || labels.iter().any(|label| factors(label) != first) {
        return (String::new(), labels.to_vec());
    }
    let levels = |label: &String| parts(label).iter().map(|p| p.1).collect::<Vec<_>>().join(", ");
    (first.join(", "), labels.iter().map(levels).collect())
}

/// What differs between the points of an effect, and what both have in common:
/// `penalty.scale 2 against 0; people = logit`.
pub(crate) fn difference(effect: &Effect) -> String {
    let (base, level) = (parts(&effect.baseline.1), parts(&effect.level.1));
    let same_factors = base.iter().map(|p| p.0).eq(level.iter().map(|p| p.0));
    if base.is_empty() || !same_factors {
        return format!("{} against {}", effect.level.1, effect.baseline.1);
    }
    let (mut differs, mut common) = (Vec::new(), Vec::new());
    for ((factor, a), (_, b)) in base.iter().zip(&level) {
        if a == b {
            common.push(format!("{factor} = {a}"));
        } else {
            differs.push(format!("{factor} {b} against {a}"));
        }
    }
    let differs = differs.join(", ");
    if common.is_empty() { differs } else { format!("{differs}; {}", common.join(", ")) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn labels_lose_the_names_that_all_share() {
        let labels = ["people = logit, x = 2", "people = norms, x = 0"].map(str::to_owned);
        let (factors, levels) = short(&labels);
        assert_eq!((factors.as_str(), levels[0].as_str()), ("people, x", "logit, 2"));
        let mixed = ["all points", "x = 0"].map(str::to_owned);
        assert_eq!(short(&mixed).1, mixed);
    }
}
