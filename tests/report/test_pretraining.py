"""What the report says of ImageNet's weights: it compares the same cut with the same cut."""

from mnist_transfer.report.pretraining import Pretraining
from tests.report.conftest import Made


def test_a_control_is_paired_with_the_same_cut_of_the_same_network(made: Made) -> None:
    facts = made(features=("vgg16/block5", "vgg16/block3", "vgg16-unit/block5", "vgg16-random/block3", "pixels/all"))
    assert Pretraining(facts).pairs == [("vgg16/block3", "vgg16-random/block3")]


def test_the_worth_of_the_weights_by_hand(made: Made) -> None:
    """Each kind of features after the first is a point better on garments in the tiny study."""
    pretraining = Pretraining(made(features=("vgg16/block5", "pixels/all", "vgg16-random/block5"), published=True))
    text = pretraining.worth()
    assert "At VGG16 block 5, the paper's own cut, ImageNet's weights change the best row by −2.0 points on Garments" in text
    assert "Against the best row on raw pixels, VGG16 block 5 features give −1.0 points on Garments" in text
    (value, label, note) = pretraining.cards()[0]
    assert (value, label) == ("−2.0", "ImageNet's weights at block5")
    assert "the paper's cut" in note
    assert "at no cut" in pretraining.conclusion()


def test_weights_that_help_everywhere_are_said_to(made: Made) -> None:
    facts = made(features=("vgg16-random/block5", "vgg16/block5"))
    assert "helps at every cut" in Pretraining(facts).conclusion()


def test_a_study_with_pretrained_features_alone_or_without_it_says_so(made: Made) -> None:
    assert "nothing to compare" in Pretraining(made(features=("vgg16/block5",))).worth()
    assert "No ImageNet weights" in Pretraining(made(features=("pixels/all",))).worth()


def test_the_matched_table_has_a_row_a_dataset_and_kind(made: Made) -> None:
    table = Pretraining(made(features=("vgg16/block5", "pixels/all"))).matched().splitlines()
    assert table[2:] == [
        "| Raw pixels | Garments | 0 of 2 | −1.0 | −1.0 | −1.0 |",
        "| Raw pixels | Digits | 0 of 2 | −1.0 | −1.0 | −1.0 |",
    ]
