"""Writes EU DSS's own validation policy, with EdDSA among the accepted algorithms, to a file.

usage: dss_policy.py OUT.xml

DSS's default policy lists what SOG-IS agreed on, and that is without EdDSA; everything else in the policy stays as it is.
"""
import os
import sys
import zipfile
from pathlib import Path

COMMENTED = [
    ("<!-- \t\t<Algo>EdDSA</Algo> \t\t\t\tNot referenced in ETSI/SOGIS -->", "<Algo>EdDSA</Algo>"),
    ('<!-- \t\t<Algo Size="24">EdDSA</Algo> \t\tNot referenced in ETSI/SOGIS -->', '<Algo Size="24">EdDSA</Algo>'),
]


def main() -> None:
    cache = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "rakkan-dss-oracle"
    jars = sorted(cache.glob("*/lib/dss-policy-jaxb-*.jar"), key=lambda jar: jar.stat().st_mtime)
    if not jars:
        sys.exit(f"no policy of DSS under {cache}: start tools/dss-oracle once")
    policy = zipfile.ZipFile(jars[-1]).read("policy/constraint.xml").decode()
    for old, new in COMMENTED:
        if policy.count(old) != 1:
            sys.exit(f"the policy of DSS has changed: {old!r} is not in it once")
        policy = policy.replace(old, new)
    Path(sys.argv[1]).write_text(policy)


main()
