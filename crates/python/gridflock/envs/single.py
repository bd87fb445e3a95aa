"""Gymnasium's single environments."""

from __future__ import annotations

import os
import pickle
from collections.abc import Mapping, Sequence
from typing import Any, TypeAlias

import gymnasium as gym
import numpy as np
from numpy.typing import NDArray

from .. import _gridflock
from ..scenarios import Scenario
from ..simulation import Simulation
from ._course import ACTIONS, FIGURES, Terminal, course, number, spaces

Floats: TypeAlias = NDArray[np.float32]


class MarketEnv(gym.Env[Floats, Floats]):
    """Sets the prices of a charging market, one settlement period a step.

    Parameters
    ----------
    scenario
        A built-in name, a path, or a `Scenario`.
    overrides, days
        In the place of the scenario's values. An episode has `days` days.
    actions
        What is set, in this order: `"reservation_price"`, from `pricing.floor` (-1) to
        `pricing.cap_share` times the retail tariff of each period (1); `"discharge_price"`, from 0 to
        the avoided cost, in periods of deficit; `"ticket_price"`, from the expected real price to the
        reservation price (all CNY/kWh). The built-in policy decides the others. Also
        `"penalty_scale"`, of bookings confirmed from then on, from 0 over 1 (an action of 0) to 2;
        `"reminder_lead"`, from 0 over 60 to 120 min before the start; and on a feeder
        `"zone_target"`, one number for each zone: its net consumption, from the load less own plant
        that is forecast for the period to that and the power of all its piles (kW), in the place of
        the DSO's target. Rules that are set, and what each zone reported, are then seen, too.
    action_horizon
        Numbers for each price: 1 sets all published periods alike, more are spread over them with
        straight lines between.
    hours
        Hours of forecasts and bookings that are seen.
    reward
        Weights of the figures of a step; by default `{"operator_net_cny": 1.0}`. All figures are in
        `info`: `operator_net_cny`, `user_surplus_cny`, `welfare_cny` (CNY), `tracked_kwh`,
        `curtailed_kwh`, `import_kwh`, `ev_energy_kwh`, `v2g_kwh`, `unmet_kwh` (kWh), `no_shows`,
        `breaches`, `tickets_awarded` (counts), `co2_kg`, `terminal_cny`.
    terminal
        `"expected"` values bookings that are not settled at the end, at price x reserved energy x
        share of reserved energy delivered so far (`terminal_cny`, which counts as
        `operator_net_cny` does); `"none"` does not.
    warm_worlds, first_replication
        An episode begins as a copy of one of so many worlds that have been through the scenario's
        warm-up, each with people and a history of its own, those of the replications from
        `first_replication` on. What happens from the record's opening on is drawn anew.

    Observations are numbers between -1 and 1: a figure divided by its scale, clipped (`features`).
    `sim` is the simulation that is stepped.
    """

    metadata: dict[str, Any] = {"render_modes": []}  # noqa: RUF012

    def __init__(
        self,
        scenario: str | os.PathLike[str] | Scenario = "park",
        *,
        overrides: Mapping[str, Any] | None = None,
        days: int | None = None,
        actions: Sequence[str] = ACTIONS,
        action_horizon: int = 1,
        hours: int = 24,
        reward: Mapping[str, float] | None = None,
        terminal: Terminal = "expected",
        warm_worlds: int = 16,
        first_replication: int = 0,
        render_mode: None = None,
    ) -> None:
        if render_mode is not None:
            raise ValueError("there is nothing to render: render_mode is None")
        self.render_mode = None
        self._course = course(
            scenario,
            per_zone=False,
            overrides=overrides,
            days=days,
            actions=actions,
            action_horizon=action_horizon,
            hours=hours,
            reward=reward,
            terminal=terminal,
            warm_worlds=warm_worlds,
            first_replication=first_replication,
        )
        self._episode = _gridflock.Episode(self._course)
        acts, seen = spaces(self._course, 0)
        self.action_space = acts
        self.observation_space = seen

    @property
    def features(self) -> list[tuple[str, float]]:
        """Name and scale of each number of an observation: the figure is the number times the
        scale."""
        return [(name, scale) for name, scale, _ in self._course.features(0)]

    @property
    def steps(self) -> int:
        """Steps of an episode."""
        return self._course.steps

    @property
    def sim(self) -> Simulation:
        """The simulation of the episode, the very one that is stepped: look at it, `save` it, `fork`
        it.

        What happens to it happens to the episode. Nothing is recorded of it."""
        return Simulation._of(self._episode.simulation(), (*self._course.opening, [], 1))

    def reset(
        self, *, seed: int | None = None, options: dict[str, Any] | None = None
    ) -> tuple[Floats, dict[str, Any]]:
        """Begins an episode, which `seed` (or the generator's state) determines."""
        super().reset(seed=seed)
        seen = self._episode.reset(number(self.np_random))
        return np.frombuffer(seen, np.float32), {}

    def step(self, action: Floats) -> tuple[Floats, float, bool, bool, dict[str, Any]]:
        """One settlement period. Episodes are truncated at the end of their days; none terminates."""
        given = np.asarray(action, np.float32)
        if given.shape != self.action_space.shape:
            raise ValueError(
                f"an action has the shape {self.action_space.shape}, not {given.shape}"
            )
        return self._step(given.tobytes())

    def step_built_in(self) -> tuple[Floats, float, bool, bool, dict[str, Any]]:
        """One settlement period in which the scenario's own policy decides all prices."""
        return self._step(b"")

    def _step(self, action: bytes) -> tuple[Floats, float, bool, bool, dict[str, Any]]:
        seen, rewards, truncated, figures = self._episode.step(action)
        info = dict(zip(FIGURES, figures[0]))
        return np.frombuffer(seen, np.float32), rewards[0], False, truncated, info

    def save(self) -> bytes:
        """The state of the episode, from which `restore` goes on; the generator of episodes is not
        in it."""
        return pickle.dumps(self._episode.save())

    def restore(self, state: bytes) -> Floats:
        """Goes on from a state of an environment of the same arguments; returns what is seen.
        States are pickles: restore only what you have saved yourself."""
        self._episode.restore(*pickle.loads(state))
        return np.frombuffer(self._episode.observe(), np.float32)

    def fork(self) -> MarketEnv:
        """A second environment that is where this one is and takes nothing from it."""
        twin = object.__new__(type(self))
        twin.__dict__.update(self.__dict__)
        twin._episode = self._episode.fork()
        twin._np_random = None
        return twin

    def close(self) -> None:
        """Lets the episode go; twice is fine."""
        self._episode.close()


class ParkEnv(MarketEnv):
    """`gridflock/Park-v0`: 318 EVs, 48 piles, wind, PV, a battery and a gas turbine."""


#: What makes bookings and prices matter where a scenario has none of its own.
MARKET: Mapping[str, Any] = {"booking.enabled": True, "tickets.enabled": True}


class FeederEnv(MarketEnv):
    """`gridflock/Feeder-v0`: the prices of all zones of a distribution feeder; EVs book. By default
    `feeder-small`; `scenario="feeder"` has ten times as many EVs."""

    def __init__(
        self,
        scenario: str | os.PathLike[str] | Scenario = "feeder-small",
        *,
        overrides: Mapping[str, Any] | None = None,
        **options: Any,
    ) -> None:
        super().__init__(scenario, overrides={**FEEDER, **(overrides or {})}, **options)


class GroupEnv(MarketEnv):
    """`gridflock/Group-v0`: the prices of a group of microgrids; EVs book one of 30 piles a grid. By
    default `group-small`."""

    def __init__(
        self,
        scenario: str | os.PathLike[str] | Scenario = "group-small",
        *,
        overrides: Mapping[str, Any] | None = None,
        **options: Any,
    ) -> None:
        super().__init__(scenario, overrides={**GROUP, **(overrides or {})}, **options)


FEEDER: Mapping[str, Any] = {"booking.enabled": True}
GROUP: Mapping[str, Any] = {**MARKET, "access.mode": "per_booking", "access.piles": 30}
#: Scenario and overrides by the name of the environment.
DEFAULTS: Mapping[str, tuple[str, Mapping[str, Any]]] = {
    "park": ("park", {}),
    "feeder": ("feeder-small", FEEDER),
    "group": ("group-small", GROUP),
}
