"""One run, driven by hand."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Iterable, Mapping
from typing import Any

from . import _gridflock
from ._overrides import pairs
from .policies import Policies, native, states, twins
from .results import Result
from .scenarios import Scenario, parts

_SPAN = re.compile(r"^\s*([0-9.]+)\s*(us|ms|s|min|h|d)\s*$")
_UNITS = {"us": 1, "ms": 1_000, "s": 1_000_000, "min": 60_000_000, "h": 3_600_000_000}
_UNITS["d"] = 24 * _UNITS["h"]


class Simulation:
    """One run of a scenario: advance, look, save, fork, finish.

    What it leaves depends on scenario and seed alone: not on the steps in which it is driven, nor
    on whether it was saved and restored on the way.
    """

    def __init__(
        self,
        scenario: str | Any | Scenario,
        *,
        seed: int | None = None,
        days: int | None = None,
        overrides: Mapping[str, Any] | None = None,
        tables: str | Iterable[str] = "all",
        threads: int = 1,
        policies: Policies | None = None,
    ) -> None:
        base, changed = parts(scenario, overrides)
        names = None if tables == "all" else [tables] if isinstance(tables, str) else list(tables)
        self._opening = (base, pairs(changed, seed, days), names, 1 if policies else threads)
        self._policies = dict(policies) if policies else None
        self._run = _gridflock.Simulation(*self._opening, native(self._policies))

    @classmethod
    def _of(
        cls, run: _gridflock.Simulation, opening: tuple, policies: Policies | None = None
    ) -> Simulation:
        made = cls.__new__(cls)
        made._run, made._opening = run, opening
        made._policies = dict(policies) if policies else None
        return made

    def _instant(self, us: int) -> dt.datetime:
        zone = dt.timezone(dt.timedelta(seconds=self._run.utc_offset_s))
        start = dt.datetime.fromtimestamp(0, dt.timezone.utc) + dt.timedelta(
            microseconds=self._run.start_utc_us
        )
        return (start + dt.timedelta(microseconds=us)).astimezone(zone)

    @property
    def now(self) -> dt.datetime:
        """The instant to which it was driven last, in the scenario's local time."""
        return self._instant(self._run.now_us)

    @property
    def begin(self) -> dt.datetime:
        """Where it began: before the scenario's start where there are days of warm-up."""
        return self._instant(self._run.begin_us)

    @property
    def end(self) -> dt.datetime:
        """Where it ends."""
        return self._instant(self._run.end_us)

    @property
    def zones(self) -> range:
        """Numbers of the zones."""
        return range(1, self._run.zones + 1)

    @property
    def period(self) -> dt.timedelta:
        """Length of a settlement period."""
        return dt.timedelta(microseconds=self._run.period_us)

    def _us(self, until: str | dt.datetime | dt.timedelta) -> int:
        if isinstance(until, dt.timedelta):
            return self._run.now_us + round(until / dt.timedelta(microseconds=1))
        if isinstance(until, str):
            span = _SPAN.match(until)
            if span:
                return self._run.now_us + round(float(span[1]) * _UNITS[span[2]])
            until = dt.datetime.fromisoformat(until)
        if until.tzinfo is None:
            zone = dt.timezone(dt.timedelta(seconds=self._run.utc_offset_s))
            until = until.replace(tzinfo=zone)
        since = until - self._instant(0)
        return round(since / dt.timedelta(microseconds=1))

    def advance(
        self, until: str | dt.datetime | dt.timedelta, *, through: bool = False
    ) -> dt.datetime:
        """Handles everything before `until`: an instant (without zone: local time), a span from now
        (`timedelta` or text such as `"15min"`). With `through` all that happens at `until` itself
        too. Beyond the end is the end. Returns `now`."""
        self._run.advance(self._us(until), through)
        return self.now

    def run_to_end(self) -> None:
        """Handles all that is left."""
        self._run.advance(self._run.end_us)

    def inject(
        self,
        zone: int | None = None,
        *,
        at: str | dt.datetime | dt.timedelta | None = None,
        **inputs: float | Iterable[float] | str,
    ) -> None:
        """Gives values from outside, by the names of the co-simulation inputs: `price`,
        `reservation_price`, `discharge_price`, `ticket_price` (CNY/kWh; a list is a curve by
        period), `vm_pu`, `pv_kw`, `wind_kw`, `load_kw`, `temperature_c`, `target_p_kw`, `notice`.

        They hold from `at` (now, if not said) until the next value; without a zone in every zone.
        A price takes the pricing agent's place from the next period on.
        """
        us = self._run.now_us if at is None else self._us(at)
        for name, given in inputs.items():
            if isinstance(given, str):
                text = given
            elif isinstance(given, Iterable):
                text = " ".join(repr(float(x)) for x in given)
            else:
                text = repr(float(given))
            self._run.inject(us, zone or 0, name, text)

    def amend(
        self,
        changes: Mapping[str, Any],
        *,
        at: str | dt.datetime | dt.timedelta | None = None,
        zone: int | None = None,
        segment: str | None = None,
        applies: str = "new",
    ) -> None:
        """Changes policy: `sim.amend({"penalty.scale": 2.0})`. Keys that may change during a run
        have `x-amendable` in `gridflock.schema("scenario")`.

        Penalty, fees, refund and forfeit hold as they were when a booking was confirmed; with
        `applies="all"` they change for open bookings too. Reminders, tickets and schedule act at
        once, prices with the next period. It acts at `at` (now, if not said), in all zones and for
        all segments unless one is named. Users hear of it a moment later."""
        if applies not in ("new", "all"):
            raise ValueError(f'applies is "new" or "all", not {applies!r}')
        us = None if at is None else self._us(at)
        self._run.amend(us, zone or 0, pairs(changes), applies == "all", segment)

    def read(self, zone: int = 1) -> dict[str, float]:
        """What can be read off a zone: `p_mw`, `q_mvar`, `p_kw` (net consumption: after `advance`
        the mean of that step, with `through` at the instant), `energy_kwh` (a meter since the
        start), `plugged`, `reserved_kw`, `flex_up_kw`, `flex_down_kw`, `reservation_price`,
        `real_price`, `breaches`, `tickets_awarded` (counts since the start). It changes nothing."""
        return self._run.read(zone)

    @property
    def indicators(self) -> dict[str, float]:
        """The figures of the whole run so far, by name."""
        return self._run.indicators()

    def save(self) -> bytes:
        """The whole state. `Simulation.restore` goes on from it, also in another process. Of own
        policies it holds what their `get_state` gives; the policies themselves are given again."""
        import pickle

        return pickle.dumps((self._opening, self._run.save(), states(self._policies)))

    @classmethod
    def restore(cls, state: bytes, *, policies: Policies | None = None) -> Simulation:
        """A simulation that goes on where another one was saved, with the same `policies`; their
        `set_state` gets what was saved of them. States are pickles: restore only what you have saved
        yourself."""
        import pickle

        opening, saved, kept = pickle.loads(state)
        for name, remembered in kept.items():
            if not policies or name not in policies:
                raise ValueError(f"the policy `{name}` was at work when it was saved: give it again")
            policies[name].set_state(remembered)  # type: ignore[attr-defined]
        scenario, sets, tables, threads = opening
        run = _gridflock.Simulation(scenario, sets, tables, threads, native(policies))
        run.restore(saved, threads)
        return cls._of(run, opening, policies)

    def fork(self) -> Simulation:
        """A second simulation that is where this one is and takes nothing from it. Own policies that
        remember something are copied."""
        policies = twins(self._policies)
        return self._of(self._run.fork(native(policies)), self._opening, policies)

    def finish(self) -> Result:
        """Ends the run where it is and closes what is open; it cannot be used after that."""
        return Result(self._run.finish())

    def __repr__(self) -> str:
        return f"<gridflock.Simulation of {self._opening[0]} at {self.now.isoformat()}>"
