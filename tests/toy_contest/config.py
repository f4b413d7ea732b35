"""Every number of the toy solution, with its reason."""

from dataclasses import dataclass
from pathlib import Path

from common.config import setting

SMOKE, SMOKE_INPUTS = ("sample_size=60", "folds=2"), ("input=0.5,0.5",)  # what `make smoke` and the tests take


@dataclass(frozen=True)
class Config:
    """Settings of the toy contest."""

    data: Path | None = setting(None, of_data=True, identity=False)  # folder with the official files; data/toy, else the sample
    sample_size: int = setting(200, of_data=True, identity=False)  # training points of the built-in sample
    model: tuple[str, ...] = setting(("logistic",), identity=False)  # what to train and blend
    folds: int = 5  # 1 trains once, on four fifths
    seed: int = 42  # of folds and sample
    regularisation: float = setting(1.0, of=("logistic",))  # scikit-learn's C
