"""One day, several futures: both outcomes of every person."""

from __future__ import annotations

import datetime as dt
import os
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from . import _gridflock
from ._gridflock import Table
from ._overrides import pairs
from .results import Result
from .scenarios import Scenario, parts
from .studies import _home


@dataclass(frozen=True)
class Effect:
    """The mean effect of an arm on a figure, a person, against the first arm."""

    arm: str
    figure: str
    unit: str
    #: Mean of the figure in the first arm.
    mean: float
    #: Mean difference.
    effect: float
    #: Ends of the 95 % interval over replications; NaN with one replication.
    ci_low: float
    ci_high: float
    #: Share of persons whose figure differs.
    changed_share: float


class Fork(Result):
    """What a fork left; without `output` it goes with the object."""

    _kept: Any = None

    #: What may be said of the outcomes.
    identified: str = _gridflock.FORK_IDENTIFIED

    def __init__(self, outcome: _gridflock.Outcome, effects: list[tuple]) -> None:
        super().__init__(outcome)
        #: Mean effects of all arms but the first, figure by figure.
        self.effects = [Effect(*row) for row in effects]

    @property
    def outcomes(self) -> Table:
        """A row for each arm, replication and person: bookings, came, minor, moderate, severe,
        no_show, cancelled (counts), charged_kwh, paid_cny, unmet_kwh, all from the fork on."""
        return self.tables["outcomes"]

    def effect(self, arm: str, figure: str) -> Effect:
        """The effect of an arm on a figure."""
        for effect in self.effects:
            if (effect.arm, effect.figure) == (arm, figure):
                return effect
        raise KeyError((arm, figure))

    def __repr__(self) -> str:
        return f"<gridflock.Fork: {self.outcomes.num_rows} outcomes; {self.identified}>"


def fork(
    scenario: str | os.PathLike[str] | Scenario,
    at: str | dt.datetime | dt.timedelta,
    arms: Mapping[str, Mapping[str, Any]],
    *,
    n: int = 1,
    seed: int | None = None,
    days: int | None = None,
    overrides: Mapping[str, Any] | None = None,
    output: str | os.PathLike[str] | None = None,
    overwrite: bool = False,
    threads: int = 0,
) -> Fork:
    """Runs to `at`, clones, changes policy in each arm and goes on with the same draws.

    Parameters
    ----------
    at
        An instant (without zone: local time of the scenario), or a span after its start
        (`timedelta`, or text such as `"36h"`).
    arms
        Policy keys with their new values, by name of the arm; `{}` goes on as it is. Besides keys
        there may be `"applies": "all"` (terms of open bookings change too) and `"segment": name`.
        The arm without a change comes first, and is added as "as is" where there is none.
    n
        Replications, each with people, weather and draws of its own.
    """
    base, changed = parts(scenario, overrides)
    kept, directory = _home(output)
    if isinstance(at, dt.datetime):
        when = at.isoformat()
    elif isinstance(at, dt.timedelta):
        when = f"{round(at / dt.timedelta(microseconds=1))}us"
    else:
        when = at
    listed = [(name, pairs(_words(changes))) for name, changes in arms.items()]
    sets = pairs(changed, seed, days)
    outcome, effects = _gridflock.fork(
        base, when, listed, n, os.fspath(directory), sets, threads, overwrite
    )
    made = Fork(outcome, effects)
    made._kept = kept
    return made


def _words(changes: Mapping[str, Any]) -> dict[str, Any]:
    return {key: x for key, x in changes.items() if not (key in ("applies", "segment") and x is None)}
