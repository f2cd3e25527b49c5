"""Judges WebAuthn assertions with the fido2 library. One per line, in hexadecimal: COSE key, authenticator data, client data, signature,
challenge. Answers 1 or 0 per line. RP ID example.org, origin https://example.org, user verification required."""

import sys

from fido2 import cbor
from fido2.cose import CoseKey
from fido2.server import Fido2Server
from fido2.utils import sha256
from fido2.webauthn import AuthenticatorData, CollectedClientData


def accepts(key, data, client, signature, challenge):
    try:
        client_data = CollectedClientData(client)
        auth_data = AuthenticatorData(data)
        if client_data.type != "webauthn.get" or client_data.challenge != challenge:
            return False
        if client_data.origin != "https://example.org" or client_data.cross_origin:
            return False
        if auth_data.rp_id_hash != sha256(b"example.org"):
            return False
        if not (auth_data.is_user_present() and auth_data.is_user_verified()):
            return False
        CoseKey.parse(cbor.decode(key)).verify(data + client_data.hash, signature)
        return True
    except Exception:
        return False


for line in sys.stdin:
    print(int(accepts(*(bytes.fromhex(part) for part in line.strip("\n").split(" ")))))
