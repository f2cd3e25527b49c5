//! The demo's folder: secrets, root certificate and the two configuration files, the same that `rakkan serve` and `rakkan sam` read.

use std::fs::{DirBuilder, OpenOptions};
use std::io::Write;
use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt};
use std::path::{Path, PathBuf};

use anyhow::{Context, bail};
use aws_lc_rs::encoding::AsDer;
use aws_lc_rs::rand::{SecureRandom, SystemRandom};
use aws_lc_rs::signature::{ECDSA_P256_SHA256_FIXED_SIGNING, EcdsaKeyPair, KeyPair};
use base64ct::{Base64UrlUnpadded, Encoding};
use der::pem::LineEnding;
use test_support::authorities::Addresses;

use super::Plan;
use crate::language::Language;
use crate::sign::REDIRECT_URI as CLI_REDIRECT_URI;

/// `client_id` of the demo's own CSC client.
pub const CLIENT_ID: &str = "demo-client";
/// Its redirect address; nobody listens there, the demo reads the address it is sent to.
pub const REDIRECT_URI: &str = "http://127.0.0.1/rakkan-demo/callback";

/// Where everything of one demo is.
#[derive(Debug, Clone)]
pub struct Folder(PathBuf);

/// Addresses that the configuration files name.
pub struct Origins {
    /// Of the portal, for example `http://localhost:8080`.
    pub portal: String,
    /// Of the signing page.
    pub signing: String,
}

impl Folder {
    /// Makes `chosen` (or a new folder under the temporary one) for this user only and tries whether it can be written.
    pub fn make(chosen: Option<&Path>) -> anyhow::Result<Self> {
        let path = match chosen {
            Some(path) => path.to_owned(),
            None => std::env::temp_dir().join(format!("rakkan-demo-{}", random_text::<6>()?)),
        };
        let remedy = || format!("the data folder {} cannot be written: name another with --data DIR", path.display());
        DirBuilder::new().recursive(true).mode(0o700).create(&path).with_context(remedy)?;
        let path = path.canonicalize().with_context(remedy)?;
        let probe = path.join(".write-probe");
        std::fs::write(&probe, b"").and_then(|()| std::fs::remove_file(&probe)).with_context(remedy)?;
        Ok(Self(path))
    }

    /// The folder itself.
    pub fn path(&self) -> &Path {
        &self.0
    }

    /// A path in it.
    pub fn join(&self, name: &str) -> PathBuf {
        self.0.join(name)
    }

    /// Makes what is missing of keys and secrets; what is there from an earlier run stays.
    pub fn make_secrets(&self) -> anyhow::Result<()> {
        let sam = self.join("sam");
        DirBuilder::new().recursive(true).mode(0o700).create(&sam).with_context(|| sam.display().to_string())?;
        if !self.join("officer.key.pem").exists() {
            let pair = EcdsaKeyPair::generate(&ECDSA_P256_SHA256_FIXED_SIGNING)
                .context("no key for the registration officer")?;
            let pkcs8 = pair.to_pkcs8v1().context("no key for the registration officer")?;
            let public = pair.public_key().as_der().context("no key for the registration officer")?;
            let pem =
                |label, der: &[u8]| der::pem::encode_string(label, LineEnding::LF, der).map_err(anyhow::Error::msg);
            write_secret(&self.join("sam/officer.pub.pem"), pem("PUBLIC KEY", public.as_ref())?.as_bytes())?;
            write_secret(&self.join("officer.key.pem"), pem("PRIVATE KEY", pkcs8.as_ref())?.as_bytes())?;
        }
        for name in ["client.secret", "est.password"] {
            if !self.join(name).exists() {
                write_secret(&self.join(name), random_text::<24>()?.as_bytes())?;
            }
        }
        let token_key = self.join("sam/token.key");
        if !token_key.exists() {
            sgm::create_key_file(&token_key, &sgm::SystemRandom)?;
        }
        Ok(())
    }

    /// A secret of this folder.
    pub fn secret(&self, name: &str) -> anyhow::Result<String> {
        std::fs::read_to_string(self.join(name)).with_context(|| self.join(name).display().to_string())
    }

    /// Writes the two configuration files for these addresses.
    pub fn write_configuration(
        &self,
        origins: &Origins,
        listen: [u16; 2],
        authorities: &Addresses,
        plan: &Plan,
    ) -> anyhow::Result<()> {
        let lang = if plan.language == Language::Ja { "ja" } else { "en" };
        let quoted = |path: &Path| toml::Value::from(path.to_string_lossy().into_owned()).to_string();
        let Origins { portal, signing } = origins;
        let sam = format!(
            r#"# Written by `rakkan demo`. Development only.
version = 1
environment = "development"
folder = {folder}
socket = {socket}

[passkey]
rp_id = "localhost"
signing_origin = "{signing}"
enrolment_origin = "{portal}"

[log]
origin = "localhost/rakkan-demo"

[claims]
scal2 = true                      # for trying it out: the rules are checked, nothing is evaluated

[token]
kind = "software"
key_file = {key}

[[officer]]
id = "demo-officer"
public_key_file = {officer}
"#,
            folder = quoted(&self.join("sam/state")),
            socket = quoted(&self.join("sam/sam.sock")),
            key = quoted(&self.join("sam/token.key")),
            officer = quoted(&self.join("sam/officer.pub.pem")),
        );
        let root = quoted(&self.join("evidence/demo-root.pem"));
        let mut serve = format!(
            r#"# Written by `rakkan demo`. Development only.
version = 1
environment = "development"
data = {data}

[http]
public_origin = "{portal}"
sign_origin = "{signing}"
listen = "127.0.0.1:{portal_port}"
sign_listen = "127.0.0.1:{signing_port}"

[ui]
default_language = "{lang}"

[passkey]
rp_id = "localhost"

[sam]
socket = {socket}

[registration]
officer_id = "demo-officer"
officer_key_file = {officer}
automatic = true
proofing_level = "demo"

[[client]]
id = "{CLIENT_ID}"
name = "Demo contract application (DEMO, NOT VALID)"
redirect_uris = ["{REDIRECT_URI}", "{CLI_REDIRECT_URI}"]
secret_file = {client}
"#,
            data = quoted(&self.join("store")),
            portal_port = listen[0],
            signing_port = listen[1],
            socket = quoted(&self.join("sam/sam.sock")),
            officer = quoted(&self.join("officer.key.pem")),
            client = quoted(&self.join("client.secret")),
        );
        let cas = [
            ("demo-ca-1", "Demo CA A (DEMO, NOT VALID)", "p256", &authorities.ca1),
            ("demo-ca-2", "Demo CA B (DEMO, NOT VALID)", plan.rsa_keys, &authorities.ca2),
        ];
        for (id, name, keys, ca) in cas {
            serve += &format!(
                "\n[[ca]]\nid = \"{id}\"\nname = \"{name}\"\nest_url = \"{}\"\nusername = \"rakkan\"\npassword_file = {}\nroot_file = {root}\nkeys = [\"{keys}\"]\ndemo = true\n",
                ca.est,
                quoted(&self.join("est.password")),
            );
        }
        for (number, url) in authorities.tsas.iter().enumerate() {
            serve += &format!(
                "\n[[tsa]]\nid = \"demo-tsa-{}\"\nurl = \"{url}\"\nroot_file = {root}\ntimeout_ms = 3000\n",
                number + 1
            );
        }
        write_secret(&self.join("sam/sam.toml"), sam.as_bytes())?;
        write_secret(&self.join("rakkan.toml"), serve.as_bytes())
    }

    /// Writes one file of the folder, for everyone who may enter it.
    pub fn write(&self, name: &str, content: &[u8]) -> anyhow::Result<()> {
        let path = self.join(name);
        if let Some(folder) = path.parent() {
            std::fs::create_dir_all(folder).with_context(|| folder.display().to_string())?;
        }
        std::fs::write(&path, content).with_context(|| format!("{} cannot be written", path.display()))
    }
}

/// Writes a file of mode 0600, replacing an older one whole.
fn write_secret(path: &Path, content: &[u8]) -> anyhow::Result<()> {
    let part = path.with_extension("part");
    let _ = std::fs::remove_file(&part);
    let mut file = OpenOptions::new()
        .write(true)
        .create_new(true)
        .mode(0o600)
        .open(&part)
        .with_context(|| part.display().to_string())?;
    file.write_all(content)?;
    std::fs::rename(&part, path).with_context(|| path.display().to_string())
}

fn random_text<const N: usize>() -> anyhow::Result<String> {
    let mut bytes = [0; N];
    if SystemRandom::new().fill(&mut bytes).is_err() {
        bail!("the operating system gave no random bytes");
    }
    Ok(Base64UrlUnpadded::encode_string(&bytes))
}
