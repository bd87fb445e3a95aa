//! Tables `indicators` and `pareto`.

use super::define::{fill, kind, table};
use super::{ColumnSpec, Encoding, Kind, Table, TableSpec};
use std::borrow::Cow;

table!(INDICATORS: Indicators, indicators, "figure", sorted ["run_id"], r {
    run "run_id" [""] Delta "Run within the study; 0 in a single run.";
    text "name" [""] Dictionary "Stable name of the figure." = r.name;
    text "unit" [""] Dictionary "Its unit; `1` for a ratio." = r.unit;
    maybe_real "value" [""] ByteStreamSplit "Its value, in `unit`; null where it is undefined (a ratio over nothing)." = r.value;
    word(Scope) "scope" [""] Dictionary "What it is about." = r.scope;
    scope "scope_id" [""] Dictionary "Zone, or number of the segment from 0; null for the run." = r;
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
