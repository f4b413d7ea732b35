import contextlib
import os
import shutil
import signal
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from functools import partial

import numpy as np
import pytest

from common.errors import DataError
from common.experiment.folds import fit_fold, make_folds, out_of_fold
from tests.common import fold_fits
from tests.common.fold_fits import FOLDS, ROWS, held_least_squares, least_squares, toy_folds, toy_run
from tests.conftest import REPOSITORY

LABELS = np.array(["star"] * 30 + ["galaxy"] * 12 + ["qso"] * 8)


def folds_of(labels=LABELS, folds=4, seed=0, data="abc", groups=None):
    return make_folds("toy", labels, folds, seed, data, groups)


def wait_for(found, process=None, seconds=60):
    deadline = time.monotonic() + seconds
    while not (result := found()):
        assert time.monotonic() < deadline, "waited too long"
        assert process is None or process.poll() is None, "the process ended by itself"
        time.sleep(0.02)
    return result


def fitted(signals):
    return sorted(path.name.split("-")[0] for path in signals.glob("fold*"))


@pytest.fixture
def signals(tmp_path):
    (tmp_path / "signals").mkdir()
    return tmp_path / "signals"


def test_every_fold_has_its_share_of_every_class():
    valid = folds_of()
    assert sorted(set(valid)) == [0, 1, 2, 3]
    for label in set(LABELS):
        counts = np.bincount(valid[label == LABELS], minlength=4)
        assert counts.max() - counts.min() <= 1


def test_folds_are_saved_once_and_read_afterwards(monkeypatch):
    import sklearn.model_selection

    valid = folds_of()
    monkeypatch.setattr(sklearn.model_selection, "StratifiedKFold", None)  # another version might split in another way
    np.testing.assert_array_equal(folds_of(), valid)


@pytest.mark.parametrize("other", [{"seed": 1}, {"data": "abd"}, {"labels": LABELS[::-1]}, {"folds": 5}])
def test_another_seed_other_data_or_labels_have_folds_of_their_own(other, own_home):
    folds_of()
    folds_of(**other)
    assert len(list(own_home.rglob("*.npz"))) == 2


def test_a_seed_shuffles():
    assert (folds_of(seed=0) != folds_of(seed=1)).any()


def test_a_group_shares_a_fold():
    groups = np.arange(len(LABELS)) // 2
    valid = folds_of(groups=groups)
    assert sorted(set(valid)) == [0, 1, 2, 3]
    for group in set(groups):
        assert len(set(valid[groups == group])) == 1


def test_other_groups_have_folds_of_their_own():
    pairs, triples = np.arange(len(LABELS)) // 2, np.arange(len(LABELS)) // 3
    folds_of(groups=pairs)
    valid = folds_of(groups=triples)
    assert all(len(set(valid[triples == group])) == 1 for group in set(triples))


@pytest.mark.parametrize(("count", "hint"), [(2, r"Use fewer folds \(folds=2\)"), (1, "No folds can be made of it")])
def test_too_few_groups(count, hint):
    with pytest.raises(DataError, match=f"groups, but there are only {count}. {hint}"):
        folds_of(groups=np.arange(len(LABELS)) % count)


def test_a_class_with_too_few_examples_is_named_with_its_count():
    labels = ["star"] * 10 + ["qso"] * 3
    with pytest.raises(DataError, match=r"5 folds need 5 examples of every class, .* only qso: 3\. Use fewer folds"):
        folds_of(labels, folds=5)
    with pytest.raises(DataError, match=r"qso: 3"):
        folds_of(labels, folds=1)
    assert set(folds_of(labels, folds=3)) == {0, 1, 2}


def test_too_few_groups_are_named_instead_of_an_empty_fold():
    labels = np.array(["star", "qso"] * 10)
    with pytest.raises(DataError, match="group"):
        folds_of(labels, folds=5, groups=np.arange(20) // 10)


def test_one_fold_is_a_hold_out_of_one_fifth():
    valid = folds_of(folds=1)
    assert set(valid) == {-1, 0}
    assert (valid == 0).sum() == len(LABELS) // 5
    assert set(LABELS[valid == 0]) == set(LABELS)


def test_every_row_is_predicted_by_a_model_that_did_not_see_it():
    valid = toy_folds()
    seen = {}

    def fit(fold, train_rows, valid_rows, folder):
        assert not set(train_rows) & set(valid_rows)
        assert set(train_rows) | set(valid_rows) == set(range(ROWS))
        seen[fold] = set(train_rows)
        return {"valid": np.full(len(valid_rows), fold)}

    result = out_of_fold(fit, toy_run(), valid)
    for row, fold in enumerate(result["oof"]):
        assert row not in seen[int(fold)]
    assert sorted(seen) == list(range(FOLDS))


def test_predictions_of_all_folds_are_put_together():
    run, valid = toy_run(), toy_folds()
    result = out_of_fold(least_squares, run, valid)
    x, y, test = fold_fits.problem()
    kernels = [np.linalg.lstsq(x[valid != fold], y[valid != fold])[0] for fold in range(FOLDS)]
    np.testing.assert_allclose(result["oof"], [row @ kernels[fold] for row, fold in zip(x, valid, strict=True)], rtol=1e-5)
    np.testing.assert_allclose(result["test"], np.mean([test @ kernel for kernel in kernels], axis=0), rtol=1e-5)
    assert len(result["seconds"]) == FOLDS
    assert min(result["seconds"]) > 0
    assert sorted(path.name for path in run.path.iterdir()) == [f"fold{fold}" for fold in range(FOLDS)]
    assert (run.path / "fold0" / "model.txt").exists()


def test_probabilities_keep_their_columns():
    def fit(fold, train_rows, valid_rows, folder):
        return {"valid": np.full((len(valid_rows), 3), 1 / 3), "test": np.full((2, 3), fold / 3)}

    result = out_of_fold(fit, toy_run(), toy_folds())
    assert result["oof"].shape == (ROWS, 3)
    np.testing.assert_allclose(result["test"], np.full((2, 3), (0 + 1 + 2 + 3) / FOLDS / 3))


def test_a_hold_out_trains_one_model_and_leaves_the_other_rows_open():
    valid = make_folds("toy", np.arange(ROWS) % 2, 1, 0, "abc")

    def fit(fold, train_rows, valid_rows, folder):
        assert (len(train_rows), len(valid_rows)) == (ROWS * 4 // 5, ROWS // 5)
        return {"valid": np.ones(len(valid_rows))}

    result = out_of_fold(fit, toy_run(), valid)
    np.testing.assert_array_equal(np.isnan(result["oof"]), valid < 0)
    assert "test" not in result
    assert len(result["seconds"]) == 1


def test_finished_folds_are_kept_and_not_fitted_again(capsys):
    run, valid = toy_run(), toy_folds()
    calls = []

    def fit(fold, train_rows, valid_rows, folder):
        calls.append(fold)
        return least_squares(fold, train_rows, valid_rows, folder)

    first = out_of_fold(fit, run, valid)
    shutil.rmtree(run.path / "fold2")
    again = out_of_fold(fit, run, valid)
    assert "toy-0000: 3 folds are finished and kept" in capsys.readouterr().out
    out_of_fold(fit, run, valid)
    assert calls == [0, 1, 2, 3, 2]
    np.testing.assert_array_equal(again["oof"], first["oof"])
    np.testing.assert_array_equal(again["test"], first["test"])


def test_a_fit_that_fails_leaves_no_fold_and_the_next_call_continues():
    run, valid = toy_run(), toy_folds()
    calls = []

    def fit(fold, train_rows, valid_rows, folder):
        calls.append(fold)
        (folder / "half.txt").write_text("half")
        if calls == [0, 1]:
            raise ZeroDivisionError
        return least_squares(fold, train_rows, valid_rows, folder)

    with pytest.raises(ZeroDivisionError):
        out_of_fold(fit, run, valid)
    assert [path.name for path in run.path.iterdir()] == ["fold0"]
    result = out_of_fold(fit, run, valid)
    assert calls == [0, 1, 1, 2, 3]
    np.testing.assert_array_equal(result["oof"], out_of_fold(least_squares, toy_run("toy-1111"), valid)["oof"])


def test_a_fold_that_another_worker_finished_first_stays_as_it_is():
    run, valid = toy_run(), toy_folds()
    rows = np.flatnonzero(valid != 0), np.flatnonzero(valid == 0)

    def overtaken(fold, train_rows, valid_rows, folder):
        fit_fold(least_squares, run.path, fold, train_rows, valid_rows)
        return {"valid": np.zeros(len(valid_rows))}

    fit_fold(overtaken, run.path, 0, *rows)
    assert [path.name for path in run.path.iterdir()] == ["fold0"]
    with np.load(run.path / "fold0" / "predictions.npz") as arrays:
        assert arrays["valid"].all()


def test_a_fold_whose_working_folder_was_cleared_away_is_not_taken_for_complete():
    run, valid = toy_run(), toy_folds()

    def fit(fold, train_rows, valid_rows, folder):
        arrays = least_squares(fold, train_rows, valid_rows, folder)
        run.discard_leftovers()  # another process started the same run while this worker of a cluster was still at it
        return arrays

    with pytest.raises(FileNotFoundError):
        fit_fold(fit, run.path, 0, np.flatnonzero(valid != 0), np.flatnonzero(valid == 0))
    assert list(run.path.iterdir()) == []


def test_a_process_killed_in_the_middle_of_a_fold_is_continued(signals, own_home):
    code = f"from tests.common.fold_fits import train; train({str(signals)!r}, held=2)"
    process = subprocess.Popen([sys.executable, "-c", code], cwd=REPOSITORY, env={**os.environ, "PODIUM_HOME": str(own_home)})
    with process:
        wait_for(lambda: list(signals.glob("fold2-*")), process)
        process.send_signal(signal.SIGKILL)
    run = toy_run()
    left = sorted(path.name for path in run.path.iterdir())
    assert left[0].startswith(".fold2-")
    assert left[1:] == [".lock", "fold0", "fold1"]

    for path in signals.iterdir():
        path.unlink()
    continued = fold_fits.train(signals, held=None)
    assert fitted(signals) == ["fold2", "fold3"]
    assert sorted(path.name for path in run.path.iterdir()) == [".lock", *(f"fold{fold}" for fold in range(FOLDS))]
    unbroken = out_of_fold(least_squares, toy_run("toy-1111"), toy_folds())
    np.testing.assert_array_equal(continued["oof"], unbroken["oof"])
    np.testing.assert_array_equal(continued["test"], unbroken["test"])


def test_without_a_cluster_nothing_of_dask_is_imported(signals, own_home):
    code = (
        f"import sys; from tests.common.fold_fits import train; train({str(signals)!r}, held=None); "
        "print(sorted({name.split('.')[0] for name in sys.modules} & {'dask', 'distributed', 'keras'}))"
    )
    environment = {**os.environ, "PODIUM_HOME": str(own_home)}
    printed = subprocess.check_output([sys.executable, "-c", code], cwd=REPOSITORY, env=environment, text=True)
    assert printed == "[]\n"


@contextlib.contextmanager
def cluster(folder, workers):
    """Scheduler and workers as processes of their own: gives the address, and the workers by process id."""
    pytest.importorskip("distributed", reason="Dask is in the extra cluster: pip install 'podium[cluster]'")
    from distributed import Client

    file, started = folder / "scheduler.json", []
    with open(folder / "dask.log", "w") as log:
        scheduler = ["scheduler", "--port", "0", "--no-show"]
        worker = ["worker", "--no-nanny", "--nthreads", "1"]
        both = ["--no-dashboard", "--host", "127.0.0.1", "--scheduler-file", file]
        try:
            for part in (scheduler, *[worker] * workers):
                command = [sys.executable, "-m", "dask", *part, *both]
                started.append(subprocess.Popen(command, cwd=REPOSITORY, stdout=log, stderr=log))
            wait_for(file.exists, started[0])
            with Client(scheduler_file=str(file)) as client:
                client.wait_for_workers(workers, timeout=60)
                address = client.scheduler.address
            yield address, {process.pid: process for process in started[1:]}
        finally:
            for process in started:
                process.kill()
                process.wait()


@pytest.fixture(scope="module")
def one_worker(tmp_path_factory):
    with cluster(tmp_path_factory.mktemp("cluster"), 1) as (address, _):
        yield address


def test_folds_of_a_worker_that_is_killed_are_given_to_another(tmp_path, signals):
    run, valid = toy_run(), toy_folds()
    last = FOLDS - 1
    fit = partial(held_least_squares, signals=signals, held=last)
    with cluster(tmp_path, 2) as (address, workers), ThreadPoolExecutor() as pool:
        result = pool.submit(out_of_fold, fit, run, valid, address)
        try:
            wait_for(lambda: len(list(run.path.glob("fold*"))) == last)
            (at_work,) = wait_for(lambda: list(signals.glob(f"fold{last}-*")))
            victim = workers[int(at_work.name.partition("-")[2])]
            victim.send_signal(signal.SIGKILL)
            victim.wait()
            assert not (run.path / f"fold{last}").exists()
        finally:
            (signals / "go").touch()
        arrived = result.result(timeout=60)
    # the broken fold twice; the others once, those too that the killed worker had finished
    assert fitted(signals) == [f"fold{fold}" for fold in (*range(FOLDS), last)]
    in_process = out_of_fold(least_squares, toy_run("toy-1111"), valid)
    np.testing.assert_array_equal(arrived["oof"], in_process["oof"])
    np.testing.assert_array_equal(arrived["test"], in_process["test"])
    assert all((run.path / f"fold{fold}" / "model.txt").exists() for fold in range(FOLDS))


def test_workers_write_into_the_run_wherever_they_were_started(one_worker, tmp_path, monkeypatch):
    monkeypatch.delenv("PODIUM_HOME")
    monkeypatch.chdir(tmp_path)
    result = out_of_fold(least_squares, toy_run(), toy_folds(), one_worker)
    np.testing.assert_array_equal(result["oof"], out_of_fold(least_squares, toy_run("toy-1111"), toy_folds())["oof"])
    assert (tmp_path / "runs" / "toy" / "toy-0000" / "fold0" / "model.txt").exists()


def test_an_error_on_a_worker_reaches_the_caller_and_the_next_call_continues(one_worker, signals):
    run, valid = toy_run(), toy_folds()
    fit = partial(held_least_squares, signals=signals / "not there", held=None)
    with pytest.raises(FileNotFoundError, match="not there"):
        out_of_fold(fit, run, valid, one_worker)
    assert list(run.path.glob("fold*")) == []
    assert not np.isnan(out_of_fold(least_squares, run, valid, one_worker)["oof"]).any()
