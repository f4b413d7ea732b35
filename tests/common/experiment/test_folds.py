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
from common.experiment.folds import HOLD_OUT, fit_fold, fit_folds, make_folds, split
from tests.common import fold_fits
from tests.common.fold_fits import FOLDS, ROWS, fitted, held_least_squares, least_squares, toy_folds, toy_run
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


def signalled(signals):
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


def test_every_row_is_validated_by_a_model_that_did_not_see_it():
    valid, seen = toy_folds(), {}

    def fit(fold):
        assert not set(fold.train) & set(fold.valid) and set(fold.train) | set(fold.valid) == set(range(ROWS))
        assert (valid[fold.valid] == fold.number).all() and fold.seed(42) == 42 + fold.number
        seen[fold.number] = set(fold.train)

    run = toy_run()
    seconds = fit_folds(fit, run, valid)
    assert sorted(seen) == list(range(FOLDS)) and len(seconds) == FOLDS and min(seconds) > 0
    assert [path.name for path in run.folds] == [f"fold{fold}" for fold in range(FOLDS)]


def test_a_hold_out_trains_one_model_and_leaves_the_other_rows_open():
    sizes = []
    seconds = fit_folds(
        lambda fold: sizes.append((len(fold.train), len(fold.valid))),
        toy_run(),
        make_folds("toy", np.arange(ROWS) % 2, 1, 0, "a"),
    )
    assert sizes == [(ROWS * 4 // 5, ROWS // 5)] and len(seconds) == 1


def test_finished_folds_are_kept_and_not_fitted_again(capsys):
    calls = []

    def fit(fold):
        calls.append(fold.number)
        least_squares(fold)

    first = fitted(fit)
    shutil.rmtree(toy_run().path / "fold2")
    again = fitted(fit)
    assert "toy-0000: 3 folds are finished and kept" in capsys.readouterr().out
    fitted(fit)
    assert calls == [0, 1, 2, 3, 2]
    np.testing.assert_array_equal(again, first)


def test_a_fit_that_fails_leaves_no_fold_and_the_next_call_continues():
    calls = []

    def fit(fold):
        calls.append(fold.number)
        (fold.folder / "half.txt").write_text("half")
        if calls == [0, 1]:
            raise ZeroDivisionError
        least_squares(fold)

    with pytest.raises(ZeroDivisionError):
        fitted(fit)
    assert [path.name for path in toy_run().path.iterdir()] == ["fold0"]
    continued = fitted(fit)
    assert calls == [0, 1, 1, 2, 3]
    np.testing.assert_array_equal(continued, fitted(least_squares, "toy-1111"))


def test_a_fold_that_another_worker_finished_first_stays_as_it_is():
    run, valid = toy_run(), toy_folds()
    rows = np.flatnonzero(valid != 0), np.flatnonzero(valid == 0)

    def overtaken(fold):
        fit_fold(least_squares, run.path, fold.number, fold.train, fold.valid)
        (fold.folder / "late.txt").touch()

    fit_fold(overtaken, run.path, 0, *rows)
    assert [path.name for path in run.path.iterdir()] == ["fold0"]
    assert not (run.path / "fold0" / "late.txt").exists() and (run.path / "fold0" / "model.txt").exists()


def test_a_fold_whose_working_folder_was_cleared_away_is_not_taken_for_complete():
    run, valid = toy_run(), toy_folds()

    def fit(fold):
        least_squares(fold)
        run.discard_leftovers()  # another process started the same run while this worker of a cluster was still at it
        assert (fold.folder / "model.txt").exists(), "it is held"
        shutil.rmtree(fold.folder.parent)

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
    assert signalled(signals) == ["fold2", "fold3"]
    assert sorted(path.name for path in run.path.iterdir()) == [".lock", *(f"fold{fold}" for fold in range(FOLDS))]
    np.testing.assert_array_equal(continued, fitted(least_squares, "toy-1111"))


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
    run, last = toy_run(), FOLDS - 1
    fit = partial(held_least_squares, signals=signals, held=last)
    with cluster(tmp_path, 2) as (address, workers), ThreadPoolExecutor() as pool:
        result = pool.submit(fitted, fit, cluster=address)
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
    assert signalled(signals) == [f"fold{fold}" for fold in (*range(FOLDS), last)]
    np.testing.assert_array_equal(arrived, fitted(least_squares, "toy-1111"))
    assert all((run.path / f"fold{fold}" / "model.txt").exists() for fold in range(FOLDS))


def test_workers_write_into_the_run_wherever_they_were_started(one_worker, tmp_path, monkeypatch):
    monkeypatch.delenv("PODIUM_HOME")
    monkeypatch.chdir(tmp_path)
    np.testing.assert_array_equal(fitted(least_squares, cluster=one_worker), fitted(least_squares, "toy-1111"))
    assert (tmp_path / "runs" / "toy" / "toy-0000" / "fold0" / "model.txt").exists()


def test_an_error_on_a_worker_reaches_the_caller_and_the_next_call_continues(one_worker, signals):
    with pytest.raises(FileNotFoundError, match="not there"):
        fitted(partial(held_least_squares, signals=signals / "not there", held=None), cluster=one_worker)
    assert toy_run().folds == []
    assert not np.isnan(fitted(least_squares, cluster=one_worker)).any()


@pytest.mark.parametrize("labels", [[0, 0, 0, 1, 1, 2, 2, 2], [0, 1, 2]])
def test_rows_are_parted_also_where_every_class_is_rare(labels):
    parts = split(np.array(labels), seed=1)
    assert sorted(np.unique(parts)) == list(range(min(HOLD_OUT, len(labels))))
