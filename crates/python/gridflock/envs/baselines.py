"""What an agent has to beat: the built-in policy, a fixed price, chance."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from .single import MarketEnv

Policy = Callable[[NDArray[np.float32]], NDArray[np.float32]]


class Fixed:
    """Always the same action. (A fixed price in CNY/kWh is a policy of the scenario: an environment
    with `overrides={"pricing.policy": "fixed", "pricing.fixed": 1.0}` and `built_in`.)"""

    def __init__(self, env: MarketEnv, action: float | Sequence[float] = 0.0) -> None:
        shape = env.action_space.shape or ()
        self.action = np.broadcast_to(np.asarray(action, np.float32), shape).copy()

    def __call__(self, seen: NDArray[np.float32]) -> NDArray[np.float32]:
        return self.action


class Random:
    """Actions drawn evenly between -1 and 1."""

    def __init__(self, env: MarketEnv, seed: int = 0) -> None:
        self._shape = env.action_space.shape
        self._generator = np.random.default_rng(seed)

    def __call__(self, seen: NDArray[np.float32]) -> NDArray[np.float32]:
        return self._generator.uniform(-1.0, 1.0, self._shape).astype(np.float32)


def evaluate(
    env: MarketEnv, policy: Policy | None, seeds: Sequence[int]
) -> NDArray[np.float64]:
    """Return (sum of rewards) of a policy in the episodes of some seeds. Without a policy the built-in
    one decides, on the same days."""
    returns = np.empty(len(seeds))
    for i, seed in enumerate(seeds):
        seen, _ = env.reset(seed=int(seed))
        total, over = 0.0, False
        while not over:
            stepped = env.step_built_in() if policy is None else env.step(policy(seen))
            seen, reward, _, over, _ = stepped
            total += float(reward)
        returns[i] = total
    return returns


def built_in(env: MarketEnv, seeds: Sequence[int]) -> NDArray[np.float64]:
    """Returns of the built-in policy in the episodes of some seeds."""
    return evaluate(env, None, seeds)
