"""What can go wrong around a run, done to a small study on purpose: `make faults` does all of it, the slow tests a part."""
