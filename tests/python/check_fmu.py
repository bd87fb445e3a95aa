"""Units that gridflock exports, used by fmpy as a master would use them.

Called with a folder that holds park2.fmu and park3.fmu, the same scenario under FMI 2.0 and 3.0,
and feeder3.fmu; or, by itself in a second process, to go on from a serialised state.
"""

import os
import pathlib
import subprocess
import sys

import numpy as np
from fmpy import extract, read_model_description, simulate_fmu
from fmpy.fmi1 import FMICallException
from fmpy.fmi2 import FMU2Slave
from fmpy.fmi3 import FMU3Slave
from fmpy.validation import validate_fmu

HOUR = 3600.0
DAY = 24 * HOUR
OUTPUTS = ["zone[1].out.energy_kwh", "zone[1].out.p_kw", "zone[1].out.plugged",
           "zone[1].out.reservation_price", "zone[1].out.breaches"]


class Unit:
    """One instance of a unit, of either version."""

    def __init__(self, folder, name="unit", token=None):
        description = read_model_description(folder)
        self.two = description.fmiVersion == "2.0"
        self.numbers = {v.name: v.valueReference for v in description.modelVariables}
        self.said = []
        kind = FMU2Slave if self.two else FMU3Slave
        self.fmu = kind(guid=token or description.guid, unzipDirectory=str(folder),
                        modelIdentifier=description.coSimulation.modelIdentifier, instanceName=name)
        self.fmu.instantiate(loggingOn=False, **self.listener())

    def listener(self):
        if self.two:
            from fmpy.fmi2 import (fmi2CallbackAllocateMemoryTYPE, fmi2CallbackFreeMemoryTYPE,
                                   fmi2CallbackFunctions, fmi2CallbackLoggerTYPE,
                                   fmi2StepFinishedTYPE)

            def hear(environment, name, status, category, message):
                self.said.append(message.decode())

            callbacks = fmi2CallbackFunctions()
            callbacks.logger = fmi2CallbackLoggerTYPE(hear)
            return {"callbacks": callbacks}
        from fmpy.fmi3 import fmi3LogMessageCallback

        def hear(environment, status, category, message):
            self.said.append(message.decode())

        self.kept = fmi3LogMessageCallback(hear)
        return {"logMessage": self.kept, "earlyReturnAllowed": True}

    def initialise(self, start=0.0, stop=None, **texts):
        for name, value in texts.items():
            if name == "seed":
                (self.fmu.setInteger if self.two else self.fmu.setInt64)([self.numbers[name]], [value])
            else:
                self.fmu.setString([self.numbers[name]], [value])
        if self.two:
            self.fmu.setupExperiment(startTime=start, stopTime=stop)
            self.fmu.enterInitializationMode()
        else:
            self.fmu.enterInitializationMode(startTime=start, stopTime=stop)
        self.fmu.exitInitializationMode()
        self.time = start
        return self

    def set(self, name, value):
        number = [self.numbers[f"zone[1].in.{name}"]]
        if isinstance(value, str):
            self.fmu.setString(number, [value])
        else:
            (self.fmu.setReal if self.two else self.fmu.setFloat64)(number, [value])

    def read(self, names=OUTPUTS):
        numbers = [self.numbers[name] for name in names]
        return list((self.fmu.getReal if self.two else self.fmu.getFloat64)(numbers))

    def run(self, until, step):
        while self.time < until - 1e-6:
            length = min(step, until - self.time)
            self.fmu.doStep(currentCommunicationPoint=self.time, communicationStepSize=length)
            self.time += length
        return self

    def state(self):
        return self.fmu.getFMUstate() if self.two else self.fmu.getFMUState()

    def go_back(self, state, time):
        (self.fmu.setFMUstate if self.two else self.fmu.setFMUState)(state)
        self.time = time

    def free(self, state):
        (self.fmu.freeFMUstate if self.two else self.fmu.freeFMUState)(state)

    def pack(self, state):
        return self.fmu.serializeFMUstate(state) if self.two else self.fmu.serializeFMUState(state)

    def unpack(self, data):
        unpack = self.fmu.deSerializeFMUstate if self.two else self.fmu.deserializeFMUState
        return unpack(data)

    def end(self):
        self.fmu.terminate()
        self.fmu.freeInstance()


def check_valid(unit):
    problems = validate_fmu(str(unit))
    assert problems == [], problems


def check_steps(units):
    """A day at several steps, of no multiple of a period too, under both versions."""
    meters = set()
    for unit in units:
        for step in [60.0, 420.0, 900.0, 3600.0]:
            result = simulate_fmu(str(unit), stop_time=DAY, output_interval=step, output=OUTPUTS,
                                  fmi_type="CoSimulation")
            assert abs(result["time"][-1] - DAY) < 1e-6, result["time"][-1]
            energy = result["zone[1].out.energy_kwh"]
            power = result["zone[1].out.p_kw"]
            # A power is the mean of its step.
            taken = np.diff(result["time"]) / HOUR * power[1:]
            assert np.allclose(np.diff(energy), taken, atol=1e-6)
            meters.add((energy[-1], result["zone[1].out.breaches"][-1]))
    assert len(meters) == 1, f"steps and versions change what happens: {meters}"


def check_alike(folders):
    def day(folder):
        unit = Unit(folder).initialise()
        rows = []
        for hour in range(1, 25):
            unit.set("price", 0.4 + 0.05 * hour)
            unit.set("wind_kw", 30.0)
            rows.append(unit.run(hour * HOUR, 420.0).read())
        unit.end()
        return rows

    two, three = (day(folder) for folder in folders)
    assert two == three, "FMI 2 and 3 differ"


def check_going_back(folder):
    unit = Unit(folder).initialise().run(12 * HOUR, 900.0)
    noon, seen = unit.state(), unit.read()
    straight = unit.run(DAY, 900.0).read()
    unit.go_back(noon, 12 * HOUR)
    assert unit.read() == seen, "outputs of a saved instant are not those of then"
    unit.set("load_kw", 1000.0)
    other = unit.run(15 * HOUR, 900.0).read()
    assert other[1] > seen[1] + 300.0, "a load from outside is not metered"
    unit.go_back(noon, 12 * HOUR)
    assert unit.run(DAY, 900.0).read() == straight, "a way not taken leaves traces"
    unit.free(noon)
    unit.end()


def check_second_process(folder):
    unit = Unit(folder).initialise(seed=5).run(12 * HOUR, 900.0)
    unit.set("wind_kw", 40.0)
    unit.run(13 * HOUR, 900.0)
    state = unit.state()
    path = pathlib.Path(folder).parent / f"{pathlib.Path(folder).name}.state"
    path.write_bytes(bytes(unit.pack(state)))
    straight = unit.run(DAY, 900.0).read()
    unit.end()
    call = [sys.executable, __file__, "--go-on", str(folder), str(path)]
    told = subprocess.run(call, capture_output=True, text=True, check=False)
    assert told.returncode == 0, told.stderr
    assert told.stdout.strip() == repr(straight), f"{told.stdout} is not {straight}"
    broken = path.read_bytes()
    for cut in [broken[:40], broken[:-9], b"x" * 64, b""]:
        unit = Unit(folder).initialise()
        refused(unit, lambda: unit.go_back(unit.unpack(cut), 0.0), "state")
        unit.end()


def go_on(folder, path):
    unit = Unit(folder)
    unit.go_back(unit.unpack(pathlib.Path(path).read_bytes()), 13 * HOUR)
    print(repr(unit.run(DAY, 900.0).read()))
    unit.end()


def check_instances(folder):
    """Instances of one process know nothing of each other."""
    alone = []
    for seed in [1, 2, 3]:
        unit = Unit(folder).initialise(seed=seed).run(DAY, 3600.0)
        alone.append(unit.read())
        unit.end()
    units = [Unit(folder, f"unit {seed}").initialise(seed=seed) for seed in [1, 2, 3]]
    for hour in range(1, 25):
        for unit in units:
            unit.run(hour * HOUR, 3600.0)
    together = [unit.read() for unit in units]
    for unit in units:
        unit.end()
    assert together == alone and len({tuple(row) for row in alone}) == 3


def refused(unit, call, *words):
    before = len(unit.said)
    try:
        call()
    except (FMICallException, Exception) as error:  # noqa: B014, fmpy raises both
        said = " ".join(unit.said[before:]) or str(error)
        assert all(word in said for word in words), f"{words} are not in: {said}"
        return
    raise AssertionError(f"{words} were expected to be refused")


def check_refusals(folder, name):
    try:
        Unit(folder, token="{wrong}")
        raise AssertionError("a wrong token is taken")
    except Exception as error:  # noqa: BLE001, fmpy raises this
        assert "taken" not in str(error), error
    unit = Unit(folder)
    refused(unit, lambda: unit.initialise(overrides="penalty.skale=2"), "penalty.skale", "nearest")
    unit.fmu.freeInstance()
    unit = Unit(folder)
    refused(unit, lambda: unit.initialise(stop=3 * DAY), "ends at 86400", "days=3")
    unit.fmu.freeInstance()
    unit = Unit(folder).initialise()
    refused(unit, lambda: unit.fmu.doStep(7200.0, 900.0), "stands at 0")
    refused(unit, lambda: unit.fmu.doStep(0.0, -900.0), "above 0")
    unit.set("load_kw", -5.0)
    refused(unit, lambda: unit.run(900.0, 900.0), "zone[1].in.load_kw", "at least 0")
    unit.fmu.reset()
    unit.initialise(overrides="penalty.scale=2; days=1").run(HOUR, 900.0)
    assert unit.read()[0] != 0.0
    unit.set("notice", "fire")
    refused(unit, lambda: unit.run(2 * HOUR, 900.0), "outage piles=N")
    unit.fmu.reset()
    # A directory that is there already, of this very process.
    folder = pathlib.Path(folder).parent / f"{name} tables"
    folder.mkdir()
    (folder / "mine.txt").write_text("mine")
    refused(unit, lambda: unit.initialise(output_directory=str(folder)), "exist")
    unit.fmu.freeInstance()


def check_end(folder):
    unit = Unit(folder).initialise().run(DAY - 600.0, 900.0)
    if unit.two:
        refused(unit, lambda: unit.fmu.doStep(unit.time, 1200.0), "")
        assert unit.fmu.getRealStatus(2) == DAY and unit.fmu.getBooleanStatus(3)
    else:
        _, terminate, early, last = unit.fmu.doStep(unit.time, 1200.0)
        assert terminate and early and last == DAY
    unit.end()


def check_tables(folder, to):
    """With nothing connected, and with a way back in between."""
    unit = Unit(folder).initialise(output_directory=str(to)).run(10 * HOUR, 420.0)
    state = unit.state()
    unit.run(14 * HOUR, 420.0)
    unit.go_back(state, 10 * HOUR)
    unit.free(state)
    unit.run(DAY, 420.0).end()


def check_given(folder, to):
    unit = Unit(folder).initialise(output_directory=str(to))
    for hour in range(24):
        unit.set("price", 0.3 + 0.02 * hour)
        unit.set("temperature_c", -20.0)
        if hour == 9:
            unit.set("notice", "outage piles=2 hours=3")
        unit.run((hour + 1) * HOUR, 420.0)
    unit.end()


def check_feeder(folder):
    """Zones are the sum of their buses; the substation's voltage lifts and lowers all of them."""
    unit = Unit(folder).initialise()
    named = lambda begin, end: [n for n in unit.numbers if n.startswith(begin) and n.endswith(end)]
    buses = named("bus[", ".out.vm_pu")
    zones = named("zone[", ".out.p_mw")
    assert len(buses) == 33 and len(zones) > 1, (buses, zones)
    whole = sum(unit.read(named("bus[", ".out.p_mw")))
    assert abs(sum(unit.read(zones)) - whole) < 1e-9 and whole > 0.5
    before = unit.run(HOUR, 900.0).read(buses)
    assert all(0.85 < v < 1.1 for v in before), before
    unit.fmu.setFloat64([unit.numbers["substation.in.vm_pu"]], [0.97])
    after = unit.run(2 * HOUR, 900.0).read(buses)
    assert abs(after[0] - 0.97) < 1e-9 and max(after) < max(before), after
    unit.end()


def main(home):
    units = [home / "park2.fmu", home / "park3.fmu"]
    folders = [home / "two", home / "three"]
    for unit, folder in zip(units, folders):
        check_valid(unit)
        extract(str(unit), str(folder))
    check_valid(home / "feeder3.fmu")
    extract(str(home / "feeder3.fmu"), str(home / "feeder"))
    check_feeder(home / "feeder")
    check_steps(units)
    check_alike(folders)
    for folder, name in zip(folders, ["two", "three"]):
        check_going_back(folder)
        check_second_process(folder)
        check_instances(folder)
        check_refusals(folder, name)
        check_end(folder)
        check_tables(folder, home / f"tables-{name}")
        check_given(folder, home / f"given-{name}")
    print("units: fine")


if __name__ == "__main__":
    os.environ.setdefault("TMPDIR", "/tmp")
    if sys.argv[1] == "--go-on":
        go_on(*sys.argv[2:])
    else:
        main(pathlib.Path(sys.argv[1]).resolve())
