"""The report's claims: one small function each, which says whether the results bear it out."""

# In the order of the report's story, which is that of results/claims.json.
from mnist_transfer.claims import accuracy, cuts, paper, benchmark, causes  # noqa: I001

THEMES = (accuracy, cuts, paper, benchmark, causes)
