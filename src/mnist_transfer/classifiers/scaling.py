"""The z-score of features that may be larger than memory."""

from typing import Any

import numpy as np
import numpy.typing as npt
from sklearn.preprocessing import StandardScaler

from mnist_transfer import memory

#: Rows that are transformed together, of features that lie in a file.
ROWS = 4_096


class Scaler(StandardScaler):  # type: ignore[misc]  # scikit-learn has no types
    """scikit-learn's scaler, to the last bit; of features that lie in a file it takes a part at a time.

    scikit-learn's own copies all features in double precision to find their deviations, and once more to scale them.
    """

    def fit(self, features: npt.NDArray[Any], labels: Any = None, sample_weight: Any = None) -> "Scaler":
        """Find each column's mean and deviation: features float32 (n, width)."""
        if not isinstance(features, np.memmap) or sample_weight is not None:
            super().fit(features, sample_weight=sample_weight)
            return self
        number, width = features.shape
        # Never one column alone, which NumPy adds up in another order.
        columns = max(2, int(memory.limit() / (number * np.dtype(np.float64).itemsize)))
        blocks = np.array_split(np.arange(width), max(1, width // columns))
        parts = [StandardScaler().fit(features[:, block[0] : block[-1] + 1]) for block in blocks]
        for name in ("mean_", "var_", "scale_"):
            setattr(self, name, np.concatenate([getattr(part, name) for part in parts]))
        self.n_samples_seen_, self.n_features_in_ = number, width
        return self

    def transform(self, features: npt.NDArray[Any], copy: bool | None = None) -> npt.NDArray[Any]:
        """Return the z-scores, of the type and shape of the features."""
        if not isinstance(features, np.memmap):
            return np.asarray(super().transform(features, copy))
        scaled = memory.empty(features.shape, features.dtype)
        for start in range(0, len(features), ROWS):
            scaled[start : start + ROWS] = super().transform(features[start : start + ROWS])
        return scaled
