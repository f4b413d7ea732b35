"""Every number of the characters solution, with its reason. Make takes any of them: `make train COMP=characters side=32`."""

from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import ClassVar

from common.config import Range, check_bounds, check_names, setting
from common.errors import ConfigError

NETWORKS = ("original", "vgg")  # functions of model.py
of_networks, of_vgg = partial(setting, of=NETWORKS), partial(setting, of=("vgg",))  # settings that no others read
of_data = partial(setting, of_data=True)

SMOKE = (
    *("model=vgg", "sample_size=300", "folds=1", "epochs=8", "batch_size=32", "side=24", "widths=8,16,32"),
    *("learning_rate=0.01", "warm_up=1", "momentum=0.9", "noise=0", "elastic=0", "dropout=0"),  # it has 56 steps to learn
)
SMOKE_INPUTS = ("input={data}/line.png",)

LEAST = {
    **dict.fromkeys(("folds", "epochs", "batch_size", "copies"), 1),
    **dict.fromkeys(("rotation", "shear", "scale", "shift", "elastic", "blur", "warm_up", "weight_decay"), 0),
    "side": 24,  # what the convolutions and three poolings leave something of
    "sample_size": 280,  # so that every hand of the sample writes every character
}
SHARES = ("thicker", "thinner", "fade", "noise", "loss", "momentum", "dropout")


@dataclass(frozen=True)
class Config:
    """Settings of the characters contest."""

    SAMPLE_PLAN: ClassVar = (  # a table within minutes
        *("folds=1", "epochs=15", "batch_size=64", "side=32", "learning_rate=0.005", "noise=0.1"),
    )

    # data
    data: Path | None = setting(None, of_data=True, identity=False)  # official files or fonts; data/characters, else the sample
    fonts: tuple[str, ...] = of_data(())  # font files and folders to draw the training part from, instead of reading it
    unseen: tuple[str, ...] = of_data(())  # those of the test part
    alphabet: str = "gb2312"  # what is drawn: gb2312 (3,755, letters, digits), latin, or a text file that holds it
    sizes: tuple[int, ...] = (28, 96)  # of the fonts in pixels: a small print and a large one
    bigrams: Path | None = of_data(None, identity=False)  # counts of pairs, or text to count; weights classes, reads lines
    sample_size: int = setting(1200, of_data=True, identity=False)  # training images of the built-in sample

    # plan
    model: tuple[str, ...] = setting(NETWORKS, identity=False)  # what to train and blend
    folds: int = 5  # 1 trains every model once, on four fifths; a family of faces or a writer is in one fold alone
    seed: int = 42  # of folds, weights, batches and distortions
    copies: int = of_networks(1)  # seeds under which each network is trained; their mean is the model
    members: tuple[str, ...] = setting((), identity=False)  # runs to blend, by name; those of `model` where there are none
    cluster: str | None = setting(None, identity=False)  # address of a Dask scheduler that computes the folds

    # networks
    side: int = 48  # of a normalised glyph, as published; 32 serves digits
    widths: tuple[int, ...] = of_vgg((32, 64, 128))  # filters of the three stages
    dropout: float = of_vgg(0.3, search=Range(0.0, 0.5))  # before the classes; `original` has the published 0.25 and 0.5
    epochs: int = of_networks(40)  # of one cosine; nothing is chosen on the validation part
    batch_size: int = of_networks(256)
    learning_rate: float = of_networks(2e-3, search=Range(5e-4, 1e-2, log=True))  # AdamW, greatest
    precision: str = of_networks("float32")  # or bfloat16, float16: faster on a GPU; bfloat16 also on a processor that has it
    weight_decay: float = of_networks(1e-4)  # of AdamW
    warm_up: float = of_networks(2.0)  # epochs in which the rate rises
    momentum: float = of_networks(0.99)  # of the averaged weights

    # distortions, in the compiled step; see common/images/warp.py
    rotation: float = of_networks(3.0)  # degrees, standard deviation as of the next four: what scans show
    scale: float = of_networks(0.06)  # of the logarithm of each side: wide and narrow faces
    shear: float = of_networks(0.06)  # slanted ones
    shift: float = of_networks(0.035)  # of the side
    elastic: float = of_networks(0.015)  # of the side: strokes end elsewhere in every face
    thicker: float = of_networks(0.6)  # strokes: from light faces
    thinner: float = of_networks(0.5)  # to bold ones
    blur: float = of_networks(1.0)  # small print, enlarged
    fade: float = of_networks(0.3)  # grey ink
    noise: float = of_networks(0.2)  # share of points set to ink: the harder test has 0.15
    loss: float = of_networks(0.05)  # and to paper

    def __post_init__(self):
        check_names(self, "model", NETWORKS)
        check_bounds(self, LEAST, above_0=("learning_rate",), shares=SHARES)
        if self.blur > 1:
            raise ConfigError(f"blur={self.blur}: expected a share between 0 and 1")
        if len(self.widths) != 3 or min(self.widths) < 1:
            raise ConfigError(
                f"widths={','.join(map(str, self.widths))}: expected the filters of three stages, such as 32,64,128"
            )
        if not self.sizes or min(self.sizes) < 8:
            raise ConfigError(f"sizes={','.join(map(str, self.sizes))}: expected sizes of 8 pixels and more, such as 28,96")
        if self.unseen and not self.fonts:
            raise ConfigError("unseen= names the fonts of the test part; fonts= must name those of the training part")
        if self.fonts and self.data is None:  # the fonts are the data
            first = Path(self.fonts[0].partition("#")[0]).expanduser()
            object.__setattr__(self, "data", first.parent if first.is_file() else first)
