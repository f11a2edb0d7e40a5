"""Closed forms of correlated weights: published digits, a recursion of its own, limits, errors."""

import mpmath as mp
import pytest
import sympy as sp

from theory.errors import InputError, UndecidedError
from theory.mean_field import MeanField
from theory.scale_free.kink_correlation import KAPPA_OF_C, c_star
from theory.symbols import rho, sigma_b2, sigma_w2

R = sp.Rational
KAPPA = sp.Symbol("kappa", real=True)
LEAKY = "max(x,0) - a*max(-x,0)"

#: kappa, 2 pi/(pi - kappa), c*, lambda, xi of ReLU without biases
FREE = [
    ("1/10", "2.065755024678914", "0.9887626542197804", "0.9835427144761728", "60.2619792878"),
    ("1/4", "2.172915088637838", "0.9301813940584223", "0.9564635550269727", "22.465552484"),
    ("1/2", "2.378559502215851", "0.7266299342356772", "0.9025616381818092", "9.75435662692"),
    ("3/4", "2.6271971097371", "0.406913243452103", "0.8320265852073287", "5.43800742698"),
    ("9/10", "2.803000490351088", "0.1709003437473236", "0.7773668012099487", "3.97072832482"),
    ("1", "2.933884413848520", "0", "0.733471103462130", "3.22614907290"),
]

#: sigma_w2, c*, lambda, kappa_e of ReLU with biases
BIASED = [
    ("2.1", "0.9748858060120254", "0.97493678292755", "0.14959965017094"),
    ("2.25", "0.8647976007916224", "0.93662251213237", "0.34906585039887"),
    ("2.5", "0.5754779705813766", "0.86897994195482", "0.62831853071796"),
    ("2.8", "0.1748880410470226", "0.77833888888453", "0.89759790102566"),
]


def off(value, printed):
    """The difference from a printed number in units of its last digit."""
    digits = len(printed.partition(".")[2])
    return abs(sp.N(value, 25) - sp.Float(printed, 25)) * 10**digits


@pytest.fixture(scope="module")
def relu():
    return MeanField("relu", weight_correlation="kappa").scale_free


@pytest.fixture(scope="module")
def leaky():
    return MeanField(LEAKY, weight_correlation="kappa", skip="s").scale_free


@pytest.mark.parametrize(("kappa", "boundary", "star", "rate", "xi"), FREE)
def test_table_without_biases(relu, kappa, boundary, star, rate, xi):
    here = {KAPPA: R(kappa)}
    values = (relu.boundary, relu.c_star(), relu.rate, relu.xi)
    for value, printed in zip(values, (boundary, star, rate, xi), strict=True):
        assert off(value.subs(here), printed) <= 1
    assert relu.c_star(kappa) == relu.c_star().subs(here)
    assert abs(relu.weight_correlation(relu.c_star(kappa)).evalf(40) - R(kappa)) < 1e-38


@pytest.mark.parametrize(("weights", "star", "rate", "effective"), BIASED)
def test_table_with_biases(relu, weights, star, rate, effective):
    here = {sigma_w2: R(weights)}
    assert off(relu.c_star_with_bias(weights).subs(KAPPA, 1), star) <= 1
    assert off(relu.rate_with_bias.subs(here), rate) <= 1
    assert off(relu.effective_weight_correlation.subs(here), effective) <= 1
    assert abs(
        relu.sigma_w2(relu.c_star_with_bias(weights).subs(KAPPA, 1)).evalf(30) - R(weights)
    ) < (1e-28)
    # beyond the boundary biases are negligible: c* of kappa itself
    assert relu.c_star_with_bias(3).subs(KAPPA, R(1, 2)) == c_star(R(1, 2))


def test_relu_in_closed_form(relu):
    assert relu.boundary == 2 * sp.pi / (sp.pi - KAPPA)
    assert relu.bounded == sp.Lt(sigma_w2, relu.boundary)
    assert sp.simplify(relu.slope_at_one - sp.pi / (sp.pi - KAPPA)) == 0
    assert relu.slope_at_one_with_bias == sigma_w2 / 2
    growth = sigma_w2 / 2 * (1 - KAPPA / sp.pi)
    assert sp.expand(relu.variance_factor - growth) == 0
    assert sp.simplify(relu.fixed_point - sigma_b2 / (1 - growth)) == 0
    known = (sp.sqrt(1 - rho**2) + rho * (sp.pi - sp.acos(rho))) / sp.pi
    free = (known - KAPPA / sp.pi) / (1 - KAPPA / sp.pi)
    assert sp.simplify(relu.correlation_map - free) == 0
    assert sp.expand(relu.correlation_map_with_bias - 1 + sigma_w2 / 2 * (1 - known)) == 0
    assert relu.correlation_map.free_symbols == {rho, KAPPA}
    assert relu.correlation_map_with_bias.free_symbols == {rho, sigma_w2}
    assert relu.effective_weight_correlation == sp.pi - 2 * sp.pi / sigma_w2
    assert sp.simplify(relu.rate.subs(KAPPA, 1) - sp.pi / (sp.pi - 1) / 2) == 0
    trade = relu.tradeoff
    assert trade.gradient_preserving == 2
    assert sp.simplify(trade.gradient_factor - sp.pi / (sp.pi - KAPPA)) == 0
    assert sp.simplify(trade.forward_factor - 1 + KAPPA / sp.pi) == 0
    assert relu.critical_rate.coefficient == 9 * sp.pi**2 / 2


def test_the_inverse_knows_no_slope(leaky):
    a, s = sp.Symbol("a", real=True), sp.Symbol("s", real=True)
    for maps in (leaky, MeanField("alpha*x + beta*abs(x)", weight_correlation=1).scale_free):
        assert maps.weight_correlation() == KAPPA_OF_C
        assert maps.fixed_point_equation.rhs.free_symbols <= {KAPPA, rho}
        assert maps.small_kappa_law.leading.free_symbols <= {KAPPA}
    boundary = 2 * (1 - s**2) / (1 + a**2 - KAPPA * (1 - a) ** 2 / sp.pi)
    assert sp.simplify(leaky.boundary - boundary) == 0
    assert sp.simplify(leaky.critical_sigma_w2 - 2 * (1 - s**2) / (1 + a**2)) == 0
    # kappa has left the map with biases; s = 1 - a = 0 is the identity scaled
    assert leaky.correlation_map_with_bias.free_symbols == {rho, sigma_w2, a, s}
    assert sp.simplify(leaky.correlation_map.subs(a, 1)) == rho
    absolute = MeanField("abs(x)", weight_correlation="kappa").scale_free
    assert sp.expand(absolute.variance_factor - sigma_w2 * (1 - 2 * KAPPA / sp.pi)) == 0
    assert absolute.c_star() == leaky.c_star()
    assert absolute.rate != MeanField("relu", weight_correlation="kappa").scale_free.rate


def layer(a, s, w, b, kappa, v, cov):
    """One layer by the arc-cosine kernel: (V, covariance) of phi = x for x > 0, a x below."""
    c = cov / v
    known = (mp.sqrt(1 - c * c) + c * (mp.pi - mp.acos(c))) / mp.pi
    # phi = (1 - a) relu + a x: E relu x' = c/2, E relu = 1/sqrt(2 pi)
    shared = (1 - a) ** 2 * known / 2 + a * (1 - a) * c + a * a * c
    own = (1 + a * a) / 2
    mean = (1 - a) ** 2 / (2 * mp.pi)
    return (
        s * s * v + b + w * v * (own - kappa * mean),
        s * s * cov + b + w * v * (shared - kappa * mean),
    )


def test_maps_of_a_leaky_layer_by_its_kernel(leaky):
    numbers = {"a": R(-1, 3), "s": R(1, 2), "kappa": R(3, 4)}
    point = {sp.Symbol(n, real=True): v for n, v in numbers.items()} | {sigma_w2: R(11, 10)}
    with mp.workdps(30):
        a, s, kappa = (mp.mpf(v.p) / v.q for v in numbers.values())
        w, c = mp.mpf("1.1"), mp.mpf("0.3")
        v, cov = layer(a, s, w, 0, kappa, mp.mpf(7), 7 * c)
        free = leaky.correlation_map.subs({**point, rho: R(3, 10)}).evalf(30)
        assert abs(cov / v - mp.mpf(str(free))) < 1e-27
        factor = v / 7
        assert abs(factor - mp.mpf(str(leaky.variance_factor.subs(point).evalf(30)))) < 1e-27
        star = mp.mpf(2) / (1 - factor)
        v, cov = layer(a, s, w, 2, kappa, star, star * c)
        assert abs(v - star) < 1e-26
        biased = leaky.correlation_map_with_bias.subs({**point, rho: R(3, 10)}).evalf(30)
        assert abs(cov / v - mp.mpf(str(biased))) < 1e-27


def test_the_root_to_any_precision():
    for kappa in (mp.mpf(1) / 7, mp.mpf("0.999")):
        with mp.workdps(60):
            kappa = mp.mpf(1) / 7 if kappa < 0.5 else mp.mpf("0.999")
            equation = lambda c, k=kappa: mp.sqrt(1 - c * c) - c * mp.acos(c) - k * (1 - c)  # noqa: E731
            known = mp.findroot(equation, (mp.mpf("1e-6"), mp.mpf("0.99")), solver="anderson")
            exact = R(1, 7) if kappa < 0.5 else R(999, 1000)
            assert abs(mp.mpf(str(c_star(exact).evalf(55))) / known - 1) < 1e-48
    assert (c_star(1), c_star(0), c_star(-3), c_star(sp.Min(KAPPA, 0))) == (0, 1, 1, 1)
    # small kappa: 9 kappa^2/8 (1 - 9 kappa^2/80 + ...)
    tiny = R(1, 10**12)
    gap = (1 - c_star(tiny)).evalf(40)
    law = MeanField("prelu", weight_correlation="kappa").scale_free.small_kappa_law
    assert law.leading == 9 * KAPPA**2 / 8
    assert law.correction == -81 * KAPPA**4 / 640
    assert abs(gap / (law.leading + law.correction).subs(KAPPA, tiny) - 1) < 1e-40
    h = R(1, 10**8)
    slope = ((c_star(R(1, 3) + h) - c_star(R(1, 3) - h)) / (2 * h)).evalf(20)
    assert abs(slope - c_star(KAPPA).diff(KAPPA).subs(KAPPA, R(1, 3)).evalf(20)) < 1e-12
    assert abs(c_star(KAPPA).inverse()(c_star(R(1, 3))).evalf(20) - R(1, 3)) < 1e-18


def test_the_law_beside_the_critical_line(relu):
    """1 - c* ~ (9 pi^2/8) ((sigma_w2 - 2)/sigma_w2)^2 with biases."""
    law = relu.small_gap_with_bias
    known = 9 * sp.pi**2 / 8 * ((sigma_w2 - 2) / sigma_w2) ** 2
    assert sp.simplify(law.leading - known) == 0
    near = 2 + R(1, 10**9)
    gap = 1 - relu.c_star_with_bias(near).subs(KAPPA, 1)
    assert abs(gap.evalf(30) / known.subs(sigma_w2, near).evalf(30) - 1) < 1e-15
    assert MeanField("relu", skip=1).scale_free.small_gap_with_bias is None  # chi_1 > 1 always


#: kappa, sigma_w2, sigma_b2 and the phase that the recursion of relu should show there
def test_shows_itself(relu):
    assert repr(relu) == "ScaleFreeMaps(MeanField('relu', weight_correlation=kappa))"
    assert r"c_*" in relu.latex()
    assert "without biases" in str(relu)
    assert "preserves norms" in str(relu.tradeoff)
    assert "9*kappa**2/8" in str(relu.small_kappa_law)


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("tanh", "does not hold"),
        ("x**2", "of degree 2"),
        ("sign(x)", "of degree 0"),
        ("3*x", "is linear"),
        ("relu(x) + 1", "does not hold"),
    ],
)
def test_what_has_no_closed_forms(text, reason):
    theory = MeanField(text, weight_correlation="1/2")
    assert theory.scale_free is None
    assert reason in theory.scale_free_obstacle


def test_bad_places(relu):
    for wrong in (2, "3/2"):
        with pytest.raises(InputError, match="<= 1"):
            relu.c_star(wrong)
    for wrong in (-0.5, "11/10"):
        with pytest.raises(InputError, match="from 0 to 1"):
            relu.weight_correlation(wrong)
        with pytest.raises(InputError, match="from 0 to 1"):
            relu.sigma_w2(wrong)
    # the ends of the range
    assert (relu.weight_correlation(0), relu.weight_correlation(1), relu.sigma_w2(1)) == (1, 0, 2)
    assert sp.simplify(relu.sigma_w2(0) - 2 * sp.pi / (sp.pi - 1)) == 0
    with pytest.raises(InputError, match="must be positive"):
        relu.phase_at(-1, 0, kappa=1)
    with pytest.raises(UndecidedError, match="depends on kappa"):
        relu.phase_at(2.5, 0.1)
