//! The reader: what each kind of key accepts and says, and what it writes.

use keys::{ABOVE_ZERO, Code, Document, Reading, SHARE, Sheet, Table};
use proptest::prelude::*;

/// Reads a text and gives the codes of its problems.
fn codes<T>(text: &str, declare: impl FnOnce(&mut Table<'_>) -> T) -> Vec<Code> {
    Document::new("t.toml", text, &[]).read(declare).problems.list.iter().map(|p| p.code).collect()
}

fn numbers(t: &mut Table<'_>) -> (f64, Option<f64>, u64, [f64; 2], Vec<u32>) {
    (
        t.number("share", 0.5, SHARE, "1", "a share"),
        t.optional_number("size", ABOVE_ZERO, "kW", "a size"),
        t.count("count", 3, 1..=10, "", "a count"),
        t.numbers_exactly("pair", [0.0, 1.0], -1.0..=1.0, "1", "a pair"),
        t.counts("lengths", &[4, 8], 1..=3, 1..=96, "periods", "lengths"),
    )
}

#[test]
fn numbers_are_checked_one_by_one() {
    let cases: [(&str, &[Code]); 15] = [
        ("", &[]),
        ("share = 1\nsize = 2\ncount = 10\npair = [0, 0.5]\nlengths = [96]", &[]),
        ("share = 1.0000001", &[Code::OutOfRange]),
        ("share = -nan", &[Code::NotFinite]),
        ("share = \"0.5 kW\"", &[Code::WrongType]),
        ("share = true", &[Code::WrongType]),
        ("share = 2020-01-01", &[Code::WrongType]),
        ("size = 0", &[Code::OutOfRange]),
        ("count = 3.0", &[Code::WrongType]),
        ("count = 0x0a", &[]),
        ("count = -1", &[Code::OutOfRange]),
        ("pair = [0]", &[Code::OutOfRange]),
        ("pair = [0, 7]", &[Code::OutOfRange]),
        ("lengths = []", &[Code::OutOfRange]),
        ("lengths = [1, \"2\"]", &[Code::WrongType]),
    ];
    for (text, wanted) in cases {
        assert_eq!(codes(text, numbers), wanted, "{text}");
    }
}

#[test]
fn required_keys_are_missed_where_their_table_stands() {
    let reading = Document::new("t.toml", "\n\n[law]\nmean = 1\n", &[]).read(|t| {
        t.table("law", "a law", |t| {
            (
                t.required_number("mean", .., "h", "mean"),
                t.required_number("sd", .., "h", "standard deviation"),
            )
        })
    });
    assert_eq!(reading.value, (Some(1.0), None));
    let [problem] = reading.problems.list.as_slice() else { panic!("{}", reading.problems) };
    assert_eq!((problem.code, problem.line, problem.key.as_str()), (Code::MissingKey, 3, "law.sd"));
    assert_eq!(problem.help, "standard deviation [h]");
}

#[test]
fn unknown_keys_point_to_the_nearest_or_to_their_own_table() {
    let declare = |t: &mut Table<'_>| {
        t.table("a", "", |t| t.number("scale", 1.0, SHARE, "1", ""));
        t.table("b", "", |t| t.number("floor", 1.0, SHARE, "1", ""));
    };
    let cases = [
        ("[a]\nscal = 1", "`a.scale`"),
        ("[a]\nfloor = 1", "`b.floor`"),
        ("[a]\nxyzzy = 1", "known keys here: scale"),
        ("[c]\n", "known keys here: a, b"),
    ];
    for (text, words) in cases {
        let reading = Document::new("t.toml", text, &[]).read(declare);
        assert_eq!(reading.problems.list.len(), 1, "{text}");
        assert!(reading.problems.to_string().contains(words), "{text}: {}", reading.problems);
    }
}

#[test]
fn lists_of_tables_are_numbered_from_zero() {
    let text = "[[outage]]\nfrom = 3\n\n[[outage]]\nfrom = -1\n";
    let reading = Document::new("t.toml", text, &[])
        .read(|t| t.tables("outage", "", |t| t.number("from", 0.0, 0.0..=24.0, "h", "")));
    assert_eq!(reading.value, [3.0, 0.0]);
    assert_eq!(
        (reading.problems.list[0].key.as_str(), reading.problems.list[0].line),
        ("outage[1].from", 5)
    );
}

#[test]
fn syntax_errors_do_not_hide_other_problems() {
    let text = "share = \nsize = -3\n";
    assert_eq!(codes(text, numbers), [Code::Syntax, Code::OutOfRange]);
}

fn mirror(t: &mut Table<'_>) -> (f64, String, Vec<f64>, Vec<(f64, f64)>) {
    (
        t.number("number", 0.0, .., "", "a number"),
        t.table("below", "a table", |t| t.text("text", "", "a text")),
        t.inline("law", "", "one line", |t| t.numbers("values", &[], 0..=100, .., "", "numbers")),
        t.tables("item", "a list", |t| {
            (t.number("a", 0.0, .., "", "a"), t.number("b", 0.0, .., "", "b"))
        }),
    )
}

/// What the mirror reads: a number, a text, a list and the items.
type Mirrored = (f64, String, Vec<f64>, Vec<(f64, f64)>);

fn read(text: &str) -> Reading<Mirrored> {
    Document::new("t.toml", text, &[]).read(mirror)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn what_is_written_reads_back_the_same(
        number in proptest::num::f64::NORMAL | proptest::num::f64::ZERO,
        text in "\\PC{0,30}|[\\x00-\\x7f]{0,10}",
        values in proptest::collection::vec(-1e9..1e9_f64, 0..5),
        items in proptest::collection::vec((-1.0..1.0_f64, -1e300..1e300_f64), 0..4),
    ) {
        let items_text = items.iter().fold(String::new(), |text, (a, b)| text + &format!("[[item]]\na = {a:?}\nb = {b:?}\n"));
        let source = format!(
            "number = {number:?}\nlaw = {{ values = {values:?} }}\n[below]\ntext = {}\n{items_text}",
            keys::quoted(&text)
        );
        let first = read(&source);
        prop_assert!(first.problems.is_empty(), "{}", first.problems);
        let written: &Sheet = &first.sheet;
        let second = read(&written.plain_toml());
        prop_assert!(second.problems.is_empty(), "{}\n{}", written.plain_toml(), second.problems);
        prop_assert_eq!(&second.value, &first.value);
        prop_assert_eq!(first.value, (number, text, values, items));
    }

    #[test]
    fn no_text_panics(text in "\\PC{0,200}", set in "\\PC{0,40}") {
        let reading = Document::new("t.toml", &text, &[set]).read(mirror);
        for problem in &reading.problems.list {
            prop_assert!(problem.line >= 1 && problem.column >= 1 && !problem.message.is_empty());
        }
    }
}
