"""The notebooks and scripts of `examples` do what they show."""

import json
import os
import sys
from pathlib import Path

import pytest

EXAMPLES = Path(os.environ["GRIDFLOCK_EXAMPLES"])
#: Generations of the training that is tried.
GENERATIONS = 15
BOOKS = sorted(EXAMPLES.glob("*.ipynb"))


@pytest.mark.parametrize("book", BOOKS, ids=lambda b: b.stem)
def test_a_notebook_runs_from_top_to_bottom(book, monkeypatch):
    monkeypatch.syspath_prepend(str(EXAMPLES))
    cells = [c for c in json.loads(book.read_text())["cells"] if c["cell_type"] == "code"]
    assert cells and all(not c["outputs"] and c["execution_count"] is None for c in cells)
    names = {"__name__": "__main__"}
    for i, cell in enumerate(cells):
        exec(compile("".join(cell["source"]), f"{book.name}, cell {i}", "exec"), names)


def test_there_are_books():
    assert len(BOOKS) >= 4 and sys.version_info >= (3, 10)


def test_a_learnt_price_beats_the_fixed_one_on_days_that_it_has_not_seen(monkeypatch):
    monkeypatch.syspath_prepend(str(EXAMPLES))
    import learn_a_price as example

    # So many generations, not seconds: the same on every machine.
    best, curve = example.train(seconds=600.0, scenario="park-small", generations=GENERATIONS)
    assert len(curve) == GENERATIONS
    mean, half = example.compare(best, scenario="park-small", days=20)["learnt"]
    assert mean - half > 0.0, (mean, half, curve)
