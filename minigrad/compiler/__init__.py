"""A compiler for training steps: record, fuse, write C, call. Start reading in ``step``.

    step        minigrad.compile: programs, guards, calls
    recording   one run of the step on copies; what a later run must do around the program
    reach       all that the step can see, remembered and compared
    tape        notes what is computed from what
    arrays      the array library whose arrays note
    program     buffers, places, records
    fusion      records become loops
    expressions, emit       loops become C
    running     memory is laid out, the C compiled, the calls prepared
    report      what it brought
    export      minigrad.export_c: a network as one C file
"""
from .export import export_c
from .step import CompiledStep, compile

__all__ = ["CompiledStep", "compile", "export_c"]
