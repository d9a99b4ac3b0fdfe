"""The demonstration: nodes of three States on this machine, exchanging sample requests.

Makes, models and calibres are real, every serial is invented, and every message says TRAINING. ``states`` says who the
nodes are, ``sample`` what they hold and ask, ``scenario`` what happens, ``stage`` sets the nodes up and runs it.
"""
