"""The compiled loop that sums integrands over quadrature nodes, one function per smooth piece.

``sums_k(start, mean, scale, z, w, p, out)`` writes, for each integral j, the sums of w f_i(m + s
z) times the normal density over its nodes start[j]:start[j+1], and then the same sums of absolute
values.  Parameters of the integrands are in ``p``.
"""

from collections.abc import Sequence

import sympy as sp

from theory.growth import growth
from theory.symbols import x

from .codegen import jet_source, module_source

__all__ = ["hides_exponentials", "moment_source"]

_KERNEL = """@njit(
    "void(int64[::1], float64[::1], float64[::1], float64[::1], float64[::1], "
    "float64[::1], float64[:, ::1])",
    cache=True, fastmath={{"contract", "nsz", "reassoc"}}, error_model="numpy", nogil=True,
)
def sums_{place}(start, mean, scale, z, w, p, out):
{parameters}    for j in range(scale.size):
        m, s = mean[j], scale[j]
{zeros}
        for k in range(start[j], start[j + 1]):
            y = z[k]
            {values} = {call}
            g = w[k]{density}
{accumulate}
{store}
"""


def moment_source(
    splits: Sequence[Sequence[sp.Expr]],
    parameters: Sequence[sp.Symbol],
    hermite: Sequence[int] = (),
    exponential: bool = False,
) -> str:
    """Module text with ``sums_0``, ``sums_1``, ... for the integrands of each piece.

    ``hermite`` lists the integrands that are weighted by (Z**2 - 1)/2.  With ``exponential`` the
    density is moved inside the exponentials of the integrands, exp(2x) exp(-z**2/2) =
    exp(2x - z**2/2), so that nothing overflows before the moment itself does.
    """
    jets, drivers = [], []
    for place, exprs in enumerate(splits):
        names = [f"p{i}" for i in range(len(parameters))]
        if exponential:
            log_density = sp.Symbol("log_density", real=True)
            exprs = [_with_density(expr, log_density) for expr in exprs]
            jets.append(jet_source(f"jet_{place}", exprs, (x, log_density, *parameters)))
            values, density = ["m + s * y", "-0.5 * y * y", *names], ""
        else:
            jets.append(jet_source(f"jet_{place}", exprs, (x, *parameters)))
            values, density = ["m + s * y", *names], " * exp(-0.5 * y * y)"
        call = f"jet_{place}({', '.join(values)})"
        drivers.append(_driver(place, len(exprs), names, hermite, call, density))
    return module_source(jets, *drivers, needs=["exp"])


def hides_exponentials(exprs: Sequence[sp.Expr]) -> bool:
    """Whether an exponential grows inside another function: its overflow is not the moment's."""
    for total in (_with_density(expr, sp.S.Zero) for expr in exprs):
        for term in sp.Add.make_args(total):
            outer = sp.Mul(*(f for f in sp.Mul.make_args(term) if not isinstance(f, sp.exp)))
            if any(growth(e, e).largest.kind == "exponential" for e in outer.atoms(sp.exp)):
                return True
    return False


def _with_density(expr, log_density):
    """expr * exp(log_density), with one exponential per term."""
    terms = sp.Add.make_args(sp.expand(expr.rewrite([sp.sinh, sp.cosh], sp.exp)))
    total = []
    for term in terms:
        exponent, rest = log_density, []
        for factor in sp.Mul.make_args(term):
            if isinstance(factor, sp.exp):
                exponent += factor.args[0]
            else:
                rest.append(factor)
        total.append(sp.Mul(*rest, sp.exp(exponent)))
    return sp.Add(*total)


def _driver(place, size, names, hermite, call, density):
    indent = " " * 12
    h = indent + "h = 0.5 * (y * y - 1.0) * g\n" if hermite else ""
    weight = ["h" if i in hermite else "g" for i in range(size)]
    accumulate = h + "\n".join(
        f"{indent}f{i} *= {weight[i]}\n{indent}a{i} += f{i}\n{indent}b{i} += abs(f{i})"
        for i in range(size)
    )
    return _KERNEL.format(
        place=place,
        parameters="".join(f"    {n} = p[{i}]\n" for i, n in enumerate(names)),
        zeros="\n".join(f"        a{i} = 0.0\n        b{i} = 0.0" for i in range(size)),
        values=", ".join(f"f{i}" for i in range(size)) + ("," if size == 1 else ""),
        call=call,
        density=density,
        accumulate=accumulate,
        store="\n".join(
            f"        out[j, {i}] = a{i}\n        out[j, {size + i}] = b{i}" for i in range(size)
        ),
    )
