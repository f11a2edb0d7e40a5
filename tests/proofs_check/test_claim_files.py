"""A user's own file of claims: reading it, and what is said when it cannot be read."""

import pytest

from proofs_check import Claim, claim, load_claims
from theory.errors import ClaimError


def write(tmp_path, text, name="mine.py"):
    file = tmp_path / name
    file.write_text(text)
    return str(file)


def test_claims_come_in_the_order_of_the_file(tmp_path):
    path = write(
        tmp_path,
        "from proofs_check import claim\n"
        "@claim(id='b.two', statement='two')\n"
        "def two():\n    return True\n"
        "@claim(id='a.one', statement='one', source='me')\n"
        "def one():\n    return True\n",
    )
    assert [c.id for c in load_claims(path)] == ["b.two", "a.one"]
    assert load_claims(path) is load_claims(path)


def test_a_changed_file_is_read_again(tmp_path):
    text = "from proofs_check import claim\n@claim(id='my.{}', statement='x')\ndef f(): return 1\n"
    path = write(tmp_path, text.format("a"))
    assert load_claims(path)[0].id == "my.a"
    write(tmp_path, text.format("long"))
    assert load_claims(path)[0].id == "my.long"


def test_a_file_may_use_the_front_door(tmp_path):
    path = write(
        tmp_path,
        "import initheory as it\n"
        "@it.claim(id='my.relu', statement='$E x_+^2 = q/2$')\n"
        "def relu():\n    return it.E('max(x,0)**2', it.symbols.q).doit() == it.symbols.q / 2\n",
    )
    (found,) = load_claims(path)
    assert found.check() is True


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("x = 1\n", "defines no claim"),
        ("def f(:\n", "line 1"),
        ("x = 1\ny = unknown\n", "line 2: NameError"),
        ("x = 1\n\n\n1 / 0\n", "line 4: ZeroDivisionError"),
        ("raise SystemExit(3)\n", "ends the program"),
        (
            "from proofs_check import claim\n@claim(id='', statement='x')\ndef f(): pass\n",
            "line 2",
        ),
        (
            "from proofs_check import claim\n"
            "@claim(id='a', statement='x')\ndef f(): pass\n"
            "@claim(id='a', statement='y')\ndef g(): pass\n",
            "twice",
        ),
    ],
)
def test_a_bad_file_is_one_sentence_with_its_line(tmp_path, text, message):
    path = write(tmp_path, text)
    with pytest.raises(ClaimError, match=message) as caught:
        load_claims(path)
    assert path in str(caught.value)
    assert "\n" not in str(caught.value)


def test_a_missing_file_is_named(tmp_path):
    with pytest.raises(ClaimError, match="no such file"):
        load_claims(tmp_path / "nowhere.py")
    with pytest.raises(ClaimError, match="not a file"):
        load_claims(tmp_path)


@pytest.mark.parametrize(
    "keywords",
    [
        {"id": "has space", "statement": "x"},
        {"id": "a", "statement": " "},
        {"id": "a", "statement": "x", "source": 3},
        {"id": "a", "statement": "x", "mutations": ["text"]},
    ],
)
def test_malformed_claims_are_refused(keywords):
    with pytest.raises(ClaimError):
        claim(**keywords)(lambda: True)


def test_a_claim_needs_a_check():
    with pytest.raises(ClaimError, match="no check"):
        Claim("a", "x")
    with pytest.raises(ClaimError, match="function"):
        claim(id="a", statement="x")(3)


def test_mutations_are_described_by_their_functions():
    def wrong_sign():
        """The sign is wrong."""
        return False

    def other():
        return False

    found = claim(id="a", statement="x", mutations=[wrong_sign, other, ("pair", other)])(other)
    assert [m.description for m in found.mutations] == ["The sign is wrong.", "other", "pair"]
