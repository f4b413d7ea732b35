import re
from dataclasses import replace

import numpy as np
import pytest
from PIL import Image

from common import paths, run
from common.errors import ConfigError, DataError, RunError, SubmissionError
from common.experiment.submission import require_no_faults
from common.images import idx
from competitions.generation import data, files, judge, train
from competitions.generation.config import SMOKE


def stage(name, *inputs):
    run.run_stage("generation", name, [*SMOKE, *inputs])


def test_the_sample_has_pictures_in_the_official_layout(in_home, capsys):
    stage("data")
    assert re.search(r"train: 250 pictures of 28 x 28\nvalid: 50 .*\ntest: 150", capsys.readouterr().out)


def test_a_run_holds_samples_frames_and_pictures(in_home):
    (found,) = (in_home / "runs" / "generation").glob("vae-*")
    assert {path.name for path in (found / "plots").iterdir()} == {
        *("learning_curves.png", "samples.png", "samples.gif", "reconstructions.png", "interpolations.png"),
    }
    assert len(list((found / "frames").iterdir())) == 3
    with Image.open(found / "plots" / "samples.gif") as moving:
        assert moving.n_frames > 1
    assert np.load(found / "samples.npz")["samples"].shape == (60, 28, 28)


def test_evaluate_scores_models_and_files_of_others(in_home, tmp_path, capsys):
    stage("evaluate")
    own = capsys.readouterr().out
    assert "training records" in own and "nats of the test part" in own and re.search(r"classifier \w{8}, accuracy 0\.9", own)
    stage("evaluate", f"file={in_home / 'submissions' / 'generation.npz'}")
    (row,) = re.findall(r"vae-\w+(.*)", own.split("nats of the test part")[0].split("samples beside")[1])
    assert row.split() in [line.split()[1:] for line in capsys.readouterr().out.splitlines()], "the file says what the run says"
    grey = np.full((60, 28, 28), 7, np.uint8)
    np.savez(tmp_path / "grey.npz", samples=grey)
    stage("evaluate", f"file={tmp_path / 'grey.npz'}")
    shown = capsys.readouterr().out
    assert re.search(r"grey\.npz +\d[\d.]+ .* 1 +-?0\.000 +1\.000 ", shown), "collapse shows in the classes"
    np.savez(tmp_path / "few.npz", samples=grey[:3])
    with pytest.raises(DataError, match=r"few\.npz has 3 samples, expected 60: .* samples=3 scores it"):
        stage("evaluate", f"file={tmp_path / 'few.npz'}")


def test_predict_draws_sheets_reconstructions_and_ways(in_home, tmp_path, capsys):
    photo = Image.fromarray(np.random.default_rng(0).integers(0, 256, (40, 30), dtype=np.uint8))
    for name in ("a.png", "b.png"):
        photo.save(tmp_path / name)
    for inputs, said in (
        (["count=9"], "sheet.png (9 pictures"),
        ([f"input={tmp_path / 'a.png'}"], "reconstruction.png (2 pictures"),
        ([f"from={tmp_path / 'a.png'}", f"to={tmp_path / 'b.png'}"], "way.png (8 pictures"),
    ):
        stage("predict", *inputs)
        assert said in capsys.readouterr().out


@pytest.mark.parametrize(
    "inputs, error, message",
    [
        (["count=0"], ConfigError, "count=0: expected a whole number from 1 to 10,000"),
        (["count=many"], ConfigError, "count=many"),
        (["from=a.png"], ConfigError, "a way has two ends"),
        (["input=missing.png"], DataError, "missing.png does not exist; expected a picture"),
        (["run=vae-0"], RunError, "There is no run"),
        (["data=elsewhere"], DataError, "data=elsewhere: there is no such folder"),
    ],
)
def test_predict_says_what_is_wrong(inputs, error, message, in_home):
    with pytest.raises(error, match=message):
        stage("predict", *inputs)


def test_a_classifier_that_is_not_good_enough_compares_nothing(in_home, config, monkeypatch):
    config = replace(config, data=paths.sample("generation"))
    monkeypatch.setattr(judge, "LEAST_ACCURACY", 0.999)
    with pytest.raises(DataError, match=r"is right on 9\d\.\d% of the validation pictures; 100% are needed.*judge_epochs=16"):
        judge.load(data.load(config), config)


def test_copies_of_training_pictures_are_not_handed_in(in_home, config):
    config = replace(config, data=paths.sample("generation"))
    dataset = data.load(config)
    path = in_home / "copies.npz"
    np.savez(path, samples=dataset.train[:60])
    with pytest.raises(SubmissionError, match=r"100\.0% of the samples are copies"):
        require_no_faults(path, files.faults(files.read(path, dataset), dataset, 60))


def test_data_and_models_that_do_not_suit_are_named(tmp_path, config):
    (tmp_path / "texts").mkdir()
    (tmp_path / "texts" / "my.train.txt").write_text("".join(f"sentence number {n}\n" for n in range(70)))
    with pytest.raises(ConfigError, match=r"model=vae: .*texts holds sentences, for which there are"):
        train.main(replace(config, data=tmp_path / "texts"))
    (tmp_path / "texts" / "other_train.tsv").write_text("1\ta")
    with pytest.raises(DataError, match=r"several files for 'train': my\.train\.txt, other_train\.tsv; .* texts=my"):
        data.load(replace(config, data=tmp_path / "texts"))
    assert len(data.load(replace(config, data=tmp_path / "texts", texts="my")).train) == 59
    idx.write(tmp_path / "train-images-idx3-ubyte", np.zeros((3, 28, 28)))
    idx.write(tmp_path / "train-labels-idx1-ubyte", [4, 4, 4])
    with pytest.raises(DataError, match="has only the class '4'"):
        data.load(replace(config, data=tmp_path))


def test_sentences_are_last_columns_and_parts_without_a_file_are_drawn(tmp_path, config):
    (tmp_path / "t_train.tsv").write_text("".join(f"{n}\tline  {n} \n\n" for n in range(60)), encoding="utf-8")
    dataset = data.load(replace(config, data=tmp_path))
    assert len(dataset.train) == 50 and len(dataset.valid) == 10 and dataset.test is None
    assert set(dataset.train + dataset.valid) == {f"line {n}" for n in range(60)}
    assert dataset.notes == (f"{tmp_path} has no test part: all scores are on the validation part",)
