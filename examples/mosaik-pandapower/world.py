"""A park behind a weak feeder: mosaik drives gridflock, a price list and pandapower for a day.

    pip install "mosaik==3.6.*" "pandapower==3.*"
    python world.py [--gridflock PATH] [--output DIR] [--hours 24]

The park draws power, pandapower says what voltage is left at its connection, and the chargers answer that
voltage a quarter of an hour later. README.md tells the rest.
"""

import argparse

import mosaik
import mosaik_api_v3
import pandapower as pp

PERIOD_S = 900
# A stack of hourly day-ahead prices [CNY/kWh].
PRICES = [0.35] * 7 + [0.70] * 3 + [1.10] * 4 + [0.70] * 4 + [1.20] * 4 + [0.35] * 2


class Prices(mosaik_api_v3.Simulator):
    """What grid energy costs, hour by hour."""

    def __init__(self):
        models = {"Price": {"public": True, "params": [], "attrs": ["price"]}}
        super().__init__({"type": "time-based", "models": models})

    def init(self, sid, time_resolution=1.0):
        return self.meta

    def create(self, num, model):
        return [{"eid": f"price_{i}", "type": model} for i in range(num)]

    def step(self, time, inputs, max_advance):
        self.price = PRICES[time // 3600 % 24]
        return time + 3600

    def get_data(self, outputs):
        return {eid: {"price": self.price} for eid in outputs}


class Grid(mosaik_api_v3.Simulator):
    """A 10 kV feeder of 3 km with a village half-way and the park at its end."""

    def __init__(self):
        models = {"Bus": {"public": True, "params": [], "attrs": ["p_mw", "q_mvar", "vm_pu"]}}
        super().__init__({"type": "time-based", "models": models})

    def init(self, sid, time_resolution=1.0):
        self.net = pp.create_empty_network()
        source, village, park = (pp.create_bus(self.net, vn_kv=10.0) for _ in range(3))
        pp.create_ext_grid(self.net, source, vm_pu=1.0)
        for a, b in [(source, village), (village, park)]:
            pp.create_line_from_parameters(self.net, a, b, 1.5, 0.64, 0.35, 0.0, 0.3)
        pp.create_load(self.net, village, p_mw=0.8, q_mvar=0.3)
        self.load, self.park = pp.create_load(self.net, park, p_mw=0.0, q_mvar=0.0), park
        return self.meta

    def create(self, num, model):
        assert num == 1, "the feeder has one connection to give away"
        return [{"eid": "park", "type": model}]

    def step(self, time, inputs, max_advance):
        for attribute, sources in inputs.get("park", {}).items():
            self.net.load.loc[self.load, attribute] = sum(sources.values())
        pp.runpp(self.net, numba=False)
        return time + PERIOD_S

    def get_data(self, outputs):
        return {"park": {"vm_pu": float(self.net.res_bus.vm_pu[self.park])}}


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--gridflock", default="gridflock", help="the program")
    parser.add_argument("--output", default="output/mosaik-pandapower", help="where the tables go")
    parser.add_argument("--hours", type=int, default=24)
    arguments = parser.parse_args()
    command = f"{arguments.gridflock} cosim mosaik --overwrite -o {arguments.output} %(addr)s"
    config = {
        "Gridflock": {"cmd": command},
        "Prices": {"python": f"{__name__}:Prices"},
        "Grid": {"python": f"{__name__}:Grid"},
    }
    with mosaik.World(config) as world:
        overrides = {
            "access.voltage_response.full_pu": 0.97,
            "access.voltage_response.off_pu": 0.90,
            "series.load.power_factor": 0.95,
        }
        park = world.start("Gridflock").Zone(scenario="park", zone=1, seed=1, overrides=overrides)
        prices, grid = world.start("Prices").Price(), world.start("Grid").Bus()
        world.connect(prices, park, "price")
        world.connect(park, grid, "p_mw", "q_mvar")
        # The voltage of a quarter of an hour ago: without a shift the two would wait for each other.
        world.connect(grid, park, "vm_pu", time_shifted=True, initial_data={"vm_pu": 1.0})
        world.run(until=3600 * arguments.hours, print_progress=False)


if __name__ == "__main__":
    main()
