//! Where a piece of text stands: a file or an override, a line, a column.

/// A text that keys come from: a scenario file, or one `--set`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Source {
    /// Path of the file as the user gave it, the name of a built-in, or `--set`.
    pub name: String,
    /// The whole text.
    pub text: String,
    /// Whether it is a file or an override.
    pub kind: SourceKind,
}

/// What a source is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SourceKind {
    /// A file.
    File,
    /// An override of one key.
    Override,
    /// A file that the scenario names for some of its keys.
    Included,
}

/// A stretch of bytes in a source.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct Place {
    /// Number of the source: 0 is the file, the overrides follow in their order.
    pub source: usize,
    /// First byte.
    pub start: usize,
    /// One past the last byte.
    pub end: usize,
}

/// Line, column, the text of the line, and how many characters of it are meant.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Spot {
    pub line: usize,
    pub column: usize,
    pub excerpt: String,
    pub width: usize,
}

impl Source {
    /// Line (from 1), column in characters (from 1) and excerpt of a place.
    pub(super) fn spot(&self, place: Place) -> Spot {
        let start = floor_char(&self.text, place.start);
        let end = floor_char(&self.text, place.end.max(place.start));
        let line_start = self.text[..start].rfind('\n').map_or(0, |at| at + 1);
        let line_end = self.text[start..].find('\n').map_or(self.text.len(), |at| start + at);
        let excerpt = self.text[line_start..line_end].trim_end_matches('\r').to_owned();
        Spot {
            line: self.text[..line_start].matches('\n').count() + 1,
            column: self.text[line_start..start].chars().count() + 1,
            width: self.text[start..end.min(line_end)].chars().count().max(1),
            excerpt,
        }
    }
}

/// The nearest position at or before `at` where a character begins.
fn floor_char(text: &str, at: usize) -> usize {
    let mut at = at.min(text.len());
    while !text.is_char_boundary(at) {
        at -= 1;
    }
    at
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_place_is_given_by_line_and_column_in_characters() {
        let source =
            Source {
                name: "a".into(), text: "é = 1\r\nkey = -3\n".into(), kind: SourceKind::File
            };
        let at = source.text.find("-3").expect("there");
        let spot = source.spot(Place { source: 0, start: at, end: at + 2 });
        assert_eq!(
            (spot.line, spot.column, spot.width, spot.excerpt.as_str()),
            (2, 7, 2, "key = -3")
        );
        let spot = source.spot(Place { source: 0, start: 1, end: 2 });
        assert_eq!(
            (spot.line, spot.column),
            (1, 1),
            "the middle of a character counts as its beginning"
        );
        let spot = source.spot(Place { source: 0, start: 999, end: 1000 });
        assert_eq!(spot.line, 3);
    }
}
