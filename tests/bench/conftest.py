"""What the tests of several benchmarks share."""

import numpy as np
import pandas as pd
import pytest

from bench import measure


@pytest.fixture
def untrained(monkeypatch):
    """Networks leave their stages as they came: tables are the same whatever their rows have learnt."""
    log = pd.DataFrame({"stage": ["full"], "epoch": [1], "loss": [1.0], "score": [0.0], "learning_rate": [0.001]})
    for name in ("fit_stage", "fit_stages"):
        monkeypatch.setattr(f"common.training.{name}", lambda *what, **named: log)


@pytest.fixture
def timed_once(monkeypatch):
    """Every way to do a thing is tried once, and none beforehand: what it takes is not looked at."""
    monkeypatch.setattr(
        measure, "in_turn", lambda ways, repeats: {name: np.array([float(way())]) for name, way in ways.items()}
    )
