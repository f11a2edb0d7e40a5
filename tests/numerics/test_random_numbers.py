"""The counter-based generators: published vectors, splitting, and statistical tests.

Every statistical test is a z-score or a p-value at the level ALPHA, two-sided: with the seeds
fixed here nothing is left to chance, and another seed would raise a false alarm with that
probability for each of the tests.
"""

import numpy as np
import pytest
from scipy import stats

from numerics.random_numbers import GENERATORS, key_of, normals, words
from theory.errors import InputError

ALPHA = 1e-4
Z = stats.norm.isf(ALPHA / 2)

#: Known answers of Philox4x32-10 from the authors' library Random123: counter, key, output.
KNOWN = [
    ((0, 0), 0, (0xE169C58D6627E8D5, 0x9B00DBD8BC57AC4C)),
    ((2**64 - 1, 2**64 - 1), 2**64 - 1, (0x41C83B0E408F276D, 0x6D5451FDA20BC7C6)),
    (
        (0x85A308D3243F6A88, 0x0370734413198A2E),
        0x299F31D0A4093822,
        (0x94FDCCEBD16CFE09, 0x24126EA15001E420),
    ),
]


@pytest.mark.parametrize(("counter", "key", "output"), KNOWN)
def test_philox_known_answers(counter, key, output):
    column, row = counter
    found = words(1, key, row, column, "philox")
    assert tuple(int(word[0]) for word in found) == output


def split_mix(z):
    """SplitMix64 in Python's integers."""
    mask = 2**64 - 1
    z = ((z ^ (z >> 30)) * 0xBF58476D1CE4E5B9) & mask
    z = ((z ^ (z >> 27)) * 0x94D049BB133111EB) & mask
    return z ^ (z >> 31)


def test_mix_is_two_levels_of_splitmix64():
    golden, key, row = 0x9E3779B97F4A7C15, 12345, 7
    base = split_mix((key + row * golden) % 2**64)
    first = [split_mix((base + column * golden) % 2**64) for column in range(3, 6)]
    found = words(3, key, row, 3)
    assert found[0].tolist() == first
    assert found[1].tolist() == [split_mix((z + 0x94D049BB133111EB) % 2**64) for z in first]


@pytest.mark.parametrize("generator", GENERATORS)
def test_any_part_can_be_drawn_alone(generator):
    whole = normals(1000, seed=3, row=5, generator=generator)
    for first, count in ((0, 1), (17, 300), (999, 1)):
        part = normals(count, seed=3, row=5, first=first, generator=generator)
        for a, b in zip(part, whole, strict=True):
            assert np.array_equal(a, b[first : first + count])


@pytest.mark.parametrize("generator", GENERATORS)
def test_normals_are_box_muller_of_the_words(generator):
    z, w = words(4000, key_of(2), 1, generator=generator)
    radius = np.sqrt(-2 * np.log((z >> np.uint64(12)) * 2.0**-52 + 2.0**-53))
    angle = 2 * np.pi * ((w >> np.uint64(12)) * 2.0**-52 + 2.0**-53)
    a, b = normals(4000, seed=2, row=1, generator=generator)
    np.testing.assert_allclose(a, radius * np.cos(angle), rtol=0, atol=3e-15)
    np.testing.assert_allclose(b, radius * np.sin(angle), rtol=0, atol=3e-15)


@pytest.fixture(scope="module", params=GENERATORS)
def table(request):
    """Normals indexed [row, 2 * column + output]: 400 rows of 5000."""
    rows = [normals(2500, seed=11, row=r, generator=request.param) for r in range(400)]
    return np.array([np.ravel(pair, order="F") for pair in rows])


def score(values, mean, variance):
    return (np.mean(values) - mean) / np.sqrt(variance / values.size)


def test_moments_and_tail(table):
    tail = 2 * stats.norm.sf(3)
    scores = [
        score(table, 0, 1),
        score(table**2, 1, 2),
        score(table**3, 0, 15),
        score(table**4, 3, 96),
        score(np.abs(table) > 3, tail, tail * (1 - tail)),
    ]
    assert np.max(np.abs(scores)) < Z


def test_neighbours_are_uncorrelated(table):
    even, odd = table[:, ::2], table[:, 1::2]
    pairs = [
        (even, odd),
        (table[:, :-2], table[:, 2:]),
        (table[:-1], table[1:]),
        (table[:-2], table[2:]),
        (table[:-1, :-2], table[1:, 2:]),
    ]
    for a, b in pairs:
        assert abs(score(a * b, 0, 1)) < Z
        assert abs(score((a**2 - 1) * (b**2 - 1), 0, 4)) < Z


def test_normal_distribution(table):
    assert stats.kstest(table[::4, ::8].ravel(), "norm").pvalue > ALPHA


def test_rows_and_columns_add_up_to_normals(table):
    """Row sums see correlations within rows, column sums those between them."""
    for axis in (0, 1):
        sums = table.sum(axis=axis) / np.sqrt(table.shape[axis])
        assert stats.kstest(sums, "norm").pvalue > ALPHA


@pytest.mark.parametrize("generator", GENERATORS)
def test_bits_of_words_are_fair_and_independent(generator):
    """Every bit of every word over columns 0, 1, ... and over rows 0, 1, ... of one column."""
    across = words(20_000, key_of(5), generator=generator)
    down = np.array([words(1, key_of(5), row, generator=generator) for row in range(5000)])
    for found in (*across, *down.T.reshape(2, -1)):
        bits = (found[:, None] >> np.arange(64, dtype=np.uint64)) & np.uint64(1)
        signs = 2.0 * bits - 1.0
        fair = signs.sum(axis=0) / np.sqrt(len(signs))
        repeated = (signs[1:] * signs[:-1]).sum(axis=0) / np.sqrt(len(signs) - 1)
        bound = stats.norm.isf(ALPHA / 128 / 2)
        assert np.max(np.abs(fair)) < bound
        assert np.max(np.abs(repeated)) < bound


def test_a_bad_generator_is_found_out():
    """Adjacent counters without scrambling: the tests above have power."""
    z = np.arange(5000, dtype=np.uint64) * np.uint64(0x9E3779B97F4A7C15)
    signs = 2.0 * ((z[:, None] >> np.arange(64, dtype=np.uint64)) & np.uint64(1)) - 1.0
    repeated = (signs[1:] * signs[:-1]).sum(axis=0) / np.sqrt(len(signs) - 1)
    assert np.max(np.abs(repeated)) > stats.norm.isf(ALPHA / 128 / 2)


def test_streams_and_seeds_are_uncorrelated():
    draws = [normals(20_000, seed=s, stream=t)[0] for s in (0, 1) for t in (0, 1)]
    for i, a in enumerate(draws):
        for b in draws[:i]:
            assert abs(score(a * b, 0, 1)) < Z


@pytest.mark.parametrize("seed", [-1, 0.5, 2**64, "1", None, True])
def test_seeds_out_of_range(seed):
    with pytest.raises(InputError, match="whole number from 0 to"):
        key_of(seed)


def test_unknown_generator():
    with pytest.raises(InputError, match="mix, philox"):
        normals(1, generator="mersenne")
