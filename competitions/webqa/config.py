"""Every number of the WebQA solution, with its reason. Any can be given to Make: `make train COMP=webqa epochs=2`."""

from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import ClassVar

from common.config import Range, check_bounds, check_names, setting
from common.errors import ConfigError

NETWORKS = ("reader", "chained", "original")  # functions of model.py
MODELS = (*NETWORKS, "ranker")
EVIDENCE = ANNOTATED, RETRIEVED, BOTH = "ann", "ir", "both"  # as the names of WebQA's files have it
of_networks = partial(setting, of=NETWORKS)  # settings that no others read

SMOKE = (  # a small network that need not stand much
    *("model=reader,ranker", "sample_size=40", "folds=2", "epochs=3", "fine_epochs=0", "pretrain_epochs=0", "width=8"),
    *("batch_size=4", "learning_rate=0.02", "momentum=0.8", "warm_up_steps=0", "word_dim=8", "word_epochs=1"),
    *("cloze_questions=10", "threshold=0.0001", "longest_answer=4", "rerank_rounds=5", "workers=1"),
)
SMOKE_INPUTS = ("question=谁写了《山海图》？", "input={data}/passages.txt")

LEAST = {
    **dict.fromkeys(("folds", "epochs", "batch_size", "width", "word_dim", "word_epochs", "min_count", "copies"), 1),
    **dict.fromkeys(("word_min_count", "longest_answer", "window", "rerank_rounds", "sample_size"), 1),
    **dict.fromkeys(("pretrain_epochs", "cloze_questions", "fine_epochs", "negatives", "warm_up_steps", "workers"), 0),
    **dict.fromkeys(
        ("drop_patience", "stop_patience", "attack_strength", "extra_share", "learning_rate", "fine_learning_rate"), 0
    ),
}
SHARES = ("dropout", "gate_dropout", "character_dropout", "word_dropout", "threshold", "momentum")


@dataclass(frozen=True)
class Config:
    """Settings of the WebQA contest."""

    SAMPLE_PLAN: ClassVar = ("folds=1",)  # a table within minutes

    # data
    data: Path | None = setting(None, of_data=True, identity=False)  # official files; data/webqa, else the built-in sample
    sample_size: int = setting(300, of_data=True, identity=False)  # training questions of the built-in sample
    vectors_corpus: tuple[Path, ...] = setting((), of_data=True, identity=False)  # plain texts that teach more of the language
    evidence: str = setting(BOTH, of_data=True, identity=False)  # files of the scored parts, see README; a run's data tell it
    mix: tuple[float, ...] = (2.0, 1.0)  # how often an epoch takes a question of SogouQA and of WebQA, as the original did

    # plan
    model: tuple[str, ...] = setting(("reader", "chained", "ranker"), identity=False)  # what to train and vote
    folds: int = 3  # 1 trains every model once, on four fifths
    seed: int = 42  # of folds, vectors, weights, batches
    copies: int = of_networks(1)  # seeds under which each network is trained; their mean is the model
    members: tuple[str, ...] = setting((), identity=False)  # runs to blend, by name; those of `model` where there are none
    workers: int = setting(0, identity=False)  # threads of LightGBM; 0 for one per processor
    cluster: str | None = setting(None, identity=False)  # address of a Dask scheduler that computes the folds

    # language
    min_count: int = 3  # of a character that gets an id: a rarer one would not learn its vector
    word_dim: int = 128  # width of the word vectors
    word_min_count: int = 4  # of a word that gets a vector
    word_epochs: int = 5  # of skip-gram

    # model
    width: int = of_networks(128)  # of the convolutions, as the original
    dropout: float = of_networks(0.2, search=Range(0.0, 0.5))  # of embeddings and of the last layer: 2,000 questions are few
    gate_dropout: float = of_networks(0.1, search=Range(0.0, 0.3))  # of the gates, as the original
    match: bool = of_networks(True)  # the hand features and rarities of every character
    relevance: bool = of_networks(True)  # of each passage to the question, by the words that they share (BM25 and others)
    tags: bool = of_networks(True)  # part of speech and place in the word
    attention: bool = of_networks(True)  # every character of a passage looks at the question

    # training
    epochs: int = of_networks(6)  # at most, at the full learning rate
    fine_epochs: int = of_networks(4)  # at most, at the lower one, with a new optimiser
    precision: str = of_networks("float32")  # or bfloat16, float16: faster on a GPU; bfloat16 also on a processor that has it
    batch_size: int = of_networks(32)
    learning_rate: float = of_networks(1e-3, search=Range(2e-4, 5e-3, log=True))  # AdamW
    fine_learning_rate: float = of_networks(1e-4)
    weight_decay: float = of_networks(1e-4)
    warm_up_steps: int = of_networks(200)
    momentum: float = of_networks(0.99)  # of the averaged weights: two epochs of 50 batches
    drop_patience: int = of_networks(2)  # epochs without a better score until the learning rate falls to 0.3 of itself
    stop_patience: int = of_networks(3)  # and until the stage ends
    attack: str = of_networks("none")  # fgm, gradient_penalty, vat or r_drop; see docs/training.md
    attack_strength: float = of_networks(0.5)  # epsilon of attacks, weight of r_drop
    negatives: int = of_networks(1)  # passages without answer beside the one with, per question and epoch
    character_dropout: float = of_networks(0.1)  # characters shown as unknown: so that this one learns, and none is relied on
    word_dropout: float = of_networks(0.05)  # words shown as unknown
    window: int = of_networks(128)  # characters of a longer passage that are seen in training; all are seen in prediction
    extra_share: float = of_networks(1.0)  # extra questions per contest question in an epoch

    # pre-training on cloze questions and extra questions, once for all folds
    pretrain_epochs: int = of_networks(4)  # each over its own quarter of the cloze questions
    cloze_questions: int = 60_000

    # decoding
    threshold: float = 0.02  # what a start and an end must exceed to make a candidate
    longest_answer: int = 12  # characters

    # re-ranking
    rerank_rounds: int = setting(300, of=("ensemble",))  # trees, at most

    def __post_init__(self):
        object.__setattr__(self, "vectors_corpus", tuple(Path(path) for path in self.vectors_corpus))
        check_names(self, "model", MODELS)
        if self.evidence not in EVIDENCE:
            raise ConfigError(
                f"evidence={self.evidence}: expected {', '.join(EVIDENCE)}; the reader's switch of that name is now `relevance`"
            )
        check_bounds(self, LEAST, shares=SHARES)
        shown = ",".join(f"{weight:g}" for weight in self.mix)
        if len(self.mix) != 2 or min(self.mix) < 0 or max(self.mix) == 0:
            raise ConfigError(f"mix={shown}: expected the weights of SogouQA and of WebQA, for example mix=2,1")
