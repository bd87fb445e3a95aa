"""The Python package as its users see it. `pytest test_package.py`, with GRIDFLOCK naming the
program of the command line."""

import concurrent.futures
import datetime as dt
import hashlib
import os
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path

import duckdb
import pandas as pd
import polars as pl
import pyarrow as pa
import pytest

import gridflock as gf

PROGRAM = os.environ["GRIDFLOCK"]
SMALL = dict(seed=3, overrides={"penalty.scale": 2.0})


def cli(folder, *args):
    done = subprocess.run([PROGRAM, *args], cwd=folder, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    return done.stdout


def hashes(directory):
    files = sorted(Path(directory).glob("*.parquet"))
    assert files
    return {f.name: hashlib.sha256(f.read_bytes()).hexdigest() for f in files}


def plain(table):
    """A table's rows without dictionaries: words may be numbered otherwise in files."""
    t = table.to_pyarrow()
    for i, field in enumerate(t.schema):
        if pa.types.is_dictionary(field.type):
            t = t.set_column(i, field.name, t[field.name].cast(pa.string()))
    return t.combine_chunks().replace_schema_metadata(None)


def same(a, b):
    a, b = plain(a), plain(b)
    return a.to_pydict() == b.to_pydict()


@pytest.fixture(scope="module")
def in_memory():
    return gf.run("park-small", **SMALL)


def test_output_writes_the_bytes_of_the_command_line(tmp_path):
    gf.run("park-small", **SMALL, output=tmp_path / "package")
    cli(tmp_path, "run", "park-small", "--seed", "3", "--set", "penalty.scale=2.0", "-o", "cli")
    assert hashes(tmp_path / "package") == hashes(tmp_path / "cli")


def test_tables_in_memory_hold_what_files_hold(tmp_path, in_memory):
    on_disk = gf.run("park-small", **SMALL, output=tmp_path / "run")
    names = [n for n in in_memory.tables if n in on_disk.tables]
    assert {"facts", "reservations", "ledger", "balance", "indicators"} <= set(names)
    for name in names:
        a, b = plain(in_memory.tables[name]), plain(on_disk.tables[name])
        assert a.schema.names == b.schema.names, name
        assert repr(a.to_pydict()) == repr(b.to_pydict()), name  # NaN and null alike
    assert in_memory.indicators.keys() == on_disk.indicators.keys()
    assert on_disk.manifest["status"] == "complete"
    assert in_memory.scenario["penalty"]["scale"] == 2.0


def test_arrow_and_polars_see_the_memory_of_the_table_itself(in_memory):
    facts = in_memory.tables["facts"]
    (address,) = facts.buffer_addresses("seq")
    assert facts.to_pyarrow()["seq"].chunk(0).buffers()[1].address == address
    frame = facts.to_polars()
    assert frame["seq"]._get_buffers()["values"]._get_buffer_info()[0] == address
    assert facts.unit("energy_kwh") == "kWh" and facts.doc("kind")


def test_every_reader_gets_every_table(in_memory):
    for name, table in in_memory.tables.items():
        arrow = table.to_pyarrow()
        assert arrow.num_rows == table.num_rows == len(table)
        assert isinstance(table.to_polars(), pl.DataFrame)
        assert isinstance(table.to_pandas(), pd.DataFrame), name
    facts = in_memory.tables["facts"].to_pyarrow()
    n = duckdb.sql("SELECT count(*) FROM facts WHERE kind = 'plugged_in'").fetchall()[0][0]
    assert n > 0
    assert str(in_memory.tables["facts"].to_pandas()["ev_id"].dtype) == "int32[pyarrow]"


def test_a_simulation_driven_in_odd_steps_leaves_what_a_run_leaves(in_memory):
    sim = gf.Simulation("park-small", **SMALL)
    assert sim.begin < sim.end and sim.now == sim.begin and sim.period == dt.timedelta(minutes=15)
    while sim.now < sim.end:
        sim.advance("7min")
    stepped = sim.finish()
    assert stepped.complete
    assert all(repr(plain(stepped.tables[n]).to_pydict()) == repr(plain(in_memory.tables[n]).to_pydict()) for n in in_memory.tables)
    with pytest.raises(ValueError, match="finished"):
        sim.advance("1h")


def test_saved_forked_and_restored_simulations_go_on_alike(in_memory):
    sim = gf.Simulation("park-small", **SMALL)
    sim.advance(sim.begin + dt.timedelta(hours=30))
    state, twin, other = sim.save(), sim.fork(), sim.fork()
    other.inject(reservation_price=0.2)
    ends = []
    for run in (sim, twin, gf.Simulation.restore(state), other):
        run.run_to_end()
        ends.append(repr(plain(run.finish().tables["facts"]).to_pydict()))
    expected = repr(plain(in_memory.tables["facts"]).to_pydict())
    assert ends[:3] == [expected] * 3
    assert ends[3] != expected


def test_what_was_injected_is_a_table_as_it_is_in_a_directory(tmp_path):
    sim = gf.Simulation("park-small", **SMALL)
    assert "inputs" not in list(gf.Simulation("park-small", **SMALL).finish().tables)
    sim.inject(1, at=sim.begin + dt.timedelta(hours=1), price=[1.0, 2.5])
    sim.inject(at=sim.begin + dt.timedelta(hours=2), notice="reminder off")
    sim.run_to_end()
    given = sim.finish().tables["inputs"]
    rows = given.to_pyarrow().to_pylist()
    assert [(r["zone_id"], r["name"], r["value"]) for r in rows] == [
        (1, "price", "1 2.5"),
        (0, "notice", "set reminder.enabled=false"),
    ]
    assert rows[1]["t"] - rows[0]["t"] == dt.timedelta(hours=1)
    assert given.metadata["gridflock.scenario"] == "park-small"


def test_a_policy_changes_during_a_run_as_a_timeline_would():
    noon = "2016-05-29T12:00:00"
    timeline = {"timeline": [{"at": noon, "applies": "all", "set": {"penalty": {"scale": 4.0}}}]}
    planned = gf.run("park-small", seed=3, overrides=timeline)
    sim = gf.Simulation("park-small", seed=3)
    sim.advance(noon)
    sim.amend({"penalty.scale": 4.0}, applies="all")
    sim.run_to_end()
    amended = sim.finish()
    for name in planned.tables:
        assert repr(plain(planned.tables[name]).to_pydict()) == repr(
            plain(amended.tables[name]).to_pydict()
        )
    told = gf.Simulation("park-small", seed=3)
    for wrong in ({"access.piles": 99}, {"penalty.scale": -1.0}, {}):
        with pytest.raises(gf.ScenarioError):
            told.amend(wrong)
    with pytest.raises(gf.GridflockError, match="segment"):
        told.amend({"penalty.scale": 2.0}, segment="nobody")
    with pytest.raises(ValueError):
        told.amend({"penalty.scale": 2.0}, applies="some")


def test_a_day_forks_into_both_outcomes_of_every_person(tmp_path):
    arms = {"as is": {}, "fined": {"penalty.scale": 3}, "all": {"penalty.scale": 3, "applies": "all"}}
    began = time.process_time()
    forked = gf.fork("park", "12h", arms, threads=1)
    assert time.process_time() - began < 1.0
    rows = forked.outcomes.to_pandas()
    assert len(rows) == 3 * 318 and set(rows["arm"]) == set(arms)
    assert set(rows.columns) >= {"replication", "ev_id", "came", "severe", "paid_cny", "unmet_kwh"}
    by_arm = rows.groupby("arm", observed=True)["paid_cny"].mean()
    effect = forked.effect("all", "paid_cny")
    assert effect.effect == pytest.approx(by_arm["all"] - by_arm["as is"], abs=1e-9)
    assert "only means are identified" in forked.identified
    again = gf.fork("park", dt.timedelta(hours=12), arms, output=tmp_path / "f")
    assert same(forked.outcomes, again.outcomes)
    cli(tmp_path, "fork", "park", "--at", "12h", "--arm", "as is", "--arm", "fined:penalty.scale=3",
        "--arm", "all:penalty.scale=3,applies=all", "-o", "c")
    assert hashes(tmp_path / "f") == hashes(tmp_path / "c")
    with pytest.raises(gf.ScenarioError):
        gf.fork("park-small", "12h", {"a": {"fleet.evs": 3}})
    with pytest.raises(gf.GridflockError):
        gf.fork("park-small", "noon", {"a": {"penalty.scale": 3}})


def test_a_price_from_outside_is_what_users_pay():
    sim = gf.Simulation("park-small", seed=1)
    sim.inject(at=sim.begin, reservation_price=[1.2])
    noon = sim.end - dt.timedelta(hours=12)
    sim.advance(noon, through=True)
    seen = sim.read(1)
    assert set(seen) >= {"p_mw", "q_mvar", "energy_kwh", "plugged", "reservation_price"}
    assert seen["reservation_price"] == pytest.approx(1.2)


def test_errors_carry_code_and_problems():
    with pytest.raises(gf.ScenarioError) as caught:
        gf.run("park-small", overrides={"penalty.scal": 2})
    assert caught.value.code == 3
    (problem,) = caught.value.problems
    assert "penalty.scale" in problem["help"] or "scale" in problem["message"] + problem["help"]
    with pytest.raises(gf.ScenarioError):
        gf.scenario("prak")
    with pytest.raises(gf.RunError) as caught:
        gf.read("/nowhere")
    assert caught.value.code == 1
    with pytest.raises(ValueError, match="there is no table"):
        gf.run("park-small", tables=["fact"])
    with pytest.raises(TypeError):
        gf.run("park-small", overrides={"penalty.scale": object()})


def test_a_scenario_is_changed_checked_and_written():
    s = gf.scenario("park-small")
    assert s["penalty.scale"] == 1.0
    s["penalty.scale"] = 2.0
    evs, zones, periods = s.validate()
    assert (evs, zones, periods) == (60, 1, 96)
    assert "scale = 2" in s.to_toml()
    s["penalty.scale"] = -1
    with pytest.raises(gf.ScenarioError):
        s.validate()


def test_a_comparison_is_the_command_lines(tmp_path):
    c = gf.compare("park-small", {"tickets.enabled": False}, {"tickets.enabled": True}, n=4)
    cli(tmp_path, *"compare park-small --a tickets.enabled=false --b tickets.enabled=true -n 4 -o c".split())
    assert hashes(c.directory) == hashes(tmp_path / "c")
    assert c.contrasts.num_rows > 50


def test_a_study_on_an_executor_is_the_study_of_the_command_line(tmp_path):
    cli(tmp_path, "study", "run", "study-smoke", "-o", "whole")
    with concurrent.futures.ProcessPoolExecutor(2) as pool:
        s = gf.study("study-smoke", executor=pool, parts=3, output=tmp_path / "parts")
    assert hashes(s.directory) == hashes(tmp_path / "whole")
    s = gf.study("study-smoke", output=tmp_path / "threads")
    assert hashes(s.directory) == hashes(tmp_path / "whole")


def test_four_threads_at_once_run_alike(in_memory):
    with concurrent.futures.ThreadPoolExecutor(4) as pool:
        runs = list(pool.map(lambda _: gf.run("park-small", **SMALL), range(4)))
    expected = repr(plain(in_memory.tables["facts"]).to_pydict())
    assert all(repr(plain(r.tables["facts"]).to_pydict()) == expected for r in runs)


def test_a_fork_in_two_threads_is_no_crash():
    sim = gf.Simulation("park-small", seed=1, tables=[])
    errors = []

    def work():
        try:
            for _ in range(20):
                sim.fork().advance("1h")
        except Exception as error:  # noqa: BLE001
            errors.append(error)

    threads = [threading.Thread(target=work) for _ in range(2)]
    [t.start() for t in threads]
    [t.join() for t in threads]
    assert not errors


def test_ctrl_c_ends_a_long_run(tmp_path):
    code = "import gridflock as gf; gf.run('park', days=300, output='long')"
    run = subprocess.Popen([sys.executable, "-c", code], cwd=tmp_path, stderr=subprocess.PIPE, text=True)
    for _ in range(600):
        if (tmp_path / "long" / "manifest.json").exists():
            break
        time.sleep(0.1)
    time.sleep(1.0)
    run.send_signal(signal.SIGINT)
    _, said = run.communicate(timeout=60)
    assert "KeyboardInterrupt" in said
    assert gf.read(tmp_path / "long").manifest["status"] == "interrupted"


def test_local_time_stands_beside_utc(in_memory):
    t = gf.local_time(in_memory.tables["facts"])
    utc, local = t["t"][0].as_py(), t["t_local"][0].as_py()
    assert local - utc.replace(tzinfo=None) == dt.timedelta(hours=8)


def test_a_callable_sees_progress():
    seen = []
    gf.run("park", progress=seen.append, tables=["facts"])
    assert seen and seen[-1] == 1.0


def test_schemas_name_keys_and_tables():
    assert "properties" in gf.schema("scenario")
    assert "park" in gf.built_in()["scenarios"]
    with pytest.raises(gf.GridflockError):
        gf.schema("tabels")
