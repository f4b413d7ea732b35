"""Every model: it answers with its own losses, is saved with all that it needs, makes what it should."""

from dataclasses import replace

import numpy as np
import pytest

from common.errors import DataError
from common.generative.words import Words
from common.training import checkpoint
from competitions.generation import data, inference, train
from competitions.generation.batches import Unlabelled, binarised
from competitions.generation.config import GAMES, OF_FLOWS, OF_PICTURES, OF_SENTENCES, Config
from competitions.generation.pictures import Frames

pytestmark = pytest.mark.usefixtures("uncompiled")
ON_BOTH = ("nice", "couplet_vae")  # on JAX, too; what the others are made of is tested there part by part
GENERATOR = np.random.default_rng(0)
IMAGES = (GENERATOR.random((40, 8, 8)) * np.linspace(0, 255, 8)).astype(np.uint8)
PAIRS = [f"{a} {b}" for a in ("the cat", "a dog") for b in ("sleeps", "runs .", "sees the cat")]
SENTENCES = tuple(PAIRS[number % 6] for number in range(48))
COUPLETS = tuple("春夏秋冬"[n % 4] + "风雨"[n % 2] + "来去山"[n % 3] for n in range(48))
TRAINING = {"epochs": 1, "batch_size": 8, "learning_rate": 0.01, "momentum": 0.5, "draws": 3, "latent": 3, "width": 2}
NETWORKS = {"variables": 2, "categories": 3, "units": 8, "couplings": 2, "depth": 1, "channels": 4, "embedding": 4, "lstm": 4}
SMALL = Config(least_count=1, longest=6, **TRAINING, **NETWORKS)


class Work:
    """As much of a run as a fit needs."""

    def __init__(self, folder, model):
        self.path, self.model = folder, model

    def checkpoint(self, name):
        return None


def fitted(name, dataset, folder, config=SMALL):
    trained, log = train.FITS[name](dataset, config, Work(folder, name))
    assert np.isfinite(log["score"]).all()
    trained.save(folder)
    loaded = inference.load(folder, name, config)
    figures = trained.figures(dataset.valid, 0)
    assert np.isfinite(list(figures.values())).all() and trained.metric in figures
    again = loaded.figures(dataset.valid, 0)
    assert again == pytest.approx(figures, rel=1e-4), "a loaded model says the same"
    return trained, loaded


def models(names):
    """Parameters of tests, those on both backends marked."""
    return [pytest.param(name, marks=[pytest.mark.backend] * (name in ON_BOTH)) for name in names]


@pytest.mark.parametrize("name", models(name for name in OF_PICTURES if name not in GAMES))
def test_a_model_of_pictures(name, tmp_path):
    dataset = data.Dataset("pictures", IMAGES[:24], IMAGES[24:], None, (None, None), ("0", "1"), "", ())
    trained, loaded = fitted(name, dataset, tmp_path)
    made = trained.sample(5, seed=1)
    assert made.dtype == np.uint8 and made.shape == (5, 8, 8)
    np.testing.assert_allclose(loaded.sample(5, seed=1).astype(int), made, atol=1)
    assert np.any(trained.sample(5, seed=2) != made)
    again = trained.decode(trained.encode(trained.records(list(IMAGES[:3]))))
    assert again.shape == (3, 8, 8)
    if name in OF_FLOWS:
        np.testing.assert_allclose(again.astype(int), IMAGES[:3], atol=1)
        assert 0 < trained.figures(dataset.valid, 0)["bits per dimension"] < 20
    else:
        assert trained.figures(dataset.valid, 0)["nats"] <= trained.figures(dataset.valid, 0)["bound"]


@pytest.mark.parametrize("name", models(OF_SENTENCES))
def test_a_model_of_sentences(name, tmp_path):
    texts = SENTENCES if name == "text_vae" else COUPLETS
    dataset = data.Dataset("sentences", texts[:24], texts[40:], None, None, (), "", ())
    trained, loaded = fitted(name, dataset, tmp_path)
    made = trained.sample(4, seed=1)
    assert len(made) == 4 and made == loaded.sample(4, seed=1)
    known = {sign for text in texts for sign in (text.split() if name == "text_vae" else text)} | {"<unk>"}
    assert all({*(one.split() if name == "text_vae" else one.replace("<unk>", ""))} <= known for one in made)
    assert len(trained.decode(trained.encode(trained.records(list(texts[:2]))))) == 2


def test_couplets_have_one_length(tmp_path):
    dataset = data.Dataset("sentences", SENTENCES, SENTENCES[:8], None, None, (), "", ())
    with pytest.raises(DataError, match="have several lengths"):
        train.FITS["couplet_vae"](dataset, SMALL, Work(tmp_path, "couplet_vae"))


@pytest.mark.parametrize("head", ["plain", "mean", "none"])
def test_heads_of_sentences(head, tmp_path):
    config = replace(SMALL, head=head, anneal=1.0, free=0.1)
    dataset = data.Dataset("sentences", SENTENCES[:24], SENTENCES[40:], None, None, (), "", ())
    trained, _ = fitted("text_vae", dataset, tmp_path, config)
    figures = trained.figures(dataset.valid, 0)
    assert (figures["KL"] == 0) == (head == "none")


def test_words_are_encoded_by_frequency_and_decoded():
    words = Words.of(["a b a", "a c b"], least=2)
    assert words.known == ["a", "b"] and len(words) == 5
    ids = words.encode(["a c", "b a a b"])
    assert ids.tolist() == [[3, 2, 1, 0, 0], [4, 3, 3, 4, 1]]
    words = Words(["ab", "b"])
    assert words.decode([[3, 2, 1, 0]]) == ["ab <unk>"]
    assert Words(["春", "风"]).decode([[3, 4, 1]]) == ["春风"]


def test_black_and_white_is_drawn_anew_with_the_grey_as_its_chance():
    grey = np.full((4, 50, 50), 51, np.uint8)
    drawn = binarised(grey, np.random.default_rng(0))
    assert set(np.unique(drawn)) == {0, 255} and drawn.mean() == pytest.approx(51, abs=3)
    batches = Unlabelled(grey, 4, seed=0, binary=True)
    first = batches[0][0]
    batches.on_epoch_end()
    assert np.any(first != batches[0][0])


def test_a_training_that_was_broken_off_ends_as_an_unbroken_one(tmp_path, monkeypatch):
    config = replace(SMALL, epochs=3)
    dataset = data.Dataset("pictures", IMAGES[:24], IMAGES[24:], None, (None, None), ("0", "1"), "", ())
    monkeypatch.setattr(checkpoint, "EVERY", 0)

    class Resumed(Work):
        def checkpoint(self, name):
            return self.path / "checkpoint.joblib"

    weights = {}
    for name in ("unbroken", "broken"):
        (tmp_path / name).mkdir()
        work = Resumed(tmp_path / name, "vae")
        if name == "broken":
            add, seen = Frames.add, []

            def stop_at_the_third(self, trained, add=add, seen=seen):
                seen.append(1)
                if len(seen) == 3:
                    raise KeyboardInterrupt
                add(self, trained)

            monkeypatch.setattr(Frames, "add", stop_at_the_third)
            with pytest.raises(KeyboardInterrupt):
                train.FITS["vae"](dataset, config, work)
            monkeypatch.setattr(Frames, "add", add)
        trained, log = train.FITS["vae"](dataset, config, work)
        assert len(log) == 3 and len(list((work.path / "frames").iterdir())) == 3
        weights[name] = trained.network.get_weights()
    for unbroken, broken in zip(*weights.values(), strict=True):
        np.testing.assert_array_equal(unbroken, broken)
