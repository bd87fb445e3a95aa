"""Who sees how far a run has come."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import contextmanager
from typing import Any


@contextmanager
def shown(progress: bool | Callable[[float], Any]):
    """A callable that takes the share done, or None. `True` shows tqdm's bar where it is installed."""
    if progress is False or progress is None:
        yield None
        return
    if callable(progress):
        yield progress
        return
    try:
        from tqdm.auto import tqdm
    except ImportError:
        yield None
        return
    with tqdm(total=1.0, bar_format="{l_bar}{bar}| {elapsed}<{remaining}") as bar:
        yield lambda share: bar.update(max(0.0, share - bar.n))
