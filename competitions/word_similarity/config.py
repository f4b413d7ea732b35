"""Every number of the word similarity solution, with its reason: `make train COMP=word_similarity epochs=2` sets any."""

from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import ClassVar

from common.config import Range, check_bounds, check_names, setting
from common.errors import ConfigError

SUBWORDS = "subword_"  # ahead of a network's name: words share the vectors of their runs of characters
NETWORKS, COUNTED, GIVEN = ("skip_gram", "cbow", "subword_skip_gram"), "counted", "given"
OBJECTIVES = ("sampled_softmax", "random_softmax", "full_softmax", "negative_sampling", "nce")  # common.text.word2vec says more
of_learnt = partial(setting, of=(COUNTED, *NETWORKS))
of_networks = partial(setting, of=NETWORKS)
of_counted = partial(setting, of=(COUNTED,))

SMOKE = ("sample_size=600", "folds=2", "dim=16", "epochs=4", "steps=64", "blocks=8", "min_count=2", "subsample=0")
SMOKE_INPUTS = ("input=gubaka,gubana",)

LEAST = {
    **dict.fromkeys(("folds", "dim", "window", "counted_window", "epochs", "candidates", "blocks", "min_count"), 1),
    "subsample": 0,
    "shrink": 0,
    "sample_size": 50,  # sentences; fewer hold no word twice
}


@dataclass(frozen=True)
class Config:
    """Settings of the word similarity contest."""

    SAMPLE_PLAN: ClassVar = ("shrink=100",)  # in so little text no word meets another 1,000 times

    # data
    data: Path | None = setting(None, of_data=True, identity=False)  # official files; data/word_similarity, else the sample
    segmented: bool = setting(False, of_data=True)  # blanks stand between the words of the texts; otherwise rjieba finds them
    encoding: str = setting("utf-8", of_data=True)  # of the texts
    sample_size: int = setting(3000, of_data=True, identity=False)  # sentences of the built-in sample

    # plan
    model: tuple[str, ...] = setting((COUNTED, "skip_gram"), identity=False)  # what to train and blend
    vectors: Path | None = setting(None, of=(GIVEN,))  # file of vectors of `model=given`: word2vec's forms or gensim's
    folds: int = 5  # of the rated pairs: what is done to the vectors afterwards is chosen on them, the vectors never see them
    seed: int = 42  # of folds, weights, blocks and candidates
    members: tuple[str, ...] = setting((), identity=False)  # runs to blend, by name; those of `model` where there are none
    cluster: str | None = setting(None, identity=False)  # address of a Dask scheduler that computes the folds

    # vectors
    min_count: int = of_learnt(5)  # of a word that gets a vector of its own; others get theirs from their characters
    dim: int = of_learnt(128, search=Range(32, 300, log=True))  # width
    subsample: float = of_learnt(1e-4)  # words above this share are thinned out; 0 keeps all
    counted_window: int = of_counted(15)  # words on either side whose meetings are counted; wide, for every one counts
    shrink: float = of_counted(1000.0)  # neighbours that every word is given beside its own, see common/text/cooccurrence.py

    # networks
    window: int = of_networks(5)  # words on either side at most
    objective: str = of_networks("sampled_softmax")
    candidates: int = of_networks(64)  # words drawn for each block, or for each word in the random softmax
    negatives: float = of_networks(5.0)  # what one true word is worth, in negative sampling and NCE
    shared_table: bool = of_networks(False)  # one table for words as input and as output
    epochs: int = of_networks(5)
    learning_rate: float = of_networks(0.2, search=Range(0.02, 0.5, log=True))  # of Adagrad by rows; falls to a hundredth
    steps: int = of_networks(128)  # words of a block of running text
    blocks: int = of_networks(32)  # of a batch

    def __post_init__(self):
        check_names(self, "model", (COUNTED, *NETWORKS, GIVEN))
        check_names(self, "objective", OBJECTIVES, "objective")
        check_bounds(self, LEAST, above_0=("learning_rate", "negatives"))
        if self.shared_table and any(name.startswith(SUBWORDS) for name in self.model):
            raise ConfigError("shared_table=true: subword_skip_gram has parts of words as input, too; leave one of the two out")
        if self.steps <= 2 * self.window:
            raise ConfigError(f"steps={self.steps}: a block must be longer than two windows of {self.window} words")
        if GIVEN in self.model and self.vectors is None:
            raise ConfigError("model=given needs vectors=FILE: word2vec's text or binary form, or gensim's")
