r"""The edge of chaos of an activation of degree 1, in closed form.

chi_1 = sigma_w2 D and V'(q) = sigma_w2 (D - L) are constants, with L = kappa (E phi)^2 at q = 1.
If L = 0 they are 1 together, at sigma_b2 = 0 and every q.  If L > 0 the edge is the line
sigma_w2 = 1/D, where V' = 1 - L/D < 1 and q = sigma_b2 D/L attracts for every sigma_b2 > 0.
"""

__all__ = ["linear_edge"]

_ROUNDING = 1e-15


def linear_edge(activation, name, value, branch=1.0):
    """((q, sigma_w2, sigma_b2, stable, beta, chi_q) or None, statement) for a layer without skip.

    ``name`` says which of sigma_b2, sigma_w2, q has the given ``value``; the statement speaks of
    ``branch`` times the variances, those of the layer with its skip.
    """
    slope = float(activation.D(1.0))
    moments = activation.moments
    lost = moments.lost if hasattr(moments, "lost") else slope - float(activation.W(1.0))
    critical, share = 1.0 / slope, lost / slope
    line = f"sigma_w2 = {branch * critical:.15g}"
    if name == "sigma_w2" and abs(value / critical - 1.0) > _ROUNDING:
        where = "sigma_b2 = 0" if share == 0.0 else "any sigma_b2 > 0"
        if share < 0.0:
            return None, _nowhere(activation, line)
        return None, _elsewhere(activation, f"{where}, {line}", share)
    if share == 0.0:
        if name == "sigma_b2" and value != 0.0:
            return None, _elsewhere(activation, f"sigma_b2 = 0, {line}", share)
        statement = "every q is a fixed point there, neither attracting nor repelling"
        statement += "" if name == "q" else "; q = 1 stands for all of them"
        return (value if name == "q" else 1.0, critical, 0.0, False, None, 1.0), statement
    if share < 0.0:
        return None, _nowhere(activation, line)
    if name == "sigma_b2":
        if value == 0.0:
            return None, _elsewhere(activation, f"any sigma_b2 > 0, {line}", share)
        return (value / share, critical, value, True, None, 1.0 - share), "one edge-of-chaos point"
    q = value if name == "q" else 1.0
    statement = f"the edge of chaos is the line {line}, with q = sigma_b2/{branch * share:.15g}"
    if name != "q":
        statement += "; q = 1 stands for all of it"
    return (q, critical, share * q, True, None, 1.0 - share), statement


def _elsewhere(activation, where, share):
    at = "at every q" if share == 0.0 else "with q proportional to sigma_b2"
    return f"{activation.name} is homogeneous of degree 1: its only edge of chaos is {where}, {at}"


def _nowhere(activation, line):
    why = " as weight_correlation < 0" if hasattr(activation.moments, "lost") else ""
    return (
        f"{activation.name}: at {line}, where chi_1 = 1, V' > 1{why}, and q grows without bound: "
        "no edge of chaos"
    )
