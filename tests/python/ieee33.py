"""IEEE 33 by other programs: net consumption by bus in, voltages out."""

import csv
import pathlib

CASE = pathlib.Path(__file__).resolve().parents[2] / "crates/grid/data/ieee33"


def read(name):
    return list(csv.DictReader((CASE / name).open()))


class Network:
    """The buses and the branches that are closed."""

    def __init__(self):
        self.buses = [int(b["bus"]) for b in read("buses.csv")]
        self.branches = [
            (int(b["from"]), int(b["to"]), float(b["r_ohm"]), float(b["x_ohm"]))
            for b in read("branches.csv")
            if b["status"] == "1"
        ]


class Pandapower(Network):
    def __init__(self):
        super().__init__()
        import pandapower as pp

        self.pp, self.net = pp, pp.create_empty_network(sn_mva=1.0)
        self.at = {bus: pp.create_bus(self.net, 12.66) for bus in self.buses}
        pp.create_ext_grid(self.net, self.at[1], vm_pu=1.0)
        for a, b, r, x in self.branches:
            pp.create_line_from_parameters(self.net, self.at[a], self.at[b], 1.0, r, x, 0.0, 10.0)
        self.load = {bus: pp.create_load(self.net, self.at[bus], 0.0, 0.0) for bus in self.buses[1:]}

    def solve(self, p_mw, q_mvar, substation=1.0):
        self.net.ext_grid.vm_pu = substation
        for bus, load in self.load.items():
            self.net.load.at[load, "p_mw"], self.net.load.at[load, "q_mvar"] = p_mw[bus], q_mvar[bus]
        self.pp.runpp(self.net, tolerance_mva=1e-11, init="flat", numba=False)
        return {bus: float(self.net.res_bus.vm_pu[at]) for bus, at in self.at.items()}


class OpenDss(Network):
    def __init__(self):
        super().__init__()
        import opendssdirect as dss

        self.dss = dss
        tell = dss.Text.Command
        tell("Clear")
        tell("New Circuit.ieee33 basekv=12.66 pu=1.0 phases=3 bus1=b1 R1=0 X1=1e-7 R0=0 X0=1e-7")
        for i, (a, b, r, x) in enumerate(self.branches):
            tell(f"New Line.l{i} bus1=b{a} bus2=b{b} phases=3 r1={r} x1={x} r0={r} x0={x} c1=0 c0=0 length=1 units=none")
        for bus in self.buses[1:]:
            tell(f"New Load.d{bus} bus1=b{bus} phases=3 kV=12.66 kW=0 kvar=0 model=1 vminpu=0.5 vmaxpu=1.5")
        tell("Set VoltageBases=[12.66]")
        tell("CalcVoltageBases")
        tell("Set tolerance=1e-11")
        tell("Set maxiterations=1000")

    def solve(self, p_mw, q_mvar, substation=1.0):
        self.dss.Text.Command(f"Edit Vsource.source pu={substation!r}")
        for bus in self.buses[1:]:
            self.dss.Text.Command(f"Edit Load.d{bus} kW={p_mw[bus] * 1e3!r} kvar={q_mvar[bus] * 1e3!r}")
        self.dss.Solution.Solve()
        assert self.dss.Solution.Converged()
        found = {}
        for bus in self.buses:
            self.dss.Circuit.SetActiveBus(f"b{bus}")
            found[bus] = self.dss.Bus.puVmagAngle()[0]
        return found


SOLVERS = {"Pandapower": Pandapower, "OpenDss": OpenDss}
