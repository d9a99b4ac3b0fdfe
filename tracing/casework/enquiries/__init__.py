"""Domestic enquiries: what the answering State asks at home - maker, dealer, customs, army (domain 9).

Rules
- An enquiry is a task of one received case: an addressee, a question, what of the weapon he is told, a date, a result.
- The addressee replies through a form behind an unguessable link, once, without an account; or an officer records what
  came by letter or telephone. Each addressee sees his own enquiry and nothing else.
- He is told chosen particulars of the weapon only. The other State's circumstances are told when the officer chooses so
  and no restriction on them stands in the way (ITI 15).
- The link is shown once and kept as its SHA-256; it ends with its use, with a new one, with the enquiry, or in time.
- Everything of content rests encrypted under the content key of the case; every act has its audit leaf.
- The operational causes of a delay follow from what is still open; never a ground of ITI 22.

    asked = await enquiries.ask(actor, case_id, {"addressee": {...}, "question": "Sold to whom?"})
    await enquiries.reply_by_link(asked.token, {"result": "found", "event": "transferred", "date": "2012-04"})
"""

from tracing.casework.enquiries.assembling import assemble
from tracing.casework.enquiries.clerk import Enquiries, EnquiryOutcome
from tracing.casework.enquiries.tasks import EnquiryFile, EnquiryId, awaited, of_case

__all__ = ["Enquiries", "EnquiryFile", "EnquiryId", "EnquiryOutcome", "assemble", "awaited", "of_case"]
