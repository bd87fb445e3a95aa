"""Checks the tables of a run with SQL alone: indicators are recomputed and the invariants of money, energy and piles are tested.

    python check_tables.py output/park-1 [--set penalty.scale=3]... [--same-needs output/another-run]

What the tables do not hold (piles, penalty coefficients, peak hours, emission factor) is read from scenario.resolved.toml beside them;
--set overrides a key; --same-needs compares the energy that each stay got with a run of the same people. Prints one line per check, PASS or FAIL with the worst deviation; exits 1 if any fails. Needs duckdb.
"""

import argparse
import math
import pathlib
import sys
import tomllib

try:
    import duckdb
except ImportError:
    print("skipped: duckdb is not installed (pip install duckdb)")
    sys.exit(0)

TABLES = "facts evs stays sessions reservations tickets ledger accounts prices balance voltages branches trades pareto sharings indicators".split()
SQL = pathlib.Path(__file__).resolve().parent.parent / "sql" / "indicators.sql"


class Scenario:
    """The values in force, by key path."""

    def __init__(self, path: pathlib.Path, overrides: list[str]):
        self.values = tomllib.loads(path.read_text(encoding="utf-8")) if path.exists() else {}
        for override in overrides:
            key, _, value = override.partition("=")
            *folders, last = key.split(".")
            table = self.values
            for folder in folders:
                table = table.setdefault(folder, {})
            table[last] = tomllib.loads(f"x = {value}")["x"]

    def get(self, key: str, default):
        value = self.values
        for part in key.split("."):
            if not isinstance(value, dict) or part not in value:
                return default
            value = value[part]
        return value

    def segment_scales(self) -> dict[str, float]:
        """A segment's own factor on penalties, where it has one."""
        segments = self.get("fleet.segment", [])
        scales = {s.get("name"): s.get("treatments", s).get("penalty_scale") for s in segments}
        return {name: scale for name, scale in scales.items() if scale is not None}


class Checker:
    """A run's tables in DuckDB, and the verdicts."""

    def __init__(self, directory: pathlib.Path, scenario: Scenario):
        self.db, self.directory, self.scenario, self.failed = duckdb.connect(), directory, scenario, 0
        for table in TABLES:
            file = str(directory / f"{table}.parquet").replace("'", "''")
            self.db.execute(f"CREATE VIEW {table} AS FROM read_parquet('{file}')")

    def rows(self, sql: str) -> list[tuple]:
        return self.db.execute(sql).fetchall()

    def verdict(self, name: str, ok: bool, detail: str):
        self.failed += not ok
        print(f"{'PASS' if ok else 'FAIL'}  {name}: {detail}")

    def none(self, name: str, sql: str, what: str):
        """Passes if the query of offending rows is empty; `what` are all rows that were looked at."""
        bad = self.rows(f"SELECT CAST(COLUMNS(*) AS VARCHAR) FROM ({sql})")
        looked = self.rows(f"SELECT count(*) FROM {what}")[0][0]
        self.verdict(name, not bad, f"{looked} looked at" if not bad else f"{len(bad)} of {looked}, first {bad[0]}")

    def indicators(self):
        """Every indicator of the run from the tables, to 1e-9 relative."""
        get = self.scenario.get
        zones = max(1, self.rows("SELECT count(DISTINCT zone_id) FROM balance")[0][0])
        variables = {
            "dir": str(self.directory),
            "piles": self.piles_in_all(zones),
            "pile_kw": float(get("access.pile_kw", 40.0)),
            "grid_kg_per_kwh": get("plant.grid_kg_per_kwh", 0.4326),
            "v_low": 0.95,
            "v_high": 1.05,
            "price_floor": float(get("pricing.floor", 0.90)),
            "price_cap_share": float(get("pricing.cap_share", 0.98)),
        }
        for name, value in variables.items():
            text = "'" + value.replace("'", "''") + "'" if isinstance(value, str) else value
            self.db.execute(f"SET VARIABLE {name} = {text}")
        ours = dict(self.rows(SQL.read_text(encoding="utf-8")))
        theirs = dict(self.rows("SELECT name, value FROM indicators WHERE scope = 'run'"))
        ours["warmup_days_mser5"] = mser5(self.daily_charged_kwh())
        # The bound is a linear programme of its own, solved on request.
        ours["deadweight_loss_cny"] = theirs["deadweight_loss_cny"] if get("record.clairvoyant", False) else None
        missing = set(ours) ^ set(theirs)
        self.verdict("indicators have the same names", not missing, f"{len(theirs)} names" if not missing else f"only on one side: {sorted(missing)}")
        differing = [(n, theirs[n], float(ours[n]) if ours[n] is not None else None) for n in theirs if n in ours and not same(theirs[n], ours[n])]
        detail = f"{len(theirs)} figures" if not differing else "; ".join(f"{n}: table {t}, recomputed {o}" for n, t, o in differing)
        self.verdict("indicators recomputed from the tables equal indicators to 1e-9", not differing, detail)

    def piles_in_all(self, zones: int) -> int:
        """A pile for every EV where vehicles stay plugged in; one more in the other zone for each that parks elsewhere by day."""
        get = self.scenario.get
        if get("model", "park") == "park" or get("access.mode", "per_stay") != "per_stay":
            return get("access.piles", 48) * zones
        away = "SELECT count(DISTINCT s.ev_id) FROM stays AS s JOIN evs AS e ON e.ev_id = s.ev_id WHERE s.zone_id <> e.zone_id"
        return self.rows("SELECT count(*) FROM evs")[0][0] + self.rows(away)[0][0]

    def daily_charged_kwh(self) -> list[float]:
        start = "(SELECT min(period_start) FROM balance)"
        h = f"24.0 / (SELECT count(DISTINCT period_start) FROM balance WHERE period_start < {start} + INTERVAL 1 DAY)"
        day = f"epoch_us(period_start - {start}) // 86400000000"
        return [x for _, x in self.rows(f"SELECT {day} AS day, sum(ev_charge_kw) * any_value({h}) FROM balance GROUP BY 1 ORDER BY 1")]

    def refunds(self):
        on = self.scenario.get("refund.enabled", True)
        owed = "greatest(price_cny_per_kwh - real_price_cny_per_kwh, 0) * energy_kwh" if on else "0"
        settled = "reservations WHERE direction = 'charge' AND status <> 'open' AND energy_kwh > 0"
        self.none("refunds equal max(0, c - R) x delivered energy",
                  f"SELECT reservation_id, refund_cny, {owed} FROM {settled} AND coalesce(abs(refund_cny - {owed}) > 1e-6, true)", settled)
        idle = "reservations WHERE direction = 'discharge' OR energy_kwh = 0"
        self.none("nothing is refunded without delivery", f"SELECT reservation_id, refund_cny FROM (FROM {idle}) WHERE refund_cny <> 0", f"(FROM {idle})")

    def penalties(self):
        """Every period that ended costs its penalty; none is owed for periods that an outage of the pile took away."""
        get = self.scenario.get
        k = get("penalty.k", [0.1, 0.3, 0.6])
        scale = get("penalty.scale", 1.0) if get("penalty.enabled", True) else 0.0
        peaks = get("tariff.grid.peak_hours", [[7.0, 11.0], [17.0, 22.0]])
        peak = " OR ".join(f"(hour >= {a} AND hour < {b})" for a, b in peaks) or "false"
        own = " ".join(f"WHEN segment = '{n}' THEN {v}" for n, v in self.scenario.segment_scales().items())
        base = {"real": "real_price_cny_per_kwh", "real_price": "real_price_cny_per_kwh"}.get(get("penalty.base", "real_price"), "price_cny_per_kwh")
        owed = f"""
            SELECT reservation_id, penalty_cny, {scale} * {f'CASE {own} ELSE 1 END' if own else '1'}
                   * CASE breach WHEN 'minor' THEN {k[0]} WHEN 'moderate' THEN {k[1]} WHEN 'severe' THEN {k[2]} ELSE 0 END
                   * CASE WHEN {peak} THEN {get('penalty.alpha_peak', 0.7)} ELSE {get('penalty.alpha_off_peak', 0.5)} END
                   * CASE WHEN breach = 'none' OR (status = 'curtailed' AND coalesce(period_end > lost_at, true)) THEN 0 ELSE {base} END * reserved_kwh AS owed
            FROM (SELECT *, ((epoch_us(period_start) - (SELECT min(epoch_us(period_start)) FROM balance) + 8640000000000) % 86400000000) / 3.6e9 AS hour
                  FROM reservations LEFT JOIN (SELECT booking_id, min(t) AS lost_at FROM facts WHERE kind = 'unplugged' AND detail = 'outage' GROUP BY 1) USING (booking_id)
                  WHERE status IN ('fulfilled', 'defaulted', 'curtailed'))"""
        self.none("penalties equal k x alpha x base price x reserved energy",
                  f"FROM ({owed}) WHERE coalesce(abs(penalty_cny - owed) > 1e-6, true)", f"({owed}) WHERE owed > 0")

    def money(self):
        sums = """SELECT booking_id, sum(prepaid_cny) AS prepaid, sum(revenue_cny + returned_cny + refund_cny + forfeited_cny) AS divided
                  FROM reservations WHERE status <> 'open' GROUP BY booking_id"""
        self.none("per booking prepaid = revenue + returned + refund + forfeited",
                  f"FROM ({sums}) WHERE abs(prepaid - divided) > 1e-7", f"({sums})")
        flows = """SELECT account_id, opening_ucny, closing_ucny, coalesce(i.x, 0) AS came, coalesce(o.x, 0) AS went FROM accounts
                   LEFT JOIN (SELECT credit_account AS account_id, sum(amount_ucny) AS x FROM ledger GROUP BY 1) AS i USING (account_id)
                   LEFT JOIN (SELECT debit_account AS account_id, sum(amount_ucny) AS x FROM ledger GROUP BY 1) AS o USING (account_id)"""
        self.none("per account opening + in - out = closing", f"FROM ({flows}) WHERE opening_ucny + came - went <> closing_ucny", f"({flows})")
        strays = "SELECT entry FROM ledger WHERE debit_account NOT IN (SELECT account_id FROM accounts) OR credit_account NOT IN (SELECT account_id FROM accounts) OR amount_ucny <= 0"
        self.none("every transfer moves a positive amount between accounts of the table", strays, "ledger")
        opening, closing = self.rows("SELECT coalesce(sum(opening_ucny), 0), coalesce(sum(closing_ucny), 0) FROM accounts")[0]
        self.verdict("all accounts together are zero", opening == 0 and closing == 0, f"opening {opening}, closing {closing} micro-CNY")
        self.purposes()

    def purposes(self):
        """Column by column, closed bookings against the ledger, where the whole booking lies inside the record."""
        inside = "(SELECT *, min(made_at) OVER (PARTITION BY booking_id) AS made FROM reservations WHERE status <> 'open')"
        start = "(SELECT min(period_start) FROM balance)"
        for column, purpose in [("refund_cny", "refund"), ("penalty_cny", "penalty"), ("returned_cny", "return"), ("forfeited_cny", "forfeit"), ("revenue_cny", "revenue")]:
            sql = f"""SELECT booking_id, sum({column}) AS said, coalesce(sum(moved), 0) AS moved FROM {inside} AS r
                      LEFT JOIN (SELECT reservation_id, sum(amount_ucny) / 1e6 AS moved FROM ledger WHERE purpose = '{purpose}' GROUP BY 1) AS l USING (reservation_id)
                      WHERE made >= {start} GROUP BY booking_id"""
            self.none(f"{column} of bookings is what the ledger moved as {purpose}", f"FROM ({sql}) WHERE abs(said - moved) > 1e-7", f"({sql})")

    def energy(self):
        identity = """load_kw + ev_charge_kw - ev_discharge_kw + battery_kw + losses_kw
                      - pv_used_kw - wind_used_kw - turbine_kw - diesel_kw - grid_kw - traded_kw - unserved_kw"""
        self.none("the power identity of balance holds to 1e-6", f"SELECT zone_id, period_start, {identity} FROM balance WHERE abs({identity}) > 1e-6", "balance")
        unserved = """SELECT zone_id, period_start, unserved_kw, power_kw FROM balance
                      FULL JOIN (SELECT zone_id, period_start, power_kw FROM facts WHERE kind = 'load_unserved'
                                 AND period_start >= (SELECT min(period_start) FROM balance)) USING (zone_id, period_start)"""
        self.none("unserved load is a fact", f"FROM ({unserved}) WHERE abs(coalesce(unserved_kw, 0) - coalesce(power_kw, 0)) > 1e-6", "balance")
        curtailed = "pv_available_kw + wind_available_kw - pv_used_kw - wind_used_kw - curtailed_kw"
        self.none("renewables are used or curtailed", f"SELECT zone_id, period_start, {curtailed} FROM balance WHERE abs({curtailed}) > 1e-6", "balance")
        stay = "soc_arrival * battery_kwh + energy_charged_kwh * charge_efficiency - energy_discharged_kwh / discharge_efficiency - soc_departure * battery_kwh"
        self.none("the energy of every stay holds to 1e-6", f"SELECT stay_id, {stay} FROM stays JOIN evs USING (ev_id) WHERE coalesce(abs({stay}) > 1e-6, true)", "stays")
        plug = stay.replace("stay_id", "session_id")
        self.none("the energy of every plug-in holds to 1e-6", f"SELECT session_id, {plug} FROM sessions JOIN evs USING (ev_id) WHERE coalesce(abs({plug}) > 1e-6, true)", "sessions")
        sums = """SELECT stay_id, any_value(energy_charged_kwh) - coalesce(sum(c), 0) AS missing FROM stays
                  LEFT JOIN (SELECT stay_id, energy_charged_kwh AS c FROM sessions) USING (stay_id)
                  WHERE arrival >= (SELECT min(period_start) FROM balance) GROUP BY stay_id"""
        self.none("plug-ins add up to their stays", f"FROM ({sums}) WHERE abs(missing) > 1e-6", f"({sums})")
        driven = """SELECT ev_id, stay_id, (lag(soc_departure) OVER w - soc_arrival) * battery_kwh - driven_kwh AS missing
                    FROM stays JOIN evs USING (ev_id) WINDOW w AS (PARTITION BY ev_id ORDER BY arrival)"""
        self.none("between stays the battery loses what was driven", f"FROM ({driven}) WHERE abs(missing) > 1e-6", f"({driven}) WHERE missing IS NOT NULL")
        meters = """SELECT b.zone_id, b.period_start, ev_charge_kw * h - coalesce(c, 0) AS charge, ev_discharge_kw * h - coalesce(d, 0) AS discharge
                    FROM balance AS b CROSS JOIN (SELECT min(x) / 3.6e9 AS h FROM (SELECT epoch_us(p) - lag(epoch_us(p)) OVER (ORDER BY p) AS x FROM (SELECT DISTINCT period_start AS p FROM balance)))
                    LEFT JOIN (SELECT zone_id, period_start, sum(energy_kwh) FILTER (direction = 'charge') AS c, sum(energy_kwh) FILTER (direction = 'discharge') AS d
                               FROM facts WHERE kind = 'set_point' GROUP BY ALL) AS f ON b.zone_id = f.zone_id AND b.period_start = f.period_start"""
        self.none("the piles' meters add up to balance", f"FROM ({meters}) WHERE abs(charge) > 1e-6 OR abs(discharge) > 1e-6", f"({meters})")

    def piles(self):
        overlap = """SELECT pile_id, session_id, arrival, departure, lag(session_id) OVER w AS other, max(until) OVER (w ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING) AS taken_until
                     FROM (SELECT *, coalesce(departure, 'infinity'::TIMESTAMPTZ) AS until FROM sessions) WINDOW w AS (PARTITION BY pile_id ORDER BY arrival, departure)"""
        self.none("no pile is used by two vehicles at once", f"FROM ({overlap}) WHERE taken_until > arrival", "sessions")
        # A slot belongs to the booking that was not given back, not defaulted on and not freed by a ticket. Bookings that began before
        # the record are left out: their tickets may lie before it.
        slots = """SELECT pile_id, period_start, list(booking_id) AS owners FROM (SELECT *, min(period_start) OVER (PARTITION BY booking_id) AS begins FROM reservations) AS r
                   WHERE (status = 'fulfilled' OR status = 'open') AND begins >= (SELECT min(period_start) FROM balance)
                     AND NOT (status = 'open' AND breach = 'severe')
                     AND NOT EXISTS (SELECT 1 FROM tickets AS t WHERE t.booking_id = r.booking_id AND r.period_start >= t.period_start)
                   GROUP BY ALL"""
        self.none("no slot has two owners", f"FROM ({slots}) WHERE len(owners) > 1", f"({slots})")
        wins = """SELECT t.ticket_id, t.status, t.winner_ev_id, count(DISTINCT r.booking_id) AS bookings, count(DISTINCT r.ev_id) AS evs,
                         bool_and(r.ev_id = t.winner_ev_id AND r.booking_id = t.winner_booking_id) AS same
                  FROM tickets AS t LEFT JOIN reservations AS r USING (ticket_id) GROUP BY ALL"""
        self.none("a ticket has one winner at most",
                  f"FROM ({wins}) WHERE bookings > 1 OR (status = 'expired' AND (bookings > 0 OR winner_ev_id IS NOT NULL)) OR (status = 'awarded' AND NOT coalesce(same, false))", "tickets")

    def limits(self):
        """State of charge and power of every EV, at every moment that the tables show."""
        soc = """SELECT ev_id, soc FROM (SELECT ev_id, unnest([soc_arrival, soc_departure]) AS soc FROM stays
                 UNION ALL SELECT ev_id, unnest([soc_arrival, soc_departure]) FROM sessions)"""
        self.none("states of charge lie between 0 and 1", f"FROM ({soc}) WHERE soc < -1e-9 OR soc > 1 + 1e-9", f"({soc})")
        power = """SELECT f.ev_id, period_start, power_kw, CASE direction WHEN 'charge' THEN charge_kw ELSE discharge_kw END AS most
                   FROM facts AS f JOIN evs USING (ev_id) WHERE kind = 'set_point'"""
        pile_kw = float(self.scenario.get("access.pile_kw", 40.0))
        self.none("set points keep to the limits of vehicle and pile", f"FROM ({power}) WHERE power_kw > least(most, {pile_kw}) + 1e-6", f"({power})")

    def group(self):
        """A group of microgrids: both layers' objectives, prices, limits of exchange and of states of charge."""
        get = self.scenario.get
        if get("model", "park") != "group":
            return
        targets = "facts WHERE kind = 'zone_target'"
        hours = "(SELECT min(x) / 3.6e9 AS h FROM (SELECT epoch_us(p) - lag(epoch_us(p)) OVER (ORDER BY p) AS x FROM (SELECT DISTINCT period_start AS p FROM balance)))"
        # f1: squared deviations of the planned net load of each zone from its mean over the plan; f2: planned charging at its price.
        objectives = f"""
            SELECT t, (SELECT sum((power_kw - mean) ** 2 * h) FROM (FROM {targets}) AS f
                       JOIN (SELECT t, zone_id, avg(power_kw) AS mean FROM {targets} GROUP BY ALL) AS m USING (t, zone_id)
                       CROSS JOIN {hours} WHERE f.t = p.t) AS f1,
                   (SELECT sum(energy_kwh * price_cny_per_kwh) FROM {targets} AND facts.t = p.t) AS f2, f1_kw2, f2_cny
            FROM pareto AS p WHERE chosen"""
        off = "abs(f1 / f1_kw2 - 1) > 1e-9 OR abs(f2 - f2_cny) > 1e-9 * greatest(f2_cny, 1)"
        self.none("f1 and f2 of the chosen solution follow from its targets", f"FROM ({objectives}) WHERE coalesce({off}, true)", f"({objectives})")
        self.none("each front has one chosen solution", "SELECT t, count(*) FROM pareto GROUP BY t HAVING count(*) FILTER (chosen) <> 1", "pareto")
        worse = "SELECT a.solution_id FROM pareto AS a JOIN pareto AS b USING (t) WHERE a.f1_kw2 > b.f1_kw2 AND a.f2_cny > b.f2_cny"
        self.none("no solution of a front is worse than another in both objectives", worse, "pareto")
        kept = f"""SELECT b.zone_id, b.period_start, target_p_kw, power_kw FROM balance AS b JOIN (
                     SELECT zone_id, period_start, arg_max(power_kw, t) AS power_kw FROM {targets} GROUP BY ALL) AS f USING (zone_id, period_start)"""
        self.none("targets in balance are those of the plan in force", f"FROM ({kept}) WHERE abs(target_p_kw - power_kw) > 1e-9", f"({kept})")
        priced = f"""SELECT f.zone_id, f.period_start, f.price_cny_per_kwh, p.grid_price_cny_per_kwh FROM (FROM {targets}) AS f
                     JOIN prices AS p ON p.zone_id = f.zone_id AND p.period_start = f.period_start AND p.published_at = f.t"""
        self.none("published prices are the plan's", f"FROM ({priced}) WHERE price_cny_per_kwh <> grid_price_cny_per_kwh", f"({priced})")
        self.price_form(targets)
        # Who parks elsewhere by day pays at home when it has left.
        settled = "ev_id NOT IN (SELECT s.ev_id FROM stays AS s JOIN evs AS e ON e.ev_id = s.ev_id WHERE s.zone_id <> e.zone_id)"
        paid = f"""SELECT zone_id, any_value(paid) AS paid, sum(energy_kwh * price) AS owed FROM facts AS f
                  JOIN (SELECT zone_id, period_start, arg_max(grid_price_cny_per_kwh, published_at) AS price FROM prices
                        WHERE grid_price_cny_per_kwh IS NOT NULL AND reservation_price_cny_per_kwh IS NULL GROUP BY ALL) USING (zone_id, period_start)
                  JOIN (SELECT zone_id, sum(amount_ucny) / 1e6 AS paid FROM ledger JOIN accounts AS a ON account_id = debit_account JOIN evs ON ev_id = owner_id
                        WHERE purpose = 'walk_in' AND a.kind = 'ev' AND {settled} AND t > (SELECT min(period_start) FROM balance) GROUP BY 1) USING (zone_id)
                  WHERE f.kind = 'set_point' AND direction = 'charge' AND booking_id IS NULL AND {settled} GROUP BY 1"""
        self.none("EVs pay the published price for what they charge", f"FROM ({paid}) WHERE abs(paid - owed) > 0.01", f"({paid})")
        limits = [m.get("exchange_kw_max", 3000.0) for m in get("microgrid", [])] or [3000.0] * 3
        for zone, limit in enumerate(limits, 1):
            self.none(f"zone {zone} keeps to its exchange limit of {limit:g} kW", f"SELECT period_start, grid_kw FROM balance WHERE zone_id = {zone} AND abs(grid_kw) > {limit} + 1e-6", f"balance WHERE zone_id = {zone}")
        self.none("no battery is charged above 0.95 or its user's target", "SELECT stay_id, soc_departure FROM stays WHERE soc_departure > greatest(0.95, soc_target, soc_arrival) + 1e-9", "stays")
        if get("participation.arrival_error_h", 0.0) == 0 and get("participation.departure_error_h", 0.0) == 0 and not get("booking.enabled", False):
            done = f"""SELECT s.stay_id, f.energy_kwh AS planned, s.energy_charged_kwh FROM facts AS f JOIN stays AS s ON s.ev_id = f.ev_id AND s.zone_id = f.zone_id AND s.planned_arrival >= f.period_start - INTERVAL 2 SECOND
                      CROSS JOIN {hours} JOIN evs ON evs.ev_id = f.ev_id WHERE f.kind = 'charge_planned' AND epoch_us(s.planned_arrival) < epoch_us(f.period_start) + h * 3.6e9 AND s.departure IS NOT NULL AND abs(f.energy_kwh - s.energy_charged_kwh) > 1e-4 * battery_kwh / charge_efficiency"""
            self.none("every participant is charged as planned", done, "facts WHERE kind = 'charge_planned'")
            # S_end - S_expect of each participant: energy planned less energy needed, times efficiency, over capacity.
            ends = f"""SELECT f.zone_id, f.t, sum(((f.energy_kwh - s.energy_needed_kwh) * charge_efficiency / battery_kwh) ** 2) AS error, count(*) AS n
                       FROM facts AS f CROSS JOIN {hours} JOIN evs ON evs.ev_id = f.ev_id JOIN stays AS s ON s.ev_id = f.ev_id AND s.zone_id = f.zone_id
                         AND s.planned_arrival >= f.period_start - INTERVAL 2 SECOND AND epoch_us(s.planned_arrival) < epoch_us(f.period_start) + h * 3.6e9
                       WHERE f.kind = 'charge_planned' GROUP BY ALL"""
            lower = f"SELECT zone_id, t, squared_error, error, stays, n FROM sharings LEFT JOIN ({ends}) USING (zone_id, t)"
            self.none("the lower layer's sum of (S_end - S_expect)^2 follows from plans and needs",
                      f"FROM ({lower}) WHERE stays > 0 AND coalesce(n <> stays OR abs(error - squared_error) > 1e-6 + 1e-6 * squared_error, true)", "sharings")
        gap = "SELECT zone_id, t, sqrt(squared_error / stays) AS rms, sqrt(exact_squared_error / stays) AS exact FROM sharings WHERE stays > 0"
        self.none("the root mean square error of the state of charge is at most 0.08 above the exact one", f"FROM ({gap}) WHERE rms > exact + 0.08", f"({gap})")
        followers = "facts AS f JOIN evs USING (ev_id) WHERE f.kind = 'charge_planned'"
        self.none("only participants are planned", f"SELECT ev_id FROM {followers} AND NOT participates", "evs WHERE participates")

    def price_form(self, targets: str):
        """C = C_TOU L / L_max + C_s: one L_max for all periods of a plan (the default form)."""
        get = self.scenario.get
        if get("price.form", "tou_times_load") != "tou_times_load" or any("tariff" in m for m in get("microgrid", [])):
            return
        hours, prices = get("tariff.ev.hours", get("tariff.grid.hours", [])), get("tariff.ev.prices", get("tariff.grid.prices", []))
        scale = get("tariff.grid.scale", 1.0) * get("tariff.ev.scale", 1.0)
        steps = list(zip(hours, prices)) or [(0.0, 1.0)]
        tou = " ".join(f"WHEN hour >= {h} THEN {p}" for h, p in reversed(steps)) + f" ELSE {steps[-1][1]}"
        load_max = f"""
            SELECT t, load / nullif(price - {get('price.service_cny_per_kwh', 1.12)}, 0) * {scale} * CASE {tou} END AS load_max FROM (
              SELECT t, sum(power_kw) AS load, any_value(price_cny_per_kwh) AS price,
                     ((epoch_us(any_value(period_start)) - (SELECT min(epoch_us(period_start)) FROM balance) + 8640000000000) % 86400000000) / 3.6e9 AS hour
              FROM {targets} GROUP BY t, period_start)"""
        spread = f"SELECT t, max(load_max) / min(load_max) - 1 AS spread FROM ({load_max}) GROUP BY t"
        self.none("prices follow C_TOU L / L_max + C_s with one L_max a plan", f"FROM ({spread}) WHERE spread > 1e-9", f"({spread})")

    def trades(self):
        """Zonal trades of a feeder: price bounds (P0 eq. 11), limits, money, energy."""
        made = "(FROM trades WHERE status <> 'refused')"
        cap = "price_cny_per_kwh * energy_kwh - grid_price_cny_per_kwh * (energy_kwh + loss_kwh)"
        self.none("a trade costs at most the grid's price of its energy and loss (eq. 11)", f"SELECT trade_id, {cap} FROM {made} WHERE {cap} > 1e-9", made)
        asked = "(SELECT min(price_cny_per_kwh) FROM facts WHERE kind = 'trade_offered' AND facts.zone_id = seller_zone_id AND facts.period_start = t.period_start)"
        # Losses are known when the period is over: where eq. 11's cap turns out below what was asked, it holds.
        floor = f"least({asked}, grid_price_cny_per_kwh * (1 + loss_kwh / energy_kwh))"
        self.none("a trade costs at least what its seller asked",
                  f"SELECT trade_id, price_cny_per_kwh FROM {made} AS t WHERE coalesce(price_cny_per_kwh < {floor} - 1e-9, true)", made)
        self.none("refused trades say the limit, others none",
                  "SELECT trade_id FROM trades WHERE (status = 'refused') <> coalesce(refused_by IN ('voltage', 'current', 'export'), false)", "trades")
        adjacent = """SELECT DISTINCT a.zone_id AS x, b.zone_id AS y FROM branches JOIN voltages AS a ON a.bus_id = from_bus_id JOIN voltages AS b ON b.bus_id = to_bus_id
                      WHERE a.zone_id <> b.zone_id"""
        self.none("only neighbours trade", f"SELECT trade_id FROM trades WHERE NOT EXISTS (FROM ({adjacent}) WHERE (x, y) IN ((buyer_zone_id, seller_zone_id), (seller_zone_id, buyer_zone_id)))", "trades")
        low, high = self.scenario.get("dispatch.vmin_pu", 0.95), self.scenario.get("dispatch.vmax_pu", 1.05)
        self.none("voltages keep their band where trades were admitted",
                  f"SELECT bus_id, period_start, v_pu FROM voltages WHERE period_start IN (SELECT period_start FROM {made}) AND (v_pu < {low} - 1e-4 OR v_pu > {high} + 1e-4)", f"{made}")
        substation = "SELECT period_start, sum(p_kw) AS import_kw FROM branches WHERE from_bus_id IN (SELECT bus_id FROM voltages WHERE zone_id IS NULL) GROUP BY 1"
        self.none("nothing flows back where trades were admitted", f"FROM ({substation}) WHERE import_kw < -0.01 AND period_start IN (SELECT period_start FROM {made})", f"({substation})")
        self.none("what the zones take from the grid is what flows in at the substation",
                  f"SELECT s.period_start, import_kw - g FROM ({substation}) AS s JOIN (SELECT period_start, sum(grid_kw) AS g FROM balance WHERE zone_id IS NOT NULL GROUP BY 1) USING (period_start) WHERE abs(import_kw - g) > 1e-6",
                  f"({substation})")
        excess = self.scenario.get("dispatch.excess_cny_per_kwh", 1.255)
        hours = "(SELECT min(x) / 3.6e9 FROM (SELECT epoch_us(p) - lag(epoch_us(p)) OVER (ORDER BY p) AS x FROM (SELECT DISTINCT period_start AS p FROM balance)))"
        missed = f"SELECT zone_id, period_start, (delivered_p_kw - allowed_p_kw) * {hours} AS kwh FROM balance WHERE allowed_p_kw <> 0 AND delivered_p_kw > allowed_p_kw"
        self.none("what exceeds the allowance is penalised, all of it and nothing else (eq. 22)",
                  f"SELECT * FROM ({missed}) AS m FULL JOIN (SELECT * FROM facts WHERE kind = 'target_missed') AS f USING (zone_id, period_start) WHERE abs(coalesce(m.kwh, 0) - coalesce(f.energy_kwh, 0)) > 1e-9 OR abs(coalesce(f.amount_cny, 0) - coalesce(f.energy_kwh, 0) * {excess}) > 1e-6",
                  f"({missed})")
        # The trades of the last period of the warm-up are paid when the record has just been opened.
        late = """SELECT trade_id FROM ledger WHERE purpose = 'zonal_trade' AND trade_id < (SELECT coalesce(min(trade_id), 9223372036854775807) FROM trades)
                  AND t < (SELECT min(period_start) FROM balance) + INTERVAL 1 MINUTE"""
        paid = f"""SELECT trade_id, owner_id, side, sum(amount_ucny) AS paid FROM (
                      SELECT trade_id, a.owner_id, 'buyer' AS side, amount_ucny FROM ledger JOIN accounts AS a ON debit_account = account_id WHERE purpose = 'zonal_trade' AND a.kind = 'aggregator'
                      UNION ALL SELECT trade_id, a.owner_id, 'seller', amount_ucny FROM ledger JOIN accounts AS a ON credit_account = account_id WHERE purpose = 'zonal_trade' AND a.kind = 'aggregator')
                  WHERE trade_id NOT IN ({late}) GROUP BY ALL"""
        owed = f"""SELECT trade_id, buyer_zone_id AS owner_id, 'buyer' AS side, energy_kwh * price_cny_per_kwh * 1e6 AS owed FROM {made}
                   UNION ALL SELECT trade_id, seller_zone_id, 'seller', energy_kwh * price_cny_per_kwh * 1e6 FROM {made}"""
        self.none("the ledger moves energy x price from buyer to seller",
                  f"SELECT trade_id, side, owed, paid FROM ({owed}) FULL JOIN ({paid}) USING (trade_id, owner_id, side) WHERE abs(coalesce(owed, 0) - coalesce(paid, 0)) > 1", made)
        h = "(SELECT min(x) / 3.6e9 FROM (SELECT epoch_us(p) - lag(epoch_us(p)) OVER (ORDER BY p) AS x FROM (SELECT DISTINCT period_start AS p FROM balance)))"
        sides = f"""SELECT zone_id, period_start, sum(kwh) AS kwh FROM (SELECT buyer_zone_id AS zone_id, period_start, energy_kwh AS kwh FROM {made}
                    UNION ALL SELECT seller_zone_id, period_start, -energy_kwh FROM {made}) GROUP BY ALL"""
        self.none("the balance of each zone has its trades",
                  f"SELECT zone_id, period_start, traded_kw * {h}, kwh FROM balance LEFT JOIN ({sides}) USING (zone_id, period_start) WHERE abs(traded_kw * {h} - coalesce(kwh, 0)) > 1e-6", "balance")

    def demand(self):
        """Elastic demand of a feeder: who fills which period in which order (Fig. 4), and that needs are met."""
        ranked = """SELECT *, list_position(['type_4', 'type_1', 'type_2', 'type_3'], detail) AS rank, lag(list_position(['type_4', 'type_1', 'type_2', 'type_3'], detail)) OVER w AS before
                    FROM facts WHERE kind = 'demand_filled' WINDOW w AS (PARTITION BY zone_id, t ORDER BY seq)"""
        self.none("user types fill in the order 4, 1, 2, 3 (Fig. 4)", f"SELECT zone_id, t, detail FROM ({ranked}) WHERE rank IS NULL OR rank < before", "facts WHERE kind = 'demand_filled'")
        h = "(SELECT min(x) / 3.6e9 FROM (SELECT epoch_us(p) - lag(epoch_us(p)) OVER (ORDER BY p) AS x FROM (SELECT DISTINCT period_start AS p FROM balance)))"
        chain = f"""SELECT zone_id, t, period_start, power_kw - lag(power_kw + energy_kwh / {h}) OVER (PARTITION BY zone_id, t, period_start ORDER BY seq) AS off FROM facts WHERE kind = 'demand_filled'"""
        self.none("each type finds the net load that those before it left", f"FROM ({chain}) WHERE abs(off) > 1e-6", f"({chain}) WHERE off IS NOT NULL")
        groups = """SELECT zone_id, t, detail, price_cny_per_kwh, sum(power_kw * energy_kwh) / sum(energy_kwh) AS filled, avg(power_kw) AS mean FROM facts
                    WHERE kind = 'demand_filled' GROUP BY ALL HAVING count(*) > 1 AND sum(energy_kwh) > 0 AND max(power_kw) > min(power_kw)"""
        total, lower = self.rows(f"SELECT count(*), count(*) FILTER (filled <= mean) FROM ({groups})")[0]
        self.verdict("within a kind of period demand is filled where net load is low", lower >= 0.8 * total, f"below the mean in {lower} of {total} groups of zone, hour, type and tariff")
        if not self.rows("SELECT count(*) FROM reservations")[0][0]:  # a booking may be for less
            self.none("every stay that has ended has what it needs", "SELECT stay_id, unmet_kwh FROM stays WHERE departure IS NOT NULL AND unmet_kwh > 1e-5", "stays")
        print("info  user types: " + ", ".join(f"{word} {n}" for word, n in self.rows("SELECT user_type, count(*) FROM stays GROUP BY 1 ORDER BY 1")))

    def same_needs(self, other: pathlib.Path):
        file = str(other / "stays.parquet").replace("'", "''")
        pairs = f"""SELECT a.ev_id, a.planned_arrival, a.soc_departure - a.soc_arrival - (b.soc_departure - b.soc_arrival) AS off FROM stays AS a
                    JOIN read_parquet('{file}') AS b USING (ev_id, planned_arrival) WHERE a.departure IS NOT NULL AND b.departure IS NOT NULL"""
        self.none(f"every stay gets the energy that it gets in {other}", f"FROM ({pairs}) WHERE abs(off) > 1e-9", f"({pairs})")

    def occurrences(self):
        """What a run shows of the mechanism; not a verdict, since one small run need not show all."""
        for name, sql in [("statuses", "SELECT status, count(DISTINCT booking_id) FROM reservations GROUP BY 1 ORDER BY 1"),
                          ("breaches", "SELECT breach, count(DISTINCT booking_id) FROM reservations GROUP BY 1 ORDER BY 1"),
                          ("tickets", "SELECT status, count(*) FROM tickets GROUP BY 1 ORDER BY 1")]:
            print(f"info  {name}: " + ", ".join(f"{word} {n}" for word, n in self.rows(sql)))


def mser5(daily: list[float]) -> float | None:
    """Days to drop by MSER-5 (White, Cobb and Spratt 2000) if the series has settled in its first half."""
    batches = [sum(daily[i:i + 5]) / 5 for i in range(0, len(daily) - 4, 5)]
    if len(batches) < 2:
        return None

    def error(begin: int) -> float:
        rest = batches[begin:]
        mean = sum(rest) / len(rest)
        return sum((x - mean) ** 2 for x in rest) / len(rest) ** 2

    half = len(batches) // 2
    best = min(range(max(len(batches) - 5, 1)), key=error)
    return 5.0 * min(range(half + 1), key=error) if best < half else None


def same(a, b) -> bool:
    """Equal to 1e-9 relative; nothing equals nothing."""
    if a is None or b is None:
        return a is None and b is None
    return math.isclose(a, float(b), rel_tol=1e-9, abs_tol=1e-9)


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("directory", type=pathlib.Path, help="directory of a run")
    parser.add_argument("--same-needs", type=pathlib.Path, metavar="DIR", help="directory of another run of the same people")
    parser.add_argument("--set", action="append", default=[], metavar="KEY=VALUE", help="a scenario value, in TOML")
    arguments = parser.parse_args()
    checker = Checker(arguments.directory, Scenario(arguments.directory / "scenario.resolved.toml", arguments.set))
    checker.indicators()
    checker.refunds()
    checker.penalties()
    checker.money()
    checker.energy()
    checker.piles()
    checker.limits()
    checker.group()
    if checker.rows("SELECT count(*) FROM voltages")[0][0]:
        checker.trades()
        checker.demand()
    if arguments.same_needs:
        checker.same_needs(arguments.same_needs)
    checker.occurrences()
    return 1 if checker.failed else 0


if __name__ == "__main__":
    sys.exit(main())
