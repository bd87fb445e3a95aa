"""What a run left: tables, figures, the scenario in force."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator, Mapping
from typing import Any

from . import _gridflock
from ._gridflock import Table


class Tables(Mapping[str, Table]):
    """The tables of a run by name, read when they are asked for and kept then."""

    def __init__(self, outcome: _gridflock.Outcome) -> None:
        self._outcome = outcome
        self._kept: dict[str, Table] = {}

    def __getitem__(self, name: str) -> Table:
        if name not in self._kept:
            self._kept[name] = self._outcome.table(name)
        return self._kept[name]

    def __iter__(self) -> Iterator[str]:
        return iter(self._outcome.table_names())

    def __len__(self) -> int:
        return len(self._outcome.table_names())

    def __repr__(self) -> str:
        return f"<tables: {', '.join(self)}>"


class Result:
    """What a run or study left, in memory or in a directory."""

    def __init__(self, outcome: _gridflock.Outcome) -> None:
        self._outcome = outcome
        #: The tables by name.
        self.tables = Tables(outcome)

    @property
    def indicators(self) -> dict[str, float]:
        """The figures of the whole run by name; `tables["indicators"]` has all, with units."""
        return self._outcome.indicators()

    @property
    def scenario(self) -> dict[str, Any]:
        """Every value in force."""
        text = self._outcome.scenario
        return json.loads(_gridflock.toml_to_json(text)) if text else {}

    @property
    def scenario_toml(self) -> str:
        """The same as text, with the origin of each value."""
        return self._outcome.scenario

    @property
    def manifest(self) -> dict[str, Any]:
        """What the directory holds: status, version, seeds, hashes; empty in memory."""
        return json.loads(self._outcome.manifest)

    @property
    def directory(self) -> str | None:
        """The directory; None if the run stayed in memory."""
        where = self._outcome.directory
        return None if where is None else os.fspath(where)

    @property
    def complete(self) -> bool:
        """Whether the run got to its end."""
        return self._outcome.complete

    def __repr__(self) -> str:
        where = self.directory or "memory"
        return f"<gridflock.Result in {where}: {len(self.tables)} tables>"


def read(directory: str | os.PathLike[str]) -> Result:
    """Opens what a run or study of the command line left in a directory; tables are read when they
    are asked for."""
    return Result(_gridflock.read(os.fspath(directory)))


def local_time(table: Table) -> Any:
    """A pyarrow table with a column `<name>_local` (without zone) beside each instant: local time
    of the scenario, which has a fixed offset from UTC."""
    import pyarrow as pa
    import pyarrow.compute as pc

    sign, hours, minutes = _offset(table.metadata["gridflock.utc_offset"])
    shift = pa.scalar(sign * (hours * 60 + minutes) * 60_000_000, pa.duration("us"))
    out = table.to_pyarrow()
    for field in list(out.schema):
        if pa.types.is_timestamp(field.type):
            local = pc.add(out[field.name].cast(pa.timestamp("us")), shift)
            out = out.append_column(f"{field.name}_local", local)
    return out


def _offset(text: str) -> tuple[int, int, int]:
    sign = -1 if text.startswith("-") else 1
    hours, minutes = text.lstrip("+-").split(":")
    return sign, int(hours), int(minutes)
