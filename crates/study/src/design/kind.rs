//! The kinds of design and the points they give.

use super::factorial::{factorial, zip};
use super::{
    Copula, DesignTable, SobolSequence, cross, latin_hypercube, morris_trajectories, saltelli,
};
use crate::{Factor, Role, Setting};

/// Which points of the factors' space are run.
#[derive(Clone, Debug, PartialEq)]
pub enum Design {
    /// Every combination of the factors' values.
    Factorial,
    /// First values together, second values together, ...
    Zip,
    /// Latin hypercubes, one after another.
    LatinHypercube {
        /// Points of each.
        n: usize,
        /// How many independent ones.
        randomisations: usize,
        /// Whether points lie at the centres of their cells.
        centred: bool,
        /// Seed.
        seed: u64,
    },
    /// Every combination of the levers, in each of so many futures: random values of the
    /// uncertainties.
    Cross {
        /// Futures.
        futures: usize,
        /// Seed.
        seed: u64,
    },
    /// Every combination of the factors' values, the first of which is the share of a segment that is
    /// treated.
    Saturation {
        /// The segment.
        segment: String,
        /// Shares, rising from 0.
        shares: Vec<f64>,
    },
    /// Saltelli's design on a Sobol' sequence.
    Sobol {
        /// Base rows.
        n: usize,
        /// Whether second-order indices are wanted.
        second_order: bool,
        /// Seed of the scrambling, if the sequence is scrambled.
        scramble: Option<u64>,
    },
    /// Morris's trajectories.
    Morris {
        /// Trajectories.
        trajectories: usize,
        /// Levels of the grid, even.
        levels: usize,
        /// Seed.
        seed: u64,
    },
    /// The rows of a table.
    Table(DesignTable),
}

/// Why factors and design do not fit.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum DesignError {
    /// A sampled design needs something to sample.
    #[error("a {0} design needs at least one [[factor]]")]
    NoFactor(&'static str),
    /// The lists of a zip differ in length.
    #[error(
        "`{first}` has {first_length} values, `{other}` has {other_length}: a zip takes lists of equal length"
    )]
    Lengths {
        /// A factor.
        first: String,
        /// Its number of values.
        first_length: usize,
        /// Another factor.
        other: String,
        /// Its number of values.
        other_length: usize,
    },
    /// More points than a study can number.
    #[error("the design has {points} points; at most {most} are possible")]
    TooMany {
        /// Points.
        points: u128,
        /// Limit.
        most: usize,
    },
    /// More factors than there are direction numbers.
    #[error("a Sobol' design of {factors} factors needs {} dimensions; direction numbers are there for {}", 2 * factors, SobolSequence::MAX_DIMENSIONS)]
    Dimensions {
        /// Factors.
        factors: usize,
    },
    /// Futures of nothing.
    #[error(
        "a cross design needs a [[factor]] with role \"lever\" and one with role \"uncertainty\""
    )]
    OneRole,
    /// A table without rows.
    #[error("the table of points has no rows")]
    NoRows,
}

impl Design {
    /// Most points of a design.
    pub const MAX_POINTS: usize = 10_000_000;

    /// The word in study files.
    pub fn word(&self) -> &'static str {
        match self {
            Self::Factorial => "factorial",
            Self::Zip => "zip",
            Self::LatinHypercube { .. } => "latin_hypercube",
            Self::Cross { .. } => "cross",
            Self::Saturation { .. } => "saturation",
            Self::Sobol { .. } => "sobol",
            Self::Morris { .. } => "morris",
            Self::Table(_) => "table",
        }
    }

    /// How many independent samples the points are.
    pub fn randomisations(&self) -> usize {
        match self {
            Self::LatinHypercube { randomisations, .. } => *randomisations,
            _ => 1,
        }
    }

    /// The points: one value per factor, in the factors' order.
    ///
    /// # Errors
    /// [`DesignError`].
    pub fn points(
        &self,
        factors: &[Factor],
        copula: &Copula,
    ) -> Result<Vec<Vec<Setting>>, DesignError> {
        self.check(factors)?;
        if let Self::Table(table) = self {
            return Ok(table.rows.clone());
        }
        if let Self::Cross { futures, seed } = *self {
            return Ok(cross(factors, futures, seed, copula));
        }
        if let Some(mut unit) = self.unit(factors.len()) {
            unit.iter_mut().for_each(|x| copula.apply(x));
            return Ok(unit
                .iter()
                .map(|x| factors.iter().zip(x).map(|(f, u)| f.at(*u)).collect())
                .collect());
        }
        let lists: Vec<Vec<Setting>> = factors.iter().map(Factor::list).collect();
        let indices = match self {
            Self::Zip => zip(lists.len(), lists.first().map_or(1, Vec::len)),
            _ => factorial(&lists.iter().map(Vec::len).collect::<Vec<_>>()),
        };
        Ok(indices
            .iter()
            .map(|point| point.iter().zip(&lists).map(|(k, list)| list[*k].clone()).collect())
            .collect())
    }

    /// The points of a sampled design in the unit cube; none for lists and tables.
    pub fn unit(&self, factors: usize) -> Option<Vec<Vec<f64>>> {
        match self {
            &Self::LatinHypercube { n, randomisations, centred, seed } => Some(
                (0..randomisations as u64)
                    .flat_map(|r| latin_hypercube(factors, n, centred, seed.wrapping_add(r)))
                    .collect(),
            ),
            &Self::Sobol { n, second_order, scramble } => {
                Some(saltelli(factors, n, second_order, scramble))
            }
            &Self::Morris { trajectories, levels, seed } => {
                Some(morris_trajectories(factors, trajectories, levels, seed))
            }
            Self::Factorial
            | Self::Zip
            | Self::Cross { .. }
            | Self::Saturation { .. }
            | Self::Table(_) => None,
        }
    }

    fn check(&self, factors: &[Factor]) -> Result<(), DesignError> {
        let sampled =
            matches!(self, Self::LatinHypercube { .. } | Self::Sobol { .. } | Self::Morris { .. });
        if sampled && factors.is_empty() {
            return Err(DesignError::NoFactor(self.word()));
        }
        let has = |role: Role| factors.iter().any(|f| f.role == role);
        if matches!(self, Self::Cross { .. }) && !(has(Role::Lever) && has(Role::Uncertainty)) {
            return Err(DesignError::OneRole);
        }
        if matches!(self, Self::Sobol { .. }) && 2 * factors.len() > SobolSequence::MAX_DIMENSIONS {
            return Err(DesignError::Dimensions { factors: factors.len() });
        }
        if let (Self::Zip, Some(first)) = (self, factors.first()) {
            let first_length = first.list().len();
            if let Some(other) = factors.iter().find(|f| f.list().len() != first_length) {
                let (first, other_length) = (first.name.clone(), other.list().len());
                return Err(DesignError::Lengths {
                    first,
                    first_length,
                    other: other.name.clone(),
                    other_length,
                });
            }
        }
        let points = self.count(factors);
        match points {
            0 => Err(DesignError::NoRows),
            n if n > Self::MAX_POINTS as u128 => {
                Err(DesignError::TooMany { points: n, most: Self::MAX_POINTS })
            }
            _ => Ok(()),
        }
    }

    /// How many points there would be.
    fn count(&self, factors: &[Factor]) -> u128 {
        let k = factors.len() as u128;
        match self {
            Self::Factorial | Self::Saturation { .. } => {
                factors.iter().map(|f| f.list().len() as u128).fold(1, u128::saturating_mul)
            }
            Self::Zip => factors.first().map_or(1, |f| f.list().len() as u128),
            Self::LatinHypercube { n, randomisations, .. } => *n as u128 * *randomisations as u128,
            Self::Cross { futures, .. } => factors
                .iter()
                .filter(|f| f.role == Role::Lever)
                .map(|f| f.list().len() as u128)
                .fold(*futures as u128, u128::saturating_mul),
            Self::Sobol { n, second_order, .. } => {
                *n as u128 * if *second_order { 2 * k + 2 } else { k + 2 }
            }
            Self::Morris { trajectories, .. } => *trajectories as u128 * (k + 1),
            Self::Table(table) => table.rows.len() as u128,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Levels, Scale};

    fn values(name: &str, list: &[f64]) -> Factor {
        Factor {
            name: name.into(),
            role: Role::Lever,
            levels: Levels::Values(list.iter().map(|x| Setting::Real(*x)).collect()),
        }
    }

    fn range(name: &str, low: f64, high: f64) -> Factor {
        Factor {
            name: name.into(),
            role: Role::Uncertainty,
            levels: Levels::Range { low, high, scale: Scale::Linear, count: 3 },
        }
    }

    #[test]
    fn each_kind_has_as_many_points_as_it_says() {
        let factors = [values("a", &[1.0, 2.0]), range("b", 0.0, 1.0)];
        let cases = [
            (Design::Factorial, 6),
            (Design::LatinHypercube { n: 7, randomisations: 2, centred: true, seed: 1 }, 14),
            (Design::Cross { futures: 5, seed: 1 }, 10),
            (Design::Sobol { n: 4, second_order: false, scramble: None }, 16),
            (Design::Sobol { n: 4, second_order: true, scramble: None }, 24),
            (Design::Morris { trajectories: 5, levels: 4, seed: 1 }, 15),
        ];
        for (design, expected) in cases {
            let points = design.points(&factors, &Copula::default()).expect("fits");
            assert_eq!(
                (points.len() as u128, points.len()),
                (design.count(&factors), expected),
                "{}",
                design.word()
            );
            assert!(points.iter().all(|p| p.len() == 2));
        }
    }

    #[test]
    fn what_does_not_fit_is_told() {
        let zip = Design::Zip
            .points(&[values("a", &[1.0, 2.0]), values("b", &[1.0])], &Copula::default())
            .expect_err("lengths");
        assert!(zip.to_string().contains("`a` has 2 values, `b` has 1"), "{zip}");
        let many: Vec<Factor> = (0..9).map(|k| values(&format!("f{k}"), &[0.0; 10])).collect();
        assert!(matches!(
            Design::Factorial.points(&many, &Copula::default()),
            Err(DesignError::TooMany { points: 1_000_000_000, .. })
        ));
        assert!(matches!(
            Design::Morris { trajectories: 1, levels: 4, seed: 0 }.points(&[], &Copula::default()),
            Err(DesignError::NoFactor("morris"))
        ));
    }

    #[test]
    fn without_factors_there_is_the_scenario_itself() {
        assert_eq!(Design::Factorial.points(&[], &Copula::default()), Ok(vec![vec![]]));
        assert_eq!(Design::Zip.points(&[], &Copula::default()), Ok(vec![vec![]]));
    }
}
