"""A study over a Dask cluster is the command line's, byte for byte, whatever becomes of its workers."""

import os
import pickle
import signal
import threading
import time

import pytest
from distributed import Client, LocalCluster

import gridflock as gf
from gridflock import studies
from test_package import cli, hashes

#: 200 runs of a park that is small enough to be tried here.
STUDY = """
[scenario]
base = "park-small"

[scenario.overrides]
"fleet.evs" = 12
periods_per_day = 24

[[factor]]
name = "penalty.scale"
role = "lever"
values = [0.5, 1.0]

[replications]
n = 100

[[contrast]]
factor = "penalty.scale"
baseline = 1.0
"""


@pytest.fixture(scope="module")
def whole(tmp_path_factory):
    """What the command line makes of it, and where the study lies."""
    folder = tmp_path_factory.mktemp("study")
    (folder / "study.toml").write_text(STUDY)
    cli(folder, "study", "run", "study.toml", "-o", "whole")
    return folder / "study.toml", hashes(folder / "whole")


@pytest.fixture
def client():
    with LocalCluster(n_workers=2, threads_per_worker=1, dashboard_address=None) as cluster:
        with Client(cluster) as client:
            yield client


def test_200_runs_over_two_workers_are_the_command_lines(whole, client, tmp_path):
    study, expected = whole
    s = gf.study(study, executor=client, output=tmp_path / "dask")
    assert hashes(s.directory) == expected
    assert s.estimates.num_rows > 0 and not list(tmp_path.glob("*.parts"))


def test_a_receipt_is_small(whole, tmp_path):
    receipt = studies._part(os.fspath(whole[0]), os.fspath(tmp_path / "part"), "1/50")
    assert receipt["complete"] and len(pickle.dumps(receipt)) < 10_000


def test_a_worker_that_is_killed_costs_its_part_alone(whole, client, tmp_path):
    study, expected = whole
    parts = tmp_path / "dask.parts"
    workers = client.run(os.getpid)
    killed = []

    def kill():
        # In the middle: a part has begun and none has ended long ago.
        deadline = time.monotonic() + 60
        while not list(parts.glob("*/manifest.json")) and time.monotonic() < deadline:
            time.sleep(0.01)
        time.sleep(0.05)
        victim = next(iter(workers.values()))
        os.kill(victim, signal.SIGKILL)
        killed.append((victim, len(list(parts.iterdir()))))

    killer = threading.Thread(target=kill)
    killer.start()
    s = gf.study(study, executor=client, parts=8, output=tmp_path / "dask")
    killer.join()
    (victim, begun), survivors = killed[0], client.run(os.getpid).values()
    assert begun < 8, "it was killed before all parts had begun"
    assert victim not in survivors
    assert hashes(s.directory) == expected
