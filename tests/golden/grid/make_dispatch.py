"""Makes dispatch_evening.json, dispatch_surplus.json, dispatch_tou.json: small network dispatches solved independently.

The formulation shares nothing with the `grid` crate: full AC equations at the buses (rectangular voltages, admittance matrix, no
relaxation), the carbon cost as tiers filled in order, written in CasADi and solved by IPOPT. A local optimum of these equations that
equals the optimum of a convex relaxation is the global one.

Run from this folder: python make_dispatch.py   (needs numpy and casadi; made with casadi 3.8.2)
"""

import csv
import json
from pathlib import Path

import casadi as ca
import numpy as np

HERE = Path(__file__).parent
DATA = HERE.parents[2] / "crates" / "grid" / "data" / "ieee33"
BUSES = list(csv.DictReader((DATA / "buses.csv").open()))
BRANCHES = [b for b in csv.DictReader((DATA / "branches.csv").open()) if b["status"] == "1"]
N = len(BUSES)
P_NOM = np.array([float(b["p_kw"]) for b in BUSES]) / 1e3
Q_NOM = np.array([float(b["q_kvar"]) for b in BUSES]) / 1e3
Z_BASE = 12.66**2  # ohm on 1 MVA

PRICES = dict(
    demand_cny_per_kva_month=32.0, power_factor=0.85, days_per_month=30.0, curtailment=0.1, wear=0.05, loss=0.35,
    voltage_cny_per_pu2_h=20000.0, vmin=0.95, vmax=1.05, efficiency=0.95,
)
CARBON = dict(price=0.2, growth=0.25, step_kg_per_h=50000 / 720, quota=0.7, share=0.476, thermal=0.55, diesel=0.49)
PV = {2: 550, 4: 200, 6: 300, 7: 200, 11: 200, 13: 200, 15: 100, 18: 100, 23: 650, 26: 350, 29: 400, 31: 250, 32: 100}


def pv_shape(hour):
    return max(0.0, np.cos(np.pi * (hour - 12.5) / 13)) ** 1.3 if abs(hour - 12.5) < 6.5 else 0.0


def instance(name, hours, dt, load, pv_scale, stores, purchase, basis, diesel_mode, capacitors):
    return dict(
        name=name, periods=len(hours), period_h=dt, load_factor=load,
        renewables=[dict(bus=b, kind="pv", available_kw=[round(kw * pv_scale * pv_shape(h + dt / 2), 3) for h in hours]) for b, kw in PV.items()]
        + [dict(bus=33, kind="wind", available_kw=[round(200 * (0.5 + 0.2 * np.cos(h / 24 * 2 * np.pi)), 3) for h in hours])],
        diesel=dict(bus=3, power_kw=200.0, cost=0.685125, mode=diesel_mode),
        zones=[
            dict(zone=1, shares=[[19, 0.25], [21, 0.25], [23, 0.5]]),
            dict(zone=2, shares=[[8, 0.2], [14, 0.5], [17, 0.3]]),
            dict(zone=3, shares=[[25, 0.4], [30, 0.4], [32, 0.2]]),
        ],
        stores=stores, purchase=purchase, carbon_basis=basis, capacitors=capacitors,
        tou=[0.35 if h < 7 or h >= 23 else 1.09 if 11 <= h < 16 or 19 <= h < 23 else 0.68 for h in hours],
    )


def store(split, first, power, v2g, start, target, floor=0.0, capacity=1e6):
    return dict(split=split, first=first, power_kw=power, v2g=v2g, start_kwh=start, target_kwh=target, floor_kwh=floor, capacity_kwh=capacity)


def solve(case):
    opti = ca.Opti()
    T, dt = case["periods"], case["period_h"]
    Y = np.zeros((N, N), complex)
    for b in BRANCHES:
        i, j = int(b["from"]) - 1, int(b["to"]) - 1
        y = Z_BASE / complex(float(b["r_ohm"]), float(b["x_ohm"]))
        Y[i, i] += y
        Y[j, j] += y
        Y[i, j] -= y
        Y[j, i] -= y
    G, B = ca.DM(Y.real), ca.DM(Y.imag)
    # EVs
    ev = {z["zone"]: [0] * T for z in case["zones"]}
    cost = 0
    for s in case["stores"]:
        w = len(s["power_kw"])
        c = opti.variable(w)
        d = opti.variable(w) if s["v2g"] else ca.DM.zeros(w)
        power = np.array(s["power_kw"]) / 1e3
        opti.subject_to(c >= 0)
        energy = s["start_kwh"] / 1e3
        if s["v2g"]:
            opti.subject_to(d >= 0)
            opti.subject_to(c + d <= power)
            cost += PRICES["wear"] * dt * ca.sum1(d)
        else:
            opti.subject_to(c <= power)
        for k in range(w):
            energy = energy + dt * (PRICES["efficiency"] * c[k] - d[k] / PRICES["efficiency"])
            if s["v2g"] and k < w - 1:
                opti.subject_to(opti.bounded(s["floor_kwh"] / 1e3, energy, s["capacity_kwh"] / 1e3))
            for zone, share in s["split"]:
                ev[zone][(s["first"] + k) % T] += share * (c[k] - d[k])
        opti.subject_to(energy == s["target_kwh"] / 1e3)
    # Network, period by period
    imports, loss_total, curtailed, net_carbon = [], 0, 0, []
    for t in range(T):
        e, f = opti.variable(N), opti.variable(N)
        opti.set_initial(e, 1)
        opti.subject_to(e[0] == 1)
        opti.subject_to(f[0] == 0)
        ir, ii = G @ e - B @ f, B @ e + G @ f
        p_inj, q_inj = e * ir + f * ii, f * ir - e * ii
        imp, q_imp = opti.variable(), opti.variable()
        opti.subject_to(imp >= 0)
        p = [case["load_factor"][t] * P_NOM[b] for b in range(N)]
        q = [case["load_factor"][t] * Q_NOM[b] for b in range(N)]
        renewables = 0
        for r in case["renewables"]:
            if r["available_kw"][t] > 0:
                u = opti.variable()
                opti.subject_to(opti.bounded(0, u, r["available_kw"][t] / 1e3))
                p[r["bus"] - 1] -= u
                renewables += u
                curtailed += dt * (r["available_kw"][t] / 1e3 - u)
        g = case["diesel"]
        if g["mode"] == "must_run":
            diesel = g["power_kw"] / 1e3
        else:
            diesel = opti.variable()
            opti.subject_to(opti.bounded(0, diesel, g["power_kw"] / 1e3))
        p[g["bus"] - 1] -= diesel
        cost += g["cost"] * dt * diesel
        for bank in case["capacitors"]:
            q[bank["bus"] - 1] -= bank["steps"][t] * bank["step_kvar"] / 1e3
        for z in case["zones"]:
            for bus, share in z["shares"]:
                p[bus - 1] += share * ev[z["zone"]][t]
        p[0] -= imp
        q[0] -= q_imp
        opti.subject_to(p_inj == -ca.vertcat(*p))
        opti.subject_to(q_inj == -ca.vertcat(*q))
        below, above = opti.variable(), opti.variable()
        opti.subject_to(below >= 0)
        opti.subject_to(above >= 0)
        v2 = e**2 + f**2
        opti.subject_to(v2[1:] + below >= PRICES["vmin"] ** 2)
        opti.subject_to(v2[1:] - above <= PRICES["vmax"] ** 2)
        cost += PRICES["voltage_cny_per_pu2_h"] / 1e3 * dt * (below + above)
        # What goes in and does not come out is lost.
        loss_total += dt * ca.sum1(p_inj)
        imports.append(imp)
        net_carbon.append(dt * (CARBON["diesel"] * diesel + CARBON["share"] * CARBON["thermal"] * imp - CARBON["quota"] * (diesel + renewables)))

    def carbon_cost(net, hours):
        step = CARBON["step_kg_per_h"] / 1e3 * hours
        tiers = opti.variable(3)
        opti.subject_to(tiers >= 0)
        opti.subject_to(tiers[:2] <= step)
        opti.subject_to(ca.sum1(tiers) >= net)
        k = CARBON["growth"]
        return CARBON["price"] * (tiers[0] + (1 + k) * tiers[1] + (1 + 2 * k) * tiers[2])

    if case["carbon_basis"] == "day":
        carbon = carbon_cost(sum(net_carbon), 24.0)
    else:
        carbon = sum(carbon_cost(net, dt) for net in net_carbon)
    if case["purchase"] == "capacity":
        peak = opti.variable()
        for imp in imports:
            opti.subject_to(imp <= peak)
        cost += PRICES["demand_cny_per_kva_month"] / PRICES["power_factor"] / PRICES["days_per_month"] * peak
    else:
        cost += sum(price * dt * imp for price, imp in zip(case["tou"], imports))
    cost += carbon + PRICES["curtailment"] * curtailed + PRICES["loss"] * loss_total
    opti.minimize(cost)
    opti.solver("ipopt", {"print_time": False}, {"print_level": 0, "tol": 1e-10, "max_iter": 2000})
    solution = opti.solve()
    case["result"] = dict(
        objective_cny=round(1e3 * solution.value(cost), 6),
        carbon_cny=round(1e3 * solution.value(carbon), 6),
        curtailed_kwh=round(1e3 * solution.value(curtailed), 6),
        loss_kwh=round(1e3 * solution.value(loss_total), 6),
        import_kw=[round(1e3 * solution.value(i), 6) for i in imports],
    )
    (HERE / f"dispatch_{case['name']}.json").write_text(json.dumps(case, indent=1) + "\n")
    print(case["name"], case["result"])


def steps(bus, count):
    return dict(bus=bus, step_kvar=150.0, steps=count)


EVS = [
    store([[1, 1.0]], 5, [700.0, 1400, 1400, 900], False, 2000.0, 4500.0),
    store([[2, 1.0]], 6, [400.0, 900, 900, 500], True, 3000.0, 4200.0, 900.0, 4600.0),
    store([[3, 0.7], [2, 0.3]], 2, [300.0, 600, 450], False, 1000.0, 2000.0),
    store([[3, 1.0]], 5, [500.0, 1100, 1100, 1000, 400], True, 3600.0, 5000.0, 1200.0, 5600.0),
]
HOURS = [0, 3, 6, 9, 12, 15, 18, 21]
LOAD = [0.20, 0.20, 0.29, 0.41, 0.46, 0.40, 0.43, 0.39]
CAPS = [steps(13, [1, 1, 1, 2, 2, 2, 2, 2]), steps(30, [2, 2, 3, 4, 4, 4, 4, 4])]

solve(instance("evening", HOURS, 3.0, LOAD, 0.5, EVS, "capacity", "period", "must_run", CAPS))
solve(instance("surplus", HOURS, 3.0, [round(0.6 * x, 4) for x in LOAD], 1.3, EVS[2:3], "capacity", "period", "must_run", CAPS[:1]))
solve(instance("tou", HOURS, 3.0, LOAD, 0.8, EVS, "tou", "day", "free", CAPS))
