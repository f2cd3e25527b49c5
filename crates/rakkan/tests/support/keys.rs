//! Keys and certificates for tests of the command line, made by openssl: what users have.
#![allow(dead_code, reason = "each test file uses its own part")]

use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::OnceLock;

use tempfile::TempDir;

/// A folder with a root certificate and signers below it: `KIND.key` (PKCS#8) and `KIND.crt`.
pub struct Keys(TempDir);

/// The kinds of keys in the folder that every judge knows; `ed25519` is there, too.
pub const KINDS: [&str; 4] = ["rsa2048", "p256", "p384", "p521"];

/// One folder for all tests of a program.
pub fn keys() -> &'static Keys {
    static KEYS: OnceLock<Keys> = OnceLock::new();
    KEYS.get_or_init(Keys::make)
}

impl Keys {
    fn make() -> Self {
        let keys = Self(tempfile::tempdir().unwrap());
        keys.openssl(
            "req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -keyout root.key -out root.pem -days 3650 -subj",
            &["/CN=Test Root", "-addext", "keyUsage=critical,keyCertSign,cRLSign"],
        );
        std::fs::write(
            keys.path("ext.cnf"),
            "[signer]\nkeyUsage=critical,nonRepudiation\nbasicConstraints=CA:FALSE\n\
             [unfit]\nkeyUsage=critical,keyEncipherment\nbasicConstraints=CA:FALSE\n",
        )
        .unwrap();
        std::fs::write(keys.path("crl.txt"), "").unwrap();
        std::fs::write(
            keys.path("crl.cnf"),
            "[ca]\ndefault_ca=d\n[d]\ndatabase=crl.txt\ndefault_md=sha256\ndefault_crl_days=30\n",
        )
        .unwrap();
        for kind in KINDS.into_iter().chain(["ed25519"]) {
            let made = match kind.strip_prefix("rsa") {
                None if kind == "ed25519" => format!("genpkey -algorithm ED25519 -out {kind}.key"),
                Some(bits) => format!("genpkey -algorithm RSA -pkeyopt rsa_keygen_bits:{bits} -out {kind}.key"),
                None => format!(
                    "genpkey -algorithm EC -pkeyopt ec_paramgen_curve:P-{} -out {kind}.key",
                    kind.trim_start_matches('p')
                ),
            };
            keys.openssl(&made, &[]);
            keys.certify(kind, kind, "signer", &["-days", "365"]);
        }
        keys
    }

    /// A certificate `name.crt` for the key of `kind` with the extensions of a section.
    pub fn certify(&self, kind: &str, name: &str, section: &str, validity: &[&str]) -> PathBuf {
        self.openssl(
            &format!("req -new -key {kind}.key -out {name}.csr -utf8 -subj"),
            &["/C=JP/O=青葉データ株式会社/CN=山田 花子"],
        );
        let certify = format!(
            "x509 -req -in {name}.csr -CA root.pem -CAkey root.key -extfile ext.cnf -extensions {section} -out {name}.crt"
        );
        self.openssl(&certify, validity);
        self.path(&format!("{name}.crt"))
    }

    /// A file of the folder.
    pub fn path(&self, name: &str) -> PathBuf {
        self.0.path().join(name)
    }

    /// Runs openssl in the folder: words, then arguments as they are.
    pub fn openssl(&self, words: &str, more: &[&str]) {
        let output =
            Command::new("openssl").args(words.split(' ')).args(more).current_dir(self.0.path()).output().unwrap();
        assert!(output.status.success(), "openssl {words}: {}", String::from_utf8_lossy(&output.stderr));
    }

    /// A PKCS#12 file of a kind under the password `geheim`, made with further options of openssl.
    pub fn pkcs12(&self, kind: &str, name: &str, options: &[&str]) -> PathBuf {
        let words = format!("pkcs12 -export -inkey {kind}.key -in {kind}.crt -certfile root.pem -out {name} -passout");
        let password = if options.contains(&"-nopassword") { "pass:" } else { "pass:geheim" };
        let options: Vec<_> = options.iter().copied().filter(|option| *option != "-nopassword").collect();
        self.openssl(&words, &[&[password], options.as_slice()].concat());
        self.path(name)
    }

    /// A file that holds the password of the PKCS#12 files.
    pub fn password_file(&self) -> PathBuf {
        self.file("password", b"geheim\n")
    }

    /// A file of the folder with this content.
    pub fn file(&self, name: &str, content: &[u8]) -> PathBuf {
        let path = self.path(name);
        // Tests run side by side and write the same bytes; a rename keeps a reader from seeing half of them.
        let part = tempfile::NamedTempFile::new_in(self.0.path()).unwrap();
        std::fs::write(part.path(), content).unwrap();
        part.persist(&path).unwrap();
        path
    }
}

/// The built-in contract.
pub fn contract() -> &'static Path {
    Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/assets/contract.pdf"))
}
