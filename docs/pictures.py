"""Draw the pictures of the README: ``python docs/pictures.py``."""

from pathlib import Path

import matplotlib as mpl
import numpy as np

import initheory as it

#: Activations of the right-hand panel; each is one formula to the toolkit.
CURVES = ("tanh", "erf", "gelu", "silu", "mish", "x*erf(x)")

STATIC = Path(__file__).resolve().parent / "_static"


def draw(path: Path = STATIC / "phase_tanh.png") -> None:
    """Phase diagram of tanh beside the edges of chaos of several activations."""
    mpl.use("agg")
    from matplotlib import pyplot as plt

    figure, (left, right) = plt.subplots(1, 2, figsize=(11, 4.4), layout="constrained")
    diagram = it.phase_diagram(
        "tanh", sigma_w2=np.linspace(0.5, 4, 400), sigma_b2=np.linspace(0, 0.5, 300)
    )
    diagram.plot(ax=left)
    left.set_title("tanh")
    left.text(1.0, 0.35, "ordered", color="white", size=14)
    left.text(3.1, 0.2, "chaotic", color="black", size=14)
    for number, name in enumerate(CURVES):
        edge(right, name, colour=f"C{number}")
    right.set_xlim(0.8, 3.2)
    right.set_ylim(0, 0.6)
    right.set_xlabel(r"$\sigma_w^2$")
    right.set_ylabel(r"$\sigma_b^2$")
    right.set_title("edge of chaos (dashed: the fixed point repels)")
    right.legend(frameon=False, loc="upper left", bbox_to_anchor=(0.22, 1.0))
    figure.savefig(path, dpi=130)


def edge(axes, name: str, colour: str) -> None:
    """One edge of chaos, dashed where V'(q) > 1."""
    q = np.geomspace(1e-4, 1e3, 800)
    curve = it.MeanField(name).edge_of_chaos
    w, b, slope = (
        it.compile(part, [it.symbols.q])(q)
        for part in (curve.sigma_w2, curve.sigma_b2, curve.stability)
    )
    for kept, style in ((slope <= 1, "-"), (slope >= 1, "--")):
        shown = kept & (b >= 0)
        axes.plot(
            np.where(shown, w, np.nan),
            np.where(shown, b, np.nan),
            style,
            color=colour,
            label=name if style == "-" else None,
        )


def draw_pairs(path: Path = STATIC / "pairs_and_kernels.png") -> None:
    """Activations of Weibull weights beside the ratio of the tangent kernel against depth."""
    mpl.use("agg")
    from matplotlib import pyplot as plt

    figure, (left, right) = plt.subplots(1, 2, figsize=(11, 4), layout="constrained")
    x = np.linspace(-4, 4, 801)
    for theta in (2, 2.5, 3, 4, 10):
        phi = it.compile(it.GaussianPair(theta=theta))
        left.plot(x, phi(x), label=rf"$\theta = {theta:g}$")
    left.set(xlabel="$x$", ylabel=r"$\varphi_\theta(x)$")
    left.set_title(r"$W\varphi_\theta(X)$ is normal for Weibull weights")
    left.legend(frameon=False)
    layers = np.unique(np.geomspace(1, 10**5, 80).astype(int)) - 1
    for number, name in enumerate(("relu", "erf", "elu", "sign(x)*abs(x)^(3/4)")):
        ntk = it.NTK(name)
        edge = ntk.mean_field.edge_of_chaos
        weight, bias = (part.subs(it.symbols.q, 1) for part in (edge.sigma_w2, edge.sigma_b2))
        path_ = it.propagate(ntk, weight, bias, depth=int(layers[-1]), q0=1, c0=0.1, layers=layers)
        right.semilogx(layers + 1, path_.ntk_ratio, color=f"C{number}", label=name)
        limit = float(ntk.depth_law["critical"].ratio)
        right.axhline(limit, color=f"C{number}", ls=":", lw=0.8)
    right.set(xlabel="depth $L$", ylabel="$K^L(x, x')/K^L(x, x)$")
    right.set_title("tangent kernel at criticality (dotted: its limit)")
    right.legend(frameon=False)
    figure.savefig(path, dpi=110)


if __name__ == "__main__":
    STATIC.mkdir(exist_ok=True)
    draw()
    draw_pairs()
