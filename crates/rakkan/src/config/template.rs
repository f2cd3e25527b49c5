//! Commented starting points that `rakkan config init` prints. A test reads them back, so they cannot rot.

/// Starting point of the file of `rakkan serve`.
pub const SERVE: &str = r#"# Configuration of `rakkan serve`. Check it with: rakkan config check serve FILE
version = 1
environment = "production"        # or "development": allows loopback authorities
data = "/var/lib/rakkan"          # store and documents in work; only this user may read it

[http]
public_origin = "https://portal.example.jp"   # portal, OAuth, CSC
sign_origin = "https://sign.example.jp"       # the signing page: an origin of its own
listen = "127.0.0.1:8080"         # a reverse proxy with TLS stands before both
sign_listen = "127.0.0.1:8081"
trusted_proxies = ["127.0.0.1"]   # reverse proxies, as addresses or networks ("10.0.0.0/8"), that append to X-Forwarded-For;
                                  # without them all requests through a proxy share one limit of rate
max_upload_mib = 100

[ui]
default_language = "ja"

[passkey]
rp_id = "example.jp"              # parent domain of both origins; changing it breaks every passkey

[sam]
socket = "/run/rakkan/sam.sock"

# Whoever holds this key vouches for identities towards the SAM; the SAM's file pins its public half under the same id.
[registration]
officer_id = "officer-1"
officer_key_file = "/etc/rakkan/officer-1.key.pem"
automatic = true                  # whoever registers is vouched for: this version has no other way
proofing_level = "self-asserted"

[outbound]
internal_hosts = []               # hosts of CAs and TSAs that may have private addresses; all others must be public

[[ca]]
id = "example-ca"
name = "Example CA"
est_url = "https://ca.example/.well-known/est"
username = "rakkan"
password_file = "/etc/rakkan/example-ca.password"
root_file = "/etc/rakkan/example-ca.pem"
keys = ["p256"]

[[tsa]]                           # tried in this order
id = "example-tsa"
url = "https://tsa.example/ts"
root_file = "/etc/rakkan/example-tsa.pem"
timeout_ms = 5000

[[client]]                        # CSC clients
id = "contract-app"
name = "Contract application"
redirect_uris = ["https://app.example.jp/callback"]
secret_file = "/etc/rakkan/contract-app.secret"
"#;

/// Starting point of the file of `rakkan sam`.
pub const SAM: &str = r#"# Configuration of `rakkan sam`. Readable by the SAM's user only. Check it with: rakkan config check sam FILE
version = 1
environment = "production"
folder = "/var/lib/rakkan-sam"    # journal, signing log, wrapped keys of the token; this user only
socket = "/run/rakkan/sam.sock"
allowed_uids = []                 # user ids of `rakkan serve`; empty: only this user
confinement = "required"          # "best-effort": also start where the kernel (before Linux 6.7) cannot hold the module to its files

[passkey]
rp_id = "example.jp"
signing_origin = "https://sign.example.jp"      # assertions made anywhere else activate nothing
enrolment_origin = "https://portal.example.jp"

[log]
origin = "example.jp/rakkan"

[claims]
scal2 = false                     # refused with the software token in production

[token]
kind = "software"                 # for development
key_file = "/etc/rakkan/sam-token.key"          # 32 random bytes, mode 0600; or passphrase_file

[[officer]]
id = "officer-1"
public_key_file = "/etc/rakkan/officer-1.pub.pem"
"#;

#[cfg(test)]
mod tests {
    use crate::config::sam::SamFile;
    use crate::config::serve::ServeFile;

    fn written(text: &str) -> tempfile::NamedTempFile {
        let file = tempfile::NamedTempFile::new().unwrap();
        std::fs::write(file.path(), text).unwrap();
        file
    }

    #[test]
    fn both_templates_are_accepted_as_they_are() {
        let serve = ServeFile::load(written(super::SERVE).path()).unwrap();
        assert_eq!((serve.authorities.len(), serve.timestamps.len(), serve.clients.len()), (1, 1, 1));
        let sam = SamFile::load(written(super::SAM).path()).unwrap();
        assert_eq!(sam.officers.len(), 1);
    }

    #[test]
    fn a_production_claim_of_sole_control_level_2_with_the_software_token_is_refused() {
        let claimed = super::SAM.replace("scal2 = false ", "scal2 = true ");
        let problems = SamFile::load(written(&claimed).path()).unwrap().module_config().unwrap_err();
        assert!(problems.iter().any(|problem| problem.contains("software token")), "{problems:?}");
        let trial = claimed.replace("\"production\"", "\"development\"");
        let problems = SamFile::load(written(&trial).path()).unwrap().module_config().unwrap_err();
        assert!(!problems.iter().any(|problem| problem.contains("software token")), "{problems:?}");
    }

    #[test]
    fn an_officer_key_that_cannot_be_read_is_named_once() {
        let problems = SamFile::load(written(super::SAM).path()).unwrap().module_config().unwrap_err();
        assert_eq!(problems.len(), 1, "{problems:?}");
        assert!(problems[0].contains("officer-1") && problems[0].contains("cannot be read"));
    }

    #[test]
    fn one_origin_for_portal_and_signing_page_is_refused() {
        let same = super::SERVE.replace("https://sign.example.jp", "https://portal.example.jp");
        let error = ServeFile::load(written(&same).path()).unwrap_err().to_string();
        assert!(error.contains("must differ from public_origin"), "{error}");
    }

    #[test]
    fn an_unknown_configuration_key_is_refused_with_a_suggestion() {
        let typo = super::SERVE.replace("listen = \"127.0.0.1:8080\"", "lisen = \"127.0.0.1:8080\"");
        let error = ServeFile::load(written(&typo).path()).unwrap_err().to_string();
        assert!(error.contains("unknown key; did you mean `listen`?"), "{error}");
        assert!(error.contains("http.listen: is missing"), "{error}");
    }

    #[test]
    fn trusted_proxies_are_addresses_or_networks_and_never_everybody() {
        let with = |list: &str| {
            let text =
                super::SERVE.replace("trusted_proxies = [\"127.0.0.1\"]", &format!("trusted_proxies = [{list}]"));
            assert_ne!(text, super::SERVE);
            ServeFile::load(written(&text).path()).map(|file| file.http.trusted_proxies)
        };
        let networks = |list: &[&str]| list.iter().map(|text| text.parse().unwrap()).collect::<Vec<ipnet::IpNet>>();
        assert_eq!(with("").unwrap(), []);
        let good = with(r#""10.0.0.0/8", "192.0.2.1", "fd00::/8", "::1""#).unwrap();
        assert_eq!(good, networks(&["10.0.0.0/8", "192.0.2.1/32", "fd00::/8", "::1/128"]));
        for (bad, remedy) in [
            ("proxy.example.jp", "is not an address or a network like"),
            ("10.0.0.0/33", "is not an address or a network like"),
            ("10.0.0.1/8", "write 10.0.0.1 or 10.0.0.0/8"),
            ("0.0.0.0/0", "name the reverse proxies only"),
            ("::/0", "name the reverse proxies only"),
        ] {
            let error = with(&format!("{bad:?}")).unwrap_err().to_string();
            assert!(error.contains("http.trusted_proxies") && error.contains(remedy), "{error}");
        }
    }

    #[test]
    fn vouching_for_whoever_registers_must_be_asked_for() {
        let silent = super::SERVE.replace("automatic = true ", "# ");
        let error = ServeFile::load(written(&silent).path()).unwrap_err().to_string();
        assert!(error.contains("registration.automatic"), "{error}");
    }
}
