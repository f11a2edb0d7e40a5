"""A small real data set for the worked examples."""

import numpy as np

from theory.errors import InputError

__all__ = ["digits"]


def digits():
    """Scikit-learn's handwritten digits: (X, y), 1797 images of 8×8 grey values 0…16, labels 0…9.

    X has shape (1797, 64).  Needs scikit-learn, the extra ``data``; it is read from that package,
    nothing is downloaded.  Source: E. Alpaydin, C. Kaynak, Optical Recognition of Handwritten
    Digits, UCI Machine Learning Repository (1998), its test part.

    >>> X, y = digits()  # doctest: +SKIP
    >>> X.shape  # doctest: +SKIP
    (1797, 64)
    """
    try:
        from sklearn.datasets import load_digits
    except ImportError:
        raise InputError(
            "digits: scikit-learn is not installed; pip install scikit-learn (or initheory[data])"
        ) from None
    found = load_digits()
    return np.asarray(found.data, dtype=float), np.asarray(found.target, dtype=np.int64)
