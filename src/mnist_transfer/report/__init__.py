"""The report: what it says and shows of the results, and how it is rendered."""
