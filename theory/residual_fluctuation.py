r"""How much the norm of a wide residual network fluctuates from one draw to the next.

For z' = z + (gamma/sqrt(d)) sqrt(c/n) W phi(z) with width n and depth d of the same order the norm
V = |z|^2/n is deterministic in the limit, log V_t = gamma^2 t, and n Var log V_t tends to

    4 gamma^2 t + gamma^4 b^2 int_0^t int_0^t h(exp(-gamma^2 |s - r|/2)) ds dr.

The first term is the martingale of the layers; the second remembers the asymmetry of the units:
c phi(z)^2 = z^2 + b sign(z) z^2 for two slopes, and sign(z) z^2 has the autocovariance h of the
correlation r, which decays slowly since a residual layer changes z little.
"""

import sympy as sp

from .activation import as_activation
from .equation import closed
from .errors import AssumptionError
from .gaussian import E2
from .parser import exact
from .symbols import rho, t, x

__all__ = ["asymmetry_kernel", "residual_log_norm_variance"]


def asymmetry_kernel() -> sp.Expr:
    """h(rho) = E sign(u) u^2 sign(v) v^2 = (2/pi) (3 rho sqrt(1-rho^2) + (1+2 rho^2) arcsin rho).

    >>> asymmetry_kernel().subs(rho, 1)
    3
    """
    odd = sp.sign(x) * x**2
    return closed(E2(odd, odd, 1, 1, rho))


def residual_log_norm_variance(activation, gamma=1, time=t) -> sp.Expr:
    """lim n Var log V_t of a residual network with two slopes, from inputs of a fixed norm.

    An expression with an integral that ``evalf`` computes; inputs of random norm (Gaussian
    coordinates) add 2.  Raises AssumptionError unless phi(t x) = t phi(x) for t > 0.

    >>> residual_log_norm_variance("relu", 1, 1).evalf(10)
    6.456631232
    """
    phi = as_activation(activation)
    if phi.homogeneity != 1:
        raise AssumptionError(
            f"the fluctuation of {phi.name} is not of this form, which needs phi(t x) = t phi(x)"
        )
    gamma, time = exact(gamma, "gamma"), exact(time, "the time")
    up, down = (phi(sp.Integer(sign)).doit() ** 2 for sign in (1, -1))
    asymmetry = sp.simplify((up - down) / (up + down))
    lag = sp.Dummy("s", positive=True)
    h = asymmetry_kernel().subs(rho, sp.exp(-(gamma**2) * lag / 2))
    # the double integral of a function of |s - r|
    memory = sp.Integral(2 * (time - lag) * h, (lag, 0, time))
    return 4 * gamma**2 * time + gamma**4 * asymmetry**2 * memory
