"""What stands in the way of an answer: delay, information withheld, refusal, another authority (ITI 22, 23)."""

from tracing.desk.pages.acts.form import ActForm
from tracing.desk.pages.forms import Field, choice, ticks
from tracing.desk.pages.tongue import N_

__all__ = ["LIMITING"]

_GROUND = choice("ground", N_("Ground of paragraph 22"), "limit.ground", required=True)
_REASON = Field(
    "reason", N_("Reason"), "area", N_("ITI 23: the requester is told why and may ask for clarification."),
    required=True,
)  # fmt: skip

LIMITING = (
    ActForm(
        "delay", N_("Announce a delay"), N_("with a ground of ITI 22, or what the work waits for"),
        N_("Announce the delay"),
        (
            choice("ground", N_("Ground of paragraph 22"), "limit.ground",
                N_("Leave empty where only the work takes longer.")),
            choice("cause", N_("What the work waits for"), "delay.cause", N_("Not a ground of the Instrument.")),
            Field("reason", N_("Reason"), "area",
                N_("ITI 23: whoever delays on a ground of paragraph 22 gives the reasons.")),
            Field("new_date", N_("New date"), "date", N_("The first date stays visible beside it.")),
        ),
        N_("The delay is announced."), N_("Record their delay"),
    ),
    ActForm(
        "restrict", N_("Withhold information"),
        N_("say which kind of information is not given, and why (ITI 22, 23); the answer is then partial"),
        N_("Say that it is withheld"),
        (
            ticks("withheld", N_("What is withheld"), "withheld",
                N_("The kind of information only, never what it says."), required=True),
            Field("withheld_note", N_("Something else, in words")),
            _GROUND, _REASON,
        ),
        N_("The notice is on its way, with its ground and reason."), N_("Record that they withhold information"),
    ),
    ActForm(
        "refuse", N_("Refuse"), N_("on one of the four grounds of ITI 22, with its reason (ITI 23)"),
        N_("Refuse the request"),
        (
            _GROUND, _REASON,
            Field("resubmission", N_("A new request could succeed"), "tick"),
            Field("other_channel", N_("Another way that could succeed"),
                hint=N_("For example mutual legal assistance.")),
        ),
        N_("The refusal is on its way, with its ground and reason."), N_("Record their refusal"), grave=True,
    ),
    ActForm(
        "not-competent", N_("Not competent"), N_("it went to the wrong authority; say whom to ask"),
        N_("Say that we are not competent"),
        (
            choice("reason", N_("Reason"), "not_competent.reason", required=True),
            Field("explanation", N_("Explanation"), "area", N_("Required for another reason.")),
            Field("suggested_state", N_("State to ask instead"), "country", half=True),
            Field("suggested_authority", N_("Authority to ask instead"), half=True),
        ),
        N_("They are told that we are not competent."), N_("Record that they are not competent"), grave=True,
    ),
)  # fmt: skip
"""Acts of the requested authority that give less than an answer."""
