"""Where generated kernels live on disk: one owner-only folder per user.

A kernel is a Python file ``kernel_<16 hex>.py`` named after the SHA-256 of its text and of
everything that decides what machine code it becomes.  Beside it numba keeps the machine code.  The
folder is ``$INITHEORY_CACHE`` if that is set, else the platform's per-user cache folder.
"""

import os
import stat
import sys
from dataclasses import dataclass
from pathlib import Path

__all__ = ["CacheInfo", "CacheWarning", "cache_folder", "cache_info", "clear_cache"]

VARIABLE = "INITHEORY_CACHE"


class CacheWarning(UserWarning):
    """Kernels cannot be kept on disk; they are compiled again in every process."""


@dataclass(frozen=True)
class CacheInfo:
    """The cache folder, how many kernels it holds and how many bytes they take in all."""

    path: Path
    kernels: int
    bytes: int

    def __str__(self):
        return f"{self.path}: {self.kernels} kernels, {self.bytes / 1e6:.1f} MB"


def cache_folder() -> Path:
    """The folder of kernels; it need not exist yet.

    >>> import os
    >>> os.environ.get("INITHEORY_CACHE", str(cache_folder())) == str(cache_folder())
    True
    """
    if os.environ.get(VARIABLE):
        return Path(os.environ[VARIABLE]).expanduser()
    if sys.platform == "win32":
        root = Path(os.environ.get("LOCALAPPDATA") or Path.home() / "AppData" / "Local")
    elif sys.platform == "darwin":
        root = Path.home() / "Library" / "Caches"
    else:
        root = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache")
    return root / "initheory"


def usable_folder() -> Path | None:
    """The cache folder, created for its owner alone; None if no kernel can be kept there.

    A folder that others may write to is refused: they could put code there for us to run.
    """
    folder = cache_folder()
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        status = folder.stat()
    except OSError:
        return None
    if not stat.S_ISDIR(status.st_mode) or not os.access(folder, os.W_OK | os.X_OK):
        return None
    if hasattr(os, "getuid"):
        others_write = status.st_mode & (stat.S_IWGRP | stat.S_IWOTH)
        if status.st_uid != os.getuid() or others_write:
            return None
    return folder


def cache_info() -> CacheInfo:
    """What the cache folder holds now."""
    folder = cache_folder()
    files = _files(folder)
    kernels = sum(1 for file in files if file.parent == folder and file.suffix == ".py")
    return CacheInfo(folder, kernels, sum(_size(file) for file in files))


def clear_cache() -> CacheInfo:
    """Delete every kernel and its machine code; return what was there.

    Files that are not ours are left alone.  Kernels already loaded keep working.
    """
    before = cache_info()
    for file in _files(before.path):
        file.unlink(missing_ok=True)
    return before


def _files(folder):
    if not folder.is_dir():
        return []
    return [*folder.glob("kernel_*"), *folder.glob("__pycache__/kernel_*")]


def _size(file):
    try:
        return file.stat().st_size
    except FileNotFoundError:  # another process has just cleared it
        return 0
