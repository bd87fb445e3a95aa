"""Checks studies against SALib: designs and sensitivity indices of the same runs.

    python check_study.py path/to/gridflock [--keep DIR]

Runs two small studies on park-small (a Sobol' design without scrambling, a Morris design) and compares
- the Saltelli matrix in runs.parquet with SALib.sample.sobol(..., scramble=False): equal,
- sensitivity.parquet with SALib's analysers on the same points and outputs: to 1e-9,
- means, standard deviations, quantiles and paired intervals in estimates.parquet and contrasts.parquet with NumPy and SciPy: to 1e-9,
- p values with SciPy, detectable differences with statsmodels' power (a noncentral t law: to 2 %), Holm and false discovery rate over their families and equivalence with statsmodels: to 1e-9,
- partial rank correlations and regression coefficients of a Latin hypercube with statsmodels' least squares: to 1e-6,
- coverage and density of the box in flips.parquet, and regret, counted again from the runs of a cross design: exactly.
Prints one line per check, PASS or FAIL with the worst deviation; exits 1 if any fails. Needs SALib, statsmodels and pyarrow.
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
    from statsmodels.regression.linear_model import OLS
    from statsmodels.stats.multitest import multipletests
    from statsmodels.stats.power import TTestPower
    from statsmodels.stats.weightstats import ttost_paired
except ImportError as missing:
    print(f"skipped: {missing.name} is not installed (pip install SALib statsmodels pyarrow)")
    sys.exit(0)

FACTORS = {"penalty.scale": (0.0, 4.0), "tickets.alpha": (0.0, 0.9), "fleet.v2g_share": (0.1, 1.0)}
PROBLEM = {"num_vars": len(FACTORS), "names": list(FACTORS), "bounds": [list(b) for b in FACTORS.values()]}
INDICATORS = ["bookings", "slot_utilisation", "ev_cost_cny", "penalty_revenue_cny"]
ROWS, TRAJECTORIES, LEVELS = 8, 6, 4

DESIGNS = {
    "sobol": f'kind = "sobol"\nn = {ROWS}\nsecond_order = true\nscramble = false',
    "morris": f'kind = "morris"\ntrajectories = {TRAJECTORIES}\nlevels = {LEVELS}\nseed = 3',
    "factorial": 'kind = "factorial"',
    "latin_hypercube": 'kind = "latin_hypercube"\nn = 40\nseed = 5',
    "cross": 'kind = "cross"\nfutures = 40\nseed = 5',
}
MARGIN = 2.0

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
        role = "lever" if name == "penalty.scale" else "uncertainty"
        listed = kind == "factorial" or (kind == "cross" and role == "lever")
        values = f"values = [{low}, {high}]" if listed else f"range = [{low}, {high}]"
        text += f'[[factor]]\nname = "{name}"\nrole = "{role}"\n{values}\n'
    n = 5 if kind == "factorial" else 1
    text += f"[design]\n{DESIGNS[kind]}\n[replications]\nn = {n}\n[output]\nindicators = {INDICATORS}\n"
    if kind == "factorial":
        text += f'primary = "bookings"\n[[margin]]\nindicator = "slot_utilisation"\nequivalence = {MARGIN}\n'
    return text


def run(program: str, kind: str, folder: pathlib.Path):
    """The tables of a study."""
    (folder / f"{kind}.toml").write_text(study(kind), encoding="utf-8")
    out = folder / kind
    subprocess.run([program, "study", "run", str(folder / f"{kind}.toml"), "-o", str(out), "-q"], check=True, stdout=subprocess.DEVNULL)
    names = ["runs", "indicators", "estimates", "contrasts"]
    names += {"factorial": [], "cross": ["regret", "flips"]}.get(kind, ["sensitivity"])
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


def by_point(tables, indicator: str) -> dict:
    """An indicator's values by point, in the order of replications."""
    point_of = {r["run_id"]: r["point_id"] for r in tables["runs"]}
    values = {}
    for r in tables["indicators"]:
        if r["name"] == indicator and r["scope"] == "run":
            values.setdefault(point_of[r["run_id"]], []).append(r["value"])
    return values


def check_inference(tables) -> None:
    rows = [r for r in tables["contrasts"] if r["scope"] == "run" and r["p"] is not None]
    tested = [r for r in rows if r["sd"] > 0]
    ours, theirs = [], []
    for r in tested:
        if r["name"] not in INDICATORS:
            continue
        values = by_point(tables, r["name"])
        ours.append(r["p"])
        theirs.append(stats.ttest_rel(values[r["point_b"]], values[r["point_a"]]).pvalue)
    check("p values", ours, theirs, 1e-9)
    for family in ["primary", "secondary"]:
        of_family = [r for r in rows if r["family"] == family]
        p = [r["p"] for r in of_family]
        check(f"Holm, {family}", [r["p_holm"] for r in of_family], multipletests(p, method="holm")[1], 1e-9)
        check(f"false discovery rate, {family}", [r["p_fdr"] for r in of_family], multipletests(p, method="fdr_bh")[1], 1e-9)
    ours, theirs = [], []
    for r in (r for r in tested if r["name"] == "slot_utilisation"):
        values = by_point(tables, r["name"])
        ours.append(r["p_margin"])
        theirs.append(ttost_paired(np.array(values[r["point_b"]]), np.array(values[r["point_a"]]), -MARGIN, MARGIN)[0])
    check("equivalence", ours, theirs, 1e-9)
    relative = [r["detectable"] / r["sd"] / TTestPower().solve_power(nobs=r["n"], alpha=0.05, power=0.8) for r in tested]
    check("detectable differences", relative, np.ones(len(relative)), 0.02)


def residuals(y, x):
    return OLS(y, np.column_stack([np.ones(len(y)), x])).fit().resid


def check_associations(tables) -> None:
    x = np.array([[r[name] for name in FACTORS] for r in tables["runs"]])
    standard = (x - x.mean(axis=0)) / x.std(axis=0, ddof=1)
    ranked = np.column_stack([stats.rankdata(column) for column in x.T])
    for indicator in INDICATORS:
        y = outputs(tables, indicator)
        fit = OLS((y - y.mean()) / y.std(ddof=1), np.column_stack([np.ones(len(y)), standard])).fit()
        check(f"{indicator}: regression coefficients", measures(tables, indicator, "src"), fit.params[1:], 1e-6)
        check(f"{indicator}: share of variance", measures(tables, indicator, "r_squared"), [fit.rsquared], 1e-6)
        partial = []
        for j in range(x.shape[1]):
            others = np.delete(ranked, j, axis=1)
            partial.append(np.corrcoef(residuals(ranked[:, j], others), residuals(stats.rankdata(y), others))[0, 1])
        check(f"{indicator}: partial rank correlations", measures(tables, indicator, "prcc"), partial, 1e-6)


def check_futures(tables) -> None:
    points = {r["point_id"]: r for r in tables["runs"]}
    policies = 2
    for indicator in INDICATORS:
        values = by_point(tables, indicator)
        by_policy = np.array([[np.mean(values[f * policies + p]) for f in range(40)] for p in range(policies)])
        contrast = next(r for r in tables["contrasts"] if r["name"] == indicator and r["scope"] == "run")
        gain = by_policy[1] - by_policy[0]
        check(f"{indicator}: difference over futures", [contrast["difference"], contrast["sd"]], [gain.mean(), gain.std(ddof=1)], 1e-9 * max(1, np.abs(gain).max()))
        regret = [r for r in tables["regret"] if r["name"] == indicator]
        if regret:
            sign = -1 if indicator == "ev_cost_cny" else 1
            lost = (sign * by_policy).max(axis=0) - sign * by_policy
            check(f"{indicator}: regret", [r["regret"] for r in regret], lost.mean(axis=1), 1e-9 * max(1, np.abs(lost).max()))
        boxes = [r for r in tables["flips"] if r["name"] == indicator and r["factor"] is not None]
        if boxes:
            of_interest = gain > 0 if boxes[0]["region_of"] == "above" else gain < 0
            inside = np.ones(40, dtype=bool)
            for r in boxes:
                coordinate = np.array([points[f * policies][r["factor"]] for f in range(40)])
                inside &= (coordinate >= r["low"]) & (coordinate <= r["high"])
            counted = [of_interest[inside].sum() / of_interest.sum(), of_interest[inside].mean()]
            check(f"{indicator}: box", [boxes[0]["coverage"], boxes[0]["density"]], counted, 1e-12)


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
        factorial = run(arguments.gridflock, "factorial", folder)
        check_statistics(factorial)
        check_inference(factorial)
        check_associations(run(arguments.gridflock, "latin_hypercube", folder))
        check_futures(run(arguments.gridflock, "cross", folder))
    print(f"{len(failures)} checks failed" if failures else "all checks passed")
    return 1 if failures else 0


if __name__ == "__main__":
    sys.exit(main())
