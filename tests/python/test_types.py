"""The stubs say what the native half does, and two type checkers agree with the package."""

import inspect
import re
import subprocess
import sys
from pathlib import Path

import pytest

import gridflock as gf
from gridflock import _gridflock

PACKAGE = Path(gf.__file__).parent
STUBS = (PACKAGE / "_gridflock.pyi").read_text()

USER = '''
import gridflock as gf
from gridflock import Table

r = gf.run("park", seed=1, overrides={"penalty.scale": 2.0}, tables=["facts"])
t: Table = r.tables["facts"]
rate: float = r.indicators["no_show_rate"]
sim = gf.Simulation("park", policies={"attendance": lambda view: "honour"})
state: bytes = sim.save()
twin: gf.Simulation = sim.fork()
sim.advance("15min")
'''


def test_the_stubs_name_all_that_is_there_and_nothing_else():
    native = {n for n in dir(_gridflock) if not n.startswith("__")} | {"__version__"}
    said = set(re.findall(r"^(?:class|def) (\w+)", STUBS, re.M)) | set(re.findall(r"^(\w+): ", STUBS, re.M))
    assert said == native
    for name in ("Table", "Outcome", "Simulation", "Course", "Episode", "Batch"):
        block = re.search(rf"^class {name}:\n((?:    .*\n|\n)+)", STUBS, re.M)
        methods = set(re.findall(r"^    def (\w+)", block[1], re.M)) - {"__init__"}
        public = {n for n in vars(getattr(_gridflock, name)) if not n.startswith("_")}
        assert {m for m in methods if not m.startswith("_")} == public, name


def test_every_public_function_says_what_it_does():
    for name in gf.__all__:
        value = getattr(gf, name)
        if inspect.isclass(value) or inspect.isfunction(value):
            assert inspect.getdoc(value), name


@pytest.mark.parametrize("checker", ["mypy", "basedpyright"])
def test_type_checkers_agree(tmp_path, checker):
    user = tmp_path / "user.py"
    user.write_text(USER)
    if checker == "mypy":
        command = ["-m", "mypy", "--ignore-missing-imports", "--cache-dir", str(tmp_path / "cache")]
        command += [str(PACKAGE), str(user)]
    else:
        (tmp_path / "pyrightconfig.json").write_text(
            '{"typeCheckingMode": "basic", "reportMissingImports": false, "reportMissingModuleSource": false}'
        )
        command = ["-m", "basedpyright", "-p", str(tmp_path), str(PACKAGE), str(user)]
    done = subprocess.run([sys.executable, *command], capture_output=True, text=True, cwd=PACKAGE.parent)
    assert done.returncode == 0, done.stdout + done.stderr
