"""The report's claims: one small function each, which says whether the results bear it out."""
