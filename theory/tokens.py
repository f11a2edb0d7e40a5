"""The first pass over the text of an activation: is every character and every bracket in order?

Nothing is built here.  The text is cut into numbers, names and operators of a closed alphabet, so
that whatever is not a formula (quotes, dots, braces, look-alike letters, ten megabytes) is refused
with its place before Python's own parser sees it.  What comes out is Python source in which the
mathematical spellings ``^``, ``&`` and ``|`` have become ``**``, ``and`` and ``or``.
"""

import ast
import keyword
import re
import unicodedata
from bisect import bisect_right
from dataclasses import dataclass
from itertools import pairwise

from .errors import ActivationSyntaxError
from .vocabulary import FUNCTIONS

__all__ = ["MAX_DEPTH", "MAX_LENGTH", "Source", "scan"]

MAX_LENGTH = 2000  #: characters of a text
MAX_TOKENS = 1200  #: numbers, names and operators of a text
MAX_DEPTH = 50  #: brackets, or signs, inside each other
DIGITS = 40  #: digits of a number, and the largest decimal exponent of one

_EXCERPT = 36
_TOKEN = re.compile(
    r"(?P<space>[ \t]+)"
    r"|(?P<number>(?:[0-9]+(?:\.[0-9]*)?|\.[0-9]+)(?:[eE][+-]?[0-9]+)?)"
    r"|(?P<name>[A-Za-z_][A-Za-z_0-9]*)"
    r"|(?P<operator>\*\*|//|<<|>>|->|:=|==|!=|<=|>=|&&|\|\||[-+*/^(),<>&|=])"
    r"|(?P<other>.)",
    re.DOTALL,
)
_SPELLING = {"^": "**", "&": " and ", "|": " or "} | {
    word: f" {word} " for word in ("and", "or", "not")
}
_REFUSED = {
    "//": "there is no floor division; write / for division",
    "&&": "write 'and'",
    "||": "write 'or'",
    "==": "a single point has probability zero; compare with < or <=",
    "!=": "a single point has probability zero; compare with < or <=",
    ".": "attributes are not part of a formula; write plain functions such as tanh(x)",
    "[": "square brackets are not used; write round ones",
    "]": "square brackets are not used; write round ones",
    "{": "braces are not used; write round brackets",
    "}": "braces are not used; write round brackets",
    "%": "there is no remainder; a formula has + - * / ** and functions",
    "'": "a formula contains no quoted text",
    '"': "a formula contains no quoted text",
    "\n": "a formula is one line; remove the line break",
    "\r": "a formula is one line; remove the line break",
    ";": "a formula is one expression",
    "~": "write 'not'",
    "!": "there is no factorial; a formula has + - * / ** and functions",
}
_KEYWORDS = {
    "lambda": "lambda is a reserved word; name the parameter lam",
    "if": "write where(condition, value, otherwise) instead of if and else",
    "else": "write where(condition, value, otherwise) instead of if and else",
    "None": "a formula has no None",
}
_WORDS = {"and", "or", "not", "True", "False"}

# What a letter or sign that only looks right should be typed as; the rest follows from Unicode.
_LOOK_ALIKES = dict(zip("асеорхуіјАВЕКМНОРСТХ", "aceopxyijABEKMHOPCTX", strict=True)) | {
    "−": "-", "–": "-", "—": "-", "×": "*", "·": "*", "⋅": "*", "∙": "*", "÷": "/", "∕": "/",
    "√": "sqrt(...)", "∞": "a number", "≤": "<=", "≥": ">=", "π": "pi", "λ": "lam", "ƒ": "f",
    "∧": "and", "∨": "or", "¬": "not", "²": "**2", "³": "**3", "φ": "phi", "ϕ": "phi",
    "Φ": "Phi", "ℯ": "e",
}  # fmt: skip


@dataclass(frozen=True)
class Source:
    """A text, its Python spelling, and where each piece of the latter starts in the former."""

    text: str
    python: str
    starts: tuple[int, ...]
    places: tuple[int, ...]

    def place(self, column: int) -> int:
        """Index in ``text`` of what is at index ``column`` of ``python``."""
        piece = max(bisect_right(self.starts, column) - 1, 0)
        return self.places[piece] + max(column - self.starts[piece], 0)

    def error(self, problem: str, start: int, end: int = 0, kind=ActivationSyntaxError):
        """The error that ``problem`` occurs between two indices of ``python``."""
        return _error(
            self.text, problem, self.place(start), self.place(end - 1) + 1 if end else 0, kind
        )

    def tree(self) -> ast.expr:
        """Python's syntax tree of the formula, which is never compiled."""
        try:
            return ast.parse(self.python, mode="eval").body
        except SyntaxError as error:
            problem = "a number, a name or an operator is missing or out of place"
            place = (error.offset or len(self.python) + 1) - 1
            raise self.error(problem, place) from None
        except (MemoryError, RecursionError):
            raise self.error("the formula is nested too deeply; simplify it", 0) from None


def scan(text: str) -> Source:
    """Cut ``text`` into the tokens of the grammar.

    Raises :class:`~theory.errors.ActivationSyntaxError`: too long, too deep, a foreign character,
    a bracket without its partner, a missing operator, a number that is too long.

    >>> scan("2 * x^2").python
    '2 * x**2'
    """
    _check_size(text)
    tokens = [_checked(text, match) for match in _TOKEN.finditer(text)]
    visible = [match for match in tokens if match.lastgroup != "space"]
    if not visible:
        raise ActivationSyntaxError(
            "cannot read an empty text: an activation is a formula in x, such as tanh(x)"
        )
    if len(visible) > MAX_TOKENS:
        raise ActivationSyntaxError(
            f"cannot read a formula of {len(visible)} numbers, names and operators: "
            f"the limit is {MAX_TOKENS}"
        )
    _check_brackets(text, visible)
    for left, right in pairwise(visible):
        _check_neighbours(text, left, right)
    return _spelled(text, tokens)


def _error(text, problem, start, end=0, kind=ActivationSyntaxError):
    """One line: what was asked, the column (counted from 1), what is wrong and what would work."""
    if not start < end <= start + _EXCERPT:
        end = start + _EXCERPT
    excerpt = text[start:end]
    if not excerpt:
        start = max(len(text) - _EXCERPT, 0)
        return kind(f"cannot read {text[start:]!r} at its end: {problem}")
    more = "..." if end < len(text) and end == start + _EXCERPT else ""
    return kind(f"cannot read {excerpt!r}{more} at column {start + 1}: {problem}")


def _check_size(text):
    if not isinstance(text, str):
        raise ActivationSyntaxError(
            f"cannot read an object of type {type(text).__name__} as a formula: "
            "give a text such as 'tanh(x)'"
        )
    if len(text) > MAX_LENGTH:
        raise ActivationSyntaxError(
            f"cannot read a formula of {len(text)} characters: the limit is {MAX_LENGTH}"
        )


def _checked(text, match):
    """The token itself, if the grammar has it."""
    token, start = match.group(), match.start()
    problem = None
    match match.lastgroup:
        case "number":
            problem = _number_problem(token)
        case "name":
            problem = _name_problem(token)
        case "operator":
            problem = _REFUSED.get(token)
            if problem is None and token in {"<<", ">>", "->", ":="}:
                problem = f"{token} is not part of a formula"
        case "other":
            problem = _REFUSED.get(token) or _character_problem(token)
    if problem:
        raise _error(text, problem, start, match.end())
    return match


def _number_problem(token):
    mantissa, _, exponent = token.lower().partition("e")
    if len(mantissa) > DIGITS:
        return f"a number has at most {DIGITS} digits"
    if exponent and (len(exponent) > 6 or abs(int(exponent)) > DIGITS):
        return f"the decimal exponent of a number lies between -{DIGITS} and {DIGITS}"
    if len(mantissa) > 1 and mantissa[:2].isdigit() and mantissa[0] == "0":
        return "write the number without leading zeros"
    return None


def _name_problem(token):
    if token in _KEYWORDS:
        return _KEYWORDS[token]
    if keyword.iskeyword(token) and token not in _WORDS:
        return f"{token!r} is a reserved word; choose another name"
    if token[:1] == "_" and token[1:].isdigit():
        return "write digits without underscores"
    if token.startswith("_") or len(token) > DIGITS:
        return f"a name starts with a letter and has at most {DIGITS} characters"
    return None


def _character_problem(character):
    if character.isascii():
        return f"the character {character!r} is not part of a formula"
    spelling = _ascii_spelling(character)
    advice = f"write {spelling}" if spelling else "a formula is plain ASCII"
    name = unicodedata.name(character, "unnamed").lower()
    return f"the character {character!r} ({name}) is not ASCII; {advice}"


def _ascii_spelling(character):
    if character in _LOOK_ALIKES:
        return _LOOK_ALIKES[character]
    name = unicodedata.name(character, "").split()
    if name[:1] == ["GREEK"] and "LETTER" in name:
        word = name[name.index("LETTER") + 1].lower().replace("lamda", "lam")
        return word.capitalize() if "CAPITAL" in name else word
    plain = unicodedata.normalize("NFKD", character)
    plain = "".join(letter for letter in plain if letter.isascii() and letter.isprintable())
    return "a space" if plain.isspace() else plain


def _check_brackets(text, tokens):
    open_places = []
    for token in tokens:
        if token.group() == "(":
            open_places.append(token.start())
            if len(open_places) > MAX_DEPTH:
                raise _error(text, f"more than {MAX_DEPTH} nested brackets", token.start())
        elif token.group() == ")":
            if not open_places:
                raise _error(text, "this ')' closes nothing; remove it", token.start())
            open_places.pop()
    if open_places:
        raise _error(text, "this '(' is never closed; add a ')'", open_places[-1])


def _check_neighbours(text, left, right):
    """Two operands side by side are a product only in print."""
    before, after = left.group(), right.group()
    starts = right.lastgroup in {"number", "name"} and after not in {"and", "or"}
    ends = left.lastgroup in {"number", "name"} and before not in {"and", "or", "not"}
    if starts and (ends or before == ")") and after != "not":
        product = "*" if before == ")" else f"{before}*{after}"
        call = f" or {before}({after}) for a function" if before in FUNCTIONS else ""
        problem = f"an operator is missing here; write {product} for a product{call}"
        raise _error(text, problem, left.start(), right.end())
    if after == "(" and (left.lastgroup == "number" or before in {")", "True", "False"}):
        problem = "an operator is missing before the bracket; write * for a product"
        raise _error(text, problem, left.start(), right.end())


def _spelled(text, tokens):
    pieces, starts, places, length = [], [], [], 0
    for token in tokens:
        piece = _SPELLING.get(token.group(), token.group())
        piece = piece if pieces else piece.lstrip()  # Python minds an indented line
        pieces.append(piece)
        starts.append(length)
        places.append(token.start())
        length += len(piece)
    return Source(text, "".join(pieces), tuple(starts), tuple(places))
