//! Episodes as agents see them.

use crate::{Agents, Autoreset, Batch, Course, Delivery, Figure, Lever, Spec, Terminal};
use simulation::{Opening, Recording, Simulation};
use std::sync::Arc;

fn course(change: impl FnOnce(&mut Spec)) -> Arc<Course> {
    let mut spec = Spec { warm_worlds: 3, ..Spec::of("park-small") };
    change(&mut spec);
    Arc::new(Course::new(spec).expect("a course"))
}

/// Numbers between -1 and 1 that look random (Knuth's MMIX constants).
fn actions(seed: u64) -> impl Iterator<Item = f32> {
    let mut state = seed;
    std::iter::repeat_with(move || {
        state =
            state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        ((state >> 40) as f32 / (1_u64 << 23) as f32) - 1.0
    })
}

/// Observations and rewards of an episode.
fn play(course: &Course, number: u64, seed: u64) -> (Vec<f32>, Vec<f64>) {
    let mut sim = course.start(number).expect("a world");
    let (mut delivery, mut actions) = (Delivery::default(), actions(seed));
    let n = course.observation_len() * course.agents();
    let mut seen = vec![0.0; n];
    course.observe(&sim, &mut seen);
    let (mut all, mut rewards) = (seen.clone(), Vec::new());
    loop {
        let action: Vec<f32> =
            actions.by_ref().take(course.action_len() * course.agents()).collect();
        let step = course.step(&mut sim, &mut delivery, &action).expect("a step");
        course.observe(&sim, &mut seen);
        all.extend(&seen);
        rewards.extend(&step.rewards);
        if step.truncated {
            return (all, rewards);
        }
    }
}

#[test]
fn an_episode_has_as_many_steps_as_periods_and_repeats_with_its_number() {
    let course = course(|_| {});
    let (seen, rewards) = play(&course, 5, 1);
    assert_eq!(rewards.len() as i64, course.steps());
    assert_eq!(play(&course, 5, 1), (seen.clone(), rewards.clone()));
    // The same world of three, other draws; and another world.
    assert_ne!(play(&course, 8, 1).1, rewards);
    assert_ne!(play(&course, 6, 1).1, rewards);
    assert_ne!(play(&course, 5, 2).1, rewards, "what is set matters");
}

#[test]
fn observations_keep_their_bounds_and_are_not_all_alike() {
    let course = course(|_| {});
    let features = course.features(0);
    assert_eq!(features.len(), course.observation_len());
    let (seen, _) = play(&course, 1, 3);
    for (i, feature) in features.iter().enumerate() {
        let column: Vec<f32> = seen.iter().skip(i).step_by(features.len()).copied().collect();
        assert!(
            column.iter().all(|x| (feature.low..=1.0).contains(x)),
            "{}: {column:?}",
            feature.name
        );
    }
    let moves = |name: &str| {
        let i = features.iter().position(|f| f.name == name).expect("a feature");
        let column: Vec<f32> = seen.iter().skip(i).step_by(features.len()).copied().collect();
        column.iter().any(|x| *x != column[0])
    };
    for name in [
        "load_kw_h00",
        "surplus_kw_h23",
        "booked_kw_h00",
        "plugged_booked",
        "charged_kwh",
        "reservation_price_cny_per_kwh",
    ] {
        assert!(moves(name), "{name} never changes");
    }
}

#[test]
fn the_figures_of_an_episode_add_up_to_the_indicators_of_the_run() {
    for scenario in ["park-small", "group-small"] {
        let sets = if scenario == "group-small" {
            [
                "booking.enabled=true",
                "tickets.enabled=true",
                "access.mode=\"per_booking\"",
                "access.piles=30",
            ]
            .map(str::to_owned)
            .to_vec()
        } else {
            vec!["days=2".to_owned()]
        };
        let spec = Spec {
            scenario: scenario.to_owned(),
            sets,
            warm_worlds: 1,
            terminal: Terminal::Nothing,
            ..Spec::of("")
        };
        let course = Course::new(spec).expect("a course");
        // The same run, counted by the indicators: steered by the same numbers.
        let recording = Recording::Indicators;
        let seeds = Some(course.prepared().seeds(0, false));
        let mut sim =
            Simulation::open(course.prepared().clone(), &Opening { seeds, threads: 1, recording })
                .expect("a run");
        sim.advance_while(domain::Time::START, &mut |_| true).expect("it goes on");
        let (mut delivery, mut sums, mut numbers) =
            (Delivery::default(), [0.0; Figure::COUNT], actions(4));
        loop {
            let action: Vec<f32> = numbers.by_ref().take(course.action_len()).collect();
            let step = course.step(&mut sim, &mut delivery, &action).expect("a step");
            sums.iter_mut().zip(step.figures[0]).for_each(|(sum, x)| *sum += x);
            if step.truncated {
                break;
            }
        }
        let indicators = sim.finish().expect("it ends").indicators;
        for figure in Figure::ALL {
            let name = figure.name();
            let found = indicators.iter().find(|i| i.name == name && i.scope == domain::Scope::Run);
            let Some(indicator) = found else {
                assert!(
                    ["tracked_kwh", "terminal_cny", "breaches"].contains(&name),
                    "no indicator {name}"
                );
                continue;
            };
            let (sum, value) = (sums[figure as usize], indicator.value);
            assert!(
                (sum - value).abs() <= 1e-6 * value.abs().max(1.0),
                "{scenario} {name}: {sum}, indicator {value}"
            );
        }
        let of = |name: &str| {
            indicators
                .iter()
                .find(|i| i.name == name && i.scope == domain::Scope::Run)
                .map_or(f64::NAN, |i| i.value)
        };
        let surplus = of("surplus_kwh");
        let tracked = if surplus > 0.0 { of("tracking_rate") * surplus } else { 0.0 };
        let sum = sums[Figure::Tracked as usize];
        assert!((sum - tracked).abs() < 1e-6 * tracked.max(1.0), "{scenario}: {sum} {tracked}");
        assert!(sums[Figure::Charged as usize] > 0.0);
    }
}

#[test]
fn a_batch_equals_single_episodes_in_all_modes_and_over_threads() {
    let course = course(|s| s.sets = vec!["periods_per_day=24".to_owned()]);
    let (worlds, each) = (4, course.action_len());
    for autoreset in [Autoreset::NextStep, Autoreset::SameStep, Autoreset::Disabled] {
        let mut one = Batch::new(course.clone(), worlds, 1, autoreset).expect("a batch");
        let mut two = Batch::new(course.clone(), worlds, 2, autoreset).expect("a batch");
        let mut next: Vec<u64> = (0..worlds as u64).collect();
        let numbers: Vec<Option<u64>> = next.iter().map(|n| Some(*n)).collect();
        one.reset(&numbers).expect("it begins");
        two.reset(&numbers).expect("it begins");
        let mut singles: Vec<_> = (0..worlds as u64)
            .map(|n| (course.start(n).expect("a world"), Delivery::default(), false))
            .collect();
        next.iter_mut().for_each(|n| *n += 100);
        let (mut numbers, mut ends) = (actions(9), 0);
        for _ in 0..60 {
            let action: Vec<f32> = numbers.by_ref().take(worlds * each).collect();
            one.step(&action, &next).expect("a step");
            two.step(&action, &next).expect("a step");
            assert_eq!(one.sights.observations, two.sights.observations);
            assert_eq!(one.sights.rewards, two.sights.rewards);
            for (i, (sim, delivery, over)) in singles.iter_mut().enumerate() {
                let mut seen = vec![0.0; course.observation_len()];
                let mut restart = |sim: &mut Simulation, delivery: &mut Delivery| {
                    *sim = course.start(next[i]).expect("a world");
                    *delivery = Delivery::default();
                    next[i] += 100;
                };
                let mut reward = 0.0;
                if *over {
                    restart(sim, delivery);
                    *over = false;
                } else {
                    let step = course
                        .step(sim, delivery, &action[i * each..(i + 1) * each])
                        .expect("a step");
                    reward = step.rewards[0];
                    *over = step.truncated;
                    assert_eq!(one.sights.truncated[i], u8::from(step.truncated));
                    ends += u32::from(step.truncated);
                }
                if *over && autoreset == Autoreset::SameStep {
                    course.observe(sim, &mut seen);
                    let n = seen.len();
                    assert_eq!(one.sights.final_observations[i * n..(i + 1) * n], seen);
                    restart(sim, delivery);
                    *over = false;
                }
                course.observe(sim, &mut seen);
                let n = seen.len();
                assert_eq!(one.sights.observations[i * n..(i + 1) * n], seen, "{autoreset:?}");
                assert_eq!(one.sights.rewards[i], reward);
            }
            if autoreset == Autoreset::Disabled && singles.iter().any(|s| s.2) {
                assert!(
                    one.step(&action, &next).is_err(),
                    "an episode that is over cannot be stepped"
                );
                let again: Vec<Option<u64>> = next.iter().map(|n| Some(*n)).collect();
                one.reset(&again).expect("it begins");
                two.reset(&again).expect("it begins");
                for (i, s) in singles.iter_mut().enumerate() {
                    *s = (course.start(next[i]).expect("a world"), Delivery::default(), false);
                    next[i] += 100;
                }
            }
        }
        assert!(ends >= 8, "episodes end: {ends}");
    }
}

#[test]
fn each_zone_can_be_a_price_area_of_its_own() {
    let course = course(|s| {
        s.sets = vec!["zones=2".to_owned()];
        s.agents = Agents::PerZone;
        s.levers = vec![Lever::ReservationPrice];
    });
    assert_eq!((course.agents(), course.action_len()), (2, 1));
    let mut sim = course.start(0).expect("a world");
    let mut delivery = Delivery::default();
    // Until noon: at night the cap lies below the floor.
    for _ in 0..48 {
        course.step(&mut sim, &mut delivery, &[-1.0, 1.0]).expect("a step");
    }
    let price = |zone| sim.snapshot(domain::ZoneId(zone)).expect("a zone").reservation_price;
    let rules = &course.prepared().scenario.market.pricing;
    assert_eq!(price(1), rules.floor);
    assert!(price(2) > price(1), "{} {}", price(1), price(2));
    let step = course.step(&mut sim, &mut delivery, &[0.0, 0.0]).expect("a step");
    assert_eq!(step.rewards.len(), 2);
}

#[test]
fn rules_act_from_the_period_at_hand_on_and_are_given_back() {
    let course = course(|s| {
        s.levers = vec![Lever::PenaltyScale, Lever::ReminderLead];
        s.warm_worlds = 1;
    });
    let mut sim = course.start(0).expect("a world");
    let rules = |sim: &Simulation| {
        let zone = sim.world().zones().next().expect("a zone");
        (zone.policy.penalty.scale, zone.policy.reminder.lead.minutes())
    };
    let (mut delivery, before) = (Delivery::default(), rules(&sim));
    course.step(&mut sim, &mut delivery, &[0.5, -0.5]).expect("a step");
    assert_eq!(rules(&sim), (1.5, 30.0));
    let changes = sim.inputs().len();
    course.step(&mut sim, &mut delivery, &[0.5, -0.5]).expect("a step");
    assert_eq!(sim.inputs().len(), changes, "what is in force is not changed again");
    course.step(&mut sim, &mut delivery, &[]).expect("a step");
    assert_eq!(rules(&sim), before);
}

#[test]
fn what_makes_no_sense_is_refused_with_a_word() {
    let refused = |change: fn(&mut Spec)| {
        let mut spec = Spec::of("park-small");
        change(&mut spec);
        Course::new(spec).err().map(|e| e.to_string()).unwrap_or_default()
    };
    assert!(refused(|s| s.levers.clear()).contains("nothing is set"));
    assert!(refused(|s| s.levers.push(Lever::TicketPrice)).contains("twice"));
    assert!(refused(|s| s.action_horizon = 0).contains("action_horizon"));
    assert!(refused(|s| s.warm_worlds = 0).contains("warm_worlds"));
    assert!(refused(|s| s.weights[0] = f64::NAN).contains("weights"));
    assert!(refused(|s| s.levers = vec![Lever::ZoneTarget]).contains("feeders"));
    assert!(refused(|s| s.scenario = "prak".to_owned()).contains("park"));
    let course = course(|s| s.warm_worlds = 1);
    let mut sim = course.start(0).expect("a world");
    let mut delivery = Delivery::default();
    let error = |sim: &mut Simulation, delivery: &mut Delivery, a: &[f32]| {
        course.step(sim, delivery, a).map(|_| ()).expect_err("it is refused").to_string()
    };
    assert!(error(&mut sim, &mut delivery, &[0.0]).contains("3 numbers, not 1"));
    assert!(error(&mut sim, &mut delivery, &[0.0, f32::NAN, 0.0]).contains("NaN"));
    let end = sim.end();
    sim.advance(end).expect("it ends");
    assert!(error(&mut sim, &mut delivery, &[0.0; 3]).contains("over"));
}
