//! Certification authorities and kinds of keys as choices.

use ssa::{CaView, KeyAlgorithm};

use super::views::AuthorityChoice;
use crate::i18n::Language;

/// The authorities that a person can choose from; the first one is chosen at first.
pub fn choices(authorities: Vec<CaView>, language: Language) -> Vec<AuthorityChoice> {
    let mut checked = false;
    authorities
        .into_iter()
        .map(|authority| {
            let first = !checked;
            checked = true;
            let (proof, acrobat) = if authority.demo {
                ("authority-proof-demo", "acrobat-problem")
            } else {
                ("authority-proof-policy", "acrobat-depends")
            };
            AuthorityChoice {
                checked: first,
                algorithm: authority
                    .key_algorithms
                    .first()
                    .map(|algorithm| words(*algorithm, language))
                    .unwrap_or_default(),
                proof: language.text(proof),
                wait: language.text("authority-wait-now"),
                acrobat: language.text(acrobat),
                demo: authority.demo,
                id: authority.id,
                name: authority.name,
            }
        })
        .collect()
}

/// The kind of a key in words.
pub fn words(algorithm: KeyAlgorithm, language: Language) -> String {
    match algorithm {
        KeyAlgorithm::EcdsaP256 => language.text("algorithm-ec-p256"),
        KeyAlgorithm::Rsa2048 => language.text("algorithm-rsa-2048"),
        KeyAlgorithm::Rsa3072 => language.text("algorithm-rsa-3072"),
        // The list of kinds is open; a kind without words of ours is shown by its name.
        other => format!("{other:?}"),
    }
}

/// The kind of key with this name in a form.
pub fn from_name(name: &str) -> Option<KeyAlgorithm> {
    match name {
        "ec-p256" => Some(KeyAlgorithm::EcdsaP256),
        "rsa-2048" => Some(KeyAlgorithm::Rsa2048),
        "rsa-3072" => Some(KeyAlgorithm::Rsa3072),
        _ => None,
    }
}

/// The last three bytes of a serial number, as the pages show it.
pub fn serial_tail(serial_hex: &str) -> String {
    let digits: Vec<char> = serial_hex.chars().filter(char::is_ascii_hexdigit).collect();
    let tail = digits.len().saturating_sub(6);
    let even = digits.get(tail..).unwrap_or_default();
    even.chunks(2).map(|pair| pair.iter().collect::<String>()).collect::<Vec<_>>().join(" ").to_ascii_lowercase()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_tail_of_a_serial_number_is_its_last_three_bytes() {
        assert_eq!(serial_tail("0A1B2C7C41E9"), "7c 41 e9");
        assert_eq!(serial_tail("01"), "01");
        assert_eq!(serial_tail(""), "");
    }
}
