"""Pictures of a user's own: put on the dataset's terms whatever they are, classified as training images are, or refused."""

import re
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from mnist_transfer import files, paths, pictures, predict, study
from mnist_transfer import tables as schema
from mnist_transfer.demo import sample
from mnist_transfer.extraction import features
from mnist_transfer.figures import prediction as figures
from mnist_transfer.pictures import Terms
from tests.commands import Result, assert_refused, files_in, run_here

Bytes = npt.NDArray[np.uint8]

DIGITS, FASHION = sample.digits(1), sample.fashion()
#: What the datasets are like, and some images of theirs.
KNOWN = {
    name: (Terms.learn(found.train_images), found.test_images) for name, found in (("digits", DIGITS), ("fashion", FASHION))
}
PIXELS = "pixels/all"


def enlarged(image: Bytes, times: int = 9) -> Bytes:
    return np.kron(image, np.ones((times, times), np.uint8))


def on_canvas(image: Bytes, *, down: int = 40, right: int = 90, side: int = 400) -> Bytes:
    canvas = np.zeros((side, side), np.uint8)
    canvas[down : down + image.shape[0], right : right + image.shape[1]] = image
    return canvas


def transparent(image: Bytes, ink: int) -> Image.Image:
    return Image.fromarray(np.dstack([np.full_like(image, ink)] * 3 + [image]))


def photographed(image: Bytes) -> Image.Image:
    """A pencil's grey on paper with light from one side, and noise."""
    paper = 190 + np.linspace(-25, 25, 400)[:, np.newaxis] + np.random.default_rng(0).normal(0, 3, (400, 400))
    return Image.fromarray((paper - 0.5 * on_canvas(image)).clip(0, 255).astype(np.uint8))


#: How a light object on black may come as a file: of what suffix, how it is drawn, and words of what is said of it.
Drawn = tuple[str, Callable[[Bytes], Image.Image], str]
KINDS: dict[str, Drawn] = {
    "as it is": ("png", Image.fromarray, "28 × 28, grey, light on dark: "),
    "dark on light": ("png", lambda image: Image.fromarray(255 - image), "grey, dark on light: turned light on black"),
    "blue ink": (
        "png",
        lambda image: Image.fromarray(np.dstack([255 - image] * 2 + [image * 0 + 255])),
        "colour, dark on light: made grey",
    ),
    "palette": ("gif", lambda image: Image.fromarray(255 - image).convert("P"), "grey, dark on light"),
    "several pictures": ("tiff", Image.fromarray, "the first of 2 pictures"),
    "black on nothing": ("png", lambda image: transparent(image, 0), "grey, dark on light: laid on white"),
    "white on nothing": ("webp", lambda image: transparent(image, 255), "transparent, grey, light on dark"),
    "16 bits": ("png", lambda image: Image.fromarray(image.astype(np.uint16) * 257), "scaled to 8 bits"),
    "from 0 to 1": ("tiff", lambda image: Image.fromarray(image.astype(np.float32) / 255), "scaled to 8 bits"),
    "lying on its side": ("png", lambda image: Image.fromarray(np.rot90(image)), "grey"),
    "photographed": ("jpg", photographed, "dark on light: light evened, turned light on black, cut to its object of"),
}


def save(folder: Path, kind: str, image: Bytes) -> Path:
    suffix, draw, _ = KINDS[kind]
    drawn = draw(image if kind == "as it is" else enlarged(image))
    path, options = folder / f"{kind}.{suffix}", dict[str, Any]()
    if kind == "several pictures":
        options = {"save_all": True, "append_images": [Image.new("L", drawn.size)]}
    if kind == "lying on its side":
        options["exif"] = Image.Exif()
        options["exif"][0x0112] = 6  # to be turned by a quarter, clockwise
    drawn.save(path, **options)
    return path


def difference(one: Bytes, other: Bytes) -> float:
    return float(np.abs(one.astype(int) - other).mean())


@pytest.mark.parametrize("dataset", KNOWN)
@pytest.mark.parametrize("kind", KINDS)
def test_of_whatever_kind_a_picture_becomes_the_image_that_it_shows(tmp_path: Path, kind: str, dataset: str) -> None:
    terms, images = KNOWN[dataset]
    for image in images[::100]:
        found, expected = (pictures.read(save(tmp_path, name, image), terms) for name in (kind, "as it is"))
        assert found.said.startswith(f"{tmp_path / kind}.")
        assert KINDS[kind][2] in found.said
        assert "\n" not in found.said
        assert difference(found.image, expected.image) < (20 if kind == "photographed" else 2)


@given(st.data())
def test_size_place_and_tone_change_nothing(tmp_path: Path, data: st.DataObject) -> None:
    terms, images = KNOWN[data.draw(st.sampled_from(sorted(KNOWN)))]
    image = images[data.draw(st.integers(0, len(images) - 1))]
    times = data.draw(st.integers(1, 12))
    room = st.integers(0, 400 - 28 * times)
    drawn = on_canvas(enlarged(image, times), down=data.draw(room), right=data.draw(room))
    Image.fromarray(255 - drawn if data.draw(st.booleans()) else drawn).save(tmp_path / "a.png")
    Image.fromarray(image).save(tmp_path / "b.png")
    one, other = (pictures.read(tmp_path / name, terms).image for name in ("a.png", "b.png"))
    # Nearly always less than 1; where the faint edge of an object is found a pixel farther in, about 10.
    assert difference(one, other) < 20, "two images of a class differ by about 40"


def test_the_terms_are_those_of_the_images() -> None:
    terms, _ = KNOWN["fashion"]
    assert (terms.shape, terms.side, terms.by_mass, terms.centre) == ((28, 28), 28, False, (14, 14))
    place = np.arange(28)
    by_mass = []
    for image in DIGITS.train_images[:300]:  # as MNIST's are centred
        mass = [int(np.rint(place @ image.sum(axis=axis) / image.sum())) for axis in (1, 0)]
        by_mass.append(np.roll(image, [14 - at for at in mass], (0, 1)))
    terms = Terms.learn(np.array(by_mass))
    assert (terms.side, terms.by_mass) == (20, True)
    assert terms.centre == pytest.approx((14.5, 14.5), abs=0.1)


def test_images_without_a_black_background_only_say_how_large_a_picture_is_to_be(tmp_path: Path) -> None:
    scenes = np.random.default_rng(0).integers(0, 256, (50, 20, 30), np.uint8)
    Image.fromarray(255 - np.kron(scenes[0], np.ones((8, 8), np.uint8))).save(tmp_path / "scene.png")
    found = pictures.read(tmp_path / "scene.png", Terms.learn(scenes))
    assert found.said.endswith("240 × 160, grey: resized to 30 × 20, as this dataset has no black background")
    assert difference(found.image, 255 - scenes[0]) < 20, "two scenes differ by 85"


# The command, in a study of digits and their pixels


def write_accuracies(folder: Path, **accuracies: float) -> None:
    rows = []
    for name, accuracy in accuracies.items():
        scores = dict.fromkeys(("accuracy", "accuracy_low", "accuracy_high", "macro_f1"), accuracy)
        keys = {"dataset": "mnist", "features": PIXELS, "classifier": name.replace("_", "-")}
        rows.append({**keys, "title": name, **scores, "paper": None})
    schema.ACCURACY.write(folder / paths.table("accuracy"), rows)


@pytest.fixture
def folder(digits_study: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A study of digits in the place of MNIST, whose best row is svm-poly, and then lda; the current folder."""
    copy = Path(shutil.copytree(digits_study, tmp_path / "copy"))
    write_accuracies(copy, knn_3=0.93, svm_poly=0.98, lda=0.95)
    monkeypatch.chdir(copy)
    monkeypatch.setenv("COLUMNS", "120")
    return copy


def predicted(*names: str | Path) -> Result:
    result = run_here("predict", *map(str, names), "--dataset", "mnist")
    assert result.returncode == 0, result.stderr
    return result


def said_classes(result: Result) -> list[str]:
    """Return the likeliest class of each picture: what stands left of the first share below what is said of it."""
    return re.findall(r"^.*(?:centred by).*\n.*?(\d) +█* *[\d.]+%", result.stdout, re.MULTILINE)


def test_pictures_get_the_class_of_the_image_that_they_show_and_the_png_has_all_that_is_printed(folder: Path) -> None:
    for label in ("0", "4", "7"):
        image = DIGITS.test_images[np.flatnonzero(DIGITS.test_labels == int(label))[1]]
        result = predicted(*(save(folder, kind, image) for kind in ("as it is", "photographed")), "--png", "out.png")
        assert said_classes(result) == [label, label]
        assert result.stdout.startswith("MNIST: Linear Discriminant Analysis on pixels/all, which classifies ")
    with Image.open("out.png") as written:
        assert written.format == "PNG"
    ranked, near = [("four", 0.75), ("nine", 0.25)], [image // 2] * 3
    figure = figures.predictions("title", [(image, "a.png", ranked, ["note"], near, ["x", "y", "z"])])
    assert [axes.get_title() for axes in figure.axes if axes.images] == ["a.png", "x", "y", "z"]
    bars = figure.axes[1]
    assert [label.get_text() for label in bars.get_yticklabels()] == ["four", "nine"]
    assert [patch.get_width() for patch in bars.patches] == [0.75, 0.25]  # type: ignore[attr-defined]


def test_a_training_image_is_its_own_nearest_and_no_farther_than_usual(folder: Path) -> None:
    rows = files.read_npz(folder / paths.splits("mnist"), "")["train_index"]
    terms = Terms.learn(DIGITS.train_images[rows])
    for row in rows:
        path = save(folder, "as it is", DIGITS.train_images[row])
        if not difference(pictures.read(path, terms).image, DIGITS.train_images[row]):  # it fills the box as most do
            break
    printed = predicted(path).stdout
    assert "farther away than those of 0.0% of the test images" in " ".join(re.sub("[░▒▓█]", "", printed).split())
    captions = re.findall(r"(\d), (\d+\.\d)", printed.splitlines()[-1])
    assert captions[0] == (str(DIGITS.train_labels[row]), "0.0")
    assert [float(far) for _, far in captions] == sorted(float(far) for _, far in captions)


def test_a_fit_is_kept_until_its_features_change_or_it_is_damaged(folder: Path) -> None:
    picture = save(folder, "dark on light", DIGITS.test_images[0])
    first, second = predicted(picture), predicted(picture)
    assert "fitting Linear Discriminant Analysis to pixels/all, once" in first.stderr
    assert "fitting" not in second.stderr
    assert first.stdout == second.stdout
    path = paths.features("mnist", PIXELS)
    content = files.read_npz(path, "")
    files.write_npz(path, **content | {f"{split}_labels": 9 - content[f"{split}_labels"] for split in paths.SPLITS})
    changed = predicted(picture)
    assert [9 - int(label) for label in said_classes(changed)] == [int(label) for label in said_classes(first)]
    (kept,) = paths.FITS.rglob("*.joblib")
    kept.write_bytes(kept.read_bytes()[:-9])
    again = predicted(picture)
    assert again.stderr == changed.stderr, "fitted again, without a word of what was damaged"
    assert again.stdout == changed.stdout


def test_a_row_of_a_path_is_fitted_with_its_own_value(folder: Path) -> None:
    write_accuracies(folder, knn_3=0.96, knn_5=0.95, lda=0.90)
    printed = predicted(save(folder, "as it is", DIGITS.test_images[0])).stdout
    assert "k-Nearest Neighbours (3) on pixels/all" in printed
    assert set(re.findall(r"\d+\.\d%(?= *\n)", printed)) <= {"0.0%", "33.3%", "66.7%", "100.0%"}


def test_what_cannot_be_used_is_one_line_before_anything_is_fitted(folder: Path) -> None:
    good = save(folder, "dark on light", DIGITS.test_images[0]).rename("good.png")
    Path("cut.png").write_bytes(Path("good.png").read_bytes()[:200])
    Image.new("RGBA", (50, 40), (0, 0, 0, 0)).save("clear.png")
    Image.new("L", (1, 1)).save("dot.png")
    Image.fromarray(np.random.default_rng(0).integers(120, 140, (300, 300), np.uint8)).save("noise.png")
    before = files_in(folder)
    for name, words in (
        ("missing.png", "is missing; name a picture"),
        ("params.yaml", "is damaged (cannot identify image file"),
        ("cut.png", "is damaged ("),
        ("clear.png", "shows nothing: it has one colour; name a picture of one object"),
        ("dot.png", "one colour"),
        ("noise.png", "shows nothing that differs from its border"),
    ):
        assert_refused(run_here("predict", str(good), name, "--dataset", "mnist"), f"error: {name} ", words)
    assert files_in(folder) == before


def test_what_the_study_lacks_is_one_line_that_says_what_to_run(folder: Path) -> None:
    picture = str(save(folder, "as it is", DIGITS.test_images[0]))
    before = files_in(folder)
    assert_refused(run_here("predict", picture), "say whose classes are meant, with --dataset fashion_mnist or mnist")
    mnist = ("predict", picture, "--dataset", "mnist")
    assert_refused(run_here(*mnist, "--png", picture), "would replace the picture itself")
    assert files_in(folder) == before
    paths.FITS.parent.mkdir(exist_ok=True)
    paths.FITS.write_text("a file where a folder should be")
    assert_refused(run_here(*mnist), f"cannot write {paths.FITS}/")
    paths.features("mnist", PIXELS).unlink()
    assert_refused(run_here(*mnist), f"{paths.features('mnist', PIXELS)} is missing; run `dvc repro features@mnist-pixels`")
    write_accuracies(folder, svm_poly=0.98, perceptron=0.9)
    assert_refused(run_here(*mnist), f"{paths.table('accuracy')} has no row of mnist", "that gives probabilities")


@pytest.mark.slow
@pytest.mark.usefixtures("folder")
def test_a_picture_gets_the_features_that_the_study_would_give_it() -> None:
    features.run(study.load(), "mnist", "net")
    expected = files.read_npz(paths.features("mnist", "net/two"), "")["test"]
    rows = files.read_npz(paths.splits("mnist"), "")["test_index"][:7]
    found = predict.extract(study.load(), "net/two", DIGITS.test_images[rows])
    assert found == pytest.approx(expected[:7], rel=1e-4, abs=1e-4)
