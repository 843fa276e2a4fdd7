"""Claims about why MNIST is easier: look-alikes, shared errors, geometry and clusters; and how far frozen features go."""

from math import comb

import pandas as pd

from mnist_transfer.claims.claim import Verdict, claim, complete, ends, on_both, side_by_side, with_interval
from mnist_transfer.claims.names import DATASETS, FASHION, MNIST, PIXELS, THIRD, TITLES
from mnist_transfer.errors import NotMeasuredError
from mnist_transfer.results.published import published
from mnist_transfer.results.read import Results
from mnist_transfer.wording import counted, percent, signed


@claim
def look_alikes_are_most_of_the_gap(results: Results) -> Verdict:
    """Check: with look-alikes as one class, less than a third of MNIST's mean lead in points is left, on all features.

    One kind of features on which a third of it or more is left makes it false. It speaks of points; of the ratio of errors see
    `nearly_alike_without_look_alikes`.
    """
    table = results.on(DATASETS, "merged")
    wide = [side_by_side(table, "features", "classifier", column=column) for column in ("accuracy", "merged")]
    before, after = ((found[MNIST] - found[FASHION]).groupby("features", sort=False).mean() for found in wide)
    texts = [f"{results.heading(str(kind))} {signed(before[kind])} to {signed(after[kind])}" for kind in before.index]
    return Verdict(
        bool(((before > 0) & (after < before / 3)).all()),
        f"mean lead of MNIST in points, before and after: {', '.join(texts)}",
        {f"left on {kind}": signed(left) for kind, left in after.items()},
    )


@claim
def fashion_errors_are_its_look_alikes(results: Results) -> Verdict:
    """Check: more than half of Fashion-MNIST's errors are among its look-alikes, on every kind of features.

    One kind of features with half of them or fewer makes it false.
    """
    table = results.on(DATASETS, "merged")
    errors = table.assign(before=1 - table["accuracy"], after=1 - table["merged"]).groupby(["dataset", "features"])
    gone = 1 - errors["after"].sum() / errors["before"].sum()
    texts = {name: f"{percent(gone[name].min(), 0)} to {percent(gone[name].max(), 0)}" for name in DATASETS}
    return Verdict(
        bool((gone[FASHION] > 0.5).all()),
        f"errors gone with the look-alikes as one class: {on_both(texts)}",
        {f"gone on {TITLES[name]}": texts[name] for name in DATASETS},
    )


@claim
def no_other_five_clothes_explain_as_much(results: Results) -> Verdict:
    """Check: no other five of Fashion-MNIST's ten classes take away as many of its errors, counted as one.

    One row for which another five of the 252 do as well makes it false. It needs no story of how the five were chosen.
    """
    rows = results.on(DATASETS, "merged").query("dataset == @FASHION")
    return Verdict(
        bool(rows["as_good"].max() * comb(10, 5) < 1.5),  # of all fives this one is itself as good
        f"groupings that gain at least as much, the look-alikes among them: {percent(rows['as_good'].mean(), 2)} on average, "
        f"{percent(rows['as_good'].max(), 2)} at most over {counted(len(rows), 'row')}",
    )


@claim
def nearly_alike_without_look_alikes(results: Results) -> Verdict:
    """Check: without look-alikes the datasets are within two points at the third layer, one with twice the errors and more.

    One classifier with two points or more between them, or with a ratio of errors of two or less, makes it false.
    """
    table = results.on(DATASETS, "dropped", THIRD)
    kept = table.pivot(index="classifier", columns=["kept", "dataset"], values="accuracy")
    kept = kept.reindex(columns=pd.MultiIndex.from_product([("others", "all"), DATASETS]))
    complete(kept, "the classifiers of all classes and of those without look-alikes")
    gap, before = (kept[name][MNIST] - kept[name][FASHION] for name in ("others", "all"))
    errors, titles = (1 - kept["others"]).round(9), results.measure_titles("dropped")
    texts = [
        f"{titles.get(str(name), name)} {signed(before[name])} to {signed(gap[name])} "
        f"(errors left {percent(errors[FASHION][name])} and {percent(errors[MNIST][name])})"
        for name in gap.index
    ]
    return Verdict(
        bool((gap.abs() < 0.02).all() and (errors[FASHION] > 2 * errors[MNIST]).all()),
        f"MNIST's lead in points with all classes, and without look-alikes: {', '.join(texts)}",
        {"ratio": f"{(errors[FASHION] / errors[MNIST]).min():.1f} to {(errors[FASHION] / errors[MNIST]).max():.1f}"},
    )


@claim
def labels_shared_errors_are_in_doubt(results: Results) -> Verdict:
    """Check: of the MNIST images that every row mistakes on raw pixels, more than half have a label in doubt.

    Half of them or fewer make it false. The doubt is that of a logistic regression on the same pixels, not of a person: it says
    where a model of pixels is at its end, and nothing of whether labels are wrong.
    """
    rows = results.on(DATASETS, "shared_errors", PIXELS).query("dataset == @MNIST")
    counts = rows["verdict"].value_counts()
    named = ", ".join(f"{count} {verdict}" for verdict, count in counts.items())
    return Verdict(
        bool(counts.get("label in doubt", 0) > len(rows) / 2),
        f"{counted(len(rows), 'image')}: {named} (confident learning)",
        {"images": f"{len(rows)}"},
    )


@claim
def better_features_clear_most_of_the_doubt(results: Results) -> Verdict:
    """Check: of MNIST's images in doubt that all mistake on raw pixels, all mistake less than half at the third layer.

    Half of them or more make it false.
    """
    pixels, third = (results.on(DATASETS, "shared_errors", kind).query("dataset == @MNIST") for kind in (PIXELS, THIRD))
    doubted = pixels[pixels["verdict"] == "label in doubt"]
    left = int(doubted["index"].isin(third["index"]).sum())
    return Verdict(
        left < len(doubted) / 2,
        f"of {counted(len(doubted), 'image')} in doubt that every row mistakes on {results.heading(PIXELS)}, {left} on "
        f"{results.heading(THIRD)} too",
        {"left": f"{left} of {len(doubted)}"},
    )


@claim
def dimension_does_not_tell_them_apart(results: Results) -> Verdict:
    """Check: which dataset has the larger intrinsic dimension depends on the features, beyond the range of the draws.

    If no kind of features gave Fashion-MNIST the larger one in all draws, or none MNIST, it would be false.
    """
    table = results.on(DATASETS, "geometry")
    found = ends(table[table["quantity"] == "intrinsic_dimension"], "value", "the intrinsic dimensions")
    fashion = found["min"][FASHION] > found["max"][MNIST]
    mnist = found["min"][MNIST] > found["max"][FASHION]
    texts = [f"{results.heading(str(kind))} {row[FASHION]:.1f} and {row[MNIST]:.1f}" for kind, row in found["mean"].iterrows()]
    return Verdict(
        bool(fashion.any() and mnist.any()),
        f"TwoNN, Fashion-MNIST and MNIST, means of the draws: {', '.join(texts)}; larger in all draws {fashion.sum()} and "
        f"{mnist.sum()} times",
        {"larger": f"{counted(int(fashion.sum()), 'kind')} of features, MNIST on {mnist.sum()}"},
    )


@claim
def fashion_classes_overlap(results: Results) -> Verdict:
    """Check: at the third layer one nearest neighbour errs more than thrice as often on Fashion-MNIST, in every draw.

    One pair of draws with less than that makes it false.
    """
    table = results.on(DATASETS, "geometry", THIRD)
    errors = table[table["quantity"] == "nearest_neighbour_error"]
    found = ends(errors, "value", f"the nearest_neighbour_error on {results.heading(THIRD)}")
    mean, low, high = (found[end].loc[THIRD].to_dict() for end in ("mean", "min", "max"))
    texts = {name: f"{percent(mean[name])} ({percent(low[name])} to {percent(high[name])})" for name in DATASETS}
    return Verdict(
        bool(low[FASHION] > 3 * high[MNIST]),
        f"error of one nearest neighbour on {results.heading(THIRD)}, mean and range of the draws: {on_both(texts)}",
    )


@claim
def clusters_do_not_explain_it(results: Results) -> Verdict:
    """Check: on all features every start of KMeans follows Fashion-MNIST's classes better than any follows MNIST's.

    By the adjusted Rand index of ten clusters. One start on one kind of features that reaches the other's range makes it false.
    """
    table = results.on(DATASETS, "clusters")
    found = ends(table[table["clusters"] == 10], "adjusted_rand_index", "the kinds of features in ten clusters")
    texts = [
        f"{results.heading(str(kind))} "
        + " and ".join(f"{found['min'][name][kind]:.2f} to {found['max'][name][kind]:.2f}" for name in DATASETS)
        for kind in found["min"].index
    ]
    return Verdict(
        bool((found["max"][MNIST] < found["min"][FASHION]).all()),
        f"adjusted Rand index of ten clusters, Fashion-MNIST and MNIST, range of the starts: {', '.join(texts)}",
    )


def _tested(results: Results, dataset: str) -> "pd.Series[float]":
    """Return the row of the frozen features' best candidate on the test images; none is a `NotMeasuredError`."""
    table = results.on(DATASETS, "frozen")
    rows = table[(table["dataset"] == dataset) & (table["on"] == "test")]
    if rows.empty:
        raise NotMeasuredError(f"this study tests no candidate on frozen features on {dataset}")
    return rows.iloc[0]


def _values(row: "pd.Series[float]") -> dict[str, str]:
    return {"accuracy": percent(row["accuracy"], 2), "mistakes": f"{round((1 - row['accuracy']) * row['test'])}"}


def _against(results: Results, known: "pd.Series[float]") -> tuple[dict[str, "pd.Series[float]"], str]:
    rows = {name: _tested(results, name) for name in DATASETS}
    return rows, on_both({name: f"{with_interval(row)} against {percent(known[name])}" for name, row in rows.items()})


@claim
def frozen_features_reach_995_on_mnist(results: Results) -> Verdict:
    """Check: the best candidate on frozen features, chosen on training images, gets 99.5% of MNIST's test images right."""
    row = _tested(results, MNIST)
    return Verdict(bool(row["accuracy"] >= 0.995), with_interval(row, 2), _values(row))


@claim
def frozen_features_beat_pixels_and_people(results: Results) -> Verdict:
    """Check: frozen features beat the best of Fashion-MNIST's benchmark on raw pixels on both datasets, and people on one.

    A lower end of our 95% interval that does not lie above makes it false.
    """
    known = published()
    pixels = known[known["source"] == "raw-pixels-best"].set_index("dataset")["accuracy"]
    people = float(known[known["source"] == "humans"].set_index("dataset")["accuracy"][FASHION])
    rows, text = _against(results, pixels)
    holds = all(rows[name]["accuracy_low"] > pixels[name] for name in DATASETS) and rows[FASHION]["accuracy_low"] > people
    return Verdict(holds, f"{text}; people {percent(people)}", _values(rows[FASHION]))


@claim
def training_still_beats_frozen_features(results: Results) -> Verdict:
    """Check: networks trained on the datasets are still better than frozen features, beyond the 95% intervals.

    An upper end of our interval that reaches a published figure makes it false.
    """
    known = published()
    trained = known[known["source"] == "trained-network"].set_index("dataset")["accuracy"]
    if missing := [name for name in DATASETS if name not in trained]:
        raise NotMeasuredError(f"no published figure of a trained network on {missing[0]}")
    rows, text = _against(results, trained)
    return Verdict(all(rows[name]["accuracy_high"] < trained[name] for name in DATASETS), text)
