//! Many episodes side by side, over threads: the same values as one by one.

use crate::course::Course;
use crate::episode::{Delivery, Step};
use crate::error::EnvironmentError;
use crate::figures::Figure;
use rayon::prelude::*;
use rayon::{ThreadPool, ThreadPoolBuilder};
use simulation::Simulation;
use std::sync::Arc;

/// When an episode that is over begins anew.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Autoreset {
    /// With the next step, whose action is ignored.
    NextStep,
    /// At once; what was seen last is kept beside.
    SameStep,
    /// Never: the caller resets.
    Disabled,
}

/// What a step or reset leaves, world after world; of several agents in a world one after the other.
#[derive(Clone, Debug, Default)]
pub struct Sights {
    /// Observations.
    pub observations: Vec<f32>,
    /// Rewards.
    pub rewards: Vec<f64>,
    /// 1 where the episode ended with this step.
    pub truncated: Vec<u8>,
    /// 1 where an episode began with this step.
    pub began: Vec<u8>,
    /// Figures of the step, [`Figure::COUNT`] an agent.
    pub figures: Vec<f64>,
    /// What was seen at the end of an episode that ended with this step and began anew at once.
    pub final_observations: Vec<f32>,
}

/// Worlds of one course.
pub struct Batch {
    course: Arc<Course>,
    worlds: Vec<World>,
    autoreset: Autoreset,
    pool: Option<ThreadPool>,
    /// What the last step or reset left.
    pub sights: Sights,
}

#[derive(Default)]
struct World {
    sim: Option<Simulation>,
    delivery: Delivery,
    over: bool,
}

/// One world's part of the sights.
struct Sight<'a> {
    observation: &'a mut [f32],
    rewards: &'a mut [f64],
    truncated: &'a mut u8,
    began: &'a mut u8,
    figures: &'a mut [f64],
    final_observation: &'a mut [f32],
}

impl Batch {
    /// So many worlds over so many threads (0 takes what the machine has), none of them begun.
    ///
    /// # Errors
    /// If there is no world, or the operating system refuses threads.
    pub fn new(
        course: Arc<Course>,
        worlds: usize,
        threads: usize,
        autoreset: Autoreset,
    ) -> Result<Self, EnvironmentError> {
        if worlds == 0 {
            return Err(EnvironmentError::Spec("there must be at least one world".to_owned()));
        }
        let threads = match threads {
            0 => std::thread::available_parallelism().map_or(1, usize::from),
            n => n,
        };
        let threads = threads.min(worlds);
        let build = || ThreadPoolBuilder::new().num_threads(threads).build();
        let refused = |e: rayon::ThreadPoolBuildError| EnvironmentError::Threads {
            count: threads,
            why: e.to_string(),
        };
        let pool = if threads > 1 { Some(build().map_err(refused)?) } else { None };
        let agents = course.agents();
        let sights = Sights {
            observations: vec![0.0; worlds * agents * course.observation_len()],
            rewards: vec![0.0; worlds * agents],
            truncated: vec![0; worlds],
            began: vec![0; worlds],
            figures: vec![0.0; worlds * agents * Figure::COUNT],
            final_observations: vec![0.0; worlds * agents * course.observation_len()],
        };
        let worlds = std::iter::repeat_with(World::default).take(worlds).collect();
        Ok(Self { course, worlds, autoreset, pool, sights })
    }

    /// The course.
    pub fn course(&self) -> &Arc<Course> {
        &self.course
    }

    /// How many worlds there are.
    pub fn len(&self) -> usize {
        self.worlds.len()
    }

    /// Whether there are none: never.
    pub fn is_empty(&self) -> bool {
        self.worlds.is_empty()
    }

    /// The simulation of a world, once an episode has begun there.
    pub fn simulation(&self, world: usize) -> Option<&Simulation> {
        self.worlds.get(world)?.sim.as_ref()
    }

    /// Begins an episode in each world that has a number (see [`Course::start`]).
    ///
    /// # Errors
    /// If a world cannot be warmed up; the first one's in the order of worlds.
    pub fn reset(&mut self, numbers: &[Option<u64>]) -> Result<(), EnvironmentError> {
        let course = self.course.clone();
        self.each(|i, world, sight| {
            *sight.truncated = 0;
            *sight.began = 0;
            match numbers.get(i).copied().flatten() {
                Some(number) => world.begin(number, &course, sight),
                None => Ok(()),
            }
        })
    }

    /// One period in each world, or its next episode, whose number is at hand in `numbers`.
    /// [`Sights::began`] says which numbers were used.
    ///
    /// # Errors
    /// As for [`Course::step`]; the first one's in the order of worlds.
    pub fn step(&mut self, actions: &[f32], numbers: &[u64]) -> Result<(), EnvironmentError> {
        let course = self.course.clone();
        let each = course.action_len() * course.agents();
        let wanted = each * self.worlds.len();
        if actions.len() != wanted {
            return Err(EnvironmentError::ActionLength { wanted, given: actions.len() });
        }
        let autoreset = self.autoreset;
        self.each(|i, world, sight| {
            let number = numbers.get(i).copied().unwrap_or_default();
            *sight.began = 0;
            if world.over && autoreset == Autoreset::NextStep {
                return world.begin(number, &course, sight);
            }
            world.step(&actions[i * each..(i + 1) * each], &course, sight)?;
            if world.over && autoreset == Autoreset::SameStep {
                sight.final_observation.copy_from_slice(sight.observation);
                let (rewards, figures) = (sight.rewards.to_vec(), sight.figures.to_vec());
                world.begin(number, &course, sight)?;
                sight.rewards.copy_from_slice(&rewards);
                sight.figures.copy_from_slice(&figures);
                *sight.truncated = 1;
            }
            Ok(())
        })
    }

    /// Does something in each world, over the threads.
    fn each(
        &mut self,
        act: impl Fn(usize, &mut World, &mut Sight) -> Result<(), EnvironmentError> + Sync,
    ) -> Result<(), EnvironmentError> {
        let (agents, seen) = (self.course.agents(), self.course.observation_len());
        let s = &mut self.sights;
        let beside = s
            .observations
            .chunks_mut(agents * seen)
            .zip(s.rewards.chunks_mut(agents))
            .zip(s.truncated.iter_mut().zip(&mut s.began))
            .zip(s.figures.chunks_mut(agents * Figure::COUNT))
            .zip(s.final_observations.chunks_mut(agents * seen));
        let sight = |((((observation, rewards), (truncated, began)), figures), last)| Sight {
            observation,
            rewards,
            truncated,
            began,
            figures,
            final_observation: last,
        };
        let mut work: Vec<(usize, &mut World, Sight)> = self
            .worlds
            .iter_mut()
            .zip(beside)
            .enumerate()
            .map(|(i, (world, parts))| (i, world, sight(parts)))
            .collect();
        let one = |(i, world, sight): &mut (usize, &mut World, Sight)| act(*i, world, sight);
        let done: Vec<Result<(), EnvironmentError>> = match &self.pool {
            Some(pool) => pool.install(|| work.par_iter_mut().map(one).collect()),
            None => work.iter_mut().map(one).collect(),
        };
        done.into_iter().collect()
    }
}

impl World {
    fn begin(
        &mut self,
        number: u64,
        course: &Course,
        sight: &mut Sight,
    ) -> Result<(), EnvironmentError> {
        let sim = course.start(number)?;
        course.observe(&sim, sight.observation);
        *self = Self { sim: Some(sim), ..Self::default() };
        sight.rewards.fill(0.0);
        sight.figures.fill(0.0);
        (*sight.truncated, *sight.began) = (0, 1);
        Ok(())
    }

    fn step(
        &mut self,
        action: &[f32],
        course: &Course,
        sight: &mut Sight,
    ) -> Result<(), EnvironmentError> {
        let sim = self.sim.as_mut().ok_or(EnvironmentError::NotReset)?;
        let Step { figures, rewards, truncated } = course.step(sim, &mut self.delivery, action)?;
        course.observe(sim, sight.observation);
        sight.rewards.copy_from_slice(&rewards);
        sight.figures.copy_from_slice(figures.as_flattened());
        (self.over, *sight.truncated) = (truncated, u8::from(truncated));
        Ok(())
    }
}
