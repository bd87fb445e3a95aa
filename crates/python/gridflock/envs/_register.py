"""Names under which Gymnasium finds the environments."""

from __future__ import annotations


def register() -> None:
    """Registers `gridflock/Park-v0`, `gridflock/Feeder-v0` and `gridflock/Group-v0` with Gymnasium.

    Importing `gridflock.envs` does it; Gymnasium itself calls it where the package is installed."""
    from gymnasium.envs.registration import register as add
    from gymnasium.envs.registration import registry

    for name in ("Park", "Feeder", "Group"):
        id = f"gridflock/{name}-v0"
        if id not in registry:
            add(
                id,
                entry_point=f"gridflock.envs.single:{name}Env",
                vector_entry_point=f"gridflock.envs.vector:{name.lower()}_vector",
            )
