"""Recipes by name: every one reads back, anything else is one line, and so is a wrong `replication` in params.yaml."""

from pathlib import Path
from typing import Any, get_args

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mnist_transfer.recipes import Channels, Look, Recipe, Resize, Scaling, Split, ZScore
from tests.studies import SMALL, changed, loaded, refusal

looks = st.builds(
    Look,
    channels=st.sampled_from(get_args(Channels)),
    resize=st.sampled_from(get_args(Resize)),
    scaling=st.sampled_from(get_args(Scaling)),
)
recipes = st.builds(
    Recipe,
    look=looks,
    z_score=st.sampled_from(get_args(ZScore)),
    split=st.sampled_from(get_args(Split)),
    settings=st.sampled_from(["today", "sklearn-2018", "old_ones"]),
)


@given(looks)
def test_a_look_reads_back_from_its_name(look: Look) -> None:
    assert Look.parse(str(look)) == look


@given(recipes)
def test_a_recipe_reads_back_from_its_name(recipe: Recipe) -> None:
    assert Recipe.parse(str(recipe)) == recipe
    assert str(Recipe.parse(str(recipe))) == str(recipe)


def test_a_name_says_every_part_in_its_place() -> None:
    found = Recipe.parse("interleave-bicubic-unit-caffe/each/holdout/sklearn-2018")
    assert found.look == Look(channels="interleave", resize="bicubic", scaling="unit-caffe")
    assert (found.z_score, found.split, found.settings) == ("each", "holdout", "sklearn-2018")


@pytest.mark.parametrize("kind", [Look, Recipe], ids=lambda kind: kind.__name__)
@given(
    st.text()
    | st.lists(st.sampled_from(["repeat", "nearest", "caffe", "none", "official", "today", "-", "/", "\n"])).map("".join)
)
def test_any_text_is_a_name_or_refused_in_one_line(kind: type[Look] | type[Recipe], text: str) -> None:
    try:
        assert str(kind.parse(text)) == text
    except ValueError as error:
        assert len(str(error).splitlines()) == 1  # noqa: PT017  either outcome is sound


@pytest.mark.parametrize(
    ("name", "complaint"),
    [
        ("", "'' has 1 of the parts look, z_score, split, settings"),
        ("repeat-nearest-caffe/none/official", "has 3 of the parts look, z_score, split, settings"),
        ("repeat-nearest/none/official/today", "'repeat-nearest' has 2 of the parts channels, resize, scaling"),
        ("stack-nearest-caffe/none/official/today", "unknown channels 'stack' in 'stack-nearest-caffe'; it is one of repeat, "),
        (
            "repeat-area-caffe/none/official/today",
            "unknown resize 'area' in 'repeat-area-caffe'; it is one of nearest, bilinear",
        ),
        ("repeat-nearest-caffe-unit/none/official/today", "unknown scaling 'caffe-unit' in 'repeat-nearest-caffe-unit'; it is"),
        (
            "repeat-nearest-caffe/test/official/today",
            "unknown z_score 'test' in 'repeat-nearest-caffe/test/official/today'; it",
        ),
        ("repeat-nearest-caffe/none/random/today", "unknown split 'random' in 'repeat-nearest-caffe/none/random/today'; it is"),
        ("Repeat-nearest-caffe/none/official/today", "unknown channels 'Repeat'"),
    ],
)
def test_a_wrong_name_is_answered_with_what_is_wrong_in_it(name: str, complaint: str) -> None:
    with pytest.raises(ValueError, match=r"^[^\n]+$") as caught:
        Recipe.parse(name)
    assert complaint in str(caught.value)


# In params.yaml

OLD = "repeat-nearest-caffe/none/official/old"


def test_a_study_without_replication_is_whole(tmp_path: Path) -> None:
    content = {key: value for key, value in SMALL.items() if key != "replication"}
    assert loaded(content, tmp_path).replication is None


@pytest.mark.parametrize(
    ("name", "complaint"),
    [
        (
            "repeat-nearest-vgg/none/official/old",
            "unknown scaling 'vgg' in 'repeat-nearest-vgg'; it is one of caffe, none, unit",
        ),
        ("repeat-nearest-caffe/test/official/old", "unknown z_score 'test' in 'repeat-nearest-caffe/test/official/old'"),
        ("repeat-nearest-caffe/none/official", "string should match pattern"),
        ("repeat-nearest-caffe/none/official/old/older", "string should match pattern"),
        ("repeat-nearest-caffe/none/official/", "string should match pattern"),
        ("repeat-nearest-caffe/none/official/ol d", "string should match pattern"),
    ],
)
@pytest.mark.parametrize("key", ["replay", "ladder.rungs"])
def test_a_recipe_that_is_none_is_named_by_its_position(tmp_path: Path, key: str, name: str, complaint: str) -> None:
    message = refusal(changed(f"replication.{key}", [OLD, name]), tmp_path)
    assert message.startswith(f"replication.{key}.1: ")
    assert complaint in message


@pytest.mark.parametrize(
    ("key", "value"),
    [
        ("search.settings", ["old", "older"]),
        ("replay", ["repeat-nearest-caffe/none/official/older"]),
        ("ladder.rungs", [OLD, "repeat-nearest-caffe/none/official/older"]),
    ],
)
def test_settings_that_are_not_defined_are_answered_with_the_known_ones(tmp_path: Path, key: str, value: Any) -> None:
    message = refusal(changed(f"replication.{key}", value), tmp_path)
    assert message == "replication: unknown settings 'older'; replication.settings has old, today"


@pytest.mark.parametrize("rung", [OLD, "repeat-bilinear-caffe/train/official/old", "interleave-nearest-none/none/official/old"])
def test_a_rung_changes_one_part_and_no_more(tmp_path: Path, rung: str) -> None:
    message = refusal(changed("replication.ladder.rungs", [OLD, rung]), tmp_path)
    number = 0 if rung == OLD else 2
    complaint = f"rungs: from {OLD} to {rung} {number} parts change; change one at a time"
    assert message == f"replication.ladder: {complaint}"


@pytest.mark.parametrize(
    "rung",
    [
        "interleave-nearest-caffe/none/official/old",
        "repeat-bilinear-caffe/none/official/old",
        "repeat-nearest-unit-caffe/none/official/old",
        "repeat-nearest-caffe/each/official/old",
        "repeat-nearest-caffe/none/holdout/old",
        "repeat-nearest-caffe/none/official/today",
    ],
)
def test_a_rung_may_change_any_part(tmp_path: Path, rung: str) -> None:
    found = loaded(changed("replication.ladder.rungs", [OLD, rung]), tmp_path).replication
    assert found is not None
    assert found.ladder.rungs == (OLD, rung)


@pytest.mark.parametrize(
    ("key", "value"), [("search.settings", ["old", "today"]), ("replay", ["repeat-nearest-caffe/none/official/today"])]
)
def test_todays_settings_belong_to_the_ladder(tmp_path: Path, key: str, value: list[str]) -> None:
    complaint = "the settings today belong to the ladder; the search and the replays take others"
    assert refusal(changed(f"replication.{key}", value), tmp_path) == f"replication: {complaint}"


def test_today_is_no_name_for_other_settings(tmp_path: Path) -> None:
    content = changed("replication.settings.today", SMALL["replication"]["settings"]["old"])
    complaint = "today stands for the study's own classifiers; choose another name"
    assert refusal(content, tmp_path) == f"replication.settings: {complaint}"


@pytest.mark.parametrize(
    ("key", "value"),
    [
        ("search.channels", ["repeat", "repeat"]),
        ("search.settings", ["old", "old"]),
        ("replay", [OLD, OLD]),
        ("ladder.rungs", [OLD, "repeat-bilinear-caffe/none/official/old", OLD]),
    ],
)
def test_what_would_run_twice_is_refused(tmp_path: Path, key: str, value: list[str]) -> None:
    message = refusal(changed(f"replication.{key}", value), tmp_path)
    assert message.startswith("replication")
    assert f"{value[0]!r} stands there twice" in message


def test_the_network_is_one_of_the_studys(tmp_path: Path) -> None:
    message = refusal(changed("replication.network", "nowhere"), tmp_path)
    assert message == "replication.network: unknown network 'nowhere'; networks has net, none"


@pytest.mark.parametrize("layer", ["all", "deeper"])
def test_pixels_are_no_network(tmp_path: Path, layer: str) -> None:
    content = changed("replication.network", "none", changed("replication.layer", layer))
    assert refusal(content, tmp_path) == "replication.network: none is no network; name the paper's"


def test_a_network_whose_weights_no_stage_makes_is_refused(tmp_path: Path) -> None:
    content = changed("study.networks", ["none"], changed("study.features", ["none/all"]))
    message = refusal(content, tmp_path)
    assert message.startswith("replication.network: net ")
    assert "study.networks" in message


def test_the_layer_is_one_of_the_networks(tmp_path: Path) -> None:
    message = refusal(changed("replication.layer", "deepest"), tmp_path)
    assert message == "replication.layer: unknown layer 'deepest'; networks.net.layers has deep, deeper"
