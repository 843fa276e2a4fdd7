"""How hard a dataset is, and why: one measure a file, arrays in and one tidy table out.

A measure has its settings in :mod:`mnist_transfer.measures`, its columns in :mod:`mnist_transfer.tables`, and a
stage in dvc.yaml.
"""
