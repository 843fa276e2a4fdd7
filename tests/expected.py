"""Write tests/expected_accuracy.csv from results/metrics.json: `make expected`, after a run meant as the reference."""

import json
from pathlib import Path

ROOT = Path(__file__).parents[1]
EXPECTED = Path(__file__).with_name("expected_accuracy.csv")
#: Estimators whose fit depends on the order of floating-point sums may stop elsewhere on another processor or BLAS; trees,
#: neighbours and closed forms move by a handful of test images at most.
TOLERANCE = 0.005
ITERATIVE_TOLERANCE = 0.015


def main() -> None:
    metrics = json.loads((ROOT / "results/metrics.json").read_text(encoding="utf-8"))
    lines = ["dataset,extractor,classifier,accuracy,tolerance"]
    for dataset, extractors in metrics.items():
        for extractor, classifiers in extractors.items():
            for classifier, scores in classifiers.items():
                tolerance = ITERATIVE_TOLERANCE if "n_iter" in scores else TOLERANCE
                lines.append(f"{dataset},{extractor},{classifier},{scores['accuracy']},{tolerance}")
    EXPECTED.write_text("\n".join(lines) + "\n", encoding="utf-8")
    print(f"{EXPECTED.relative_to(ROOT)}: {len(lines) - 1} rows")


if __name__ == "__main__":
    main()
