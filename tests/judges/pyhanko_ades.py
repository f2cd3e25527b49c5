"""Judges the signatures of one PDF by pyHanko's AdES validation with long-term data (EN 319 102-1 5.6.3) and prints one JSON line.

usage: pyhanko_ades.py SIGNED.pdf ROOT UNIX_TIME

ROOT is the only trust anchor; everything else must be in the file. Nothing is fetched.
"""
import asyncio
import json
import sys
from datetime import datetime, timezone

from pyhanko.keys import load_cert_from_pemder
from pyhanko.pdf_utils.reader import PdfFileReader
from pyhanko.sign.validation import ades
from pyhanko.sign.validation.policy_decl import (
    PdfSignatureValidationSpec,
    RevinfoOnlineFetchingRule,
    RevocationInfoGatheringSpec,
    SignatureValidationSpec,
)
from pyhanko_certvalidator.context import CertValidationPolicySpec
from pyhanko_certvalidator.ltv.types import ValidationTimingInfo
from pyhanko_certvalidator.policy_decl import REQUIRE_REVINFO, CertRevTrustPolicy
from pyhanko_certvalidator.registry import SimpleTrustManager


def main() -> None:
    signed, root, at = sys.argv[1:]
    moment = datetime.fromtimestamp(int(at), timezone.utc)
    certificates = CertValidationPolicySpec(
        trust_manager=SimpleTrustManager.build([load_cert_from_pemder(root)]),
        revinfo_policy=CertRevTrustPolicy(REQUIRE_REVINFO),
    )
    offline = RevocationInfoGatheringSpec(online_fetching_rule=RevinfoOnlineFetchingRule.LOCAL_ONLY)
    spec = PdfSignatureValidationSpec(
        SignatureValidationSpec(cert_validation_policy=certificates, revinfo_gathering_policy=offline)
    )
    timing = ValidationTimingInfo(moment, moment, point_in_time_validation=True)
    result = []
    with open(signed, "rb") as handle:
        for signature in PdfFileReader(handle).embedded_regular_signatures:
            found = asyncio.run(ades.ades_lta_validation(signature, pdf_validation_spec=spec, timing_info=timing))
            status, stamp = found.api_status, found.signature_timestamp_status
            result.append(
                {
                    "field": signature.field_name,
                    "indication": found.ades_subindic.status.name,
                    "sub_indication": str(found.ades_subindic),
                    "message": found.failure_msg,
                    "bottom_line": bool(status and status.bottom_line),
                    "docmdp_ok": status and status.docmdp_ok,
                    "modification": status and status.modification_level and status.modification_level.name,
                    "timestamp": stamp and stamp.ades_subindic.status.name,
                    "archived": found.oldest_evidence_record_timestamp
                    and int(found.oldest_evidence_record_timestamp.timestamp()),
                }
            )
    print(json.dumps(result))


main()
