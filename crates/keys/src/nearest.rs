//! The known word that a misspelt one was probably meant to be.

/// The candidate with the fewest edits from `word`, if it is near enough to be meant.
///
/// ```
/// assert_eq!(keys::nearest("scle", ["scale", "base"]), Some("scale"));
/// assert_eq!(keys::nearest("banana", ["scale", "base"]), None);
/// ```
pub fn nearest<'a>(word: &str, candidates: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    let folded = fold(word);
    let allowed = (folded.chars().count() / 3).max(2);
    candidates
        .into_iter()
        .map(|candidate| (distance(&folded, &fold(candidate)), candidate))
        .filter(|(edits, candidate)| *edits <= allowed && *edits < candidate.chars().count())
        .min_by_key(|(edits, _)| *edits)
        .map(|(_, candidate)| candidate)
}

/// Case and the kind of dash carry no meaning here.
fn fold(word: &str) -> String {
    // A pasted paragraph in the place of a key must not cost quadratic time.
    word.chars().take(64).collect::<String>().to_lowercase().replace('-', "_")
}

fn distance(a: &str, b: &str) -> usize {
    let prefix = a.len() >= 3 && b.len() >= 3 && (a.starts_with(b) || b.starts_with(a));
    if prefix { 1 } else { strsim::damerau_levenshtein(a, b) }
}
