"""How hard a dataset is, and why, by features: one measure a file, found by its name.

A measure is a module with four things: ``Settings``, what params.yaml says under ``difficulty.<name>``; ``TABLE``, the columns
of its table; ``rows(study, dataset, part)``, which yields the table's rows for one kind of features or one network; and
``headline(table)`` with its name ``HEADLINE``, the number that ``dvc metrics diff`` shows. What takes long to import is
imported where it is used, as every command reads the settings.
"""
