//! docs/conformance/ades-creation.md: written when RAKKAN_WRITE_DOCS is set, else compared with what is committed.

use std::collections::BTreeSet;

use ades::crypto::SignatureScheme;

use crate::making::Format;
use crate::matrix::DIGESTS;
use crate::signers::KeyKind;
use crate::surroundings::root;
use crate::variants::Outcome;

/// A key, how it signs, and with how many of the digests it is tried.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Row {
    pub key: KeyKind,
    pub scheme: SignatureScheme,
    pub digests: usize,
}

impl Row {
    fn title(&self) -> String {
        let scheme = match self.scheme {
            SignatureScheme::RsaPkcs1 => "PKCS#1 v1.5, ",
            SignatureScheme::RsaPss => "PSS, ",
            SignatureScheme::Ecdsa => "ECDSA, ",
            _ => "",
        };
        format!("{scheme}{}", self.key.name())
    }
}

/// What became of a cell.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Cell {
    /// Made by us at all four levels; DSS says exactly these levels and TOTAL_PASSED.
    Passed,
    /// DSS makes and accepts it, and we do not make it.
    NotByUs,
    /// We make it, and DSS does not make and accept it itself.
    NotByDss,
    /// Neither makes it.
    Nobody,
}

impl Cell {
    fn sign(self) -> &'static str {
        match self {
            Self::Passed => "B T LT LTA",
            Self::NotByUs => "not made",
            Self::NotByDss => "not judged",
            Self::Nobody => "",
        }
    }
}

/// Warnings of DSS and why each is there. One that is not in this list fails the test.
const REASONS: [(&str, &str); 2] = [
    ("Document contains changes restricted by /FieldMDP", NEW_FIELD),
    ("Document contains changes restricted by /SigFieldLock", NEW_FIELD),
];

const NEW_FIELD: &str = "\
(every field locked, B-LTA): the document time-stamp is a new field, and DSS counts new fields as changed ones. ISO 32000-2 12.8.2.2.2
  allows document time-stamps whatever is locked.";

fn reason(warning: &str) -> Option<&'static str> {
    REASONS.iter().find(|(start, _)| warning.starts_with(start)).map(|(_, reason)| *reason)
}

/// Writes or compares the document.
pub fn check(cells: &[(Format, Row, &str, Cell)], variants: &[Outcome], warnings: &BTreeSet<String>) {
    let unexplained: Vec<_> = warnings.iter().filter(|warning| reason(warning).is_none()).collect();
    assert!(unexplained.is_empty(), "warnings of DSS without a reason in report.rs: {unexplained:#?}");
    let text = page(cells, variants, warnings);
    let path = root().join("docs/conformance/ades-creation.md");
    if std::env::var_os("RAKKAN_WRITE_DOCS").is_some() {
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(&path, text).unwrap();
        return;
    }
    let committed = std::fs::read_to_string(&path).unwrap_or_default();
    assert!(committed == text, "{} is not what this run gives; write it anew: RAKKAN_WRITE_DOCS=1", path.display());
}

fn page(cells: &[(Format, Row, &str, Cell)], variants: &[Outcome], warnings: &BTreeSet<String>) -> String {
    let mut text = INTRODUCTION.to_owned();
    for format in Format::ALL {
        text.push_str(&format!("\n## {}\n\n| |", format.title()));
        for (name, _) in DIGESTS {
            text.push_str(&format!(" {} |", digest_title(name)));
        }
        text.push_str(&format!("\n|---|{}\n", "---|".repeat(DIGESTS.len())));
        let mut rows: Vec<Row> = Vec::new();
        for (_, row, _, _) in cells {
            if !rows.contains(row) {
                rows.push(*row);
            }
        }
        for row in rows {
            text.push_str(&format!("| {} |", row.title()));
            for (digest, _) in DIGESTS {
                let cell = cells.iter().find(|cell| (cell.0, cell.1, cell.2) == (format, row, digest));
                text.push_str(&format!(" {} |", cell.map_or("", |cell| cell.3.sign())));
            }
            text.push('\n');
        }
    }
    text.push_str(VARIANTS);
    for outcome in variants {
        text.push_str(&format!("| {} | {} |\n", outcome.what, outcome.expected));
    }
    text.push_str("\n## Warnings\n\n");
    if warnings.is_empty() {
        text.push_str("None, in any of the tables.\n");
    } else {
        text.push_str("Every distinct warning of DSS in any of the tables, and why it is there:\n\n");
        for warning in warnings {
            text.push_str(&format!("- \"{warning}\" {}\n", reason(warning).unwrap_or_default()));
        }
    }
    text.push_str(NOT_JUDGED);
    text
}

/// The name of a digest as standards write it.
fn digest_title(dss: &str) -> String {
    match dss.strip_prefix("SHA3_") {
        Some(bits) => format!("SHA3-{bits}"),
        None => dss.replace("SHA", "SHA-"),
    }
}

const INTRODUCTION: &str = "\
# Signatures made by Rakkan, judged by EU DSS

Written by `tests/interop` (`RAKKAN_WRITE_DOCS=1 cargo test -p workspace-tests --test interop matrix`); the same test compares this
file with what it finds. Do not edit it by hand.

Judge: EU DSS 6.4 with its default validation policy. Before Rakkan signs, DSS signs and validates each cell itself at level B-B; what
it accepts of its own is what Rakkan is held to. Each cell is then made by Rakkan at four levels with a test PKI (root, issuing CA,
signer; CA of a time-stamp authority; OCSP responder; revocation lists). DSS trusts the root alone. At B-B and B-T it is handed
revocation lists; at B-LT and B-LTA it gets nothing beside the file, so everything must be in it.

- `B T LT LTA`: at each of these levels DSS says exactly that BASELINE level, TOTAL_PASSED, and PASSED for every time-stamp.
- `not made`: DSS makes and accepts it, Rakkan does not make it. RSA with SHA-3: aws-lc-rs cannot verify it, and Rakkan delivers nothing
  that it has not verified.
- `not judged`: Rakkan makes it, DSS does not make and accept it itself.
- empty: neither, or not tried (of longer RSA keys only the first digest is tried).

Ed25519 is not in DSS's default policy, which lists what SOG-IS agreed on: under that policy it is INDETERMINATE
(CRYPTO_CONSTRAINTS_FAILURE_NO_POE), by whomever it was made. For its row the policy is DSS's own with EdDSA added to the lists of
algorithms, and nothing else changed. RFC 8419 gives Ed25519 in CMS one digest, SHA-512.
";

const VARIANTS: &str = "
## Beyond one signature

With P-256 and SHA-256 (a second signer: P-384 and SHA-384). DSS finds exactly this; time-stamps are those of the first signature:

| made | found, all TOTAL_PASSED |
|---|---|
";

const NOT_JUDGED: &str = "
## Not judged by DSS

- Whether commitments, roles, policy and location mean what was asked for: DSS accepts signatures with them; `crates/ades/tests` reads
  them back. Content time-stamps, certified roles and the other attributes: `crates/ades/tests` alone.
- Encrypted input, visible appearances, PDF/A: other tests and other judges (qpdf, pdfsig, veraPDF).
- RSA keys of other lengths than those in the tables; algorithms past their date, which Rakkan refuses before signing.
- Revoked, expired and unfit certificates: those are refused before a level is reached; DSS would only see the refusal.

## Other judges

`tests/interop/others.rs` and `altered.rs` put a smaller set before other programs: pyHanko (AdES validation of B-LTA with the
certification's difference analysis), `openssl cms -verify -cades`, `openssl ts -verify`, `pdfsig` and `qpdf --check`. Alterations of
single bits of what was signed, at random places (24 of each kind; every octet of detached content), are refused by DSS and, for CMS,
by openssl. pyHanko and `pdfsig` judge no CAdES; the openssl of the machines where this runs (3.0) knows no Ed25519 in CMS.

DSS reports a forbidden change of a certified document as a warning and still says TOTAL_PASSED (its default policy); that warning is
provoked in `others.rs`, so its absence above says something.
";
