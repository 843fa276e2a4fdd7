"""Write tests/expected_accuracy.csv from results/: `make expected`, after a run meant as the reference."""

from pathlib import Path

import pandas as pd

ROOT = Path(__file__).parents[1]
EXPECTED = Path(__file__).with_name("expected_accuracy.csv")
KEYS = ["dataset", "features", "classifier"]
#: Estimators whose fit depends on the order of floating-point sums may stop elsewhere on another processor or BLAS; trees,
#: neighbours and closed forms move by a handful of test images at most.
TOLERANCE = 0.005
ITERATIVE_TOLERANCE = 0.015


def main() -> None:
    accuracy, timing = (pd.read_csv(ROOT / f"results/{name}.csv") for name in ("tables/accuracy", "timing"))
    table = accuracy[[*KEYS, "accuracy"]].merge(timing[[*KEYS, "iterations"]], on=KEYS, validate="1:1")
    table["tolerance"] = table.pop("iterations").isna().map({True: TOLERANCE, False: ITERATIVE_TOLERANCE})
    table.to_csv(EXPECTED, index=False, lineterminator="\n")
    print(f"{EXPECTED.relative_to(ROOT)}: {len(table)} rows")


if __name__ == "__main__":
    main()
