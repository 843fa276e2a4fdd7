"""Recipes by name: every one reads back, and anything else is one line."""

import re
from pathlib import Path
from typing import get_args

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mnist_transfer.recipes import Channels, Preprocessing, Recipe, Resize, Scaling, Settings, Split, ZScore
from tests.studies import RECIPE, changed, loaded


def one_of(kind: object) -> st.SearchStrategy[str]:
    return st.sampled_from(get_args(kind))


ways = st.builds(Preprocessing, channels=one_of(Channels), resize=one_of(Resize), scaling=one_of(Scaling))
recipes = st.builds(Recipe, preprocessing=ways, z_score=one_of(ZScore), split=one_of(Split), settings=one_of(Settings))


@given(ways, recipes)
def test_a_recipe_reads_back_from_its_name(way: Preprocessing, recipe: Recipe) -> None:
    assert Preprocessing.parse(str(way)) == way
    assert Recipe.parse(str(recipe)) == recipe


def test_a_name_says_every_part_in_its_place() -> None:
    found = Recipe.parse("interleave-bicubic-unit-caffe/each/holdout/sklearn-2018")
    assert found.preprocessing == Preprocessing(channels="interleave", resize="bicubic", scaling="unit-caffe")
    assert (found.z_score, found.split, found.settings) == ("each", "holdout", "sklearn-2018")


parts = st.lists(st.sampled_from(["repeat", "nearest", "caffe", "none", "official", "today", "-", "/", "\n"])).map("".join)


@pytest.mark.parametrize("kind", [Preprocessing, Recipe], ids=lambda kind: kind.__name__)
@given(st.text() | parts)
def test_any_text_is_a_name_or_refused_in_one_line(kind: type[Preprocessing] | type[Recipe], text: str) -> None:
    try:
        assert str(kind.parse(text)) == text
    except ValueError as error:
        assert len(str(error).splitlines()) == 1  # noqa: PT017  either outcome is sound


WRONG = {
    "": "'' has 1 of the parts preprocessing, z_score, split, settings",
    "repeat-nearest-caffe/none/official": "has 3 of the parts preprocessing, z_score, split, settings",
    "repeat-nearest/none/official/today": "'repeat-nearest' has 2 of the parts channels, resize, scaling",
    "stack-nearest-caffe/none/official/today": "unknown channels 'stack' in 'stack-nearest-caffe'; it is one of repeat, ",
    "repeat-area-caffe/none/official/today": "unknown resize 'area' in 'repeat-area-caffe'; it is one of nearest, bilinear",
    "repeat-nearest-caffe-unit/none/official/today": "unknown scaling 'caffe-unit' in 'repeat-nearest-caffe-unit'; it is",
    "repeat-nearest-caffe/test/official/today": "unknown z_score 'test' in 'repeat-nearest-caffe/test/official/today'; it",
    "repeat-nearest-caffe/none/random/today": "unknown split 'random' in 'repeat-nearest-caffe/none/random/today'; it is",
    "repeat-nearest-caffe/none/official/older": "unknown settings 'older' in ",
    "Repeat-nearest-caffe/none/official/today": "unknown channels 'Repeat'",
}


@pytest.mark.parametrize("name", WRONG)
def test_a_wrong_name_is_answered_with_what_is_wrong_in_it(name: str) -> None:
    with pytest.raises(ValueError, match=re.escape(WRONG[name])):
        Recipe.parse(name)


def test_the_ladder_may_change_any_part(tmp_path: Path) -> None:
    changes = {"repeat": "interleave", "nearest": "bilinear", "caffe": "unit-caffe"}
    changes |= {"none": "each", "official": "overlap", "sklearn-2018": "today"}
    for before, after in changes.items():
        names = [RECIPE, RECIPE.replace(before, after)]
        found = loaded(changed({"replay.ladder.recipes": names}), tmp_path).replay
        assert found is not None
        assert list(found.ladder.recipes) == names


def test_the_search_tries_every_combination_once(tmp_path: Path) -> None:
    found = loaded(changed({}), tmp_path).replay
    assert found is not None
    tried = [str(recipe) for way in found.search.preprocessings for recipe in found.search.recipes(way)]
    assert len(set(tried)) == len(tried) == 2 * 3 * 6 * 3
    assert {name.split("/", 2)[2] for name in tried} == {"official/sklearn-2018"}
