"""Every number of the captcha solution, with its reason. Any can be given to Make: `make train COMP=captcha steps=500`."""

from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import ClassVar

from common.config import Range, check_bounds, check_names, setting
from common.errors import ConfigError

MODELS = ("columns", "heads", "xception")  # functions of model.py
of_columns = partial(setting, of=("columns",))  # settings that no others read

SMOKE = (  # a small network that need not stand much
    *("folds=1", "steps=50", "reports=5", "batch_size=48", "learning_rate=0.01", "sample_size=90", "height=24", "width=60"),
    *("filters=8,16", "blocks=1", "context=0", "dropout=0", "lines=0", "elastic=0", "rotation=1", "shear=0.02", "scale=0.02"),
)
SMOKE_INPUTS = ("input={data}/digits/0.png", "style=digits")

LEAST = {
    **dict.fromkeys(("folds", "copies", "steps", "batch_size", "reports", "blocks"), 1),
    **dict.fromkeys(("synthetic", "synthetic_steps", "weight_decay", "rotation", "shear", "scale", "shift", "elastic"), 0),
    **dict.fromkeys(("colour", "noise", "lines", "context"), 0),
    "height": 24,  # four times halved
    "width": 32,
    "sample_size": 30,
}


@dataclass(frozen=True)
class Config:
    """Settings of the captcha contest."""

    SAMPLE_PLAN: ClassVar = ("folds=2", "steps=400", "batch_size=64", "height=24", "width=60", "filters=16,24,32", "context=1")

    # data
    data: Path | None = setting(None, of_data=True, identity=False)  # folder of styles; data/captcha, else the built-in sample
    styles: tuple[str, ...] = setting((), of_data=True)  # those to read; all where none is named
    cased: tuple[str, ...] = ()  # styles in which the case of a letter counts; no site is known that minds it
    sample_size: int = setting(240, of_data=True, identity=False)  # training pictures of each style of the built-in sample
    height: int = 48  # of the canvas that all pictures are brought to, pixels
    width: int = 160  # most styles are two to four times as wide as high

    # plan
    model: tuple[str, ...] = setting(("columns",), identity=False)  # what to train and blend; the two others are history
    joint: bool = True  # one network for all styles, each style's own alphabet masked; or a network for each
    folds: int = 5  # 1 trains once, on four fifths
    seed: int = 42  # of folds, weights, batches and distortions
    copies: int = 1  # seeds under which each network is trained; their mean is the model
    members: tuple[str, ...] = setting((), identity=False)  # runs to blend, by name; those of `model` where there are none
    cluster: str | None = setting(None, identity=False)  # address of a Dask scheduler that computes the folds

    # training: a fixed budget and one cosine; nothing is chosen on the validation part, so its score is honest
    steps: int = 3000  # batches of a network
    batch_size: int = 128
    learning_rate: float = setting(2e-3, search=Range(5e-4, 1e-2, log=True))  # AdamW
    weight_decay: float = 1e-2  # of AdamW, times the learning rate
    warm_up: float = 0.05  # share of the steps over which the learning rate rises
    momentum: float = 0.998  # of the averaged weights: the last 500 batches
    balance: float = 0.5  # styles are drawn in proportion to pictures ** (1 - balance): small ones are seen more often
    reports: int = 20  # lines of a stage in the log
    precision: str = "float32"  # or bfloat16, float16: faster on a GPU; bfloat16 also on a processor that has it

    # network `columns`
    filters: tuple[int, ...] = of_columns((48, 96, 192))  # of its stages
    blocks: int = of_columns(2)  # residual blocks in a stage
    context: int = of_columns(2)  # layers in which the columns look at one another, to know how many signs stand before
    dropout: float = of_columns(0.2, search=Range(0.0, 0.5))  # ahead of the signs

    # distortions, new for every batch; never a flip, which makes another sign
    rotation: float = 6.0  # degrees, standard deviation
    scale: float = 0.08  # of the logarithm of each side, standard deviation
    shear: float = 0.12  # columns for each row, standard deviation
    shift: float = 0.03  # of each side, standard deviation
    elastic: float = 0.02  # of the height, that parts of a picture move, standard deviation
    colour: float = 0.3  # greatest change of gain and offset of each colour
    noise: float = 0.04  # of each pixel, greatest standard deviation
    lines: float = 0.3  # share of pictures that get one more curve drawn through them

    # pre-training on drawn letters, outlined and overlapping, before the real pictures
    synthetic: int = 0  # how many to draw; 0 for no pre-training
    imitates: str = "tencent"  # style whose size, letters and lengths they take
    synthetic_steps: int = 1500  # batches

    def __post_init__(self):
        check_names(self, "model", MODELS)
        if not 1 <= len(self.filters) <= 4 or min(self.filters) < 4 or any(count % 4 for count in self.filters):
            raise ConfigError(f"filters={','.join(map(str, self.filters))}: expected one to four multiples of 4")
        check_bounds(
            self, LEAST, above_0=("learning_rate",), shares=("momentum", "dropout", "warm_up", "balance"), most={"lines": 1}
        )
