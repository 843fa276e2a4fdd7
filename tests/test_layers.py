"""A layer's name is checked before anything is computed, and can be looked up."""

import json
from importlib.metadata import version
from pathlib import Path

import pytest

from mnist_transfer import files, layers, paths
from mnist_transfer.errors import InputError
from tests.studies import changed, loaded


@pytest.mark.usefixtures("empty_folder")
@pytest.mark.parametrize(("cut", "meant"), [("blok4_pool", "block4_pool"), ("", "block5_pool")])
def test_a_mistyped_layer_is_named_with_the_one_that_is_meant(tmp_path: Path, cut: str, meant: str) -> None:
    study = loaded(changed({"networks.net.layers.deep.layer": cut}), tmp_path)
    path = paths.layers_of("VGG19", 48, version("keras"))
    files.write_json(path, {"layers": [{"layer": f"block{number}_pool"} for number in range(1, 6)]})
    with pytest.raises(InputError) as caught:
        layers.check(study)
    assert str(caught.value) == (
        f"params.yaml: networks.net.layers.deep.layer: VGG19 has no layer {cut!r}; it has {meant!r}, and "
        "`mnist-transfer layers VGG19` lists all"
    )


@pytest.mark.slow
@pytest.mark.usefixtures("empty_folder")
def test_layers_are_listed_with_their_shapes(capsys: pytest.CaptureFixture[str]) -> None:
    layers.show("VGG16", 48)
    rows = capsys.readouterr().out.splitlines()
    assert [row.split()[0] for row in rows] == json.loads(layers.KNOWN.read_text())["VGG16"]
    assert rows[-1].split() == ["block5_pool", "MaxPooling2D", "1", "×", "1", "×", "512", "0"]
    for architecture, size, message in (("VGG 16", 48, "architecture: string"), ("VGG16", 3, "preparation.size: input")):
        with pytest.raises(InputError, match=message):
            layers.show(architecture, size)
