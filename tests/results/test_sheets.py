"""Pictures of many images: each comes back from its place, whatever their number and size."""

from pathlib import Path

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from mnist_transfer.results import sheets


@given(number=st.integers(0, 200), height=st.integers(8, 40), width=st.integers(8, 40))
def test_every_image_comes_back_from_its_place(tmp_path: Path, number: int, height: int, width: int) -> None:
    path = tmp_path / "some.webp"
    levels = np.random.default_rng(number).integers(0, 256, number, np.uint8)
    sheets.write(path, np.broadcast_to(levels[:, None, None], (number, height, width)))  # plain ones, which WebP hardly changes
    images = sheets.read(path, number, (height, width)).images()
    assert images.shape == (number, height, width)
    assert images.dtype == np.uint8
    middle = images[:, 3:-3, 3:-3].astype(float)
    assert np.abs(middle.mean(axis=(1, 2)) - levels).max(initial=0) < 16


def test_large_images_are_made_small_enough_for_a_picture_of_thousands(tmp_path: Path) -> None:
    images = np.zeros((100, 300, 200), np.uint8)
    images[3, :150] = 255
    sheets.write(tmp_path / "large.webp", images)
    found = sheets.read(tmp_path / "large.webp", 100, (300, 200)).images()
    assert found.shape == (100, 60, 40)
    assert found[3, :28].min() > 200
    assert found[3, 32:].max() < 50
