//! What is worked out of things that change, kept side by side with nothing in between.
//!
//! Some questions go to every user or booking of a zone, thousands of times a day, and need a few
//! bytes of each. So these bytes are kept together, and worked out again only of those that have
//! changed: whoever takes a thing to change it marks its place.

/// A few bytes of each of many things, by place. Holds nothing of its own: it is made anew when it
/// is asked for the first time.
#[derive(Clone, Debug)]
pub struct Digest<T> {
    entries: Vec<T>,
    known: Vec<bool>,
    /// Places that were marked since the last question.
    stale: Vec<u32>,
}

impl<T> Default for Digest<T> {
    fn default() -> Self {
        Self { entries: Vec::new(), known: Vec::new(), stale: Vec::new() }
    }
}

impl<T: Copy> Digest<T> {
    /// What stands at this place may change.
    pub fn mark(&mut self, place: usize) {
        if let Some(known) = self.known.get_mut(place)
            && std::mem::take(known)
        {
            self.stale.push(place as u32);
        }
    }
    /// Anything may change.
    pub fn mark_all(&mut self) {
        *self = Self::default();
    }
    /// The entries of places `0..len` as they are now; `of` works one out.
    pub fn fresh(&mut self, len: usize, of: impl Fn(usize) -> T) -> &[T] {
        for place in self.stale.drain(..) {
            self.entries[place as usize] = of(place as usize);
            self.known[place as usize] = true;
        }
        self.entries.extend((self.entries.len()..len).map(of));
        self.known.resize(len, true);
        &self.entries
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_was_marked_is_worked_out_again() {
        let mut digest = Digest::default();
        assert_eq!(digest.fresh(3, |i| i * 10), [0, 10, 20]);
        digest.mark(1);
        digest.mark(1);
        digest.mark(7);
        assert_eq!(digest.fresh(4, |i| i * 10 + 1), [0, 11, 20, 31]);
        digest.mark_all();
        assert_eq!(digest.fresh(2, |i| i), [0, 1]);
    }
}
