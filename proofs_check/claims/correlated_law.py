r"""The claim on rows of weights with any covariance: one number of it acts.

The weights of D. Singh and G. J. Sreejith, arXiv:2103.12499, are the case that is invariant under
permutations; derived here.
"""

import sympy as sp

from theory.matrix_laws.correlated import Correlated
from theory.matrix_laws.row_covariance import RowCovariance
from theory.mean_field import MeanField
from theory.symbols import q, sigma_b2, sigma_w2

from ..checks import Numeric, Statistical, Symbolic
from ..statement import Claim, Mutation
from .correlated_tools import branch, mean, phi

__all__ = ["CORRELATED_LAW"]

R = sp.Rational
_M, _S = sp.symbols("m s", positive=True)
_K, _SHARE = sp.symbols("kappa r", real=True)
_N = sp.Symbol("N", positive=True, integer=True)


def stated_kappa(trace, total):
    """1 - 1^T S 1/tr S."""
    return 1 - total / trace


def _trace_alone(trace, total):
    """The mutation: correlations do not matter."""
    return sp.S.Zero


def _from_ones(trace, total):
    """The mutation: the excess of the sum with the wrong sign."""
    return total / trace - 1


def _other_sign(k):
    """The mutation: Sherman and Morrison's formula with the wrong sign."""
    return k / (1 - k)


def _generic(kappa=stated_kappa):
    """E x^T S x of independent x_j with moments m and s, for every symmetric S."""
    for size in (2, 3, 4):
        matrix = sp.Matrix(
            size, size, lambda i, j: sp.Symbol(f"S_{min(i, j)}{max(i, j)}", real=True)
        )
        total = sum(
            matrix[i, j] * (_S if i == j else _M**2) for i in range(size) for j in range(size)
        )
        trace, ones = matrix.trace(), sum(matrix)
        stated = trace * (_S - kappa(trace, ones) * _M**2)
        yield Symbolic(sp.expand(total), sp.expand(sp.cancel(stated)))


def _power(size, share=None):
    """S_jk = r^|j - k|, r = 1/3."""
    share = R(1, 3) if share is None else share
    return sp.Matrix(size, size, lambda i, j: share ** abs(i - j))


def _wave(size):
    """Neighbours on a ring: 1 on the diagonal, -2/5 beside it."""
    beside = (1, size - 1)

    def entry(i, j):
        return sp.S.One if i == j else R(-2, 5) * int((i - j) % size in beside)

    return sp.Matrix(size, size, entry)


def _matrices():
    yield _power(6)
    yield _wave(8)
    yield sp.diag(1, 4, 9, 2)
    yield sp.eye(5) - R(1, 2) / 5 * sp.ones(5, 5)


def _toolkit(kappa=stated_kappa):
    """kappa and sigma_w2 of the toolkit, and its maps at a matrix."""
    for matrix in _matrices():
        law = RowCovariance(matrix.tolist())
        value = kappa(matrix.trace(), sum(matrix))
        yield Symbolic(law.correlation, value)
        yield Symbolic(law.sigma_w2, matrix.trace())
        for text in ("relu", "gelu"):
            found = MeanField(text, weights=law).variance_map.subs({sigma_b2: 0, q: R(3, 2)})
            stated = sigma_w2 * branch(text, 1.5, value)
            ratio = sp.N(found / sigma_w2, 20), sp.N(stated / sigma_w2, 20)
            yield Numeric(*ratio, [{}], digits=12, note=f"{text}, kappa = {value}")


def _exchangeable(kappa=lambda k: k / (1 + k)):
    """The toolkit's exchangeable rows at N = 4, and where its converters lead."""
    eye, ones = sp.eye(4), sp.ones(4, 4)
    found, stated = Correlated(_K).row_covariance(4, 3), R(3, 4) * (eye - _K / 4 * ones)
    cases = [(found, stated)]
    for k in (R(-1, 2), R(3)):
        rows = R(3, 4) * (eye - kappa(k) / 4 * ones)
        cases.append((rows * R(4, 3) * (eye + k / 4 * ones), eye))
        cases.append((Correlated.from_precision(k).row_covariance(4, 3), rows))
    for pair in (R(-1, 3), R(1, 5)):
        rows = Correlated.from_pair_correlation(pair, 4, R(2, 7)).row_covariance(4)
        cases.append((rows, R(2, 7) * ((1 - pair) * eye + pair * ones)))
    for found, stated in cases:
        for place in ((0, 0), (0, 1), (2, 3)):
            yield Symbolic(found[place], stated[place])


def _wide():
    """r^|j - k|: 1^T S 1/N = (1 + r)/(1 - r) - 2 r (1 - r^N)/(N (1 - r)^2), any sign of r."""
    for size in (2, 3, 5):
        matrix = _power(size, _SHARE)
        stated = (1 + _SHARE) / (1 - _SHARE)
        stated -= 2 * _SHARE * (1 - _SHARE**size) / (size * (1 - _SHARE) ** 2)
        yield Symbolic(sum(matrix) / sp.Integer(size), stated, {_SHARE: (R(-9, 10), R(9, 10))})
    yield Symbolic(stated_kappa(1, (1 + _SHARE) / (1 - _SHARE)), -2 * _SHARE / (1 - _SHARE))
    # the exchangeable law: tr S = 1 - kappa/N, 1^T S 1 = 1 - kappa, so kappa_N -> kappa
    found = stated_kappa(1 - _K / _N, 1 - _K)
    yield Symbolic(sp.limit(found, _N, sp.oo), _K)


def _layers(kappa=stated_kappa, samples=60_000):
    """Rows of covariance S on independent values phi(z): E y^2 = tr S (s - kappa m^2), exactly."""
    import numpy as np

    for matrix in (_power(6), _wave(8)):
        root = np.linalg.cholesky(np.array(matrix, dtype=float))
        value = kappa(matrix.trace(), sum(matrix))
        for text in ("relu", "gelu", "softplus"):
            second = mean(1.3, (text, 0), (text, 0)) - value * mean(1.3, (text, 0)) ** 2

            def sampler(generator, count, root=root, text=text):
                z = np.sqrt(1.3) * generator.standard_normal((count, len(root)))
                rows = generator.standard_normal((count, len(root))) @ root.T
                return (rows * phi(text)(z)).sum(axis=1) ** 2

            yield Statistical(sampler, float(matrix.trace() * second), samples)


def _law():
    yield from _generic()
    yield from _toolkit()
    yield from _exchangeable()
    yield from _wide()
    yield from _layers()


WEIGHT_LAW = Claim(
    "corr.weight-law",
    r"Independent rows of any covariance $S$, on independent values with $E\phi = m$, $E\phi^2 = "
    r"s$: $Ey^2 = \sigma_w^2(s - \kappa m^2)$ with $\sigma_w^2 = \mathrm{tr}\,S$ and $\kappa = "
    r"1 - 1^TS1/\mathrm{tr}\,S$. So $S_{jk} \propto r^{|j-k|}$ acts as $\kappa \to -2r/(1 - r)$.",
    "derived here; the exchangeable rows are those of Singh & Sreejith 2021, arXiv:2103.12499",
    _law,
    (
        Mutation("tr S alone acts", lambda: list(_generic(_trace_alone))),
        Mutation("tr S alone acts, the toolkit", lambda: list(_toolkit(_trace_alone))),
        Mutation("tr S alone acts, drawn", lambda: list(_layers(_trace_alone))),
        Mutation("kappa = k/(1 - k) of the inverse", lambda: list(_exchangeable(_other_sign))),
        Mutation("kappa = 1^T S 1/tr S - 1", lambda: list(_generic(_from_ones))),
    ),
    full=lambda: list(_layers(samples=2_000_000)),
)

CORRELATED_LAW = (WEIGHT_LAW,)
