"""Every number of the segmentation solution, with its reason: `make train COMP=segmentation epochs=2` sets any of them."""

from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import ClassVar

from common.config import Range, check_bounds, check_names, setting
from common.errors import ConfigError

MODELS = ("unigram", "dictionary", "tagger")
NETWORKS = ("dictionary", "tagger")
of_networks = partial(setting, of=NETWORKS)
of_dictionary = partial(setting, of=("dictionary",))
of_words = partial(setting, of=("unigram", "dictionary"))

SMOKE = (
    *("sample_size=120", "folds=1", "epochs=4", "made_up=400", "width=24", "characters=16", "pairs=8", "dilations=1,2"),
    *("batch_size=16", "learning_rate=0.02", "momentum=0.8", "expectation_rounds=1"),
)
SMOKE_INPUTS = ("text=研究生命的起源",)

LEAST = {
    **dict.fromkeys(("folds", "epochs", "batch_size", "copies", "width", "characters", "pairs", "listed", "longest"), 1),
    **dict.fromkeys(("warm_up_epochs", "weight_decay", "expectation_rounds", "power", "least_pairs"), 0),
    "made_up": 10,
    "sample_size": 50,
}


@dataclass(frozen=True)
class Config:
    """Settings of the segmentation contest."""

    SAMPLE_PLAN: ClassVar = (  # a table within two minutes
        *("folds=1", "epochs=8", "made_up=2000", "width=48", "characters=32", "pairs=16", "batch_size=32"),
        *("learning_rate=0.005", "momentum=0.98"),
    )

    # data
    data: Path | None = setting(None, of_data=True, identity=False)  # official files; data/segmentation, else the sample
    name: str = setting("", of_data=True)  # what the files' names begin with, where a folder holds several sets: pku, msr
    dictionary: Path | None = setting(None, of_data=True)  # words, counts, tags; the set's own list where it is not given
    peking: bool = setting(True, of_data=True)  # its tagged names and numerals are split as Peking University writes them
    encoding: str = setting("utf-8", of_data=True, identity=False)  # of all files; gb18030 for those of older programs
    answers: Path | None = setting(None, identity=False)  # of `evaluate`: segmented lines to score, whoever wrote them
    sample_size: int = setting(300, of_data=True, identity=False)  # training sentences of the built-in sample

    # plan
    model: tuple[str, ...] = setting(MODELS, identity=False)  # what to train and blend
    folds: int = 5  # 1 trains every model once, on four fifths
    seed: int = 42  # of folds, weights and batches
    copies: int = 1  # seeds under which each network is trained; their mean is the model
    members: tuple[str, ...] = setting((), identity=False)  # runs to blend, by name; those of `model` where there are none
    cluster: str | None = setting(None, identity=False)  # address of a Dask scheduler that computes the folds

    # words of the dictionary
    expectation_rounds: int = of_words(2)  # in which counts are taken anew from the raw training text, cut by the last ones
    kept: float = of_words(0.3)  # share of the dictionary's own counts in the new ones

    # sentences made of them
    made_up: int = of_dictionary(20_000)  # in an epoch
    most_words: int = of_dictionary(16)  # of a sentence, at most; as published
    power: float = of_dictionary(0.9)  # words are drawn by count**power: half of a dictionary has count 1
    raw_share: float = of_dictionary(0.5)  # of an epoch are raw training texts instead, cut by the counts

    # networks
    characters: int = of_networks(96)  # width of a character's vector
    pairs: int = of_networks(32)  # and of that of two neighbours
    least_pairs: int = of_networks(3)  # times that two neighbours with a vector occur
    listed: int = setting(24, of=("tagger",))  # width of what a list of words says of a character
    width: int = of_networks(128)
    dilations: tuple[int, ...] = of_networks((1, 2, 4))
    dropout: float = of_networks(0.3, search=Range(0.0, 0.5))
    longest: int = of_networks(120)  # characters read at once; longer texts are cut after a sentence

    # training
    epochs: int = of_networks(10)  # of one cosine
    batch_size: int = of_networks(64)
    learning_rate: float = of_networks(2e-3, search=Range(5e-4, 1e-2, log=True))  # of AdamW, at the top of the cosine
    warm_up_epochs: float = of_networks(0.5)
    weight_decay: float = of_networks(0.01)
    momentum: float = of_networks(0.998)  # of the averaged weights
    precision: str = of_networks("float32")  # bfloat16 is faster on a GPU and where lscpu shows avx512_bf16; float16 on a GPU

    def __post_init__(self):
        check_names(self, "model", MODELS)
        shares = ("momentum", "dropout", "kept", "raw_share")
        check_bounds(self, LEAST, above_0=("learning_rate",), shares=shares)
        if not self.dilations or min(self.dilations) < 1:
            raise ConfigError(f"dilations={','.join(map(str, self.dilations))}: expected whole numbers from 1 on")
        if self.most_words < 1:
            raise ConfigError(f"most_words={self.most_words}: expected at least 1")
