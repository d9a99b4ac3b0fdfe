"""The desk: what officers touch. Its own listener, accounts, the JSON API and the pages.

Rules
- Every route says who may use it (``routes.route``); one without a policy cannot be registered.
- The desk reads through the store; every change goes through casework.
- Whatever is wrong with what somebody sent becomes a problem document (``problems``), never a stack trace.
"""
