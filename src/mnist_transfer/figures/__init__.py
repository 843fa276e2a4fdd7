"""The figures of the report and of `dvc plots`: tables in, a Matplotlib figure out, nothing read or written."""
