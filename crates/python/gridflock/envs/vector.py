"""Gymnasium's vector form: many worlds over threads, in Rust."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from gymnasium.utils import seeding
from gymnasium.vector import AutoresetMode, VectorEnv
from gymnasium.vector.utils import batch_space
from numpy.typing import NDArray

from .. import _gridflock
from ..scenarios import Scenario
from ._course import ACTIONS, FIGURES, Terminal, course, number, spaces
from .single import DEFAULTS

Infos = dict[str, Any]
Stepped = tuple[NDArray[np.float32], NDArray[np.float64], NDArray[np.bool_], NDArray[np.bool_], Infos]


class VectorMarket(VectorEnv[NDArray[np.float32], NDArray[np.float32], NDArray[Any]]):
    """So many worlds side by side over threads; value for value what as many `MarketEnv` give.

    Parameters
    ----------
    num_envs
        How many.
    threads
        Over how many threads (0 takes what the machine has). The values do not depend on it.
    autoreset_mode
        When a world that is over begins anew: `"NextStep"`, `"SameStep"`, `"Disabled"` (then
        `reset(options={"reset_mask": mask})` does it).
    copy
        False hands out the same arrays at each step, overwritten by the next.

    The other arguments are those of `MarketEnv`.
    """

    def __init__(
        self,
        num_envs: int = 1,
        scenario: str | os.PathLike[str] | Scenario = "park",
        *,
        threads: int = 1,
        autoreset_mode: str | AutoresetMode = AutoresetMode.NEXT_STEP,
        copy: bool = True,
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
        super().__init__()
        if render_mode is not None:
            raise ValueError("there is nothing to render: render_mode is None")
        self.render_mode = None
        self.num_envs = int(num_envs)
        self.autoreset_mode = AutoresetMode(autoreset_mode)
        self.metadata = {"render_modes": [], "autoreset_mode": self.autoreset_mode}
        self.copy = copy
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
        self._batch = _gridflock.Batch(
            self._course, self.num_envs, int(threads), self.autoreset_mode.value
        )
        self.single_action_space, self.single_observation_space = spaces(self._course, 0)
        self.action_space = batch_space(self.single_action_space, self.num_envs)
        self.observation_space = batch_space(self.single_observation_space, self.num_envs)
        shared = self._batch.shared() if not copy else None
        self._arrays = None if shared is None else self._as_arrays(shared)
        self._generators: list[np.random.Generator | None] = [None] * self.num_envs
        self._numbers = [0] * self.num_envs

    @property
    def features(self) -> list[tuple[str, float]]:
        """Name and scale of each number of an observation."""
        return [(name, scale) for name, scale, _ in self._course.features(0)]

    @property
    def steps(self) -> int:
        """Steps of an episode."""
        return self._course.steps

    def _draw(self, i: int) -> None:
        generator = self._generators[i]
        if generator is None:
            generator = self._generators[i] = seeding.np_random()[0]
        self._numbers[i] = number(generator)

    def _seed(self, seeds: Sequence[int | None], mask: NDArray[np.bool_]) -> None:
        for i in np.flatnonzero(mask).tolist():
            if seeds[i] is not None:
                self._generators[i] = seeding.np_random(seeds[i])[0]
                self._draw(i)
            elif self._generators[i] is None:
                self._draw(i)

    def _as_arrays(self, shown: Sequence[bytearray]) -> list[NDArray[Any]]:
        n, figures = self.num_envs, len(FIGURES)
        seen, rewards, over, began, values, last = shown
        return [
            np.frombuffer(seen, np.float32).reshape(n, -1),
            np.frombuffer(rewards, np.float64),
            np.frombuffer(over, np.bool_),
            np.frombuffer(began, np.bool_),
            np.frombuffer(values, np.float64).reshape(n, figures),
            np.frombuffer(last, np.float32).reshape(n, -1),
        ]

    def _shown(self, shown: Sequence[bytearray] | None) -> list[NDArray[Any]]:
        arrays = self._arrays if shown is None else self._as_arrays(shown)
        assert arrays is not None
        for i in np.flatnonzero(arrays[3]).tolist():
            self._draw(i)  # the number of the episode after this one
        return arrays

    def reset(
        self,
        *,
        seed: int | Sequence[int | None] | None = None,
        options: dict[str, Any] | None = None,
    ) -> tuple[NDArray[np.float32], Infos]:
        """Begins an episode in every world, or where `options["reset_mask"]` is true. World i gets
        `seed + i`."""
        n = self.num_envs
        seeds: list[int | None]
        if seed is None:
            seeds = [None] * n
        elif isinstance(seed, Sequence):
            seeds = list(seed)
        else:
            seeds = [int(seed) + i for i in range(n)]
        if len(seeds) != n:
            raise ValueError(f"there are {n} worlds and {len(seeds)} seeds")
        mask = _mask(options, n)
        self._seed(seeds, mask)
        numbers = [x if m else None for x, m in zip(self._numbers, mask)]
        arrays = self._shown(self._batch.reset(numbers, self.copy))
        return arrays[0], {}

    def step(self, actions: NDArray[np.float32]) -> Stepped:
        """One settlement period in every world. `info` has the figures of the step, with masks as
        Gymnasium has them."""
        given = np.ascontiguousarray(actions, np.float32).tobytes()
        shown = self._shown(self._batch.step(given, self._numbers, self.copy))
        seen, rewards, over, began, values, last = shown
        infos: Infos = {}
        same_step = self.autoreset_mode == AutoresetMode.SAME_STEP
        stepped = ~began
        if stepped.any():
            infos = _figures(values, stepped)
        if same_step and began.any():
            final = np.full(self.num_envs, None, dtype=object)
            for i in np.flatnonzero(began):
                final[i] = last[i].copy()
            infos |= {
                "final_obs": final,
                "_final_obs": began.copy(),
                "final_info": _figures(values, began),
                "_final_info": began.copy(),
            }
        return seen, rewards, np.zeros(self.num_envs, np.bool_), over, infos

    def close_extras(self, **kwargs: Any) -> None:
        """Nothing is left open."""


def _figures(values: NDArray[np.float64], mask: NDArray[np.bool_]) -> Infos:
    """Figures by name with their masks; where the mask is false they are 0."""
    told: Infos = {}
    for name, column in zip(FIGURES, (values * mask[:, None]).T):
        told[name] = column
        told[f"_{name}"] = mask.copy()
    return told


def _mask(options: dict[str, Any] | None, n: int) -> NDArray[np.bool_]:
    if not options or "reset_mask" not in options:
        return np.ones(n, np.bool_)
    mask = options["reset_mask"]
    if not isinstance(mask, np.ndarray) or mask.dtype != np.bool_:
        raise TypeError("options['reset_mask'] must be a NumPy array of bool")
    if mask.shape != (n,):
        raise ValueError(f"options['reset_mask'] must have shape ({n},), not {mask.shape}")
    if not mask.any():
        raise ValueError("options['reset_mask'] must be true somewhere")
    return mask


def _made(kind: str, num_envs: int, options: dict[str, Any]) -> VectorMarket:
    scenario, overrides = DEFAULTS[kind]
    options["overrides"] = {**overrides, **(options.get("overrides") or {})}
    return VectorMarket(num_envs, options.pop("scenario", scenario), **options)


def park_vector(num_envs: int = 1, **options: Any) -> VectorMarket:
    """The vector form of `gridflock/Park-v0`."""
    return _made("park", num_envs, options)


def feeder_vector(num_envs: int = 1, **options: Any) -> VectorMarket:
    """The vector form of `gridflock/Feeder-v0`."""
    return _made("feeder", num_envs, options)


def group_vector(num_envs: int = 1, **options: Any) -> VectorMarket:
    """The vector form of `gridflock/Group-v0`."""
    return _made("group", num_envs, options)
