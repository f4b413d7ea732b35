"""The scorers of the published sets, each to the letter: bag of words, 4-grams, CleanEval, segments, posts.

Words are `\\w+`; Chinese and Japanese characters are words of their own, without which a sentence would be one word.
"""

import re
from collections import Counter
from dataclasses import dataclass
from difflib import SequenceMatcher
from statistics import mean

from common.web.page import words
from common.web.times import moment

MARK = re.compile(r"(<[phl]>)", re.IGNORECASE)
URL_LINE = re.compile(r"^\s*URL.*$", re.MULTILINE)
BLANK = re.compile(r"\s+")


def overlap(text, gold, size=1):
    """Common, superfluous and missing runs of `size` words, as counts; of a text shorter than that, itself is the one run."""
    found, wanted = (Counter(_runs(words(one), size)) for one in (text, gold))
    common = sum((found & wanted).values())
    return common, sum(found.values()) - common, sum(wanted.values()) - common


def _runs(tokens, size):
    return [tuple(tokens[start : start + size]) for start in range(max(1, len(tokens) - size + 1)) if tokens]


def f1(right, wrong, missed):
    """Harmonic mean of precision and recall; 1 where nothing was wanted and nothing found."""
    return 2 * right / (2 * right + wrong + missed) if right + wrong + missed else 1.0


def precision_recall(counts):
    """Means over pages of the article-extraction benchmark: `(F, precision, recall)` of rows `(right, wrong, missed)`.

    A page without an answer leaves the mean of precision, one without a truth that of recall: an empty answer costs recall
    alone.
    """
    precisions = [right / (right + wrong) for right, wrong, _ in counts if right + wrong]
    recalls = [right / (right + missed) for right, _, missed in counts if right + missed]
    precision, recall = (mean(values) if values else 0.0 for values in (precisions, recalls))
    return 2 * precision * recall / (precision + recall) if precision + recall else 0.0, precision, recall


def cleaneval(text, gold, ascii=False, unlabelled=False):
    """F, precision, recall of words and the same of the marks `<p> <h> <l>` alone, in percent (S. Evert's cleaneval.py 1.0).

    Its oddities are kept: every line that starts with `URL` goes, also in the middle; a mark is a word, so that plain text
    cannot reach recall 100; difflib takes frequent words of long texts for junk; of an empty text one empty word remains.

    Args:
        text: the answer.
        gold: the truth, with its marks and its line `URL: ...`.
        ascii: drop the letters that bytes above 127 write.
        unlabelled: take all marks for `<p>`.
    """
    return tuple(value for counts in cleaneval_counts(text, gold, ascii, unlabelled) for value in percent(*counts))


def cleaneval_counts(text, gold, ascii=False, unlabelled=False):
    """What `cleaneval` counts, `(right, wrong, missed)` of words and of marks; their sums over pages weigh words alike."""
    texts, truths = (BLANK.split(_normal(one, ascii, unlabelled)) for one in (text, gold))
    counts = dict.fromkeys(("equal", "delete", "insert", "equal mark", "delete mark", "insert mark"), 0)
    for change, i, j, k, m in SequenceMatcher(None, texts, truths).get_opcodes():
        for name, part in (("equal", texts[i:j]),) if change == "equal" else (("delete", texts[i:j]), ("insert", truths[k:m])):
            counts[name] += len(part)
            counts[f"{name} mark"] += sum(bool(MARK.match(word)) for word in part)
    return [tuple(counts[name + kind] for name in ("equal", "delete", "insert")) for kind in ("", " mark")]


def percent(right, wrong, missed):
    """F, precision and recall in percent, as CleanEval's scorer has them: 0 where there is nothing."""
    precision, recall = right / max(1, right + wrong), right / max(1, right + missed)
    return 200 * precision * recall / ((precision + recall) or 1), 100 * precision, 100 * recall


def _normal(text, ascii, unlabelled):
    text = re.sub(r"[\x00-\x1f]+", " ", URL_LINE.sub("", text))
    text = BLANK.sub(" ", MARK.sub("\n<p> " if unlabelled else "\n\\1 ", text))
    return re.sub(r"[^\x00-\x7f]+", "", text) if ascii else text


def segments(text, wanted, unwanted):
    """`(right, wrong, missed, avoided)` of trafilatura's segments: found anywhere in the text, once or often, in any order."""
    text = " ".join(text.split())
    hits, slips = (
        sum(" ".join(segment.split()) in text for segment in listed if segment.strip()) for listed in (wanted, unwanted)
    )
    return hits, slips, len(wanted) - hits, len(unwanted) - slips


@dataclass(frozen=True)
class Matched:
    """What a thread's posts contribute: `pairs` of numbers (found, gold), how many were `found` and wanted (`gold`), how many
    of the pairs have the right `author`, the very `date` text and the right `time`."""

    pairs: list
    found: int
    gold: int
    author: int
    date: int
    time: int

    @property
    def all_right(self):
        """Whether there is one post for each, in the right order."""
        return len(self.pairs) == self.found == self.gold


def dice(one, other):
    """Word Dice of two counters."""
    total = sum(one.values()) + sum(other.values())
    return 2 * sum((one & other).values()) / total if total else 1.0


def match_posts(found, gold, least=0.8):
    """Match posts one to one and in order by the Dice of their words: as many as can be.

    Args:
        found, gold: lists of dicts with `post_text` and, where they are known, `user` and `datetime`.
        least: Dice that a pair must have.
    """
    bags = [[Counter(words(post["post_text"])) for post in posts] for posts in (found, gold)]
    alike = [[dice(one, other) >= least for other in bags[1]] for one in bags[0]]
    most = [[0] * (len(gold) + 1) for _ in range(len(found) + 1)]  # the longest common subsequence
    for i in range(len(found) - 1, -1, -1):
        for j in range(len(gold) - 1, -1, -1):
            most[i][j] = max(most[i + 1][j], most[i][j + 1], alike[i][j] + most[i + 1][j + 1])
    pairs, i, j = [], 0, 0
    while i < len(found) and j < len(gold):
        if alike[i][j] and most[i][j] == 1 + most[i + 1][j + 1]:
            pairs.append((i, j))
            i, j = i + 1, j + 1
        elif most[i + 1][j] >= most[i][j + 1]:
            i += 1
        else:
            j += 1
    same = [_same(found[i], gold[j]) for i, j in pairs]
    return Matched(pairs, len(found), len(gold), *(sum(column) for column in zip(*same, strict=True)) if same else (0, 0, 0))


def _same(found, gold):
    """Whether author, text of the date, and its time are those of the truth; a truth without a clock says a day."""
    names = {" ".join((found.get(field) or "").split()) for field in ("user", "user_link")}  # some truths hold the link alone
    author = " ".join((gold.get("user") or "").split()) in names
    date, wanted = ((post.get("datetime") or "").strip() for post in (found, gold))
    time, truth = moment(found.get("time") or date), moment(wanted)
    if time and truth and (truth.hour, truth.minute) == (0, 0):
        time, truth = time.date(), truth.date()
    return author, date == wanted, date == wanted or (truth is not None and time == truth)
