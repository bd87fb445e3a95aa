//! What to run: TOML to checked types, all problems at once with file, line and remedy; built-in
//! scenarios; JSON Schema.
//!
//! - [`Scenario`]: everything that a run needs to know; [`Scenario::load`] reads a file or a
//!   built-in one.
//! - [`Loaded`]: a scenario with the values in force, their origins and the files it reads
//!   ([`names_file`]); [`resolved_toml`] writes them,
//!   [`packed_toml`] for whoever moves the files with it.
//! - [`Problems`], [`Problem`], [`Code`]: what is wrong with a file.
//! - [`Model`], [`ModelKind`]: which system. [`FeederRules`]: [`Network`], [`RenewablePlant`],
//!   [`HomeRule`], [`DsoRules`] with [`Foresight`]. [`GroupRules`].
//! - [`TimelineEntry`]: a policy that changes during a run; [`change`] reads one from overrides.
//! - [`Start`], [`Seeds`]: when, by which chance.
//! - [`FleetRules`] with a [`Trial`], [`ScheduleRules`], [`PlantRules`], [`TariffRules`],
//!   [`RecordRules`]: who drives, how vehicles are charged, what zones own, what energy costs, what
//!   is recorded.
//! - [`SeriesRules`], [`SeriesSpec`], [`SeriesSource`], [`SeriesScale`], [`Repeat`],
//!   [`ForecastError`]: where series come from; [`load_series`] reads them into [`SeriesData`] of
//!   [`Series`], or all their days into a [`SeriesYear`] to draw from; [`BuiltinSeries`] are part of
//!   the program.
//! - [`Builtin`], [`builtin_names`], [`show`], [`init`]: built-in scenarios; [`schema_json`],
//!   [`keys_markdown`]: all keys. They are declared with crate `keys`.

mod behaviour;
mod blank;
mod builtin;
mod builtin_series;
mod defaults;
mod feeder;
mod files;
mod fleet;
mod idle;
mod law;
mod lengths;
mod loading;
mod market;
mod microgrid_plant;
mod microgrids;
mod model;
mod plant;
mod recording;
mod scenario;
mod schedule;
mod series;
mod series_buses;
mod series_data;
mod series_file;
mod series_pool;
mod series_unit;
mod series_year;
mod start;
mod tariff;
mod timeline;
mod timing;

pub use blank::{blank_names, init_blank};
pub use builtin::{
    BUILTINS, Builtin, InitError, builtin_names, init, keys_markdown, packed_toml, resolved_toml,
    schema_json, show,
};
pub use builtin_series::{BUILTIN_SERIES, BuiltinSeries};
pub use feeder::{DsoRules, FeederRules, Foresight, HomeRule, Network, ReadFeeder, RenewablePlant};
pub use fleet::{Align, FleetRules, ReplayRules, Trial};
pub use keys::{Code, Problem, Problems};
pub use loading::{Loaded, names_file};
pub use microgrids::{GroupRules, OthersRule, ParticipationRules, TravelRule};
pub use model::{Model, ModelKind};
pub use plant::PlantRules;
pub use recording::RecordRules;
pub use scenario::Scenario;
pub use schedule::ScheduleRules;
pub use series::{
    ForecastError, Repeat, RowTimes, SeriesRules, SeriesScale, SeriesSource, SeriesSpec,
};
pub use series_buses::BusLoad;
pub use series_data::{Series, SeriesData, load_series};
pub use series_year::SeriesYear;
pub use start::{Start, StartError};
pub use tariff::{RetailPrice, TariffRules};
pub use timeline::{TimelineEntry, change};
pub use timing::Seeds;
