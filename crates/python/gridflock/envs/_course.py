"""A scenario made ready for many episodes, shared by all environments that ask for the same one."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from functools import lru_cache
from typing import Any, Literal

import numpy as np
from gymnasium.spaces import Box

from .. import _gridflock
from .._overrides import pairs
from ..scenarios import Scenario, parts

#: What is set where nothing else is said, in the order of the numbers of an action.
ACTIONS = ("reservation_price", "discharge_price", "ticket_price")

#: What a step tells, in the order of `Course.figures()`.
FIGURES = tuple(_gridflock.Course.figures())

#: Whoever says nothing else is paid what the operator gains (CNY).
REWARD: Mapping[str, float] = {"operator_net_cny": 1.0}

Terminal = Literal["expected", "none"]


@lru_cache(maxsize=16)
def _course(*opening: Any) -> _gridflock.Course:
    scenario, sets, per_zone, actions, horizon, hours, weights, terminal, worlds, first = opening
    return _gridflock.Course(
        scenario, list(sets), per_zone, list(actions), horizon, hours, list(weights), terminal,
        worlds, first,
    )  # fmt: skip


def course(
    scenario: str | os.PathLike[str] | Scenario,
    *,
    per_zone: bool,
    overrides: Mapping[str, Any] | None,
    days: int | None,
    actions: Sequence[str],
    action_horizon: int,
    hours: int,
    reward: Mapping[str, float] | None,
    terminal: Terminal,
    warm_worlds: int,
    first_replication: int,
) -> _gridflock.Course:
    """The course of these arguments; one and the same for equal ones."""
    base, changed = parts(scenario, overrides)
    if terminal not in ("expected", "none"):
        raise ValueError(f'terminal is "expected" or "none", not {terminal!r}')
    if isinstance(actions, str):
        actions = (actions,)
    weights = tuple((str(k), float(v)) for k, v in (REWARD if reward is None else reward).items())
    return _course(
        base,
        tuple(pairs(changed, None, days)),
        per_zone,
        tuple(actions),
        int(action_horizon),
        int(hours),
        weights,
        terminal == "expected",
        int(warm_worlds),
        int(first_replication),
    )


def spaces(made: _gridflock.Course, agent: int) -> tuple[Any, Any]:
    """The action and the observation space of an agent."""
    low = np.array([low for _, _, low in made.features(agent)], dtype=np.float32)
    seen = Box(low, np.ones_like(low), dtype=np.float32)
    return Box(-1.0, 1.0, (made.action_len,), dtype=np.float32), seen


def number(generator: np.random.Generator) -> int:
    """The number of the next episode: which warm world, which draws."""
    return int(generator.integers(0, 2**63))
