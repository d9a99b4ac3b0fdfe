"""Why a date is what it is: the sentences of ``protocol/deadlines`` and ``casework/dating.py``."""

from tracing.desk.pages.tongue import N_

__all__ = ["DATES"]

DATES = (
    N_("%(day)s was named."),
    N_("It came on %(moment)s, outside office hours, and counts from the next opening."),
    N_("The limit of %(limit)s runs from %(moment)s (%(zone)s), through nights, weekends and holidays."),
    N_("The limit of %(limit)s runs from %(moment)s (%(zone)s), in office hours only."),
    N_("The limit of %(limit)s runs from %(moment)s (%(zone)s); the day it starts on is not counted."),
    N_("The limit of %(limit)s runs from %(moment)s (%(zone)s); the day it starts on is the first that may count."),
    N_("Clocks change in between; elapsed time is counted."),
    N_("It ends on %(moment)s (%(zone)s), that is %(utc)s."),
    N_("It ends on %(day)s at 24:00 (%(zone)s), that is %(utc)s."),
    N_("From %(moment)s to %(moment2)s the clock stood still: %(said)s."),
    N_("From %(day)s to %(day2)s the clock stood still: %(said)s; %(limit)s not counted."),
    N_("The clock stands still since %(utc)s: %(said)s; the date moves on with it."),
    N_("Days the office is closed are not counted (%(said)s)."),
    N_("%(day)s is not counted: %(said)s."),
    N_("%(day)s: %(counted)s counted, %(left)s left."),
    N_("%(day)s is working day %(number)s."),
    N_("All days count, weekends and holidays too: day %(number)s is %(day)s."),
    N_("%(limit)s later is %(day)s."),
    N_("%(limit)s later is %(day)s, with the days it stood still %(day2)s."),
    N_("Dates marked (estimated) depend on the moon: the authority corrects them when they are known."),
    N_("It counts from %(message)s, which ended the clock of %(clock)s."),
    N_("What is asked for is reached %(access)s, says the acknowledgement."),
    N_("question %(message)s waits"),
    N_("weekend"),
    N_("weekends alone"),
    N_("no list of public holidays is set"),
    N_("public holidays of %(country)s, as announced by %(authority)s"),
    N_("%(said)s: weekends alone are left out until the calendar is put right."),
    N_("the date named in the delay notice %(message)s (ITI 22, 23); the original date stands beside it"),
    N_("the date the question names (ITI 21)"),
    N_("the date the request for consent names (ITI 15(c))"),
    N_("%(said)s; counted from the change of priority %(message)s"),
    N_("set in node.toml; the ITI (18, 19) sets no number"),
    N_("%(name)s, version %(version)s; the ITI (18, 19) sets no number"),
    N_("for %(who)s: %(name)s, version %(version)s; the ITI (18, 19) sets no number"),
    N_("policy of this node; ITI 18-19 set no number"),
    N_("Directive (EU) 2023/977, article 5(1): urgent 8 hours where directly accessible, else 3 calendar days; all "
        "others 7 calendar days; from receipt, in cases carried under it"),
    N_("ECOWAS Convention, article 19: one month from receipt (not verified against the text)"),
)  # fmt: skip
