"""Recipes by name: every one reads back, and anything else is one line."""

import re
from pathlib import Path
from typing import get_args

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mnist_transfer.recipes import STUDY, Channels, Preprocessing, Recipe, Resize, Scaling, Split, ZScore
from tests.studies import changed, loaded


def one_of(kind: object) -> st.SearchStrategy[str]:
    return st.sampled_from(get_args(kind))


ways = st.builds(Preprocessing, channels=one_of(Channels), resize=one_of(Resize), scaling=one_of(Scaling))
recipes = st.builds(Recipe, preparation=ways | st.just(STUDY), z_score=one_of(ZScore), split=one_of(Split))


@given(ways, recipes)
def test_a_recipe_reads_back_from_its_name(way: Preprocessing, recipe: Recipe) -> None:
    assert str(way) == f"{way.channels}-{way.resize}-{way.scaling}"
    assert Preprocessing.parse(str(way)) == way
    assert str(recipe) == f"{recipe.preparation}/{recipe.z_score}/{recipe.split}"
    assert Recipe.parse(str(recipe)) == recipe


parts = st.lists(st.sampled_from(["repeat", "nearest", "caffe", "none", "official", "study", "-", "/", "\n"])).map("".join)


@given(st.text() | parts)
def test_any_text_is_a_name_or_refused_in_one_line(text: str) -> None:
    try:
        assert str(Recipe.parse(text)) == text
    except ValueError as error:
        assert len(str(error).splitlines()) == 1  # noqa: PT017  either outcome is sound


@pytest.mark.parametrize(
    ("name", "told"),
    [
        ("", "'' has 1 of the parts preparation, z_score, split"),
        ("repeat-nearest/none/official", "'repeat-nearest' has 2 of the parts channels, resize, scaling"),
        ("repeat-area-caffe/none/official", "unknown resize 'area' in 'repeat-area-caffe'; it is one of nearest, bilinear"),
        ("study/none/official/today", "unknown split 'official/today' in "),
    ],
)
def test_a_wrong_name_is_answered_with_what_is_wrong_in_it(name: str, told: str) -> None:
    with pytest.raises(ValueError, match=re.escape(told)):
        Recipe.parse(name)


def test_a_search_has_every_combination_once(tmp_path: Path) -> None:
    found = loaded(changed({}), tmp_path).replay
    assert found is not None
    ways = [f"{way}/{z}" for way in ("repeat-nearest-caffe", "interleave-bicubic-none") for z in ("none", "train", "each")]
    assert found.search.recipes == tuple(f"{way}/official" for way in ways)
