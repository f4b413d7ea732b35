"""Makes a small data set in the contest's layout from a grammar of intents.

An intent is an action on an object with a circumstance; a question says it in one of several ways: synonyms, another order,
polite words around it, parts left out. Pairs that do not mean the same mostly differ in one of the three alone, so that many
words in common prove little; some pairs that do mean the same share no content word, so that the embeddings are needed. As in
the contest some questions stand in many pairs, pairs that follow from others are among them, and a few labels are wrong.
Scores on it show that the code learns, not how well it does in the contest.
"""

import random
import zipfile
from collections import defaultdict
from pathlib import Path

import numpy as np

from common import paths

ACTIONS = (  # synonyms; a word of several signs is written with `-`
    ("pay-back", "return", "settle-up"),
    ("borrow", "take-out", "apply-for"),
    ("raise", "lift", "make-bigger"),
    ("close", "shut-down", "sign-off"),
    ("open", "start", "sign-up"),
    ("change", "swap", "make-new"),
    ("see", "look-up", "find"),
    ("move", "put-off", "shift"),
)
OBJECTS = (
    ("loan", "credit", "debt"),
    ("limit", "line-credit", "quota"),
    ("phone", "number", "mobile-number"),
    ("card", "bank-card", "plastic"),
    ("bill", "statement", "note"),
    ("code", "pass-word", "pin"),
    ("fee", "charge", "cost-price"),
    ("coupon", "voucher", "gift-card"),
)
CIRCUMSTANCES = (
    (),
    ("early", "before-time", "ahead"),
    ("late", "after-time", "over-due"),
    ("today", "now", "at-once"),
    ("abroad", "over-seas"),
    ("part-ly", "some-of"),
    ("not", "can-not", "fail-to"),
)
PARTS = (ACTIONS, OBJECTS, CIRCUMSTANCES)  # of an intent
OPENINGS = ("", "", "please", "hello", "how-to", "may I", "why", "I want")
CLOSINGS = ("", "", "?", "thanks", "please tell", "right ?")
PATTERNS = ("{circumstance} {action} {object}", "{object} {action} {circumstance}", "{action} {object} {circumstance}")

SAME = 0.35  # share of pairs of one intent; the contest's sets have 27 to 52 %
NEAR = 0.8  # of the others: pairs that differ in one part of the intent
SKEW = 2.0  # 1 asks for every intent as often, more for the first ones more often
KNOWN = 0.7  # of pairs with a question that stands in an earlier one already
CLOSED = 0.7  # of those: pairs that close a triangle, so that their label may follow from two others
WRONG = 0.03  # of labels
UNSEEN = 0.02  # of words and signs without an embedding
WIDTH = 16  # of the embeddings
SCATTER = 0.5  # of synonyms around their meaning, in units of its length


def write(folder, size, seed):
    """Write `size` training and `size // 4` test pairs, their questions, groups and embeddings into a new folder.

    Args:
        folder: is made.
        size: number of training pairs.
        seed: of every random choice; the same seed gives the same bytes.
    """
    chance = random.Random(seed)
    questions, pairs = sample_pairs(chance, size + size // 4)
    spelled = list(questions)
    chance.shuffle(spelled)  # the number of a question tells nothing
    names = {question: f"Q{number:06d}" for number, question in enumerate(spelled)}
    words = numbered(chance, {word for question in questions for word in question}, "W")
    signs = numbered(chance, {sign for word in words for sign in word.split("-")}, "L")
    meanings = embed_meanings(np.random.default_rng(seed))
    with paths.atomic(folder) as temporary:
        temporary.mkdir()
        rows = [
            f"{names[question]},{' '.join(words[word] for word in question)},"
            + " ".join(signs[sign] for word in question for sign in word.split("-"))
            for question in spelled
        ]
        write_lines(temporary / "question.csv", ["qid,words,chars", *rows])
        train = [f"{label},{names[first]},{names[second]}" for label, first, second in pairs[:size]]
        write_lines(temporary / "train.csv", ["label,q1,q2", *train])
        write_lines(
            temporary / "test.csv", ["q1,q2", *(f"{names[first]},{names[second]}" for _, first, second in pairs[size:])]
        )
        groups = {intent: number for number, intent in enumerate(dict.fromkeys(questions.values()))}
        grouped = [f"{groups[intent]}\t{' '.join(question)}" for question, intent in questions.items()]
        write_lines(temporary / "tongyiju.csv", grouped)
        for unit, ids in (("word", words), ("char", signs)):
            write_embeddings(temporary / f"{unit}_embed.zip", ids, meanings, chance)


def sample_pairs(chance, size):
    """Questions by their intents, and pairs `(label, question, question)`; a question is a tuple of words."""
    questions, pairs, partners = {}, [], defaultdict(list)
    while len(pairs) < size:
        first = second = None
        if pairs and chance.random() < KNOWN:
            first, between = chance.sample(chance.choice(pairs)[1:], 2)
            if chance.random() < CLOSED:
                second = chance.choice(partners[between])
        intent = questions[first] if first else tuple(group[int(len(group) * chance.random() ** SKEW)] for group in PARTS)
        other = questions[second] if second else intent if chance.random() < SAME else different(chance, intent)
        first, second = first or say(chance, intent), second or say(chance, other)
        if first == second or second in partners[first]:
            continue
        if questions.setdefault(first, intent) != intent or questions.setdefault(second, other) != other:
            continue  # one wording of two intents
        partners[first].append(second)
        partners[second].append(first)
        pairs.append((int((intent == other) != (chance.random() < WRONG)), first, second))
    return questions, pairs


def different(chance, intent):
    """Another intent, mostly one that differs in one part."""
    parts = list(intent)
    for place in chance.sample(range(3), 1 if chance.random() < NEAR else 3):
        parts[place] = chance.choice([part for part in PARTS[place] if part != intent[place]])
    return tuple(parts)


def say(chance, intent):
    """A question with this intent, a tuple of words."""
    action, thing, circumstance = (chance.choice(part) if part else "" for part in intent)
    core = chance.choice(PATTERNS).format(action=action, object=thing, circumstance=circumstance)
    return tuple(f"{chance.choice(OPENINGS)} {core} {chance.choice(CLOSINGS)}".split())


def numbered(chance, tokens, letter):
    """An id for each token, in an order that tells nothing."""
    shuffled = sorted(tokens)
    chance.shuffle(shuffled)
    return {token: f"{letter}{number:05d}" for number, token in enumerate(shuffled)}


def embed_meanings(generator):
    """A direction for each group of synonyms, by each of its words and signs; other tokens have one of their own."""
    return {
        token: meaning
        for group in (*ACTIONS, *OBJECTS, *CIRCUMSTANCES)
        for meaning in [generator.normal(size=WIDTH)]
        for word in group
        for token in (*word.split("-"), word)
    }


def write_embeddings(path, ids, meanings, chance):
    """Write a zip of one text file: synonyms lie near each other, and a few tokens are left out."""
    generator = np.random.default_rng(chance.randrange(1 << 32))
    lines = []
    for token, name in ids.items():
        vector = meanings.get(token, generator.normal(size=WIDTH)) + SCATTER * generator.normal(size=WIDTH)
        if chance.random() >= UNSEEN:
            lines.append(" ".join([name, *(f"{number:.4f}" for number in vector)]))
    info = zipfile.ZipInfo(f"{path.stem}.txt")  # with a fixed date: the same seed gives the same bytes
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr(info, "".join(f"{line}\n" for line in lines), zipfile.ZIP_DEFLATED)


def write_lines(path, lines):
    """Write a text file."""
    Path(path).write_text("".join(f"{line}\n" for line in lines), encoding="utf-8", newline="\n")
