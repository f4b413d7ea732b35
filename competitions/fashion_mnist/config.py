"""Every number of the Fashion-MNIST solution, with its reason: `make train COMP=fashion_mnist epochs=2` sets any of them."""

from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import ClassVar

from common.config import Range, check_bounds, check_names, setting
from common.errors import ConfigError

MODELS = ("wide_resnet", "densenet", "mobilenet")  # functions of model.py
NAMES = ("T-shirt", "trouser", "pullover", "dress", "coat", "sandal", "shirt", "sneaker", "bag", "ankle boot")
ORTHOGONAL = ("none", "weights", "module", "centred")
of_wide = partial(setting, of=("wide_resnet",))

SMALL = ("model=wide_resnet", "folds=1", "widths=8,16", "blocks=1", "batch_size=20", "learning_rate=0.01", "momentum=0.9")
SMOKE = (*SMALL, "sample_size=200", "epochs=3", "warm_up_epochs=1", "shift=0", "erase=0")  # learns in 24 steps
SMOKE_INPUTS = ("input={data}/photo.png",)

LEAST = {
    **dict.fromkeys(("folds", "epochs", "batch_size", "copies", "blocks", "growth", "layers"), 1),
    **dict.fromkeys(("warm_up_epochs", "weight_decay", "shift", "mix", "orthogonality", "flip", "erase", "paste"), 0),
    "side": 8,  # the networks halve it twice
    "sample_size": 50,  # five of each class, one for each fold
}
MOST = dict.fromkeys(("flip", "erase", "paste"), 1)
SHARES = ("momentum", "smoothing", "dropout")


@dataclass(frozen=True)
class Config:
    """Settings of the Fashion-MNIST contest."""

    SAMPLE_PLAN: ClassVar = (  # a table within two minutes
        *("model=wide_resnet,densenet", "folds=1", "epochs=6", "batch_size=32", "widths=16,32,64", "blocks=1", "layers=2"),
    )

    # data
    data: Path | None = setting(None, of_data=True, identity=False)  # official files; data/fashion_mnist, else the sample
    side: int = setting(28, of_data=True)  # what pictures in folders are fitted to, where they have another size
    names: tuple[str, ...] = setting(NAMES, of_data=True, identity=False)  # of the labels 0, 1, ...; `names=` shows the labels
    sample_size: int = setting(1200, of_data=True, identity=False)  # training pictures of the built-in sample

    # plan
    model: tuple[str, ...] = setting(MODELS, identity=False)  # what to train and blend
    folds: int = 5  # 1 trains every model once, on four fifths
    seed: int = 42  # of folds, weights, batches and augmentation
    copies: int = 1  # seeds under which each network is trained; their mean is the model
    members: tuple[str, ...] = setting((), identity=False)  # runs to blend, by name; those of `model` where there are none
    cluster: str | None = setting(None, identity=False)  # address of a Dask scheduler that computes the folds

    # training
    epochs: int = 30  # of one cosine, all of them: the last ones are the best
    batch_size: int = 128
    learning_rate: float = setting(2e-3, search=Range(5e-4, 1e-2, log=True))  # of AdamW, at the top of the cosine
    warm_up_epochs: float = 2.0
    precision: str = "float32"  # or bfloat16, float16: faster on a GPU; bfloat16 also on a processor that has it
    weight_decay: float = setting(0.05, search=Range(1e-3, 0.2, log=True))  # of kernels; norms and biases do not decay
    momentum: float = 0.995  # of the averaged weights: half an epoch of the official set
    smoothing: float = setting(0.1, search=Range(0.0, 0.2))  # of labels: about 3 % of the official ones are doubtful

    # augmentation, of whole batches
    flip: float = 0.5  # share of the pictures whose left and right are exchanged; 0 for figures and letters, also at test time
    shift: int = 2  # pixels, either way
    erase: float = setting(0.5, search=Range(0.0, 1.0))  # share of the pictures that lose a rectangle
    mix: float = 0.0  # MixUp: alpha of the Beta distribution; 0 for none
    paste: float = 0.0  # CutMix: share of the pictures that get a rectangle of another

    # networks
    widths: tuple[int, ...] = of_wide((32, 64, 128))  # of the groups of wide_resnet
    blocks: int = of_wide(2)  # of each group
    dropout: float = of_wide(0.0, search=Range(0.0, 0.5))  # within its blocks
    orthogonal: str = of_wide("none")  # what makes units of a convolution differ: weights, module (on their answers) or centred
    orthogonality: float = of_wide(0.01)  # factor of that penalty, for each convolution
    growth: int = setting(12, of=("densenet",), search=Range(8, 32, log=True))  # channels that each layer adds
    layers: int = setting(8, of=("densenet",))  # of each of the three blocks

    def __post_init__(self):
        check_names(self, "model", MODELS)
        check_names(self, "orthogonal", ORTHOGONAL, "way")
        if not self.widths or min(self.widths) < 1:
            raise ConfigError(f"widths={','.join(map(str, self.widths))}: expected whole numbers from 1 on, one for each group")
        check_bounds(self, LEAST, above_0=("learning_rate",), shares=SHARES, most=MOST)
