"""Laws of matrices as data: covariances, effects on the maps, texts, and what theories take."""

import pytest
import sympy as sp

from theory.errors import AssumptionError, InitheoryError, InputError
from theory.guessing import GuessingBias
from theory.matrix_laws.definiteness import is_semidefinite
from theory.mean_field import MeanField
from theory.symbols import q, sigma_b2, sigma_w2
from theory.tangent import NTK
from theory.weights import (
    Asymmetric,
    Correlated,
    Custom,
    Orthogonal,
    RowCovariance,
    Student,
    Uniform,
    as_matrix_law,
    as_weight_law,
)

HALF = sp.Rational(1, 2)


# covariances and what they do


@pytest.mark.parametrize("kappa", [-3, 0, HALF, 1])
@pytest.mark.parametrize("size", [2, 5])
def test_the_eigenvalues_of_a_row(kappa, size):
    covariance = Correlated(kappa).row_covariance(size, sigma_w2=2)
    one = sp.ones(size, 1)
    across = sp.Matrix([1, -1, *([0] * (size - 2))])
    assert covariance * one == sp.Rational(2, size) * (1 - sp.S(kappa)) * one
    assert covariance * across == sp.Rational(2, size) * across


def test_columns_are_rows_of_the_transpose():
    row, column = Correlated(HALF), Correlated(HALF, "column")
    assert column.column_covariance(4, 2) == row.row_covariance(4, 2)
    # 3 rows and 4 columns: (sigma_w2/4) (1 - kappa/3) in each entry
    assert column.row_covariance(4, 2, fan_out=3) == sp.Rational(5, 12) * sp.eye(4)
    assert column.column_covariance(3, 2, fan_in=4).trace() == 3 * sp.Rational(5, 12)
    assert row.column_covariance(3, 2, fan_in=4)[0, 0] == row.row_covariance(4, 2)[0, 0]
    for law, covariance in (
        (row, row.row_covariance(4, 1)),
        (column, column.column_covariance(3, 1, fan_in=4)),
    ):
        assert law.axis_sums(3, 4) == (covariance.trace(), sum(covariance))


def test_the_effect_agrees_with_the_maps_of_an_activation():
    law = Correlated(HALF)
    moments = {"E phi": 1 / sp.sqrt(2 * sp.pi), "E phi^2": HALF, "E phi'^2": HALF}
    named = (law.effect.variance_map + law.effect.chi_1).free_symbols
    values = {s: moments[s.name] for s in named if s.name in moments}
    mf = MeanField("relu", weights=law)
    at_one = mf.variance_map.subs(q, 1)
    assert sp.simplify(law.effect.variance_map.subs(values) - at_one) == 0
    assert law.effect.chi_1.subs(values) == mf.chi_1


def test_backward_of_rows_and_columns_by_their_quadratic_forms():
    """W^T delta for a given delta: E g_j^2 and E (sum of g)^2 from the exact covariances."""
    size, kappa = 3, sp.Symbol("kappa", real=True)
    d = sp.Matrix(sp.symbols("d1:4", real=True))
    row, column = Correlated(kappa), Correlated(kappa, "column")
    # rows: Cov(g) = sum_i d_i^2 Cov(row); columns: entries of g independent, variance d^T S d
    rows = d.dot(d) * row.row_covariance(size, sigma_w2)
    total = sum(rows, sp.S.Zero)
    assert sp.simplify(total - sigma_w2 * d.dot(d) * row.effect.uniform_factor) == 0
    each = (d.T * column.column_covariance(size, sigma_w2) * d)[0]
    names = {s.name: s for s in column.effect.gradient_map.free_symbols}
    means = {
        names["mean delta"]: sum(d) / size,
        names["mean delta^2"]: d.dot(d) / size,
        names["E phi'^2"]: 1,
    }
    assert sp.expand(column.effect.gradient_map.subs(means) - each) == 0
    assert column.effect.variance_map == Orthogonal().effect.variance_map
    assert "E phi'" not in {s.name for s in row.effect.gradient_map.free_symbols}


def test_the_covariance_of_a_row_enters_by_two_numbers():
    """E x^T S x of independent x with mean m and second moment s, summed entry by entry."""
    matrix = sp.Matrix([[2, -1, 0], [-1, 3, "1/2"], [0, "1/2", 1]])
    law = RowCovariance(matrix)
    m, s = sp.symbols("m s", positive=True)
    form = sum(matrix[j, k] * (s if j == k else m**2) for j in range(3) for k in range(3))
    assert sp.expand(form - law.sigma_w2 * (s - law.correlation * m**2)) == 0
    size, kappa = 7, sp.Rational(2, 3)
    same = RowCovariance(Correlated(kappa).row_covariance(size))
    assert same.correlation == kappa * (1 - sp.Rational(1, size)) / (1 - kappa / size)
    assert same.spread == sp.Rational(6, 49) / (1 - kappa / 7) ** 2


def test_semidefinite_matrices():
    singular = [[1, sp.sqrt(2)], [sp.sqrt(2), 2]]
    assert is_semidefinite(sp.Matrix(singular))
    below = 2 - sp.Rational(1, 10**30)
    assert not is_semidefinite(sp.Matrix([[1, sp.sqrt(2)], [sp.sqrt(2), below]]))
    assert not is_semidefinite(sp.Matrix([[0, 1], [1, 5]]))
    vector = [0.1, 0.7, 1 / 3]
    RowCovariance([[a * b for a in vector] for b in vector])  # rank 1 up to rounding
    with pytest.raises(InputError, match="positive semidefinite"):
        RowCovariance([[0.1, 0.2], [0.2, 0.1]])


@pytest.mark.parametrize(
    ("given", "sentence"),
    [
        ([[1, 2], [1, 1]], "symmetric"),
        ([[1, 2]], "square matrix"),
        ([1, 2], "square matrix"),
        ([], "square matrix"),
        ([[0, 0], [0, 0]], "covariance is 0"),
        ([[1, float("nan")], [float("nan"), 1]], "cannot be nan"),
        ([["a", 1], [1, -1]], None),
    ],
)
def test_what_is_no_covariance(given, sentence):
    if sentence is None:
        law = RowCovariance(given)
        with pytest.raises(InputError, match="positive semidefinite"):
            law.subs("a", 3)
        return
    with pytest.raises(InputError, match=sentence):
        RowCovariance(given)


def test_a_covariance_as_a_function_of_the_fan_in():
    law = RowCovariance(lambda n: Correlated(HALF).row_covariance(n), correlation=HALF)
    assert law.effect.weight_correlation == HALF
    assert law.at_fan_in(2).row_covariance(2) == Correlated(HALF).row_covariance(2)
    with pytest.raises(AssumptionError, match=r"give it as correlation="):
        RowCovariance(lambda n: sp.eye(n)).effect.kappa("MeanField")
    with pytest.raises(InputError, match="of rows of 2 weights"):
        law.at_fan_in(2).row_covariance(3)


# texts


@pytest.mark.parametrize(
    "law",
    [
        Correlated("-1/3"),
        Correlated("kappa", axis="column", entries="uniform(2)"),
        Correlated.from_pair_correlation("-1/4", 5, 2),
        Orthogonal(),
        Asymmetric("beta(2, 1)", correlation=1),
        RowCovariance([[1, "1/3"], ["1/3", 2]]),
    ],
    ids=["row", "column", "scaled", "orthogonal", "asymmetric", "given"],
)
def test_what_is_printed_can_be_read_and_typed(law):
    assert as_matrix_law(repr(law)) == law
    assert as_matrix_law(str(law)) == law
    assert law.latex()
    assert law._repr_latex_().startswith("$")
    assert law.bounds
    assert law.statement


def test_texts_of_laws():
    assert as_matrix_law("correlated(1/2)") == Correlated(HALF)
    assert as_matrix_law("gaussian_weights(1, axis=fan_out)") == Correlated(1, "column")
    assert as_matrix_law("orthogonal") == Orthogonal()
    assert as_matrix_law("chi(4)") == as_weight_law("chi(4)")
    for given in ("correlated(1/2)", Orthogonal()):
        with pytest.raises(InputError, match="is a law of whole weight matrices, and"):
            as_weight_law(given)
    for text in ("correlated(2)", "correlated(1, 2, 3, 4)", "correlated(1, axis=diagonal)"):
        with pytest.raises(InitheoryError):
            as_matrix_law(text)
    with pytest.raises(InitheoryError, match="did you mean correlated"):
        as_matrix_law("corelated(1)")


def test_independent_laws_are_laws_of_matrices_too():
    assert Uniform().row_covariance(3, 6) == 2 * sp.eye(3)
    assert Uniform().row_covariance(3) == sp.eye(3) / 9  # its own variance is 1/3
    assert Uniform().effect.kappa("MeanField") == 0
    with pytest.raises(AssumptionError, match=r"NTK: Student\(2\) has infinite variance"):
        Student(2).effect.kappa("NTK")
    with pytest.raises(AssumptionError, match="no covariance"):
        Student(2).row_covariance(3)


def test_a_custom_law_says_what_it_declares():
    law = Custom(lambda random, shape: random.normal(size=shape), correlation="kappa")
    assert law.subs("kappa", HALF).row_covariance(2) == Correlated(HALF).row_covariance(2)
    assert MeanField("relu", weights=law).weight_correlation == law.correlation
    with pytest.raises(InputError, match="two arguments"):
        Custom(lambda: 0)
    with pytest.raises(InputError, match="is no function"):
        Custom("gaussian")
    with pytest.raises(AssumptionError, match="MeanField: too heavy"):
        MeanField("relu", weights=Custom(law.draw, obstacle="too heavy"))


# theories that take a law


@pytest.mark.parametrize("theory", [MeanField, NTK, GuessingBias], ids=["mf", "ntk", "bias"])
def test_a_theory_takes_the_law_of_its_weights(theory):
    law = Correlated("kappa")
    made = theory("relu", weights="correlated(kappa)")
    assert made == theory("relu", weight_correlation="kappa")
    assert repr(made) == f"{theory.__name__}('relu', weights=Correlated('kappa'))"
    assert repr(theory("relu")) == f"{theory.__name__}('relu')"
    assert theory("relu", weights=law, weight_correlation="kappa").weights == law
    assert theory("relu", weights=Correlated(1, "column")) == theory("relu")
    assert theory("relu", weights=Orthogonal()) == theory("relu", weights="uniform")
    with pytest.raises(InputError, match="have weight_correlation = 1 in the maps, not 1/2"):
        theory("relu", weights="correlated(1)", weight_correlation="1/2")
    for text in ("asymmetric", "cauchy"):
        with pytest.raises(AssumptionError, match=f"^{theory.__name__}: "):
            theory("relu", weights=text)


def test_the_law_is_kept_by_substitution_and_inheritance():
    mf = MeanField("elu(x, alpha)", weights="correlated(kappa)", skip="s")
    at = mf.at(kappa=HALF, alpha=1)
    assert (at.weights, at.weight_correlation) == (Correlated(HALF), HALF)
    assert mf.at(s=0).weights == Correlated("kappa")
    assert MeanField(mf).weights == mf.weights
    assert MeanField(mf, weight_correlation=0).weights is None
    assert NTK(MeanField("relu", weights="orthogonal")).weights == Orthogonal()
    ntk = NTK("relu", weights="correlated(kappa)").at(kappa=1)
    assert (ntk.weights, ntk.weight_correlation) == (Correlated(1), 1)
    bias = GuessingBias(MeanField("relu", weights="correlated(1)"), 2, 0)
    assert bias.with_activation("gelu").weights == Correlated(1)
    student = MeanField("relu", weights="student(nu)").at(nu=5)
    assert student.weights == Student(5)
    assert sigma_b2 in student.variance_map.free_symbols


@pytest.mark.parametrize("changes", [(5,), ("a", 1, 2), ([1, 2],), ()])
def test_substitutions_that_are_none(changes):
    with pytest.raises(InputError, match="a symbol and its value"):
        Correlated("a").subs(*changes)


@pytest.mark.parametrize(
    ("text", "arguments"),
    [
        ("correlated(k=1/2)", "correlation, axis, entries, kappa, sigma_w2"),
        ("orthogonal(3)", "none"),
    ],
)
def test_a_law_names_the_arguments_it_takes(text, arguments):
    with pytest.raises(InputError) as error:
        as_matrix_law(text)
    assert str(error.value).endswith(f"its arguments: {arguments}")


def test_kappa_is_another_word_for_the_correlation():
    assert Correlated(kappa="1/2") == Correlated(HALF)
    assert Correlated(kappa=HALF).kappa == HALF
    assert Correlated().correlation == 0
    with pytest.raises(InputError, match="one number"):
        Correlated(1, kappa=1)
