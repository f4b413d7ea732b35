"""Every number of the PPD solution, with its reason. Any of them can be given to Make: `make train COMP=ppd folds=1`."""

from dataclasses import dataclass
from pathlib import Path

from common.config import setting, unknown_name
from common.errors import ConfigError

MODELS = ("trees",)
PROTOCOLS = ("content", "contest")

SMOKE = ("sample_size=300", "folds=1", "tree_rounds=20")
SMOKE_INPUTS = ()

LEAST = {
    **dict.fromkeys(("folds", "tree_rounds"), 1),
    "tree_leaves": 2,
    "tree_learning_rate": 0,
    "sample_size": 100,  # so that both classes are in every fold
}


@dataclass(frozen=True)
class Config:
    """Settings of the PPD contest."""

    # data
    data: Path | None = setting(None, of_data=True, identity=False)  # official files; data/ppd, else the built-in sample
    protocol: str = setting("contest", of_data=True)  # content: what is understood; contest: what the competition rewards, too
    sample_size: int = setting(2000, of_data=True, identity=False)  # training pairs of the built-in sample

    # plan
    model: tuple[str, ...] = setting(MODELS, identity=False)  # what to train and blend
    folds: int = 5  # 1 trains every model once, on four fifths
    seed: int = 42  # of folds, factors and trees
    cluster: str | None = setting(None, identity=False)  # address of a Dask scheduler that computes the folds

    # what protocol=contest adds; both are properties of how the pairs were sampled
    graph: bool = True  # features of the graph of all pairs, the test pairs among them
    closure: bool = True  # what the labels of the other training pairs imply

    # trees
    tree_rounds: int = 2000  # at most; the log loss of the validation part stops earlier
    tree_learning_rate: float = 0.05
    tree_leaves: int = 63  # of 31, 63 and 127

    def __post_init__(self):
        if self.protocol not in PROTOCOLS:
            raise ConfigError(f"protocol={self.protocol}: {unknown_name(self.protocol, PROTOCOLS, 'protocol')}")
        for name in self.model:
            if name not in MODELS:
                raise ConfigError(f"model={name}: {unknown_name(name, MODELS, 'model')}")
        if not self.model:
            raise ConfigError(f"model= is empty; the models are {', '.join(MODELS)}")
        for name, least in LEAST.items():
            if getattr(self, name) < least:
                raise ConfigError(f"{name}={getattr(self, name)}: expected at least {least}")

    @property
    def uses_graph(self):
        """Whether models see the graph of the pairs."""
        return self.protocol == "contest" and self.graph

    @property
    def uses_closure(self):
        """Whether models see what other pairs' labels imply."""
        return self.protocol == "contest" and self.closure
