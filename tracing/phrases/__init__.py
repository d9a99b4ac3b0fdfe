"""What the node says outside the desk, in mails and calendars: words in six languages, and who reads them.

Rules
- Nothing of what is in a case: no serial, make, place, person or free text; which case, by the end of its number, which
  names no State. The other State only where the authority opted in (``[mail] names_counterparts``).
- In a line of Arabic each value is isolated (Unicode FSI and PDI), so that numbers keep their order.
- A limit that ends with its day is written as 24:00 of that day.
"""

from tracing.phrases.languages import PHRASES, Phrases
from tracing.phrases.reader import CASE_DIGITS, House, Reader, closed_day, one_line, written_date

__all__ = ["CASE_DIGITS", "PHRASES", "House", "Phrases", "Reader", "closed_day", "one_line", "written_date"]
