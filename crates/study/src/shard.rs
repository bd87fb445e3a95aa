//! One of several parts of a study that run apart, on other machines for instance.

use crate::StudyError;

/// Part `index` (from 0) of `count`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct Shard {
    /// Number of the part, from 0.
    pub index: u32,
    /// Number of parts.
    pub count: u32,
}

impl Shard {
    /// The study as a whole.
    pub const WHOLE: Self = Self { index: 0, count: 1 };

    /// Reads `i/n`. Parts may be counted from 1 (1/3, 2/3, 3/3) or from 0 (0/3, 1/3, 2/3): 0/3 and
    /// 3/3 are the same part.
    ///
    /// # Errors
    /// [`StudyError::Usage`] if it is no `i/n` or there is no such part.
    ///
    /// ```
    /// use study::Shard;
    /// assert_eq!(Shard::parse("2/3").unwrap(), Shard { index: 2, count: 3 });
    /// assert_eq!(Shard::parse("3/3").unwrap(), Shard::parse("0/3").unwrap());
    /// assert!(Shard::parse("5/3").unwrap_err().to_string().contains("5/3"));
    /// ```
    pub fn parse(text: &str) -> Result<Self, StudyError> {
        let numbers = text.split_once('/').and_then(|(i, n)| {
            Some((i.trim().parse::<u32>().ok()?, n.trim().parse::<u32>().ok()?))
        });
        let Some((i, count)) = numbers else {
            return Err(StudyError::usage(
                format!("shard `{text}` is not of the form i/n"),
                "write --shard 1/3 for the first of three",
            ));
        };
        if count == 0 || i > count {
            return Err(StudyError::usage(
                format!("there is no shard {i}/{count}"),
                "write --shard i/n with i from 1 to n",
            ));
        }
        Ok(Self { index: i % count, count })
    }

    /// The part that a cluster's job array assigns: a Slurm array (`SLURM_ARRAY_TASK_ID`, `_MIN`,
    /// `_STEP`, `_COUNT`) or an indexed Kubernetes job (`JOB_COMPLETION_INDEX`, and
    /// `JOB_COMPLETIONS`, which the job's manifest must pass on). `variable` looks up an
    /// environment variable. None outside of such a job.
    ///
    /// # Errors
    /// [`StudyError::Usage`] if the variables are there but make no sense.
    ///
    /// ```
    /// use study::Shard;
    /// let slurm = |name: &str| match name {
    ///     "SLURM_ARRAY_TASK_ID" => Some("7".to_owned()),
    ///     "SLURM_ARRAY_TASK_MIN" => Some("5".to_owned()),
    ///     "SLURM_ARRAY_TASK_COUNT" => Some("4".to_owned()),
    ///     _ => None,
    /// };
    /// assert_eq!(Shard::from_environment(slurm).unwrap(), Some(Shard { index: 2, count: 4 }));
    /// ```
    pub fn from_environment(
        variable: impl Fn(&str) -> Option<String>,
    ) -> Result<Option<Self>, StudyError> {
        let number = |name: &str| match variable(name) {
            None => Ok(None),
            Some(text) => match text.trim().parse::<u32>() {
                Ok(n) => Ok(Some(n)),
                Err(_) => Err(StudyError::usage(
                    format!(
                        "the environment variable {name} holds `{text}`, which is no whole number"
                    ),
                    "unset it, or give --shard i/n",
                )),
            },
        };
        if let Some(id) = number("SLURM_ARRAY_TASK_ID")? {
            let first = number("SLURM_ARRAY_TASK_MIN")?.unwrap_or(0);
            let step = number("SLURM_ARRAY_TASK_STEP")?.unwrap_or(1).max(1);
            let count = number("SLURM_ARRAY_TASK_COUNT")?;
            return Self::assigned(
                id.checked_sub(first).map(|k| k / step),
                count,
                "SLURM_ARRAY_TASK_ID",
                "SLURM_ARRAY_TASK_COUNT",
            )
            .map(Some);
        }
        if let Some(index) = number("JOB_COMPLETION_INDEX")? {
            let count = number("JOB_COMPLETIONS")?;
            return Self::assigned(Some(index), count, "JOB_COMPLETION_INDEX", "JOB_COMPLETIONS")
                .map(Some);
        }
        Ok(None)
    }

    fn assigned(
        index: Option<u32>,
        count: Option<u32>,
        id: &str,
        of: &str,
    ) -> Result<Self, StudyError> {
        let Some(count) = count else {
            return Err(StudyError::usage(
                format!("{id} is set, but {of} is not: the number of shards is unknown"),
                format!("set {of}, or give --shard i/n"),
            ));
        };
        match index {
            Some(index) if index < count => Ok(Self { index, count }),
            _ => Err(StudyError::usage(
                format!("{id} names no shard of {count}"),
                format!("{of} must be the number of tasks; or give --shard i/n"),
            )),
        }
    }

    /// Whether a block of runs belongs to this part.
    pub fn holds(self, block: u64) -> bool {
        block % u64::from(self.count) == u64::from(self.index)
    }

    /// Whether this is the whole study.
    pub fn is_whole(self) -> bool {
        self.count == 1
    }
}

impl std::fmt::Display for Shard {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}/{}", if self.index == 0 { self.count } else { self.index }, self.count)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn both_ways_of_counting_cover_every_block_once() {
        for way in [["0/3", "1/3", "2/3"], ["1/3", "2/3", "3/3"]] {
            let shards = way.map(|text| Shard::parse(text).expect("a shard"));
            for block in 0..20 {
                assert_eq!(shards.iter().filter(|s| s.holds(block)).count(), 1);
            }
        }
    }

    #[test]
    fn nonsense_is_refused_with_a_remedy() {
        for text in ["5/3", "1/0", "a/3", "3", "-1/3", "1/3/4"] {
            let error = Shard::parse(text).expect_err(text);
            assert!(
                error.class() == crate::ErrorClass::Usage && error.help().contains("--shard"),
                "{text}: {error}"
            );
        }
        let alone = |name: &str| (name == "JOB_COMPLETION_INDEX").then(|| "1".to_owned());
        assert!(
            Shard::from_environment(alone)
                .expect_err("no count")
                .to_string()
                .contains("JOB_COMPLETIONS")
        );
        assert_eq!(Shard::from_environment(|_| None).expect("nothing"), None);
    }
}
