"""Draw garments, class by class, in Fashion-MNIST's ten classes: parametric outlines in a pose and a cloth of their own."""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from mnist_transfer.demo.canvas import MIDDLE, SIDE, Drawing, Images, Vertices, arc, mirrored, rounded


def draw(labels: npt.NDArray[np.uint8], rng: np.random.Generator) -> Images:
    """Draw one garment a label.

    Parameters
    ----------
    labels : ndarray of uint8, shape (n,)
        Classes 0 to 9, in Fashion-MNIST's order.
    rng
        Decides cut, pose, grey, cloth and details.

    Returns
    -------
    ndarray of uint8, shape (n, 28, 28)
    """
    images = np.empty((len(labels), SIDE, SIDE), np.uint8)
    for image, label in zip(images, labels, strict=True):
        drawing = Drawing(rng)
        _GARMENTS[label](drawing, rng)
        image[:] = drawing.image()
    return images


@dataclass(frozen=True)
class _Body:
    """Where the body of an upper garment ended up: its top edge, its hem and half the hem's width."""

    top: float
    bottom: float
    hem: float


Range = tuple[float, float]


def _body(drawing: Drawing, shoulder: Range, waist: Range, hem: Range, sleeve: Range, height: Range = (24.5, 26.5)) -> _Body:
    """Draw sleeves and the body over them, with half widths and lengths drawn from these ranges."""
    rng = drawing.rng
    shoulder_x, waist_x, hem_x, length, tall = (rng.uniform(*span) for span in (shoulder, waist, hem, sleeve, height))
    top, bottom, chest_x, neck_x = MIDDLE - tall / 2, MIDDLE + tall / 2, shoulder_x - 0.8, shoulder_x - rng.uniform(3, 4.2)
    if length:
        spread = rng.uniform(0.12, 0.32) + max(0, 0.6 - length / 18)  # short sleeves stand out, long ones hang
        width = rng.uniform(2.6, 3.4) + max(0, 1.6 - length / 10)
        tip = np.array([shoulder_x, top + 1.7])
        elbow = tip + length / 2 * np.array([np.sin(spread), np.cos(spread)])
        cuff = elbow + length / 2 * np.array([np.sin(spread / 3), np.cos(spread / 3)])
        inside = cuff - width * np.array([np.cos(spread), -np.sin(spread)])
        drawing.fill_both([(neck_x, top), tip, elbow, cuff, inside, (chest_x - 0.6, top + 7)], rng.uniform(0.88, 1.05))
    sides = [(neck_x, top), (shoulder_x - 0.4, top + 1.5), (chest_x, top + 7), (waist_x, top + 0.55 * tall), (hem_x, bottom)]
    drawing.fill(mirrored([*sides, (hem_x / 2, bottom + 0.4)]))
    return _Body(top, bottom, hem_x)


def _neckline(drawing: Drawing, body: _Body, width: float, depth: float) -> None:
    """Cut a round or pointed neckline, through which the inside of the back shows."""
    if drawing.rng.random() < 0.5:
        drawing.fill(arc(0, body.top, width + 2, 2 * depth + 2, 0.5), 0.85)
    hole: Vertices = [(-width / 2, body.top - 0.2), (width / 2, body.top - 0.2), (0, body.top + depth)]
    if drawing.rng.random() < 0.7:
        hole = arc(0, body.top - 0.2, width, 2 * depth, 0.5)
    drawing.fill(hole, drawing.rng.choice([0, 0.45]))


def _raised_collar(drawing: Drawing, body: _Body, width: float, height: float) -> None:
    """Draw a turtleneck or a hood."""
    collar = [(width / 2, body.top - 1.5), (width / 2 + 0.5, body.top + height)]
    drawing.fill(rounded(mirrored(collar)))


def _front(drawing: Drawing, body: _Body, depth: float, tone: float, buttons: bool) -> None:
    """Draw the line where a garment opens below a collar or lapels of this depth, with or without buttons."""
    drawing.stroke([(0, body.top + depth), (0, body.bottom)], tone, 0.7)
    for y in np.arange(body.top + depth + 1.5, body.bottom - 1, 3.5) if buttons else ():
        drawing.fill(arc(1, y, 1.2, 1.2), 0.5)
    drawing.fill([(-1.8, body.top - 0.4), (1.8, body.top - 0.4), (0, body.top + depth)], 0.35)
    drawing.fill_both(
        [(0.1, body.top + depth), (1.5, body.top - 0.8), (3.4, body.top + 0.5), (1.8 + depth / 8, body.top + 0.7 * depth + 1)],
        1.25,
    )


def _t_shirt(drawing: Drawing, rng: np.random.Generator) -> None:
    drawing.weave("plain", "plain", "plain", "stripes", "knit", "flowers")
    kind = rng.choice(["short", "bare", "long"], p=[0.75, 0.13, 0.12])
    sleeve = {"short": (4.5, 9.5), "bare": (0, 0), "long": (11, 20)}[kind]
    body = _body(drawing, (4.8, 5.8) if kind == "bare" else (6.2, 7.4), (5, 6.6), (5.4, 7.2), sleeve)
    _neckline(drawing, body, rng.uniform(4, 6.6), rng.uniform(1.2, 4))
    if rng.random() < 0.35:
        drawing.fill(arc(0, rng.uniform(9, 13), rng.uniform(4, 7), rng.uniform(2, 6)), rng.choice([0.4, 0.6, 1.6]))


def _trouser(drawing: Drawing, rng: np.random.Generator) -> None:
    drawing.weave("plain", "plain", "plain", "pinstripes", "knit", "flowers")
    waist, hip, gap, width, crotch = (rng.uniform(*span) for span in ((3.2, 4.6), (4.3, 5.8), (0.5, 2), (2.6, 4), (8.5, 11.5)))
    hem = rng.uniform(20, 23) if rng.random() < 0.1 else rng.uniform(26.5, 27.5)
    outside = [(waist, 0.8), (hip, 7), (gap + width + 0.4, 17), (gap + width, hem)]
    drawing.fill_both([(0, 0.8), *outside, (gap, hem), (gap / 2, 17), (0, crotch)])
    drawing.stroke([(-waist, 2.4), (waist, 2.4)], rng.uniform(0.6, 0.9), 0.6)
    drawing.stroke([(0, 2.4), (0, crotch - 1)], rng.uniform(0.5, 0.8), 0.5)


def _pullover(drawing: Drawing, rng: np.random.Generator) -> None:
    drawing.weave("plain", "plain", "knit", "knit", "stripes")
    body = _body(drawing, (6.2, 7.4), (5.6, 7), (5.2, 6.8), (18, 22), (23.5, 26.5))
    drawing.stroke([(-body.hem, body.bottom - 1.8), (body.hem, body.bottom - 1.8)], rng.uniform(0.6, 0.9), 0.5)
    if rng.random() < 0.25:
        _raised_collar(drawing, body, 5.6, 1.6)
    else:
        _neckline(drawing, body, rng.uniform(3.6, 6), rng.uniform(0.8, 2.6))
    if rng.random() < 0.25:
        drawing.fill(arc(0, rng.uniform(10, 13), rng.uniform(5, 8), rng.uniform(2, 5)), rng.choice([0.4, 1.6]))


def _dress(drawing: Drawing, rng: np.random.Generator) -> None:
    drawing.weave("plain", "plain", "plain", "flowers", "pinstripes", "stripes")
    sleeve = [(0, 0), (4, 8), (13, 18)][rng.choice(3, p=[0.5, 0.3, 0.2])]
    body = _body(drawing, (4.2, 5.6), (3, 4.6), (3.8, 7.8), sleeve, (26, 27))
    _neckline(drawing, body, rng.uniform(3, 5), rng.uniform(1, 4))
    if rng.random() < 0.5:
        belt = body.top + rng.uniform(10, 13)
        drawing.stroke([(-3.5, belt), (3.5, belt)], rng.choice([0.5, 1.3]), 0.8)


def _coat(drawing: Drawing, rng: np.random.Generator) -> None:
    drawing.weave("plain", "plain", "plain", "knit", "checks")
    body = _body(drawing, (6.2, 7.6), (5.6, 7.2), (5.8, 7.8), (18, 22), (24, 27))
    dark = rng.uniform(0.3, 0.6)
    if hood := rng.random() < 0.3:
        _raised_collar(drawing, body, 7.6, 2.5)
    _front(drawing, body, rng.uniform(2, 4) if hood else rng.uniform(4, 10), dark, rng.random() < 0.4)
    if rng.random() < 0.6:
        y = rng.uniform(17, 20)
        for side in (1, -1):
            drawing.stroke([(2.2 * side, y), (4.8 * side, y + 0.7)], dark, 0.6)


def _shirt(drawing: Drawing, rng: np.random.Generator) -> None:
    drawing.weave("plain", "plain", "plain", "checks", "pinstripes", "stripes", "flowers")
    body = _body(drawing, (5.6, 6.8), (4.6, 6), (5, 6.4), (5, 10) if rng.random() < 0.35 else (17, 22), (25, 27))
    _front(drawing, body, rng.uniform(1.6, 3.5), rng.uniform(0.65, 0.85), rng.random() < 0.6)


def _sandal(drawing: Drawing, rng: np.random.Generator) -> None:
    drawing.weave("plain")
    kind = rng.choice(["flat", "wedge", "heel"])
    heel, foot, thick = rng.uniform(0, 1) if kind == "flat" else rng.uniform(4, 9), rng.uniform(4, 9), rng.uniform(1, 2)
    ground = MIDDLE + (heel + foot + thick) / 2
    xs, ys = [-12.8, -5, 4, 12.5], [ground - thick - heel * rise for rise in (0, 0, 0.75, 1)]
    insole = list(zip(xs, ys, strict=True))
    outsole = [(12.5, ground), (-12.8, ground)] if kind == "wedge" else [(x, y + thick) for x, y in insole[::-1]]
    drawing.fill(rounded([*insole, *outsole], 1), rng.choice([0.6, 1, 1.3]))
    if kind == "heel":
        drawing.fill([(9.5, ys[3]), (12.5, ys[3]), (12.3, ground), (11.2, ground)])

    def at(x: float, share: float) -> tuple[float, float]:
        """Return the point above x on the foot, from the sole (0) to the instep (1)."""
        return x, float(np.interp(x, xs, ys)) + 0.5 - share * foot * np.interp(x, [-12, 4], [0.35, 1])

    for x in [(-10.5,), (-10.5, -5), (-8, -2)][rng.choice(3)]:
        width, lean = rng.uniform(2.5, 5.5), rng.uniform(0, 2)
        drawing.fill(rounded([at(x, 0), at(x + lean, 1), at(x + lean + width, 1), at(x + width, 0)], 1), rng.uniform(0.9, 1.3))
    match rng.choice(["slide", "ankle strap", "t-bar", "closed heel"]):
        case "ankle strap":
            drawing.stroke([at(11.8, 0), at(11, 1), at(3.5, 1)], 1, rng.uniform(0.7, 1.6))
        case "t-bar":
            drawing.stroke([at(11.8, 0), at(11, 1), at(3.5, 1), at(-8, 0.9)], 1, rng.uniform(0.7, 1.6))
        case "closed heel":
            drawing.fill([at(12.4, 0), at(11.2, 1), at(4, 1), at(4, 0.8), at(8, 0.7), at(6, 0)])


def _shoe(drawing: Drawing, height: float, heel: float, dip: float) -> tuple[float, float]:
    """Draw a closed shoe with its toe on the left; return the heights of the ground and of the top edge."""
    rng = drawing.rng
    ground, top, front, back = MIDDLE + height / 2, MIDDLE - height / 2, rng.uniform(-1.5, 2), rng.uniform(11, 12.5)
    raised, instep = ground - heel, max(ground - 9 - heel / 2, (top + ground - 4.8) / 2)
    toe = [(-13.5, ground), (-13.2, ground - rng.uniform(2.6, 3.8)), (-8.5, ground - rng.uniform(4.2, 5.2))]
    shaft = [(front - 2.5, instep), (front, top), ((front + back) / 2, top + dip), (back, top), (back - 0.6, MIDDLE)]
    under = [(back + 0.6, raised - 1), (back + 0.4, raised), (2, ground - 0.8 * heel), (-3, ground)]
    drawing.fill(rounded([*toe, *shaft, *under]))
    if heel:
        slim, above = rng.uniform(2, 4.5), raised - 0.8
        sole = [(back - slim, above), (back + 0.4, above), (back, ground), (back - 2, ground)]
    else:
        above = ground - rng.uniform(1.2, 2.4)
        sole = [(-13, above), (back + 0.7, above), (back + 0.7, ground), (-12.6, ground)]
    drawing.fill(sole, rng.choice([0.5, 1, 1.4]))
    return ground, top


def _sneaker(drawing: Drawing, rng: np.random.Generator) -> None:
    drawing.weave("plain", "plain", "knit")
    height = rng.uniform(7.5, 11) if rng.random() < 0.65 else rng.uniform(11, 15)
    ground, top = _shoe(drawing, height, 0, rng.uniform(1, 2.5))
    for x in (-5.5, -3.5, -1.5):
        drawing.stroke([(x, ground - 6.2 - (x + 6) / 3), (x + 1.6, ground - 4.4 - (x + 6) / 3)], 0.5, 0.6)
    if rng.random() < 0.6:
        drawing.stroke([(-2, ground - 2.5), (3, ground - 3.5), (8, top + 3)], rng.choice([0.4, 1.5]), rng.uniform(0.7, 1.5))


def _bag(drawing: Drawing, rng: np.random.Generator) -> None:
    drawing.weave("plain", "plain", "knit", "checks", "flowers")
    width, height, flare = rng.uniform(8, 13), rng.uniform(10, 18), rng.uniform(0.7, 1.05)
    reach = rng.choice([0, rng.uniform(3, 10)], p=[0.2, 0.8])
    top, bottom, rim = MIDDLE - (height - reach) / 2, MIDDLE + (height + reach) / 2, width * flare
    handle = arc(0, top + 1, 2 * rim * rng.uniform(0.35, 0.95), 2 * reach + 2, -0.5)
    drawing.stroke(handle, rng.uniform(0.7, 1), rng.uniform(0.7, 1.6))
    drawing.fill(rounded(mirrored([(rim - 1, top), (rim, top + 1.5), (width, bottom - 2), (width - 1, bottom)]), 1))
    if rng.random() < 0.6:
        flap = top + height * rng.uniform(0.25, 0.6)
        drawing.fill(rounded(mirrored([(rim - 0.6, top), (rim - 0.2, flap - 2), (rim * 0.7, flap)]), 1), 0.85)
        drawing.fill(arc(0, flap - 0.5, 2.2, 1.8), 1.6)
    else:
        drawing.stroke([(-rim, top + 2.2), (rim, top + 2.2)], 0.6, 0.6)


def _ankle_boot(drawing: Drawing, rng: np.random.Generator) -> None:
    drawing.weave("plain", "plain", "plain", "knit")
    heel = rng.choice([0, rng.uniform(2, 7)])
    ground, top = _shoe(drawing, rng.uniform(12, 24) + heel / 4, heel, rng.uniform(-0.5, 1))
    match rng.choice(["zip", "laces", "plain"]):
        case "zip":
            drawing.stroke([(8.5, top + 0.5), (7.5, ground - heel - 4)], 0.5, 0.7)
        case "laces":
            for y in np.arange(top + 2, ground - heel - 5, 2):
                drawing.stroke([(1.5, y), (4, y + 0.6)], 0.5, 0.6)


#: How to draw each class, in the order of its label.
_GARMENTS = (_t_shirt, _trouser, _pullover, _dress, _coat, _sandal, _shirt, _sneaker, _bag, _ankle_boot)
