"""What the tests of several benchmarks share."""

import numpy as np
import pandas as pd
import pytest

from bench import measure


@pytest.fixture
def untrained(monkeypatch):
    """Networks leave their stages as they came, whose first batches are made: tables are the same whatever rows have learnt."""
    log = pd.DataFrame({"stage": ["full"], "epoch": [1], "loss": [1.0], "score": [0.0], "learning_rate": [0.001]})

    def looked_at(network, stages, *_, **__):
        for stage in stages if isinstance(stages, list) else [stages]:
            inputs, *_ = stage.batches[0]
            network(inputs)
        return log

    for name in ("fit_stage", "fit_stages"):
        monkeypatch.setattr(f"common.training.{name}", looked_at)


@pytest.fixture
def timed_once(monkeypatch):
    """Every way to do a thing is tried once, and none beforehand: what it takes is not looked at."""
    monkeypatch.setattr(
        measure, "in_turn", lambda ways, repeats: {name: np.array([float(way())]) for name, way in ways.items()}
    )
