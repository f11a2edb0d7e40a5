"""Every claim of mean-field theory holds, its mutations are refuted, and printed digits are met.

The digits were computed independently of this toolkit, by 30-digit quadrature and closed forms;
the toolkit must reproduce them through its public verbs.
"""

import pytest
import sympy as sp

import initheory as it
from proofs_check import Verdict
from proofs_check.outcome import verify_claim
from proofs_check.registry import claims

q, rho, sigma_w2 = it.symbols.q, it.symbols.rho, it.symbols.sigma_w2

IDS = {
    "mf.vprime", "mf.depth-scales", "mf.c-monotone-convex", "mf.vfix-uniqueness",
    "mf.eoc-parametric", "mf.eoc-closed", "mf.eoc-table", "mf.eoc-stability", "mf.sigmoid-eoc",
    "mf.rate-relu", "mf.rate-smooth", "mf.rate-kink", "mf.rate-general", "mf.kernels",
    "mf.gelu-moments", "mf.hermite", "mf.he-init", "mf.selu", "mf.phase-values", "mf.curvature",
    "mf.isometry",
}  # fmt: skip


def agrees(number, digits_as_text, slack=1.01):
    """Whether a number rounds to the printed digits, up to one unit of the last of them."""
    printed = sp.Float(digits_as_text, 40)
    decimals = len(digits_as_text.partition(".")[2])
    return abs(sp.Float(number, 40) - printed) <= slack * sp.Float(10) ** -decimals


def test_all_claims_are_there():
    assert {claim.id for claim in claims("mf.*")} == IDS


#: Claims that take more than ten seconds.
SLOW = {"mf.eoc-stability", "mf.sigmoid-eoc"}


@pytest.mark.parametrize(
    "claim",
    [
        pytest.param(claim, marks=[pytest.mark.slow] if claim.id in SLOW else [])
        for claim in claims("mf.*")
    ],
    ids=lambda claim: claim.id,
)
def test_claim_holds_and_its_mutations_are_refuted(claim):
    outcome = verify_claim(claim)
    assert outcome.ok, f"{outcome}: {outcome.evidence} {outcome.notes}"
    assert outcome.mutations, "a claim without a negative control"
    assert outcome.verdict >= Verdict.SUPPORTED


def test_statements_and_sources_are_given():
    for claim in claims("mf.*"):
        assert "$" in claim.statement, claim.id
        assert len(claim.source) > 10, claim.id
        assert claim.statement.count("$") % 2 == 0, claim.id


# rows: activation, q, sigma_w2, sigma_b2, V'(q), beta_q
EDGE_OF_CHAOS = [
    ("tanh", "1/2", "1.68797512057753525", "0.0380412011112684734", "0.547967356622392558",
     "7.306727403916414"),
    ("tanh", "1", "2.15330264890279003", "0.15096462937855289", "0.391465443437314155",
     "3.09391742461811571"),
    ("erf", "1/2", "1.36034952317566339", "0.0465501589414455374", "0.5", "6"),
    ("erf", "1", "1.7562036827601816", "0.184139677807452754", "0.333333333333333333", "2.5"),
    ("elu", "1", "1.49677743543528658", "0.0346602520092012027", "0.860086797418934461",
     "7.94876915636720814"),
    ("sin", "1/2", "1.46211715726000976", "0.0378828427399902415", "0.537882842739990241",
     "8.6558136549546114"),
    ("sin", "1", "1.76159415595576489", "0.238405844044235112", "0.238405844044235112",
     "2.62607057099866261"),
    ("atan", "1/2", "1.61014022017811905", "0.0262061548145906942", "0.628208612560442564",
     "10.3373301606393092"),
    ("softsign", "1", "4.39229636082279545", "0.196148180411397726", "0.383205455280555516",
     "0.756754221094488372"),
    ("gelu", "1", "2.19369990353239519", "0.0671916747056337342", "1.06719167470563373",
     "3.30728804120117936"),
    ("gelu", "20", "1.9601850425484747", "0.475336767898979116", "0.981784146536297626",
     "0.742933989888588606"),
    ("silu", "1", "2.63516865987896243", "0.0624715002251668786", "1.09934034438408994",
     "5.27668409037199968"),
    ("silu", "20", "1.97546663700728939", "0.678910488645207966", "0.993167793562536407",
     "1.3004570513534762"),
    ("mish", "1", "2.08731768197285928", "0.0558181435514511961", "1.01625958179966433",
     "4.86667591502502821"),
    ("mish", "20", "1.94692626276705884", "0.592892369588373209", "0.974718892871978426",
     "1.01886003069714357"),
    ("sigmoid", "100", "151.362745203304893", "30.2610621919750612", "0.0287826031862462283",
     "0.100997157690058315"),
]  # fmt: skip


@pytest.mark.parametrize("row", EDGE_OF_CHAOS, ids=lambda row: f"{row[0]}-{row[1]}")
def test_points_of_the_edge_of_chaos(row):
    name, place, *printed = row
    theory = it.MeanField(name)
    curve = theory.edge_of_chaos
    values = (
        curve.sigma_w2,
        curve.sigma_b2,
        curve.stability,
        theory.correlation_rate.coefficient,
    )
    for value, digits in zip(values, printed, strict=True):
        number = it.enclose(value, {q: place}, digits=20).midpoint
        assert agrees(number, digits), f"{number} is not {digits}"


@pytest.mark.parametrize(
    ("name", "bias", "variance", "weights", "beta"),
    [
        ("tanh", 0.05, "0.570047881640764", "1.760954639606739", "6.17112614217103"),
        ("tanh", 0.04, "0.512078504233901", "1.700796372136703", "7.08373782490597"),
        ("erf", 0.05, "0.517176837980564", "1.375839007346680", "5.73650458492721"),
        ("elu", 0.04, "1.106930540346110", "1.511058326192585", "7.39064882125401"),
    ],
)
def test_edge_of_chaos_at_a_given_bias(name, bias, variance, weights, beta):
    (point,) = (p for p in it.edge_of_chaos(it.MeanField(name), sigma_b2=bias) if p.stable)
    for number, digits in ((point.q, variance), (point.sigma_w2, weights), (point.beta, beta)):
        assert float(number) == pytest.approx(float(digits), rel=1e-12)


@pytest.mark.parametrize(
    ("name", "weights", "bias", "variance", "chi_1", "chi_q"),
    [
        (
            "tanh",
            1.7,
            0.05,
            0.53307562794663975035,
            0.98674080902587559097,
            0.52637368297090627361,
        ),
        ("tanh", 2.5, 0.3, 1.4577160136503468648, 0.99892927351841991164, 0.31221984785595346452),
        ("tanh", 4, 0.05, 2.1954939280344877618, 1.3424024144451916959, 0.31819509940455061124),
        ("erf", 2, 0.1, 1.046255360121432544212, 1.118316766118448100338, None),
        ("erf", 1.5, 0.05, 0.6017531671097203449816, 1.034700129581625196307, None),
        ("erf", 4, 0.05, 2.5781781075940371622, 1.5142121834393241823, 0.24595915676608806823),
        ("sin", 2, 0.1, 0.9506153380973517020184, 1.149384661902648297982, 0.29876932380529659596),
        ("sin", 3, 0.01, 1.422861649828268701148, 1.587138350171731298852, 0.1742767003434625977),
        ("elu", 1.3, 0.1, 0.74583861796853235418, 0.89303250129414918914, 0.77007051008571694569),
        ("gelu", 1.5, 0.2, 0.45302064355758998937, 0.5996179839115658374, 0.66101202504413938336),
        ("silu", 1.5, 0.2, 0.36681305613869357015, 0.47673362402549883189, 0.51696366429400412282),
    ],
)
def test_fixed_points(name, weights, bias, variance, chi_1, chi_q):
    (point,) = it.fixed_points(it.MeanField(name), sigma_w2=weights, sigma_b2=bias)
    assert point.q == pytest.approx(variance, rel=1e-12)
    assert point.chi_1 == pytest.approx(chi_1, rel=1e-12)
    assert chi_q is None or point.chi_q == pytest.approx(chi_q, rel=1e-11)
    assert point.phase == ("chaotic" if chi_1 > 1 else "ordered")


@pytest.mark.parametrize(
    ("name", "weights", "bias", "c_star", "xi_c"),
    [
        ("sin", 2, 0.1, 0.5498732426181385173956, 7.8955399090009524295),
        ("sin", 3, 0.01, 0.02539299854022142223696, 3.0902655263298448414),
        ("erf", 4, 0.05, 0.11308865725154037783, 5.4018976483275801736),
    ],
)
def test_chaotic_correlations(name, weights, bias, c_star, xi_c):
    (point,) = it.fixed_points(it.MeanField(name), sigma_w2=weights, sigma_b2=bias)
    assert point.c_star == pytest.approx(c_star, rel=1e-10)
    assert point.xi_c == pytest.approx(xi_c, rel=1e-9)


def test_gelu_has_three_fixed_points_and_two_phases():
    points = it.fixed_points(
        it.MeanField("gelu"), sigma_w2=1.99606248443199, sigma_b2=0.154379529609375
    )
    expected = (1.12852148613664164, 3.0, 52.8910306494323542)
    assert [p.q for p in points] == pytest.approx(expected, rel=1e-7)
    assert [p.stable for p in points] == [True, False, True]
    assert points[0].phase == "ordered"
    assert points[2].phase == "chaotic"


@pytest.mark.parametrize(
    ("name", "value", "at", "digits"),
    [
        ("relu", "0.3536856581", ("13/10", "2/5"), 10),
        ("abs(x)", "0.8947426326", ("13/10", "2/5"), 10),
        ("max(x,0)**2", "0.9996262438", ("13/10", "2/5"), 10),
        ("erf(x)", "0.1865716346", ("13/10", "2/5"), 10),
        ("gelu", "0.2664216183", ("13/10", "2/5"), 10),
        ("sin(x)", "0.1481901302", ("13/10", "2/5"), 10),
        ("cos(x)", "0.3102158811", ("13/10", "2/5"), 10),
        ("exp(x)", "6.1718584499", ("13/10", "2/5"), 10),
        ("x*exp(-x**2/2)", "0.0462380678", ("13/10", "2/5"), 10),
        ("x**3", "8.752848", ("13/10", "2/5"), 10),
        ("tanh", "0.18632441320344808611", ("1", "1/2"), 18),
    ],
)
def test_kernels_at_a_point(name, value, at, digits):
    activation = it.Activation(name)
    node = it.E2(activation, activation, q, q, rho)
    found = it.enclose(node, {q: at[0], rho: at[1]}, digits=digits)
    assert agrees(found.midpoint, value)


def test_gelu_stability_onset():
    curve = it.MeanField("gelu").edge_of_chaos
    onset = (3 + sp.sqrt(17)) / 2
    assert agrees(it.enclose(curve.sigma_w2, {q: onset}).midpoint, "1.98305825743754713")
    assert agrees(it.enclose(curve.sigma_b2, {q: onset}).midpoint, "0.172922390756067352")
    assert abs(it.enclose(curve.stability - 1, {q: onset}).midpoint) < 1e-15


def test_elu_approaches_with_a_square_root_correction():
    correction = it.MeanField("elu").correlation_rate.correction
    assert agrees(it.enclose(correction.coefficient, {q: 1}).midpoint, "4.02662246072269")
    assert correction.term == "l**(-1/2)"


@pytest.mark.parametrize(
    ("name", "variance_gain", "gradient_gain"),
    [
        ("tanh", "2.5361754332174537542", "2.1533026489027900328"),
        ("erf", "2.1525788606075985466", "1.7562036827601815983"),
        ("elu", "1.5505188080679272109", "1.4967774354352865829"),
        ("gelu", "2.3517156140733729476", "2.1936999035323951899"),
        ("silu", "2.810761124074471056", "2.6351686598789624287"),
        ("mish", "2.2107157299379891722", "2.087317681972859278"),
        ("sin", "2.3130352854993313036", "1.7615941559557648881"),
        ("softsign", "5.4640622236455199213", "4.3922963608227954515"),
        ("sigmoid", "3.4085598416231029829", "22.303386053025268829"),
        ("softplus", "1.0854865029883434179", "3.4085598416231029829"),
    ],
)
def test_gains_at_unit_variance(name, variance_gain, gradient_gain):
    theory = it.MeanField(name)
    for node, digits in (
        (theory.second_moment, variance_gain),
        (theory.slope_moment, gradient_gain),
    ):
        assert agrees(it.enclose(1 / node, {q: 1}, digits=22).midpoint, digits)


def test_selu_is_slightly_chaotic():
    (point,) = (
        p for p in it.fixed_points(it.MeanField("selu"), sigma_w2=1, sigma_b2=0) if p.q > 0.5
    )
    assert point.q == pytest.approx(1, rel=1e-9)
    assert point.stable
    assert point.phase == "chaotic"
    assert point.chi_1 == pytest.approx(1.071574992455799, rel=1e-9)
    assert point.chi_q == pytest.approx(0.7826478831968128, rel=1e-9)
