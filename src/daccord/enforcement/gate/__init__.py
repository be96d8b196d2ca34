"""HTML as the reader's choice has it: what may not load is taken out, and the page stays a page.

1. The guarantee is the Content-Security-Policy (law 3). The gate is for the reader's comfort (a
   placeholder instead of a hole) and for what a policy cannot stop: the connection that a
   preconnect, a prefetch or a cross-site frame opens, and an automatic navigation.
2. Bytes in, bytes out. The text between is latin-1, so every byte of every ASCII-compatible
   charset survives; what is put in is ASCII. Where nothing is gated nothing is changed.
3. One scanner for whole bodies and streams; a stream may be cut at any byte.
4. Whatever bytes arrive, there is an answer and never an exception.
"""

from daccord.enforcement.gate.rules import Insertions, PlaceholderSite, Rules
from daccord.enforcement.gate.stream import Gate, gate_whole

__all__ = ["Gate", "Insertions", "PlaceholderSite", "Rules", "gate_whole"]
