//! A small arena with generation-checked keys. Plain data: a saved and restored slab hands out the
//! same keys in the same order.

use serde::{Deserialize, Serialize};
use std::marker::PhantomData;

/// Names an entry of a [`Slab`]; an entry that took the same place later has another generation.
#[derive(Serialize, Deserialize)]
#[serde(bound = "")]
pub struct Ref<T> {
    place: u32,
    generation: u32,
    #[serde(skip)]
    what: PhantomData<fn() -> T>,
}

impl<T> Clone for Ref<T> {
    fn clone(&self) -> Self {
        *self
    }
}
impl<T> Copy for Ref<T> {}
impl<T> Ref<T> {
    /// Where the entry lies, or lay.
    pub fn place(self) -> usize {
        self.place as usize
    }
}
impl<T> PartialEq for Ref<T> {
    fn eq(&self, o: &Self) -> bool {
        (self.place, self.generation) == (o.place, o.generation)
    }
}
impl<T> Eq for Ref<T> {}
impl<T> std::fmt::Debug for Ref<T> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "#{}.{}", self.place, self.generation)
    }
}

/// Entries of one type.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Slab<T> {
    places: Vec<(u32, Option<T>)>,
    free: Vec<u32>,
}

impl<T> Default for Slab<T> {
    fn default() -> Self {
        Self { places: Vec::new(), free: Vec::new() }
    }
}

impl<T> Slab<T> {
    /// Puts an entry in.
    pub fn insert(&mut self, entry: T) -> Ref<T> {
        if let Some(place) = self.free.pop() {
            let (generation, slot) = &mut self.places[place as usize];
            *slot = Some(entry);
            return Ref { place, generation: *generation, what: PhantomData };
        }
        self.places.push((0, Some(entry)));
        Ref { place: self.places.len() as u32 - 1, generation: 0, what: PhantomData }
    }
    /// The entry, if it is still there.
    pub fn get(&self, key: Ref<T>) -> Option<&T> {
        match self.places.get(key.place as usize) {
            Some((generation, Some(entry))) if *generation == key.generation => Some(entry),
            _ => None,
        }
    }
    /// The entry to change, if it is still there.
    pub fn get_mut(&mut self, key: Ref<T>) -> Option<&mut T> {
        match self.places.get_mut(key.place as usize) {
            Some((generation, Some(entry))) if *generation == key.generation => Some(entry),
            _ => None,
        }
    }
    /// Takes an entry out.
    pub fn remove(&mut self, key: Ref<T>) -> Option<T> {
        let (generation, slot) = self.places.get_mut(key.place as usize)?;
        if *generation != key.generation {
            return None;
        }
        let entry = slot.take()?;
        *generation += 1;
        self.free.push(key.place);
        Some(entry)
    }
    /// How many places there are, taken or free.
    pub fn places(&self) -> usize {
        self.places.len()
    }
    /// The entry at a place with its key.
    pub fn at(&self, place: usize) -> Option<(Ref<T>, &T)> {
        let (generation, entry) = self.places.get(place)?;
        Some((
            Ref { place: place as u32, generation: *generation, what: PhantomData },
            entry.as_ref()?,
        ))
    }
    /// All entries with their keys, by place.
    pub fn iter(&self) -> impl Iterator<Item = (Ref<T>, &T)> {
        (0..self.places.len()).filter_map(|place| self.at(place))
    }
    /// The keys of all entries, by place.
    pub fn keys(&self) -> Vec<Ref<T>> {
        self.iter().map(|(key, _)| key).collect()
    }
    /// How many entries there are.
    pub fn len(&self) -> usize {
        self.places.len() - self.free.len()
    }
    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_of_a_removed_entry_finds_nothing_even_if_the_place_is_taken_again() {
        let mut slab = Slab::default();
        let a = slab.insert("a");
        assert_eq!(slab.remove(a), Some("a"));
        let b = slab.insert("b");
        assert_eq!((slab.get(a), slab.get(b), slab.len()), (None, Some(&"b"), 1));
        assert_eq!(slab.remove(a), None);
    }
}
