"""``mnist-transfer`` as its user has it, but for pixels in chunks of 5 images that take a while."""

import sys
from pathlib import Path

from mnist_transfer.__main__ import main
from mnist_transfer.extraction import features
from tests.cluster.tasks import Slowly

if __name__ == "__main__":
    features.CHUNK = 5
    features.pixels = Slowly(Path(sys.argv.pop(1)))
    main()
