"""How untrained networks divide the handwritten digits between two classes.

Run with ``python examples/guessing_bias_digits.py [folder]`` (needs ``initheory[data,plot]``): the
statistics of the data, the prediction at infinite width, random networks of width 100 beside it,
and a short training.  With a folder the pictures are saved there.
"""

import sys
from pathlib import Path

import initheory as it


def main(folder=None):
    """Print the four results; save their pictures into ``folder`` if one is given."""
    images, labels = it.digits()

    # raw grey values are positive: every pair of images is correlated, and the bias is large
    raw = it.data_statistics(images)
    centred = it.data_statistics(images, standardise=True, normalise=True)
    print(raw, centred, sep="\n\n")

    network = it.GuessingBias("tanh", sigma_w2="1.986", sigma_b2="0.1")
    for statistics in (raw, centred):
        print("\n", it.predict_bias(network, statistics, depth=6), sep="")

    study = it.guessing_study(network, width=100, depth=6, networks=20, data=images)
    print("\n", study, sep="")

    course = it.bias_training("tanh", (images, labels % 2), depth=20, width=50, steps=100, seeds=3)
    print("\n", course, sep="")

    if folder is not None:
        import matplotlib.pyplot as plt

        for name, result in (("data", raw), ("networks", study), ("training", course)):
            result.plot().figure.savefig(Path(folder) / f"guessing_bias_{name}.png", dpi=150)
            plt.close("all")
    return raw, centred, study, course


if __name__ == "__main__":
    main(*sys.argv[1:2])
