"""How hard a dataset is, by what the study's own classifiers predict: one comparison a file, found by its name.

A comparison is a module such as those of :mod:`mnist_transfer.difficulty`; its settings stand in params.yaml under
``comparisons.<name>``, and all that stand there are taken.
"""
