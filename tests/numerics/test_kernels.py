"""The kernel cache: content keys, whole files, other processes, damage, read-only folders."""

import os
import subprocess
import sys
import warnings
from concurrent.futures import ThreadPoolExecutor

import pytest

from numerics import kernels
from numerics.cache import CacheWarning, cache_folder, cache_info, clear_cache
from numerics.kernels import load_driver, load_module, module_key
from theory.errors import KernelError

KERNEL = """from numba import njit


@njit("float64(float64)", cache=True, error_model="numpy")
def double(x):
    return {factor} * x
"""


@pytest.fixture
def folder(tmp_path, monkeypatch):
    """An empty cache folder and no memory of loaded modules."""
    place = tmp_path / "cache"
    monkeypatch.setenv("INITHEORY_CACHE", str(place))
    monkeypatch.setattr(kernels, "_modules", {})
    monkeypatch.setattr(kernels, "_warned", False)
    return place


def test_a_kernel_is_compiled_stored_and_counted(folder):
    text = KERNEL.format(factor="2.0")
    assert load_module(text, "a test").double(3.0) == 6.0
    file = folder / f"kernel_{module_key(text)}.py"
    assert file.read_text() == text
    info = cache_info()
    assert (info.path, info.kernels) == (folder, 1)
    assert info.bytes > len(text)
    assert "1 kernels" in str(info)


def test_the_folder_is_private(folder):
    load_module(KERNEL.format(factor="2.0"), "a test")
    assert folder.stat().st_mode & 0o777 == 0o700


def test_equal_text_is_one_module_and_other_text_another(folder):
    first = load_module(KERNEL.format(factor="2.0"), "a test")
    assert load_module(KERNEL.format(factor="2.0"), "another name") is first
    assert load_module(KERNEL.format(factor="3.0"), "a test").double(1.0) == 3.0
    assert cache_info().kernels == 2


def test_an_existing_file_is_never_rewritten(folder, monkeypatch):
    text = KERNEL.format(factor="2.0")
    load_module(text, "a test")
    file = folder / f"kernel_{module_key(text)}.py"
    stamp = file.stat().st_mtime_ns
    kernels._write_once(file, text)
    monkeypatch.setattr(kernels, "_modules", {})
    load_module(text, "a test")
    assert file.stat().st_mtime_ns == stamp
    assert not list(folder.glob("*.tmp"))


def test_another_process_finds_the_machine_code(folder):
    text = KERNEL.format(factor="2.0")
    load_module(text, "a test")
    script = (
        "import sys; from numerics.kernels import load_module\n"
        "f = load_module(sys.argv[1], 'a test').double\n"
        "print(f(3.0), sum(f.stats.cache_hits.values()))"
    )
    done = subprocess.run(
        [sys.executable, "-c", script, text], capture_output=True, text=True, check=True
    )
    assert done.stdout.split() == ["6.0", "1"]


def test_a_damaged_index_is_compiled_again(folder, monkeypatch):
    text = KERNEL.format(factor="2.0")
    load_module(text, "a test")
    for index in folder.glob("__pycache__/*.nbi"):
        index.write_bytes(b"not a pickle")
    monkeypatch.setattr(kernels, "_modules", {})
    assert load_module(text, "a test").double(3.0) == 6.0


def test_threads_share_one_module(folder):
    text = KERNEL.format(factor="5.0")
    with ThreadPoolExecutor(4) as pool:
        modules = set(pool.map(lambda _: load_module(text, "a test"), range(8)))
    assert len(modules) == 1


def test_without_a_usable_folder_one_warning_and_a_kernel_in_memory(tmp_path, monkeypatch):
    blocked = tmp_path / "file"
    blocked.write_text("not a folder")
    monkeypatch.setenv("INITHEORY_CACHE", str(blocked))
    monkeypatch.setattr(kernels, "_modules", {})
    monkeypatch.setattr(kernels, "_warned", False)
    with pytest.warns(CacheWarning, match="INITHEORY_CACHE"):
        assert load_module(KERNEL.format(factor="7.0"), "a test").double(1.0) == 7.0
    with warnings.catch_warnings():
        warnings.simplefilter("error", CacheWarning)
        assert load_module(KERNEL.format(factor="8.0"), "a test").double(1.0) == 8.0


@pytest.mark.skipif(not hasattr(os, "getuid"), reason="needs POSIX permissions")
def test_a_folder_that_others_may_write_is_refused(folder):
    folder.mkdir(mode=0o700)
    folder.chmod(0o777)
    with pytest.warns(CacheWarning):
        load_module(KERNEL.format(factor="2.0"), "a test")
    assert cache_info().kernels == 0


def test_clear_cache_removes_kernels_only(folder):
    load_module(KERNEL.format(factor="2.0"), "a test")
    (folder / "mine.txt").write_text("keep")
    assert clear_cache().kernels == 1
    assert cache_info().kernels == cache_info().bytes == 0
    assert (folder / "mine.txt").exists()


def test_a_kernel_that_does_not_compile_names_its_label(folder):
    with pytest.raises(KernelError, match="the kernel of a test did not compile"):
        load_module(KERNEL.format(factor="undefined_name"), "a test")


def test_the_default_folder_is_per_user(monkeypatch, tmp_path):
    monkeypatch.delenv("INITHEORY_CACHE", raising=False)
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    if sys.platform.startswith("linux"):
        assert cache_folder() == tmp_path / "initheory"


def test_drivers_are_loaded_through_the_cache():
    driver = load_driver("elementary")
    assert driver.__name__.startswith("initheory_kernel_")
    assert load_driver("elementary") is driver
