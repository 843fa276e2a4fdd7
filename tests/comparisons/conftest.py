"""The folder with what the earlier stages of the toy study give."""

from tests.difficulty.conftest import folder as folder
from tests.difficulty.conftest import laid_out as laid_out
