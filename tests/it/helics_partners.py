"""HELICS federations in which gridflock takes part; each function is one claim.

    python helics_partners.py CLAIM GRIDFLOCK FOLDER

The federates of partners are this file again, called with `grid` or `price`.
"""

import hashlib
import json
import os
import pathlib
import signal
import socket
import subprocess
import sys
import time

import helics as h

HERE = pathlib.Path(__file__).resolve()
CORE = "zmq"
ZONES = ["z1", "z2", "z3", "z4"]
SCENARIO = ["park-small", "--set", "zones=4"]


# Federates of partners.


def federate(name, broker):
    info = h.helicsCreateFederateInfo()
    h.helicsFederateInfoSetCoreTypeFromString(info, CORE)
    options = f"--federates=1 --broker_address={broker} --timeout=200s --loglevel=no_print"
    h.helicsFederateInfoSetCoreInitString(info, options)
    h.helicsFederateInfoSetFlagOption(info, h.HELICS_FLAG_UNINTERRUPTIBLE, True)
    return h.helicsCreateCombinationFederate(name, info)


def grid(broker, days, fault="none", at=1e9, mark=""):
    """A feeder with a bus for each zone: powers in, voltages out."""
    import pandapower as pp

    fed = federate("grid", broker)
    net = pp.create_empty_network()
    buses = [pp.create_bus(net, 12.66) for _ in range(len(ZONES) + 1)]
    pp.create_ext_grid(net, buses[0])
    for left, right in zip(buses, buses[1:]):
        pp.create_line_from_parameters(net, left, right, 1.0, 2.0, 1.0, 0, 1)
        pp.create_load(net, right, 0.0, 0.0)
    numbered = list(enumerate(ZONES, 1))
    vm = [h.helicsFederateRegisterGlobalTypePublication(fed, f"GRID/vm_pu[{k}]", "double", "")
          for k, _ in numbered]
    p = [h.helicsFederateRegisterSubscription(fed, f"{z}/p_mw[{k}]", "") for k, z in numbered]
    q = [h.helicsFederateRegisterSubscription(fed, f"{z}/q_mvar[{k}]", "") for k, z in numbered]
    h.helicsFederateEnterExecutingMode(fed)
    t = 0.0
    while t + 900 < float(days) * 86400:
        t = h.helicsFederateRequestTime(fed, t + 900)
        net.load.p_mw = [h.helicsInputGetDouble(x) for x in p]
        net.load.q_mvar = [h.helicsInputGetDouble(x) for x in q]
        pp.runpp(net, numba=False)
        volts = list(net.res_bus.vm_pu[1:])
        if t >= float(at) and fault != "none":
            pathlib.Path(mark).write_text(str(time.time()))
            if fault == "nan":
                volts[0] = float("nan")
            if fault == "error":
                h.helicsFederateGlobalError(fed, 9, "grid: the power flow found no solution")
                time.sleep(0.3)
                os._exit(9)
            if fault == "kill":
                os.kill(os.getpid(), signal.SIGKILL)
            if fault == "hang":
                time.sleep(600)
        for publication, value in zip(vm, volts):
            h.helicsPublicationPublishDouble(publication, value)
    h.helicsFederateDisconnect(fed)


def price(broker, days):
    """Reservation prices as messages to every zone, each hour others."""
    fed = federate("pricing", broker)
    endpoint = h.helicsFederateRegisterGlobalEndpoint(fed, "pricing/ep", "")
    h.helicsFederateEnterExecutingMode(fed)
    t, reports = 0.0, 0
    while True:
        for k, zone in enumerate(ZONES):
            value = {"reservation_price": 0.9 + 0.05 * ((int(t // 3600) * 7 + k) % 10)}
            h.helicsEndpointSendBytesTo(endpoint, json.dumps(value).encode(), f"{zone}/ep")
        if t + 3600 >= float(days) * 86400:
            break
        t = h.helicsFederateRequestTime(fed, t + 3600)
        while h.helicsEndpointHasMessage(endpoint):
            report = json.loads(h.helicsMessageGetString(h.helicsEndpointGetMessage(endpoint)))
            assert report["federate"] in ZONES and "p_mw" in report, report
            reports += 1
    assert reports >= len(ZONES) * 80, reports
    h.helicsFederateDisconnect(fed)


def solver(broker, kind):
    """IEEE 33 by another program, between the feeder's steps: the same voltages as the feeder's? One of
    the two holds the substation's voltage as well, and lowers it at noon."""
    sys.path.insert(0, str(HERE.parents[1] / "python"))
    import ieee33

    network = ieee33.SOLVERS[kind]()
    fed = federate(kind, broker)
    heard = {name: {bus: h.helicsFederateRegisterSubscription(fed, f"feeder/{name}[{bus}]", "")
                    for bus in network.buses} for name in ["p_mw", "q_mvar", "vm_pu"]}
    substation = None
    if kind == "Pandapower":
        substation = h.helicsFederateRegisterGlobalTypePublication(
            fed, "GRID/vm_pu[1]", "double", "")
    h.helicsFederateEnterExecutingMode(fed)
    worst, held = [], []
    for period in range(96):
        t = h.helicsFederateRequestTime(fed, 900 * period + 450)
        assert t == 900 * period + 450, t
        p, q, vm = ({bus: h.helicsInputGetDouble(x) for bus, x in heard[name].items()}
                    for name in ["p_mw", "q_mvar", "vm_pu"])
        assert len(set(p.values())) > 5 and min(vm.values()) > 0.8, (p, vm)
        theirs = network.solve(p, q, vm[1])
        worst.append(max(abs(theirs[bus] - vm[bus]) for bus in vm))
        held.append(vm[1])
        if substation and t in (450, 43650):
            h.helicsPublicationPublishDouble(substation, 1.0 if t == 450 else 0.98)
    h.helicsFederateDisconnect(fed)
    assert max(worst) < 1e-6, worst
    # What is said between two steps acts at the next one.
    assert held == [1.0] * 49 + [0.98] * 47, held
    print(f"{kind}: {len(worst)} periods, voltages to {max(worst):.1e} p.u.", file=sys.stderr)


def leaver(broker):
    """Says something once and goes."""
    fed = federate("leaver", broker)
    voltage = h.helicsFederateRegisterGlobalTypePublication(fed, "GRID/vm_pu[1]", "double", "")
    h.helicsFederateEnterExecutingMode(fed)
    h.helicsPublicationPublishDouble(voltage, 0.97)
    h.helicsFederateRequestTime(fed, 7200)
    h.helicsFederateDisconnect(fed)


# What the claims share.


def environment():
    package = pathlib.Path(h.__file__).parent
    return {**os.environ, "HELICS_LIB": str(package / "install/lib64")}


def port():
    with socket.socket() as s:
        s.bind(("127.0.0.1", 0))
        return s.getsockname()[1]


def broker(federates, options=""):
    number = port()
    made = h.helicsCreateBroker(
        CORE, f"broker-{number}", f"-f {federates} --port={number} --loglevel=no_print {options}")
    return made, f"127.0.0.1:{number}"


def member(gridflock, scenario, zones, name, address, *more):
    words = [gridflock, "cosim", "helics", *scenario, "--zone", zones, "--name", name,
             "--broker", address, "--core", CORE, "--quiet", "--timeout", "300s", *more]
    if "--timeout" in more:
        at = words.index("--timeout")
        del words[at:at + 2]
    return subprocess.Popen(words, env=environment(), stdout=subprocess.DEVNULL,
                            stderr=subprocess.PIPE, text=True)


def partner(*words):
    return subprocess.Popen([sys.executable, HERE, *map(str, words)], stdout=subprocess.DEVNULL,
                            stderr=subprocess.PIPE, text=True)


def ends(processes, seconds):
    """Exit codes and words of all; nobody may take longer."""
    until = time.time() + seconds
    said = []
    for process in processes:
        try:
            _, err = process.communicate(timeout=max(until - time.time(), 0.1))
        except subprocess.TimeoutExpired:
            for other in processes:
                other.kill()
            raise AssertionError(f"{process.args} still runs after {seconds} s") from None
        said.append((process.returncode, err))
    return said


def hashes(folder, leave_out=()):
    tables = sorted(pathlib.Path(folder).glob("*.parquet"))
    return {t.name: hashlib.sha256(t.read_bytes()).hexdigest() for t in tables
            if t.name not in leave_out}


def run(gridflock, scenario, folder, *more):
    subprocess.run([gridflock, "run", *scenario, "-o", folder, "--quiet", *more], check=True,
                   stdout=subprocess.DEVNULL)
    return hashes(folder)


# The claims.


def four_zones(gridflock, folder):
    """Four zones, pandapower and prices under one broker, and under a root with two brokers below
    it: the tables are those of one process that is given the same inputs."""
    found = []
    for name, below in [("one", 0), ("three", 2)]:
        everybody = len(ZONES) + 2
        root, address = broker(everybody)
        addresses = [address] * everybody
        brokers = [root]
        for k in range(below):
            sub, its = broker(everybody // 2, f"--broker_address={address}")
            brokers.append(sub)
            addresses[k::2] = [its] * (everybody // 2)
        joined = folder / name
        processes = [member(gridflock, SCENARIO, str(k + 1), zone, addresses[k], "-o",
                            str(joined), "--partner", "grid", "--partner", "pricing")
                     for k, zone in enumerate(ZONES)]
        processes += [partner("grid", addresses[4], 1), partner("price", addresses[5], 1)]
        said = ends(processes, 400)
        assert all(code == 0 for code, _ in said), said
        for made in reversed(brokers):
            h.helicsBrokerDisconnect(made)
        found.append(hashes(joined))
    assert found[0] == found[1], "one broker or three"
    assert "inputs.parquet" in found[0]
    inputs = folder / "one" / "inputs.parquet"
    again = run(gridflock, SCENARIO, folder / "again", "--inputs", inputs)
    assert again == found[0], differing(again, found[0])
    import pyarrow.parquet as pq

    names = set(pq.read_table(inputs)["name"].to_pylist())
    assert names == {"vm_pu", "reservation_price"}, names
    plain = run(gridflock, SCENARIO, folder / "plain")
    assert plain["reservations.parquet"] != again["reservations.parquet"], "inputs did nothing"


def ieee33(gridflock, folder):
    """A feeder, pandapower and OpenDSS in one federation: the same voltages at every period, and the
    run is repeated by what came."""
    made, address = broker(3)
    feeder = member(gridflock, ["feeder-small"], "1-5", "feeder", address, "-o",
                    str(folder / "joined"), "--partner", "Pandapower", "--partner", "OpenDss",
                    "--step", "15min")
    said = ends([feeder, *(partner("solver", address, kind) for kind in ["Pandapower", "OpenDss"])],
                400)
    h.helicsBrokerDisconnect(made)
    print(*(err for _, err in said), flush=True)
    assert all(code == 0 for code, _ in said), said
    inputs = folder / "joined" / "inputs.parquet"
    again = run(gridflock, ["feeder-small"], folder / "again", "--inputs", inputs)
    assert again == hashes(folder / "joined")


def differing(a, b):
    return sorted(name for name in a.keys() | b.keys() if a.get(name) != b.get(name))


def faults(gridflock, folder):
    """A failure anywhere ends every process with its reason, on an idle machine within ten seconds:
    an error that a partner tells, a value that cannot be used, a partner that is killed."""
    for fault, said_by_all in [
        ("error", "no solution"),
        ("nan", "GRID/vm_pu[1]"),
        ("kill", "grid has gone without a word"),
    ]:
        made, address = broker(len(ZONES) + 1)
        addresses, brokers = [address] * (len(ZONES) + 1), [made]
        if fault == "nan":
            # Zone 1 alone learns of it: zones 2 and 4 are below another broker.
            for k in range(2):
                sub, its = broker(2, f"--broker_address={address}")
                brokers.append(sub)
                addresses[k::2] = [its] * len(addresses[k::2])
        processes = [member(gridflock, SCENARIO, str(k + 1), zone, addresses[k], "-o",
                            str(folder / fault)) for k, zone in enumerate(ZONES)]
        mark = folder / f"{fault}-at"
        grid_process = partner("grid", addresses[-1], 1, fault, 4 * 3600, mark)
        said = ends([*processes, grid_process], 400)
        took = time.time() - float(mark.read_text())
        print(f"{fault}: all had ended after {took:.1f} s", flush=True)
        for broken in reversed(brokers):
            h.helicsBrokerDisconnect(broken)
        for code, err in said[:len(ZONES)]:
            assert code == 1 and "panicked" not in err, (fault, code, err)
            assert said_by_all in err, (fault, err)
        assert took < 60, (fault, took)
        manifest = json.loads((folder / fault / "manifest.json").read_text())
        assert manifest["status"] == "failed" and manifest["tables"], manifest


def leaves(gridflock, folder):
    """A partner that leaves early without an error is named, and the run goes on to its end."""
    made, address = broker(2)
    here = member(gridflock, SCENARIO, "1-4", "park", address, "-o", str(folder / "l"), "--days",
                  "4", "--log", "warn")
    (code, err), (its, _) = ends([here, partner("leaver", address)], 300)
    h.helicsBrokerDisconnect(made)
    assert code == 0 and its == 0, (code, its, err)
    assert err.count("leaver has left the federation by") == 1, err


def missing(gridflock, folder):
    """A partner that does not come, or comes to a halt, is named when patience ends."""
    made, address = broker(3)
    here = member(gridflock, SCENARIO, "1-2", "west", address, "-o", str(folder / "m"),
                  "--timeout", "10s", "--partner", "grid")
    (code, err), = ends([here], 100)
    h.helicsBrokerDisconnect(made)
    assert code == 1 and "waiting for" in err, err
    assert "grid has not come" in err and "zone 3-4" in err, err
    # Nobody at all.
    alone = member(gridflock, SCENARIO, "1-4", "park", f"127.0.0.1:{port()}", "-o",
                   str(folder / "n"), "--timeout", "3s")
    (code, err), = ends([alone], 100)
    assert code == 1 and "broker" in err and "127.0.0.1" in err, err
    # Somebody who stops answering.
    made, address = broker(len(ZONES) + 1)
    zones = [member(gridflock, SCENARIO, str(k + 1), zone, address, "-o", str(folder / "o"),
                    "--timeout", "20s") for k, zone in enumerate(ZONES)]
    stuck = partner("grid", address, 1, "hang", 2 * 3600, folder / "hang-at")
    said = ends(zones, 200)
    stuck.kill()
    stuck.wait()
    assert all(code == 1 for code, _ in said), said
    assert any("waiting for grid" in err for _, err in said), said


def all_zones(gridflock, folder):
    """One command starts broker and processes; the tables are those of one process, for every
    model, division and core; Ctrl-C closes the tables, and nothing is left of a killed parent."""
    cases = [(SCENARIO, "1", "zmq"), (SCENARIO, "3", "zmq"), (["feeder-small"], "2", "zmq"),
             (["group-small"], "2", "tcp_ss")]
    for i, (scenario, processes, core) in enumerate(cases):
        one = run(gridflock, scenario, folder / f"one-{i}")
        joined = folder / f"joined-{i}"
        words = [gridflock, "cosim", "helics", *scenario, "--all-zones", "--processes", processes,
                 "--core", core, "-o", joined, "--quiet"]
        subprocess.run(words, check=True, env=environment(), stdout=subprocess.DEVNULL,
                       timeout=400)
        assert hashes(joined) == one, (scenario, differing(hashes(joined), one))
    long = ["park-small", "--set", "zones=4", "--days", "300"]
    for number, expected in [(signal.SIGINT, 130), (signal.SIGTERM, 143), (signal.SIGKILL, -9)]:
        at = folder / f"signal-{int(number)}"
        words = [gridflock, "cosim", "helics", *long, "--all-zones", "--processes", "2", "-o", at,
                 "--quiet"]
        parent = subprocess.Popen(words, env=environment(), stdout=subprocess.DEVNULL,
                                  stderr=subprocess.PIPE)
        until = time.time() + 60
        while time.time() < until and len(children(parent.pid)) < 2:
            time.sleep(0.05)
        recording(at)
        started = children(parent.pid)
        assert len(started) == 2, started
        parent.send_signal(number)
        parent.communicate(timeout=20)
        assert parent.returncode == expected, parent.returncode
        until = time.time() + 10
        while any(alive(pid) for pid in started):
            assert time.time() < until, f"{started} outlive their parent"
            time.sleep(0.05)
        status = json.loads((at / "manifest.json").read_text())["status"]
        assert status == ("running" if number == signal.SIGKILL else "interrupted"), status
    # A process with zones that is killed ends all.
    at = folder / "killed"
    words = [gridflock, "cosim", "helics", *long, "--all-zones", "--processes", "2", "-o", at,
             "--quiet"]
    parent = subprocess.Popen(words, env=environment(), stdout=subprocess.DEVNULL,
                              stderr=subprocess.PIPE, text=True)
    until = time.time() + 60
    while time.time() < until and len(children(parent.pid)) < 2:
        time.sleep(0.05)
    recording(at)
    os.kill(children(parent.pid)[0], signal.SIGKILL)
    _, err = parent.communicate(timeout=15)
    assert parent.returncode == 1 and "process with zones" in err, (parent.returncode, err)


def recording(folder):
    """Waits until a run has begun to write."""
    until = time.time() + 200
    while not (folder / "manifest.json").exists():
        assert time.time() < until, f"nothing in {folder}"
        time.sleep(0.1)
    time.sleep(1.0)


def children(pid):
    path = pathlib.Path(f"/proc/{pid}/task/{pid}/children")
    return [int(word) for word in path.read_text().split()] if path.exists() else []


def alive(pid):
    try:
        text = pathlib.Path(f"/proc/{pid}/stat").read_text()
    except OSError:
        return False
    return text.rsplit(")", 1)[1].split()[0] != "Z"


def many(gridflock, folder, count=64, times=1):
    """Many federates start at once, and all of them get in."""
    count, times = int(count), int(times)
    scenario = ["park-small", "--set", f"zones={count}", "--set", f"fleet.evs={4 * count}"]
    one = run(gridflock, scenario, folder / "one")
    for k in range(times):
        made, address = broker(count)
        joined = folder / f"many-{k}"
        began = time.time()
        processes = [member(gridflock, scenario, str(zone), f"z{zone}", address, "--timeout",
                            "300s", "--threads", "1", "-o", str(joined))
                     for zone in range(1, count + 1)]
        said = ends(processes, 400)
        assert all(code == 0 for code, _ in said), [s for s in said if s[0]][:3]
        h.helicsBrokerDisconnect(made)
        assert hashes(joined) == one, differing(hashes(joined), one)
        print(f"start {k + 1}: {count} federates, {time.time() - began:.1f} s", flush=True)


if __name__ == "__main__":
    claim, *rest = sys.argv[1:]
    if claim in ("grid", "price", "solver", "leaver"):
        globals()[claim](*rest)
    else:
        at = pathlib.Path(rest[1]) / claim
        at.mkdir(parents=True, exist_ok=True)
        globals()[claim](rest[0], at, *rest[2:])
    h.helicsCloseLibrary()
