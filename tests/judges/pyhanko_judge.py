"""Judges one signed PDF with pyHanko and prints one JSON line.

usage: pyhanko_judge.py SIGNED.pdf ROOT.pem... [--evidence FOLDER]

Every root is a trust anchor for signer and time-stamp. CRLs (*.crl) and OCSP answers (*.ors) in FOLDER are handed to the
validator; it fetches nothing.
"""
import json
import sys
from pathlib import Path

from asn1crypto import crl, ocsp, pem, x509
from pyhanko.pdf_utils.reader import PdfFileReader
from pyhanko.sign.validation import validate_pdf_signature
from pyhanko_certvalidator import ValidationContext


def certificate(path: Path) -> x509.Certificate:
    data = path.read_bytes()
    if pem.detect(data):
        _, _, data = pem.unarmor(data)
    return x509.Certificate.load(data)


def main() -> None:
    args = sys.argv[1:]
    folder = None
    if "--evidence" in args:
        at = args.index("--evidence")
        folder = Path(args[at + 1])
        del args[at : at + 2]
    signed, roots = args[0], [certificate(Path(name)) for name in args[1:]]
    crls = [crl.CertificateList.load(f.read_bytes()) for f in sorted(folder.glob("*.crl"))] if folder else []
    ocsps = [ocsp.OCSPResponse.load(f.read_bytes()) for f in sorted(folder.glob("*.ors"))] if folder else []
    context = ValidationContext(
        trust_roots=roots, crls=crls, ocsps=ocsps, allow_fetching=False, revocation_mode="hard-fail" if folder else "soft-fail"
    )
    with open(signed, "rb") as handle:
        reader = PdfFileReader(handle)
        result = []
        for signature in reader.embedded_signatures:
            status = validate_pdf_signature(signature, signer_validation_context=context)
            stamp = status.timestamp_validity
            result.append(
                {
                    "field": signature.field_name,
                    "intact": status.intact,
                    "valid": status.valid,
                    "trusted": status.trusted,
                    "bottom_line": status.bottom_line,
                    "coverage": status.coverage.name,
                    "timestamp_intact": bool(stamp and stamp.intact),
                    "timestamp_valid": bool(stamp and stamp.valid),
                    "timestamp_trusted": bool(stamp and stamp.trusted),
                    "sub_filter": str(signature.sig_object["/SubFilter"]),
                    "signing_time_attribute": "signing_time" in {a["type"].native for a in signature.signer_info["signed_attrs"]},
                }
            )
    print(json.dumps(result))


main()
