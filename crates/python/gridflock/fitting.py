"""Laws of behaviour from recorded charging sessions."""

from __future__ import annotations

import datetime as dt
import json
import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from . import _gridflock


@dataclass(frozen=True)
class Fit:
    """Fitted laws and how they do on the sessions that were held out."""

    #: The laws as keys of a scenario, for ``[fleet] behaviour``.
    toml: str
    #: What was left out, fitted and scored, in words.
    report: str
    #: The same as plain data: rows, used, dropped, kinds, scores.
    summary: dict[str, Any]

    def save(self, path: str | os.PathLike[str]) -> Path:
        """Writes the laws to a file that ``fleet.behaviour`` can name; an existing one is refused."""
        target = Path(path)
        with target.open("x", encoding="utf-8") as file:
            file.write(self.toml)
        return target

    def __str__(self) -> str:
        return self.report


def fit(
    sessions: str | os.PathLike[str],
    *,
    columns: Mapping[str, str] | None = None,
    time_zone: str | None = None,
    train_until: dt.date | str | None = None,
) -> Fit:
    """Fits laws of behaviour to a file of sessions (CSV, Parquet, JSON of ACN-Data or OCPI).

    ``columns`` maps the file's names to those that are looked for: ``{"start": "plug_in"}``.
    ``time_zone`` is that of local times and of the fitted hours, UTC if none. Sessions from
    ``train_until`` on are held out for the score, by default the last fifth.
    """
    until = None if train_until is None else str(train_until)
    text, report, summary = _gridflock.fit_sessions(
        os.fspath(sessions), list((columns or {}).items()), time_zone, until
    )
    return Fit(text, report, json.loads(summary))
