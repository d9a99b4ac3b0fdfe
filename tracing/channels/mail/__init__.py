"""Reminders by mail: what a person chose, the mails of a reminder, the worker that sends them, and what comes back."""
