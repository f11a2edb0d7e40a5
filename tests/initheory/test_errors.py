"""Bad input at the command line: one sentence on standard error, exit status 2, no traceback."""

import subprocess
import sys

import pytest

from initheory.__main__ import BAD_INPUT, main

DERIVE_BAD = {
    "empty": "",
    "blank": "   ",
    "unbalanced": "x*(1+",
    "trailing operator": "x +",
    "two expressions": "x; x",
    "new line and code": "x\nimport os",
    "unknown name": "gelo",
    "unknown function": "foo(x)",
    "function without argument": "tanh + 1",
    "attribute access": "x.__class__",
    "import": "__import__('os').system('true')",
    "lambda": "lambda: x",
    "comprehension": "[x for x in range(3)]",
    "conditional": "x if x else 1",
    "boolean": "True",
    "string": "'x'",
    "walrus": "(y := x)",
    "f-string": "f'{x}'",
    "too many arguments": "tanh(x, x)",
    "no arguments": "tanh()",
    "keyword argument": "tanh(x=1)",
    "tower of powers": "9**9**9",
    "huge exponent": "x**100000",
    "huge number": "1e999999999*x",
    "look-alike letter": "х*erf(x)",
    "full-width sign": "x＋1",
    "null byte": "x\0",
    "deep nesting": "(" * 2000 + "x" + ")" * 2000,
    "many minus signs": "-" * 5000 + "x",
    "long text": "x+" * 200_000 + "x",
    "not real": "sqrt(x)",
    "logarithm of a negative number": "log(x)",
    "pole": "1/x",
    "imaginary unit": "I*x",
    "infinite second moment": "exp(x**2)",
    "grows too fast": "exp(exp(x))",
    "bad piecewise": "piecewise(x)",
}

COMMANDS_BAD = {
    "unknown command": ["derivee", "x"],
    "unknown option": ["derive", "x", "--fromat", "json"],
    "missing activation": ["derive"],
    "two activations": ["derive", "x", "tanh"],
    "unknown format": ["derive", "x", "--format", "docx"],
    "unknown topic": ["derive", "x", "--topic", "mean-fild"],
    "option without value": ["derive", "x", "--format"],
    "minus sign read as an option": ["derive", "-cos(x)"],
    "parameter without value": ["derive", "x*beta", "--param", "beta"],
    "parameter twice": ["derive", "x*beta", "--param", "beta=1", "--param", "beta=2"],
    "parameter that is not a number": ["derive", "x*beta", "--param", "beta=x"],
    "infinite parameter": ["derive", "x*beta", "--param", "beta=1/0"],
    "parameter of another name": ["derive", "x*beta", "--param", "alpha=1"],
    "parameter of an activation without any": ["derive", "tanh", "--param", "beta=1"],
    "variance of zero": ["derive", "tanh", "--sigma-w2", "0"],
    "negative bias variance": ["derive", "tanh", "--sigma-b2", "-1"],
    "variance that is not a number": ["derive", "tanh", "--sigma-w2", "nan"],
    "output into a missing folder": ["derive", "tanh", "-o", "/no/such/folder/a.txt"],
    "output is a folder": ["derive", "tanh", "-o", "/tmp"],
    "grid with two parts": ["phase", "tanh", "--sigma-w2", "0.5:3", "-o", "a.csv"],
    "grid running downwards": ["phase", "tanh", "--sigma-w2", "3:0.5:10", "-o", "a.csv"],
    "grid without points": ["phase", "tanh", "--sigma-w2", "0.5:3:0", "-o", "a.csv"],
    "grid with too many points": ["phase", "tanh", "--sigma-w2", "0.5:3:1000000000"],
    "grid through zero": ["phase", "tanh", "--sigma-w2", "0:3:10", "-o", "a.csv"],
    "grid of words": ["phase", "tanh", "--sigma-b2", "a:b:10", "-o", "a.csv"],
    "picture of unknown kind": ["phase", "tanh", "-o", "phase.docx"],
    "picture without suffix": ["phase", "tanh", "-o", "phase"],
    "nothing to compare": ["compare"],
    "nothing to initialize": ["init"],
    "comparison with an unknown name": ["compare", "relu", "gelo"],
    "variance of zero in a comparison": ["compare", "relu", "--q", "0"],
    "unknown claim": ["verify", "no.such.claim"],
    "unknown claims": ["claims", "no.such.*"],
    "missing file of claims": ["verify", "--file", "/no/such/claims.py"],
    "jobs of zero": ["verify", "--jobs", "0"],
    "unknown level": ["verify", "--level", "thorough"],
    "negative seed": ["verify", "--seed", "-1"],
    "unknown cache command": ["cache", "burn"],
    "missing cache command": ["cache"],
    "empty name of the output": ["derive", "tanh", "-o", ""],
    "unknown suffix of the output": ["derive", "tanh", "-o", "a.xyz"],
    "suffix that a command does not write": ["verify", "-o", "a.md"],
    "suffix that a comparison does not write": ["compare", "relu", "-o", "a.csv"],
    "variance and bias of a comparison": ["compare", "relu", "--q", "1", "--sigma-b2", "0.1"],
    "one bad activation of a comparison": ["compare", "relu", "exp(x**2)"],
    "one bad activation of an initialization": ["init", "relu", "exp(x**2)"],
}

ALL_BAD = {
    **{f"derive: {title}": ["derive", "--", text] for title, text in DERIVE_BAD.items()},
    **COMMANDS_BAD,
}


def assert_refused(status, out, err):
    assert status == BAD_INPUT
    assert out == ""
    assert err.startswith("initheory: error: ")
    assert err.count("\n") == 1
    assert err.endswith("\n")
    assert "Traceback" not in err
    assert 30 < len(err) < 700


@pytest.mark.parametrize("arguments", ALL_BAD.values(), ids=ALL_BAD.keys())
def test_bad_input_is_refused_in_one_line(arguments, capsys):
    status = main(arguments)
    assert_refused(status, *capsys.readouterr())


@pytest.mark.parametrize(
    "arguments",
    [["derive", "gelo"], ["derive", "exp(x**2)"], ["phase", "tanh", "-o", "x.docx"]],
    ids=lambda arguments: " ".join(arguments),
)
def test_bad_input_is_refused_by_a_real_process(arguments):
    run = subprocess.run(
        [sys.executable, "-m", "initheory", *arguments], capture_output=True, text=True
    )
    assert_refused(run.returncode, run.stdout, run.stderr)


def test_a_misspelt_name_is_corrected(capsys):
    main(["derive", "gelo"])
    assert "gelu" in capsys.readouterr().err


def test_a_misspelt_command_is_corrected(capsys):
    main(["derivee", "x"])
    assert "did you mean 'derive'?" in capsys.readouterr().err


@pytest.mark.parametrize("command", ["phase", "init"])
def test_a_parameter_without_value_is_asked_for(command, capsys):
    assert_refused(main([command, "b*tanh(x)"]), *(streams := capsys.readouterr()))
    assert "--param b=1" in streams.err


def test_an_unknown_suffix_names_the_known_ones(capsys):
    main(["derive", "tanh", "-o", "a.xyz"])
    assert ".tex, .html, .htm, .json, .md, .txt" in capsys.readouterr().err


def test_a_failed_run_leaves_no_file(tmp_path, capsys):
    assert main(["derive", "gelo", "-o", str(tmp_path / "a.txt")]) == BAD_INPUT
    assert list(tmp_path.iterdir()) == []
