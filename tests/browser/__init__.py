"""The promises, seen from outside: a real Chromium reads the real newspaper.

What happened in a visit is told by four witnesses: the browser's cookie jar, its storage, its
network log, and the log of each third party's own server, bare TCP connections included.
"""
