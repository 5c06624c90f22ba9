"""The proof of the sync engine: one seed is one history of edits, faults and runs.

`world` holds both sides and the store, `actors` are people who edit, `faults` are what goes wrong
at port calls, `histories` makes and plays histories, `oracle` judges the end. Everything runs in
one thread and draws from one seed, so that a history can be repeated and made smaller.
`python -m tests.simulation --help` plays many.
"""
