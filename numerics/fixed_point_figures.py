"""Figure of a variance map with infinitely many fixed points."""

import numpy as np
import sympy as sp

from theory.fixed_point_family import FixedPointFamily

from .fixed_point_sequences import fixed_point_sequences

__all__ = ["fixed_point_wave"]


def fixed_point_wave(delta=1, omega=2, sigma_w2=1, periods=4):
    """V(q)/q against q, periodic in log q, with the attracting (full) and repelling fixed points.

    For x exp((delta/omega) sin(omega log|x|)) without biases.
    """
    import matplotlib.pyplot as plt

    family = FixedPointFamily(delta=delta, omega=omega)
    found = fixed_point_sequences(family, sigma_w2=sigma_w2)
    reach = periods * np.pi / float(omega)
    places = np.linspace(-reach, reach, 801)
    turn = 1j * float(family.frequency) * places
    wave = sum(
        (1 if k == 0 else 2) * (complex(c) * np.exp(k * turn)).real
        for k, c in enumerate(family.harmonics(12))
    )
    figure, ax = plt.subplots(figsize=(6.6, 3.4), layout="constrained")
    q = np.exp(2 * places)
    ax.semilogx(q, float(sp.N(sigma_w2)) * wave)
    ax.axhline(1.0, color="k", lw=0.8)
    for point in found.points:
        inside = np.array(
            [
                place
                for place in found.within(q[0], q[-1])
                if _is_member(place, float(point.q), found.ratio)
            ]
        )
        face = "C1" if point.stable else "white"
        label = "attracting" if point.stable else "repelling"
        ax.plot(inside, np.ones(inside.size), "o", color="C1", mfc=face, label=label)
    ax.set(xlabel="$q$", ylabel="$V(q)/q$", title=rf"$\delta = {delta},\ \omega = {omega}$")
    ax.legend()
    return figure


def _is_member(place, first, ratio):
    """Whether place = first ratio^k for a whole k."""
    steps = np.log(place / first) / np.log(ratio)
    return abs(steps - round(steps)) < 1e-6
