"""The 158 bad inputs that the program must survive, by number; `test_numbers` accounts for all.

Of each, the program says what is wrong as a finding or in one line, exits with another code than
0, shows no traceback, writes nothing, and needs neither much time nor much memory.
"""
