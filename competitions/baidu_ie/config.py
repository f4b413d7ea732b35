"""Every number of the Baidu IE solution, with its reason. Any can be given to Make: `make train COMP=baidu_ie epochs=2`."""

from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import ClassVar

from common.config import Range, check_bounds, check_names, setting
from common.errors import ConfigError
from competitions.baidu_ie.repair import LABEL_RULES, POST_RULES

MODELS = ("pointers", "linker")  # functions of model.py
of_networks = partial(setting, of=MODELS)  # settings that the ensemble alone does not read

SMOKE = (  # a small network that need not stand much
    *("sample_size=40", "folds=2", "epochs=4", "fine_epochs=0", "width=8", "head=2", "dropout=0", "gate_dropout=0"),
    *("batch_size=4", "learning_rate=0.05", "warm_up_steps=0", "momentum=0.7", "word_dim=4", "word_epochs=1"),
    *("filter_rounds=3", "decision=0.05", "threshold=0.01"),
)
SMOKE_INPUTS = ("text=《红楼梦》的作者是曹雪芹",)


LEAST = {
    **dict.fromkeys(("folds", "min_count", "word_dim", "word_min_count", "word_epochs", "width", "head"), 1),
    **dict.fromkeys(("batch_size", "window", "sample_size", "epochs", "copies"), 1),
    **dict.fromkeys(("seed", "fine_epochs", "learning_rate", "fine_learning_rate", "weight_decay", "warm_up_steps"), 0),
    **dict.fromkeys(
        (
            "drop_patience",
            "stop_patience",
            "attack_strength",
            "filter_rounds",
            "extra_share",
            "fine_extra_share",
            "augmentation",
            "joined",
        ),
        0,
    ),
}
SHARES = (
    "dropout",
    "gate_dropout",
    "momentum",
    "postag_dropout",
    "character_dropout",
    "threshold",
    "decision",
    "relabel_from",
)


@dataclass(frozen=True)
class Config:
    """Settings of the Baidu information-extraction contest."""

    SAMPLE_PLAN: ClassVar = ("folds=1",)  # a table within minutes

    # data
    data: Path | None = setting(None, of_data=True, identity=False)  # official files; data/baidu_ie, else the built-in sample
    sample_size: int = setting(600, of_data=True, identity=False)  # training sentences of the built-in sample
    test_file: str = setting("", of_data=True)  # text in the name of the test file, where a folder holds several
    vectors_corpus: tuple[Path, ...] = setting((), of_data=True, identity=False)  # plain texts that teach more of the language

    # plan
    model: tuple[str, ...] = setting(MODELS, identity=False)  # what to train and vote
    folds: int = 3  # 1 trains every model once, on four fifths
    seed: int = 42  # of folds, vectors, weights, batches
    copies: int = of_networks(1)  # seeds under which each network is trained; their mean is the model
    members: tuple[str, ...] = setting((), identity=False)  # runs to vote, by name; those of `model` where there are none
    cluster: str | None = setting(None, identity=False)  # address of a Dask scheduler that computes the folds

    # labels
    label_rules: tuple[str, ...] = of_networks(())  # of repair.py, mend what is learnt; what is scored on stays as it is
    relabel: bool = of_networks(False)  # learn from labels mended by vote of the plan's models, which are trained first
    relabel_from: float = of_networks(0.8)  # score of every model from which a triple is added to the labels

    # language
    min_count: int = of_networks(2)  # of a character that gets an id, as the original
    word_dim: int = of_networks(128)  # width of the word vectors
    word_min_count: int = of_networks(3)  # of a word that gets a vector: the contest's own texts are short
    word_epochs: int = of_networks(5)  # of skip-gram

    # model
    width: int = of_networks(128)  # of the convolutions, as the original
    dropout: float = of_networks(0.25, search=Range(0.0, 0.5))  # of the embeddings, as the original
    gate_dropout: float = of_networks(0.1, search=Range(0.0, 0.3))  # of the gates, as the original
    tags: bool = of_networks(True)  # part of speech and place in the word of every character, by our own segmentation
    postag: bool = of_networks(True)  # the same of the words that the contest gives
    prior: bool = of_networks(True)  # known triples of other training sentences
    source: bool = of_networks(True)  # where a sentence comes from: DuIE 2.0 has other habits
    head: int = of_networks(32)  # width of the linker's keys, for each predicate

    # training
    epochs: int = of_networks(6)  # at most, at the full learning rate
    fine_epochs: int = of_networks(3)  # at most, at the lower one, with a new optimiser
    precision: str = of_networks("float32")  # or bfloat16, float16: faster on a GPU; bfloat16 also on a processor that has it
    batch_size: int = of_networks(32)
    learning_rate: float = of_networks(1e-3, search=Range(2e-4, 5e-3, log=True))  # AdamW
    fine_learning_rate: float = of_networks(2e-4)
    weight_decay: float = of_networks(1e-4)
    warm_up_steps: int = of_networks(300)
    momentum: float = of_networks(0.995)  # of the averaged weights: half an epoch
    drop_patience: int = of_networks(2)  # epochs without a better score until the learning rate falls to 0.3 of itself
    stop_patience: int = of_networks(3)  # and until the stage ends
    extra_share: float = of_networks(6.0)  # extra sentences per contest sentence in an epoch; prior and vectors know all
    fine_extra_share: float = of_networks(1.0)  # the same of the second stage
    postag_dropout: float = of_networks(0.15)  # sentences shown without `postag`, for those that have none
    attack: str = of_networks("none")  # fgm, gradient_penalty, vat or r_drop; see docs/training.md
    attack_strength: float = of_networks(0.5)  # epsilon of attacks, weight of r_drop
    character_dropout: float = of_networks(0.05)  # characters shown as unknown
    sentences: float = of_networks(1.0)  # share of all sentences to learn from, for a look at what more would bring
    augmentation: float = of_networks(0.0)  # sentences with a triple's names exchanged for those of another
    joined: float = of_networks(0.0)  # sentences put together of two or three, that say something of several things
    window: int = of_networks(256)  # characters of a longer sentence that are seen in training; all are seen in prediction

    # decoding
    threshold: float = of_networks(0.05)  # score of a triple that becomes a candidate
    decision: float = of_networks(0.5)  # score of a triple that is believed while training

    # ensemble
    filter_rounds: int = setting(250, of=("ensemble",))  # trees of LightGBM; 0 for none
    types: bool = setting(False, of=("ensemble",))  # leave out triples of names known only as another type than the schema's
    rules: tuple[str, ...] = setting((), of=("ensemble",))  # repair rules; none gains anything out of fold, see the README

    # scoring, as files of the organisers: word<TAB>alias<TAB>alias...
    aliases: Path | None = setting(None, identity=False)  # other names of subjects and objects
    locations: Path | None = setting(None, identity=False)  # places that count for a place

    def __post_init__(self):
        object.__setattr__(self, "vectors_corpus", tuple(Path(path) for path in self.vectors_corpus))
        check_names(self, "model", MODELS)
        check_names(self, "rules", POST_RULES, "rule", required=False)
        check_names(self, "label_rules", LABEL_RULES, "rule", required=False)
        check_bounds(self, LEAST, shares=SHARES)
        if not 0 < self.sentences <= 1:
            raise ConfigError(f"sentences={self.sentences}: expected a share above 0, up to 1")
