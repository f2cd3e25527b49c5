"""Verifies WebAuthn assertions with python-fido2 and answers yes or no for each; reads JSON lines, writes JSON lines.

in:  {"rp_id", "origin", "challenge", "credential_id", "cose_key", "client_data_json", "authenticator_data", "signature"}  (base64url)
out: {"valid": true} or {"valid": false, "why": "..."}
"""
import json
import sys

from fido2 import cbor
from fido2.cose import CoseKey
from fido2.server import Fido2Server
from fido2.utils import websafe_decode
from fido2.webauthn import (
    AttestedCredentialData,
    AuthenticatorData,
    CollectedClientData,
    PublicKeyCredentialRpEntity,
)


def judge(case: dict) -> dict:
    origin = case["origin"]
    server = Fido2Server(
        PublicKeyCredentialRpEntity(id=case["rp_id"], name="judge"), verify_origin=lambda claimed: claimed == origin
    )
    key = CoseKey.parse(cbor.decode(websafe_decode(case["cose_key"])))
    credential = AttestedCredentialData.create(bytes(16), websafe_decode(case["credential_id"]), key)
    client_data = CollectedClientData(websafe_decode(case["client_data_json"]))
    data = AuthenticatorData(websafe_decode(case["authenticator_data"]))
    try:
        if client_data.type != CollectedClientData.TYPE.GET:
            raise ValueError("wrong type")
        if client_data.challenge != websafe_decode(case["challenge"]):
            raise ValueError("wrong challenge")
        if client_data.origin != origin:
            raise ValueError("wrong origin")
        if data.rp_id_hash != server.rp.id_hash:
            raise ValueError("wrong RP ID")
        if not data.is_user_present() or not data.is_user_verified():
            raise ValueError("user not present or not verified")
        credential.public_key.verify(data + client_data.hash, websafe_decode(case["signature"]))
    except Exception as error:  # the library raises many kinds; each means no
        return {"valid": False, "why": f"{type(error).__name__}: {error}"}
    return {"valid": True}


for line in sys.stdin:
    if line.strip():
        print(json.dumps(judge(json.loads(line))), flush=True)
