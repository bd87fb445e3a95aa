"""Two gridflock members trade with each other through HELICS.

Each member has a zone of the small feeder in a process of its own, a third one has the centre: the
DSO, the prices and the record. What the zones write to each other about trades crosses HELICS. The
tables are those of `gridflock run feeder-small`, byte for byte, and that is checked here.

    pip install helics pyarrow
    python run.py [--gridflock PATH] [--scenario feeder-small] [--set KEY=VALUE ...]
"""

import argparse
import hashlib
import importlib.util
import os
import pathlib
import shutil
import subprocess
import sys
import tempfile


def arguments():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--gridflock", default=shutil.which("gridflock") or "gridflock")
    parser.add_argument("--scenario", default="feeder-small")
    parser.add_argument("--set", action="append", default=[], metavar="KEY=VALUE")
    parser.add_argument("--port", type=int, default=24620)
    return parser.parse_args()


def hashes(folder):
    tables = sorted(pathlib.Path(folder).glob("*.parquet"))
    return {t.name: hashlib.sha256(t.read_bytes()).hexdigest() for t in tables}


def main():
    args = arguments()
    sets = [word for s in args.set for word in ("--set", s)]
    folder = pathlib.Path(tempfile.mkdtemp(prefix="two-members-"))
    alone, joined = folder / "alone", folder / "joined"
    subprocess.run(
        [args.gridflock, "run", args.scenario, *sets, "-o", alone, "-q"], check=True,
        stdout=subprocess.DEVNULL)
    zones = count_of_zones(alone)
    half = zones // 2
    shares = {"centre": "0", "west": f"1-{half}", "east": f"{half + 1}-{zones}"}
    # In a process of its own: a broker of this one was seen to crash with pyarrow.
    broker = subprocess.Popen(
        [pathlib.Path(sys.executable).parent / "helics_broker", "-f", str(len(shares)),
         "--coretype", "zmq", "--port", str(args.port), "--loglevel", "no_print"])
    library = pathlib.Path(importlib.util.find_spec("helics").origin).parent / "install/lib64"
    members = []
    for name, share in shares.items():
        record = ["-o", joined] if name == "centre" else []
        members.append(subprocess.Popen(
            [args.gridflock, "cosim", "helics", args.scenario, *sets, "--zone", share, "--name", name,
             "--broker", f"127.0.0.1:{args.port}", "--core", "zmq", "-q", *record],
            env={**os.environ, "HELICS_LIB": str(library)}, stdout=subprocess.DEVNULL))
    codes = [member.wait() for member in members]
    broker.terminate()
    broker.wait()
    if any(codes):
        sys.exit(f"members ended with {codes}")
    trades(joined)
    same = hashes(alone) == hashes(joined)
    print(f"{len(hashes(joined))} tables, the same as of one process: {'yes' if same else 'NO'}")
    shutil.rmtree(folder)
    sys.exit(0 if same else 1)


def count_of_zones(folder):
    import pyarrow.parquet as pq

    return max(pq.read_table(folder / "balance.parquet", columns=["zone_id"])["zone_id"].to_pylist())


def trades(folder):
    import pyarrow.parquet as pq

    path = folder / "trades.parquet"
    rows = pq.read_table(path).to_pylist() if path.exists() else []
    energy = sum(row["energy_kwh"] for row in rows if row["status"] == "delivered")
    print(f"{len(rows)} trades, {energy:.1f} kWh delivered between the members' zones")


if __name__ == "__main__":
    main()
