//! Text into records: cells between separators, quotes as in RFC 4180, any kind of line end.

use std::borrow::Cow;

/// One record.
#[derive(Debug, PartialEq)]
pub(super) struct Record<'a> {
    /// The line on which it begins, from 1.
    pub line: u64,
    /// Its cells, without the spaces around them.
    pub cells: Vec<Cow<'a, str>>,
    /// Whether a cell is quoted: then something stands there, if only nothing between quotes.
    quoted: bool,
}

impl Record<'_> {
    /// Whether nothing stands on the line.
    pub fn is_blank(&self) -> bool {
        !self.quoted && self.cells.len() == 1 && self.cells[0].is_empty()
    }
}

/// What is wrong with a line.
#[derive(Debug, PartialEq)]
pub(super) struct Fault {
    pub line: u64,
    pub message: &'static str,
}

/// The records of a text, one after the other.
#[derive(Clone, Debug)]
pub(super) struct Records<'a> {
    text: &'a str,
    at: usize,
    line: u64,
    separator: u8,
}

const UNCLOSED: &str = "a quote is opened here and never closed";
const AFTER_QUOTE: &str =
    "text stands after a closing quote; a quote inside of a quoted cell is written twice";

impl<'a> Records<'a> {
    /// Records of `text` from byte `at` on, which begins line `line`.
    pub fn new(text: &'a str, at: usize, line: u64, separator: u8) -> Self {
        Self { text, at, line, separator }
    }

    /// Where the next record begins: byte and line.
    pub fn place(&self) -> (usize, u64) {
        (self.at, self.line)
    }

    fn byte(&self) -> Option<u8> {
        self.text.as_bytes().get(self.at).copied()
    }

    fn is_padding(&self, byte: u8) -> bool {
        byte == b' ' || (byte == b'\t' && self.separator != b'\t')
    }

    fn ends_cell(&self, byte: u8) -> bool {
        byte == self.separator || byte == b'\n' || byte == b'\r'
    }

    fn skip_padding(&mut self) {
        while self.byte().is_some_and(|b| self.is_padding(b)) {
            self.at += 1;
        }
    }

    fn unquoted(&mut self) -> Cow<'a, str> {
        let from = self.at;
        while self.byte().is_some_and(|b| !self.ends_cell(b)) {
            self.at += 1;
        }
        Cow::Borrowed(self.text[from..self.at].trim())
    }

    fn quoted(&mut self) -> Result<Cow<'a, str>, Fault> {
        let opened = self.line;
        self.at += 1;
        let from = self.at;
        let mut doubled = false;
        loop {
            match self.byte() {
                None => return Err(Fault { line: opened, message: UNCLOSED }),
                Some(b'"') if self.text.as_bytes().get(self.at + 1) == Some(&b'"') => {
                    doubled = true;
                    self.at += 2;
                }
                Some(b'"') => break,
                Some(byte) => {
                    self.line += u64::from(byte == b'\n');
                    self.at += 1;
                }
            }
        }
        let inside = &self.text[from..self.at];
        self.at += 1;
        self.skip_padding();
        if self.byte().is_some_and(|b| !self.ends_cell(b)) {
            return Err(Fault { line: self.line, message: AFTER_QUOTE });
        }
        let inside = inside.trim();
        Ok(if doubled { Cow::Owned(inside.replace("\"\"", "\"")) } else { Cow::Borrowed(inside) })
    }

    /// Steps over a line end; whether there was one.
    fn line_end(&mut self) -> bool {
        match self.byte() {
            Some(b'\r') => {
                self.at += 1;
                self.at += usize::from(self.byte() == Some(b'\n'));
            }
            Some(b'\n') => self.at += 1,
            _ => return false,
        }
        self.line += 1;
        true
    }
}

impl<'a> Iterator for Records<'a> {
    type Item = Result<Record<'a>, Fault>;

    fn next(&mut self) -> Option<Self::Item> {
        self.byte()?;
        let line = self.line;
        let mut cells = Vec::new();
        let mut quoted = false;
        loop {
            self.skip_padding();
            let cell = if self.byte() == Some(b'"') {
                quoted = true;
                match self.quoted() {
                    Ok(cell) => cell,
                    Err(fault) => {
                        self.at = self.text.len();
                        return Some(Err(fault));
                    }
                }
            } else {
                self.unquoted()
            };
            cells.push(cell);
            if self.byte() == Some(self.separator) {
                self.at += 1;
                continue;
            }
            self.line_end();
            return Some(Ok(Record { line, cells, quoted }));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rows(text: &str, separator: u8) -> Vec<(u64, Vec<String>)> {
        Records::new(text, 0, 1, separator)
            .map(|r| r.expect("sound text"))
            .map(|r| (r.line, r.cells.iter().map(ToString::to_string).collect()))
            .collect()
    }

    #[test]
    fn quotes_and_line_ends_of_every_system_are_understood() {
        let cells = |line, cells: [&str; 2]| (line, cells.map(str::to_owned).to_vec());
        let wanted = [cells(1, ["a", "x, \"y\""]), cells(2, ["1", "2"])];
        for end in ["\n", "\r\n", "\r"] {
            assert_eq!(rows(&format!("a, \"x, \"\"y\"\"\" {end} 1 ,2{end}"), b','), wanted);
        }
        assert_eq!(rows("a,\"b\nc\"\n1,2", b',')[1].0, 3);
        assert_eq!(rows("1\t\t2", b'\t')[0].1, ["1", "", "2"]);
    }

    #[test]
    fn an_open_quote_swallows_no_rows() {
        let faults = |text| Records::new(text, 0, 1, b',').find_map(Result::err).expect("a fault");
        assert_eq!(faults("a\n\"1\n2\n3\n").line, 2);
        assert_eq!(faults("a\n\"1\" 2\n").message, AFTER_QUOTE);
    }
}
