"""Claims about why MNIST is easier: look-alikes, shared errors, geometry and clusters; and how far frozen features go."""

from math import comb

import pandas as pd

from mnist_transfer.claims.claim import Verdict, claim, complete, on_both, side_by_side, with_interval
from mnist_transfer.claims.names import DATASETS, FASHION, MNIST, PIXELS, THIRD
from mnist_transfer.errors import NotMeasuredError
from mnist_transfer.results.published import published
from mnist_transfer.results.read import Results
from mnist_transfer.wording import counted, percent, signed


@claim
def look_alikes_are_most_of_the_gap(results: Results) -> Verdict:
    """Check: with look-alikes as one class, less than a third of MNIST's mean lead is left, on every kind of features."""
    table = results.on(DATASETS, "merged")
    wide = [side_by_side(table, "features", "classifier", column=column) for column in ("accuracy", "merged")]
    before, after = ((found[MNIST] - found[FASHION]).groupby("features", sort=False).mean() for found in wide)
    texts = [f"{kind} {signed(before[kind])} to {signed(after[kind])}" for kind in before.index]
    return Verdict(
        bool(((before > 0) & (after < before / 3)).all()),
        f"mean lead of MNIST in points, before and after: {', '.join(texts)}",
        {f"left on {kind}": signed(left) for kind, left in after.items()},
    )


@claim
def fashion_errors_are_its_look_alikes(results: Results) -> Verdict:
    """Check: more than half of Fashion-MNIST's errors are among its look-alikes, on every kind of features."""
    table = results.on(DATASETS, "merged")
    errors = table.assign(before=1 - table["accuracy"], after=1 - table["merged"]).groupby(["dataset", "features"])
    gone = 1 - errors["after"].sum() / errors["before"].sum()
    texts = {name: f"{percent(gone[name].min(), 0)} to {percent(gone[name].max(), 0)}" for name in DATASETS}
    return Verdict(bool((gone[FASHION] > 0.5).all()), f"errors gone with the look-alikes as one class: {on_both(texts)}")


@claim
def no_other_five_clothes_explain_as_much(results: Results) -> Verdict:
    """Check: no other five of Fashion-MNIST's ten classes take away as many of its errors, counted as one."""
    rows = results.on(DATASETS, "merged").query("dataset == @FASHION")
    return Verdict(
        bool(rows["as_good"].max() * comb(10, 5) < 1.5),  # of all fives this one is itself as good
        f"groupings that gain at least as much, the look-alikes among them: {percent(rows['as_good'].mean(), 2)} on average, "
        f"{percent(rows['as_good'].max(), 2)} at most over {counted(len(rows), 'row')}",
    )


@claim
def nearly_alike_without_look_alikes(results: Results) -> Verdict:
    """Check: without look-alikes the datasets are within two points at the third layer, one with twice the errors and more."""
    table = results.on(DATASETS, "dropped", THIRD)
    kept = table.pivot(index="classifier", columns=["kept", "dataset"], values="accuracy")
    kept = kept.reindex(columns=pd.MultiIndex.from_product([("others", "all"), DATASETS]))
    complete(kept, "the classifiers of all classes and of those without look-alikes")
    gap, before = (kept[name][MNIST] - kept[name][FASHION] for name in ("others", "all"))
    errors = (1 - kept["others"]).round(9)
    texts = [
        f"{name} {signed(before[name])} to {signed(gap[name])} "
        f"(errors left {percent(errors[FASHION][name])} and {percent(errors[MNIST][name])})"
        for name in gap.index
    ]
    return Verdict(
        bool((gap.abs() < 0.02).all() and (errors[FASHION] > 2 * errors[MNIST]).all()),
        f"MNIST's lead in points with all classes, and without look-alikes: {', '.join(texts)}",
    )


@claim
def labels_shared_errors_are_in_doubt(results: Results) -> Verdict:
    """Check: of the MNIST images that every row mistakes on raw pixels, more than half have a label in doubt."""
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
    """Check: of MNIST's images in doubt that all mistake on raw pixels, all mistake less than half at the third layer."""
    pixels, third = (results.on(DATASETS, "shared_errors", kind).query("dataset == @MNIST") for kind in (PIXELS, THIRD))
    doubted = pixels[pixels["verdict"] == "label in doubt"]
    left = int(doubted["index"].isin(third["index"]).sum())
    return Verdict(
        left < len(doubted) / 2,
        f"of {counted(len(doubted), 'image')} in doubt that every row mistakes on {PIXELS}, {left} on {THIRD} too",
    )


@claim
def dimension_does_not_tell_them_apart(results: Results) -> Verdict:
    """Check: on good features the two datasets' intrinsic dimensions are within a fifth of each other."""
    means = _geometry(results, "intrinsic_dimension")
    ratio = max(means["mean"]) / min(means["mean"])
    texts = {name: f"{means['mean'][name]:.1f} ({means['min'][name]:.1f} to {means['max'][name]:.1f})" for name in DATASETS}
    return Verdict(bool(ratio < 1.2), f"TwoNN on {THIRD}, mean and range of the draws: {on_both(texts)}")


@claim
def fashion_classes_overlap(results: Results) -> Verdict:
    """Check: at the third layer one nearest neighbour errs more than thrice as often on Fashion-MNIST, in every draw."""
    error = _geometry(results, "nearest_neighbour_error")
    mean, low, high = (error[end] for end in ("mean", "min", "max"))
    texts = {name: f"{percent(mean[name])} ({percent(low[name])} to {percent(high[name])})" for name in DATASETS}
    return Verdict(
        bool(low[FASHION] > 3 * high[MNIST]),
        f"error of one nearest neighbour on {THIRD}, mean and range of the draws: {on_both(texts)}",
    )


def _geometry(results: Results, quantity: str) -> pd.DataFrame:
    table = results.on(DATASETS, "geometry", THIRD)
    found = table[table["quantity"] == quantity].groupby("dataset")["value"].agg(["mean", "min", "max"])
    return complete(found.reindex(list(DATASETS)), f"the {quantity} on {THIRD}")


@claim
def clusters_do_not_explain_it(results: Results) -> Verdict:
    """Check: by the adjusted Rand index clusters follow MNIST's classes on no features better than Fashion-MNIST's."""
    table = results.on(DATASETS, "clusters")
    ten = table[table["clusters"] == 10].groupby(["features", "dataset"], sort=False)["adjusted_rand_index"].mean()
    mean = complete(ten.unstack("dataset").reindex(columns=list(DATASETS)), "the kinds of features in ten clusters")
    texts = [f"{kind} {row[FASHION]:.2f} and {row[MNIST]:.2f}" for kind, row in mean.iterrows()]
    return Verdict(
        bool((mean[MNIST] <= mean[FASHION]).all()),
        f"adjusted Rand index of ten clusters, Fashion-MNIST and MNIST, means of the starts: {', '.join(texts)}",
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
    """Check: the best candidate on frozen features, chosen on training images, gets 99.5% of MNIST right."""
    row = _tested(results, MNIST)
    return Verdict(bool(row["accuracy"] >= 0.995), with_interval(row, 2), _values(row))


@claim
def frozen_features_beat_pixels_and_people(results: Results) -> Verdict:
    """Check: frozen features beat the best of Fashion-MNIST's benchmark on raw pixels on both datasets, and people on one."""
    known = published()
    pixels = known[known["source"] == "raw-pixels-best"].set_index("dataset")["accuracy"]
    people = float(known[known["source"] == "humans"].set_index("dataset")["accuracy"][FASHION])
    rows, text = _against(results, pixels)
    holds = all(rows[name]["accuracy_low"] > pixels[name] for name in DATASETS) and rows[FASHION]["accuracy_low"] > people
    return Verdict(holds, f"{text}; people {percent(people)}", _values(rows[FASHION]))


@claim
def training_still_beats_frozen_features(results: Results) -> Verdict:
    """Check: networks trained on the datasets are still better than frozen features, beyond the 95% intervals."""
    known = published()
    trained = known[known["source"] == "trained-network"].set_index("dataset")["accuracy"]
    if missing := [name for name in DATASETS if name not in trained]:
        raise NotMeasuredError(f"no published figure of a trained network on {missing[0]}")
    rows, text = _against(results, trained)
    return Verdict(all(rows[name]["accuracy_high"] < trained[name] for name in DATASETS), text)
