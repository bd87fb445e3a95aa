"""power-grid-model on the loads of benches/powerflow.rs: IEEE 33, batch, one thread, node results only.

usage: peer_power_grid_model.py SCENARIOS TOLERANCE
Prints one line per method: rate <tab> method <tab> flows per second <tab> sum of all voltage magnitudes. Says so and exits
where power-grid-model is not installed.
"""

import csv
import sys
import time
from pathlib import Path

try:
    import numpy as np
    from power_grid_model import CalculationMethod, LoadGenType, PowerGridModel, initialize_array
except ImportError:
    print("skipped: power-grid-model is not installed")
    sys.exit(0)

RUNS = 7
DATA = Path(__file__).parents[1] / "crates" / "grid" / "data" / "ieee33"


def model_and_load():
    buses = list(csv.DictReader((DATA / "buses.csv").open()))
    branches = [b for b in csv.DictReader((DATA / "branches.csv").open()) if b["status"] == "1"]
    node = initialize_array("input", "node", len(buses))
    node["id"] = [int(b["bus"]) for b in buses]
    node["u_rated"] = 12660.0
    line = initialize_array("input", "line", len(branches))
    line["id"] = [100 + int(b["branch"]) for b in branches]
    line["from_node"] = [int(b["from"]) for b in branches]
    line["to_node"] = [int(b["to"]) for b in branches]
    line["from_status"] = line["to_status"] = 1
    line["r1"] = [float(b["r_ohm"]) for b in branches]
    line["x1"] = [float(b["x_ohm"]) for b in branches]
    line["c1"] = line["tan1"] = 0.0
    line["i_n"] = 1000.0
    load = initialize_array("input", "sym_load", len(buses))
    load["id"] = [200 + int(b["bus"]) for b in buses]
    load["node"] = node["id"]
    load["status"] = 1
    load["type"] = LoadGenType.const_power
    load["p_specified"] = [1e3 * float(b["p_kw"]) for b in buses]
    load["q_specified"] = [1e3 * float(b["q_kvar"]) for b in buses]
    source = initialize_array("input", "source", 1)
    source["id"], source["node"], source["status"], source["u_ref"], source["sk"] = 999, 1, 1, 1.0, 1e40
    return PowerGridModel({"node": node, "line": line, "sym_load": load, "source": source}), load


def main():
    scenarios, tolerance = int(sys.argv[1]), float(sys.argv[2])
    model, load = model_and_load()
    # The same sequence as `factor` in powerflow.rs.
    at = np.arange(scenarios * len(load), dtype=np.float64).reshape(scenarios, len(load))
    factor = 0.2 + np.modf(at * 0.6180339887498949)[0]
    update = initialize_array("update", "sym_load", factor.shape)
    update["id"] = load["id"]
    update["p_specified"] = load["p_specified"] * factor
    update["q_specified"] = load["q_specified"] * factor
    for method in (CalculationMethod.newton_raphson, CalculationMethod.iterative_current):
        best = float("inf")
        for _ in range(RUNS):
            start = time.perf_counter()
            result = model.calculate_power_flow(
                update_data={"sym_load": update},
                calculation_method=method,
                error_tolerance=tolerance,
                threading=-1,
                output_component_types=["node"],
            )
            best = min(best, time.perf_counter() - start)
        print("rate", method.name, scenarios / best, result["node"]["u_pu"].sum(), sep="\t")


main()
