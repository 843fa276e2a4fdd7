"""Draw some of many images."""

import numpy as np
import numpy.typing as npt


def stratified_subset(labels: npt.NDArray[np.unsignedinteger], size: int, seed: int) -> npt.NDArray[np.int32]:
    """Draw rows so that every class keeps its share.

    Parameters
    ----------
    labels : ndarray of unsigned int, shape (n,)
    size
        How many rows to draw, at most n; all n come back in order.
    seed
        The draw's seed.

    Returns
    -------
    ndarray of int32, shape (size,)
        Ascending rows.

    Raises
    ------
    ValueError
        Fewer images than classes would be drawn, or left behind.
    """
    from sklearn.model_selection import train_test_split

    rows = np.arange(len(labels), dtype=np.int32)
    if size == len(labels):
        return rows
    drawn, _ = train_test_split(rows, train_size=size, stratify=labels, random_state=seed)
    return np.sort(drawn)
