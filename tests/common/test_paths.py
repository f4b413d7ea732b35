import errno
import os
import sys
import types
import zipfile
from pathlib import Path

import numpy as np
import pytest

from common import paths
from common.errors import RunError

MIB = 1 << 20


def names(folder):
    return sorted(path.name for path in folder.iterdir())


def test_a_file_takes_its_name_when_it_is_complete(tmp_path):
    target = tmp_path / "new" / "result.txt"
    with paths.atomic(target) as temporary:
        temporary.write_text("whole")
        assert not target.exists()
        assert temporary.suffix == ".txt"
    assert target.read_text() == "whole"
    assert names(target.parent) == ["result.txt"]


def test_an_error_leaves_nothing_new_and_the_old_file_as_it_was(tmp_path):
    target = tmp_path / "result.txt"
    target.write_text("old")
    with pytest.raises(KeyError), paths.atomic(target) as temporary:
        temporary.write_text("half")
        raise KeyError
    assert target.read_text() == "old"
    assert names(tmp_path) == ["result.txt"]


def test_an_interrupted_first_write_leaves_no_file(tmp_path):
    with pytest.raises(KeyboardInterrupt), paths.atomic(tmp_path / "result.txt") as temporary:
        temporary.write_text("half")
        raise KeyboardInterrupt
    assert names(tmp_path) == []


def test_a_folder_takes_its_name_when_it_is_complete(tmp_path):
    target = tmp_path / "sample"
    with paths.atomic(target) as temporary:
        temporary.mkdir()
        (temporary / "a.txt").write_text("a")
        assert not target.exists()
    assert names(target) == ["a.txt"]
    assert names(tmp_path) == ["sample"]


def test_an_error_leaves_no_half_folder(tmp_path):
    with pytest.raises(KeyError), paths.atomic(tmp_path / "sample") as temporary:
        temporary.mkdir()
        (temporary / "a.txt").write_text("a")
        raise KeyError
    assert names(tmp_path) == []


@pytest.mark.parametrize("number", [errno.ENOSPC, errno.EDQUOT])
def test_a_full_disk_is_told_with_the_name_of_the_file(tmp_path, number):
    target = tmp_path / "result.txt"
    target.write_text("old")
    with pytest.raises(OSError, match=r"The disk is full: .*result\.txt was not written") as caught, paths.atomic(target):
        raise OSError(number, os.strerror(number))
    assert caught.value.errno in (errno.ENOSPC, errno.EDQUOT)  # the command line knows both
    assert target.read_text() == "old"
    assert names(tmp_path) == ["result.txt"]


def test_other_errors_of_the_system_keep_their_own_message(tmp_path):
    with pytest.raises(FileNotFoundError, match="nowhere"), paths.atomic(tmp_path / "result.txt"):
        Path("nowhere/at all").read_text()


def write_text(path):
    path.write_text("a" * 1_000_000)


def write_array(path):
    np.save(path, np.zeros(100_000))  # NumPy's own error has no number when the disk fills up in the middle of an array


def write_arrays(path):
    np.savez_compressed(path, noise=np.random.default_rng(0).normal(size=100_000))


WRITERS = pytest.mark.parametrize("write", [write_text, write_array, write_arrays])


@WRITERS
def test_a_disk_that_fills_up_in_the_middle_of_a_write_is_told_whoever_writes(small_disk, write):
    target = small_disk / "result.npy"
    target.write_text("old")
    with pytest.raises(OSError, match=r"The disk is full: .*result\.npy") as caught, paths.atomic(target) as temporary:
        write(temporary)
    assert caught.value.errno == errno.ENOSPC
    assert target.read_text() == "old"
    assert names(small_disk) == ["result.npy"]


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="this system has no /dev/full")
@WRITERS
def test_a_device_that_is_full_from_the_start_is_told_whoever_writes(tmp_path, write):
    target = tmp_path / "result.npy"
    target.write_text("old")
    with pytest.raises(OSError, match="The disk is full") as caught, paths.atomic(target) as temporary:
        temporary.with_suffix(".npy.npz").symlink_to("/dev/full")  # the name that `savez` makes of it
        temporary.symlink_to("/dev/full")
        write(temporary)
    assert caught.value.errno == errno.ENOSPC
    assert target.read_text() == "old"
    assert names(tmp_path) == ["result.npy"]


def write_files(folder, **contents):
    folder.mkdir(parents=True)
    for name, content in contents.items():
        (folder / name).write_bytes(content)
    return [folder / name for name in contents]


def test_the_same_content_elsewhere_has_the_same_fingerprint(tmp_path):
    here = write_files(tmp_path / "here", a=b"one", b=b"two")
    there = write_files(tmp_path / "there" / "deep", a=b"one", b=b"two")
    assert paths.fingerprint(here) == paths.fingerprint(there)
    assert paths.fingerprint([tmp_path / "here"]) == paths.fingerprint([tmp_path / "there" / "deep"])


@pytest.mark.parametrize(
    "contents", [{"a": b"onE", "b": b"two"}, {"a": b"two", "b": b"one"}, {"a": b"onet", "b": b"wo"}, {"a": b"one"}]
)
def test_other_content_has_another_fingerprint(tmp_path, contents):
    here = write_files(tmp_path / "here", a=b"one", b=b"two")
    assert paths.fingerprint(write_files(tmp_path / "there", **contents)) != paths.fingerprint(here)


@pytest.mark.parametrize(
    "contents", [{"a": b"one", "c": b"two"}, {"a": b"one", "b": b"twos"}, {"a": b"one", "b": b"tow"}, {"a": b"one"}]
)
def test_other_names_or_content_in_a_folder_give_another_fingerprint(tmp_path, contents):
    write_files(tmp_path / "here", a=b"one", b=b"two")
    write_files(tmp_path / "there", **contents)
    assert paths.fingerprint([tmp_path / "there"]) != paths.fingerprint([tmp_path / "here"])


def test_hidden_files_in_a_folder_do_not_count(tmp_path):
    write_files(tmp_path / "here", a=b"one")
    write_files(tmp_path / "there", **{"a": b"one", "._a": b"of macOS"})
    assert paths.fingerprint([tmp_path / "there"]) == paths.fingerprint([tmp_path / "here"])


def test_a_zip_counts_with_every_member_of_its_directory(tmp_path):
    def fingerprint(name, members):
        with zipfile.ZipFile(tmp_path / name, "w") as archive:
            for member, content in members.items():
                archive.writestr(zipfile.ZipInfo(member), content)
        return paths.fingerprint([tmp_path / name])

    members = {f"{number:06}.txt": b"%06d" % number * 10 for number in range(30_000)}  # its directory is 1.7 MB
    plain = fingerprint("plain.zip", members)
    assert fingerprint("again.zip", members) == plain
    assert fingerprint("corrected.zip", {**members, "000002.txt": b"000001" * 10}) != plain, "of the same size, near the start"
    (tmp_path / "no.zip").write_bytes(b"PK no zip")
    assert paths.fingerprint([tmp_path / "no.zip"]) != plain


def test_whoever_locks_first_keeps_others_out_with_or_without_fcntl(tmp_path, monkeypatch):
    def twice():
        refused = pytest.raises(RunError, match=f"Another process is working on {tmp_path}")
        with paths.locked(tmp_path / ".lock"), refused, paths.locked(tmp_path / ".lock"):
            pass
        with paths.locked(tmp_path / ".lock"):
            pass

    twice()
    taken = []

    def locking(descriptor, mode, count):  # as Windows has it
        if mode == 2 and taken:
            raise PermissionError
        taken.append(descriptor) if mode == 2 else taken.pop()

    monkeypatch.setitem(sys.modules, "fcntl", None)
    monkeypatch.setitem(sys.modules, "msvcrt", types.SimpleNamespace(locking=locking, LK_NBLCK=2, LK_UNLCK=0))
    twice()
    assert taken == []


def test_what_is_written_lies_on_the_disk_before_it_has_its_name(tmp_path, monkeypatch):
    synced = []
    monkeypatch.setattr(os, "fsync", lambda descriptor: synced.append(os.readlink(f"/proc/self/fd/{descriptor}")))
    with paths.atomic(tmp_path / "folder") as folder:
        (folder / "deep").mkdir(parents=True)
        (folder / "deep" / "a.txt").write_text("a")
    names_of = [Path(path).name for path in synced]
    assert set(names_of[:-1]) == {"folder", "deep", "a.txt"} and synced[-1] == str(tmp_path)


def test_any_other_large_file_counts_with_every_byte(tmp_path):
    content = bytearray(3 * MIB)
    (tmp_path / "one.csv").write_bytes(content)
    content[3 * MIB // 2] = 1
    (tmp_path / "two.csv").write_bytes(content)
    assert paths.fingerprint([tmp_path / "one.csv"]) != paths.fingerprint([tmp_path / "two.csv"])


def test_a_file_up_to_two_mib_counts_with_every_byte(tmp_path):
    content = bytearray(2 * MIB)
    (tmp_path / "plain").write_bytes(content)
    fingerprints = {paths.fingerprint([tmp_path / "plain"])}
    for place in (MIB - 1, MIB, 2 * MIB - 1):
        content[place] = 1
        (tmp_path / "other").write_bytes(content)
        fingerprints.add(paths.fingerprint([tmp_path / "other"]))
    assert len(fingerprints) == 4


def test_everything_lives_under_the_home_that_the_environment_names(tmp_path, monkeypatch):
    monkeypatch.setenv("PODIUM_HOME", str(tmp_path))
    assert paths.data("toy") == tmp_path / "data" / "toy"
    assert paths.sample("toy") == tmp_path / "data" / "sample" / "toy"
    assert paths.cache("toy") == tmp_path / "data" / "cache" / "toy"
    assert paths.runs("toy") == tmp_path / "runs" / "toy"
    assert paths.submission("toy", ".csv") == tmp_path / "submissions" / "toy.csv"
    monkeypatch.delenv("PODIUM_HOME")
    assert paths.runs("toy") == Path("runs/toy")


def test_a_contest_is_a_folder_with_a_config(tmp_path, monkeypatch):
    for name in ("second", "first"):
        (tmp_path / name).mkdir()
        (tmp_path / name / "config.py").touch()
    (tmp_path / "__pycache__").mkdir()
    monkeypatch.setattr(paths, "CONTESTS", tmp_path)
    assert paths.contests() == ["first", "second"]


def test_what_lies_deep_in_a_folder_counts(tmp_path):
    (tmp_path / "set" / "sub").mkdir(parents=True)
    labels = tmp_path / "set" / "sub" / "labels.csv"
    labels.write_text("a,1")
    before = paths.fingerprint([tmp_path / "set"])
    labels.write_text("a,2")
    changed = paths.fingerprint([tmp_path / "set"])
    (tmp_path / "set" / "sub").rename(tmp_path / "set" / "other")
    assert len({before, changed, paths.fingerprint([tmp_path / "set"])}) == 3
