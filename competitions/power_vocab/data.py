"""Reads the domain's text, the background, the seeds and the gold lists.

Every part is a text file, the same with `.gz`, or a folder of text files under the part's name.
"""

import hashlib
import re
from array import array
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from common import paths, run
from common.errors import DataError
from common.report.tables import show_table
from common.text import corpus
from common.text.characters import HAN, any_of
from common.text.segmenter import batches

SOURCE = """The contest's text and its experts' list have no public copy. Put into the folder, each as FILE.txt, FILE.txt.gz or
a folder FILE/ of text files:
  data.txt          text of the domain, one paragraph a line
  background.txt    general text, as much as there is (optional; without it every word counts as one of the domain)
  seeds.txt         words that are known to belong to the domain, one a line (optional)
  gold*.txt         known words to score against, one a line (optional; read by scoring alone, and by ranker=true)
Lines of jieba's dictionaries (word, frequency, tag) count as their words."""

# a word with a frequency, a tag or both behind it; a tag alone is one only behind a Chinese character: "gas meter" is a word
DICTIONARY_LINE = re.compile(rf"(.*\S)\s+\d+(?:\s+[a-z]+)?|(.*{any_of(HAN)})\s+[a-z]{{1,4}}")
HAN_CHARACTER = re.compile(any_of(HAN))


@dataclass(frozen=True)
class Dataset:
    """What a data folder holds.

    Attributes:
        domain: path of the domain's text.
        background: path of the general text, or `None`.
        seeds: given words; empty without a file.
        gold: known words; empty without a file.
        fingerprint: hash of the content of all parts.
        texts: hash of the content of both texts, on which the candidates rest.
        encoding: of all texts.
    """

    domain: Path
    background: Path | None
    seeds: tuple[str, ...]
    gold: tuple[str, ...]
    fingerprint: str
    texts: str
    encoding: str = "utf-8"

    def domain_lines(self):
        """The domain's lines, one after the other."""
        return corpus.read(self.domain, encoding=self.encoding)

    def background_lines(self):
        """The background's lines, one after the other; none without one."""
        return corpus.read(self.background, encoding=self.encoding) if self.background else iter(())


def load(folder, encoding="utf-8"):
    """Find the parts of a data folder and read its word lists.

    Raises:
        DataError: a file is missing, cannot be read, or is no list of words; the message names it.
    """
    folder = Path(folder)
    domain, background = find(folder, "data"), find(folder, "background")
    if domain is None:
        found = ", ".join(path.name for path in paths.listed(folder, "*")) or "nothing"
        raise DataError(
            f"{folder} needs data.txt, data.txt.gz or a folder data/, found {found}. "
            "`make data COMP=power_vocab` says what it holds"
        )
    seeds, golds = find(folder, "seeds"), paths.listed(folder, "gold*.txt", "gold*.txt.gz")
    golds += [path for path in paths.listed(folder, "gold*") if path.is_dir()]
    texts = {"data": [domain], "background": [background] if background else []}
    return Dataset(
        domain=domain,
        background=background,
        seeds=read_words([seeds] if seeds else [], encoding),
        gold=read_words(golds, encoding),
        fingerprint=fingerprint({**texts, "seeds": [seeds] if seeds else [], "gold": golds}),
        texts=fingerprint(texts),
        encoding=encoding,
    )


def fingerprint(parts):
    """A short hash of the content of parts, `{name: files and folders}`; of a folder every text file counts."""
    hashes = {name: paths.fingerprint(corpus.files_of(files)) for name, files in parts.items()}
    return hashlib.sha256(repr(hashes).encode()).hexdigest()[:12]


def find(folder, name):
    """The file or folder of a part, or `None`.

    Raises:
        DataError: there are several.
    """
    found = [path for path in (folder / f"{name}.txt", folder / f"{name}.txt.gz", folder / name) if path.exists()]
    if len(found) > 1:
        raise DataError(f"{folder} holds {' and '.join(path.name for path in found)}; keep the one that is meant")
    return found[0] if found else None


def read_words(files, encoding="utf-8"):
    """Distinct words of files with one word a line, in their order; blanks around a word do not count.

    Of a line of jieba's dictionaries the word alone is read, and that is said on screen.

    Raises:
        DataError: a line holds more than a word.
    """
    words = {}
    for path in corpus.files_of(files):
        shortened = []
        for number, line in enumerate(corpus.read(path, encoding=encoding), start=1):
            word = line.strip().lstrip("\ufeff")
            if re.search(r"[\t,]", word):
                raise DataError(f"{path} line {number}: expected one word a line, found '{word[:60]}'")
            if found := DICTIONARY_LINE.fullmatch(word):
                shortened.append((number, word))
                word = found[1] or found[2]
            if word:
                words[word] = None
        if shortened:
            number, line = shortened[0]
            what = f"'{line}' is a line of jieba's dictionaries, read as its word alone"
            print(f"{path} line {number}: {what} ({len(shortened)} such lines)")
    return tuple(words)


def main(config):
    """Say what belongs into the folder, and check and count what is there.

    Raises:
        DataError: a part is missing or cannot be read.
    """
    print(SOURCE)
    dataset = load(config.data, config.encoding)
    rows = []
    for name, path, lines in (
        ("domain", dataset.domain, dataset.domain_lines()),
        ("background", dataset.background, dataset.background_lines()),
    ):
        if path:
            rows.append([name, path.name, *(f"{number:,}" for number in sizes(lines))])
    show_table(f"{config.data}", ("text", "file", "lines", "different", "characters", "Chinese"), rows)
    for name, words in (("seeds", dataset.seeds), ("gold", dataset.gold)):
        if words:
            missing = len(not_in(words, dataset.domain_lines()))
            print(f"{name}: {len(words):,} words, {missing:,} of which do not occur in the text")


def sizes(lines):
    """How many lines there are, how many different ones, how many characters and how many Chinese ones."""
    hashes, characters, han = array("q"), 0, 0
    for line in lines:
        hashes.append(hash(line))
        characters += len(line)
        han += len(HAN_CHARACTER.findall(line))
    return len(hashes), len(np.unique(np.asarray(hashes))), characters, han


def not_in(words, lines):
    """Those of some words that occur in no line, a set; nothing is read any more when all are found."""
    missing = set(words)
    for batch in batches(lines):
        if not missing:
            break
        text = "\n".join(batch)
        missing = {word for word in missing if word not in text}
    return missing


if __name__ == "__main__":
    run.stage(__spec__)
