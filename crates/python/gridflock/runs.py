"""One run."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Mapping
from typing import Any

from . import _gridflock
from ._overrides import pairs
from ._progress import shown
from .policies import Policies, native
from .results import Result
from .scenarios import Scenario, parts


def run(
    scenario: str | os.PathLike[str] | Scenario,
    *,
    seed: int | None = None,
    days: int | None = None,
    overrides: Mapping[str, Any] | None = None,
    tables: str | Iterable[str] = "all",
    output: str | os.PathLike[str] | None = None,
    overwrite: bool = False,
    threads: int = 1,
    progress: bool | Callable[[float], Any] = False,
    policies: Policies | None = None,
) -> Result:
    """Runs a scenario.

    Parameters
    ----------
    scenario
        A built-in name, a path, or a `Scenario`.
    seed, days, overrides
        In the place of the scenario's values; overrides are keyed by path,
        `{"penalty.scale": 2.0}`.
    tables
        `"all"`, or the names of the tables to keep in memory. On disk the scenario's `[record]`
        decides.
    output
        A directory, which gets the very files that the command line writes; None keeps the tables
        in memory.
    threads
        Threads for zones side by side; 0 takes what the machine has. The tables do not depend on it.
    progress
        True shows tqdm's bar where it is installed; a callable is called with the share done.
    policies
        Callables in the place of built-in policies (see `gridflock.policies`); the run uses one thread.

    Raises
    ------
    ScenarioError, RunError, InvariantError
        With `code` and `problems` as the command line has them.
    KeyboardInterrupt
        Within 0.2 s of Ctrl-C; what was finished is closed, as the command line leaves it.
    """
    base, changed = parts(scenario, overrides)
    names = None if tables == "all" else [tables] if isinstance(tables, str) else list(tables)
    where = None if output is None else os.fspath(output)
    with shown(progress) as listener:
        outcome = _gridflock.run(
            base,
            pairs(changed, seed, days),
            names,
            where,
            overwrite,
            1 if policies else threads,
            listener,
            native(policies),
        )
    return Result(outcome)
