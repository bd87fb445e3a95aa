//! Reals saved by their bits, so that NaN survives every format.

use serde::{Deserialize, Deserializer, Serialize, Serializer};

pub(super) fn serialize<S: Serializer>(values: &[f64], s: S) -> Result<S::Ok, S::Error> {
    values.iter().map(|v| v.to_bits()).collect::<Vec<_>>().serialize(s)
}

pub(super) fn deserialize<'de, D: Deserializer<'de>>(d: D) -> Result<Vec<f64>, D::Error> {
    Ok(Vec::<u64>::deserialize(d)?.into_iter().map(f64::from_bits).collect())
}
