"""Steps per CPU second of the learning environments, ours beside the peers' where they are installed.

    pip install .[envs] && python benches/environments.py [--peers] [--seconds 5]

Random actions drawn beforehand, resets included, one process, one thread unless it says two. What
each simulates stands beside it: the worlds are not the same, and neither are their sizes, so steps are
shown times charge points, too. Peers want libraries of different ages: run it with the interpreter of
each one's environment. What is not installed there has a row that says so.
"""

from __future__ import annotations

import argparse
import importlib.util
import time

import numpy as np

OURS = [
    # name, scenario, overrides, piles, steps per CPU second that are wanted
    ("park, rule plant", "park", {"plant.policy": "rule"}, 48, 25_000),
    ("park, dp", "park", {}, 48, 6_000),
    ("park-small, rule plant", "park-small", {"plant.policy": "rule"}, 9, 55_000),
]


def rate(step, reset, seconds: float) -> tuple[float, int]:
    """Steps per CPU second; `step()` says whether the episode is over."""
    reset()
    steps, begin = 0, time.process_time()
    while time.process_time() - begin < seconds:
        for _ in range(20):
            steps += 1
            if step():
                reset()
    return steps / (time.process_time() - begin), steps


def single(scenario, overrides, seconds):
    import gridflock.envs as envs

    env = envs.ParkEnv(scenario, overrides=overrides)
    actions = np.random.default_rng(0).uniform(-1, 1, (4096, 3)).astype(np.float32)
    at = iter(range(10**12))
    for seed in range(16):  # every warm world is there
        env.reset(seed=seed)
    value, _ = rate(lambda: env.step(actions[next(at) % 4096])[3], env.reset, seconds)
    begin = time.process_time()
    for _ in range(200):
        env.reset()
    return value, (time.process_time() - begin) / 200 * 1e3


def vector(scenario, seconds, rounds=5):
    """Steps per second of the wall clock on 1 and on 2 threads, the best of some rounds of both in turn:
    what else the machine does slows down either."""
    import gridflock.envs as envs

    actions = np.random.default_rng(0).uniform(-1, 1, (64, 64, 3)).astype(np.float32)
    vectors = [
        envs.VectorMarket(64, scenario, overrides={"plant.policy": "rule"}, threads=n) for n in (1, 2)
    ]
    for made in vectors:
        made.reset(seed=1)
    best = [0.0, 0.0]
    for _ in range(rounds):
        for which, made in enumerate(vectors):
            steps, begin = 0, time.perf_counter()
            while time.perf_counter() - begin < seconds / rounds:
                made.step(actions[steps // 64 % 64])
                steps += 64
            best[which] = max(best[which], steps / (time.perf_counter() - begin))
    return best


def ev2gym(chargers, seconds):
    import pathlib

    import ev2gym
    import yaml
    from ev2gym.models.ev2gym_env import EV2Gym

    folder = pathlib.Path(ev2gym.__file__).parent / "example_config_files"
    config = yaml.safe_load((folder / "V2GProfitPlusLoads.yaml").read_text())
    config["number_of_charging_stations"] = chargers
    config["number_of_transformers"] = max(1, chargers // 10)
    path = pathlib.Path("/tmp") / f"ev2gym-{chargers}.yaml"
    path.write_text(yaml.safe_dump(config))
    env = EV2Gym(config_file=str(path), save_replay=False, save_plots=False)
    size = env.action_space.shape[0]
    actions = np.random.default_rng(0).uniform(-1, 1, (128, size))
    at = iter(range(10**12))

    def step():
        _, _, done, truncated, _ = env.step(actions[next(at) % 128])
        return done or truncated

    return rate(step, env.reset, seconds)[0]


def sustaingym(seconds):
    from sustaingym.envs.evcharging import EVChargingEnv, GMMsTraceGenerator

    env = EVChargingEnv(GMMsTraceGenerator("caltech", "Summer 2021"))
    actions = np.random.default_rng(0).uniform(0, 1, (128, env.action_space.shape[0])).astype(np.float32)
    at = iter(range(10**12))

    def step():
        _, _, done, truncated, _ = env.step(actions[next(at) % 128])
        return done or truncated

    return rate(step, env.reset, seconds)[0]


def row(name, what, measure):
    try:
        said = measure()
    except Exception as error:  # noqa: BLE001
        said = f"cannot be run here: {type(error).__name__}: {error}"
    print(f"{name:34} {said:>26}   {what}", flush=True)


def per_second(value, points, wanted=None):
    said = f"{value:,.0f} /s" + (f" (wanted {wanted:,})" if wanted else "")
    return f"{said}, {value * points:,.0f} point steps /s"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seconds", type=float, default=5.0)
    parser.add_argument("--only", default="", help="rows whose name contains this")
    args = parser.parse_args()
    missing = lambda name: importlib.util.find_spec(name) is None  # noqa: E731

    def show(name, what, measure):
        if args.only in name:
            row(name, what, measure)

    if missing("gridflock"):
        print("gridflock is not installed here: pip install .[envs]")
    else:
        for name, scenario, overrides, points, wanted in OURS:
            what = "bookings, users who choose, tickets, plant, ledger; a clone at each reset"

            def measure(scenario=scenario, overrides=overrides, points=points, wanted=wanted):
                value, reset_ms = single(scenario, overrides, args.seconds)
                return f"{per_second(value, points, wanted)}, reset {reset_ms:.2f} ms"

            show(name, what, measure)
        for scenario in ("park", "park-small"):
            def both(scenario=scenario):
                one, two = vector(scenario, 2 * args.seconds)
                return f"{one:,.0f} /s, {two:,.0f} /s, x {two / one:.2f}"

            show(f"{scenario}, 64 worlds, 1 and 2 threads", "steps of one world per second of the wall clock", both)
    for chargers in (20, 50, 100, 300):
        name = f"EV2Gym, {chargers} chargers"
        if missing("ev2gym"):
            if args.only in name:
                print(f"{name:34} {'not installed here':>26}")
        else:
            show(name, "set points of chargers; arrivals from tables, transformers", lambda c=chargers: per_second(ev2gym(c, args.seconds), c))
    if missing("sustaingym"):
        if args.only in "SustainGym":
            print(f"{'SustainGym, 54 stations':34} {'not installed here':>26}")
    else:
        show("SustainGym, 54 stations", "pilot signals; sessions from a mixture, a cone programme projects actions", lambda: per_second(sustaingym(args.seconds), 54))
    if missing("chargax") and args.only in "Chargax":
        print(f"{'Chargax (JAX)':34} {'not installed here':>26}   it is in no package registry; 18,000 /s at 48 chargers x 8 worlds elsewhere")


if __name__ == "__main__":
    main()
