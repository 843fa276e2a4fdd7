"""Published accuracies that ours are compared with."""

from pathlib import Path

import pandas as pd


def published() -> pd.DataFrame:
    """Read them: columns source, classifier, dataset and accuracy.

    ``paper``: the table of the paper that this study reproduces. ``raw-pixels``: Xiao, Rasul and Vollgraf, "Fashion-MNIST: a
    novel image dataset for benchmarking machine learning algorithms", 2017, https://doi.org/10.48550/arXiv.1708.07747, table 3;
    ``raw-pixels-best``: its best row. ``humans``: the same authors, https://github.com/zalandoresearch/fashion-mnist#benchmark.
    ``trained-network``: Tanveer, Khan and Kyung, "Fine-tuning DARTS for image classification", 2020,
    https://doi.org/10.48550/arXiv.2006.09042; Cireşan, Meier and Schmidhuber, "Multi-column deep neural networks for image
    classification", 2012, https://doi.org/10.1109/CVPR.2012.6248110.
    """
    return pd.read_csv(Path(__file__).with_name("published.csv"))
