"""Time-stamps by RFC 3161: asking an authority when something existed, and judging what it answered.

Rules
- Nothing is taken apart here: ``forms`` names the ASN.1 forms, and ``cryptography`` reads and writes them as DER.
- The signer's certificate comes with the answer. It must be the one that the signed attributes name, be for
  time-stamping alone, and have been valid at the time the answer states.
- Who vouches for that certificate is for whoever judges to say: ``authorities`` are the ones he knows from elsewhere.
  Without any the signature is checked all the same, and ``Stamp.authority`` is None.
- There is no clock and nobody to ask: revocation is not looked up.

    asked = query(digest, nonce)
    stamp = judge(answer, digest, nonce, read_authorities(pem))
"""

from keys.stamps.judging import Stamp, judge, query, read_authorities

__all__ = ["Stamp", "judge", "query", "read_authorities"]
