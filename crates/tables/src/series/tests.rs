use super::*;
use std::fmt::Write as _;

const MEND: Mending = Mending { gaps: Gaps::Refuse, most: 4 };

fn ask(zone: &str) -> SeriesAsk<'_> {
    SeriesAsk {
        column: None,
        time_column: None,
        time_format: None,
        zone,
        step_min: None,
        order: Order::Rising,
    }
}

fn read(text: &str, ask: &SeriesAsk<'_>) -> Result<TimedSeries, String> {
    TimedSeries::parse_csv(Path::new("s.csv"), text, ask).map_err(|e| e.to_string())
}

fn refused(text: &str, ask: &SeriesAsk<'_>, part: &str) {
    let error = read(text, ask).expect_err(part);
    assert!(error.contains(part), "`{error}` lacks `{part}`");
}

/// Local readings of a clock every `step` minutes from an instant on.
fn local(zone: &str, from: &str, step: i64, rows: usize) -> String {
    let zone = crate::zone(zone).expect("a zone");
    let from: jiff::Timestamp = from.parse().expect("an instant");
    let row = |k: usize| {
        let t = from + jiff::SignedDuration::from_mins(step * k as i64);
        format!("{},{k}\n", zone.to_datetime(t))
    };
    format!("time,kw\n{}", (0..rows).map(row).collect::<String>())
}

#[test]
fn the_times_tell_step_and_instant() {
    let s =
        read("time,kw\n2016-05-29T00:00,1\n2016-05-29T01:00,2\n", &ask("+08:00")).expect("sound");
    assert_eq!(s.step_s, Some(3600));
    assert_eq!(s.clock, Clock::Instants { first_us: 1_464_451_200_000_000, offset_s: 28_800 });
    let s = read("hour,kw\n00:00,1\n00:15,2\n", &ask("UTC")).expect("sound");
    assert_eq!((s.step_s, s.clock), (Some(900), Clock::HourOfDay(0)));
    let s = read("kw\n1\n2\n", &ask("UTC")).expect("sound");
    assert_eq!((s.step_s, s.clock), (None, Clock::Rows));
}

#[test]
fn both_days_of_summer_time_have_their_own_length() {
    // 2016-10-30 in Berlin has 25 hours, 2016-03-27 has 23.
    for (from, rows) in [("2016-10-29T22:00Z", 25 * 4), ("2016-03-26T23:00Z", 23 * 4)] {
        let s = read(&local("Europe/Berlin", from, 15, rows), &ask("Europe/Berlin")).expect(from);
        assert_eq!((s.values.len(), s.step_s), (rows, Some(900)));
        assert!(s.values.iter().enumerate().all(|(k, v)| *v == Some(k as f64)), "{from}");
    }
    let wrong = "time,kw\n2016-03-27T01:00,1\n2016-03-27T02:00,2\n2016-03-27T03:00,3\n";
    refused(
        wrong,
        &ask("Europe/Berlin"),
        "s.csv:3 column `time`: 2016-03-27T02:00:00 does not exist",
    );
    assert!(read(wrong, &ask("+01:00")).is_ok());
    // An hour of the doubled two is missing: a gap, not a shift.
    let lost =
        "time,kw\n2016-10-30T01:00,1\n2016-10-30T02:00,2\n2016-10-30T03:00,3\n2016-10-30T04:00,4\n";
    let s = read(lost, &ask("Europe/Berlin")).expect("sound");
    assert_eq!(s.values, [Some(1.0), Some(2.0), None, Some(3.0), Some(4.0)]);
}

#[test]
fn times_with_offsets_need_no_zone() {
    let text = "time,kw\n2016-10-30T02:45+02:00,1\n2016-10-30T02:00+01:00,2\n";
    assert_eq!(read(text, &ask("UTC")).expect("sound").step_s, Some(900));
    let text = "time_utc,kw\n2016-10-30T00:45,1\n2016-10-30T01:00,2\n";
    let Clock::Instants { first_us, .. } = read(text, &ask("Europe/Berlin")).expect("sound").clock
    else {
        panic!("instants");
    };
    assert_eq!(first_us, 1_477_788_300_000_000);
}

#[test]
fn disorder_doubled_and_odd_rows_are_refused_with_their_line() {
    let t = |hours: &[&str]| {
        let rows: String = hours.iter().flat_map(|h| ["2016-05-29T", *h, ",1\n"]).collect();
        format!("time,kw\n{rows}")
    };
    let newest_first = t(&["02:00", "01:00", "00:00"]);
    refused(&newest_first, &ask("UTC"), "s.csv:3 column `time`: an earlier time than line 2");
    refused(
        &t(&["00:00", "01:00", "01:00"]),
        &ask("UTC"),
        "s.csv:4 column `time`: the same time as line 3",
    );
    refused(
        &t(&["00:00", "01:00", "02:00", "02:30"]),
        &ask("UTC"),
        "s.csv:5 column `time`: this row is 30 min after",
    );
    refused(&t(&["00:00", "00:07", "00:14"]), &ask("UTC"), "do not divide a day");
    refused(
        "time,kw\n2016-05-29T00:00,1\nsoon,2\n",
        &ask("UTC"),
        "s.csv:3 column `time`: `soon` is not understood",
    );
    let sorted = SeriesAsk { order: Order::Sorted, ..ask("UTC") };
    assert!(
        read(&newest_first, &sorted)
            .expect("sorted")
            .notes
            .contains(&"rows are sorted by time".into())
    );
    assert_eq!(read(&t(&["00:00", "01:00", "01:00"]), &sorted).expect("sorted").values.len(), 2);
    let said = SeriesAsk { step_min: Some(15), ..ask("UTC") };
    refused(&t(&["00:00", "01:00"]), &said, "60 min apart, but `step_min` says 15 min");
    refused(
        "a,kw\n1,2\n\n3,4\n",
        &SeriesAsk { column: Some("kw"), ..ask("UTC") },
        "s.csv:3: a blank line",
    );
}

#[test]
fn gaps_are_refused_or_mended_by_their_rule() {
    let text =
        "time,kw\n2016-05-29T00:00,1\n2016-05-29T03:00,4\n2016-05-29T04:00,\n2016-05-29T05:00,8\n";
    let s = read(text, &ask("UTC")).expect("sound");
    let means = |gaps, most| s.means(0, 3600, 6, Mending { gaps, most }).map_err(|e| e.to_string());
    let error = means(Gaps::Refuse, 4).expect_err("a gap");
    assert!(
        error.starts_with("s.csv:3 column `kw`: 2 rows are missing before this one"),
        "{error}"
    );
    let mended = means(Gaps::Interpolate, 4).expect("mended");
    assert_eq!((mended.values, mended.mended), (vec![1.0, 2.0, 3.0, 4.0, 6.0, 8.0], 3));
    assert_eq!(means(Gaps::Hold, 4).expect("mended").values, [1.0, 1.0, 1.0, 4.0, 4.0, 8.0]);
    assert!(means(Gaps::Hold, 1).expect_err("too wide").contains("`gap_rows` = 1"));
    assert!(s.means(5 * 3600, 3600, 1, MEND).is_ok());
}

#[test]
fn means_keep_energy_at_any_step() {
    let mut text = "t,kw\n".to_owned();
    for m in 0..1440 {
        writeln!(text, "{:02}:{:02},{m}", m / 60, m % 60).expect("a string takes all");
    }
    let s = read(&text, &ask("UTC")).expect("sound");
    // Minutes 0..14: mean 7.
    assert_eq!(s.means(0, 900, 96, MEND).expect("whole").values[0], 7.0);
    let s = read("kw\n0\n1\n", &SeriesAsk { step_min: Some(45), ..ask("UTC") }).expect("sound");
    assert_eq!(s.means(0, 1800, 3, MEND).expect("whole").values, [0.0, 0.5, 1.0]);
}

#[test]
fn columns_are_found_or_asked_for() {
    let check = |text: &str, column: &str| {
        assert_eq!(read(text, &ask("UTC")).expect(text).column, column, "{text}");
    };
    check(",kw\n2016-05-29 00:00:00,1\n2016-05-29 01:00:00,2\n", "kw");
    check("day,kw\n2016-05-29,1\n2016-05-29,2\n", "kw");
    check("date,time,kw\n2016-05-29,00:00,1\n2016-05-29,01:00,2\n", "kw");
    refused("t,a,b\n00:00,1,2\n", &ask("UTC"), "has 2 columns of numbers");
    refused("time,kw\n29.05.2016 00:00,1\n", &ask("UTC"), "time_format = \"%d.%m.%Y %H:%M\"");
    let german = SeriesAsk { time_format: Some("%d.%m.%Y %H:%M"), ..ask("Europe/Berlin") };
    let s = read("Zeit;Last\n29.05.2016 00:00;1,5\n29.05.2016 00:15;2\n", &german).expect("sound");
    assert_eq!((s.values, s.step_s), (vec![Some(1.5), Some(2.0)], Some(900)));
    assert_eq!(s.notes, ["columns separated by semicolons", "numbers have decimal commas"]);
    refused("time,kw\n", &ask("UTC"), "the series has no values");
    refused("kw\nx\n", &ask("UTC"), "`x` is not a finite number");
}
