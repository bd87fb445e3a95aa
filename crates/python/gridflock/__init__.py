"""Agent-based simulation of electric vehicles in distribution networks.

Runs, studies and single simulations from Python, with the same answers as the command line's:
the same scenario and seed give the same bytes.

>>> import gridflock as gf
>>> r = gf.run("park-small", seed=1)
>>> 0.0 <= r.indicators["no_show_rate"] <= 1.0
True
"""

from ._gridflock import (
    GridflockError,
    InvariantError,
    RunError,
    ScenarioError,
    Table,
    __version__,
)
from .fitting import Fit, fit
from .forks import Effect, Fork, fork
from .policies import batch
from .results import Result, local_time, read
from .scenarios import Scenario, built_in, scenario, schema
from .runs import run
from .simulation import Simulation
from .studies import Comparison, Study, compare, study

__all__ = [
    "Comparison",
    "Effect",
    "Fit",
    "Fork",
    "GridflockError",
    "InvariantError",
    "Result",
    "RunError",
    "Scenario",
    "ScenarioError",
    "Simulation",
    "Study",
    "Table",
    "__version__",
    "batch",
    "built_in",
    "compare",
    "fit",
    "fork",
    "local_time",
    "read",
    "run",
    "scenario",
    "schema",
    "study",
]
