//! PEM files with keys and certificates in any order. RFC 7468; encrypted keys in PKCS#8 form only.

use der::pem;
use zeroize::Zeroizing;

/// One block.
pub struct Block {
    /// Its label, for example `CERTIFICATE`.
    pub label: Label,
    /// Its bytes.
    pub der: Zeroizing<Vec<u8>>,
}

/// The labels that matter here.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Label {
    /// X.509.
    Certificate,
    /// PKCS#8, PKCS#1 or SEC 1.
    PrivateKey,
    /// PKCS#8 under a password.
    EncryptedPrivateKey,
    /// A key in OpenSSL's old encryption, known by its header lines.
    OldEncryption,
}

const BEGIN: &str = "-----BEGIN ";

/// The blocks of a text, those with other labels left out; `None` if a block that matters is damaged.
pub fn blocks(text: &str) -> Option<Vec<Block>> {
    let mut found = Vec::new();
    let mut rest = text;
    while let Some(start) = rest.find(BEGIN) {
        let block = &rest[start..];
        let label = block[BEGIN.len()..].split_once("-----")?.0;
        let end_line = format!("-----END {label}-----");
        let length = block.find(&end_line)? + end_line.len();
        let (block, after) = block.split_at(length);
        rest = after;
        let label = match label {
            "CERTIFICATE" | "X509 CERTIFICATE" | "TRUSTED CERTIFICATE" => Label::Certificate,
            "ENCRYPTED PRIVATE KEY" => Label::EncryptedPrivateKey,
            "PRIVATE KEY" | "RSA PRIVATE KEY" | "EC PRIVATE KEY" => Label::PrivateKey,
            _ => continue,
        };
        if block.contains("Proc-Type:") {
            found.push(Block { label: Label::OldEncryption, der: Zeroizing::new(Vec::new()) });
            continue;
        }
        let (_, der) = pem::decode_vec(unwrapped(block).as_bytes()).ok()?;
        found.push(Block { label, der: Zeroizing::new(der) });
    }
    Some(found)
}

/// The block with lines of 64 characters, whatever lines it came in: programs differ, and the reader is strict.
fn unwrapped(block: &str) -> Zeroizing<String> {
    let mut lines = block.lines().map(str::trim).filter(|line| !line.is_empty());
    let mut out = Zeroizing::new(String::with_capacity(block.len() + block.len() / 32 + 16));
    out.push_str(lines.next().unwrap_or_default());
    out.push('\n');
    let (mut column, mut last) = (0, "");
    for line in lines {
        if line.starts_with("-----") {
            last = line;
            break;
        }
        for character in line.chars() {
            if column == 64 {
                out.push('\n');
                column = 0;
            }
            out.push(character);
            column += 1;
        }
    }
    out.push('\n');
    out.push_str(last);
    out.push('\n');
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn blocks_are_found_among_text_and_lines_of_any_length() {
        let text = "Bag Attributes\n-----BEGIN CERTIFICATE-----\r\nMAMC\r\nAQU=\r\n-----END CERTIFICATE-----\r\n\
            -----BEGIN DH PARAMETERS-----\nMAMCAQU=\n-----END DH PARAMETERS-----\n\
            -----BEGIN PRIVATE KEY-----\nMAMCAQU=\n-----END PRIVATE KEY-----";
        let found = blocks(text).unwrap();
        assert_eq!(found.iter().map(|block| block.label).collect::<Vec<_>>(), [Label::Certificate, Label::PrivateKey]);
        assert!(found.iter().all(|block| *block.der == [0x30, 3, 2, 1, 5]));
    }

    #[test]
    fn damaged_blocks_are_refused() {
        assert!(blocks("-----BEGIN CERTIFICATE-----\nMAMC").is_none());
        assert!(blocks("-----BEGIN CERTIFICATE-----\n!!!!\n-----END CERTIFICATE-----\n").is_none());
    }

    #[test]
    fn the_old_encryption_is_told_from_a_plain_key() {
        let text = "-----BEGIN RSA PRIVATE KEY-----\nProc-Type: 4,ENCRYPTED\nDEK-Info: AES-256-CBC,00\n\nMAMC\n-----END RSA PRIVATE KEY-----";
        assert_eq!(blocks(text).unwrap()[0].label, Label::OldEncryption);
    }
}
