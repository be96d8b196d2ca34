"""The paper's own audience counter, exempt from consent and held to what that asks.

1. For this paper only: the counts never leave ``audience.sqlite``; no other site shares the
   cookie; nothing is joined with the subscribers' sessions (CNIL-24).
2. Counts, not people: each thing counted is counted on its own, never crossed with another, and
   no identifier is made. The cookie holds the month of the first visit, the same for everybody
   who came that month (CNIL-24).
3. The cookie lives 13 months from the first visit and is not renewed by a later one; counts are
   forgotten after 25 months (CNIL-25).
4. An address is cut at once and becomes a town at most; a referrer becomes a host; two kinds of
   event; what is shown is rounded to tens (CNIL-26).
5. A reader who objects is not counted at all, and the cookie is neither set nor read (CNIL-25).

Source: French regulator's guidelines and self-assessment tool of July 2025, as in LAW.md.
"""
