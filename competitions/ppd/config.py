"""Every number of the PPD solution, with its reason. Any of them can be given to Make: `make train COMP=ppd folds=1`."""

from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import ClassVar

from common.config import Range, check_bounds, check_names, setting
from common.errors import ConfigError

NETWORKS = ("siamese", "interaction")
COSINE = "cosine"  # the sentence encoder as a model of pairs
MODELS = ("trees", *NETWORKS, COSINE)  # of pairs, the default plan
ENCODER = "encoder"  # of single questions, a run of its own
ENCODERS = (COSINE, ENCODER)
of_trees, of_networks = partial(setting, of=("trees",)), partial(setting, of=NETWORKS)  # settings that no others read
of_encoders, of_keras = partial(setting, of=ENCODERS), partial(setting, of=(*NETWORKS, *ENCODERS))
PROTOCOLS = ("content", "contest")
LOSSES = ("softmax", "am", "arc", "a_softmax", "triplet", "supcon")

SMOKE = ("sample_size=300", "folds=1", "tree_rounds=20", "epochs=1", "tuned_epochs=1", "width=8", "cosine_epochs=1")
SMOKE_INPUTS = ("input={data}/test.csv",)

LEAST = {
    **dict.fromkeys(("folds", "tree_rounds", "batch_size", "epochs", "width", "longest_word", "longest_char", "copies"), 1),
    **dict.fromkeys(("cosine_epochs", "encoder_epochs", "encoder_batch", "encoder_width", "encoder_steps", "encoder_least"), 1),
    **dict.fromkeys(
        ("tuned_epochs", "vectors_rate", "attack_strength", "closure_share", "encoder_negatives", "encoder_margin"), 0
    ),
    **dict.fromkeys(("warm_up_steps", "weight_decay", "workers"), 0),
    **dict.fromkeys(("drop_patience", "stop_patience"), 1),
    "tree_leaves": 2,
    "sample_size": 100,  # so that both classes are in every fold
}
ABOVE_0 = ("tree_learning_rate", "learning_rate", "tuned_learning_rate", "encoder_learning_rate", "encoder_scale")
MOST = {"tree_leaves": 131_072}  # LightGBM's own bound
SHARES = ("momentum", "spatial_dropout", "dropout")


@dataclass(frozen=True)
class Config:
    """Settings of the PPD contest."""

    APART: ClassVar = (ENCODER,)  # its runs say nothing about the protocol of the stages after training
    SAMPLE_PLAN: ClassVar = ("folds=2",)  # a table within minutes

    # data
    data: Path | None = setting(None, of_data=True, identity=False)  # official files; data/ppd, else the built-in sample
    protocol: str = setting("contest", of_data=True)  # content: what is understood; contest: what the competition rewards, too
    sample_size: int = setting(2000, of_data=True, identity=False)  # training pairs of the built-in sample

    # plan
    model: tuple[str, ...] = setting(MODELS, identity=False)  # what to train and blend; `encoder` is trained alone
    folds: int = 5  # 1 trains every model once, on four fifths
    seed: int = 42  # of folds, factors and trees
    copies: int = setting(1, of=(*NETWORKS, COSINE))  # seeds under which each network is trained; their mean is the model
    members: tuple[str, ...] = setting((), identity=False)  # runs to blend, by name; those of `model` where there are none
    workers: int = setting(0, identity=False)  # threads of LightGBM; 0 for one per processor
    cluster: str | None = setting(None, identity=False)  # address of a Dask scheduler that computes the folds

    # what protocol=contest adds; both are properties of how the pairs were sampled
    graph: bool = of_trees(True)  # features of the graph of all pairs, the test pairs among them
    closure: bool = setting(True, of=("trees", *NETWORKS, "ensemble"))  # what the labels of the other training pairs imply

    # trees
    tree_rounds: int = of_trees(2000)  # at most; the log loss of the validation part stops earlier
    tree_learning_rate: float = of_trees(0.05, search=Range(0.02, 0.2, log=True))
    tree_leaves: int = of_trees(63, search=Range(15, 255, log=True))  # 31 and 127 came out within 0.001 of it

    # networks
    epochs: int = of_networks(8)  # at most, with the embeddings as they are given
    tuned_epochs: int = of_networks(1)  # at most, in which they are trained too; kept only where it pays
    batch_size: int = of_networks(128)
    learning_rate: float = of_networks(2e-3, search=Range(5e-4, 1e-2, log=True))
    tuned_learning_rate: float = of_networks(5e-4)  # the rest is trained already
    precision: str = of_keras("float32")  # or bfloat16, float16: faster on a GPU; bfloat16 also on a processor that has it
    vectors_rate: float = of_networks(1.0)  # of the embeddings once they are tuned, times the rate of the rest
    warm_up_steps: int = of_keras(200)
    weight_decay: float = of_keras(1e-4)
    momentum: float = of_keras(0.998)  # of the averaged weights: about an epoch of 450 batches
    drop_patience: int = of_keras(1)  # epochs without a lower log loss until the learning rate falls
    stop_patience: int = of_keras(3)
    attack: str = of_networks("none")  # fgm, gradient_penalty, vat or r_drop; see docs/training.md
    attack_strength: float = of_networks(0.5)  # epsilon of attacks, weight of r_drop
    width: int = of_networks(80)  # of each direction of a recurrent layer
    spatial_dropout: float = of_networks(0.2, search=Range(0.0, 0.5))  # of whole dimensions of the embeddings
    dropout: float = of_networks(0.3, search=Range(0.0, 0.6))
    longest_word: int = of_networks(24)  # words of a question that are seen; more stand in one of a thousand
    longest_char: int = setting(40, of=(*NETWORKS, COSINE))  # characters likewise
    closure_share: float = of_networks(0.5)  # pairs of the closure for each training pair, at most

    # encoder of single questions, as published
    encoder_loss: str = of_encoders("am")  # softmax, am, arc, a_softmax, triplet or supcon
    encoder_margin: float = of_encoders(0.35)  # of am alone; the others keep their published ones
    encoder_scale: float = of_encoders(30.0)  # of the cosines
    encoder_negatives: int = of_encoders(0)  # groups that a step looks at beside the true one; 0: all, which is exact
    encoder_epochs: int = setting(25, of=(ENCODER,))
    encoder_batch: int = of_encoders(100)
    encoder_width: int = of_encoders(128)  # of embedding and GRU
    encoder_steps: int = setting(32, of=(ENCODER,))  # characters that are seen
    encoder_least: int = setting(5, of=(ENCODER,))  # occurrences of a character in the training groups that give it an id
    encoder_learning_rate: float = of_encoders(1e-3)
    cosine_epochs: int = setting(10, of=(COSINE,))  # of the model `cosine`, at most

    def __post_init__(self):
        check_names(self, "protocol", PROTOCOLS, "protocol")
        check_names(self, "model", (*MODELS, ENCODER))
        if ENCODER in self.model and len(self.model) > 1:
            raise ConfigError(f"model={','.join(self.model)}: the encoder learns from groups of questions; train it alone")
        check_names(self, "encoder_loss", LOSSES, "loss")
        check_bounds(self, LEAST, ABOVE_0, SHARES, MOST)

    @property
    def uses_graph(self):
        """Whether models see the graph of the pairs."""
        return self.protocol == "contest" and self.graph

    @property
    def uses_closure(self):
        """Whether models see what other pairs' labels imply."""
        return self.protocol == "contest" and self.closure
