"""National records and lists from elsewhere: serials as found, mapping files, import, look-up, proposed answers.

- ``serials`` reads a cell; ``mapping``, ``sheets``, ``filling`` and ``importing`` turn a list into requests;
  ``rejects`` gives back what was not taken.
- ``national`` holds the records answers come from; ``proposing`` looks a weapon up and words an answer for an officer.
"""
