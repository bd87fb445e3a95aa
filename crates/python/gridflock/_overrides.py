"""Overrides as the command line's `--set key.path=VALUE`."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from typing import Any


def value(x: Any) -> str:
    """A Python value as TOML writes it."""
    if isinstance(x, bool):
        return "true" if x else "false"
    if isinstance(x, str):
        escaped = x.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n")
        return f'"{escaped}"'
    if isinstance(x, (dt.datetime, dt.date)):
        return x.isoformat()
    if isinstance(x, Mapping):
        return "{ " + ", ".join(f"{k} = {value(v)}" for k, v in x.items()) + " }"
    if isinstance(x, (list, tuple)):
        return "[" + ", ".join(value(v) for v in x) + "]"
    item = getattr(x, "item", None)
    if callable(item):  # numpy's scalars
        return value(item())
    if isinstance(x, (int, float)):
        return repr(x)
    raise TypeError(f"a value of type {type(x).__name__} cannot stand in a scenario: {x!r}")


def pairs(
    overrides: Mapping[str, Any] | None, seed: int | None = None, days: int | None = None
) -> list[str]:
    """Overrides with a seed and a number of days, as `key.path=VALUE`."""
    out = [f"{key}={value(x)}" for key, x in (overrides or {}).items()]
    if seed is not None:
        out.append(f"seed={int(seed)}")
    if days is not None:
        out.append(f"days={int(days)}")
    return out
