"""An enlarged canvas to draw a garment on, and the outlines that it is drawn with."""

from collections.abc import Callable, Sequence

import numpy as np
import numpy.typing as npt
from PIL import Image, ImageDraw
from scipy.ndimage import gaussian_filter

SIDE = 28
MIDDLE = SIDE / 2
#: Garments are drawn this many times larger and averaged, which smooths their edges.
SUPERSAMPLING = 3

Floats = npt.NDArray[np.float64]
Images = npt.NDArray[np.uint8]
Vertices = Floats | Sequence[Floats | tuple[float, float]]


class Drawing:
    """A garment under way, on an enlarged canvas, in a pose and a cloth of its own.

    Coordinates are pixels of the finished image: x from the middle to the right (-14 to 14), y from the top down (0 to 28).

    Parameters
    ----------
    rng
        Decides pose, grey and cloth.
    """

    def __init__(self, rng: np.random.Generator) -> None:
        self.rng = rng
        angle, scale = rng.normal(0, 0.03), rng.uniform(0.96, 1.05)
        self.turn = scale * np.array([[np.cos(angle), np.sin(angle)], [-np.sin(angle), np.cos(angle)]])
        self.shift = rng.normal(0, 0.5, 2)
        #: Grey of the cloth; most garments are light, as in the real data.
        self.grey = float(rng.triangular(50, 220, 255))
        self.canvas = np.zeros((SIDE * SUPERSAMPLING,) * 2)
        self.cloth: Floats = np.ones_like(self.canvas)

    def weave(self, *patterns: str) -> None:
        """Choose the cloth's pattern among `patterns`, and crumple the cloth a little."""
        rng = self.rng
        y, x = (np.indices(self.canvas.shape) + 0.5) / SUPERSAMPLING

        def wave(at: Floats, shortest: float, longest: float) -> Floats:
            return np.sin(2 * np.pi * (at / rng.uniform(shortest, longest) + rng.uniform()))

        slant = rng.uniform(0, np.pi)
        folds = 0.07 * wave(x * np.cos(slant) + y * np.sin(slant), 9, 20)
        speckle = rng.normal(0, 1, (SIDE, SIDE))
        pattern: dict[str, Callable[[], Floats]] = {
            "plain": lambda: np.zeros_like(x),
            "stripes": lambda: np.tanh(3 * wave(y, 2.5, 7)),
            "pinstripes": lambda: 0.7 * wave(x, 2, 4),
            "checks": lambda: (wave(x, 3, 5) + wave(y, 3, 5)) / 2,
            "knit": lambda: 0.3 * _enlarged(speckle),
            "flowers": lambda: np.tanh(4 * _enlarged(gaussian_filter(speckle, 0.8))),
        }
        self.cloth = 1 + folds + rng.uniform(0.12, 0.4) * pattern[rng.choice(patterns)]()

    def fill(self, outline: Vertices, tone: float = 1) -> None:
        """Fill an outline with cloth, `tone` times as bright and darker towards its edge."""
        mask = self._mask(outline, lambda pen, at: pen.polygon(at, fill=1))
        light = 0.4 + 0.6 * gaussian_filter(mask.astype(np.float32), 0.8 * SUPERSAMPLING, truncate=2)
        self.canvas[mask] = (self.grey * tone * light * self.cloth)[mask]

    def fill_both(self, outline: Vertices, tone: float = 1) -> None:
        """Fill an outline and its mirror image."""
        for side in (1, -1):
            self.fill(np.asarray(outline) * (side, 1), tone)

    def stroke(self, line: Vertices, tone: float, width: float) -> None:
        """Draw a line in a plain grey, `tone` times the cloth's."""
        pixels = max(1, round(width * SUPERSAMPLING))
        self.canvas[self._mask(line, lambda pen, at: pen.line(at, fill=1, width=pixels, joint="curve"))] = self.grey * tone

    def image(self) -> Images:
        """Shrink the canvas to 28 x 28 pixels, with noise on the object alone: the background of the real images is black."""
        small = self.canvas.reshape(SIDE, SUPERSAMPLING, SIDE, SUPERSAMPLING).mean(axis=(1, 3))
        noisy = small + self.rng.normal(0, 5, small.shape) * (small > 8)
        shrunk: Images = np.rint(np.clip(noisy, 0, 255)).astype(np.uint8)
        return shrunk

    def _mask(self, points: Vertices, draw: Callable[[ImageDraw.ImageDraw, list[float]], None]) -> npt.NDArray[np.bool_]:
        at = ((np.asarray(points) - (0, MIDDLE)) @ self.turn + self.shift + MIDDLE) * SUPERSAMPLING
        mask = Image.new("1", self.canvas.shape)
        draw(ImageDraw.Draw(mask), at.ravel().tolist())
        return np.asarray(mask)


def _enlarged(pattern: Floats) -> Floats:
    return pattern.repeat(SUPERSAMPLING, axis=0).repeat(SUPERSAMPLING, axis=1)


def mirrored(right_half: Vertices) -> Floats:
    """Complete the right half of a symmetric outline, given from top to bottom."""
    right = np.asarray(right_half, dtype=float)
    return np.concatenate([right, right[::-1] * (-1, 1)])


def rounded(outline: Vertices, times: int = 2) -> Floats:
    """Round a closed outline by cutting its corners `times` times (Chaikin, 1974)."""
    points = np.asarray(outline, dtype=float)
    for _ in range(times):
        following = np.roll(points, -1, axis=0)
        points = np.stack([0.75 * points + 0.25 * following, 0.25 * points + 0.75 * following], axis=1).reshape(-1, 2)
    return points


def arc(x: float, y: float, width: float, height: float, turns: float = 1) -> Floats:
    """Return an ellipse around (x, y), clockwise from its right end; half a turn is the lower half, minus half the upper."""
    angle = 2 * np.pi * turns * np.linspace(0, 1, 20)
    return np.stack([x + width / 2 * np.cos(angle), y + height / 2 * np.sin(angle)], axis=1)
