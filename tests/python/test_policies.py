"""Own policies: callables in the place of built-in ones."""

import time
import traceback

import pytest

import gridflock as gf
from test_package import same

SMALL = dict(seed=3)
TABLES = ["facts", "reservations", "ledger", "prices", "stays", "balance"]


def alike(a, b, tables=TABLES):
    return all(same(a.tables[name], b.tables[name]) for name in tables)


@pytest.mark.parametrize("rule", ["tariff", "fixed"])
def test_a_pricing_policy_that_repeats_the_built_in_rule_gives_the_same_tables(rule):
    sets = {"pricing.fixed": 1.1, "discharge.enabled": False}

    def own(view):
        price = view["tariff_ev"] if rule == "tariff" else 1.1 + 0.0 * view["tariff_ev"]
        return {"reservation": price, "low": price, "high": price, "ticket": tickets(view, price)}

    built_in = gf.run("park-small", **SMALL, overrides={**sets, "pricing.policy": rule})
    # Another rule stands behind it: nothing of that may be left.
    overrides = {**sets, "pricing.policy": "iom"}
    assert alike(gf.run("park-small", **SMALL, overrides=overrides, policies={"pricing": own}), built_in)
    assert not alike(gf.run("park-small", **SMALL, overrides=overrides), built_in)


def tickets(v, c):
    """The built-in rule of ticket prices, with alpha 1."""
    import numpy as np

    scarcity = np.clip(v["expected_count"] / max(v["piles"], 1.0), 0.0, 1.0)
    real = v["expected_real"]
    return np.where(real >= c, c, real + (c - real) * scarcity)


def test_policies_that_answer_what_is_built_in_change_nothing():
    plain = gf.run("park-small", **SMALL)
    own = gf.run(
        "park-small",
        **SMALL,
        policies={
            "pricing": lambda v: {k: v[k] for k in ("reservation", "discharge", "ticket", "low", "high")},
            "ticket_price": lambda v: v["ticket"],
            "penalty": lambda v: v["built_in_cny"],
            "attendance": lambda v: (v["cancel"], v["stay_away"]),
        },
    )
    assert alike(plain, own)
    assert own.complete


def test_policies_decide():
    nobody = gf.run("park-small", **SMALL, policies={"attendance": lambda v: "stay_away" if v["moment"] == 2 else "honour"})
    assert nobody.indicators["no_show_rate"] > 0.9
    everybody = gf.run("park-small", **SMALL, policies={"attendance": lambda v: "honour"})
    assert everybody.indicators["no_show_rate"] < 0.2
    double = gf.run("park-small", **SMALL, policies={"penalty": lambda v: 2 * v["built_in_cny"]})
    single = gf.run("park-small", **SMALL)
    assert double.indicators["penalty_revenue_cny"] == pytest.approx(2 * single.indicators["penalty_revenue_cny"], rel=1e-6)
    cheap = gf.run("park-small", **SMALL, policies={"pricing": lambda v: v["floor"]})
    assert set(cheap.tables["prices"].to_pandas()["reservation_price_cny_per_kwh"].dropna()) == {0.9}


def test_the_batch_form_answers_for_many_and_costs_little():
    def single(v):
        return (v["cancel"], v["stay_away"])

    @gf.batch
    def many(views):
        return list(zip(views["cancel"], views["stay_away"]))

    a = gf.run("park", seed=1, policies={"attendance": single})
    b = gf.run("park", seed=1, policies={"attendance": many})
    c = gf.run("park", seed=1)
    assert alike(a, b) and alike(b, c)

    def cpu(**options):
        best = float("inf")
        for _ in range(3):
            begin = time.process_time()
            gf.run("park", seed=1, tables="indicators", **options)
            best = min(best, time.process_time() - begin)
        return best

    assert cpu(policies={"attendance": many}) <= 3.0 * cpu()

    @gf.batch
    def too_many(views):
        return [(0.0, 0.0)] * (len(views) + 1)

    with pytest.raises(ValueError, match="1 view and 2 answers"):
        gf.run("park-small", policies={"attendance": too_many})


def test_exceptions_carry_the_users_traceback():
    def pricing(view):
        return my_own_helper(view)

    def my_own_helper(view):
        raise KeyError("nothing by that name")

    with pytest.raises(KeyError, match="nothing by that name") as caught:
        gf.run("park-small", policies={"pricing": pricing})
    names = [frame.name for frame in traceback.extract_tb(caught.value.__traceback__)]
    assert "my_own_helper" in names and "pricing" in names
    sim = gf.Simulation("park-small", policies={"attendance": lambda v: 1 / 0})
    with pytest.raises(ZeroDivisionError):
        sim.run_to_end()
    # The run is over, and says why.
    with pytest.raises(gf.GridflockError, match="ZeroDivisionError"):
        sim.run_to_end()


@pytest.mark.parametrize(
    "policies, match",
    [
        ({"colour": lambda v: 1}, "colour"),
        ({"pricing": 3}, "called"),
        ({"pricing": lambda v: [1.0]}, "1 numbers for 96"),
        ({"pricing": lambda v: float("nan")}, "no price"),
        ({"pricing": lambda v: -1.0}, "no price"),
        ({"pricing": lambda v: "dear"}, "no number"),
        ({"pricing": lambda v: {"colour": 1.0}}, "colour"),
        ({"penalty": lambda v: float("inf")}, "no penalty"),
        ({"attendance": lambda v: "maybe"}, "maybe"),
        ({"attendance": lambda v: (0.9, 0.9)}, "probabilities"),
        ({"attendance": lambda v: None}, "."),
    ],
)
def test_answers_that_make_no_sense_are_errors(policies, match):
    with pytest.raises((ValueError, TypeError), match=match):
        gf.run("park-small", days=2, policies=policies)


def test_views_cannot_be_written():
    def pricing(v):
        v["floor"] = 0.0

    with pytest.raises(TypeError):
        gf.run("park-small", policies={"pricing": pricing})


class Rising:
    """A price that rises with each publication."""

    def __init__(self):
        self.asked = 0

    def __call__(self, view):
        self.asked += 1
        return min(0.9 + 0.01 * self.asked, 1.2)

    def get_state(self):
        return self.asked

    def set_state(self, state):
        self.asked = state


def test_what_policies_remember_is_saved_and_forked():
    def run_to_end(sim):
        sim.run_to_end()
        return sim.finish()

    whole = run_to_end(gf.Simulation("park-small", policies={"pricing": Rising()}))
    sim = gf.Simulation("park-small", policies={"pricing": Rising()})
    sim.advance("36h")
    state, twin = sim.save(), sim.fork()
    assert alike(run_to_end(twin), whole)
    assert alike(run_to_end(sim), whole)
    again = gf.Simulation.restore(state, policies={"pricing": Rising()})
    assert alike(run_to_end(again), whole)
    with pytest.raises(ValueError, match="pricing"):
        gf.Simulation.restore(state)

    count = 0

    def closure(view):
        nonlocal count
        count += 1
        return 1.0

    sim = gf.Simulation("park-small", policies={"pricing": closure})
    sim.advance("30h")
    assert count > 0
    for refused in (sim.save, sim.fork):
        with pytest.raises(TypeError, match="get_state"):
            refused()


def test_runs_on_disk_take_policies_too(tmp_path):
    gf.run("park-small", **SMALL, policies={"attendance": lambda v: "honour"}, output=tmp_path / "own")
    kept = gf.read(tmp_path / "own")
    memory = gf.run("park-small", **SMALL, policies={"attendance": lambda v: "honour"})
    assert same(kept.tables["reservations"], memory.tables["reservations"])
    assert kept.indicators.keys() == memory.indicators.keys()


def test_a_policy_that_asks_its_own_simulation_is_an_error_and_no_deadlock():
    sim = None

    def nosy(view):
        return sim.read(1)["reservation_price"]

    sim = gf.Simulation("park-small", policies={"pricing": nosy})
    with pytest.raises(RuntimeError, match="the simulation that asks it"):
        sim.run_to_end()
