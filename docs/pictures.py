"""Draw the picture of the README: ``python docs/pictures.py``."""

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


if __name__ == "__main__":
    STATIC.mkdir(exist_ok=True)
    draw()
