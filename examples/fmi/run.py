"""A park as a functional mock-up unit under fmpy, with a price that answers its consumption.

    pip install fmpy
    python run.py

makes park-small.fmu with `gridflock` (or $GRIDFLOCK), steps it through a day twice, once left to
itself and once under a grid price that rises with what the park took in the quarter of an hour
before, and prints both.
"""

import os
import pathlib
import shutil
import subprocess
import sys
import tempfile

from fmpy import extract, read_model_description
from fmpy.fmi3 import FMU3Slave

STEP, DAY = 900.0, 86_400.0


def gridflock():
    """The program: $GRIDFLOCK, the one on the path, or built here."""
    found = os.environ.get("GRIDFLOCK") or shutil.which("gridflock")
    return [found] if found else ["cargo", "run", "--release", "--quiet", "--"]


class Park:
    """One instance of the unit."""

    def __init__(self, folder, name):
        description = read_model_description(folder)
        self.numbers = {v.name: v.valueReference for v in description.modelVariables}
        self.fmu = FMU3Slave(guid=description.guid, unzipDirectory=folder, instanceName=name,
                             modelIdentifier=description.coSimulation.modelIdentifier)
        self.fmu.instantiate()
        self.fmu.enterInitializationMode(startTime=0.0, stopTime=DAY)
        self.fmu.exitInitializationMode()

    def read(self, output):
        return self.fmu.getFloat64([self.numbers[f"zone[1].out.{output}"]])[0]

    def set(self, given, value):
        self.fmu.setFloat64([self.numbers[f"zone[1].in.{given}"]], [value])

    def step(self, time):
        self.fmu.doStep(currentCommunicationPoint=time, communicationStepSize=STEP)

    def end(self):
        self.fmu.terminate()
        self.fmu.freeInstance()


def day(folder, answered):
    """Steps a day; the mean price that was published and the energy that was taken."""
    park = Park(folder, "answered" if answered else "alone")
    published = 0.0
    for quarter in range(96):
        if answered:
            # 0.5 CNY/kWh, and 0.1 more for each 100 kW that were taken from the grid.
            park.set("price", 0.5 + 0.001 * max(0.0, park.read("p_kw")))
        park.step(quarter * STEP)
        published += park.read("reservation_price") / 96
    energy = park.read("energy_kwh")
    park.end()
    return published, energy


def main():
    with tempfile.TemporaryDirectory() as home:
        unit = pathlib.Path(home) / "park-small.fmu"
        subprocess.run([*gridflock(), "cosim", "fmu", "park-small", "-o", str(unit)], check=True)
        folder = extract(str(unit), str(pathlib.Path(home) / "unit"))
        for words, answered in [("left to itself", False), ("under an answering price", True)]:
            published, energy = day(folder, answered)
            print(f"{words}: mean published price {published:.3f} CNY/kWh, {energy:.0f} kWh net")


if __name__ == "__main__":
    sys.exit(main())
