"""The process that runs a student's file.

It is told a file and calls to make, and answers with what came back: values and exceptions, as JSON. It
knows no case's result, and the rest of this package cannot be imported in it; ``student``, on the other
side, takes all that it says for data that a stranger wrote.
"""
