"""Takes the last signature of a PDF apart for command-line judges.

usage: extract.py SIGNED.pdf FOLDER   writes cms.der, content.bin, signature.bin and, if there is one, token.der
"""
import re
import sys
from pathlib import Path

from asn1crypto import cms

data, folder = Path(sys.argv[1]).read_bytes(), Path(sys.argv[2])
ranges = [tuple(map(int, found)) for found in re.findall(rb"/ByteRange\s*\[\s*(\d+)\s+(\d+)\s+(\d+)\s+(\d+)\s*\]", data)]
start, length, second, tail = max(ranges, key=lambda r: r[2] + r[3])
assert start == 0 and data[length : length + 1] == b"<" and data[second - 1 : second] == b">", "Contents does not fill the gap"
info = cms.ContentInfo.load(bytes.fromhex(data[length + 1 : second - 1].decode("ascii")), strict=False)
folder.joinpath("cms.der").write_bytes(info.dump())
folder.joinpath("content.bin").write_bytes(data[:length] + data[second : second + tail])
signer = info["content"]["signer_infos"][0]
folder.joinpath("signature.bin").write_bytes(signer["signature"].native)
for attribute in signer["unsigned_attrs"] or []:
    if attribute["type"].native == "signature_time_stamp_token":
        folder.joinpath("token.der").write_bytes(attribute["values"][0].dump())
