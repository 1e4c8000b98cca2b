"""One function per use case: opens the transaction, asks care what to do, executes, answers.

The only package that executes a remedy (`execution.py`).
"""
