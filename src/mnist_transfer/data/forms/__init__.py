"""The forms in which a dataset of one's own may lie in ``data/<name>/``: one module a form, each with ``find(folder)``.

It returns what it recognises as a :class:`~mnist_transfer.data.forms.form.Form`, None where there is nothing of its kind, and
raises an `InputError` where there is something but not all of it.
"""
