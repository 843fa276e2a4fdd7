"""Raw data: where it comes from, its file format, and the splits that a study uses."""
