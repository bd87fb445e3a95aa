//! The saved form of a queue: its entries in key order and its slots. The layout of the buckets is
//! not saved, so two queues with the same content give the same bytes, however they came about.

use super::Queue;
use super::buckets::Buckets;
use super::entry::{Entry, NO_SLOT};
use super::slots::Slots;
use serde::de::Error;
use serde::{Deserialize, Deserializer, Serialize, Serializer};

#[derive(Serialize, Deserialize)]
#[serde(bound(serialize = "M: Copy + Serialize", deserialize = "M: Deserialize<'de>"))]
struct Saved<M> {
    entries: Vec<Entry<M>>,
    slots: Slots,
}

impl<M: Copy + Serialize> Serialize for Queue<M> {
    fn serialize<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        let mut entries: Vec<Entry<M>> = self.entries.iter().copied().collect();
        entries.sort_unstable();
        Saved { entries, slots: self.slots.clone() }.serialize(to)
    }
}

impl<'de, M: Copy + Deserialize<'de>> Deserialize<'de> for Queue<M> {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        let Saved { entries, slots } = Saved::<M>::deserialize(from)?;
        let mut used: Vec<u32> =
            entries.iter().map(|e| e.slot).filter(|&slot| slot != NO_SLOT).collect();
        used.sort_unstable();
        if !slots.agrees_with(&used) {
            return Err(D::Error::custom(format!(
                "a saved queue is damaged: the slots of its {} entries do not agree",
                entries.len()
            )));
        }
        let mut buckets = Buckets::new();
        buckets.restore(entries);
        Ok(Self { entries: buckets, slots })
    }
}
