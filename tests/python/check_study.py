"""Checks studies against SALib: designs and sensitivity indices of the same runs.

    python check_study.py path/to/gridflock [--keep DIR]

Runs two small studies on park-small (a Sobol' design without scrambling, a Morris design) and compares
- the Saltelli matrix in runs.parquet with SALib.sample.sobol(..., scramble=False): equal,
- sensitivity.parquet with SALib's analysers on the same points and outputs: to 1e-9,
- means, standard deviations, quantiles and paired intervals in estimates.parquet and contrasts.parquet with NumPy and SciPy: to 1e-9.
Prints one line per check, PASS or FAIL with the worst deviation; exits 1 if any fails. Needs SALib and pyarrow.
"""

import argparse
import pathlib
import subprocess
import sys
import tempfile

try:
    import numpy as np
    import pyarrow.parquet as pq
    from SALib.analyze import morris as morris_analyse
    from SALib.analyze import sobol as sobol_analyse
    from SALib.sample import sobol as sobol_sample
    from scipy import stats
except ImportError as missing:
    print(f"skipped: {missing.name} is not installed (pip install SALib pyarrow)")
    sys.exit(0)

FACTORS = {"penalty.scale": (0.0, 4.0), "tickets.alpha": (0.0, 0.9), "fleet.v2g_share": (0.1, 1.0)}
PROBLEM = {"num_vars": len(FACTORS), "names": list(FACTORS), "bounds": [list(b) for b in FACTORS.values()]}
INDICATORS = ["bookings", "slot_utilisation", "ev_cost_cny", "penalty_revenue_cny"]
ROWS, TRAJECTORIES, LEVELS = 8, 6, 4

DESIGNS = {
    "sobol": f'kind = "sobol"\nn = {ROWS}\nsecond_order = true\nscramble = false',
    "morris": f'kind = "morris"\ntrajectories = {TRAJECTORIES}\nlevels = {LEVELS}\nseed = 3',
    "factorial": 'kind = "factorial"',
}

failures = []


def check(name: str, ours, theirs, tolerance: float) -> None:
    """One line about two arrays of numbers."""
    ours, theirs = np.asarray(ours, dtype=float), np.asarray(theirs, dtype=float)
    worst = np.max(np.abs(ours - theirs)) if ours.shape == theirs.shape and ours.size else float("inf")
    good = worst <= tolerance
    print(f"{'PASS' if good else 'FAIL'} {name}: worst deviation {worst:.2e} over {ours.size} numbers")
    if not good:
        failures.append(name)


def study(kind: str) -> str:
    """The text of a study."""
    text = '[scenario]\nbase = "park-small"\noverrides = { "fleet.evs" = 30 }\n'
    for name, (low, high) in FACTORS.items():
        values = f"values = [{low}, {high}]" if kind == "factorial" else f"range = [{low}, {high}]"
        role = "lever" if name == "penalty.scale" else "uncertainty"
        text += f'[[factor]]\nname = "{name}"\nrole = "{role}"\n{values}\n'
    n = 5 if kind == "factorial" else 1
    return text + f"[design]\n{DESIGNS[kind]}\n[replications]\nn = {n}\n[output]\nindicators = {INDICATORS}\n"


def run(program: str, kind: str, folder: pathlib.Path):
    """The tables of a study."""
    (folder / f"{kind}.toml").write_text(study(kind), encoding="utf-8")
    out = folder / kind
    subprocess.run([program, "study", "run", str(folder / f"{kind}.toml"), "-o", str(out), "-q"], check=True, stdout=subprocess.DEVNULL)
    names = ["runs", "indicators", "estimates", "contrasts"] + (["sensitivity"] if kind != "factorial" else [])
    return {name: pq.read_table(out / f"{name}.parquet").to_pylist() for name in names}


def outputs(tables, indicator: str) -> np.ndarray:
    """An indicator of the run, by run."""
    return np.array([r["value"] for r in tables["indicators"] if r["name"] == indicator and r["scope"] == "run"], dtype=float)


def measures(tables, indicator: str, measure: str) -> list:
    return [r["value"] for r in tables["sensitivity"] if r["name"] == indicator and r["measure"] == measure]


def check_sobol(tables) -> None:
    ours = np.array([[r[name] for name in FACTORS] for r in tables["runs"]])
    check("Saltelli matrix, second order", ours, sobol_sample.sample(PROBLEM, ROWS, calc_second_order=True, scramble=False), 0.0)
    for indicator in INDICATORS:
        y = outputs(tables, indicator)
        theirs = sobol_analyse.analyze(PROBLEM, y, calc_second_order=True, num_resamples=1000, seed=1)
        check(f"{indicator}: first order", measures(tables, indicator, "first_order"), theirs["S1"], 1e-9)
        check(f"{indicator}: total", measures(tables, indicator, "total"), theirs["ST"], 1e-9)
        pairs = [theirs["S2"][j, k] for j in range(3) for k in range(j + 1, 3)]
        check(f"{indicator}: second order", measures(tables, indicator, "second_order"), pairs, 1e-9)
        # Bootstraps draw other resamples, and of eight rows their widths are known to their size only.
        widths = [r["half_width"] for r in tables["sensitivity"] if r["name"] == indicator and r["measure"] == "total"]
        check(f"{indicator}: width of the total's interval", widths, theirs["ST_conf"], max(theirs["ST_conf"]) + 1e-9)


def check_morris(tables) -> None:
    x = np.array([[r[name] for name in FACTORS] for r in tables["runs"]])
    for indicator in INDICATORS:
        theirs = morris_analyse.analyze(PROBLEM, x, outputs(tables, indicator), num_levels=LEVELS, seed=1)
        for measure in ["mu", "mu_star", "sigma"]:
            expected = np.asarray(theirs[measure], dtype=float)
            check(f"{indicator}: {measure}", measures(tables, indicator, measure), expected, 1e-9 * max(1.0, np.max(np.abs(expected))))


def check_statistics(tables) -> None:
    point_of = {r["run_id"]: r["point_id"] for r in tables["runs"]}
    for indicator in INDICATORS:
        values = {}
        for r in tables["indicators"]:
            if r["name"] == indicator and r["scope"] == "run":
                values.setdefault(point_of[r["run_id"]], []).append(r["value"])
        scale = max(1.0, np.max(np.abs(list(values.values()))))
        ours, theirs = [], []
        for r in (r for r in tables["estimates"] if r["name"] == indicator and r["scope"] == "run"):
            y = np.array(values[r["point_id"]])
            half = stats.t.ppf(0.975, len(y) - 1) * stats.sem(y)
            ours.append([r["mean"], r["sd"], r["ci_low"], r["ci_high"], r["p05"], r["p25"], r["p75"]])
            theirs.append([y.mean(), y.std(ddof=1), y.mean() - half, y.mean() + half, *np.quantile(y, [0.05, 0.25, 0.75])])
        check(f"{indicator}: estimates", ours, theirs, 1e-9 * scale)
        ours, theirs = [], []
        for r in (r for r in tables["contrasts"] if r["name"] == indicator and r["scope"] == "run"):
            a, b = np.array(values[r["point_a"]]), np.array(values[r["point_b"]])
            interval = stats.ttest_rel(b, a).confidence_interval(0.95) if np.ptp(b - a) > 0 else ((b - a).mean(),) * 2
            ours.append([r["difference"], r["ci_low"], r["ci_high"]])
            theirs.append([(b - a).mean(), interval[0], interval[1]])
        check(f"{indicator}: contrasts", ours, theirs, 1e-9 * scale)


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("gridflock", help="the program")
    parser.add_argument("--keep", help="folder that keeps the studies")
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory() as scratch:
        folder = pathlib.Path(arguments.keep or scratch)
        folder.mkdir(parents=True, exist_ok=True)
        check_sobol(run(arguments.gridflock, "sobol", folder))
        check_morris(run(arguments.gridflock, "morris", folder))
        check_statistics(run(arguments.gridflock, "factorial", folder))
    print(f"{len(failures)} checks failed" if failures else "all checks passed")
    return 1 if failures else 0


if __name__ == "__main__":
    sys.exit(main())
