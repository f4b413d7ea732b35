"""Segment text of your own.

    make predict COMP=segmentation text="研究生命的起源"
    make predict COMP=segmentation input=text.txt user_words=words.txt

A word of `user_words`, one a line, is taken wherever it stands, the longest first.
"""

from common import experiment
from common import run as command_line
from common.errors import ConfigError
from common.text.corpus import given_lines
from competitions.segmentation import dictionary, inference


def main(config, text="", input="", user_words="", run=""):
    """Print the words of each line, with blanks between them; raises as `asked`."""
    texts, wanted = asked(text, input, user_words, config.encoding)
    learnt = experiment.newest("segmentation", config.data, run)
    found = inference.predict(learnt, texts, wanted)
    for words in found:
        print(" ".join(words))
    return [{"text": one, "words": words} for one, words in zip(texts, found, strict=True)]


def asked(text, input, user_words, encoding):
    """The texts that are given, and the words that the user wants.

    Raises:
        ConfigError: neither `text` nor `input`, or both.
        DataError: a file is missing or holds nothing.
    """
    if bool(text) == bool(input):
        raise ConfigError('expected one of text="..." and input=FILE, a text a line')
    texts = [text.encode("utf-8", "replace").decode()] if text else given_lines(input, "text")
    wanted = {}
    if user_words:
        wanted, notes = dictionary.load(user_words, encoding=encoding)
        print("\n".join(notes), end="\n" if notes else "")
    return texts, wanted


if __name__ == "__main__":
    command_line.stage(__spec__)
