"""Makes random_loads.csv: random loads and generation on IEEE 33, solved by power-grid-model (Newton-Raphson, 1e-12 p.u.).

Run from this folder: python make_random_loads.py   (needs numpy and power-grid-model; made with 1.12.110)
"""

import csv
from pathlib import Path

import numpy as np
from power_grid_model import CalculationMethod, LoadGenType, PowerGridModel, initialize_array

CASES = 20
DATA = Path(__file__).parents[3] / "crates" / "grid" / "data" / "ieee33"

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
load["p_specified"] = load["q_specified"] = 0.0
source = initialize_array("input", "source", 1)
source["id"], source["node"], source["status"], source["u_ref"], source["sk"] = 999, 1, 1, 1.0, 1e40
model = PowerGridModel({"node": node, "line": line, "sym_load": load, "source": source})

random = np.random.default_rng(20_251_107)
nominal_p = np.array([float(b["p_kw"]) for b in buses])
nominal_q = np.array([float(b["q_kvar"]) for b in buses])
# From light load to 1.6 times nominal, and up to 400 kW of generation at each of eight buses in every second case.
p_kw = np.round(nominal_p * random.uniform(0.1, 1.6, (CASES, len(buses))), 3)
q_kvar = np.round(nominal_q * random.uniform(-0.3, 1.3, (CASES, len(buses))), 3)
for case in range(0, CASES, 2):
    at = random.choice(np.arange(1, len(buses)), 8, replace=False)
    p_kw[case, at] -= np.round(random.uniform(0.0, 400.0, 8), 3)
p_kw[:, 0] = q_kvar[:, 0] = 0.0

update = initialize_array("update", "sym_load", (CASES, len(buses)))
update["id"] = load["id"]
update["p_specified"] = p_kw * 1e3
update["q_specified"] = q_kvar * 1e3
result = model.calculate_power_flow(
    update_data={"sym_load": update},
    calculation_method=CalculationMethod.newton_raphson,
    error_tolerance=1e-12,
)["node"]

with (Path(__file__).parent / "random_loads.csv").open("w", newline="") as file:
    out = csv.writer(file, lineterminator="\n")
    out.writerow(["case", "bus", "p_kw", "q_kvar", "vm_pu", "va_degree"])
    for case in range(CASES):
        for k, bus in enumerate(node["id"]):
            u, angle = result["u_pu"][case, k], np.degrees(result["u_angle"][case, k])
            out.writerow([case, bus, f"{p_kw[case, k]:.3f}", f"{q_kvar[case, k]:.3f}", f"{u:.12f}", f"{angle:.10f}"])
