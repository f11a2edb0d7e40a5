"""Mean-field theory: published values, identities, and what happens off the beaten track."""

import math

import pytest
import sympy as sp

from theory.activation import activation, activations
from theory.correlation_rate import increment_integral
from theory.gaussian import GaussianExpectation
from theory.mean_field import MeanField
from theory.symbols import q, q1, q2, rho, sigma_b2, sigma_w2

R = sp.Rational
NEW = [
    "x*erf(x)",
    "x*sigmoid(1.702*x)",
    "max(x,0)**2/(1+max(x,0))",
    "x*exp(-x**2/2)",
    "sin(x)+x/3",
    "log(1+x**2)",
    "sign(x)*sqrt(abs(x))",
    "relu(x)-0.1*relu(-x)+0.05*sin(3*x)",
    "elu(x, alpha)",
    "piecewise((-1, x < -1), (x, x < 2), (2, True))",
]


def number(expr, digits=20, **values):
    symbols = {s.name: s for s in expr.free_symbols}
    return expr.subs({symbols[k]: v for k, v in values.items() if k in symbols}).evalf(digits)


def close(value, text, digits):
    return abs(value - sp.Float(text, 40)) < sp.Float(10) ** (-digits) * abs(sp.Float(text, 40))


@pytest.mark.parametrize(
    ("name", "at", "weights", "biases", "stability", "beta"),
    [
        (
            "tanh",
            "1/2",
            "1.68797512057753525",
            "0.0380412011112684734",
            "0.547967356622392558",
            "7.306727403916414",
        ),
        (
            "tanh",
            "1",
            "2.15330264890279003",
            "0.15096462937855289",
            "0.391465443437314155",
            "3.09391742461811571",
        ),
        ("erf", "1/2", "1.36034952317566339", "0.0465501589414455374", "0.5", "6"),
        (
            "elu",
            "1",
            "1.49677743543528658",
            "0.0346602520092012027",
            "0.860086797418934461",
            "7.94876915636720814",
        ),
        (
            "sin",
            "1",
            "1.76159415595576489",
            "0.238405844044235112",
            "0.238405844044235112",
            "2.62607057099866261",
        ),
        (
            "atan",
            "1/2",
            "1.61014022017811905",
            "0.0262061548145906942",
            "0.628208612560442564",
            "10.3373301606393092",
        ),
        (
            "softsign",
            "1",
            "4.39229636082279545",
            "0.196148180411397726",
            "0.383205455280555516",
            "0.756754221094488372",
        ),
        (
            "gelu",
            "1",
            "2.19369990353239519",
            "0.0671916747056337342",
            "1.06719167470563373",
            "3.30728804120117936",
        ),
        (
            "silu",
            "20",
            "1.97546663700728939",
            "0.678910488645207966",
            "0.993167793562536407",
            "1.3004570513534762",
        ),
        (
            "mish",
            "1",
            "2.08731768197285928",
            "0.0558181435514511961",
            "1.01625958179966433",
            "4.86667591502502821",
        ),
        (
            "sigmoid",
            "100",
            "151.362745203304893",
            "30.2610621919750612",
            "0.0287826031862462283",
            "0.100997157690058315",
        ),
    ],
)
def test_edge_of_chaos_table(name, at, weights, biases, stability, beta):
    """Values recomputed in the literature's setting to 15 or more digits."""
    mf = MeanField(name)
    curve, at = mf.edge_of_chaos, R(at)
    assert close(number(curve.sigma_w2, q=at), weights, 15)
    assert close(number(curve.sigma_b2, q=at), biases, 14)
    assert close(number(curve.stability, q=at), stability, 15)
    assert mf.correlation_rate.power == 1
    assert close(number(mf.correlation_rate.coefficient, q=at), beta, 14)


def test_closed_edge_of_chaos_of_erf_and_sin():
    erf, sin = MeanField("erf").edge_of_chaos, MeanField("sin").edge_of_chaos
    assert sp.simplify(erf.sigma_w2 - sp.pi * sp.sqrt(1 + 4 * q) / 4) == 0
    assert sp.simplify(erf.stability - 1 / (1 + 2 * q)) == 0
    assert sp.simplify((sin.sigma_w2 - 2 / (1 + sp.exp(-2 * q))).rewrite(sp.exp)) == 0
    assert sp.simplify((sin.sigma_b2 - q + sp.tanh(q)).rewrite(sp.exp)) == 0


def test_homogeneous_activations_preserve_every_variance():
    for name, weights in (("relu", 2), ("abs", 1), ("leaky_relu", R(20000, 10001))):
        curve = MeanField(name).edge_of_chaos
        assert (curve.sigma_w2, curve.sigma_b2, curve.stability) == (weights, 0, 1)


def test_x_erf_x_is_critical_but_repelling_at_one():
    """chi_1 = 1 at q = 1 with V'(q) > 1; at q = 10 the same equations give an attracting point."""
    curve = MeanField("x*erf(x)").edge_of_chaos
    assert close(number(curve.sigma_w2, q=1), "1.043789308812765", 15)
    assert close(number(curve.sigma_b2, q=1), "0.118868821317157", 14)
    assert close(number(curve.stability, q=1), "1.052830587252070", 15)
    assert close(number(curve.stability, q=10), "0.9642794", 7)


def test_gelu_moments_exactly():
    mf = MeanField("gelu")
    product = (mf.chi_q - mf.chi_1) / sigma_w2  # E phi phi''
    expected = q * (2 + 3 * q - q**2) / (2 * sp.pi * (1 + q) ** 2 * (1 + 2 * q) ** R(3, 2))
    assert sp.simplify(product - expected) == 0
    onset = (3 + sp.sqrt(17)) / 2
    assert sp.simplify(mf.edge_of_chaos.stability.subs(q, onset) - 1) == 0


def test_selu_point_is_fixed_and_slightly_chaotic():
    mf = MeanField("selu")
    at = {q: 1, sigma_w2: 1, sigma_b2: 0}
    assert abs(mf.variance_map.subs(at).evalf(30) - 1) < R(1, 10**28)
    assert close(mf.chi_q.subs(at).evalf(25), "0.7826478831968128472282627", 24)
    assert close(mf.chi_1.subs(at).evalf(25), "1.071574992455799257574656", 24)


def test_kernel_values():
    """E phi(u) phi(v) at (q, c) = (1.3, 0.4), ten published digits."""
    expected = {
        "relu": "0.3536856581",
        "abs": "0.8947426326",
        "max(x,0)**2": "0.9996262438",
        "step": "0.3154949",
        "erf": "0.1865716346",
        "Phi(x)": "0.2862966759",
        "gelu": "0.2664216183",
        "sin": "0.1481901302",
        "cos": "0.3102158811",
        "exp": "6.1718584499",
        "exp(-x**2/2)": "0.4463396255",
        "x*exp(-x**2/2)": "0.0462380678",
        "x**3": "8.752848",
        "elu(x, 1.3)": "0.36794648",
    }
    for text, value in expected.items():
        kernel = (MeanField(text).covariance_map - sigma_b2) / sigma_w2
        found = kernel.subs({q1: R(13, 10), q2: R(13, 10), rho: R(2, 5)}).evalf(15)
        assert close(found, value, len(value.replace(".", "").lstrip("0")) - 1), text


@pytest.mark.parametrize("text", NEW)
def test_new_activations_have_a_full_theory(text):
    mf = MeanField(text)
    names = [e.name for e in mf.equations()]
    assert len(names) == len(set(names)) == 12
    for equation in mf.equations():
        assert equation.source
        assert equation.latex()
        assert equation.value is not None or equation.note
        assert equation.value is None or not equation.value.has(sp.nan, sp.zoo)


@pytest.mark.parametrize("text", [*activations(), *NEW])
def test_slopes_agree_with_the_maps(text):
    """V' from the heat equation against a difference of V; C'(1) = chi_1 where finite."""
    mf = MeanField(text)
    parameters = {p.name: R(1, 4) for p in mf.activation.parameters}
    mf = mf.at(**parameters)
    at = {sigma_w2: R(3, 2), sigma_b2: R(1, 10)}
    h = R(1, 10**6)
    high, low = (mf.variance_map.subs({**at, q: R(7, 5) + s}).evalf(40) for s in (h, -h))
    slope = mf.chi_q.subs({**at, q: R(7, 5)}).evalf(25)
    assert abs((high - low) / (2 * h) - slope) < R(1, 10**9) * (1 + abs(slope))
    if mf.chi_1.is_finite is not False:
        node = mf.slope_moment.subs(q, R(7, 5)) if mf.slope_moment.has(q) else mf.slope_moment
        assert abs(mf.chi_1.subs({**at, q: R(7, 5)}).evalf(25) - R(3, 2) * node.evalf(25)) < R(
            1, 10**20
        ) * (1 + abs(slope))


def test_jumps_and_singular_slopes_have_no_edge_of_chaos():
    for text, words in (("sign", "jumps"), ("sign(x)*sqrt(abs(x))", "not square integrable")):
        mf = MeanField(text)
        assert mf.chi_1 == sp.oo
        assert not mf.edge_of_chaos.exists
        assert mf.correlation_rate.power is None
        note = next(e.note for e in mf.equations() if e.name == "chi_1")
        assert words in note
    assert (
        MeanField("sign(x)*sqrt(abs(x))").variance_map.subs(
            {q: 2 * sp.pi, sigma_b2: 0, sigma_w2: 1}
        )
        == 2
    )


def test_correlation_rates():
    relu = MeanField("relu").correlation_rate
    assert (relu.power, relu.coefficient) == (2, 9 * sp.pi**2 / 2)
    leaky = MeanField("max(x,0) - alpha*max(-x,0)").correlation_rate
    alpha = next(s for s in leaky.coefficient.free_symbols if s.name == "alpha")
    expected = 9 * sp.pi**2 / 2 * (1 + alpha**2) ** 2 / (1 - alpha) ** 4
    assert sp.simplify(leaky.coefficient - expected) == 0
    erf = MeanField("erf").correlation_rate
    assert sp.simplify(erf.coefficient - (1 + 4 * q) / (2 * q**2)) == 0
    affine = MeanField("linear").correlation_rate
    assert affine.power is None
    assert "affine" in affine.statement


def test_three_kinks_away_from_zero():
    """Slopes .3 | 1.1 | .6 | 1.3 with kinks -1, 1/2, 2 at q = 7/10."""
    phi = (
        "piecewise((0.3*x - 0.8, x < -1), (1.1*x, x < 1/2), (0.6*x + 0.25, x < 2), "
        "(1.3*x - 1.15, True))"
    )
    rate = MeanField(phi).correlation_rate
    s, power = rate.expansion
    assert (rate.power, power) == (2, R(3, 2))
    assert close(s.subs(q, R(7, 10)).evalf(12), "0.09634477780", 9)


def test_power_family():
    """sign(x)|x|^(3/4): l^4 (1 - c^l) tends to 9.74e5 whatever q."""
    rate = MeanField("sign(x)*abs(x)**(3/4)").correlation_rate
    assert rate.power == 4
    values = [rate.coefficient.subs(q, v).evalf(8) for v in (R(1, 3), 5)]
    assert abs(values[0] - values[1]) < 1
    assert abs(values[0] / 974000 - 1) < R(1, 100)


def test_increment_integral_is_the_integral():
    import mpmath

    for e, even, odd in ((R(-1, 4), 1, 0), (R(-1, 4), 0, 1), (R(1, 4), 1, 2)):

        def f(x, e=e, even=even, odd=odd):
            return abs(x) ** mpmath.mpf(str(sp.N(e))) * (even + odd * mpmath.sign(x))

        pieces = [-mpmath.inf, -10, -2, -1, -0.5, 0, 1, 10, mpmath.inf]
        numeric = mpmath.quad(lambda x, f=f: (f(x + 1) - f(x)) ** 2, pieces)
        assert (
            abs(numeric / mpmath.mpf(str(sp.N(increment_integral(e, even, odd), 15))) - 1) < 2e-2
        )


def test_corrections():
    elu = MeanField("elu").correlation_rate.correction
    assert elu.term == "l**(-1/2)"
    assert close(elu.coefficient.subs(q, 1).evalf(15), "4.026622460722694", 13)
    erf = MeanField("erf").correlation_rate.correction
    assert erf.term == "log(l)/l"
    assert MeanField("Max(-1, Min(1, x))").correlation_rate.correction.coefficient == -3
    assert MeanField("relu(x) + x*sqrt(abs(x))").correlation_rate.correction is None


def test_correction_of_a_kink_against_the_recursion():
    # phi = max(x, 0) + x^2/8 at q = 1/2: E max(u, 0) v^2 = q^(3/2) (1 + c^2)/sqrt(2 pi)
    variance, s = 0.5, 0.5
    slope = 0.5 + math.sqrt(variance / (2 * math.pi)) / 2 + variance / 16
    smooth = math.sqrt(variance / (2 * math.pi)) / 4 + variance / 32
    e, inverse_root = 0.5, {}
    for layer in range(1, 100_001):
        angle = 2 * math.asin(math.sqrt(e / 2))
        cubic = math.sin(angle) - angle * math.cos(angle) if angle > 0.05 else 0.0
        cubic = cubic or angle**3 * (1 / 3 - angle**2 / 30 + angle**4 / 840)
        moved = (e - cubic / math.pi) / 2 + smooth * e * (2 - e)
        e = s**2 * e + (1 - s**2) * moved / slope
        inverse_root[layer] = 1 / math.sqrt(e)
    rate = MeanField("relu(x) + x**2/8", skip=sp.Rational(1, 2)).correlation_rate
    kappa, step = (
        float(v.subs(q, sp.S.Half)) for v in (rate.coefficient, rate.correction.coefficient)
    )
    ends = [math.sqrt(kappa) * inverse_root[n] - n for n in (10_000, 100_000)]
    assert abs(-2 * (ends[1] - ends[0]) / math.log(10) / step - 1) < 1e-2


def test_fixed_points_in_closed_form():
    lower, upper = sorted(MeanField("x**2").fixed_points, key=str)
    product = sp.simplify(lower * upper)
    assert sp.simplify(product - sigma_b2 / (3 * sigma_w2)) == 0
    assert (
        MeanField("relu").fixed_points == (2 * sigma_b2 / (2 - sigma_w2),)
        or sp.simplify(MeanField("relu").fixed_points[0] - 2 * sigma_b2 / (2 - sigma_w2)) == 0
    )
    assert MeanField("tanh").fixed_points is None


def test_symbolic_parameters_give_symbolic_theory():
    mf = MeanField("elu(x, alpha)")
    assert any(s.name == "alpha" for s in mf.chi_1.free_symbols)
    fixed = mf.at(alpha=1)
    assert sp.simplify(fixed.chi_1 - MeanField("elu").chi_1) == 0
    assert not mf.variance_map.has(GaussianExpectation)


def test_printing():
    mf = MeanField("gelu")
    assert repr(mf) == "MeanField('gelu')"
    assert "variance map" in str(mf)
    assert mf.latex().startswith("\\begin{aligned}")
    assert MeanField(activation("gelu")) == mf
