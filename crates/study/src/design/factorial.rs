//! Full factorial and zipped designs over lists of values.

/// Every combination of indices into lists of these lengths; the last list varies fastest.
pub(super) fn factorial(lengths: &[usize]) -> Vec<Vec<usize>> {
    let mut points = vec![Vec::new()];
    for &length in lengths {
        points = points
            .into_iter()
            .flat_map(|point: Vec<usize>| (0..length).map(move |k| [&point[..], &[k]].concat()))
            .collect();
    }
    points
}

/// The first elements together, the second elements together, ...; all lists are `length` long.
pub(super) fn zip(lists: usize, length: usize) -> Vec<Vec<usize>> {
    (0..length).map(|k| vec![k; lists]).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn all_combinations_come_in_the_order_of_counting() {
        assert_eq!(factorial(&[2, 3]), [[0, 0], [0, 1], [0, 2], [1, 0], [1, 1], [1, 2]]);
        assert_eq!(factorial(&[]), [Vec::<usize>::new()], "no factor: the scenario itself");
        assert_eq!(zip(2, 3), [[0, 0], [1, 1], [2, 2]]);
    }
}
