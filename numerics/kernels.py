"""Source text to compiled module, once per text and machine.

``load_module`` turns the text of a self-contained module (``math`` and ``numba`` only) into an
imported module whose numba functions were compiled before, by this process, by an earlier one or
by one running right now.  Loading from disk takes milliseconds where compiling takes a second.

Rules that keep this sound: the file name is a digest of the text and of the compiler, so a file
never changes meaning; an existing file is never rewritten (numba stamps its index with the file's
time); a file appears whole or not at all; whatever a kernel calls is in the same text.
"""

import hashlib
import importlib.util
import os
import pickle
import sys
import tempfile
import threading
import types
import warnings
from functools import cache
from importlib import resources
from pathlib import Path

from theory.errors import KernelError

from .cache import CacheWarning, cache_folder, usable_folder
from .shared_functions import run

__all__ = ["load_driver", "load_module", "module_key"]

_modules: dict[str, types.ModuleType] = {}
_lock = threading.RLock()
_warned = False

# What unpickling a damaged index of numba may raise (documentation of ``pickle``).
_DAMAGE = (
    pickle.UnpicklingError,
    AttributeError,
    EOFError,
    ImportError,
    IndexError,
    KeyError,
    MemoryError,
    OverflowError,
    TypeError,
    ValueError,
)


def module_key(source: str) -> str:
    """The 16 hexadecimal digits that name ``source`` on this machine with these compilers."""
    digest = hashlib.sha256(_toolchain().encode())
    digest.update(source.encode())
    return digest.hexdigest()[:16]


def load_module(source: str, label: str) -> types.ModuleType:
    """Import the module whose text is ``source``; ``label`` names it in error messages.

    Functions in it should be ``@njit("explicit signature", cache=True, ...)``: they are then
    compiled or read from disk here, not at the first call.  If the folder cannot be written, the
    module is compiled in memory and one CacheWarning says so.  Raises KernelError if it does not
    compile.
    """
    key = module_key(source)
    with _lock:
        if key not in _modules:
            _modules[key] = _load(source, label, key)
        return _modules[key]


@cache
def load_driver(name: str) -> types.ModuleType:
    """The hand-written module ``numerics/compiled/<name>.py``, through the same cache.

    Such drivers take tables and node arrays instead of functions, so they compile once for all
    activations.
    """
    text = resources.files(__package__).joinpath("compiled", f"{name}.py").read_text("utf-8")
    return load_module(text, name)


def _load(source, label, key):
    folder = usable_folder()
    if folder is None:
        _warn_once()
        return _run_in_memory(source, label, key)
    file = folder / f"kernel_{key}.py"
    try:
        if not file.exists():
            _write_once(file, source)
    except OSError:
        _warn_once()
        return _run_in_memory(source, label, key)
    try:
        return _import_file(file, label, key)
    except _DAMAGE:
        # The kernel itself may be at fault, or what numba kept of it: forget that and try again.
        _forget_machine_code(file)
        return _import_file(file, label, key, final=True)


def _import_file(file, label, key, final=False):
    name = f"initheory_kernel_{key}"
    spec = importlib.util.spec_from_file_location(name, file)
    module = importlib.util.module_from_spec(spec)
    sys.modules[name] = module
    try:
        if _has_machine_code(file):
            spec.loader.exec_module(module)
        else:
            run(file.read_text("utf-8"), str(file), vars(module))
    except _compile_errors() as error:
        sys.modules.pop(name, None)
        if final or not isinstance(error, _DAMAGE):
            raise _kernel_error(label, file, error) from error
        raise
    return module


def _run_in_memory(source, label, key):
    name = f"initheory_kernel_{key}"
    module = types.ModuleType(name)
    sys.modules[name] = module
    try:
        run(source.replace("cache=True", "cache=False"), name, vars(module))
    except _compile_errors() as error:
        sys.modules.pop(name, None)
        raise _kernel_error(label, name, error) from error
    return module


def _compile_errors():
    from numba.core.errors import NumbaError

    return (NumbaError, SyntaxError, NameError, *_DAMAGE)


def _kernel_error(label, file, error):
    return KernelError(
        f"the kernel of {label} did not compile ({file}): {error}; this is a bug in initheory"
    )


def _write_once(file: Path, source: str):
    """Create ``file`` whole; if another process was faster, keep its file and its time stamp."""
    descriptor, temporary = tempfile.mkstemp(dir=file.parent, prefix="new_", suffix=".tmp")
    try:
        with os.fdopen(descriptor, "w", encoding="utf-8") as stream:
            stream.write(source)
        try:
            os.link(temporary, file)
        except FileExistsError:
            pass
        except OSError:  # a file system without hard links
            os.replace(temporary, file)
            return
        os.unlink(temporary)
    except OSError:
        Path(temporary).unlink(missing_ok=True)
        raise


def _has_machine_code(file):
    return any(file.parent.glob(f"__pycache__/{file.stem}.*.nbi"))


def _forget_machine_code(file):
    for part in file.parent.glob(f"__pycache__/{file.stem}*"):
        part.unlink(missing_ok=True)


def _warn_once():
    global _warned
    if not _warned:
        _warned = True
        warnings.warn(
            f"kernels cannot be kept in {cache_folder()} (not a folder that only you can write); "
            "they are compiled in memory: set INITHEORY_CACHE to a folder of yours",
            CacheWarning,
            stacklevel=5,
        )


@cache
def _toolchain():
    import llvmlite
    import llvmlite.binding as llvm
    import numba
    import numpy

    processor = numba.config.CPU_NAME or llvm.get_host_cpu_name()
    features = numba.config.CPU_FEATURES
    if features is None:
        features = llvm.get_host_cpu_features().flatten()
    versions = numba.__version__, llvmlite.__version__, numpy.__version__, sys.version
    return "\n".join((*versions, processor, features, ""))
