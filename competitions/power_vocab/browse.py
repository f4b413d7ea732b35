"""The vocabulary as one page that needs nothing else: sortable, searchable, opens from disk."""

import html
import re
from collections import defaultdict

import ahocorasick
import numpy as np
import orjson

from common import paths
from common.text.segmenter import batches
from competitions.power_vocab import metric, propagate

NEIGHBOURS = 6  # shown of each word
EXAMPLES = 2  # sentences of each word
AROUND = 30  # characters of an example on either side of the word
SENTENCE = re.compile(r"[^\x00-\x1f\x7f。！？!?；;]+")  # marks of table cells end a sentence as line ends do
NUMBERS = ("count", "background", "cohesion", "left entropy", "right entropy", "keyness")
COLUMNS = ("place", "word", *NUMBERS, "neighbours", "examples")


def write(path, ranking, prepared, keyness, lines, supervised=""):
    """Write the page.

    Args:
        path: HTML file to write.
        ranking: places of the candidates, best first; the first 10,000 are shown.
        prepared: `features.Prepared`.
        keyness: of every candidate.
        lines: of the domain's text, to take the examples from.
        supervised: how the ranking learnt from known words; empty where it did not.
    """
    shown = np.asarray(ranking)[: metric.WORDS]
    table = prepared.table.iloc[shown]
    words = table["word"].tolist()
    near = neighbours(prepared, shown)
    found = examples(lines, words)
    logs = np.log2(np.maximum(np.asarray(keyness)[shown], 1e-9))
    numbers = table[["count", "background", "cohesion", "left_entropy", "right_entropy"]].to_numpy(float)
    rows = [
        [place, word, *map(tidy, numbers[place - 1]), tidy(logs[place - 1]), near[place - 1], found[word]]
        for place, word in enumerate(words, start=1)
    ]
    data = orjson.dumps({"columns": COLUMNS, "rows": rows}).decode("utf-8")
    data = data.replace("<", "\\u003c")  # no end of the script inside
    with paths.atomic(path) as temporary:
        note = f"<p>No longer unsupervised: {html.escape(supervised)}.</p>\n" if supervised else ""
        temporary.write_text(PAGE.replace("NOTE\n", note).replace("DATA", data), encoding="utf-8")


def tidy(number):
    """A number with two digits behind the point, a whole one without; `None` for what is none."""
    if not np.isfinite(number):
        return None
    return int(number) if number == int(number) else round(float(number), 2)


def neighbours(prepared, shown):
    """The nearest words of each, a list of lists; empty for a word without a vector of its own."""
    with_vector = np.flatnonzero(prepared.own[shown])
    found = [[] for _ in shown]
    if len(with_vector) > 1:
        words = prepared.table["word"].to_numpy()[shown[with_vector]]
        near, _ = propagate.nearest(prepared.vectors[shown[with_vector]], np.arange(len(with_vector)), NEIGHBOURS)
        for row, others in zip(with_vector, near, strict=True):
            found[row] = words[others].tolist()
    return found


def examples(lines, words):
    """The first sentences with each word, cut to its surroundings; `{word: [text, ...]}`."""
    found = defaultdict(list)
    for batch in batches(lines):
        if not (wanted := [word for word in words if len(found[word]) < EXAMPLES]):
            break
        automaton = ahocorasick.Automaton()
        for word in wanted:
            automaton.add_word(word, word)
        automaton.make_automaton()
        for sentence in (match.group().strip() for line in batch for match in SENTENCE.finditer(line)):
            add_examples(found, sentence, automaton)
    return found


def add_examples(found, sentence, automaton):
    """Add what one sentence shows of the words of an automaton."""
    for end, word in automaton.iter(sentence):
        if len(found[word]) < EXAMPLES:
            start = end + 1 - len(word)
            cut = sentence[max(0, start - AROUND) : end + 1 + AROUND]
            if cut not in found[word]:
                found[word].append(cut)


PAGE = """<!DOCTYPE html>
<html lang="en"><head><meta charset="utf-8"><title>Vocabulary</title>
<style>
body { font: 14px/1.45 system-ui, sans-serif; margin: 1.5em; color: #222; background: #fff }
input { font: inherit; padding: .3em .6em; width: 22em; max-width: 100% }
table { border-collapse: collapse; margin-top: 1em; width: 100% }
th { text-align: left; cursor: pointer; border-bottom: 2px solid #888; position: sticky; top: 0; background: #fff }
th, td { padding: .25em .6em; vertical-align: top }
td { border-bottom: 1px solid #e4e4e4 }
td.number { text-align: right; font-variant-numeric: tabular-nums }
td.word { font-weight: 600; white-space: nowrap }
td.texts { color: #555; font-size: 90% }
mark { background: #ffe9a8 }
button { font: inherit; margin-left: .4em }
a { color: #0550ae; cursor: pointer; margin-right: .6em }
</style></head><body>
<h1>Vocabulary</h1>
<p>Keyness is the log (base 2) of the frequency ratio to the background.
Click on a heading to sort, on a neighbour to look it up.</p>
NOTE
<input id="search" type="search" placeholder="search words, or in examples with a blank before" autofocus>
<span id="count"></span> <button id="back">previous</button><button id="next">next</button>
<table><thead><tr id="head"></tr></thead><tbody id="body"></tbody></table>
<script type="application/json" id="data">DATA</script>
<script>
const {columns, rows} = JSON.parse(document.getElementById("data").textContent);
const SIZE = 100, search = document.getElementById("search"), body = document.getElementById("body");
let by = 0, up = true, page = 0;
function add(parent, name, text, kind) {
  const made = document.createElement(name);
  if (text !== undefined) made.textContent = text;
  if (kind) made.className = kind;
  parent.append(made);
  return made;
}
function chosen() {
  const wanted = search.value, term = wanted.trim().toLowerCase();
  const inside = row => row[1].toLowerCase().includes(term);
  const anywhere = row => row[9].some(text => text.toLowerCase().includes(term));
  const kept = rows.filter(wanted.startsWith(" ") ? anywhere : inside);
  const sign = up ? 1 : -1;
  return kept.sort((a, b) => {
    const x = a[by], y = b[by];
    if (x === null || y === null) return (x === null) - (y === null);
    const order = typeof x === "number" ? x - y : String(x).localeCompare(String(y), "zh");
    return sign * order || a[0] - b[0];
  });
}
function draw() {
  const kept = chosen(), last = Math.max(0, Math.ceil(kept.length / SIZE) - 1);
  page = Math.min(page, last);
  document.getElementById("count").textContent = `${kept.length} words, page ${page + 1} of ${last + 1}`;
  body.replaceChildren();
  for (const row of kept.slice(page * SIZE, (page + 1) * SIZE)) {
    const line = add(body, "tr");
    row.forEach((value, place) => {
      if (place === 1) add(line, "td", value, "word");
      else if (place < 8) add(line, "td", value === null ? "" : value, "number");
      else if (place === 8) {
        const cell = add(line, "td", undefined, "texts");
        for (const word of value) {
          add(cell, "a", word).onclick = () => { search.value = word; page = 0; draw(); };
        }
      } else {
        const cell = add(line, "td", undefined, "texts");
        for (const text of value) {
          const example = add(cell, "div");
          text.split(row[1]).forEach((part, number) => {
            if (number) add(example, "mark", row[1]);
            example.append(part);
          });
        }
      }
    });
  }
}
columns.forEach((name, place) => {
  add(document.getElementById("head"), "th", name).onclick = () => {
    up = by === place ? !up : place < 2;
    by = place; page = 0; draw();
  };
});
search.oninput = () => { page = 0; draw(); };
document.getElementById("back").onclick = () => { page = Math.max(0, page - 1); draw(); };
document.getElementById("next").onclick = () => { page += 1; draw(); };
draw();
</script></body></html>
"""
