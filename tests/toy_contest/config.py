"""Every number of the toy solution, with its reason."""

from dataclasses import dataclass
from pathlib import Path

from common.config import setting

SMOKE = ("sample_size=60", "folds=2")
SMOKE_INPUTS = ("input=0.5,0.5",)


@dataclass(frozen=True)
class Config:
    """Settings of the toy contest."""

    data: Path | None = setting(None, of_data=True, identity=False)  # folder with the official files; data/toy, else the sample
    sample_size: int = setting(200, identity=False)  # training points of the built-in sample
    folds: int = 5  # 1 trains once, on four fifths
    seed: int = 42  # of folds and sample
    regularisation: float = 1.0  # scikit-learn's C
