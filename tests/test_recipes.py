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
    assert Preprocessing.parse(str(way)) == way
    assert Recipe.parse(str(recipe)) == recipe


def test_a_name_says_every_part_in_its_place() -> None:
    found = Recipe.parse("interleave-bicubic-unit-caffe/each/kaggle")
    assert found.preparation == Preprocessing(channels="interleave", resize="bicubic", scaling="unit-caffe")
    assert (found.z_score, found.split) == ("each", "kaggle")
    assert Recipe.parse("study/none/official").preparation == STUDY


parts = st.lists(st.sampled_from(["repeat", "nearest", "caffe", "none", "official", "study", "-", "/", "\n"])).map("".join)


@pytest.mark.parametrize("kind", [Preprocessing, Recipe], ids=lambda kind: kind.__name__)
@given(st.text() | parts)
def test_any_text_is_a_name_or_refused_in_one_line(kind: type[Preprocessing] | type[Recipe], text: str) -> None:
    try:
        assert str(kind.parse(text)) == text
    except ValueError as error:
        assert len(str(error).splitlines()) == 1  # noqa: PT017  either outcome is sound


WRONG = {
    "": "'' has 1 of the parts preparation, z_score, split",
    "repeat-nearest/none/official": "'repeat-nearest' has 2 of the parts channels, resize, scaling",
    "stack-nearest-caffe/none/official": "unknown channels 'stack' in 'stack-nearest-caffe'; it is one of repeat, ",
    "repeat-area-caffe/none/official": "unknown resize 'area' in 'repeat-area-caffe'; it is one of nearest, bilinear",
    "repeat-nearest-caffe/test/official": "unknown z_score 'test' in 'repeat-nearest-caffe/test/official'; it",
    "repeat-nearest-caffe/none/official/today": "unknown split 'official/today' in ",
    "Repeat-nearest-caffe/none/official": "unknown channels 'Repeat'",
}


@pytest.mark.parametrize("name", WRONG)
def test_a_wrong_name_is_answered_with_what_is_wrong_in_it(name: str) -> None:
    with pytest.raises(ValueError, match=re.escape(WRONG[name])):
        Recipe.parse(name)


def test_a_search_has_every_combination_once(tmp_path: Path) -> None:
    found = loaded(changed({}), tmp_path).replay
    assert found is not None
    ways = [f"{way}/{z}" for way in ("repeat-nearest-caffe", "interleave-bicubic-none") for z in ("none", "train", "each")]
    assert found.search.recipes == tuple(f"{way}/official" for way in ways)
