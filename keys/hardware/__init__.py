"""Keys in a hardware module (PKCS#11): the classical ones, whose private half never enters the node's memory.

Rules
- ``ES256`` signs and ``p256`` opens on the token; ML-DSA, the checkpoint keys and X-Wing stay in the vault's file, as
  tokens do not know them.
- One signer process with one session answers one question at a time: the usual modules are not safe in threads, and a
  module that crashes takes that process with it and not the node.
- A token that is gone is a fault that passes: asked again, a fresh session is opened. A wrong PIN is not tried a second
  time: three wrong ones lock most tokens.
- The PIN goes to the process through its pipe, never on a command line, in the environment or in a URI.

Example
    module = HardwareModule(Token.parse("pkcs11:token=itx-br"), "/usr/lib/softhsm/libsofthsm2.so", pin, clock.monotonic)
    vault = Vault.open(home / "keys", passphrase, hardware=module)
"""

from keys.hardware.module import HardwareModule
from keys.hardware.place import Place, Token

__all__ = ["HardwareModule", "Place", "Token"]
