//! One run in several parts, joined by channels.

use crate::{Input, InputRow, Opening, Part, Prepared, Recording, Simulation};
use domain::{Rows, Span, Time, ZoneId};
use std::sync::Arc;
use std::sync::mpsc::{Receiver, Sender, channel};

/// A part's ends of the channels to the others.
struct Links {
    to: Vec<Sender<Vec<u8>>>,
    from: Vec<Receiver<Vec<u8>>>,
}

/// A channel from every part to every part.
fn links(count: usize) -> Vec<Links> {
    let mut all: Vec<Links> =
        (0..count).map(|_| Links { to: Vec::new(), from: Vec::new() }).collect();
    for from in 0..count {
        for to in 0..count {
            let (sender, receiver) = channel();
            all[from].to.push(sender);
            all[to].from.push(receiver);
        }
    }
    all
}

fn carrier(links: Links) -> crate::Carrier {
    let links = std::sync::Mutex::new(links);
    Box::new(move |words| {
        let links = links.lock().map_err(|e| e.to_string())?;
        for (to, word) in words.into_iter().enumerate() {
            links.to[to].send(word).map_err(|_| format!("part {to} is gone"))?;
        }
        let hear = |(from, r): (usize, &Receiver<Vec<u8>>)| {
            r.recv().map_err(|_| format!("part {from} is gone"))
        };
        links.from.iter().enumerate().map(hear).collect()
    })
}

fn prepared(scenario: &str, sets: &[&str]) -> Arc<Prepared> {
    let sets: Vec<String> = sets.iter().map(|s| (*s).to_owned()).collect();
    let loaded = scenario::Scenario::load(scenario, &sets).unwrap_or_else(|e| panic!("{e}"));
    Arc::new(Prepared::read(&loaded).expect("its data"))
}

/// What a part does with its run: it is driven in steps, with inputs for its own zones.
fn drive(mut run: Simulation, inputs: &[InputRow], stop_at: Option<Time>) -> (Rows, bool) {
    let step = Span::from_minutes(40.0);
    let mut t = Time::START;
    run.advance(t).expect("the warm-up");
    while run.now() < run.end() {
        for row in inputs.iter().filter(|row| row.at == t) {
            if run.world().holds(row.zone) {
                run.inject(row.at, row.zone, row.input.clone()).expect("in time");
            }
        }
        run.advance_through(t).expect("runs");
        t = (t + step).min(run.end());
        let goes_on = |p: crate::Progress| stop_at.is_none_or(|stop| p.now < stop);
        if !run.advance_while(t, &mut { goes_on }).expect("runs") {
            break;
        }
    }
    let finished = run.finish().expect("closes");
    let mut given = finished.inputs.clone();
    given.iter_mut().for_each(|row| row.call = 0);
    (finished.rows, finished.complete)
}

fn in_parts(
    prepared: &Arc<Prepared>,
    division: &[&[u16]],
    inputs: &[InputRow],
    stop_at: Option<Time>,
) -> (Rows, bool) {
    let zones: Vec<Vec<ZoneId>> =
        division.iter().map(|part| part.iter().copied().map(ZoneId).collect()).collect();
    let centre = division.iter().position(|part| part.contains(&0)).expect("a centre");
    std::thread::scope(|scope| {
        let runs: Vec<_> = links(division.len())
            .into_iter()
            .enumerate()
            .map(|(number, links)| {
                let part = Part { zones: zones.clone(), number, carrier: carrier(links) };
                let records = number == centre;
                let recording =
                    if records { Recording::all_in_memory() } else { Recording::Nothing };
                let opening = Opening { recording, ..Opening::default() };
                let stop_at = stop_at.filter(|_| records);
                scope.spawn(move || {
                    let run = Simulation::open_part(prepared.clone(), &opening, part);
                    drive(run.expect("a world"), inputs, stop_at)
                })
            })
            .collect();
        let ends: Vec<_> = runs.into_iter().map(|r| r.join().expect("no panic")).collect();
        assert!(ends.iter().all(|(_, complete)| *complete == ends[centre].1));
        ends.into_iter().nth(centre).expect("a recorder")
    })
}

fn whole(prepared: &Arc<Prepared>, inputs: &[InputRow]) -> Rows {
    let opening = Opening { recording: Recording::all_in_memory(), ..Opening::default() };
    let mut run = Simulation::open(prepared.clone(), &opening).expect("a world");
    run.inject_all(inputs).expect("in time");
    run.advance(run.end()).expect("runs");
    run.finish().expect("closes").rows
}

/// What is compared: bytes, so that no number counts as another one.
fn bytes(rows: &Rows) -> Vec<u8> {
    postcard::to_stdvec(rows).expect("rows can be written")
}

#[test]
fn parts_of_a_run_leave_the_rows_of_one_process_in_every_model() {
    let cases: [(&str, &[&str], &[&[u16]]); 4] = [
        ("park-small", &["zones=4", "warmup_days=1"], &[&[0], &[1, 3], &[2, 4]]),
        ("park-small", &["zones=2"], &[&[2], &[0, 1]]),
        ("feeder-small", &[], &[&[0], &[1], &[2, 3, 4]]),
        ("group-small", &[], &[&[0, 2], &[1, 3]]),
    ];
    for (scenario, sets, division) in cases {
        let prepared = prepared(scenario, sets);
        let zones = prepared.zones() as u16;
        // Zones that the division does not name go to the last part.
        let named: Vec<u16> = division.concat();
        let rest: Vec<u16> = (1..=zones).filter(|z| !named.contains(z)).collect();
        let mut division: Vec<Vec<u16>> = division.iter().map(|part| part.to_vec()).collect();
        division.iter_mut().for_each(|part| part.retain(|z| *z <= zones));
        division.last_mut().expect("a part").extend(rest);
        let division: Vec<&[u16]> = division.iter().map(Vec::as_slice).collect();
        let (rows, complete) = in_parts(&prepared, &division, &[], None);
        assert!(complete && rows.facts.len() > 50, "{scenario}: {} facts", rows.facts.len());
        assert!(bytes(&rows) == bytes(&whole(&prepared, &[])), "{scenario} {division:?}");
    }
}

#[test]
fn inputs_that_parts_take_act_as_in_one_process() {
    let prepared = prepared("park-small", &["zones=3"]);
    let at = |minutes: f64| Time::START + Span::from_minutes(minutes);
    let inputs = [
        InputRow::new(at(40.0), ZoneId(1), Input::Price(vec![0.2, 1.4])),
        InputRow::new(at(40.0), ZoneId(3), Input::ReservationPrice(vec![2.0])),
        InputRow::new(at(600.0), ZoneId(2), Input::LoadKw(400.0)),
        InputRow::new(at(600.0), ZoneId(2), Input::LoadKw(500.0)),
    ];
    let (rows, _) = in_parts(&prepared, &[&[0], &[1], &[2, 3]], &inputs, None);
    let one = whole(&prepared, &inputs);
    assert!(bytes(&rows) == bytes(&one));
    assert!(bytes(&one) != bytes(&whole(&prepared, &[])), "the inputs do something");
}

#[test]
fn a_part_that_stops_stops_all_and_what_was_finished_is_closed() {
    let prepared = prepared("park-small", &["zones=3"]);
    let noon = Time::START + Span::from_hours(12.0);
    let (rows, complete) = in_parts(&prepared, &[&[0], &[1], &[2, 3]], &[], Some(noon));
    assert!(!complete && !rows.accounts.is_empty());
    let last = rows.facts.iter().map(|f| f.t).max().expect("facts");
    assert!(last >= noon - Span::from_hours(1.0) && last < noon + Span::from_hours(1.0));
}

#[test]
fn a_division_that_misses_a_zone_is_refused_with_its_name() {
    let prepared = prepared("park-small", &["zones=3"]);
    for (zones, said) in [
        (vec![vec![0], vec![1, 3]], "no part has zone 2"),
        (vec![vec![0, 1, 2], vec![2, 3]], "two parts have zone 2"),
        (vec![vec![1, 2], vec![3]], "no part has the centre"),
        (vec![vec![0, 1, 2], vec![3, 4]], "there is no zone 4"),
    ] {
        let zones = zones.iter().map(|p| p.iter().copied().map(ZoneId).collect()).collect();
        let part = Part { zones, number: 0, carrier: Box::new(|_| Err("nobody".to_owned())) };
        let refused = Simulation::open_part(prepared.clone(), &Opening::default(), part);
        let Err(e) = refused else { panic!("{said}: it was taken") };
        assert!(e.to_string().contains(said), "{e}");
    }
}

#[test]
fn a_part_that_does_not_come_ends_the_run_with_its_name() {
    let prepared = prepared("park-small", &["zones=2"]);
    let zones = vec![vec![ZoneId(0), ZoneId(1)], vec![ZoneId(2)]];
    let part = Part { zones, number: 0, carrier: Box::new(|_| Err("z2 is gone".to_owned())) };
    let mut run = Simulation::open_part(prepared, &Opening::default(), part).expect("a world");
    let failed = run.advance(run.end()).expect_err("nobody is there");
    assert!(failed.to_string().contains("z2 is gone"), "{failed}");
    assert!(run.save().is_err() && run.fork().is_err());
    run.finish().expect("what was recorded is closed");
}
