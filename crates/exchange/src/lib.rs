//! A run in other people's formats: OCEL, OCPI, datasets, CSV.
