"""Values drawn from laws against their distribution functions, and networks of such weights.

Each Kolmogorov-Smirnov test rejects with probability 1e-6 if the sampler is right; the seeds are
fixed, so the suite either always passes or always fails.
"""

import numpy as np
import pytest
import scipy.stats
import sympy as sp

import initheory as it
from theory.errors import InputError

W = it.weights
COUNT = 20_000
FALSE_ALARM = 1e-6
LAWS = {
    W.Weibull(3): scipy.stats.dweibull(3),
    W.Gaussian(2): scipy.stats.norm(scale=2**0.5),
    W.Uniform(2): scipy.stats.uniform(-2, 4),
    W.Laplace(): scipy.stats.laplace(),
    W.Student(5): scipy.stats.t(5),
    W.Subbotin(3.5): scipy.stats.gennorm(3.5),
    W.Logistic(): scipy.stats.logistic(),
    W.HyperbolicSecant(): scipy.stats.hypsecant(),
    W.TruncatedGaussian(1.5): scipy.stats.truncnorm(-1.5, 1.5),
    W.Beta(0.5, 1.75, 0.5): scipy.stats.rdist(3.5),
    W.as_weight_law("dgamma(1.5)").scaled(2): scipy.stats.dgamma(1.5, scale=2),
}


@pytest.mark.parametrize("law", LAWS, ids=str)
def test_samples_have_the_law(law):
    values = law.rvs(COUNT, random_state=7)
    assert values.dtype == float
    assert scipy.stats.kstest(values, LAWS[law].cdf).pvalue > FALSE_ALARM


def test_the_factor_of_weibull_weights_gives_normal_products():
    pair = it.GaussianPair(theta=3)
    random = np.random.default_rng(5)
    factor = np.abs(W.as_weight_law(pair.factor).rvs(COUNT, random))
    products = W.Weibull(3).rvs(COUNT, random) * factor
    assert scipy.stats.kstest(products, "norm").pvalue > FALSE_ALARM


@pytest.mark.parametrize("law", [W.Rademacher(), W.TwoPoint(1, 2, 0.25), W.Sparse("chi(3)", 0.3)])
def test_atoms_have_their_frequencies(law):
    values = law.rvs(COUNT, random_state=3)
    for place, probability in law.atoms:
        share, p = np.mean(values == float(place)), float(probability)
        assert abs(share - p) < 5 * (p * (1 - p) / COUNT) ** 0.5


def test_what_is_drawn_depends_on_the_random_state_alone():
    law = W.Chi(2.5)
    first = law.rvs((3, 4), random_state=1)
    assert first.shape == (3, 4)
    assert (first == law.rvs((3, 4), np.random.default_rng(1))).all()
    assert (law.rvs(9, np.random.RandomState(2)) == law.rvs(9, np.random.RandomState(2))).all()
    assert (law.rvs(9, 1) != law.rvs(9, 2)).all()
    assert isinstance(law.rvs(random_state=1), float)


@pytest.mark.parametrize("bad", [-1, 1.5, "seed", True])
def test_bad_random_states(bad):
    with pytest.raises(InputError, match="random_state"):
        W.Uniform().rvs(3, bad)


def test_bad_requests():
    with pytest.raises(InputError, match="give a value to theta"):
        W.Weibull(sp.Symbol("theta", positive=True)).rvs(3, 1)
    with pytest.raises(InputError, match="size"):
        W.Uniform().rvs(-3, 1)


@pytest.mark.parametrize("weights", ["chi(4)", W.Weibull(3), scipy.stats.gennorm(4), "gaussian"])
def test_networks_have_weights_of_variance_one(weights):
    net = it.Network("linear", width=40, depth=1, sigma_w2=1, weights=weights)
    sample = it.simulate(net, rho0=0.3, samples=400, seed=1, method="brute")
    mean = np.asarray(sample.mean)
    assert np.isfinite(mean).all()
    if not isinstance(net.weights, str):
        assert sp.simplify(net.weights.variance) == 1


def test_networks_of_normal_weights_in_any_writing_are_gaussian():
    for weights in ("norm", "norm(scale=3)", W.Gaussian(7), W.Chi(1), "gennorm(2)"):
        assert it.Network("tanh", 5, 1, sigma_w2=1, weights=weights).weights == "gaussian"


def test_objects_of_other_libraries_draw_for_themselves():
    skewed = scipy.stats.expon(loc=-1)  # of mean 0 and variance 1
    assert it.Network("tanh", 5, 1, sigma_w2=1, weights=skewed).weights is skewed


def test_products_are_drawn_factor_by_factor():
    # E sqrt(E') has the transform Gamma(1 + s) Gamma(1 + s/2), and P(> y) = E exp(-(y/E)^2)
    law = W.Mellin("gamma(1 + s)*gamma(1 + s/2)*gamma(2 + s)/gamma(3 + s)*2")
    random = np.random.default_rng(11)
    values = np.abs(law.rvs(COUNT, random))
    direct = random.exponential(size=COUNT) * np.sqrt(random.exponential(size=COUNT))
    direct *= random.beta(2, 1, size=COUNT)
    assert scipy.stats.ks_2samp(values, direct).pvalue > FALSE_ALARM
    assert abs(np.mean(values**2) / float(law.variance) - 1) < 0.2


def test_without_a_seed_the_seed_is_zero():
    law = it.weights.Weibull(3)
    assert (law.rvs(4) == law.rvs(4, random_state=0)).all()
