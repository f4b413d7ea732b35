"""Wrong command lines of every contest: one line, exit status 2, before Keras is imported and before anything is written."""

import dataclasses
import importlib
import types
import typing
from pathlib import Path

import pytest

from common import paths
from tests.torture.commands import each

WRONG = """
    {contest}x train
    {contest} trian
    {contest} train sed=1
    {contest} train Seed=1
    {contest} train seed
    {contest} train =1
    {contest} train --seed 1
    {contest} train seed=two
    {contest} train seed=1.5
    {contest} train seed=
    {contest} train seed=-1
    {contest} train seed=99999999999
    {contest} train seed=١٢٣٤٥٦٧٨٩٠١
    {contest} train seed=1 seed=2
    {contest} train seed=0x10
    {contest} train model=nothing
    {contest} train model={model},{model}
    {contest} train model={model},nothing
    {contest} train {whole}=0.5
    {contest} train {whole}=1e3
    {contest} train {whole}=-1
    {contest} train {whole}=nan
    {contest} train {number}=nan
    {contest} train {number}=inf
    {contest} train {number}=1,5
    {contest} train {number}=-1e9
    {contest} train sample_size=0
    {contest} train sample_size=none
    {contest} train data={data}/nowhere
    {contest} train data={data}/file
    {contest} train data={data}/circle
    {contest} train log=paper
    {contest} train log=
    {contest} train log=tensorboard log=tensorboard
    {contest} train input=file
    {contest} ensemble data={data}/nowhere
    {contest} submit data={data}/nowhere
    {contest} evaluate data={data}/nowhere
    {contest} predict inptu=file
    {contest} predict data={data}/nowhere
    {contest} predict output=file.pdf {inputs}
    {contest} predict quiet=perhaps {inputs}
    {contest} export
    {contest} export to=
    {contest} export too=there
    {contest} export to={data}/new run=ensemble-0
    {contest} export to={data}/new run=../../elsewhere
    {contest} report run=ensemble-0
    {contest} report htm=page
    {contest} tune trials=0
    {contest} tune trials=many
    {contest} tune trials=1 trials=2
"""
EVERY_CONTEST = ("leaderboard folds=2", "leaderboard html=", "smoke fast=1", "clean yes", "clean yes=yes", "clean undo=1 yes=1")
PERSONAL = {"word_similarity": "input=word", "generation": "count=1", "web_text": "input=page"}


def first_of(config_class, kind):
    """The first field of a type that has no bounds of its own in this table."""
    hints = typing.get_type_hints(config_class)
    return next(field.name for field in dataclasses.fields(config_class) if hints[field.name] is kind and field.name != "seed")


def wrong_lines(contest, folder):
    """The table for one contest, as lists of words."""
    module = importlib.import_module(f"competitions.{contest}.config")
    hints = typing.get_type_hints(module.Config)
    known = {
        "contest": contest,
        "data": folder,
        "model": module.Config().model[0] if module.Config().model else "vae",
        "whole": first_of(module.Config, int),
        "number": first_of(module.Config, float),
        "inputs": PERSONAL.get(contest, "input=file"),
    }
    assert hints["seed"] is int and hints["model"] == tuple[str, ...] and isinstance(hints["data"], types.UnionType)
    return [line.split() for line in WRONG.format(**known).strip().splitlines()] + [line.split() for line in EVERY_CONTEST]


@pytest.mark.parametrize("contest", paths.contests())
def test_a_wrong_line_is_one_line_with_status_2_and_without_keras(contest, tmp_path):
    (tmp_path / "file").write_text("a line\n")
    (tmp_path / "circle").symlink_to("circle")
    lines = wrong_lines(contest, tmp_path)
    faults = []
    for line, (status, shown, keras) in zip(lines, each(tmp_path / "home", *lines, contests=paths.contests()), strict=True):
        told = [text for text in shown.splitlines() if text.startswith("error: ")]
        if status != 2 or len(told) != 1 or not shown.endswith(told[0] + "\n") or keras:
            faults.append(f"{' '.join(line)}: status {status}, Keras {keras}\n{shown}")
    written = [path for path in Path(tmp_path / "home").rglob("*") if path.is_file() and "sample" not in path.parts]
    assert not faults, "\n".join(faults)
    assert [path for path in written if path.name != ".written"] == []
