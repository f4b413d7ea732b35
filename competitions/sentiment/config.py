"""Every number of the sentiment solution, with its reason: `make train COMP=sentiment epochs=2` sets any of them."""

from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import ClassVar

from common.config import Range, check_bounds, check_names, setting
from common.errors import ConfigError

LINEAR = ("linear", "naive_bayes", "latent", "taught")  # of common/text/linear.py
PLAIN, NAIVE, DECOMPOSED = ("linear", "latent", "taught"), ("naive_bayes", "taught"), ("latent", "taught")
NETWORKS = ("one_hot", "characters", "words", "convolution", "pretrained")  # functions of model.py
MODELS = LINEAR + NETWORKS
DEFAULT = ("linear", "naive_bayes", "convolution", "pretrained")
LOSSES = ("crossentropy", "threshold", "soft_threshold", "focal")
of_networks = partial(setting, of=NETWORKS)
of_linear = partial(setting, of=LINEAR)
of_pretrained = partial(setting, of=("pretrained",))

SMOKE = (
    *("model=linear,convolution", "sample_size=160", "folds=1", "epochs=8", "units=8", "dim=16"),
    *("batch_size=16", "learning_rate=0.02", "momentum=0.8", "explained=2"),
)
SMOKE_INPUTS = ("text=送货很快，手机非常好用",)

LEAST = {
    **dict.fromkeys(("folds", "epochs", "batch_size", "copies", "units", "dim", "min_count", "least_texts"), 1),
    **dict.fromkeys(("labels", "draw", "self_training", "beside", "warm_up_epochs", "weight_decay", "attack_strength"), 0),
    **dict.fromkeys(("sequence_of_characters", "sequence_of_words", "language_epochs", "explained"), 0),
    "read_characters": 4,
    "read_words": 4,
    "language_steps": 2,
    "candidates": 1,
    "sample_size": 60,
    "components": 1,
}
ABOVE_0 = ("learning_rate", "regularisation", "naive_regularisation", "self_weight", "sharpness", "language_rate")
SHARES = ("momentum", "dropout", "vector_dropout")


@dataclass(frozen=True)
class Config:
    """Settings of the sentiment contest."""

    SAMPLE_PLAN: ClassVar = (  # a table within two minutes
        *("model=linear,naive_bayes,words", "folds=1", "epochs=6"),
        *("batch_size=32", "units=32", "dim=32", "learning_rate=0.005"),
    )

    # data
    data: Path | None = setting(None, of_data=True, identity=False)  # official files; data/sentiment, else the sample
    labels: int = setting(0, of_data=True)  # training texts whose label is used, all others are unlabelled; 0 for all
    draw: int = setting(0, of_data=True)  # which of these: of draws/labels_1000_seed0.txt where it exists, else drawn at random
    transductive: bool = setting(False, of_data=True)  # unlabelled texts are also those of the test, never with their labels
    sample_size: int = setting(600, of_data=True, identity=False)  # training texts of the built-in sample

    # plan
    model: tuple[str, ...] = setting(DEFAULT, identity=False)  # what to train and blend
    folds: int = 5  # 1 trains every model once, on four fifths
    seed: int = 42  # of folds, weights and batches
    copies: int = 1  # seeds under which each network is trained; their mean is the model
    members: tuple[str, ...] = setting((), identity=False)  # runs to blend, by name; those of `model` where there are none
    cluster: str | None = setting(None, identity=False)  # address of a Dask scheduler that computes the folds
    self_training: int = 0  # rounds in which the unlabelled texts are learnt with the probabilities that they were given
    self_weight: float = 0.3  # of such a text, beside a labelled one
    explained: int = setting(6, identity=False)  # texts whose words are coloured in the pictures of a run

    # linear models
    sequence_of_characters: int = of_linear(3, search=Range(1, 4))  # longest sequence of characters that is counted; 0 for none
    sequence_of_words: int = of_linear(2, search=Range(0, 3))  # and of words
    least_texts: int = of_linear(2, search=Range(1, 5))  # that a sequence must stand in
    regularisation: float = setting(3.0, of=PLAIN, search=Range(0.1, 100.0, log=True))  # C; from Chinese reviews
    naive_regularisation: float = setting(3.0, of=NAIVE, search=Range(0.3, 300.0, log=True))  # words alone: to 100
    components: int = setting(200, of=DECOMPOSED, search=Range(50, 400, log=True))  # of the decomposition

    # what networks read
    read_characters: int = of_networks(200)  # of a text, at most, for networks on characters
    read_words: int = of_networks(100)  # for those on words
    keep_end: bool = of_networks(False)  # of a longer text the end is read; the verdict of English reviews stands there
    min_count: int = of_networks(2)  # of a character or word with a vector
    most_units: int | None = of_networks(60_000)  # with a vector

    # training
    epochs: int = of_networks(12)  # of one cosine
    batch_size: int = of_networks(128)  # 3863 has 128
    learning_rate: float = of_networks(2e-3, search=Range(5e-4, 1e-2, log=True))  # of AdamW, at the top of the cosine
    warm_up_epochs: float = of_networks(0.5)
    weight_decay: float = of_networks(0.01)
    momentum: float = of_networks(0.99)  # of the averaged weights
    precision: str = of_networks("float32")  # or bfloat16, float16: faster on a GPU; bfloat16 also on a processor that has it
    loss: str = of_networks("crossentropy")  # or threshold (4293), soft_threshold (4733), focal
    margin: float = of_networks(0.6)  # of threshold
    sharpness: float = of_networks(10.0)  # of soft_threshold
    attack: str = of_networks("none")  # fgm, gradient_penalty, vat or r_drop, see common/training/adversarial.py
    attack_strength: float = of_networks(0.5)
    beside: float = of_networks(0.0)  # unlabelled texts for each labelled one in an epoch: attack=vat learns from them

    # networks
    units: int = of_networks(128, search=Range(32, 256, log=True))  # of recurrent layers and convolutions; 3863 has 128
    dim: int = of_networks(128, search=Range(32, 256, log=True))  # of vectors
    dropout: float = of_networks(0.5, search=Range(0.0, 0.7))  # ahead of the last layer
    vector_dropout: float = of_networks(0.2, search=Range(0.0, 0.5))  # of whole channels of the vectors
    dilations: tuple[int, ...] = setting((1, 2, 4), of=("convolution",))

    # language model, ahead of `pretrained`
    language_epochs: int = of_pretrained(3)
    language_steps: int = of_pretrained(64)  # words that it sees at once
    language_rate: float = of_pretrained(2e-3)
    candidates: int = of_pretrained(512)  # words that it tells the next one from
    article: bool = of_pretrained(False)  # the protocol of 4374: windows of ten words, a frozen encoder, its last state alone

    def __post_init__(self):
        check_names(self, "model", MODELS)
        check_names(self, "loss", LOSSES, "loss")
        check_bounds(self, LEAST, above_0=ABOVE_0, shares=SHARES)
        if not 0.5 <= self.margin <= 1:
            raise ConfigError(f"margin={self.margin}: expected a number from 0.5 to 1")
        if self.sequence_of_characters + self.sequence_of_words == 0:
            raise ConfigError("sequence_of_characters=0 and sequence_of_words=0 leave linear models nothing to count")
        if not self.dilations or min(self.dilations) < 1:
            raise ConfigError(f"dilations={','.join(map(str, self.dilations))}: expected whole numbers from 1 on")
        if self.most_units is not None and self.most_units < 1:
            raise ConfigError(f"most_units={self.most_units}: expected at least 1, or none")
        if self.draw and not self.labels:
            raise ConfigError(f"draw={self.draw} says which labels are used, and labels=0 uses all; give labels=1000, too")

    @property
    def protocol(self):
        """In a few words, on what figures rest."""
        labelled = f"{self.labels} labels, draw {self.draw}" if self.labels else "all labels"
        return f"{labelled}, {'transductive: test texts are read without labels' if self.transductive else 'clean'}"
