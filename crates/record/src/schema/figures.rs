//! Tables `indicators`, `pareto` and `sharings`.

use super::define::{fill, kind, table};
use super::{ColumnSpec, Encoding, Kind, NameList, Table, TableSpec};
use std::borrow::Cow;

table!(INDICATORS: Indicators, indicators, "figure", sorted ["run_id"], r {
    run "run_id" [""] Delta "Run within the study; 0 in a single run.";
    text "name" [""] Dictionary "Stable name of the figure." = r.name;
    text "unit" [""] Dictionary "Its unit; `1` for a ratio." = r.unit;
    maybe_real "value" [""] ByteStreamSplit "Its value, in `unit`; null where it is undefined (a ratio over nothing)." = r.value;
    word(Scope) "scope" [""] Dictionary "What it is about." = r.scope;
    scope "scope_id" [""] Dictionary "Zone, or number of the segment from 0; null for the run." = r;
    maybe_name(Segments) "segment" [""] Dictionary "Name of the segment; null for the run and for a zone." = if r.scope == domain::Scope::Segment { r.scope_id as u16 } else { u16::MAX };
});

table!(PARETO: Pareto, pareto, "solution of the front", sorted ["run_id"], r {
    run "run_id" [""] Delta "Run within the study; 0 in a single run.";
    time "t" [""] Delta "When its front was found." = r.t;
    key32 "solution_id" [""] Delta "The solution, front after front, each in the order of its first objective, from 1." = r.solution;
    text "solver" [""] Dictionary "Who found it." = r.solver;
    real "f1_kw2" ["kW2"] ByteStreamSplit "First objective: squared deviations of each zone's planned net load from its mean, summed over zones and hours." = r.f1_kw2;
    real "f2_cny" ["CNY"] ByteStreamSplit "Second objective: cost of all planned charging." = r.f2_cny;
    flag "chosen" [""] Plain "Whether the run went on with it." = r.chosen;
});

table!(SHARINGS: Sharings, sharings, "zone and day of a group: its profile shared among participants", sorted ["run_id"], r {
    run "run_id" [""] Delta "Run within the study; 0 in a single run.";
    time "t" [""] Delta "When it was shared." = r.t;
    id32 "zone_id" [""] Dictionary "The zone." = r.zone.0;
    text "solver" [""] Dictionary "Who shared it: `exact` or `pso`." = r.solver;
    key32 "stays" [""] Delta "Stays that it was shared among." = r.stays;
    real "profile_kwh" ["kWh"] ByteStreamSplit "Energy of the profile." = r.profile_kwh;
    real "remainder_kwh" ["kWh"] ByteStreamSplit "Energy of the profile that nobody could take." = r.remainder_kwh;
    real "squared_error" ["1"] ByteStreamSplit "Sum of squared differences of the planned state of charge at departure from the expected one (P4 eq. 18)." = r.squared_error;
    real "exact_squared_error" ["1"] ByteStreamSplit "The same for the exact quadratic programme: the gap is the difference." = r.exact_squared_error;
});
