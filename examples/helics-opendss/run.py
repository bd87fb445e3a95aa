"""A park at the end of a distribution line: gridflock and OpenDSS in one HELICS federation.

Every 15 min gridflock publishes what the park takes, OpenDSS solves the line and publishes the
voltage at the park's bus, and below 0.95 p.u. the park's chargers take less.

    pip install helics OpenDSSDirect.py
    python run.py [--gridflock PATH] [-o DIR]
"""

import argparse
import os
import pathlib
import shutil
import subprocess
import sys

import helics as h
import opendssdirect as dss

STEP = 900
PORT = 24610
CIRCUIT = """
clear
new circuit.town basekv=10 pu=1.0 phases=3 bus1=substation
new linecode.cable nphases=3 r1=0.32 x1=0.11 r0=0.32 x0=0.11 c1=0 c0=0 units=km
new line.west bus1=substation bus2=middle linecode=cable length=6 units=km
new line.east bus1=middle bus2=park linecode=cable length=6 units=km
new load.town bus1=middle phases=3 kv=10 kw=1500 kvar=500 model=1 vminpu=0.5
new load.park bus1=park phases=3 kv=10 kw=0 kvar=0 model=1 vminpu=0.5
set voltagebases=[10]
calcvoltagebases
"""


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--gridflock", default=shutil.which("gridflock") or "gridflock")
    parser.add_argument("-o", "--output", default="output/park-opendss")
    args = parser.parse_args()

    broker = h.helicsCreateBroker("tcp_ss", "", f"-f 2 --port={PORT}")
    library = pathlib.Path(h.__file__).parent / "install/lib64"
    park = subprocess.Popen(
        [args.gridflock, "cosim", "helics", "park", "--zone", "1", "--name", "park",
         "--set", "access.voltage_response.full_pu=0.95",
         "--set", "access.voltage_response.off_pu=0.90",
         "--core", "tcp_ss", "--broker", f"127.0.0.1:{PORT}", "--partner", "line",
         "-o", args.output, "--overwrite"],
        env={**os.environ, "HELICS_LIB": str(library)}, stdout=subprocess.DEVNULL)
    volts = line()
    code = park.wait()
    h.helicsBrokerDisconnect(broker)
    print(f"{len(volts)} power flows, voltage at the park {min(volts):.4f} to {max(volts):.4f} p.u.")
    print(f"tables of the park: {args.output}")
    sys.exit(code)


def line():
    """OpenDSS as a federate: powers in, voltage out."""
    for command in CIRCUIT.strip().splitlines():
        dss.Text.Command(command)
    info = h.helicsCreateFederateInfo()
    h.helicsFederateInfoSetCoreTypeFromString(info, "tcp_ss")
    h.helicsFederateInfoSetCoreInitString(info, f"--federates=1 --broker_address=127.0.0.1:{PORT}")
    h.helicsFederateInfoSetFlagOption(info, h.HELICS_FLAG_UNINTERRUPTIBLE, True)
    fed = h.helicsCreateCombinationFederate("line", info)
    voltage = h.helicsFederateRegisterGlobalTypePublication(fed, "GRID/vm_pu[1]", "double", "")
    p = h.helicsFederateRegisterSubscription(fed, "park/p_mw[1]", "")
    q = h.helicsFederateRegisterSubscription(fed, "park/q_mvar[1]", "")
    h.helicsFederateEnterExecutingMode(fed)
    volts = []
    for period in range(1, 24 * 3600 // STEP):
        h.helicsFederateRequestTime(fed, period * STEP)
        dss.Loads.Name("park")
        dss.Loads.kW(1000 * h.helicsInputGetDouble(p))
        dss.Loads.kvar(1000 * h.helicsInputGetDouble(q))
        dss.Solution.Solve()
        if not dss.Solution.Converged():
            h.helicsFederateGlobalError(fed, 1, "line: the power flow does not converge")
            break
        dss.Circuit.SetActiveBus("park")
        seen = dss.Bus.puVmagAngle()[::2]
        volts.append(sum(seen) / len(seen))
        h.helicsPublicationPublishDouble(voltage, volts[-1])
    h.helicsFederateDisconnect(fed)
    return volts


if __name__ == "__main__":
    main()
