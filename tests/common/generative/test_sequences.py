import keras
import numpy as np
import pytest

from common.generative import bounds
from common.generative.sequences import SentenceAutoencoder, Step, Writer, log_probability, write
from tests.common.generative.conftest import numpy

pytestmark = [pytest.mark.backend, pytest.mark.usefixtures("uncompiled")]
GENERATOR = np.random.default_rng(0)
IDS = np.array([[3, 4, 5, 1, 0], [5, 1, 0, 0, 0], [4, 4, 3, 5, 1]], "int32")
Z = GENERATOR.normal(size=(3, 2)).astype("float32")


def writer():
    made = Writer(6, embedding=4, units=5, dropout=0.0, name="writer")
    ids, z = keras.Input((None,), dtype="int32"), keras.Input((2,))
    return made, keras.Model([ids, z], made([ids, z]), name="decoder")


def test_the_probability_of_a_sentence_is_that_of_its_words_and_not_of_padding():
    logits = GENERATOR.normal(size=(3, 5, 6)).astype("float32")
    log_shares = logits - np.log(np.exp(logits).sum(axis=-1, keepdims=True))
    expected = [sum(log_shares[row, step, word] for step, word in enumerate(ids) if word) for row, ids in enumerate(IDS)]
    np.testing.assert_allclose(numpy(log_probability(IDS, logits)), expected, rtol=1e-5)


def test_a_word_is_predicted_from_those_before_it_alone_and_padding_changes_nothing():
    _, decoder = writer()
    found = numpy(decoder([IDS, Z]))
    later = IDS.copy()
    later[:, 2:] = 4
    np.testing.assert_allclose(numpy(decoder([later, Z]))[:, :3], found[:, :3], atol=1e-6)
    assert np.abs(numpy(decoder([later, Z]))[:, 3] - found[:, 3]).max() > 1e-4
    assert np.abs(numpy(decoder([IDS, -Z])) - found).max(axis=(1, 2)).min() > 1e-4, "every word sees the code"
    wider = numpy(decoder([np.pad(IDS, ((0, 0), (0, 3))), Z]))
    np.testing.assert_allclose(
        numpy(log_probability(np.pad(IDS, ((0, 0), (0, 3))), wider)), numpy(log_probability(IDS, found)), rtol=1e-5
    )


def test_what_is_written_word_after_word_is_what_the_whole_decoder_finds_most_probable():
    made, decoder = writer()
    for weight in made.trainable_weights:
        weight.assign(GENERATOR.normal(0, 1.5, weight.shape))
    ids = write(Step(made), Z, longest=7)
    assert ids.shape[1] <= 7
    logits = numpy(decoder([np.where(ids == 0, 1, ids), Z]))[..., 1:]
    best = logits.argmax(axis=-1) + 1
    for row, own in zip(best, ids, strict=True):
        length = int((own > 0).sum())
        np.testing.assert_array_equal(row[:length], own[:length])
        assert length == len(own) or row[length] == 1, "it ends where an end is most probable"
    drawn = write(Step(made), np.repeat(Z[:1], 3000, axis=0), longest=1, generator=np.random.default_rng(1))[:, 0]
    shares = np.exp(logits[0, 0]) / np.exp(logits[0, 0]).sum()
    found = np.bincount(np.where(drawn == 0, 1, drawn), minlength=6)[1:] / 3000  # an end is written as padding
    np.testing.assert_allclose(found, shares, atol=0.04)


def test_an_autoencoder_of_sentences_learns_and_is_saved(tmp_path):
    keras.utils.set_random_seed(0)
    ids = keras.Input((None,), dtype="int32")
    encoder = keras.Model(ids, keras.layers.Dense(4)(keras.layers.LSTM(4)(keras.layers.Embedding(6, 4, mask_zero=True)(ids))))
    model = SentenceAutoencoder(encoder, writer()[1], seed=1)
    assert model.is_autoregressive
    model.compile(keras.optimizers.Adam(0.03), bounds.expected)
    losses = model.fit(IDS, np.zeros(3), epochs=8, verbose=0).history["loss"]
    assert losses[-1] < losses[0]
    model.save(tmp_path / "model.keras")
    loaded = keras.saving.load_model(tmp_path / "model.keras", compile=False)
    np.testing.assert_allclose(numpy(loaded(IDS)), numpy(model(IDS)), rtol=1e-5)
    np.testing.assert_array_equal(
        write(Step(loaded.decoder.get_layer("writer")), Z, 5), write(Step(model.decoder.get_layer("writer")), Z, 5)
    )
