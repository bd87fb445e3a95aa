"""Learning environments: set the prices of a charging park and see what comes of it.

Gymnasium's ``gridflock/Park-v0``, ``gridflock/Feeder-v0`` and ``gridflock/Group-v0`` (single, or many
at once over threads), PettingZoo's parallel form with one agent a zone, and an adapter for Stable
Baselines 3. Needs ``pip install gridflock[envs]``.

>>> import gymnasium as gym, gridflock.envs
>>> env = gym.make("gridflock/Park-v0", scenario="park-small")
>>> seen, info = env.reset(seed=1)
>>> seen, reward, terminated, truncated, info = env.step(env.action_space.sample())
>>> sorted(info)[:3]
['breaches', 'co2_kg', 'curtailed_kwh']

One step is one settlement period. At its beginning, before prices are published, an agent sees what
the pricing agent has been told, and sets prices: they are published then. What it does not set is
decided by the built-in policy. A step's figures count what was settled from its beginning up to the
next one's; the last step counts the settlement at the end too.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from ._register import register
from .baselines import Fixed, Random, built_in, evaluate
from .single import FeederEnv, GroupEnv, MarketEnv, ParkEnv
from .vector import VectorMarket

__all__ = [
    "FeederEnv",
    "Fixed",
    "GroupEnv",
    "MarketEnv",
    "ParallelMarket",
    "ParkEnv",
    "Random",
    "VectorMarket",
    "built_in",
    "evaluate",
    "parallel",
    "register",
]

if TYPE_CHECKING:
    from .zoo import ParallelMarket, parallel

register()


def __getattr__(name: str) -> Any:
    # PettingZoo is needed by these alone.
    if name in ("ParallelMarket", "parallel"):
        from . import zoo

        return getattr(zoo, name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
