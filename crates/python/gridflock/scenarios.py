"""Scenarios: built in or files, with overrides."""

from __future__ import annotations

import json
import os
from collections.abc import Mapping
from typing import Any

from . import _gridflock
from ._overrides import pairs


class Scenario:
    """A scenario with overrides. Keys are paths: `s["penalty.scale"] = 2.0`."""

    def __init__(self, base: str | os.PathLike[str], overrides: Mapping[str, Any] | None = None):
        self.base = os.fspath(base)
        self.overrides: dict[str, Any] = dict(overrides or {})

    def values(self) -> dict[str, Any]:
        """Every value in force, as nested dicts."""
        return json.loads(_gridflock.resolve(self.base, pairs(self.overrides), False)[1])

    def __getitem__(self, key: str) -> Any:
        if key in self.overrides:
            return self.overrides[key]
        at: Any = self.values()
        for part in key.split("."):
            try:
                at = at[int(part)] if isinstance(at, list) else at[part]
            except (KeyError, IndexError, ValueError, TypeError):
                raise KeyError(key) from None
        return at

    def __setitem__(self, key: str, value: Any) -> None:
        self.overrides[key] = value

    def __delitem__(self, key: str) -> None:
        del self.overrides[key]

    def validate(self) -> tuple[int, int, int]:
        """Checks the scenario and its data: EVs, zones, recorded periods. All that is wrong is in
        `ScenarioError.problems`."""
        size = _gridflock.resolve(self.base, pairs(self.overrides), True)[2]
        assert size is not None
        return size

    def to_toml(self) -> str:
        """The scenario with every value in force, as a file's text."""
        return _gridflock.resolve(self.base, pairs(self.overrides), False)[0]

    def __repr__(self) -> str:
        return f"<gridflock.Scenario {self.base} with {len(self.overrides)} overrides>"


def scenario(
    base: str | os.PathLike[str], overrides: Mapping[str, Any] | None = None
) -> Scenario:
    """A built-in scenario by name, or a file, to be changed; unknown ones are refused at once."""
    made = Scenario(base, overrides)
    made.values()
    return made


def built_in() -> dict[str, list[str]]:
    """Names of what is built in: `scenarios` and `studies`."""
    scenarios, studies = _gridflock.built_in()
    return {"scenarios": scenarios, "studies": studies}


def schema(what: str = "scenario") -> dict[str, Any]:
    """JSON Schema of `scenario` or `study` files, or the list of `tables` with columns, units and
    meanings."""
    return json.loads(_gridflock.schema(what))


def parts(of: str | os.PathLike[str] | Scenario, overrides: Mapping[str, Any] | None):
    """Base and overrides of what a caller names."""
    if isinstance(of, Scenario):
        return of.base, {**of.overrides, **(overrides or {})}
    return os.fspath(of), dict(overrides or {})
