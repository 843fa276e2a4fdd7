"""What commands take, as ``--help`` explains it."""

from typing import Annotated

import typer

Dataset = Annotated[str, typer.Argument(help="A name under `datasets` in params.yaml, such as mnist.")]
Network = Annotated[str, typer.Argument(help="A name under `networks` in params.yaml, such as vgg16.")]
Features = Annotated[str, typer.Argument(help="A network and one of its layers, such as vgg16/block5.")]
Look = Annotated[
    str,
    typer.Argument(help="Channels, resizing and scaling, such as repeat-nearest-unit-caffe; see `replication` in params.yaml."),
]
Recipe = Annotated[
    str, typer.Argument(help="Preparation, z-score, split and settings, such as repeat-nearest-unit-caffe/none/official/today.")
]
Classifier = Annotated[str, typer.Argument(help="A name under `classifiers` in params.yaml, such as knn.")]
Write = Annotated[bool, typer.Option("--write", help="Write results/claims.json and evidence.json instead, as the stage does.")]
Draft = Annotated[bool, typer.Option("--draft", help="Render it although a claim does not hold: struck through.")]
