"""The cases of each exercise, in a file of its own with the exercise's name.

The numbers that are expected come from minigrad's own operations and from autograd; how an exercise is
solved is written down nowhere in this package.
"""
