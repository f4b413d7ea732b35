import dataclasses
import functools

import keras
import numpy as np
import pytest

import common.layers  # noqa: F401  registers the layers for load_model
from common.ragged import Ragged
from common.report.saliency import step_shares
from common.text.vocabulary import CharVocabulary
from common.text.word_vectors import WordVectors
from competitions.baidu_ie import batches, decode, model
from competitions.baidu_ie.config import MODELS, Config
from competitions.baidu_ie.data import Sentence, Triple
from competitions.baidu_ie.features import Encoder

pytestmark = pytest.mark.backend
CONFIG = Config(width=8, head=4, dropout=0.0, gate_dropout=0.0, batch_size=4, character_dropout=0.0, postag_dropout=0.0)
PREDICATES = 3
STEPS = 120  # of training
OUTPUTS = {"pointers": ("subjects", "objects"), "linker": ("entities", "links")}


@pytest.fixture(autouse=True)
def shallow(monkeypatch):
    """Three convolutions do as well as twelve here."""
    monkeypatch.setattr(model, "DILATIONS", (1, 2, 1))


def new(name, config=CONFIG, characters=30):
    keras.utils.set_random_seed(0)
    vectors = np.random.default_rng(0).normal(size=(9, 4)).astype("float32")
    vectors[0] = 0
    return getattr(model, name)(characters, vectors, PREDICATES, config)


def batch(name="linker", rows=3, steps=12):
    random = np.random.default_rng(0)
    inputs = {
        "ids": random.integers(1, 5, (rows, steps, 6)).astype("int32"),
        "source": np.arange(rows, dtype="int32") % 2,
        "known_subjects": random.integers(2, size=(rows, steps, 2)).astype("float32"),
        "known_objects": random.integers(2, size=(rows, steps, 2 * PREDICATES)).astype("float32"),
    }
    return inputs | ({"span": np.array([[1, 3]] * rows, "int32")} if name == "pointers" else {})


def answers(network, inputs):
    """Outputs as arrays, dict by name."""
    return {name: keras.ops.convert_to_numpy(found) for name, found in network(inputs, training=False).items()}


def with_other_weights(network):
    """The network with weights at random, so that nothing is by chance the same as nothing."""
    generator = np.random.default_rng(1)
    network.set_weights([weight + generator.normal(0, 0.2, weight.shape) for weight in network.get_weights()])
    return network


@functools.cache
def shaken(name):
    """A network `with_other_weights` that nobody changes."""
    return with_other_weights(new(name))


@pytest.mark.parametrize("name", MODELS)
def test_padding_changes_no_probability(name):
    network, inputs = shaken(name), batch(name)
    expected = answers(network, inputs)
    assert tuple(expected) == OUTPUTS[name]
    padded = {key: np.pad(x, [(0, 0), (0, 5), (0, 0)]) if x.ndim == 3 else x for key, x in inputs.items()}
    found = answers(network, padded)
    shapes = {"subjects": (3, 12, 2), "objects": (3, 12, 3, 2), "entities": (3, 12, 4), "links": (3, 12, 12, 3)}
    for key, own in expected.items():
        assert own.shape == shapes[key]
        if key == "links":
            assert (found[key][:, 12:] <= -1e4).all() and (found[key][:, :, 12:] <= -1e4).all(), "no links of padding"
            np.testing.assert_allclose(found[key][:, :12, :12], own, rtol=1e-4, atol=1e-3)
        else:
            assert own.min() >= 0 and own.max() <= 1 and own.std() > 1e-3
            np.testing.assert_allclose(found[key][:, :12], own, rtol=1e-4)


@pytest.mark.parametrize("name", MODELS)
def test_characters_have_shares_in_what_is_found(name):
    network, output = shaken(name), OUTPUTS[name][0]
    network = network.get_layer("subject_model") if name == "pointers" else network
    inputs = {one.name: batch(name)[one.name][:1] for one in network.inputs}

    def target(found):
        return found[output][:, 2, 1]

    shares = step_shares(network, inputs, target, vectors=model.CHARACTERS, steps=64)
    table = network.get_layer(model.CHARACTERS).output
    given = [inputs[one.name] for one in network.inputs]
    vectors = keras.ops.convert_to_numpy(keras.Model(network.inputs, table)(given))
    head = keras.Model([table, *network.inputs], network.output)
    whole, nothing = (float(target(head([one, *given]))[0]) for one in (vectors, np.zeros_like(vectors)))
    assert whole == pytest.approx(float(target(answers(network, inputs))[0]), abs=1e-5)
    assert shares.shape == (1, 12) and shares.sum() == pytest.approx(whole - nothing, abs=2e-3)


@pytest.mark.parametrize("name", MODELS)
def test_an_untrained_model_finds_little(name):
    for key, found in answers(new(name), batch(name, rows=8, steps=40)).items():
        if key != "links":
            assert found.mean() < 0.04 and found.max() < 0.2


@pytest.mark.parametrize("name", MODELS)
def test_a_text_of_600_characters_passes(name):
    found = answers(shaken(name), batch(name, rows=1, steps=600))
    assert all(np.isfinite(one).all() and one.shape[1] == 600 for one in found.values())


@pytest.mark.parametrize("name", MODELS)
@pytest.mark.parametrize(
    ("switch", "changed"), [("tags", "ids 2 3"), ("postag", "ids 4 5"), ("prior", "known"), ("source", "source")]
)
def test_each_addition_can_be_switched_off(name, switch, changed):
    inputs = batch(name)
    other = {key: x.copy() for key, x in inputs.items()}
    if changed.startswith("ids"):
        other["ids"][..., [int(column) for column in changed.split()[1:]]] = 1
    for key in other:
        if key.startswith(changed):
            other[key] = 1 - other[key]
    full, without = shaken(name), with_other_weights(new(name, dataclasses.replace(CONFIG, **{switch: False})))
    assert without.count_params() < full.count_params()
    for network, same in ((full, False), (without, True)):
        before, after = answers(network, inputs), answers(network, other)
        for key in OUTPUTS[name]:
            assert np.array_equal(before[key], after[key]) == same, key


def test_without_any_addition_there_are_characters_and_words():
    plain = dataclasses.replace(CONFIG, tags=False, postag=False, prior=False, source=False)
    network, inputs = with_other_weights(new("linker", plain)), batch()
    for column in (0, 1):
        other = inputs | {"ids": inputs["ids"].copy()}
        other["ids"][0, 5, column] += 1
        before, after = answers(network, inputs), answers(network, other)
        assert (before["entities"][0] != after["entities"][0]).any()
        np.testing.assert_allclose(before["entities"][1:], after["entities"][1:], atol=1e-6)


def test_the_parts_of_the_pointers_share_the_weights_of_the_whole(tmp_path):
    network, inputs = new("pointers"), batch("pointers")
    parts = [network.get_layer(name) for name in ("subject_model", "object_model")]
    assert {id(one) for part in parts for one in part.weights} == {id(one) for one in network.weights}
    with_other_weights(network).save(tmp_path / "model.keras")
    for one in (network, keras.saving.load_model(tmp_path / "model.keras", compile=False)):
        subject_model, object_model = one.get_layer("subject_model"), one.get_layer("object_model")
        whole = answers(one, inputs)
        found = answers(subject_model, {name: inputs[name] for name in ("ids", "source", "known_subjects")})
        np.testing.assert_allclose(found["subjects"], whole["subjects"], atol=1e-6)
        given = {name: inputs[name] for name in ("ids", "span", "known_objects")}
        objects = object_model({"states": found["states"], "gates": found["gates"], **given})
        np.testing.assert_allclose(keras.ops.convert_to_numpy(objects), whole["objects"], atol=1e-6)


def test_the_objects_depend_on_the_span_and_the_subjects_do_not():
    network, inputs = shaken("pointers"), batch("pointers")
    before, after = answers(network, inputs), answers(network, inputs | {"span": np.array([[4, 5]] * 3, "int32")})
    np.testing.assert_array_equal(before["subjects"], after["subjects"])
    assert (before["objects"] != after["objects"]).any()


def drawn(name):
    """Batches of four short sentences, and what is needed to answer them."""
    triples = [("甲", "妻子", "乙"), ("丙丁", "作者", "甲"), ("乙", "父亲", "丙")]
    sentences = [Sentence(f"{s}的{p}是{o}", (), (Triple(s, p, o),), "ske") for s, p, o in triples]
    sentences.append(Sentence("的是的", (), (), "ske"))
    vocabulary = CharVocabulary(1).fit([one.text for one in sentences])
    predicates = ("妻子", "作者", "父亲")
    encoded = Encoder(vocabulary, WordVectors(("甲",) * 8, np.ones((8, 4), "float32")), predicates).encode(sentences)
    known = Ragged.of([np.empty((0, 5))] * 4, (5,))
    source = batches.Source(encoded, known, np.arange(4), 4, np.ones(3, bool))
    return batches.Batches([source], name, CONFIG, 1), sentences, encoded, known, predicates


@pytest.mark.parametrize("name", MODELS)
def test_a_step_lowers_the_loss_and_what_is_learnt_is_found_and_saved(name, tmp_path):
    taken, sentences, encoded, known, predicates = drawn(name)
    network = new(name, dataclasses.replace(CONFIG, width=16))
    losses, weights = model.losses_of(name)
    compiled = "auto" if keras.backend.backend() == "jax" else False  # XLA takes longer than all steps
    network.compile(keras.optimizers.AdamW(0.001, global_clipnorm=5.0), losses, loss_weights=weights, jit_compile=compiled)
    one = taken[0]
    first, second = (float(network.train_on_batch(*one[:2], sample_weight=one[2])[0]) for _ in range(2))
    assert second < first
    network.optimizer.learning_rate = 0.005  # at 0.01 a gate may die for good, as rounding has it
    for _ in range(STEPS):
        inputs, labels, real = taken[0]
        last = float(network.train_on_batch(inputs, labels, sample_weight=real)[0])
        taken.on_epoch_end()
    assert last < 0.5 * first
    found = decode.find(network, encoded, known, PREDICATES, 0.5)
    assert decode.triples_of(sentences, found, predicates) == [one.triples for one in sentences]
    network.save(tmp_path / "model.keras")
    loaded = keras.saving.load_model(tmp_path / "model.keras", compile=False)
    assert loaded.name == name
    for key, expected in answers(network, inputs).items():
        np.testing.assert_allclose(answers(loaded, inputs)[key], expected, atol=1e-5)


@pytest.mark.parametrize("name", MODELS)
def test_what_is_not_labelled_is_not_learnt(name):
    losses, _ = model.losses_of(name)
    output = OUTPUTS[name][1]
    shape = {"objects": (2, 5, PREDICATES, 2), "links": (2, 5, 5, PREDICATES)}[output]
    random = np.random.default_rng(0)
    truth = random.integers(2, size=shape).astype("int8")
    axis = 2 if output == "objects" else 3
    unknown = np.arange(PREDICATES).reshape([-1 if at == axis else 1 for at in range(4)]) == 1
    truth[np.broadcast_to(unknown, shape)] = -1
    guess = random.uniform(0.1, 0.9, shape).astype("float32")
    weights = np.ones((2, 5) if output == "objects" else 2, "float32")
    guesses = guess, np.where(unknown, 0.5, guess), np.where(~unknown, 0.5, guess)
    values = [float(losses[output](truth, one, sample_weight=weights)) for one in guesses]
    assert values[0] == pytest.approx(values[1], rel=1e-5) and values[0] != pytest.approx(values[2], rel=1e-3)
