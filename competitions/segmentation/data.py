"""Reads the files of the bakeoff: segmented training text, a list of words or a dictionary, the test and its truth.

python -m competitions.segmentation.data
"""

from dataclasses import dataclass
from pathlib import Path

from common import paths, run
from common.errors import DataError
from common.text.corpus import read
from common.text.normalise import half_width
from competitions.segmentation import dictionary

SOURCE = """SIGHAN bakeoff 2005 (Emerson 2005), free for research: icwb2-data.zip of http://sighan.cs.uchicago.edu/bakeoff2005/. 
Put into one folder
  pku_training.utf8            segmented text, a sentence a line, blanks between the words; may be missing
  pku_training_words.utf8      its words, one a line; or any dictionary of lines `word count tag` by dictionary=FILE
  pku_test.utf8                text to segment
  pku_test_gold.utf8           its words, for `make evaluate` alone
The same of msr, as and cityu: name=msr chooses where a folder holds several. Any of them may be packed as .gz."""
KINDS = ("training", "training_words", "test", "test_gold")
UNSEEN = 1000  # sentences that are made up to validate on, where there is no segmented text


@dataclass(frozen=True)
class Dataset:
    """A set of the bakeoff.

    Attributes:
        train: the words of each segmented training text, list of lists.
        made_up: whether these were made of the dictionary, for want of others.
        test: texts to segment; `None` where there are none.
        gold: the words of each, or `None`.
        counts: of each word of the dictionary.
        patterns: numbers and other runs that are words, see `dictionary.patterns_for`.
        known: words of the training text's own list, which tells unknown words in the truth.
        fingerprint: of the content.
        notes: sentences on how it was read.
    """

    train: list
    made_up: bool
    test: list | None
    gold: list | None
    counts: dict
    patterns: list
    known: frozenset
    fingerprint: str
    notes: tuple


def load(config):
    """The set in `config.data`.

    Raises:
        DataError: a file is missing, damaged, or does not fit another.
    """
    files = {kind: find(config.data, config.name, kind) for kind in KINDS}
    listed = files["training_words"]
    if config.dictionary is not None and not config.dictionary.is_file():
        raise DataError(f"dictionary={config.dictionary}: there is no such file; expected lines of a word, its count, its tag")
    source = config.dictionary or listed
    train = segmented(files["training"], config.encoding) if files["training"] else []
    if source is None and not train:
        raise DataError(
            f"{config.data} holds neither *_training.utf8 nor *_training_words.utf8; give dictionary=FILE, or see `make data`"
        )
    own = {word for words in train for word in words}
    if source:
        counts, notes = dictionary.load(source, config.peking, config.encoding)
    else:
        counts, notes = dict.fromkeys(sorted(map(half_width, own)), 1.0), []
    patterns = dictionary.patterns_for(counts)
    known = frozenset(lines(listed, config.encoding) if listed else own or counts) - {""}  # as the truth writes them
    made_up = not train
    if made_up:
        notes.append(f"{config.data} has no segmented text: sentences made of the dictionary are validated on")
        train = dictionary.Sentences(counts, patterns, 1.0, 16, config.seed).draw(UNSEEN)
    test = lines(files["test"], config.encoding) if files["test"] else None
    gold = (
        truth_of(files["test_gold"], files["test"], test, config.encoding) if files["test_gold"] and test is not None else None
    )
    used = [path for path in (*files.values(), config.dictionary) if path]
    return Dataset(train, made_up, test, gold, counts, patterns, known, paths.fingerprint(used), tuple(notes))


def find(folder, name, kind):
    """The file of a kind, or `None`.

    Raises:
        DataError: there are several.
    """
    found = paths.listed(folder, f"{name}*_{kind}.utf8", f"{name}*_{kind}.utf8.gz")
    if len(found) > 1:
        raise DataError(f"{folder} holds {' and '.join(path.name for path in found)}: choose a set by name=, such as name=pku")
    return found[0] if found else None


def lines(path, encoding="utf-8"):
    """Lines of a file, empty ones too, without byte order marks; the ideographic blank is a blank."""
    return [line.replace("\ufeff", "").replace("\u3000", " ").strip() for line in read(path, encoding)]


def segmented(path, encoding):
    """Words of each line that holds any.

    Raises:
        DataError: no line has two words, so that this is no segmented text.
    """
    found = [words for line in lines(path, encoding) if (words := line.split())]
    if not any(len(words) > 1 for words in found):
        raise DataError(f"{path} holds no line with blanks between its words; expected segmented text")
    return found


def truth_of(path, test_path, test, encoding="utf-8"):
    """The words of each line of a test.

    Raises:
        DataError: they are not of the same text; the line is named.
    """
    gold = [line.split() for line in lines(path, encoding)]
    while gold and not gold[-1] and len(gold) > len(test):
        gold.pop()  # an empty last line
    for number, (words, text) in enumerate(zip(gold, test, strict=False), start=1):
        if "".join(words) != text.replace(" ", ""):
            raise DataError(
                f"{path} line {number}: '{''.join(words)[:30]}' is not the text of {Path(test_path).name}, '{text[:30]}'"
            )
    if len(gold) != len(test):
        place = min(len(gold), len(test)) + 1
        raise DataError(f"{path} line {place}: it has {len(gold)} lines, {Path(test_path).name} has {len(test)}")
    return gold


def main(config):
    """Say where the files come from, and what those at hand hold."""
    print(SOURCE)
    dataset = load(config)
    words = sum(map(len, dataset.train))
    print(f"{len(dataset.train):,} {'made-up' if dataset.made_up else 'training'} texts of {words:,} words")
    print(f"{len(dataset.counts):,} words in the dictionary; {len(dataset.test or ()):,} test texts")
    print("\n".join(dataset.notes[:20]) or "All files are sound.")


if __name__ == "__main__":
    run.stage(__spec__)
