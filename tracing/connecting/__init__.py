"""Connections out, over HTTP: what may be heard on one, which addresses it may lead to, and what a failure of it means.

``exchange/client`` reaches counterparts through them, ``channels/webhooks`` the receivers of reminders.
"""
