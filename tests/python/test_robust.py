"""Whatever goes wrong is an error, never a crash."""

import json
import resource
import signal
import subprocess
import sys
import textwrap
import threading
import time
from pathlib import Path

import pyarrow as pa
import pytest

import gridflock as gf


def child(code, **options):
    """Runs Python in a process of its own."""
    return subprocess.Popen(
        [sys.executable, "-c", textwrap.dedent(code)],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        **options,
    )


def test_a_full_disk_is_a_run_error(tmp_path):
    code = f"""
        import resource, signal
        import gridflock as gf
        signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
        resource.setrlimit(resource.RLIMIT_FSIZE, (20_000, 20_000))  # as a disk that is full
        try:
            gf.run("park-small", days=3, output={str(tmp_path / "run")!r})
        except gf.RunError as error:
            print("RunError", error.code)
    """
    done = child(code)
    said, failed = done.communicate(timeout=120)
    assert said.startswith("RunError 1"), (done.returncode, said, failed)


def test_a_signal_that_python_handles_closes_the_tables(tmp_path):
    code = f"""
        import signal, sys
        import gridflock as gf
        signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
        print("ready", flush=True)
        gf.run("park", days=400, output={str(tmp_path / "run")!r})
    """
    run = child(code)
    assert run.stdout.readline() == "ready\n"
    manifest = tmp_path / "run/manifest.json"
    deadline = time.monotonic() + 60
    while not manifest.exists() and time.monotonic() < deadline:
        time.sleep(0.05)
    time.sleep(0.5)
    run.send_signal(signal.SIGTERM)
    assert run.wait(timeout=60) == 143, run.stderr.read()
    assert json.loads(manifest.read_text())["status"] == "interrupted"
    assert gf.read(tmp_path / "run").tables["facts"].num_rows >= 0
    assert not list(Path(tmp_path).glob("run/*.tmp"))


@pytest.mark.parametrize(
    "overrides",
    [
        {"penalty.scale": float("nan")},
        {"penalty.scale": "high"},
        {"pennalty.scale": 1.0},
        {"penalty": {"scale": -1.0}},
        {"fleet.evs": -3},
        {"fleet.evs": 10**30},
        {"": 1.0},
        {"penalty.scale = 1.0\ndays": 2},
        {"days": 2**70},
        {"pricing.policy": "iom_pso\x00"},
    ],
)
def test_bad_overrides_are_scenario_errors(overrides):
    with pytest.raises(gf.ScenarioError) as caught:
        gf.run("park-small", overrides=overrides)
    assert caught.value.code == 3 and caught.value.problems


def test_what_cannot_stand_in_a_scenario_is_a_type_error():
    for value in (object(), {1, 2}, 1 + 2j):
        with pytest.raises(TypeError):
            gf.run("park-small", overrides={"penalty.scale": value})


def test_a_table_outlives_its_run_and_gives_its_rows_as_often_as_asked():
    table = gf.run("park-small", tables=["facts"]).tables["facts"]
    first, second = pa.table(table), pa.table(table)
    assert first.equals(second) and first.num_rows == len(table)
    stream = pa.RecordBatchReader.from_stream(table)
    stream.close()  # a closed reader takes nothing with it
    del first
    assert second.num_rows == len(table)
    with pytest.raises(KeyError):
        table.unit("colour")
    with pytest.raises(KeyError):
        gf.run("park-small", tables=["facts"]).tables["prices"]


def test_a_finished_simulation_says_so():
    sim = gf.Simulation("park-small")
    sim.advance("1h")
    sim.finish()
    for use in (
        lambda: sim.now,
        lambda: sim.advance("1h"),
        sim.run_to_end,
        lambda: sim.inject(price=1.0),
        lambda: sim.read(1),
        sim.save,
        sim.fork,
        sim.finish,
    ):
        with pytest.raises(ValueError, match="finished"):
            use()


def test_a_damaged_state_is_refused():
    import pickle

    sim = gf.Simulation("park-small")
    opening, saved, kept = pickle.loads(sim.save())
    for bytes_ in (b"", saved[:-20], b"\xff" * len(saved), saved[:40] + b"\x00" * 60 + saved[100:]):
        with pytest.raises(gf.GridflockError):
            gf.Simulation.restore(pickle.dumps((opening, bytes_, kept)))


def test_one_simulation_in_many_threads_is_no_crash():
    sim = gf.Simulation("park-small", tables=[])
    failed = []

    def work():
        try:
            for _ in range(20):
                sim.advance("15min")
                sim.fork().advance("15min")
                sim.read(1)
                sim.save()
        except gf.GridflockError:
            pass  # time does not go back where another thread was faster
        except Exception as error:  # noqa: BLE001
            failed.append(error)

    threads = [threading.Thread(target=work) for _ in range(4)]
    [t.start() for t in threads]
    [t.join() for t in threads]
    assert not failed


def within(seconds, work):
    """Whether work is done in time: a deadlock is a failure, and no test without an end."""
    thread = threading.Thread(target=work, daemon=True)
    thread.start()
    thread.join(seconds)
    return not thread.is_alive()


def test_a_use_while_another_thread_advances_waits_and_blocks_nobody():
    # The policy wants the interpreter while its thread holds the run; whoever looks at the run
    # meanwhile must not keep the interpreter.
    def slow(view):
        time.sleep(0.002)
        return view["floor"]

    sim = gf.Simulation("park-small", tables=[], policies={"pricing": slow})
    failed, over = [], threading.Event()

    def look():
        uses = [lambda: sim.now, lambda: sim.read(1), lambda: sim.indicators, sim.save, sim.fork]
        try:
            while not over.is_set():
                for use in uses:
                    use()
        except ValueError as error:  # finished in the meantime
            if "finished" not in str(error):
                failed.append(error)
        except Exception as error:  # noqa: BLE001
            failed.append(error)

    def drive():
        lookers = [threading.Thread(target=look, daemon=True) for _ in range(2)]
        [looker.start() for looker in lookers]
        try:
            for _ in range(40):
                sim.advance("15min")
            sim.finish()
        finally:
            over.set()
        [looker.join() for looker in lookers]

    assert within(60.0, drive), "a thread waits for the run while it holds the interpreter"
    assert not failed


def test_an_environment_is_closed_while_another_thread_steps_its_simulation():
    import numpy as np

    import gridflock.envs as envs

    def drive():
        env = envs.ParkEnv("park-small", warm_worlds=1)
        env.reset(seed=1)
        driver = threading.Thread(target=env.sim.run_to_end, daemon=True)
        driver.start()
        try:
            for _ in range(3):
                env.step(np.zeros(3, np.float32))
        except RuntimeError:
            pass  # the episode is over: the other thread was faster
        env.close()
        driver.join()

    assert within(60.0, drive)


def test_ctrl_c_ends_a_step_of_a_simulation_and_leaves_it_usable():
    code = """
        import signal, threading, time, os
        import gridflock as gf
        sim = gf.Simulation("park", days=300, tables=[])
        threading.Timer(0.5, lambda: os.kill(os.getpid(), signal.SIGINT)).start()
        begin = time.monotonic()
        try:
            sim.run_to_end()
            print("never interrupted")
        except KeyboardInterrupt:
            print("interrupted", sim.now < sim.end, sim.fork().now == sim.now)
    """
    said, failed = child(code).communicate(timeout=120)
    assert said == "interrupted True True\n", (said, failed)


def test_directories_that_cannot_be_written_are_run_errors(tmp_path):
    (tmp_path / "file").write_text("")
    with pytest.raises(gf.RunError):
        gf.run("park-small", output=tmp_path / "file/run")
    gf.run("park-small", output=tmp_path / "run")
    with pytest.raises(gf.RunError, match="exists"):
        gf.run("park-small", output=tmp_path / "run")
    with pytest.raises(gf.RunError):
        gf.read(tmp_path / "nothing")


def test_importing_is_quick_and_needs_nothing_else():
    code = """
        import sys, time
        begin = time.process_time()
        import gridflock
        print(time.process_time() - begin)
        heavy = {"numpy", "pandas", "polars", "pyarrow", "gymnasium", "pettingzoo", "tqdm"}
        assert not heavy & set(sys.modules), heavy & set(sys.modules)
    """
    best = 1.0
    for _ in range(3):
        run = child(code)
        said, failed = run.communicate(timeout=60)
        assert run.returncode == 0, failed
        best = min(best, float(said))
    assert best < 0.1


def test_memory_is_bounded_over_many_forks():
    sim = gf.Simulation("park-small", tables=[])
    sim.advance("30h")
    sim.fork()
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    for _ in range(500):
        sim.fork()
    grown_mb = (resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before) / 1024
    assert grown_mb < 50, grown_mb
