"""Questions made from plain text, to teach the reader before it sees a real one: a name, place, date or number is the answer.

    有“诗佛”之称的王维生于公元701年  ->  有“诗佛”之称的谁生于公元701年？   王维

Part of the sentence around the answer becomes the question, with a question word of the answer's kind in its place and some
words left out; the passage is a piece of the text that holds the sentence, beside a neighbouring one that does not. So the
reader learns what a question word asks for, and to look where a passage speaks of the same things.

Reference: the idea is that of Lewis, Denoyer and Riedel 2019, arXiv 1906.04980.
"""

import random
import re

from common.text import segment
from common.text.normalise import normalise
from competitions.webqa.questions import Passage, Question

QUESTION_WORDS = {
    "nr": ("谁", "哪位", "什么人", "哪个人"),
    "ns": ("哪里", "什么地方", "哪个地方", "哪个国家", "哪座城市"),
    "nt": ("哪个机构", "什么单位", "哪里"),
    "nz": ("什么", "哪个", "哪种"),
    "t": ("什么时候", "哪一年", "何时", "几时"),
    "m": ("多少", "几", "多少个"),
    "n": ("什么", "哪种", "什么东西", "哪个"),
}
DIGITS = "[0-9一二三四五六七八九十百千万两]"
SENTENCE_ENDS = "。！？!?;；"
PER_LINE = 3  # questions made from one line at most
LONGEST_LINE = 300  # characters; of a longer line a random piece is taken
LONGEST_ANSWER = 12


def make(lines, number, seed):
    """Cloze questions from lines of text.

    Args:
        lines: iterable of texts; lines of fewer than 20 characters are left out.
        number: questions wanted; fewer come where the text does not suffice.
        seed: of the choice of lines, answers and words.

    Returns:
        tuple of `Question`, source "cloze", the first passage of each holds the answer.
    """
    if not number:
        return ()
    generator = random.Random(seed)
    lines = [normalise(line).strip() for line in lines]
    order = [row for row, line in enumerate(lines) if len(line) >= 20]
    generator.shuffle(order)
    questions = []
    for row in order:
        text = lines[row]
        if len(text) > LONGEST_LINE:
            start = generator.randrange(len(text) - LONGEST_LINE)
            text = text[start : start + LONGEST_LINE]
        neighbour = lines[(row + generator.choice((-1, 1, 2))) % len(lines)]
        for question, passage, answer in from_text(text, generator):
            passages = [Passage(passage, (answer,))]
            other = neighbour[: generator.randint(40, 150)]
            if len(other) > 10 and answer not in other:
                passages.append(Passage(other, ()))
            questions.append(Question(f"cloze-{len(questions)}", question, tuple(passages), "cloze"))
        if len(questions) >= number:
            break
    return tuple(questions[:number])


def from_text(text, generator):
    """Up to `PER_LINE` triples (question, passage, answer) from one text."""
    tagged = segment.tag(text)
    starts = [0]
    for word, _ in tagged:
        starts.append(starts[-1] + len(word))
    candidates = [place for place, (word, tag) in enumerate(tagged) if is_answer(word, tag, generator)]
    made = []
    for place in generator.sample(candidates, min(PER_LINE, len(candidates))):
        begin, end = starts[place], starts[last_word(tagged, place, generator) + 1]
        answer = text[begin:end]
        question = ask(text, tagged, starts, begin, end, tagged[place][1], generator)
        passage = piece_around(text, begin, end, generator)
        if question and len(answer) <= LONGEST_ANSWER and answer not in question:
            made.append((question, passage, answer))
    return made


def is_answer(word, tag, generator):
    """Whether a word may be asked for: a name, date or number; now and then a common noun."""
    if tag.startswith("m"):
        return bool(re.search(DIGITS, word))
    if tag.startswith(("nr", "ns", "nt", "nz")):
        return len(word) > 1
    if tag == "t":
        return True
    return tag == "n" and len(word) > 1 and generator.random() < 0.25


def last_word(tagged, place, generator):
    """The last word of an answer: a number may take its unit along, and a name goes on behind a dot."""
    tag, last = tagged[place][1], place
    if tag.startswith("m") and last + 1 < len(tagged):
        word, following = tagged[last + 1]
        if following[:1] in ("q", "m", "t", "n") and len(word) <= 2 and generator.random() < 0.6:
            last += 1
    while (
        tag.startswith("nr")
        and last + 1 < len(tagged)
        and (tagged[last + 1][0] in "·・" or tagged[last + 1][1].startswith("nr"))
    ):
        last += 1
    return last


def ask(text, tagged, starts, begin, end, tag, generator):
    """The question for the answer `text[begin:end]`, or `None` where too little is left of the sentence."""
    sentence_start = max(text.rfind(mark, 0, begin) for mark in SENTENCE_ENDS) + 1
    sentence_end = min([found for mark in SENTENCE_ENDS if (found := text.find(mark, end)) >= 0], default=len(text))
    left = max(sentence_start, begin - generator.randint(5, 22))
    right = min(sentence_end, end + generator.randint(4, 22))
    dropped = generator.choice((0, 0.15, 0.3, 0.45))

    def words(low, high):
        inside = (word for (word, _), start in zip(tagged, starts, strict=False) if low <= start < high)
        return "".join(word for word in inside if generator.random() > dropped)

    before, after = words(left, begin), words(end, right)
    if len(before) + len(after) < 5:
        return None
    word = generator.choice(QUESTION_WORDS[tag[:2]] if tag[:2] in QUESTION_WORDS else QUESTION_WORDS[tag[:1]])
    asked = before + word + after
    if generator.random() < 0.3:  # the question word at the end, as most people ask
        asked = after + before + generator.choice(("是", "的是", "，是", "")) + word
    return asked.strip("，,、:： ") + generator.choice(("？", "?", ""))


def piece_around(text, begin, end, generator):
    """A piece of 40 to 150 characters that holds `text[begin:end]`."""
    length = generator.randint(40, 150)
    start = begin - generator.randint(0, max(1, length - (end - begin)))
    start = max(0, min(start, len(text) - length))
    return text[start : max(start + length, end)]
