"""Every number of the LAMOST solution, with its reason. Any of them can be given to Make: `make train COMP=lamost epochs=2`."""

from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import ClassVar

from common.config import Range, check_bounds, check_names, setting
from common.errors import ConfigError
from competitions.lamost.grid import Grid

NETWORKS = ("dilated", "multiscale")  # functions of model.py
TREES = ("lightgbm",)
MODELS = (*NETWORKS, *TREES)
of_networks, of_trees = partial(setting, of=NETWORKS), partial(setting, of=TREES)  # settings that no others read

SMOKE = (
    *("model=dilated,lightgbm", "sample_size=80", "folds=2", "epochs=4", "soft_f1_epochs=1", "batch_size=8"),
    *("learning_rate=0.02", "momentum=0.8", "tree_rounds=10", "workers=1"),
)
SMOKE_INPUTS = ("input={data}/sample_test_data.zip",)

LEAST = {
    **dict.fromkeys(
        ("folds", "epochs", "batch_size", "soft_f1_batch_size", "tree_rounds", "test_copies", "components", "copies"), 1
    ),
    **dict.fromkeys(("workers", "soft_f1_epochs", "warm_up_epochs", "drop_patience", "stop_patience", "weight_decay"), 0),
    **dict.fromkeys(("noise", "redshift_jitter", "mask", "slope", "tree_noise", "learning_rate", "momentum"), 0),
    "sample_size": 30,  # so that the sample's test part has every class
    "tree_leaves": 2,
}


@dataclass(frozen=True)
class Config:
    """Settings of the LAMOST contest."""

    SAMPLE_PLAN: ClassVar = ("folds=2", "epochs=8", "soft_f1_epochs=0")  # a table within minutes of the first command

    # data
    data: Path | None = setting(None, of_data=True, identity=False)  # official files; data/lamost, else the built-in sample
    round: str = setting("", of_data=True)  # text in the file names, where a folder holds several rounds of the contest
    grid: str = setting("linear:3690:9100", of_data=True)  # wavelength of the 2,600 points: the range that the organisers name
    sample_size: int = setting(480, of_data=True, identity=False)  # training spectra of the built-in sample

    # plan
    model: tuple[str, ...] = setting(MODELS, identity=False)  # what to train and blend
    folds: int = 5  # 1 trains every model once, on four fifths
    seed: int = 42  # of folds, weights, batches and augmentation
    workers: int = setting(0, identity=False)  # processes that read and prepare; 0 for one per processor
    copies: int = of_networks(1)  # seeds under which each network is trained; their mean is the model
    members: tuple[str, ...] = setting((), identity=False)  # runs to blend, by name; those of `model` where there are none
    cluster: str | None = setting(None, identity=False)  # address of a Dask scheduler that computes the folds

    # networks: stage 1, cross-entropy
    epochs: int = of_networks(20)  # at most; later ones only raise the log loss
    batch_size: int = of_networks(64)  # smaller and larger ones take the same time on a processor
    learning_rate: float = of_networks(2e-3, search=Range(5e-4, 1e-2, log=True))  # AdamW
    precision: str = of_networks("float32")  # or bfloat16, float16: faster on a GPU; bfloat16 also on a processor that has it
    weight_decay: float = of_networks(1e-4, search=Range(1e-5, 1e-2, log=True))  # of AdamW
    warm_up_epochs: float = of_networks(1.0)  # batch normalisation is unsettled at first
    momentum: float = of_networks(0.99)  # of the averaged weights: one epoch of 6,400 spectra
    drop_patience: int = of_networks(4)  # epochs without a better macro-F1 until the learning rate falls to 0.3 of itself
    stop_patience: int = of_networks(9)  # and until the stage ends

    # networks: stage 2, soft macro-F1 from the best weights of stage 1
    soft_f1_epochs: int = of_networks(5)
    soft_f1_batch_size: int = of_networks(256)  # large, so that the rarest class is in every batch
    soft_f1_learning_rate: float = of_networks(2e-4)

    # networks: augmentation, see augment.py, and class imbalance
    noise: float = of_networks(0.5, search=Range(0.0, 1.0))  # greatest k of N(0,1) * std * k, added to every second spectrum
    redshift_jitter: float = of_networks(0.0023)  # 690 km/s, ten points of the survey's grid: a little more than stars do
    mask: float = of_networks(0.3, search=Range(0.0, 0.6))  # share of spectra that lose 20 to 200 points, as to a dead fibre
    slope: float = of_networks(0.1, search=Range(0.0, 0.3))  # spread of a linear tilt: flux calibration is never perfect
    sampling_power: float = of_networks(0.0)  # draw classes in proportion to count**(1 - power): 0 as they are, 1 balanced
    weight_power: float = of_networks(0.0)  # weight classes by count**-power: 0 equal, 0.5 square root, 1 balanced
    test_copies: int = of_networks(3)  # copies at test time, shifted within redshift_jitter, probabilities averaged

    # trees
    tree_rounds: int = of_trees(600)  # at most; macro-F1 on the validation part stops earlier
    tree_learning_rate: float = of_trees(0.05, search=Range(0.02, 0.2, log=True))
    tree_leaves: int = of_trees(7, search=Range(3, 63, log=True))  # small trees: few quasars
    tree_noise: float = of_trees(
        0.7, search=Range(0.0, 1.5)
    )  # of a second copy of every spectrum, in its own noise; 0 for none
    components: int = of_trees(50, search=Range(10, 100, log=True))  # of the PCA, fitted on the training part of each fold

    def __post_init__(self):
        check_names(self, "model", MODELS)
        check_bounds(self, LEAST)
        if self.mask > 1:
            raise ConfigError(f"mask={self.mask}: expected a share between 0 and 1")
        try:
            Grid.parse(self.grid)
        except ValueError as error:
            raise ConfigError(str(error)) from None
