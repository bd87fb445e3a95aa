//! The session without a network: messages in, answers out.

use super::session::{Next, Session};
use super::{Decoder, Value, parse};
use crate::member::{Ending, Host, Wanted};
use scenario::Scenario;
use simulation::{InputRow, Opening, Prepared, Recording, Simulation};
use std::sync::Arc;

/// Runs in memory; how each ended.
#[derive(Default)]
struct Memory {
    ended: Vec<(String, Vec<InputRow>, bool)>,
    interrupted: bool,
}

impl Host for Memory {
    fn open(&mut self, _: usize, wanted: &Wanted) -> Result<(String, Simulation), String> {
        let loaded = Scenario::load(&wanted.scenario, &wanted.sets).map_err(|e| e.to_string())?;
        let prepared = Arc::new(Prepared::read(&loaded).map_err(|e| e.to_string())?);
        let opening = Opening { recording: Recording::Indicators, ..Opening::default() };
        let run = Simulation::open(prepared, &opening).map_err(|e| e.to_string())?;
        Ok(("run".to_owned(), run))
    }
    fn stepped(&mut self, _: usize, _: &mut Simulation) -> Result<(), String> {
        Ok(())
    }
    fn close(&mut self, _: usize, run: Simulation, ending: Ending) -> Result<(), String> {
        let finished = run.finish().map_err(|e| e.to_string())?;
        self.ended.push((format!("{ending:?}"), finished.inputs, finished.complete));
        match ending {
            Ending::AsItIs => Ok(()),
            Ending::Refused(why) => Err(why),
            Ending::Failed(e) => Err(e.to_string()),
        }
    }
    fn interrupted(&self) -> bool {
        self.interrupted
    }
}

/// A session and its host.
#[derive(Default)]
struct World {
    session: Session,
    host: Memory,
}

impl World {
    /// What is said to a request: its type and content as text, and what follows.
    fn say(&mut self, content: &str) -> (i64, String, Next) {
        let answer = self.session.handle(format!("[0, 7, {content}]").as_bytes(), &mut self.host);
        let mut decoder = Decoder::new(1 << 20);
        decoder.push(&answer.bytes);
        let message = decoder.next_frame().expect("short").expect("whole");
        let Value::Array(parts) = parse(&message).expect("JSON") else { panic!("a list") };
        let [Value::Int(kind), Value::Int(7), content] = &parts[..] else { panic!("{parts:?}") };
        (*kind, super::text(content), answer.next)
    }

    fn done(&mut self, content: &str) -> String {
        let (kind, text, _) = self.say(content);
        assert_eq!(kind, 1, "{content}: {text}");
        text
    }

    fn refused(&mut self, content: &str) -> String {
        let (kind, text, next) = self.say(content);
        assert_eq!((kind, next), (2, Next::Listen), "{content}: {text}");
        text
    }

    /// A world with the zone of the small park.
    fn of_zone() -> Self {
        let mut world = Self::default();
        world.done(r#"["init", ["G-0"], {"time_resolution": 1.0}]"#);
        world.done(r#"["create", [1, "Zone"], {"scenario": "park-small", "zone": 1}]"#);
        world.done(r#"["setup_done", [], {}]"#);
        world
    }
}

#[test]
fn a_day_is_stepped_to_its_end_and_closed_in_the_last_step() {
    let mut world = World::of_zone();
    let mut time = 0;
    loop {
        let next = world.done(&format!(r#"["step", [{time}, {{}}, 86400], {{}}]"#));
        let data = world.done(r#"["get_data", [{"zone_1": ["p_mw", "breaches"]}], {}]"#);
        assert!(data.contains("\"p_mw\":") && data.contains('.'), "{data}");
        match next.parse::<i64>() {
            Ok(next) => {
                assert_eq!(next, time + 900);
                assert!(world.host.ended.is_empty());
                time = next;
            }
            Err(_) => break,
        }
    }
    assert_eq!((time, world.host.ended.len()), (85_500, 1));
    assert!(world.host.ended[0].2, "complete before `stop`");
    let World { session, mut host } = world;
    assert_eq!(session.end(&mut host), Ok((1, 0)));
}

#[test]
fn a_step_that_may_be_triggered_again_leaves_the_end_open_until_nothing_can_come() {
    let mut world = World::of_zone();
    // Something may come at 85,600 s: we want to hear of it at the last second.
    let next = world.done(r#"["step", [85500, {}, 85599], {}]"#);
    assert_eq!((next.as_str(), world.host.ended.len()), ("86399", 0));
    world.done(r#"["step", [85600, {"zone_1": {"target_p_kw": {"C.0": 100}}}, 86400], {}]"#);
    assert_eq!(world.host.ended.len(), 1);
    let (_, inputs, complete) = &world.host.ended[0];
    assert!(*complete && inputs.len() == 1);
}

#[test]
fn powers_are_added_up_and_of_others_the_last_source_counts_and_what_is_the_same_is_no_news() {
    let mut world = World::of_zone();
    let inputs = r#"{"zone_1": {"load_kw": {"B.0": 1.5, "A.0": 2, "C.0": null},
        "vm_pu": {"B.0": 0.97, "A.0": 0.99}, "price": {"P.0": [0.5, 0.6]}}}"#;
    for time in [0, 900, 1800] {
        world.done(&format!(r#"["step", [{time}, {inputs}, 86400], {{}}]"#));
    }
    let World { session, mut host } = world;
    assert_eq!(session.end(&mut host), Ok((0, 1)));
    let text = |row: &InputRow| (row.at.0, row.input.name(), simulation::value_text(&row.input));
    let rows: Vec<_> = host.ended[0].1.iter().map(text).collect();
    let expected = [(0, "price", "0.5 0.6"), (0, "vm_pu", "0.97"), (0, "load_kw", "3.5")];
    assert_eq!(rows, expected.map(|(t, name, value)| (t, name, value.to_owned())));
}

#[test]
fn what_makes_no_sense_is_refused_with_its_cause_and_nothing_of_the_step_acts() {
    let mut world = World::of_zone();
    for (inputs, cause) in [
        (r#"{"zone_1": {"load_kw": {"A.0": 1}, "vm_pu": {"P.0": NaN}}}"#, "vm_pu"),
        (r#"{"zone_1": {"load_kw": {"A.0": -1}}}"#, "at least 0 (from A.0)"),
        (r#"{"zone_1": {"load_kw": {"A.0": "much"}}}"#, "takes a number"),
        (r#"{"zone_1": {"load_kw": {"A.0": [1, 2]}}}"#, "not a list"),
        (r#"{"zone_1": {"notice": {"A.0": "earthquake"}}}"#, "earthquake"),
        (r#"{"zone_1": {"p_mw": {"A.0": 1}}}"#, "has no input `p_mw`"),
        (r#"{"zone_2": {"load_kw": {"A.0": 1}}}"#, "there is no entity `zone_2`"),
        (r#"{"zone_1": {"load_kw": 1}}"#, "{entity: {attribute: {source: value}}}"),
    ] {
        let said = world.refused(&format!(r#"["step", [0, {inputs}, 86400], {{}}]"#));
        assert!(said.contains(cause), "{inputs}: {said}");
    }
    for (call, cause) in [
        (r#"["fly", [], {}]"#, "there is no method `fly`"),
        (r#"["step", [0.5, {}, 1], {}]"#, "whole number"),
        (r#"["step", [-900, {}, 1], {}]"#, "no time of a run"),
        (r#"["get_data", [{"zone_1": ["price"]}], {}]"#, "has no output `price`"),
        (r#"["create", [1, "Zone"], {"scenario": "park-small"}]"#, "0 of 1 are left"),
        (r#"["create", [2, "Bus"], {"scenario": "park-small"}]"#, "come with their feeder"),
        (r#"["create", [1, "Feeder"], {"scenario": "park-small"}]"#, "is no feeder"),
        (r#"["init", ["G-0"], {}]"#, "already"),
    ] {
        let said = world.refused(call);
        assert!(said.contains(cause), "{call}: {said}");
    }
    world.done(r#"["step", [0, {}, 86400], {}]"#);
    assert!(
        world.refused(r#"["create", [1, "Zone"], {"scenario": "park-small"}]"#).contains("before")
    );
    let World { session, mut host } = world;
    assert!(session.end(&mut host).is_err(), "the last request was refused");
    assert!(host.ended[0].1.is_empty(), "nothing was given");
}

#[test]
fn a_message_that_is_no_request_ends_the_session() {
    for message in ["", "{}", "[1, 2, 3]", "[0]", "nonsense", "[0, 1.5, []]", "[[[[[[[["] {
        let mut world = World::of_zone();
        let answer = world.session.handle(message.as_bytes(), &mut world.host);
        assert!(matches!(answer.next, Next::Leave(_)), "{message}");
        let World { session, mut host } = world;
        assert_eq!(session.end(&mut host), Ok((0, 1)));
    }
    let deep = "[".repeat(1 << 20);
    assert!(parse(deep.as_bytes()).is_err());
}

#[test]
fn the_user_ends_a_step() {
    let mut world = World::of_zone();
    world.host.interrupted = true;
    let (kind, said, next) = world.say(r#"["step", [43200, {}, 86400], {}]"#);
    assert_eq!((kind, next), (2, Next::Interrupted), "{said}");
}
