"""Every number of the PPD solution, with its reason. Any of them can be given to Make: `make train COMP=ppd folds=1`."""

from dataclasses import dataclass
from pathlib import Path
from typing import ClassVar

from common.config import check_bounds, setting, unknown_name
from common.errors import ConfigError

NETWORKS = ("siamese", "interaction")
COSINE = "cosine"  # the sentence encoder as a model of pairs
MODELS = ("trees", *NETWORKS, COSINE)  # of pairs, the default plan
ENCODER = "encoder"  # of single questions, a run of its own
PROTOCOLS = ("content", "contest")
LOSSES = ("softmax", "am", "arc", "a_softmax", "triplet", "supcon")

SMOKE = ("sample_size=300", "folds=1", "tree_rounds=20", "epochs=1", "tuned_epochs=1", "width=8", "cosine_epochs=1")
SMOKE_INPUTS = ("input={data}/test.csv",)

LEAST = {
    **dict.fromkeys(("folds", "tree_rounds", "batch_size", "epochs", "width", "longest_word", "longest_char"), 1),
    **dict.fromkeys(("cosine_epochs", "encoder_epochs", "encoder_batch", "encoder_width", "encoder_steps", "encoder_least"), 1),
    **dict.fromkeys(("tuned_epochs", "closure_share", "encoder_negatives", "encoder_margin"), 0),
    **dict.fromkeys(("warm_up_steps", "weight_decay"), 0),
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

    # data
    data: Path | None = setting(None, of_data=True, identity=False)  # official files; data/ppd, else the built-in sample
    protocol: str = setting("contest", of_data=True)  # content: what is understood; contest: what the competition rewards, too
    sample_size: int = setting(2000, of_data=True, identity=False)  # training pairs of the built-in sample

    # plan
    model: tuple[str, ...] = setting(MODELS, identity=False)  # what to train and blend; `encoder` is trained alone
    folds: int = 5  # 1 trains every model once, on four fifths
    seed: int = 42  # of folds, factors and trees
    cluster: str | None = setting(None, identity=False)  # address of a Dask scheduler that computes the folds

    # what protocol=contest adds; both are properties of how the pairs were sampled
    graph: bool = True  # features of the graph of all pairs, the test pairs among them
    closure: bool = True  # what the labels of the other training pairs imply

    # trees
    tree_rounds: int = 2000  # at most; the log loss of the validation part stops earlier
    tree_learning_rate: float = 0.05
    tree_leaves: int = 63  # 31 and 127 came out within 0.001 of it

    # networks
    epochs: int = 8  # at most, with the embeddings as they are given
    tuned_epochs: int = 1  # at most, in which they are trained too; it rarely pays here, and then nothing of it is kept
    batch_size: int = 128
    learning_rate: float = 2e-3
    tuned_learning_rate: float = 5e-4  # the rest is trained already
    warm_up_steps: int = 200
    weight_decay: float = 1e-4
    momentum: float = 0.998  # of the averaged weights: about an epoch of 450 batches
    drop_patience: int = 1  # epochs without a lower log loss until the learning rate falls
    stop_patience: int = 3
    width: int = 80  # of each direction of a recurrent layer
    spatial_dropout: float = 0.2  # of whole dimensions of the embeddings
    dropout: float = 0.3
    longest_word: int = 24  # words of a question that are seen; more stand in one of a thousand
    longest_char: int = 40  # characters likewise
    closure_share: float = 0.5  # pairs of the closure for each training pair, at most

    # encoder of single questions, as published
    encoder_loss: str = "am"  # softmax, am, arc, a_softmax, triplet or supcon
    encoder_margin: float = 0.35  # of am alone; the others keep their published ones
    encoder_scale: float = 30.0  # of the cosines
    encoder_negatives: int = 0  # groups that a step looks at beside the true one; 0: all, which is exact
    encoder_epochs: int = 25
    encoder_batch: int = 100
    encoder_width: int = 128  # of embedding and GRU
    encoder_steps: int = 32  # characters that are seen
    encoder_least: int = 5  # occurrences of a character in the training groups that give it an id
    encoder_learning_rate: float = 1e-3
    cosine_epochs: int = 10  # of the model `cosine`, at most

    def __post_init__(self):
        if self.protocol not in PROTOCOLS:
            raise ConfigError(f"protocol={self.protocol}: {unknown_name(self.protocol, PROTOCOLS, 'protocol')}")
        for name in self.model:
            if name not in (*MODELS, ENCODER):
                raise ConfigError(f"model={name}: {unknown_name(name, (*MODELS, ENCODER), 'model')}")
        if not self.model:
            raise ConfigError(f"model= is empty; the models are {', '.join(MODELS)}")
        if ENCODER in self.model and len(self.model) > 1:
            raise ConfigError(f"model={','.join(self.model)}: the encoder learns from groups of questions; train it alone")
        if self.encoder_loss not in LOSSES:
            raise ConfigError(f"encoder_loss={self.encoder_loss}: {unknown_name(self.encoder_loss, LOSSES, 'loss')}")
        if len(set(self.model)) < len(self.model):
            raise ConfigError(f"model={','.join(self.model)}: a model is named twice")
        check_bounds(self, LEAST, ABOVE_0, SHARES, MOST)

    @property
    def uses_graph(self):
        """Whether models see the graph of the pairs."""
        return self.protocol == "contest" and self.graph

    @property
    def uses_closure(self):
        """Whether models see what other pairs' labels imply."""
        return self.protocol == "contest" and self.closure
