"""CPU time and hypervolume of pymoo's NSGA-II on ZDT1 and ZDT3: the peer of benches/nsga2.rs.

Population 100, 250 generations, 30 variables, five seeds, hypervolume at (1.1, 1.1).
"""

import statistics
import sys
import time

try:
    from pymoo.algorithms.moo.nsga2 import NSGA2
    from pymoo.indicators.hv import HV
    from pymoo.optimize import minimize
    from pymoo.problems import get_problem
except ImportError:
    sys.exit("pymoo is not installed")

SEEDS = range(1, 6)

for name in ("zdt1", "zdt3"):
    volumes = []
    start = time.process_time()
    for seed in SEEDS:
        result = minimize(get_problem(name, n_var=30), NSGA2(pop_size=100), ("n_gen", 250), seed=seed)
        volumes.append(HV(ref_point=[1.1, 1.1])(result.F))
    seconds = (time.process_time() - start) / len(SEEDS)
    print(f"{name} pymoo     {seconds:9.4f} s a run, median hypervolume {statistics.median(volumes):.4f}")
