"""Time the study's support vector machines with both engines in one run.

    python benchmarks/svm.py [DATASET] [EXTRACTOR] [IMAGES]

Trains on the first IMAGES (6,000) of features/DATASET/EXTRACTOR (mnist, pixels). Prints, for each of the study's support
vector machines, seconds with scikit-learn and with scikit-learn-intelex, their ratio, and the share of test images on which
they agree. The ratio grows with the number of images.
"""

import sys

import numpy as np

from mnist_transfer import classification, paths, study

#: What :data:`classification.ACCELERATED` is for each engine.
ENGINES = (set(), classification.ACCELERATED)


def main(dataset: str = "mnist", extractor: str = "pixels", images: str = "6000") -> None:
    settings, folder = study.load(), paths.features(dataset, extractor)
    train, train_labels, test = (np.load(folder / f"{name}.npy", mmap_mode="r") for name in ("train", "train_labels", "test"))
    train, train_labels = train[: int(images)], train_labels[: int(images)]
    print(f"{dataset}, {extractor}: {len(train):,} training images, {len(test):,} test images, {classification.cores()} cores")
    for name, entry in settings.classifiers.items():
        if entry.class_name != "SVC":
            continue
        outcomes, seconds = [], []
        for accelerated in ENGINES:
            classification.ACCELERATED = accelerated
            pipeline = classification.make_pipeline(entry, settings.seed)
            outcome = classification.fit_and_predict(pipeline, train, train_labels, test)
            outcomes.append(outcome.predictions)
            seconds.append(outcome.fit_seconds + outcome.predict_seconds)
            print(f"{name}: {outcome.engine} {seconds[-1]:.1f} s")
        print(f"{name}: ratio {seconds[0] / seconds[1]:.1f}, agree on {np.mean(outcomes[0] == outcomes[1]):.2%}")


if __name__ == "__main__":
    main(*sys.argv[1:])
