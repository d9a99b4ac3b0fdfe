"""What an alarm about keys means, and what somebody does about it: by the code that ``trust_alarms`` keeps."""

from collections.abc import Mapping

from tracing.desk.pages.tongue import N_

__all__ = ["ALARMS", "REMEDIES", "USUAL"]

ALARMS: Mapping[str, Mapping[str, str]] = {
    "alarm": {
        "rollback": N_("It shows something older than we hold"),
        "equivocation": N_("It says two things under one number"),
        "history-rewritten": N_("It leaves out or changes what it listed"),
        "freeze": N_("Nothing newer is shown, though there is something"),
        "keys-revoked": N_("It lost keys"),
        "address-moved": N_("Its node moved to an address of ours"),
        "key-shared": N_("Two authorities list one key"),
        "contact-changed": N_("Its contact card has changed"),
        "root-expired": N_("Its root has ended"),
        "root-ends": N_("Our root ends soon"),
        "key-not-held": N_("A private key of ours is missing"),
        "restored": N_("This node is an older copy, and something is missing"),
        "came-back": N_("Its node came back from an older copy"),
        "two-nodes": N_("Two nodes speak with one set of keys"),
        "foreign-keyset": N_("A counterpart holds a keyset of ours that this node did not issue"),
        "number-twice": N_("Two messages bear one number: a home and its copy both spoke"),
        "copy-spoke": N_("Two messages bear one number: a home and its copy both spoke"),
        "log-fork": N_("Its log shows two histories"),
        "log-rollback": N_("Its log has lost entries"),
        "log-unproved": N_("Its log does not go on from what we cosigned"),
        "log-anew": N_("Its log goes on under another name"),
        "trail-broken": N_("The audit trail does not hold"),
        "request-missing": N_("Messages wait for a request that is not here"),
        "not-taken": N_("It does not take messages of ours"),
        "log-strange": N_("A counterpart holds a checkpoint of ours that is not in our history"),
    }
}

_TWICE = N_(
    "A copy of its home, or of this one, spoke under numbers that the home used too. If the copy was of this home:"
    " stop it, then an administrator says tracing counterpart recover, and what it said comes back into the cases"
    " named here; what cannot come back, and what was refused, is said anew. If it was theirs: ask by telephone"
    " whether it was they who ran it, and no thief. Then close this."
)

REMEDIES: Mapping[str, str] = {
    "rollback": N_("An old copy, or somebody who plays one back. Ask it by telephone which version is its newest."),
    "equivocation": N_(
        "It, or a thief of its keyset keys, speaks twice; both documents are kept as proof. Suspend it, telephone,"
        " compare the versions; go on when it has a new root."
    ),
    "history-rewritten": N_("Suspend it, telephone, and compare; go on when it shows the whole list again."),
    "freeze": N_("Telephone: who stands between? It ends by itself when the newer one is seen."),
    "keys-revoked": N_("Ask it by telephone about each message below: did it say this? Then close the alarm."),
    "address-moved": N_("Ask whether it moved. If so an administrator says: tracing counterpart update ID --address."),
    "key-shared": N_("One of the two is a copy, or took the other's keys. Suspend both and telephone both."),
    "contact-changed": N_("Compare the new telephone numbers with the list of ITI para 31 before you confirm by them."),
    "root-expired": N_("Ask it for the next root; what we hold of it goes on until then."),
    "root-ends": N_("The holders make the next root: keys/README.md, The next root. It ends by itself then."),
    "key-not-held": N_("Restore the newest copy of the file of keys, or replace the key: keys/README.md."),
    "restored": N_(
        "A copy that tracing backup restore made is given back what this counterpart holds of ours. To any other copy"
        " nothing is given and nothing is sent from it: stop it, or an administrator says tracing counterpart recover."
        " Go through the cases of that time with the counterpart, then close this."
    ),
    "came-back": N_(
        "What it had said and taken since its copy was made goes back to it. Ask by telephone whether it was they who"
        " started the copy, and no thief; then close this."
    ),
    "two-nodes": N_(
        "A copy of this home runs somewhere, or its keys were stolen. Nothing is sent from here until somebody decides:"
        " stop the node that is not to be, then close this at the one that is. If nobody of yours runs the other one:"
        " keys/README.md, A stolen backup."
    ),
    "foreign-keyset": N_(
        "A copy of this home ran and showed its own keyset, perhaps with another address; what we issue under that"
        " number would be refused. Stop the copy; then an administrator says: tracing keys issue --above NUMBER. If"
        " nobody of yours ran it: keys/README.md, A stolen backup."
    ),
    "number-twice": _TWICE,
    "copy-spoke": _TWICE,
    "log-fork": N_(
        "A copy of its home ran, or its trail was rewritten. Both checkpoints are kept: tracing audit prove ID writes"
        " them for anybody. Telephone; messages go on, and nothing more of that log is cosigned."
    ),
    "log-rollback": N_(
        "It runs an older copy, or its trail was shortened. Both checkpoints are kept: tracing audit prove ID writes"
        " them for anybody. Telephone; messages go on, and nothing more of that log is cosigned."
    ),
    "log-unproved": N_("Telephone. What it says it keeps of the exchange does not fit what it showed before."),
    "log-anew": N_("Ask why: it came back from a backup, or its administrator began the log anew."),
    "trail-broken": N_(
        "Somebody changed the database, or the disk failed: tracing audit verify. Restore the newest backup that holds"
        " (tracing backup verify), and find out who had access. It ends by itself when all holds again."
    ),
    "request-missing": N_(
        "The request is on its way by file, or it came to a home of ours that was lost. Telephone: its sender closes or"
        " withdraws what cannot come any more, and asks anew. It ends by itself when the request is here."
    ),
    "not-taken": N_(
        "They are parked and tried again at every hello. If a key that signed them was revoked since, they will never"
        " be taken: withdraw such requests and ask anew; say any other message anew, or by telephone where its case"
        " does not allow it twice, and close this if it stays. Else the reason says what is to be mended, here or"
        " there. It ends by itself when all is taken or withdrawn."
    ),
    "log-strange": N_(
        "A copy of this home ran, this database is an older one, or somebody changed it: tracing audit verify. If it is"
        " the right one, an administrator says tracing audit anew ID, so that counterparts cosign it again."
    ),
}
USUAL = N_("What was believed before goes on being believed. Telephone, and find out who made the document.")
