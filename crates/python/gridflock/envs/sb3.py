"""An adapter for Stable Baselines 3: `VecMarket(num_envs, ...)` is one of its vector environments."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

import numpy as np
from gymnasium.vector import AutoresetMode
from numpy.typing import NDArray
from stable_baselines3.common.vec_env import VecEnv

from ._course import FIGURES
from .vector import VectorMarket


class VecMarket(VecEnv):
    """Many worlds over threads as Stable Baselines 3 steps them; the arguments are those of
    `VectorMarket`. A world that is over begins anew at once, its last observation stands in
    `info["terminal_observation"]`."""

    def __init__(self, num_envs: int, *args: Any, **options: Any) -> None:
        self._vector = VectorMarket(
            num_envs, *args, autoreset_mode=AutoresetMode.SAME_STEP, **options
        )
        self._actions: NDArray[np.float32] | None = None
        self.render_mode = None
        super().__init__(
            num_envs, self._vector.single_observation_space, self._vector.single_action_space
        )

    def reset(self) -> NDArray[np.float32]:
        seeds = list(self._seeds) if any(s is not None for s in self._seeds) else None
        seen, _ = self._vector.reset(seed=seeds)
        self._reset_seeds()
        self._reset_options()
        return seen

    def step_async(self, actions: NDArray[np.float32]) -> None:
        self._actions = actions

    def step_wait(
        self,
    ) -> tuple[NDArray[np.float32], NDArray[np.float32], NDArray[np.bool_], list[dict[str, Any]]]:
        if self._actions is None:
            raise RuntimeError("step_wait without step_async")
        seen, rewards, _, over, told = self._vector.step(self._actions)
        infos: list[dict[str, Any]] = []
        for i in range(self.num_envs):
            figures = told["final_info"] if over[i] else told
            info: dict[str, Any] = {name: float(figures[name][i]) for name in FIGURES}
            info["TimeLimit.truncated"] = bool(over[i])
            if over[i]:
                info["terminal_observation"] = told["final_obs"][i]
            infos.append(info)
        return seen, rewards.astype(np.float32), over, infos

    def close(self) -> None:
        self._vector.close()

    def _chosen(self, indices: int | Iterable[int] | None) -> Sequence[int]:
        return list(self._get_indices(indices))

    def get_attr(self, attr_name: str, indices: int | Iterable[int] | None = None) -> list[Any]:
        value = getattr(self._vector, attr_name)
        return [value for _ in self._chosen(indices)]

    def set_attr(
        self, attr_name: str, value: Any, indices: int | Iterable[int] | None = None
    ) -> None:
        raise AttributeError("the worlds share their attributes: make another environment")

    def env_method(
        self,
        method_name: str,
        *method_args: Any,
        indices: int | Iterable[int] | None = None,
        **method_kwargs: Any,
    ) -> list[Any]:
        raise AttributeError(f"the worlds of a vector have no method {method_name}")

    def env_is_wrapped(
        self, wrapper_class: type[Any], indices: int | Iterable[int] | None = None
    ) -> list[bool]:
        return [False for _ in self._chosen(indices)]
