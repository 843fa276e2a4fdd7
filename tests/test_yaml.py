"""YAML is read as DVC reads it, so that a stage and the pipeline around it see the same values."""

from typing import Any

import pytest
from dvc.utils.serialize import parse_yaml  # type: ignore[import-untyped]
from hypothesis import given
from hypothesis import strategies as st

from mnist_transfer import yaml

EXPANDING = "a: &a [1, 1]\n" + "".join(f"{b}: &{b} [*{a}, *{a}, *{a}]\n" for a, b in zip("abcdefghi", "bcdefghij", strict=True))

VALUES = {
    "1e-05": 1e-05,  # YAML 1.1, and PyYAML with it, has these two as strings
    "1e3": 1000.0,
    "yes": "yes",  # true there
    "010": 10,  # eight there
    "190:20:30": "190:20:30",  # a number of base 60 there
    "true": True,
    "~": None,
    "'0'": "0",
    "[&a 1, 2.5, *a]": [1, 2.5, 1],
}


@pytest.mark.parametrize("text", VALUES)
def test_values_are_those_of_yaml_1_2(text: str) -> None:
    found = yaml.load(f"x: {text}")
    assert repr(found) == repr({"x": VALUES[text]}) == repr(parse_yaml(f"x: {text}", "params.yaml"))


@pytest.mark.parametrize(
    ("text", "complaint"),
    [
        ("seed: 1\nseed: 2\n", '^line 2: found duplicate key "seed"'),
        ("a: 1\n---\nb: 2", "^line 2: but found another document$"),
        ("a: !!python/object/apply:os.getcwd []", "^line 1: write the value without !!python/object/apply"),
        ("a: 1\0", "control characters are not allowed"),
        (f"a: {'9' * 5000}", "value has 5000 digits"),
        ("a: " + "[" * 100_000 + "]" * 100_000, "^line 1: nested more than 40 deep$"),
        (EXPANDING, "^line 8: more than 20 aliases$"),
    ],
    ids=["twice", "documents", "code", "control", "digits", "deep", "expanding"],
)
def test_what_is_no_yaml_is_refused_in_one_line(text: str, complaint: str) -> None:
    with pytest.raises(ValueError, match=complaint) as caught:
        yaml.load(text)
    assert "\n" not in str(caught.value)


scalars = st.none() | st.booleans() | st.integers() | st.floats() | st.text(st.characters(categories=["L", "N", "P"]))
contents = st.recursive(
    scalars,
    lambda children: st.lists(children, max_size=3) | st.dictionaries(st.text("aeyno01.-_", min_size=1), children, max_size=3),
    max_leaves=8,
)


@given(st.dictionaries(st.text("abc", min_size=1), contents, max_size=4))
def test_what_is_written_is_read_back_as_it_was(content: dict[str, Any]) -> None:
    found = yaml.load(yaml.dump(content))
    assert repr(found) == repr(content)  # in which NaN is NaN, and keys are in their order
