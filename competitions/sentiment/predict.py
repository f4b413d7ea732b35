"""Which way your own text leans, and by which words: make predict COMP=sentiment text="送货很快，但是手机坏了"

text="..."        one text; or input=FILE, a text a line
saliency=signed   how words are weighed: leave_one_out (of the blend), integrated, gradient, states, signed (of a network)
html=page.html    the same with coloured words
"""

from pathlib import Path

from common import experiment
from common import run as command_line
from common.config import unknown_name
from common.errors import ConfigError, DataError
from common.report import coloured
from common.report.saliency import WAYS
from common.text.corpus import given_lines
from competitions.sentiment import explain

SHOWN = 5  # words


def main(config, text="", input="", run="", saliency="leave_one_out", html=""):
    """Print and return the class of each text, its probability and the words that decided.

    Raises:
        ConfigError: neither `text` nor `input` is given, or both, or `saliency` is unknown or asks for what the run has not.
        DataError: a text is empty, or the file holds none.
    """
    texts = checked(text, input, saliency)
    learnt = experiment.newest("sentiment", config.data, run)
    pages, answers = [], []
    for one, (chances, parts, asked) in zip(texts, answered(learnt, texts, saliency), strict=True):
        label = max(chances, key=chances.get)
        ranked = sorted(parts, key=lambda part: part[2])
        against = [part for part in ranked[:SHOWN] if part[2] < 0]
        decided = [part for part in ranked[::-1][:SHOWN] if part[2] > 0]
        heading = f"{label} {chances[label]:.3f}"
        print(f"{one[:60]}{'…' if len(one) > 60 else ''}: {heading}")
        print(f"  for it: {listed(one, decided)}; against it: {listed(one, against)} ({saliency} of {asked})")
        strongest = sorted(parts, key=lambda part: -abs(part[2]))[:SHOWN]
        words = [[one[start:end], round(share, 5)] for start, end, share in strongest]
        rounded = {name: round(chance, 5) for name, chance in chances.items()}
        answers.append({"text": one, "label": label, **rounded, "words": words})
        pages.append(coloured.Coloured(heading, one, parts))
    if html:
        coloured.write_html(
            Path(html).expanduser(), f"What speaks for the class (red) and against it (blue), {saliency}", pages
        )
        print(f"Wrote {html}")
    return answers


def checked(text, input, saliency):
    """The texts that are given; raises as `main`."""
    if bool(text) == bool(input):
        raise ConfigError('expected one of text="..." and input=FILE, with a text a line')
    if saliency not in WAYS:
        raise ConfigError(f"saliency={saliency}: {unknown_name(saliency, WAYS, 'way')}")
    texts = [text.encode("utf-8", "replace").decode()] if text else given_lines(input, "text")  # a shell hands on any bytes
    if not all(one.strip() for one in texts):
        raise DataError("text= is empty; expected a review")
    return texts


def answered(learnt, texts, saliency):
    """Of each text the probability of every class, the shares of its words in the likeliest one, and who was asked for them.

    Raises:
        ConfigError: `saliency` asks for what the ensemble has not.
    """
    _, (first, *_) = next(iter(learnt.models.values()))
    for text, probability in zip(texts, learnt.predict(texts), strict=True):
        found = explain.of_answer(learnt, text, int(probability.argmax()), saliency)
        if found is None:
            raise ConfigError(f"saliency={saliency} asks a network that the run {learnt.run.name} has not; take leave_one_out")
        yield dict(zip(first.classes, map(float, probability), strict=True)), *found


def listed(text, parts):
    """Words with their shares, in one line."""
    return ", ".join(f"{text[start:end]} {share:+.3f}" for start, end, share in parts) or "nothing"


if __name__ == "__main__":
    command_line.stage(__spec__)
