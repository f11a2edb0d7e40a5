"""The table of kernels: its columns against identities and quadrature, its formats."""

import json
import re

import mpmath
import pytest
import sympy as sp

import initheory as it
from theory.catalogue import CATALOGUE
from theory.errors import InputError, UnknownNameError
from theory.special import NUMERIC

q, q1, q2, rho = it.symbols.q, it.symbols.q1, it.symbols.q2, it.symbols.rho
R = sp.Rational

#: One of each family with closed kernels.
TWO_POINT = (
    "prelu",
    "hardtanh",
    "cube",
    "squared_relu",
    "celu",
    "gelu",
    "erf",
    "snake",
    "laplace",
)


@pytest.fixture(scope="module")
def catalogue():
    return it.kernel_table()


def numbers(row):
    """Every parameter of a row at 3/5."""
    return dict.fromkeys(row.activation.parameters, R(3, 5))


def test_every_activation_has_every_column(catalogue):
    assert [row.name for row in catalogue] == list(it.activations())
    assert {len(row) for row in catalogue} == {6}
    assert all(
        (entry.value is None) == (entry.status == "undefined")
        for row in catalogue
        for entry in row
    )


def test_slope_of_the_variance_map_is_the_sum_of_two_columns(catalogue):
    """d/dq E phi^2 = E phi'^2 + E phi phi'', deltas of kinks included."""
    for row in catalogue:
        if row["curvature"].status != "closed":
            continue
        point = {**numbers(row), q: R(17, 10)}
        derived = (row["slope"].value + row["curvature"].value).subs(point).evalf(20)
        assert abs(derived - row["variance"].value.diff(q).subs(point).evalf(20)) < 1e-17, row.name


def test_kernels_at_perfect_correlation_are_the_second_moments(catalogue):
    for row in map(catalogue.__getitem__, TWO_POINT):
        for column, moment in (("covariance_map", "variance"), ("derivative_map", "slope")):
            point = {**numbers(row), q1: R(13, 10), q2: R(13, 10), rho: 1 - R(1, 10**12)}
            near = row[column].value.subs(point).evalf(20)
            exact = row[moment].value.subs({**numbers(row), q: R(13, 10)}).evalf(20)
            assert abs(near - exact) < 1e-5 * (1 + abs(exact)), (row.name, column)


def test_derivative_map_is_the_slope_of_the_covariance_map(catalogue):
    """Price: d/drho E phi(U) phi(V) = sqrt(q1 q2) E phi'(U) phi'(V)."""
    for row in map(catalogue.__getitem__, TWO_POINT):
        point = {**numbers(row), q1: R(7, 10), q2: R(19, 10), rho: R(2, 5)}
        slope = row["covariance_map"].value.diff(rho).subs(point).evalf(20)
        expected = (row["derivative_map"].value * sp.sqrt(q1 * q2)).subs(point).evalf(20)
        assert abs(slope - expected) < 1e-16 * (1 + abs(expected)), row.name


@pytest.mark.parametrize("name", ["softplus", "hardswish", "celu", "snake", "silu"])
def test_one_point_columns_against_quadrature(catalogue, name):
    row = catalogue[name]
    f = sp.lambdify(it.symbols.x, row.activation.expr.subs(numbers(row)), [NUMERIC, "mpmath"])
    with mpmath.workdps(25):
        for column, power in (("mean", 1), ("variance", 2)):
            reference = mpmath.quad(
                lambda u, n=power: f(u) ** n * mpmath.npdf(u, 0, mpmath.sqrt(1.7)),
                [-14, -6, -3, 0, 3, 6, 14],
            )
            ours = row[column].value.subs({**numbers(row), q: R(17, 10)}).evalf(20)
            assert abs(mpmath.mpf(str(ours)) - reference) < 1e-15


def test_infinite_and_undefined_entries_say_why():
    row = it.kernel_table(["step"])["step"]
    assert row["slope"].status == "infinite"
    assert "jumps at x = 0" in row["slope"].note
    assert row["curvature"].status == "undefined"
    assert "phi jumps at x = 0" in row["curvature"].note
    assert "density" in row["derivative_map"].note
    assert "infinite: phi jumps at x = 0" in str(it.kernel_table(["step"]))


def test_a_kink_adds_its_delta():
    row = it.kernel_table(["hardtanh"])["hardtanh"]
    density = sp.exp(-1 / (2 * q)) / sp.sqrt(2 * sp.pi * q)
    assert sp.simplify(row["curvature"].value + 2 * density) == 0


def test_symbolic_parameters_and_values():
    table = it.kernel_table(["leaky_relu", "relu(x) + b*sin(x)"])
    assert {str(p) for row in table for p in row.activation.parameters} == {"alpha", "b"}
    assert it.kernel_table("elu", alpha=1)["elu"].activation == it.Activation("elu")
    with pytest.raises(InputError, match="'gamma'"):
        it.kernel_table(["relu"], gamma=2)
    with pytest.raises(InputError, match="at least one"):
        it.kernel_table([])
    with pytest.raises(UnknownNameError, match="columns are mean"):
        table.rows[0]["third moment"]


def test_json_has_the_documented_fields(catalogue):
    data = json.loads(catalogue.to_json())
    assert set(data) == {"initheory", "quantities", "rows"}
    assert [row["activation"] for row in data["rows"]] == list(CATALOGUE)
    for row in data["rows"]:
        assert [entry["name"] for entry in row["entries"]] == data["quantities"]
        for entry in row["entries"]:
            assert set(entry) == {"name", "title", "symbol", "status", "sympy", "latex", "note"}


def test_latex_is_well_formed(catalogue):
    text = catalogue.latex()
    plain = re.sub(r"\\[{}]", "", text)
    depth = 0
    for letter in plain:
        depth += (letter == "{") - (letter == "}")
        assert depth >= 0
    assert depth == 0
    assert text.count(r"\left") == text.count(r"\right")
    assert text.count(r"\begin{") == text.count(r"\end{")
    assert not re.search(r"operatorname\{(re|im|atan2|asin|Phi|Heaviside)\}", text)
    closed = [e.latex() for row in catalogue for e in row if e.status == "closed"]
    assert not any("cases" in formula or r"\mathbb{E}" in formula for formula in closed)


def test_every_format_shows_every_activation(catalogue):
    for text in (str(catalogue), catalogue.markdown(), catalogue.to_html(), catalogue.latex()):
        assert all(
            name.replace("_", "") in text.replace(r"\_", "").replace("_", "")
            for name in it.activations()
        )
    assert "<script" in catalogue.to_html()
    assert "<script" not in catalogue._repr_html_()
    assert repr(catalogue) == f"KernelTable({len(it.activations())} activations, 6 expectations)"


def test_user_text_is_escaped():
    assert "x < 1" not in it.kernel_table(["Piecewise((0, x < 1), (x, True))"]).to_html()
