//! Kinds of files that users have, each once: read as they say, or refused with a word.

use super::*;

/// What a text is read as: length of a row (min; 0 if nobody says it) and its values, or a part of
/// the refusal.
type Wanted<'a> = Result<(i64, &'a [f64]), &'a str>;

fn check(text: &str, wanted: Wanted<'_>) {
    check_as(text, &plain(), wanted);
}

fn plain() -> SeriesAsk<'static> {
    SeriesAsk {
        column: None,
        time_column: None,
        time_format: None,
        zone: "Europe/Berlin",
        step_min: None,
        order: Order::Rising,
    }
}

fn check_as(text: &str, ask: &SeriesAsk<'_>, wanted: Wanted<'_>) {
    let got = TimedSeries::parse_csv(Path::new("s.csv"), text, ask);
    match (got, wanted) {
        (Ok(series), Ok((step, values))) => {
            let given: Vec<f64> = series.values.iter().map(|v| v.unwrap_or(f64::NAN)).collect();
            assert_eq!(series.step_s.unwrap_or(0) / 60, step, "{text}");
            let same = given.len() == values.len()
                && given.iter().zip(values).all(|(a, b)| a == b || (a.is_nan() && b.is_nan()));
            assert!(same, "{text}: {given:?}");
        }
        (Err(error), Err(part)) => {
            assert!(error.to_string().contains(part), "{text}: `{error}` lacks `{part}`");
        }
        (got, wanted) => panic!("{text}: {got:?} instead of {wanted:?}"),
    }
}

#[test]
fn dialects() {
    let two: Wanted<'_> = Ok((60, &[1.5, 2.0]));
    check("time,kw\n2016-05-29T00:00,1.5\n2016-05-29T01:00,2\n", two);
    check("time,kw\r\n2016-05-29T00:00,1.5\r\n2016-05-29T01:00,2\r\n", two);
    check("time,kw\r2016-05-29T00:00,1.5\r2016-05-29T01:00,2\r", two);
    check("\u{feff}time,kw\n2016-05-29T00:00,1.5\n2016-05-29T01:00,2", two);
    check("time;kw\n2016-05-29T00:00;1,5\n2016-05-29T01:00;2\n", two);
    check("time\tkw\n2016-05-29T00:00\t1,5\n2016-05-29T01:00\t2\n", two);
    check("sep=;\ntime;kw\n2016-05-29T00:00;1.5\n2016-05-29T01:00;2.0\n", two);
    check("# meter 7\n# in kW\n\ntime,kw\n2016-05-29T00:00,1.5\n2016-05-29T01:00,2\n", two);
    check("\"time\",\"kw\"\n\"2016-05-29T00:00\",\"1.5\"\n\"2016-05-29T01:00\",\"2\"\n", two);
    check(" time , kw \n 2016-05-29T00:00 , 1.5 \n2016-05-29T01:00,+2e0\n", two);
    check("time,kw\n2016-05-29 00:00:00,1.5\n2016-05-29 01:00:00,2\n\n\n", two);
    check("kw,note,time\n1.5,\"a, b\",2016-05-29T00:00\n2,,2016-05-29T01:00\n", two);
    check(",time,kw\n0,2016-05-29T00:00,1.5\n1,2016-05-29T01:00,2\n", two);
    check("time,kw,\n2016-05-29T00:00,1.5,\n2016-05-29T01:00,2,\n", two);
    check("time,kw\n2016-05-29T00:00,1.5\n# a note\n2016-05-29T01:00,2\n", Err("s.csv:3: 1 cell"));
    check("time,kw\n2016-05-29T00:00,1,5\n", Err("s.csv:2: 3 cells, but the header names 2"));
    check("time;kw\n2016-05-29T00:00;1.234,5\n", Err("`1.234,5` is not a finite number"));
    check("time;kw\n2016-05-29T00:00;1.234\n2016-05-29T01:00;0,5\n", Err("has a decimal point"));
    check("time,kw\n2016-05-29T00:00,90 %\n", Err("`90 %` is not a finite number"));
    check(
        "time,kw\n2016-05-29T00:00,1\n2016-05-29T01:00,1 kW\n",
        Err("s.csv:3 column `kw`: `1 kW`"),
    );
    check(
        "time,kw\n2016-05-29T00:00,1\n2016-05-29T01:00,inf\n",
        Err("`inf` is not a finite number"),
    );
    check("", Err("the file is empty"));
    check("# nothing\n", Err("the file is empty"));
    check("1,2\n3,4\n", Err("no header line"));
    check("time,kw,kw\n", Err("two columns of this name"));
    check("a\0b\n", Err("NUL"));
}

#[test]
fn times() {
    let two: Wanted<'_> = Ok((60, &[1.0, 2.0]));
    check("utc,kw\n2016-05-29T00:00Z,1\n2016-05-29T01:00Z,2\n", two);
    check("t,kw\n2016-05-29T00:00:00.000+02:00,1\n2016-05-29T01:00:00.000+02:00,2\n", two);
    check(
        "utc_timestamp,cet,kw\n2016-05-29T00:00Z,2016-05-29T02:00,1\n2016-05-29T01:00Z,2016-05-29T03:00,2\n",
        two,
    );
    check("day,kw\n2016-05-29,1\n2016-05-30,2\n", Ok((1440, &[1.0, 2.0])));
    check("day,hour,kw\n2016-05-29,23:00,1\n2016-05-30,00:00,2\n", two);
    check("hour,kw\n00:00,1\n00:15,2\n", Ok((15, &[1.0, 2.0])));
    check("time,kw\n2016-05-29T23:59,1\n2016-05-30T00:00,2\n", Ok((1, &[1.0, 2.0])));
    check("hour,kw\n0,1\n1,2\n", Err("has 2 columns of numbers"));
    check("time,kw\n2016-05-29T00:00,1\n", Err("one row"));
    check("time,kw\n2016-02-30T00:00,1\n", Err("is not understood as a time"));
    check("time,kw\n05/29/2016 00:00,1\n", Err("time_format"));
    check("time,kw\n2016-05-29T00:00,1\n,2\n", Err("s.csv:3 column `time`: empty"));
    check("time,kw\n2016-05-29T00:00,\n2016-05-29T01:00,2\n", Ok((60, &[f64::NAN, 2.0])));
    check("time,kw\n2016-05-29T00:00,1\n2016-05-29T01:00,NaN\n", Ok((60, &[1.0, f64::NAN])));
    let us = SeriesAsk { time_format: Some("%m/%d/%Y %H:%M"), ..plain() };
    check_as("time,kw\n05/29/2016 00:00,1\n05/29/2016 01:00,2\n", &us, two);
    let unix = SeriesAsk { time_column: Some("t"), time_format: Some("%s"), ..plain() };
    check_as("t,kw\n1464480000,1\n1464483600,2\n", &unix, two);
    let named = SeriesAsk { time_column: Some("tiem"), ..plain() };
    check_as("time,kw\n2016-05-29T00:00,1\n", &named, Err("did you mean `time`?"));
}
