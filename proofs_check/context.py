"""What a running check knows: the level, and random numbers that are its own.

The generator of a check depends on the seed of the run, the id of the claim and the number of the
check, on nothing else: not on the order of claims and not on the number of processes.
"""

import hashlib
from dataclasses import dataclass, replace

__all__ = ["Context"]


@dataclass(frozen=True)
class Context:
    """The circumstances of one check."""

    seed: int = 0
    level: str = "quick"
    path: tuple[str, ...] = ()

    def inside(self, part: str) -> "Context":
        """The context of a part: the same run, another stream of random numbers."""
        return replace(self, path=(*self.path, part))

    def generator(self):
        """A ``numpy.random.Generator`` that depends only on the seed and the path.

        >>> a, b = Context(path=("mf.x",)), Context(path=("mf.x",))
        >>> bool(a.generator().integers(1000) == b.generator().integers(1000))
        True
        """
        import numpy as np

        digest = hashlib.sha256("\0".join(self.path).encode()).digest()
        words = [int.from_bytes(digest[i : i + 4], "little") for i in range(0, 32, 4)]
        return np.random.Generator(np.random.PCG64(np.random.SeedSequence([self.seed, *words])))
