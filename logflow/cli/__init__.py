"""The ``logflow`` program: one module a command, each imported when it is used.

Data goes to standard output, everything else to standard error.
"""
