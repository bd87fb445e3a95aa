//! Numbers as text: decimal points anywhere, decimal commas where commas do not separate columns.

/// Whether a text has the shape `digits,digits`.
pub(crate) fn looks_like_comma_number(text: &str) -> bool {
    split_number(text, ',')
}

/// Whether a text has the shape `digits.digits`.
pub(crate) fn looks_like_point_number(text: &str) -> bool {
    split_number(text, '.')
}

fn split_number(text: &str, mark: char) -> bool {
    let digits = |part: &str| part.bytes().all(|b| b.is_ascii_digit());
    text.trim_start_matches(['+', '-'])
        .split_once(mark)
        .is_some_and(|(whole, part)| digits(whole) && !part.is_empty() && digits(part))
}

/// A finite number with a decimal point.
pub(crate) fn point_number(text: &str) -> Option<f64> {
    text.parse::<f64>().ok().filter(|x| x.is_finite())
}

/// A finite number with a decimal comma.
pub(crate) fn comma_number(text: &str) -> Option<f64> {
    (text.matches(',').count() == 1 && !text.contains('.'))
        .then(|| point_number(&text.replacen(',', ".", 1)))
        .flatten()
}

/// Yes or no, in the spellings of pandas, R, Excel, SQL and people.
///
/// ```
/// assert_eq!(["True", "FALSE", "1.0", "no"].map(|t| tables::flag(t)), [Some(true), Some(false), Some(true), Some(false)]);
/// assert_eq!(tables::flag("maybe"), None);
/// ```
pub fn flag(text: &str) -> Option<bool> {
    match text.trim().to_ascii_lowercase().as_str() {
        "true" | "t" | "yes" | "y" | "1" | "1.0" => Some(true),
        "false" | "f" | "no" | "n" | "0" | "0.0" => Some(false),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn shapes_of_numbers() {
        assert!(looks_like_comma_number("-1,5") && !looks_like_comma_number("1,"));
        assert!(looks_like_point_number("0.5") && !looks_like_point_number("01.03.2026"));
        assert_eq!(comma_number("1.234,5"), None);
        assert_eq!((comma_number("1,5e3"), point_number("1e999")), (Some(1500.0), None));
    }
}
