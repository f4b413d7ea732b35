"""Every number of the generation solution, with its reason: `make train COMP=generation epochs=2` sets any of them."""

from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import ClassVar

from common.config import check_bounds, check_names, setting
from common.errors import ConfigError

GAMES = ("gan_mlp", "dcgan", "wgan_gp", "sngan", "f_gan", "aae", "ali")  # functions of games.py
OF_FLOWS = ("nice", "realnvp", "glow")
OF_PICTURES = ("vae", "gumbel_vae", *OF_FLOWS, *GAMES)  # those and the functions of model.py, by what they make
OF_SENTENCES = ("text_vae", "couplet_vae")
MODELS = (*OF_PICTURES, *OF_SENTENCES)
DIVERGENCES = (  # rows of f-GAN
    *("total_variation", "kl", "reverse_kl", "chi_square_over_real", "chi_square_over_made", "hellinger"),
    *("jeffreys", "jensen_shannon"),
)
CRITERIA = ("vanilla", "non_saturating", "hinge", "wasserstein", "relativistic")  # what both sides pay
SIDES, SLOPES = ("two", "one", "linear"), ("gradient", "difference", "directional")  # of a gradient penalty
CLASSIFIER = "classifier"  # the run of the network whose features pictures are compared by
FIRST = {"pictures": ("vae", "glow"), "sentences": ("text_vae",)}  # trained where `model` names none
HEADS = ("plain", "mean", "both", "none")  # of the codes of sentences

of_models = partial(setting, of=MODELS)  # whatever the classifier does not read, so that one serves all plans
of_codes = partial(setting, of=("vae", "gumbel_vae", "text_vae", "couplet_vae"))
of_categories = partial(setting, of=("gumbel_vae",))
of_texts = partial(setting, of=("text_vae", "couplet_vae"))
of_flows = partial(setting, of=OF_FLOWS)
of_games = partial(setting, of=GAMES)
of_classifier = partial(setting, of=(CLASSIFIER,))

SMOKE = (
    *("model=vae", "sample_size=300", "samples=60", "epochs=3", "batch_size=20", "learning_rate=0.01", "latent=4"),
    *("width=4", "judge_epochs=8", "judge_batch=20"),
)
SMOKE_INPUTS = ("count=9",)

LEAST = {
    **dict.fromkeys(("epochs", "batch_size", "latent", "width", "judge_epochs", "judge_batch", "draws"), 1),
    **dict.fromkeys(("couplings", "units", "depth", "channels", "variables", "least_count", "embedding", "lstm", "longest"), 1),
    **dict.fromkeys(("rounds", "every", "game_batch", "critic_steps", "maker_steps", "noise", "filters"), 1),
    **dict.fromkeys(("weight_decay", "free", "alpha", "anneal", "stability"), 0),
    "categories": 2,
    "samples": 10,
    "sample_size": 120,
}


@dataclass(frozen=True)
class Config:
    """Settings of the generation contest."""

    APART: ClassVar = (CLASSIFIER,)
    SAMPLE_PLAN: ClassVar = (
        *("samples=300", "epochs=20", "batch_size=50", "judge_epochs=8", "judge_batch=50", "width=16"),
        *("rounds=2000", "every=250", "filters=16", "game_momentum=0.99"),
    )

    # data
    data: Path | None = setting(None, of_data=True, identity=False)  # pictures or sentences; data/generation, else the sample
    texts: str = setting(
        "", of_data=True, identity=False
    )  # how the files begin, where a folder holds several sets of sentences
    sample_size: int = setting(2000, of_data=True, identity=False)  # training pictures of the built-in sample

    # plan
    model: tuple[str, ...] = setting((), identity=False)  # what to train; where none is named, what suits the data
    seed: int = 42  # of the validation part, weights, batches and samples
    samples: int = of_models(10_000)  # of a submission, and on either side of a comparison of pictures
    file: Path | None = setting(None, identity=False)  # of `evaluate`: samples to score, whoever made them

    # training
    epochs: int = of_models(40)
    batch_size: int = of_models(128)
    learning_rate: float = of_models(1e-3)  # of AdamW, at the top of the cosine
    weight_decay: float = of_models(0.0)  # a likelihood on held-out records tells when to stop: decay found nothing to add
    momentum: float = of_models(0.99)  # of the averaged weights

    # networks
    latent: int = setting(32, of=("vae", "gumbel_vae", "text_vae", "couplet_vae", "aae", "ali"))  # units of the code
    width: int = of_codes(32)  # channels of the first convolution; the second has twice as many
    binary: bool = of_codes(False)  # pictures of black and white, drawn with each pixel's grey as its chance: nats are a bound
    free: float = of_codes(0.0)  # nats of each unit of the code that cost nothing in training
    draws: int = of_codes(100)  # of the importance-weighted bound

    # discrete codes
    variables: int = of_categories(20)  # as published, and
    categories: int = of_categories(10)  # of each
    warmest: float = of_categories(1.0)  # temperature of the first step
    coldest: float = of_categories(0.3)  # and of the last: below it gradients vary too much
    straight: bool = of_categories(False)  # one-hot draws forward, the gradient of the soft ones backward

    # sentences
    head: str = of_texts("both")  # of the code: plain, batch-normalised means, or both of them; none is a language model
    gamma: float = of_texts(0.6)  # scale of batch-normalised means; the KL is at least latent * gamma ^ 2 / 2
    tau: float = of_texts(0.1)  # least share of the means where both are normalised; a half would cost 22 nats at 32 units
    anneal: float = of_texts(0.0)  # epochs over which the weight of the KL rises from 0
    least_count: int = of_texts(5)  # of a word that gets an id
    embedding: int = of_texts(128)
    lstm: int = setting(256, of=("text_vae",))  # units of the encoder and of the decoder
    dropout: float = setting(0.5, of=("text_vae",))  # of the decoder's inputs and outputs
    longest: int = setting(60, of=("text_vae",))  # words of a sample

    # flows
    alpha: float | None = of_flows(None)  # of the logit; without a value 0.05, and none for nice, as published; 0 for none
    couplings: int = setting(4, of=("nice",))
    units: int = setting(1000, of=("nice",))  # of each of five layers of a coupling's network
    depth: int = setting(8, of=("realnvp", "glow"))  # steps of each of two scales
    channels: int = setting(64, of=("realnvp", "glow"))  # of the convolutions of a coupling
    affine: bool = setting(False, of=("glow",))  # couplings that scale, too: twice the cost for little
    temperature: float = of_flows(0.8)  # of samples: below 1 fewer of them are strays

    # networks that play against a critic
    rounds: int = of_games(20_000)  # some steps of the critic, then of the makers
    every: int = of_games(1000)  # rounds after which figures are logged, the FID of a few thousand samples among them
    game_batch: int = of_games(64)
    game_rate: float | None = of_games(None)  # of Adam; without a value that of the model's paper
    game_momentum: float = of_games(0.999)  # of the averaged weights that samples are drawn from
    critic_steps: int | None = of_games(None)  # of a round; without a value those of the model's paper
    maker_steps: int = of_games(1)
    noise: int = setting(64, of=("dcgan", "wgan_gp", "sngan", "f_gan"))  # numbers that a picture is made of
    filters: int = of_games(32)  # of the outer convolutions; the inner ones have twice as many
    batch_norm: bool = setting(True, of=("dcgan",))
    stability: float = setting(0.0, of=("dcgan",))  # price of a pixel's mean square move in a round, pixels from -1 to 1
    sides: str = setting("two", of=("wgan_gp",))  # of the penalty: two, one or linear
    slope: str = setting("gradient", of=("wgan_gp",))  # that it holds: gradient, difference or directional
    criterion: str = setting("hinge", of=("sngan",))  # any of `CRITERIA`: the slope of this critic is bounded for all of them
    divergence: str = setting("hellinger", of=("f_gan",))  # a row of `common.generative.criteria.DIVERGENCES`
    derived: bool = setting(False, of=("ali",))  # what the encoder pays: as published, or as derived from a joint divergence

    # the classifier whose features pictures are compared by
    judge_epochs: int = of_classifier(6)
    judge_batch: int = of_classifier(128)

    def __post_init__(self):
        check_names(self, "model", MODELS, required=False)
        check_names(self, "head", HEADS, "head")
        check_names(self, "divergence", DIVERGENCES, "divergence")
        check_names(self, "criterion", CRITERIA, "criterion")
        check_names(self, "sides", SIDES, "kind of side")
        check_names(self, "slope", SLOPES, "slope")
        positive = ("learning_rate", "temperature", "game_rate", "warmest", "coldest", "gamma")
        shares = ("momentum", "game_momentum", "tau", "dropout")
        check_bounds(self, LEAST, above_0=positive, shares=shares, most={"alpha": 0.49})
        if self.stability and self.maker_steps < 2:
            raise ConfigError(
                f"stability={self.stability}: in the first maker's step its term is 0; give maker_steps=2 at least"
            )
