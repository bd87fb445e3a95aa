//! How a text is written: its separator, found by the header, and what stands before the header.

use super::records::Records;

/// Separators that are looked for; where a header allows several, the first is taken.
const SEPARATORS: [u8; 3] = [b';', b'\t', b','];

/// Where the header begins and how its cells are separated.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Start {
    pub at: usize,
    pub line: u64,
    pub separator: u8,
}

/// Steps over blank lines, `#` comments and a `sep=;` line, and finds the separator; none if there
/// is no header.
pub(super) fn start(text: &str) -> Option<Start> {
    let (mut at, mut line, mut told) = (0, 1, None);
    loop {
        let rest = &text[at..];
        let end = rest.find(['\n', '\r']).unwrap_or(rest.len());
        let shown = rest[..end].trim();
        if let Some(separator) = shown.strip_prefix("sep=").filter(|s| s.len() == 1) {
            told = separator.bytes().next();
        } else if !shown.is_empty() && !shown.starts_with('#') {
            let separator = told.unwrap_or_else(|| separator(text, at, line));
            return Some(Start { at, line, separator });
        }
        if end == rest.len() {
            return None;
        }
        at += end + if rest[end..].starts_with("\r\n") { 2 } else { 1 };
        line += 1;
    }
}

/// The separator with which the header and the first row have equally many cells, more than one;
/// else the first one that stands in the header.
fn separator(text: &str, at: usize, line: u64) -> u8 {
    let cells = |separator| {
        let mut records = Records::new(text, at, line, separator).filter_map(Result::ok);
        let head = records.next().map_or(0, |r| r.cells.len());
        let row = records.find(|r| !r.is_blank()).map(|r| r.cells.len());
        (head, row)
    };
    let fits = |&separator: &u8| match cells(separator) {
        (head, Some(row)) => head > 1 && head == row,
        (head, None) => head > 1,
    };
    let splits = |&separator: &u8| cells(separator).0 > 1;
    let mut all = SEPARATORS.into_iter();
    all.clone().find(fits).or_else(|| all.find(splits)).unwrap_or(b',')
}

/// A separator as messages call it.
pub(super) fn named(separator: u8) -> String {
    match separator {
        b',' => "commas".to_owned(),
        b';' => "semicolons".to_owned(),
        b'\t' => "tabs".to_owned(),
        other => format!("`{}`", other as char),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_header_tells_the_separator() {
        let check = |text, at, line, separator| {
            assert_eq!(start(text), Some(Start { at, line, separator }), "{text:?}");
        };
        check("a,b\n1,2\n", 0, 1, b',');
        check("a;b\n1,5;2\n", 0, 1, b';');
        check("time;load, kW\n0;1,5\n", 0, 1, b';');
        check("# from; a; meter\n\n# more\na\tb\n1\t2\n", 25, 4, b'\t');
        check("sep=;\r\na;b\r\n", 7, 2, b';');
        check("kw\n1\n", 0, 1, b',');
        check("\"a;b\",c\n1,2\n", 0, 1, b',');
        assert_eq!(start("# nothing\n\n"), None);
    }
}
