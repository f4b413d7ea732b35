"""Every number of the vocabulary solution, with its reason. Any can be given to Make, such as `seeds=50`."""

from dataclasses import dataclass
from functools import partial
from pathlib import Path

from common.config import check_bounds, check_names, setting
from common.errors import ConfigError

MODELS = (  # functions of model.py
    *("keyness", "smoothed", "likelihood", "odds"),
    *("measures", "vectors", "propagate", "communities"),
)
of_seeds = partial(setting, of=("propagate", "communities", "ensemble"))  # settings that the other rankings do not read
of_vectors = partial(setting, of=("vectors", "propagate", "communities", "ensemble"))
RULES = (  # of rules.py
    *("numbers", "particles", "edges", "degree", "first", "last"),
    *("endings", "beginnings", "contains", "repeated", "scans", "modal", "verbs_first", "verbs_last"),
)

SMOKE = ("sample_size=300", "dim=16", "epochs=2", "seeds=20", "workers=1")
SMOKE_INPUTS = ("input={data}/text.txt",)

LEAST = {
    **dict.fromkeys(
        (
            "sample_size",
            "min_count",
            "phrase",
            "longest",
            "candidates",
            "vector_characters",
            "dim",
            "epochs",
            "window",
            "seeds",
            "near",
            "head",
            "workers",
        ),
        1,
    ),
    **dict.fromkeys(("known", "share_of_vectors", "share_of_propagation"), 0),
}


@dataclass(frozen=True)
class Config:
    """Settings of the vocabulary contest."""

    # data
    data: Path | None = setting(None, of_data=True, identity=False)  # official files; data/power_vocab, else the sample
    sample_size: int = setting(1_000, of_data=True, identity=False)  # domain paragraphs of the built-in sample
    encoding: str = setting("utf-8", of_data=True)  # of all texts, for example gb18030

    # plan
    model: tuple[str, ...] = setting(("keyness", "smoothed", "likelihood", "measures", "vectors"), identity=False)
    seed: int = 42  # of the word vectors and of the folds of the ranker

    # candidates
    min_count: int = 3  # of a word in the domain text: below it, entropies and cohesion say nothing
    phrase: int = 6  # words of the dictionary that may join to one candidate
    longest: int = 12  # characters of a candidate
    candidates: int = 500_000  # at most, about; where a text has more, min_count rises
    min_cohesion: tuple[float, ...] = (1.0, 2.0, 3.0)  # of discovered pairs, triples and quadruples: half of the published ones

    # neither memory nor who counts changes the words
    memory: int = setting(
        2 << 30, identity=False
    )  # bytes for the work, beside half a gigabyte for packages and 1.5 KB a candidate
    workers: int | None = setting(None, identity=False)  # threads; `none` takes the number of processors
    cluster: str | None = setting(None, identity=False)  # address of a Dask scheduler that counts, such as tcp://host:8786

    # word vectors
    known: int = of_vectors(40_000)  # first candidates by their measures that the re-segmented text holds as words
    dim: int = of_vectors(100)  # as the original
    window: int = of_vectors(5)  # words on either side
    epochs: int = of_vectors(5)
    vector_characters: int = of_vectors(50_000_000)  # they learn from; of a longer text every second line, third and so on

    # ranking
    rules: tuple[str, ...] = (  # what pays on the known terms; see the README
        *("particles", "edges", "first", "last", "contains"),
        *("modal", "verbs_first", "verbs_last"),
    )
    head: int = setting(3_000, of=("vectors", "ensemble"))  # best words by their measures that the vectors learn from
    seeds: int = of_seeds(150)  # first words by their measures where seeds.txt is missing, as the original
    near: int = of_seeds(20)  # neighbours of a word in propagation and communities, as the original
    share_of_vectors: float = setting(0.5, of=("ensemble",))  # of their ranking in the fusion, where the measures have 1
    share_of_propagation: float = setting(0.0, of=("ensemble",))  # and that of the words reached from the seeds

    # option: no longer unsupervised
    ranker: bool = setting(False, of=("ensemble",))  # LightGBM learns from half of gold*.txt, by folds, and ranks the other

    def __post_init__(self):
        check_names(self, "model", MODELS)
        check_names(self, "rules", RULES, "rule", required=False)
        if not self.min_cohesion:
            raise ConfigError("min_cohesion= is empty: expected a threshold for pairs, then one for triples and so on")
        check_bounds(self, LEAST)
