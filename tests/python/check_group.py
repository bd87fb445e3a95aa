"""Recomputes both layers of a group's plan from the tables of a run, with methods of its own, and states the agreement.

    gridflock run group --set warmup_days=0 -o output/group-check
    python check_group.py output/group-check

Upper layer: base load, everybody's stays and the tariff give the price law and the two objectives (P4 eq. 9-13). Every solution in `pareto`
is compared with the least f1 at its f2, found by accelerated projected gradients over the powers of every EV and hour (the run fills by
water levels, EV by EV). Lower layer: a linear programme asks whether the chosen profile can be shared so that everybody leaves as full as
expected, which the run's quadratic programme reports as a squared error of 0. Only a run without warm-up days can be checked: plans made
before its first day are in no table. Prints one line a check, PASS or FAIL with the worst deviation; exits 1 if any fails.
Needs duckdb, numpy, scipy.
"""

import pathlib
import sys
import tomllib

try:
    import duckdb
    import numpy as np
    from scipy.optimize import linprog
    from scipy.sparse import coo_matrix
except ImportError as missing:
    print(f"skipped: {missing.name} is not installed (pip install duckdb numpy scipy)")
    sys.exit(0)

HORIZON_H = 48


class Day:
    """The first planned day of a run: base load, stays, prices."""

    def __init__(self, directory: pathlib.Path):
        self.values = tomllib.loads((directory / "scenario.resolved.toml").read_text(encoding="utf-8"))
        if self.values["warmup_days"] != 0:
            sys.exit("the run has warm-up days: run it again with --set warmup_days=0")
        if self.values["price"]["form"] != "tou_times_load":
            sys.exit("only price.form = \"tou_times_load\" can be checked")
        self.h = 24 / self.values["periods_per_day"]
        self.n = round(HORIZON_H / self.h)
        self.db = duckdb.connect()
        for table in ("facts", "stays", "evs", "balance", "pareto", "sharings"):
            self.db.execute(f"CREATE VIEW {table} AS FROM read_parquet('{directory}/{table}.parquet')")
        self.begin = self.db.sql("SELECT min(period_start) FROM balance").fetchall()[0][0]
        self.read_targets()
        self.read_stays()

    def read_targets(self):
        """Planned net load, charging and price of the first plan: areas x periods."""
        rows = self.db.execute(
            "SELECT zone_id, date_diff('second', $1, period_start), power_kw, energy_kwh, price_cny_per_kwh FROM facts WHERE kind = "
            "'zone_target' AND t < $1 + INTERVAL 1 HOUR", [self.begin]).fetchall()
        self.areas = max(row[0] for row in rows)
        self.net, self.charging, self.price = (np.full((self.areas, self.n), np.nan) for _ in range(3))
        for zone, second, power, energy, price in rows:
            k = round(second / 3600 / self.h)
            self.net[zone - 1, k], self.charging[zone - 1, k], self.price[zone - 1, k] = power, energy / self.h, price
        self.base = self.net - self.charging

    def read_stays(self):
        """Stays that begin on the first day: one row each, hours from its midnight."""
        rows = self.db.execute(
            "SELECT s.zone_id - 1, e.participates, date_diff('microsecond', $1, planned_arrival) / 3.6e9, date_diff('microsecond', $1, "
            "planned_departure) / 3.6e9, e.charge_kw, (soc_target - soc_arrival) * e.battery_kwh / e.charge_efficiency FROM stays s JOIN evs e "
            "USING (ev_id) WHERE planned_arrival < $1 + INTERVAL 24 HOURS ORDER BY stay_id", [self.begin]).fetchall()
        area, part, arrival, departure, power, need = (np.array(column) for column in zip(*rows))
        self.area, self.part, self.need = area.astype(int), part.astype(bool), np.maximum(need.astype(float), 0)
        edges = np.arange(self.n + 1) * self.h
        covered = np.minimum(departure[:, None], edges[None, 1:]) - np.maximum(arrival[:, None], edges[None, :-1])
        self.cap = power[:, None] * np.clip(covered, 0, None) / self.h
        done = arrival + self.need / power
        charging = np.minimum(done[:, None], edges[None, 1:]) - np.maximum(arrival[:, None], edges[None, :-1])
        self.on_arrival = power[:, None] * np.clip(charging, 0, None) / self.h

    def by_area(self, powers: np.ndarray, mine: np.ndarray) -> np.ndarray:
        return np.array([powers[mine & (self.area == k)].sum(axis=0) for k in range(self.areas)])


class Upper:
    """The two objectives over the powers of the participants."""

    def __init__(self, day: Day, tou: np.ndarray, constant: float):
        self.day, self.tou, self.constant = day, tou, constant
        self.others = day.by_area(day.on_arrival, ~day.part)
        everybody = day.by_area(day.on_arrival, np.ones_like(day.part))
        self.base_all = day.base.sum(axis=0)
        self.highest = (self.base_all + everybody.sum(axis=0)).max()
        self.cap, self.need, self.area = day.cap[day.part], day.need[day.part], day.area[day.part]
        self.need = np.minimum(self.need, self.cap.sum(axis=1) * day.h)
        self.member = np.array([self.area == k for k in range(day.areas)], dtype=float)

    def objectives(self, charging: np.ndarray) -> tuple[float, float]:
        """f1 [kW^2 h] and f2 [CNY] of the participants' charging by area."""
        net, h = self.day.base + self.others + charging, self.day.h
        f1 = ((net - net.mean(axis=1, keepdims=True)) ** 2).sum() * h
        total = (self.others + charging).sum(axis=0)
        return f1, (self.price(total) * total).sum() * h

    def price(self, total: np.ndarray) -> np.ndarray:
        return self.tou * (self.base_all + total) / self.highest + self.constant

    def gradient(self, charging: np.ndarray, weights: tuple[float, float]) -> np.ndarray:
        net, h = self.day.base + self.others + charging, self.day.h
        total = (self.others + charging).sum(axis=0)
        slope = self.price(total) + self.tou / self.highest * total
        return h * (2 * weights[0] * (net - net.mean(axis=1, keepdims=True)) + weights[1] * slope[None, :])

    def project(self, powers: np.ndarray) -> np.ndarray:
        """The nearest powers within the caps that add up to every EV's need: a level per EV, by bisection."""
        low, high = (powers - self.cap).min(axis=1) - 1, powers.max(axis=1) + 1
        for _ in range(60):
            level = (low + high) / 2
            above = np.clip(powers - level[:, None], 0, self.cap).sum(axis=1) * self.day.h > self.need
            low, high = np.where(above, level, low), np.where(above, high, level)
        return np.clip(powers - ((low + high) / 2)[:, None], 0, self.cap)

    def minimum(self, weights: tuple[float, float], start: np.ndarray, steps: int) -> np.ndarray:
        """The least weighted sum: FISTA with restarts."""
        most = max(np.bincount(self.area, minlength=self.day.areas).max(), 1)
        evs, h = len(self.need), self.day.h
        lipschitz = h * (2 * weights[0] * most + 2 * weights[1] * self.tou.max() / self.highest * evs)
        value = lambda p: np.dot(weights, self.objectives(self.member @ p))
        point = ahead = self.project(start)
        momentum, best, calm = 1.0, value(point), 0
        for _ in range(steps):
            gradient = self.member.T @ self.gradient(self.member @ ahead, weights)
            new = self.project(ahead - gradient / lipschitz)
            now = value(new)
            if now > best:
                ahead, momentum = point, 1.0
                continue
            following = (1 + np.sqrt(1 + 4 * momentum**2)) / 2
            ahead = new + (momentum - 1) / following * (new - point)
            calm = calm + 1 if best - now < 1e-10 * abs(best) else 0
            if calm == 20:
                return new
            point, momentum, best = new, following, now
        return point


def least_f1_at(upper: Upper, f2: float, weight: float, start: np.ndarray) -> tuple[float, np.ndarray]:
    """A lower bound of f1 at a cost, and the schedule behind it: the convex front lies above its tangents, here the one of `weight`."""
    start = upper.minimum((1.0, weight), start, 400)
    a, b = upper.objectives(upper.member @ start)
    return a + weight * (b - f2), start


def tou_of(values: dict, day: Day) -> np.ndarray:
    """Time-of-use price of every period [CNY/kWh]."""
    tariff = {"hours": [6, 8, 11, 18, 21, 22], "prices": [0.7, 1.12, 0.7, 1.12, 0.7, 0.35]} | values["tariff"]["ev"]
    hours, prices = tariff["hours"], tariff["prices"]
    middle = ((np.arange(day.n) + 0.5) * day.h) % 24
    return np.array([prices[sum(m >= hour for hour in hours) - 1] if m >= hours[0] else prices[-1] for m in middle])


def main() -> int:
    day = Day(pathlib.Path(sys.argv[1]))
    failed = 0

    def check(name: str, deviation: float, tolerance: float):
        nonlocal failed
        passed = deviation <= tolerance
        failed += not passed
        print(f"{'PASS' if passed else 'FAIL'}  {name}: {deviation:.2e} (at most {tolerance:.0e})")

    upper = Upper(day, tou_of(day.values, day), day.values["price"]["service_cny_per_kwh"])
    load = day.db.sql("SELECT zone_id, load_kw - pv_used_kw - wind_used_kw FROM balance WHERE zone_id > 0 ORDER BY zone_id, period_start")
    own = np.array([row[1] for row in load.fetchall()]).reshape(day.areas, -1)[:, : round(24 / day.h)]
    check("base load of the plan and of the balance [kW]", np.abs(own - day.base[:, : own.shape[1]]).max(), 1e-6)
    total = day.charging.sum(axis=0)
    check("published price and the price law at the planned load [CNY/kWh]", np.abs(upper.price(total)[None, :] - day.price).max(), 1e-9)
    chosen = day.charging - upper.others
    check("charging of participants is not below 0 [kW]", max(0.0, -chosen.min()), 1e-6)
    needs = np.array([upper.need[upper.area == k].sum() for k in range(day.areas)])
    check("planned energy of participants by area [kWh]", np.abs(chosen.sum(axis=1) * day.h - needs).max(), 1e-3)
    rows = day.db.execute("SELECT f1_kw2, f2_cny, chosen FROM pareto WHERE t < $1 + INTERVAL 1 HOUR ORDER BY f1_kw2", [day.begin]).fetchall()
    f1, f2 = upper.objectives(chosen)
    picked = next(row for row in rows if row[2])
    check("objectives of the chosen solution, relative", max(abs(f1 / picked[0] - 1), abs(f2 / picked[1] - 1)), 1e-9)

    range_ = (rows[-1][0] - rows[0][0], rows[0][1] - rows[-1][1])
    flat = upper.minimum((1.0, 0.0), np.zeros_like(upper.cap), 3000)
    least_f1 = upper.objectives(upper.member @ flat)[0]
    cheap = upper.minimum((0.0, 1.0), flat, 3000)
    least_f2 = upper.objectives(upper.member @ cheap)[1]
    check("least f1 of the front, relative to the independent minimum", abs(rows[0][0] / least_f1 - 1), 1e-6)
    check("least f2 of the front, relative to the independent minimum", abs(rows[-1][1] / least_f2 - 1), 1e-4)
    above, below, start = 0.0, 0.0, flat
    inner = list(zip(rows, rows[1:], rows[2:]))
    for before, (a, b, _), after in inner[:: max(len(inner) // 4, 1)]:
        # The chord of the neighbours is nearly the tangent.
        weight = (after[0] - before[0]) / (before[1] - after[1])
        bound, start = least_f1_at(upper, b, weight, start)
        above, below = max(above, (a - bound) / range_[0]), max(below, (bound - a) / range_[0])
    check("f1 above the least at the same f2, as a share of the front's range", above, 2e-3)
    check("f1 below the least at the same f2 (impossible), as a share of the range", below, 1e-4)

    for zone, stays, squared in day.db.execute(
        "SELECT zone_id, stays, exact_squared_error FROM sharings WHERE t < $1 + INTERVAL 1 HOUR ORDER BY zone_id", [day.begin]
    ).fetchall():
        mine = upper.area == zone - 1
        evs, profile = int(mine.sum()), chosen[zone - 1]
        cells = np.argwhere(upper.cap[mine] > 0)
        cap, need = upper.cap[mine][cells[:, 0], cells[:, 1]], upper.need[mine] / day.h
        c, one = len(cells), np.ones(len(cells))
        # powers, then what an EV lacks or has too much, then what an hour leaves or lacks
        rows_ = np.concatenate([cells[:, 0], evs + cells[:, 1]])
        equal = coo_matrix((np.concatenate([one, one]), (rows_, np.tile(np.arange(c), 2))), (evs + day.n, c))
        slack = coo_matrix((np.ones(evs + day.n), (np.arange(evs + day.n), np.arange(evs + day.n))))
        matrix = coo_matrix(np.hstack([equal.toarray(), slack.toarray(), -slack.toarray()]))
        cost = np.concatenate([0 * one, np.ones(2 * (evs + day.n))])
        bounds = [(0, x) for x in cap] + [(0, None)] * (2 * (evs + day.n))
        found = linprog(cost, A_eq=matrix.tocsr(), b_eq=np.concatenate([need, profile]), bounds=bounds, method="highs")
        check(f"zone {zone}: {stays} stays ({evs} here) share the profile without a rest [kW]", found.fun, 1e-3 * max(evs, 1))
        check(f"zone {zone}: squared SOC error of the run's exact sharing", squared, 1e-6)
        check(f"zone {zone}: stays in the table and in the run", abs(evs - stays), 0)
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
