"""Solves the network of a feeder's run again with power-grid-model (and pandapower), from the powers in `voltages.parquet`.

    python check_voltages.py output/feeder-1 [--periods 24]

IEEE 33 only. Voltages must agree to 1e-8 p.u. and angles to 1e-8 rad. Prints one line per program, PASS or FAIL with the worst deviation;
what is not installed is skipped with a word. Exits 1 if any fails.
"""

import argparse
import csv
import pathlib
import sys

try:
    import numpy as np
    import pyarrow.parquet as pq
except ImportError:
    print("skipped: numpy or pyarrow is not installed (pip install numpy pyarrow)")
    sys.exit(0)

DATA = pathlib.Path(__file__).resolve().parents[2] / "crates" / "grid" / "data" / "ieee33"
KV, TOLERANCE = 12.66, 1e-8


def network():
    buses = [int(b["bus"]) for b in csv.DictReader((DATA / "buses.csv").open())]
    branches = [b for b in csv.DictReader((DATA / "branches.csv").open()) if b["status"] == "1"]
    return buses, [(int(b["from"]), int(b["to"]), float(b["r_ohm"]), float(b["x_ohm"])) for b in branches]


def with_power_grid_model(buses, branches, p_kw, q_kvar):
    """Voltages [p.u.] and angles [rad], one row per period."""
    from power_grid_model import CalculationMethod, LoadGenType, PowerGridModel, initialize_array

    node = initialize_array("input", "node", len(buses))
    node["id"], node["u_rated"] = buses, 1e3 * KV
    line = initialize_array("input", "line", len(branches))
    line["id"] = 1000 + np.arange(len(branches))
    line["from_node"], line["to_node"] = [b[0] for b in branches], [b[1] for b in branches]
    line["from_status"] = line["to_status"] = 1
    line["r1"], line["x1"] = [b[2] for b in branches], [b[3] for b in branches]
    line["c1"] = line["tan1"] = 0.0
    line["i_n"] = 1000.0
    load = initialize_array("input", "sym_load", len(buses))
    load["id"], load["node"], load["status"], load["type"] = 2000 + np.arange(len(buses)), buses, 1, LoadGenType.const_power
    source = initialize_array("input", "source", 1)
    source["id"], source["node"], source["status"], source["u_ref"], source["sk"] = 3000, buses[0], 1, 1.0, 1e40
    rows = []
    for p, q in zip(p_kw, q_kvar):
        load["p_specified"], load["q_specified"] = 1e3 * p, 1e3 * q
        # The source would carry the load of its own bus.
        load["p_specified"][0] = load["q_specified"][0] = 0.0
        model = PowerGridModel({"node": node, "line": line, "sym_load": load, "source": source})
        out = model.calculate_power_flow(calculation_method=CalculationMethod.newton_raphson, error_tolerance=1e-12)["node"]
        rows.append((out["u_pu"], out["u_angle"] - out["u_angle"][0]))
    return rows


def with_pandapower(buses, branches, p_kw, q_kvar):
    import pandapower as pp

    rows = []
    for p, q in zip(p_kw, q_kvar):
        net = pp.create_empty_network(sn_mva=1.0)
        at = {bus: pp.create_bus(net, KV) for bus in buses}
        pp.create_ext_grid(net, at[buses[0]], vm_pu=1.0)
        for a, b, r, x in branches:
            pp.create_line_from_parameters(net, at[a], at[b], 1.0, r, x, 0.0, 10.0)
        for bus, p_bus, q_bus in list(zip(buses, p, q))[1:]:
            pp.create_load(net, at[bus], p_bus / 1e3, q_bus / 1e3)
        pp.runpp(net, tolerance_mva=1e-11, init="flat")
        rows.append((net.res_bus.vm_pu.to_numpy(), np.radians(net.res_bus.va_degree.to_numpy())))
    return rows


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("directory", type=pathlib.Path, help="directory of a run of a feeder on IEEE 33")
    parser.add_argument("--periods", type=int, default=24, help="how many periods from the first on")
    arguments = parser.parse_args()
    table = pq.read_table(arguments.directory / "voltages.parquet").to_pandas().sort_values(["period_start", "bus_id"])
    buses, branches = network()
    column = lambda name: table[name].to_numpy().reshape(-1, len(buses))[: arguments.periods]
    failed = 0
    for name, solve in [("power-grid-model", with_power_grid_model), ("pandapower", with_pandapower)]:
        try:
            rows = solve(buses, branches, column("p_kw"), column("q_kvar"))
        except ImportError:
            print(f"skipped: {name} is not installed")
            continue
        worst_v = max(np.abs(v - ours).max() for (v, _), ours in zip(rows, column("v_pu")))
        worst_a = max(np.abs(a - ours).max() for (_, a), ours in zip(rows, column("angle_rad")))
        ok = worst_v < TOLERANCE and worst_a < TOLERANCE
        failed += not ok
        print(f"{'PASS' if ok else 'FAIL'}  {name}: {len(rows)} periods, voltages to {worst_v:.1e} p.u., angles to {worst_a:.1e} rad")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
