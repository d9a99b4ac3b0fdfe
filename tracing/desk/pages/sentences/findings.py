"""Why an answer is proposed (``records/proposing.py``), what was done to a photograph (``attachments/intake.py``)."""

from tracing.desk.pages.tongue import N_

__all__ = ["FINDINGS"]

FINDINGS = (
    N_("No national records are held at this node; nothing could be searched."),
    N_("Searched for %(what)s."),
    N_("Searched for %(what)s of make %(make)s."),
    N_("The request gives no serial number that could be read (status: %(status)s)."),
    N_("The records are kept by serial number; other marks or photographs may identify the weapon."),
    N_("Left out %(weapon)s: the serial agrees, the make does not."),
    N_("Left out %(weapon)s: agrees less well (%(grade)s match)."),
    N_("Nothing was found."),
    N_("No record agrees."),
    N_("%(count)s weapons agree equally well (%(grade)s match): %(list)s."),
    N_("Found %(weapon)s: %(grade)s match."),
    N_("No outcome follows from these events: the answer must be worded."),
    N_("The serial agrees only as a %(grade)s match: compare the marks."),
    N_("The make is not known on both sides."),
    N_("Some events bear no date: which came last is not certain."),
    N_("Searched %(register)s: %(count)s records from %(first)s to %(last)s, complete."),
    N_("Searched %(register)s: %(count)s records from %(first)s to %(last)s; gaps are not excluded."),
    N_("%(register)s was searched too, but its records bear no dates."),
    N_("cleaned: what stood beside the pixels was removed"),
    N_("not a photograph this node can clean: sent as it is, with whatever its program wrote into it"),
    N_("too large to be cleaned here: sent as it is, with whatever its camera wrote into it"),
    N_("looks like a photograph and cannot be decoded: sent as it is, as a file of unknown kind"),
    N_("kept as it came; beside the pixels it holds: %(what)s"),
)
