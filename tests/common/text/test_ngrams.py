import random
from collections import Counter

import numpy as np
import pytest

from common.text import ngrams
from common.text.ngrams import ByteKeys, PackedKeys, Runs
from common.text.symbols import Alphabet, SymbolFile


def symbols_of(text):
    alphabet = Alphabet()
    return np.concatenate([[0], alphabet.extend(text), [0]]).astype("int32"), alphabet


def random_text(seed, letters="甲乙丙丁 ", length=300):
    return "".join(random.Random(seed).choices(letters, k=length))


def counted(text, order):
    return Counter(piece[i : i + n] for piece in text.split() for n in range(1, order + 1) for i in range(len(piece) - n + 1))


@pytest.mark.parametrize("keys", [PackedKeys(2, 32), PackedKeys(4, 16), PackedKeys(6, 10), ByteKeys(2), ByteKeys(6)])
@pytest.mark.parametrize("seed", range(5))
def test_all_lengths_are_counted_from_the_longest(tmp_path, keys, seed):
    text = random_text(seed)
    symbols, alphabet = symbols_of(text)
    runs = Runs(tmp_path / "runs", keys.pack(np.arange(1, len(alphabet))[:, None]), 50)
    runs.add(*ngrams.count(symbols, keys))
    counts = ngrams.frequent(runs, keys, 3, beginnings_only=False)
    found = {}
    for length, (known, numbers) in enumerate(counts.by_length, start=1):
        words = alphabet.decode(np.pad(keys.unpack(known)[:, :length], ((0, 0), (0, 1))).ravel())
        found |= dict(zip(words, numbers.tolist(), strict=True))
        assert known.tolist() == sorted(known.tolist())
    expected = {ngram: count for ngram, count in counted(text, keys.order).items() if count >= 3}
    assert found == expected
    assert counts.total == sum(count for ngram, count in expected.items() if len(ngram) == 1)


@pytest.mark.parametrize("keys", [PackedKeys(4, 16), ByteKeys(4)])
def test_keys_unpack_to_their_symbols_up_to_the_largest(keys):
    largest = 0xFFFF if isinstance(keys, PackedKeys) else 0x10FFFF
    rows = np.array([[largest] * 4, [1, 256, 0, 0], [256, 1, largest, 0], [1, 0, 0, 0]])
    packed = keys.pack(rows)
    np.testing.assert_array_equal(keys.unpack(packed), rows)
    np.testing.assert_array_equal(keys.unpack(keys.prefix(packed, 1)), np.pad(rows[:, :1], ((0, 0), (0, 3))))
    assert [tuple(row) for row in keys.unpack(np.sort(packed))] == sorted(map(tuple, rows.tolist()))


def test_keys_are_packed_only_where_they_hold_every_symbol():
    assert ngrams.ngram_keys(4, 1 << 16) == PackedKeys(4, 16)
    assert ngrams.ngram_keys(4, (1 << 16) + 1) == ByteKeys(4)
    assert ngrams.ngram_keys(5, 4096) == PackedKeys(5, 12)
    assert ngrams.ngram_keys(5, 4097) == ByteKeys(5)


@pytest.mark.parametrize("limit", [1, 7, 10_000])
def test_runs_are_merged_in_order_and_by_whole_ranges(tmp_path, limit):
    generator = np.random.default_rng(0)
    runs, everything = Runs(tmp_path / "runs", np.array([10, 20, 30]), limit), Counter()
    for number in range(5):
        keys, counts = np.unique(generator.integers(40, size=50), return_counts=True)
        runs.add(keys, counts, np.full(len(keys), number))
        for key, count in zip(keys.tolist(), counts.tolist(), strict=True):
            everything[key] += count
    merged = list(runs)
    assert len(merged) == (1 if limit == 10_000 else 4)
    keys, counts, numbers = map(np.concatenate, zip(*merged, strict=True))
    assert (np.diff(keys) >= 0).all()
    assert (np.diff(numbers)[np.diff(keys) == 0] > 0).all()
    assert dict(zip(*(column.tolist() for column in ngrams.summed(keys, counts)), strict=True)) == everything


def test_no_runs_are_no_ranges(tmp_path):
    assert list(Runs(tmp_path / "runs", np.array([1, 2]), 10)) == []


@pytest.mark.parametrize("size", [1, 3, 10, 1000])
def test_a_corpus_on_disk_is_the_same_in_chunks_of_any_size(tmp_path, size):
    texts = ["变压器，，油", "", "母线", "\0\0𠮷A1！"]
    text = SymbolFile(tmp_path / "symbols", texts, "utf-8", size)
    chunks = [text.read(chunk) for chunk in text.chunks]
    assert all(chunk[0] == chunk[-1] == 0 and len(chunk) == at.size for chunk, at in zip(chunks, text.chunks, strict=True))
    pieces = [piece for chunk in chunks for piece in text.alphabet.decode(chunk[1:])]
    assert pieces == ["变压器", "油", "母线", "𠮷A1"]
    assert [at.start for at in text.chunks] == np.cumsum([0, *(at.size for at in text.chunks)])[:-1].tolist()


def test_more_characters_than_two_bytes_hold_are_written_in_four(tmp_path):
    texts = ["变压器", "".join(map(chr, range(0x20000, 0x20000 + 70_000))), "变压"]
    text = SymbolFile(tmp_path / "symbols", texts, "utf-8", 3)
    assert text.chunks[0].dtype == "uint16"
    assert text.chunks[-1].dtype == "uint32"
    assert text.alphabet.decode(np.concatenate([text.read(chunk)[1:] for chunk in text.chunks])) == texts
    last = text.chunks[-1]
    assert text.alphabet.decode(text.pieces(np.array([1, last.start + 1]), np.array([3, 2]))) == ["变压器", "变压"]
