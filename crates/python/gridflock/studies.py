"""Comparisons and studies; on this machine's threads, or on somebody else's executor."""

from __future__ import annotations

import os
import shutil
import tempfile
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from . import _gridflock
from ._overrides import pairs
from ._progress import shown
from .results import Result
from .scenarios import Scenario, parts


class Study(Result):
    """What a study left; without `output` it goes with the object."""

    _kept: tempfile.TemporaryDirectory[str] | None = None

    @property
    def contrasts(self):
        """Paired differences with their intervals."""
        return self.tables["contrasts"]

    @property
    def estimates(self):
        """Means with their intervals, and quantiles, by point of the design."""
        return self.tables["estimates"]


class Comparison(Study):
    """Two sets of overrides side by side, run in pairs."""


def _home(output: str | os.PathLike[str] | None):
    if output is not None:
        return None, Path(output)
    kept = tempfile.TemporaryDirectory(prefix="gridflock-")
    return kept, Path(kept.name) / "study"


def compare(
    scenario: str | os.PathLike[str] | Scenario,
    a: Mapping[str, Any],
    b: Mapping[str, Any],
    *,
    n: int = 30,
    until: tuple[str, float] | None = None,
    seed: int | None = None,
    output: str | os.PathLike[str] | None = None,
    overwrite: bool = False,
    threads: int = 0,
    progress: bool | Callable[[float], Any] = False,
) -> Comparison:
    """Compares two sets of overrides of a scenario by `n` paired runs: same people, weather and
    delays on both sides. `until=("no_show_rate", 0.01)` goes on until the paired difference is known
    within that half-width."""
    base, shared = parts(scenario, None)
    kept, directory = _home(output)
    wanted = None if until is None else f"{until[0]}:{until[1]!r}"
    with shown(progress) as listener:
        outcome = _gridflock.compare(
            base,
            pairs({**shared, **a}),
            pairs({**shared, **b}),
            n,
            os.fspath(directory),
            wanted,
            seed,
            threads,
            overwrite,
            listener,
        )
    made = Comparison(outcome)
    made._kept = kept
    return made


def _part(study: str, directory: str, shard: str) -> dict[str, Any]:
    """Runs one part of a study in a process of its own; says where it lies."""
    # A worker may be lost before its part can be taken up again: then it begins anew.
    outcome = _gridflock.run_study(study, directory, shard, 1, True, True)
    return {"shard": shard, "directory": directory, "complete": outcome.complete}


def study(
    study: str | os.PathLike[str],
    *,
    executor: Any = None,
    parts: int | None = None,
    output: str | os.PathLike[str] | None = None,
    overwrite: bool = False,
    threads: int = 0,
    progress: bool | Callable[[float], Any] = False,
) -> Study:
    """Runs a study: a STUDY.toml or a built-in name.

    Parameters
    ----------
    executor
        None runs on this machine's threads. Any `concurrent.futures.Executor`, or the client of a
        Dask cluster (`dask.distributed.Client`): the study is cut into `parts`, each a task that
        leaves its files in a folder that all workers see, and returns a receipt of some hundred
        bytes. A part that a lost worker had begun is taken up where it was. The joined tables are
        the same bytes as without an executor.
    parts
        How many tasks; by default four for each worker. Studies that stop by themselves cannot be
        cut.
    """
    name = os.fspath(study)
    kept, directory = _home(output)
    if executor is None:
        with shown(progress) as listener:
            outcome = _gridflock.run_study(
                name, os.fspath(directory), None, threads, overwrite, False, listener
            )
        made = Study(outcome)
        made._kept = kept
        return made
    count = parts or 4 * _workers(executor)
    work = directory.with_name(directory.name + ".parts")
    work.mkdir(parents=True, exist_ok=True)
    folders = [work / f"{i}-of-{count}" for i in range(1, count + 1)]
    source = os.path.abspath(name) if os.path.exists(name) else name
    tasks = [
        executor.submit(_part, source, os.path.abspath(folder), f"{i}/{count}")
        for i, folder in enumerate(folders, 1)
    ]
    with shown(progress) as listener:
        for done, task in enumerate(tasks, 1):
            task.result()
            if listener is not None:
                listener(done / count)
    outcome = _gridflock.merge_study([os.fspath(f) for f in folders], os.fspath(directory), overwrite)
    shutil.rmtree(work)
    made = Study(outcome)
    made._kept = kept
    return made


def _workers(executor: Any) -> int:
    """How many tasks an executor runs at once."""
    threads = getattr(executor, "nthreads", None)
    if callable(threads):  # dask.distributed
        of_workers: Any = threads()
        return max(1, sum(of_workers.values()))
    return max(1, getattr(executor, "_max_workers", None) or os.cpu_count() or 1)
