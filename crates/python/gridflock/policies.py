"""Own policies: callables in the place of the built-in ones.

``gf.run("park", policies={"attendance": f})`` asks ``f`` wherever a user decides on a booking. What is
not given stays built in. Policies are asked on one thread, zone after zone; the run is repeatable if
they are.

============== ===================================================== ================================
name           the view (a read-only mapping)                        the answer
============== ===================================================== ================================
pricing        arrays by published period: `load_kw`, `surplus_kw`,  reservation prices (CNY/kWh): a
               `booked_kw`, `booked_discharge_kw`, `connected_kw`,   number, or one for each period;
               `dischargeable_kw` (kW), `expected_count`,            or a dict of some of
               `tariff_ev`, `tariff_plant`, and the built-in         `reservation`, `discharge`
               decision: `reservation`, `low`, `high`, `discharge`   (NaN: nothing is bought),
               (NaN: nothing is bought), `ticket`, `expected_real`   `ticket`, `low`, `high`
               (CNY/kWh); numbers: `first_period`,
               `periods_per_day`, `dt_h`, `piles`, `need_kwh`,
               `vehicle_kwh`, `ticket_share`, `service_fee`,
               `floor`, `cap_share`
ticket_price   the same, `ticket` being the built-in answer          ticket prices, as above
penalty        `ev_id`, `zone_id`, `grade` (1 minor, 2 moderate,     penalty of the period (CNY)
               3 severe), `peak`, `base_cny_per_kwh`,
               `reserved_kwh`, `own_scale`, `built_in_cny`
attendance     `ev_id`, `zone_id`, `segment`, `moment` (0 confirmed, `"honour"`, `"cancel"`,
               1 ahead, 2 before plugging in), `price` (CNY/kWh),    `"stay_away"`, or the
               `need_kwh`, `lead_h`, `saving_cny`, `refund_cny`,     probabilities of cancelling and
               `cancel_fee_cny`, `severe_penalty_cny`,               of staying away, of which the
               `forfeit_cny`, `plan_changed`, `keeping_cost_cny`,    user's own draw picks one
               `reminded`, `behaviour_class`, and the built-in
               odds `cancel`, `stay_away`
============== ===================================================== ================================

Users expect the penalty that the scenario's rule announces, whatever `penalty` takes. Each question
costs about 2 microseconds and what the callable itself needs; a park asks `attendance` some 700 times
a day, `pricing` 24 times.
"""

from __future__ import annotations

import copy
import types
from collections.abc import Callable, Mapping
from typing import Any, TypeVar

F = TypeVar("F", bound=Callable[..., Any])

#: Policies by name.
Policies = Mapping[str, Callable[[Any], Any]]


def batch(policy: F) -> F:
    """Marks a per-EV policy (`attendance`, `penalty`) that answers for all rows of a structured array
    at once: `views["price"]` is a column, the answers a sequence as long. A batch holds who decides at
    the same instant in a zone: mostly one."""
    policy.gridflock_batch = True  # type: ignore[attr-defined]
    return policy


def native(policies: Policies | None) -> dict[str, tuple[Callable[[Any], Any], bool]] | None:
    """Policies as the native half takes them."""
    if not policies:
        return None
    return {k: (f, bool(getattr(f, "gridflock_batch", False))) for k, f in policies.items()}


def _is_stateless(policy: Any) -> bool:
    """Whether a callable has nothing to remember: a function without variables of an enclosing one,
    or a built-in one."""
    if isinstance(policy, types.FunctionType):
        return not policy.__closure__
    return isinstance(policy, (types.BuiltinFunctionType, type))


def states(policies: Policies | None) -> dict[str, Any]:
    """What stateful policies have to remember, by name.

    Raises
    ------
    TypeError
        If one has no `get_state` and `set_state` and may have something to remember.
    """
    kept: dict[str, Any] = {}
    for name, policy in (policies or {}).items():
        if hasattr(policy, "get_state") and hasattr(policy, "set_state"):
            kept[name] = copy.deepcopy(policy.get_state())
        elif not _is_stateless(policy):
            raise TypeError(
                f"the policy `{name}` may have something to remember: give it get_state() and "
                "set_state(state), or write it as a function of its view alone"
            )
    return kept


def twins(policies: Policies | None) -> dict[str, Callable[[Any], Any]] | None:
    """The same policies for a second run: stateful ones are copied with their states."""
    if not policies:
        return None
    kept = states(policies)
    made: dict[str, Callable[[Any], Any]] = {}
    for name, policy in policies.items():
        if name in kept:
            policy = copy.copy(policy)
            policy.set_state(kept[name])  # type: ignore[attr-defined]
        made[name] = policy
    return made
