"""The benchmark's peers work on a tiny sample, its intervals are paired, and a peer that cannot run is named."""

import importlib.util

import numpy as np
import pytest

from bench import lamost, lamost_peers, measure
from common import paths
from common.config import to_dict
from common.experiment import metric as scores
from common.experiment.runs import Run, all_runs
from competitions.lamost import data, model, sample
from competitions.lamost.config import Config
from competitions.lamost.metric import LABELS


@pytest.fixture
def config(tmp_path):
    """Settings on 60 sample spectra in two folds."""
    sample.write(tmp_path / "sample", 60, seed=1)
    return Config(data=tmp_path / "sample", folds=2, workers=1)


@pytest.mark.parametrize("name", lamost_peers.PEERS)
def test_a_peer_gives_probabilities_in_and_out_of_fold(name, config, monkeypatch):
    peer = lamost_peers.PEERS[name]
    for package in peer.needs:
        pytest.importorskip(package)
    monkeypatch.setattr(lamost_peers, "KERNELS", 84)
    monkeypatch.setitem(lamost_peers.PEERS, name, lamost_peers.Peer(peer.transform, peer.classifier, peer.grid[:2]))
    result = lamost_peers.measure(name, config)
    for part, rows in (("oof", 60), ("test", 20)):
        assert result[part].shape == (rows, len(LABELS))
        np.testing.assert_allclose(result[part].sum(axis=1), 1, atol=1e-3)
    assert 0 <= result["score"] <= 1 and result["chosen"]


def test_chunks_do_not_change_columns(config, monkeypatch):
    flux = data.load(config.data, workers=1).train.flux
    whole = lamost_peers.in_chunks(lamost_peers.fit_bins(flux, 0), flux)
    monkeypatch.setattr(lamost_peers, "CHUNK", 7)
    np.testing.assert_array_equal(whole, lamost_peers.in_chunks(lamost_peers.fit_bins(flux, 0), flux))


def test_the_margin_of_a_prediction_over_itself_is_zero():
    truth = np.random.default_rng(0).integers(4, size=50)
    system = {"classes": np.roll(truth, 3), "draws": lamost.draws_of(truth, np.roll(truth, 3), seed=1), "score": 0.5}
    rows = lamost.margins({"our blend": system, "our dilated": system}, {"peer": system}, truth)
    assert rows == [[name, "peer", "+0.0000", "+0.0000 to +0.0000"] for name in ("our blend", "our dilated")]


def test_the_network_is_chosen_out_of_fold_and_not_on_the_test_set():
    truth = np.arange(40) % 4
    right, wrong = ({"classes": c, "draws": lamost.draws_of(truth, c, seed=1)} for c in (truth, np.roll(truth, 1)))
    ours = {"our blend": right, "our dilated": wrong | {"score": 0.9}, "our multiscale": right | {"score": 0.8}}
    assert [row[0] for row in lamost.margins(ours, {"peer": wrong}, truth)] == ["our blend", "our dilated"]


def test_a_missing_package_is_reported_with_the_way_to_install_it(config, tmp_path, monkeypatch):
    find = importlib.util.find_spec
    monkeypatch.setattr(importlib.util, "find_spec", lambda name, *more: None if name == "aeon" else find(name, *more))
    monkeypatch.setattr(measure, "resumed", lambda *arguments: {})
    systems, missing = lamost.peer_systems(tmp_path, config)
    assert missing == {"MiniRocket + logistic regression": "needs aeon: pip install -e '.[bench]'"}
    assert set(systems) == set(lamost_peers.PEERS) - set(missing)


def test_a_row_is_measured_once_in_a_process_of_its_own(tmp_path):
    alone = measure.resumed(tmp_path / "alone.npz", one_row, 3)
    ballast = np.ones(60_000_000)  # 480 MB, which a child must not be blamed for
    first = measure.resumed(tmp_path / "row.npz", one_row, 3)
    assert first["value"] == 3 and first["memory"] < alone["memory"] + ballast.nbytes / 2e9
    assert measure.resumed(tmp_path / "row.npz", one_row, 4) == first


def one_row(value):
    """Stands for a measurement."""
    return {"value": value}


def test_a_network_is_timed_with_copies_and_alone(config, tmp_path):
    network = model.dilated(widths=(4, 4))
    (tmp_path / "dilated-0" / "fold0").mkdir(parents=True)
    network.save(tmp_path / "dilated-0" / "fold0" / "model.keras")
    described = {"contest": "lamost", "model": "dilated", "fingerprint": "", "config": to_dict(config)}
    Run(tmp_path / "dilated-0").write_json("config.json", described)
    speed = lamost.predict_test(Run(tmp_path / "dilated-0"), config)
    assert speed["predict_seconds"] > 0 and speed["single_speed"] > 0
    assert lamost.single_rows({"our dilated": speed, "our lightgbm": {}}) == [["our dilated", f"{speed['single_speed']:.0f}"]]


def test_both_readers_read_the_same(config, tmp_path):
    ids = data.load(config.data, workers=1).train.ids[:5].tolist()
    source = data.find_part(config.data, "train")[1]
    lamost.read_ours(source, ids, tmp_path / "ours.npy")
    lamost_peers.read_plainly(source, ids, tmp_path / "plain.npy")
    np.testing.assert_array_equal(np.load(tmp_path / "ours.npy"), np.load(tmp_path / "plain.npy"))


def test_the_whole_table_and_no_file_for_a_sample(config, tmp_path, monkeypatch, capsys):
    """Every stage of the benchmark but the networks, in this process."""
    monkeypatch.setattr(lamost, "RESULTS", tmp_path / "results.md")
    monkeypatch.setattr(scores, "RESAMPLES", 20)
    monkeypatch.setattr(measure, "alone", lambda function, *arguments: function(*arguments) | {"memory": 0.1})
    monkeypatch.setattr(lamost_peers, "PEERS", {"bins": lamost_peers.Peer(lamost_peers.fit_bins, lamost_peers.logistic, ({},))})
    settings = [f"data={config.data}", "model=lightgbm", "folds=2", "workers=1", "tree_rounds=5"]
    (config.data / paths.SAMPLE_MARK).write_text("")
    lamost.main(settings)
    shown = capsys.readouterr().out
    assert "our blend" in shown and "bins" in shown and "no file was written" in shown and not lamost.RESULTS.exists()
    (config.data / paths.SAMPLE_MARK).unlink()
    lamost.main(settings)
    written = lamost.RESULTS.read_text()
    assert "make bench COMP=lamost data=DATA model=lightgbm" in written and str(tmp_path) not in written
    assert "finished before" in capsys.readouterr().out, "a second time trains nothing"
    assert all_runs("lamost") == [], "no later command takes its runs for the contest's newest"
    (folder,) = paths.runs("lamost").iterdir()
    assert folder.name.endswith(measure.code_version("lamost")) and list(folder.glob("runs/lamost/lightgbm-*"))
