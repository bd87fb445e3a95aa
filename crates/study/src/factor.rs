//! What a study varies.

use crate::{Setting, Truncated};

/// What a factor stands for; statistics treat both alike, contrasts are made over levers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Role {
    /// A policy: somebody can choose it.
    Lever,
    /// The environment: nobody can.
    Uncertainty,
}

/// How a range is walked through.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Scale {
    /// Evenly.
    Linear,
    /// Evenly in the logarithm.
    Log,
    /// Evenly over whole numbers.
    Integer,
}

/// A named bundle of overrides: one level of a factor that stands for more than one key.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FactorOption {
    /// Its name in tables.
    pub name: String,
    /// Overrides `key.path=VALUE`.
    pub sets: Vec<String>,
}

/// The values that a factor can take.
#[derive(Clone, Debug, PartialEq)]
pub enum Levels {
    /// These values.
    Values(Vec<Setting>),
    /// These bundles.
    Options(Vec<FactorOption>),
    /// Everything between two numbers.
    Range {
        /// Lower end.
        low: f64,
        /// Upper end.
        high: f64,
        /// How it is walked through.
        scale: Scale,
        /// Number of values where a design needs a list.
        count: usize,
    },
    /// Values of a law.
    Law {
        /// The law.
        law: Truncated,
        /// Number of values where a design needs a list: quantiles at the middles of equal shares.
        count: usize,
    },
}

/// A factor: a key path with its values, or a name with its bundles.
#[derive(Clone, Debug, PartialEq)]
pub struct Factor {
    /// Key path, or name of a factor with options; the column in the tables.
    pub name: String,
    /// Policy or environment.
    pub role: Role,
    /// Its values.
    pub levels: Levels,
}

impl Factor {
    /// The value at a place u in [0, 1] of the factor's range or list.
    ///
    /// ```
    /// use study::{Factor, Levels, Role, Scale, Setting};
    /// let of = |scale| Factor { name: "a".into(), role: Role::Lever, levels: Levels::Range { low: 1.0, high: 100.0, scale, count: 3 } };
    /// assert_eq!(of(Scale::Linear).at(0.5), Setting::Real(50.5));
    /// assert_eq!(of(Scale::Log).at(0.5), Setting::Real(10.0));
    /// assert_eq!(of(Scale::Integer).at(1.0), Setting::Whole(100));
    /// ```
    pub fn at(&self, u: f64) -> Setting {
        let nth = |n: usize| ((u * n as f64) as usize).min(n.saturating_sub(1));
        match &self.levels {
            Levels::Values(values) => values[nth(values.len())].clone(),
            Levels::Options(options) => Setting::Text(options[nth(options.len())].name.clone()),
            Levels::Law { law, .. } => Setting::Real(law.at(u)),
            Levels::Range { low, high, scale: Scale::Linear, .. } => {
                Setting::Real(u * (high - low) + low)
            }
            Levels::Range { low, high, scale: Scale::Log, .. } => {
                // The ends come out exactly.
                Setting::Real(if u <= 0.0 {
                    *low
                } else if u >= 1.0 {
                    *high
                } else {
                    10f64.powf(u * (high.log10() - low.log10()) + low.log10())
                })
            }
            Levels::Range { low, high, scale: Scale::Integer, .. } => {
                let (low, high) = (low.round() as i64, high.round() as i64);
                Setting::Whole(low + ((u * (high - low + 1) as f64) as i64).min(high - low))
            }
        }
    }

    /// The list of values for designs that walk through lists; a range is cut evenly.
    pub fn list(&self) -> Vec<Setting> {
        match &self.levels {
            Levels::Values(values) => values.clone(),
            Levels::Options(options) => {
                options.iter().map(|o| Setting::Text(o.name.clone())).collect()
            }
            Levels::Range { low, high, scale: Scale::Integer, count } => {
                let (low, high) = (low.round() as i64, high.round() as i64);
                let at = |k: usize| low + ((high - low) as f64 * share(k, *count)).round() as i64;
                let mut list: Vec<i64> = (0..*count).map(at).collect();
                list.dedup();
                list.into_iter().map(Setting::Whole).collect()
            }
            Levels::Range { count, .. } => (0..*count).map(|k| self.at(share(k, *count))).collect(),
            Levels::Law { count, .. } => {
                (0..*count).map(|k| self.at((k as f64 + 0.5) / *count as f64)).collect()
            }
        }
    }

    /// The overrides that give the factor a value.
    pub fn sets(&self, value: &Setting) -> Vec<String> {
        match (&self.levels, value) {
            (Levels::Options(options), Setting::Text(name)) => {
                options.iter().find(|o| o.name == *name).map_or_else(Vec::new, |o| o.sets.clone())
            }
            _ => vec![value.set(&self.name)],
        }
    }
}

/// k of n evenly over [0, 1].
fn share(k: usize, n: usize) -> f64 {
    if n < 2 { 0.0 } else { k as f64 / (n - 1) as f64 }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn range(low: f64, high: f64, scale: Scale, count: usize) -> Factor {
        Factor {
            name: "a.b".into(),
            role: Role::Lever,
            levels: Levels::Range { low, high, scale, count },
        }
    }

    #[test]
    fn ranges_are_cut_evenly_and_end_at_their_ends() {
        let reals = |f: Factor| f.list().iter().filter_map(Setting::number).collect::<Vec<_>>();
        assert_eq!(reals(range(0.0, 1.0, Scale::Linear, 5)), [0.0, 0.25, 0.5, 0.75, 1.0]);
        assert_eq!(reals(range(0.1, 10.0, Scale::Log, 3)), [0.1, 1.0, 10.0]);
        assert_eq!(
            reals(range(1.0, 4.0, Scale::Integer, 9)),
            [1.0, 2.0, 3.0, 4.0],
            "each whole number once"
        );
    }

    #[test]
    fn whole_numbers_are_equally_likely() {
        let f = range(3.0, 6.0, Scale::Integer, 4);
        let mut seen = [0; 4];
        for k in 0..400 {
            let Setting::Whole(x) = f.at((f64::from(k) + 0.5) / 400.0) else { panic!("whole") };
            seen[(x - 3) as usize] += 1;
        }
        assert_eq!(seen, [100; 4]);
    }

    #[test]
    fn an_option_sets_all_its_keys() {
        let options = vec![
            FactorOption { name: "none".into(), sets: vec!["reminder.enabled=false".into()] },
            FactorOption {
                name: "day".into(),
                sets: vec!["reminder.enabled=true".into(), "reminder.lead_min=1440".into()],
            },
        ];
        let f =
            Factor { name: "reminder".into(), role: Role::Lever, levels: Levels::Options(options) };
        assert_eq!(f.list(), [Setting::Text("none".into()), Setting::Text("day".into())]);
        assert_eq!(f.sets(&f.at(0.9)), ["reminder.enabled=true", "reminder.lead_min=1440"]);
    }
}
