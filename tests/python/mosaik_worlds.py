"""Worlds of real mosaik with gridflock in them, one case after the other.

    python mosaik_worlds.py GRIDFLOCK FOLDER CASE...

Each case runs in FOLDER, where its tables go to a directory of its name. Prints one line per case, PASS or FAIL, and
exits 1 if any fails.
"""

import os
import pathlib
import shutil
import signal
import subprocess
import sys
import traceback

import mosaik
import mosaik_api_v3
import pyarrow.parquet as pq

import ieee33

GRIDFLOCK, FOLDER = sys.argv[1], pathlib.Path(sys.argv[2])
DAY_S, PERIOD_S = 86400, 900


class Source(mosaik_api_v3.Simulator):
    """Gives values by time; each holds until the next."""

    TYPE, EXTRA = "time-based", {}

    def __init__(self):
        model = {"public": True, "params": ["values", "do"], "attrs": ["value"], **self.EXTRA}
        super().__init__({"type": self.TYPE, "models": {"Value": model}})
        self.series = {}

    def init(self, sid, time_resolution=1.0):
        self.now = 0
        return self.meta

    def create(self, num, model, values, do=None):
        self.do = do
        eid = f"value_{len(self.series)}"
        self.series[eid] = dict(sorted(values.items()))
        return [{"eid": eid, "type": model}]

    def step(self, time, inputs, max_advance):
        self.now = time
        if self.do:
            self.do(time)
        later = [t for values in self.series.values() for t in values if t > time]
        return min(later, default=2 * DAY_S)

    def get_data(self, outputs):
        last = lambda values: [v for t, v in values.items() if t <= self.now][-1]
        return {eid: {"value": last(self.series[eid])} for eid in outputs}


class Events(Source):
    """Gives each value at its time only."""

    TYPE, EXTRA = "hybrid", {"trigger": [], "non-persistent": ["value"]}

    def get_data(self, outputs):
        return {eid: {"value": self.series[eid][self.now]} for eid in outputs if self.now in self.series[eid]}


class Sink(mosaik_api_v3.Simulator):
    """Remembers what comes."""

    heard = []

    def __init__(self):
        model = {"public": True, "params": [], "any_inputs": True, "attrs": []}
        super().__init__({"type": "hybrid", "models": {"Sink": {**model, "trigger": ["breaches", "tickets_awarded"]}}})

    def init(self, sid, time_resolution=1.0):
        Sink.heard = []
        return self.meta

    def create(self, num, model):
        return [{"eid": "sink", "type": model}]

    def step(self, time, inputs, max_advance):
        for attribute, sources in inputs.get("sink", {}).items():
            Sink.heard += [(time, attribute, value) for value in sources.values()]
        due = time % PERIOD_S
        return time + PERIOD_S - due

    def get_data(self, outputs):
        return {}


class Solver(mosaik_api_v3.Simulator):
    """IEEE 33 by somebody else: net consumption in, voltages out; compares them with gridflock's."""

    worst = {}

    def __init__(self):
        attrs = ["p_mw", "q_mvar", "vm_pu"]
        super().__init__({"type": "time-based", "models": {"Bus": {"public": True, "params": ["bus_id"], "attrs": attrs}}})

    def init(self, sid, time_resolution=1.0):
        self.solver = ieee33.SOLVERS[type(self).__name__]()
        self.deviations = Solver.worst.setdefault(type(self).__name__, [])
        return self.meta

    def create(self, num, model, bus_id):
        return [{"eid": f"bus_{bus_id}", "type": model}]

    def step(self, time, inputs, max_advance):
        one = lambda bus, name: next(iter(inputs[f"bus_{bus}"][name].values()))
        p, q, ours = ({b: one(b, name) for b in self.solver.buses} for name in ["p_mw", "q_mvar", "vm_pu"])
        self.vm_pu = self.solver.solve(p, q)
        self.deviations.append(max(abs(self.vm_pu[b] - ours[b]) for b in ours))
        return time + PERIOD_S

    def get_data(self, outputs):
        return {eid: {"vm_pu": self.vm_pu[int(eid[4:])]} for eid in outputs}


class Pandapower(Solver):
    pass


class OpenDss(Solver):
    pass


class World:
    """A world with gridflock, by one of the two ways of starting it."""

    def __init__(self, name, listen=False, options=(), resolution=1.0):
        self.directory, self.program = FOLDER / name, None
        shutil.rmtree(self.directory, ignore_errors=True)
        words = [GRIDFLOCK, "cosim", "mosaik", "-o", str(self.directory), *options]
        if listen:
            self.program = subprocess.Popen([*words, "--listen", "127.0.0.1:0"], stdout=subprocess.PIPE, text=True)
            gridflock = {"connect": self.program.stdout.readline().split()[-1]}
        else:
            gridflock = {"cmd": " ".join([*words, "%(addr)s"])}
        ours = {name: {"python": f"{__name__}:{name}"} for name in ["Source", "Events", "Sink", "Pandapower", "OpenDss"]}
        self.world = mosaik.World({"Gridflock": gridflock, **ours}, time_resolution=resolution)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.world.shutdown()
        if self.program:
            self.program.wait(60)

    def gridflock(self, **params):
        self.simulator = self.world.start("Gridflock", **params)
        return self.simulator

    def zone(self, scenario="park-small", **params):
        return self.gridflock().Zone(scenario=scenario, **params)

    def source(self, values, do=None):
        values = values if isinstance(values, dict) else {0: values}
        return self.world.start("Source").Value(values=values, do=do)

    def run(self, until=DAY_S):
        self.world.run(until=until, print_progress=False)

    def inputs(self):
        table = pq.read_table(self.directory / "inputs.parquet").to_pylist()
        start = pq.read_table(self.directory / "balance.parquet", columns=["period_start"]).column(0)[0].as_py()
        return [(int((row["t"] - start).total_seconds()), row["name"], row["value"]) for row in table]


def nothing_connected():
    with World("nothing_connected") as w:
        zone, sink = w.zone(), w.world.start("Sink").Sink()
        w.world.connect(zone, sink, "p_mw", "plugged", "breaches", "tickets_awarded", "indicators")
        w.run()
    heard = Sink.heard
    assert len([h for h in heard if h[1] == "p_mw"]) >= 96
    counts = [value for _, name, value in heard if name == "breaches"]
    assert counts and counts == sorted(set(counts)), "events are told once"
    assert any("energy_charged_kwh" in value or len(value) > 50 for _, name, value in heard if name == "indicators")


def own_values():
    """The load, PV and wind of the scenario, from a run of it, given again."""
    rows = pq.read_table(FOLDER / "plain" / "balance.parquet").to_pylist()
    with World("own_values", listen=True) as w:
        zone = w.zone()
        for name, column in [("load_kw", "load_kw"), ("pv_kw", "pv_available_kw"), ("wind_kw", "wind_available_kw")]:
            source = w.source({i * PERIOD_S: row[column] for i, row in enumerate(rows)})
            w.world.connect(source, zone, ("value", name))
        w.run()
    assert len(w.inputs()) > 100


def meta():
    with World("meta") as w:
        zone = w.zone(zone=1, seed=3, overrides={"fleet.evs": 20, "name": "little"})
        model = zone.model_mock
        assert model.event_inputs == {"notice", "target_p_kw"}, model.event_inputs
        assert model.event_outputs == {"breaches", "tickets_awarded"}, model.event_outputs
        assert {"vm_pu", "price", "load_kw"} <= set(model.measurement_inputs)
        assert w.simulator.type == "hybrid" and not hasattr(w.simulator, "Bus")
        names = [feeder.eid for feeder in [w.simulator.Feeder(scenario="feeder-small", overrides=["fleet.evs=33"])]]
        assert len(names) == 1 and "zone_1" == zone.eid
        w.run(PERIOD_S)


def refused():
    from mosaik_api_v3.connection import RemoteException

    with World("refused") as w:
        simulator = w.gridflock()
        wrong = [
            ({"scenario": "parc"}, "park"),
            ({"scenario": "park-small", "zone": 9}, "the zones are 1 to 1"),
            ({"scenario": "park-small", "overrides": {"fleet.ev": 1}}, "fleet.evs"),
            ({}, "scenario"),
        ]
        for params, expected in wrong:
            try:
                simulator.Zone(**params)
            except RemoteException as e:
                assert expected in e.remote_msg, (params, e.remote_msg)
            else:
                raise AssertionError(f"{params} were taken")
        try:
            simulator.Feeder(scenario="park-small")
        except RemoteException as e:
            assert "is no feeder" in e.remote_msg, e.remote_msg
        w.run(PERIOD_S)


def several_sources():
    with World("several_sources") as w:
        zone = w.zone()
        for kw, pu in [(10.0, 0.97), (20.5, 0.98)]:
            w.world.connect(w.source(kw), zone, ("value", "load_kw"))
            w.world.connect(w.source(pu), zone, ("value", "vm_pu"))
        w.run()
    assert w.inputs() == [(0, "vm_pu", "0.98"), (0, "load_kw", "30.5")], w.inputs()


def shifted():
    with World("shifted") as w:
        zone, source = w.zone(), w.source({0: 0.99, 1800: 0.98})
        w.world.connect(source, zone, ("value", "vm_pu"), time_shifted=True, initial_data={"value": 1.0})
        w.run()
    assert w.inputs() == [(0, "vm_pu", "1"), (900, "vm_pu", "0.99"), (2700, "vm_pu", "0.98")], w.inputs()


def events():
    """A target and a notice come at their own times, between two steps of ours."""
    with World("events") as w:
        zone = w.zone()
        event = lambda values: w.world.start("Events").Value(values=values)
        w.world.connect(event({1000: 300.0, 50001: 200.0}), zone, ("value", "target_p_kw"))
        w.world.connect(event({40000: "outage piles=2 hours=1"}), zone, ("value", "notice"))
        w.run()
    inputs = w.inputs()
    assert [i[:2] for i in inputs] == [(1000, "target_p_kw"), (40000, "notice"), (50001, "target_p_kw")], inputs
    outages = pq.read_table(w.directory / "facts.parquet", columns=["kind"]).column(0).to_pylist().count("pile_outage")
    assert outages == 4, outages


def milliseconds():
    """The world's time runs in steps of 20 ms, and we step each of 7 minutes."""
    with World("milliseconds", resolution=0.02) as w:
        w.gridflock(step_size=21000).Zone(scenario="park-small")
        w.run(DAY_S * 50)


def not_a_number():
    """mosaik's run() returns after a failure; the reason is in our log and manifest."""
    with World("not_a_number") as w:
        w.world.connect(w.source({0: 1.0, 36000: float("nan")}), w.zone(), ("value", "vm_pu"))
        w.run()


def stopped_early():
    with World("stopped_early") as w:
        w.zone()
        w.run(DAY_S // 2)


def lost():
    """The world dies at noon."""
    child = os.fork()
    if child == 0:
        w = World("lost")
        w.world.connect(w.source({0: 0.0, DAY_S // 2: 1.0}, do=lambda t: t and os._exit(3)), w.zone(), ("value", "wind_kw"))
        w.run()
    assert os.waitpid(child, 0)[1] >> 8 == 3


def prices(hour):
    return 0.4 + 0.05 * (hour % 5)


def fed(name, kill=None, options=()):
    with World(name, listen=True, options=options) as w:

        def die(time):
            if kill and time >= kill:
                os.kill(w.program.pid, signal.SIGKILL)
                os._exit(3)

        source = w.source({3600 * h: prices(h) for h in range(24)}, do=die)
        w.world.connect(source, w.zone(), ("value", "price"))
        w.run()


def whole():
    fed("whole")


def killed():
    """The program is killed at 14:00; its last checkpoint is of noon."""
    child = os.fork()
    if child == 0:
        fed("killed", kill=50400, options=["--checkpoint-every", "12h"])
    assert os.waitpid(child, 0)[1] >> 8 == 3


def federation():
    """IEEE 33 beside pandapower and OpenDSS: the same voltages at every period."""
    Solver.worst.clear()
    with World("federation") as w:
        feeder = w.gridflock().Feeder(scenario="feeder-small", seed=2)
        buses = {bus.extra_info["bus_id"]: bus for bus in feeder.children}
        assert sorted(buses) == list(range(1, 34))
        for name in ["Pandapower", "OpenDss"]:
            solver = w.world.start(name)
            for number, bus in buses.items():
                w.world.connect(bus, solver.Bus(bus_id=number), "p_mw", "q_mvar", "vm_pu")
        w.run()
    for name, deviations in Solver.worst.items():
        assert len(deviations) == 96 and max(deviations) < 1e-6, (name, len(deviations), max(deviations))
        print(f"      {name}: {len(deviations)} periods, voltages to {max(deviations):.1e} p.u.")


def main():
    failed = 0
    for name in sys.argv[3:]:
        try:
            globals()[name]()
            print(f"PASS  {name}", flush=True)
        except BaseException:
            failed += 1
            print(f"FAIL  {name}\n{traceback.format_exc()}", flush=True)
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
