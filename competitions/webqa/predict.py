"""Answer a question of your own from passages of your own.

    make predict COMP=webqa question="谁写了《红楼梦》？" input=passages.txt
    make predict COMP=webqa input=questions.json output=answers.csv

`input` is a UTF-8 text with one passage a line; without a question a file of many, JSON in the layouts of the official files or
lines `question<TAB>passage`, and each gets its best answer. The answer to one is printed with the probability that it is right
and the passage that it comes from, the span marked, and the runners-up below; all answers go to a JSON file, and a picture
beside it shows which characters spoke for the first, where a network had its say.
"""

import hashlib
import json

from rich.text import Text

from common import experiment, paths
from common import run as command_line
from common.errors import ConfigError
from common.report.tables import Screen, show_table
from common.text.corpus import given_lines
from competitions.webqa import confidence
from competitions.webqa.config import NETWORKS
from competitions.webqa.questions import Passage, Question, mended, read_asked

RUNNERS_UP = 5
NOTHING = "None of the passages seems to answer this question."
COLUMNS = ("answer", "score", "passages", "best in passage")
AROUND = 150  # characters printed on either side of the answer


def main(config, input, question=None, run=""):
    """Print and return the best answers, and draw what carried the first; of a file of questions, the best of each.

    Raises:
        ConfigError: the question is empty.
        DataError: no such file, or none as described.
    """
    if question is None:
        return answer_all(read_asked(input), experiment.newest("webqa", config.data, run))
    asked = asked_of(question, input)
    learnt = experiment.newest("webqa", config.data, run)
    print(f"{len(asked.passages)} passages, read by {learnt.run.path}", flush=True)
    (found,) = learnt.predict([asked])
    if not found:
        print(NOTHING)
        return []
    name = hashlib.sha256(repr(asked).encode("utf-8", "surrogatepass")).hexdigest()[:8]
    path = paths.runs("webqa") / "predictions" / f"{name}.json"
    answers = listed(found, confidence.load(learnt.run.path))
    write(path, asked, answers)
    show(asked, found, answers[0]["probability"])
    print(f"Wrote {path}: all answers", flush=True)
    picture = path.with_suffix(".png")
    if draw(learnt, asked, found[0], picture):
        print(f"Wrote {picture}: which characters speak for the answer, to the first reader")
    return answers


def asked_of(question, input):
    """A `Question` about the passages of a file; raises as `main`."""
    passages = tuple(Passage(line, ()) for line in given_lines(input, "passage"))
    asked = Question("question", mended(question).strip(), passages, "webqa")
    if not asked.text:
        raise ConfigError("question= is empty")
    return asked


def answer_all(questions, learnt):
    """Print and return the best answer of each question; an empty one where it has no passages, or none that answers."""
    print(f"{len(questions):,} questions, answered by {learnt.run.path}", flush=True)
    with_passages = [one for one in questions if one.passages]
    found = dict(zip((one.id for one in with_passages), learnt.predict(with_passages), strict=True))
    likely, nothing = confidence.load(learnt.run.path), [{"answer": "", "score": 0.0, "probability": 0.0}]
    answers = [
        {"id": one.id, "question": one.text, **(listed(found.get(one.id, ())[:1], likely) or nothing)[0]} for one in questions
    ]
    for one in answers:
        print(f"{one['question']}: {one['answer']} ({one['probability']:.2f})")
    return answers


def listed(found, likely):
    """Answers with their scores and places, and of the first how likely it is right."""
    answers = [
        {"answer": one.text, "score": float(one.score), "passage": one.passage + 1, "begin": one.begin, "end": one.end}
        for one in found
    ]
    return [one | {"probability": float(likely([one["score"]])[0])} for one in answers[:1]] + answers[1:]


def write(path, asked, answers):
    """All answers with their scores and places, the best first."""
    with paths.atomic(path) as temporary:
        text = json.dumps({"question": asked.text, "answers": answers}, ensure_ascii=False, indent=2, default=float)
        temporary.write_text(text + "\n", encoding="utf-8")


def draw(learnt, asked, best, path):
    """Draw what speaks for an answer, where a network answered; returns whether there is a picture."""
    reader = learnt.first_of(NETWORKS)
    if reader is None or not learnt.way.asks_networks:
        print("No picture: the ranker answered, and its trees have no gradients to draw.")
        return False
    from common.report import plots
    from competitions.webqa import inference, pictures, saliency

    with plots.drawing("what speaks for the answer"):
        records, _ = inference.encode(learnt, [asked])
        shares = saliency.of_span(reader.network, records.encoded, best.passage, best.begin, best.end)
        pictures.saliency(asked.text, asked.passages[best.passage].text, *shares, best.begin, best.end, path)
    return path.exists()


def show(asked, found, probability):
    """The answer and how likely it is right, its passage with the span marked, and the runners-up."""
    best = found[0]
    text = asked.passages[best.passage].text
    low, high = max(0, best.begin - AROUND), min(len(text), best.end + AROUND)
    line = Text("…" if low else "").append(text[low : best.begin]).append(text[best.begin : best.end], "bold reverse")
    line.append(text[best.end : high]).append("…" if high < len(text) else "")
    console = Screen()
    console.print(
        Text("answer: ").append(best.text, "bold").append(f"   probability {probability:.2f}, passage {best.passage + 1}")
    )
    console.print(line)
    if len(found) > 1:
        show_table("runners-up", COLUMNS, rows_of(found[1 : 1 + RUNNERS_UP]))


def rows_of(found):
    """A row of `COLUMNS` for each answer."""
    return [[one.text, f"{one.score:.3f}", str(len(one.scores)), str(one.passage + 1)] for one in found]


if __name__ == "__main__":
    command_line.stage(__spec__)
