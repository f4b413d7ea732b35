"""Every number of the web_text solution, with its reason: `make train COMP=web_text trees=100` sets any of them."""

from dataclasses import dataclass
from functools import partial
from pathlib import Path

from common.config import Range, check_bounds, check_names, setting

RULES = ("all_text", "original", "template", "density")  # learn nothing
MODELS = (*RULES, "classifier")
of_classifier = partial(setting, of=("classifier",))

SMOKE = ("sample_size=16", "folds=2", "trees=20", "leaves=7", "model=all_text,density,classifier")
SMOKE_INPUTS = ("input={data}/page.html",)
LEAST = {"folds": 1, "sample_size": 8, "trees": 1, "leaves": 2, "least_words": 1}


@dataclass(frozen=True)
class Config:
    """Settings of the web_text contest."""

    # data
    data: Path | None = setting(None, of_data=True, identity=False)  # folder with sets of pages; data/web_text, else the sample
    sets: tuple[str, ...] = setting((), of_data=True)  # which ones; all where none is named
    sample_size: int = setting(24, of_data=True, identity=False)  # sites of the built-in sample

    # plan
    model: tuple[str, ...] = setting(MODELS, identity=False)  # what to train and blend
    folds: int = 5  # whole sites; 1 trains once, on four fifths
    seed: int = 42  # of folds, trees and sample
    members: tuple[str, ...] = setting((), identity=False)  # runs to blend, by name; those of `model` where there are none
    cluster: str | None = setting(None, identity=False)  # address of a Dask scheduler that computes the folds

    # classifier of blocks
    trees: int = of_classifier(300, search=Range(50, 600, log=True))  # slower and longer than 150 at 0.1: +0.002 on folds
    leaves: int = of_classifier(31, search=Range(7, 127, log=True))
    learning_rate: float = of_classifier(0.05, search=Range(0.02, 0.3, log=True))
    least_words: int = of_classifier(400)  # words of a page at which its blocks weigh as much as those of longer ones

    def __post_init__(self):
        check_names(self, "model", MODELS)
        check_bounds(self, LEAST, above_0=("learning_rate",))
