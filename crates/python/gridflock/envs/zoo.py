"""PettingZoo's parallel form: the aggregator of each zone is an agent."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from typing import Any, ClassVar, TypeAlias

import numpy as np
from gymnasium.spaces import Box
from gymnasium.utils import seeding
from numpy.typing import NDArray
from pettingzoo import ParallelEnv

from .. import _gridflock
from ..scenarios import Scenario
from ..simulation import Simulation
from ._course import ACTIONS, FIGURES, Terminal, course, number, spaces

Floats: TypeAlias = NDArray[np.float32]


class ParallelMarket(ParallelEnv[str, Floats, Floats]):
    """An agent for each zone (`"zone_1"`, ...): each zone is a price area of its own, whose agent sees
    what its aggregator reports and is rewarded by the figures of its zone. EVs are no agents.

    The arguments are those of `MarketEnv`.
    """

    metadata: ClassVar[dict[str, Any]] = {"name": "gridflock_market_v0", "render_modes": []}

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
            per_zone=True,
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
        self.possible_agents = [f"zone_{i + 1}" for i in range(self._course.agents)]
        self.agents: list[str] = []
        made = [spaces(self._course, i) for i in range(self._course.agents)]
        self.action_spaces = {a: acts for a, (acts, _) in zip(self.possible_agents, made)}
        self.observation_spaces = {a: seen for a, (_, seen) in zip(self.possible_agents, made)}
        self._generator: np.random.Generator | None = None

    def action_space(self, agent: str) -> Box:
        """The space of an agent's actions, the same object each time."""
        return self.action_spaces[agent]

    def observation_space(self, agent: str) -> Box:
        """The space of an agent's observations, the same object each time."""
        return self.observation_spaces[agent]

    @property
    def sim(self) -> Simulation:
        """The simulation of the episode, the very one that is stepped."""
        return Simulation._of(self._episode.simulation(), (*self._course.opening, [], 1))

    def _told(self, seen: bytearray) -> dict[str, Floats]:
        rows = np.frombuffer(seen, np.float32).reshape(len(self.possible_agents), -1)
        return {agent: row.copy() for agent, row in zip(self.possible_agents, rows)}

    def reset(
        self, seed: int | None = None, options: dict[str, Any] | None = None
    ) -> tuple[dict[str, Floats], dict[str, dict[str, Any]]]:
        """Begins an episode for all agents."""
        if seed is not None or self._generator is None:
            self._generator = seeding.np_random(seed)[0]
        seen = self._episode.reset(number(self._generator))
        self.agents = list(self.possible_agents)
        return self._told(seen), {agent: {} for agent in self.agents}

    def step(
        self, actions: Mapping[str, Floats]
    ) -> tuple[
        dict[str, Floats],
        dict[str, float],
        dict[str, bool],
        dict[str, bool],
        dict[str, dict[str, Any]],
    ]:
        """One settlement period. At the end of the days all agents are truncated at once."""
        if not self.agents:
            raise RuntimeError("the episode is over; reset the environment first")
        missing = [agent for agent in self.agents if agent not in actions]
        if missing:
            raise ValueError(f"there is no action of {', '.join(missing)}")
        given = [np.asarray(actions[agent], np.float32).ravel() for agent in self.agents]
        seen, rewards, truncated, figures = self._episode.step(np.concatenate(given).tobytes())
        agents = self.agents
        if truncated:
            self.agents = []
        return (
            self._told(seen),
            dict(zip(agents, rewards)),
            dict.fromkeys(agents, False),
            dict.fromkeys(agents, truncated),
            {agent: dict(zip(FIGURES, values)) for agent, values in zip(agents, figures)},
        )

    def render(self) -> None:
        """There is nothing to render."""

    def close(self) -> None:
        """Lets the episode go; twice is fine."""
        self._episode.close()
        self.agents = []


def parallel(
    scenario: str | os.PathLike[str] | Scenario = "park", **options: Any
) -> ParallelMarket:
    """PettingZoo's parallel environment of a scenario; the options are those of `MarketEnv`."""
    return ParallelMarket(scenario, **options)
