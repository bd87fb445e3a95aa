"""What pm4py, mlcroissant and DuckDB make of an exported run: counts, paths of bookings, rows."""

import collections
import json
import sys

import duckdb
import mlcroissant
import pm4py

run, log, dataset = sys.argv[1:]


def kinds():
    rows = duckdb.sql(f"SELECT kind, count(*) FROM '{run}/facts.parquet' GROUP BY kind").fetchall()
    return dict(rows)


ocel = pm4py.read_ocel2_bundle(log)
assert ocel.events["ocel:activity"].value_counts().to_dict() == kinds()


def paths_of(kind):
    """How often each path is taken by the objects of a type, events in their order."""
    flat = pm4py.ocel_flattening(ocel, kind)
    cases = flat.groupby("case:concept:name", sort=False)["concept:name"]
    return collections.Counter(cases.agg(tuple))


paths = paths_of("reservation")
starts = [path for path in paths if path[0] == "reservation_requested"]
assert starts, "bookings begin with their request"
words = {word for path in starts for word in path}
for word in ["reservation_confirmed", "plugged_in", "cancelled", "breach", "settled"]:
    assert word in words, f"no path of a booking has {word}"
rejected = sum(n for path, n in paths.items() if path[-1] == "reservation_rejected")
assert rejected == kinds().get("reservation_rejected", 0)
# Some were offered before the record begins.
assert any(path[0] == "ticket_offered" for path in paths_of("ticket"))

described = mlcroissant.Dataset(f"{dataset}/croissant.json")
assert not described.metadata.issues.errors, described.metadata.issues.report()
rows = sum(1 for _ in described.records("evs"))
assert rows == duckdb.execute(f"SELECT count(*) FROM '{run}/evs.parquet'").fetchone()[0]
wide = next(iter(described.records("wide")))
figure = duckdb.execute(
    f"SELECT value FROM '{run}/indicators.parquet' WHERE name = 'bookings' AND scope = 'run'"
).fetchone()[0]
assert wide["wide/bookings"] == figure

package = json.load(open(f"{dataset}/datapackage.json"))
for resource in package["resources"]:
    names = [field["name"] for field in resource["schema"]["fields"]]
    read = duckdb.sql(f"SELECT * FROM '{dataset}/{resource['path']}'").columns
    assert names == read, resource["name"]
crate = json.load(open(f"{dataset}/ro-crate-metadata.json"))["@graph"]
named = {entity["@id"] for entity in crate}
for entity in crate:
    for part in entity.get("hasPart", []) + entity.get("result", []):
        assert part["@id"] in named, part
