//! PKCS#12 files: one private key and its certificates, after the MAC was checked. RFC 7292; PBMAC1: RFC 9579.

use std::num::NonZeroU32;

use aws_lc_rs::{digest, hmac, pbkdf2};
use der::asn1::{ContextSpecific, ObjectIdentifier, OctetString, OctetStringRef};
use der::{Any, AnyRef, Decode, Encode, Sequence, SliceReader, Tag, TagNumber};
use zeroize::Zeroizing;

use super::pbe::{self, Algorithm, MOST_ITERATIONS, Purpose, Unopened, bmp_string};

const DATA: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.2.840.113549.1.7.1");
const ENCRYPTED_DATA: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.2.840.113549.1.7.6");
const KEY_BAG: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.2.840.113549.1.12.10.1.1");
const SHROUDED_KEY_BAG: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.2.840.113549.1.12.10.1.2");
const CERT_BAG: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.2.840.113549.1.12.10.1.3");
const X509_CERTIFICATE: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.2.840.113549.1.9.22.1");
const PBMAC1: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.2.840.113549.1.5.14");
/// Bags in bags are not followed deeper, and no file has more of anything.
const MOST_BAGS: usize = 256;

/// What a file holds.
#[derive(Default)]
pub struct Contents {
    /// DER of PKCS#8 of each private key.
    pub keys: Vec<Zeroizing<Vec<u8>>>,
    /// DER of each certificate.
    pub certificates: Vec<Vec<u8>>,
}

#[derive(Sequence)]
struct Pfx<'a> {
    version: u8,
    auth_safe: ContentInfo,
    #[asn1(optional = "true")]
    mac_data: Option<MacData<'a>>,
}

#[derive(Sequence)]
struct ContentInfo {
    content_type: ObjectIdentifier,
    #[asn1(context_specific = "0", tag_mode = "EXPLICIT", optional = "true")]
    content: Option<Any>,
}

#[derive(Sequence)]
struct MacData<'a> {
    mac: DigestInfo<'a>,
    salt: &'a OctetStringRef,
    #[asn1(default = "one")]
    iterations: u32,
}

fn one() -> u32 {
    1
}

#[derive(Sequence)]
struct DigestInfo<'a> {
    algorithm: Algorithm<'a>,
    digest: &'a OctetStringRef,
}

/// RFC 9579 3.
#[derive(Sequence)]
struct Pbmac1Parameters<'a> {
    derivation: Algorithm<'a>,
    scheme: Algorithm<'a>,
}

#[derive(Sequence)]
struct EncryptedData<'a> {
    version: u8,
    content: EncryptedContentInfo<'a>,
}

#[derive(Sequence)]
struct EncryptedContentInfo<'a> {
    content_type: ObjectIdentifier,
    algorithm: AnyRef<'a>,
    #[asn1(context_specific = "0", tag_mode = "IMPLICIT", optional = "true")]
    content: Option<OctetString>,
}

#[derive(Sequence)]
struct CertBag<'a> {
    kind: ObjectIdentifier,
    #[asn1(context_specific = "0", tag_mode = "EXPLICIT")]
    value: &'a OctetStringRef,
}

/// Whether these bytes look like a PKCS#12 file: a sequence that starts with version 3.
pub fn is_pkcs12(bytes: &[u8]) -> bool {
    let header = match bytes {
        [0x30, 0x80, ..] => 2,
        [0x30, length, ..] if *length < 0x80 => 2,
        [0x30, length, ..] => 2 + usize::from(length & 0x7f),
        _ => return false,
    };
    bytes.get(header..).is_some_and(|rest| rest.starts_with(&[0x02, 0x01, 0x03, 0x30]))
}

/// Opens a file. Nothing in it is looked at before its MAC was found right.
pub fn open(bytes: &[u8], password: &str) -> Result<Contents, Unopened> {
    const WHAT: &str = "its outer structure";
    if matches!(bytes, [0x30, 0x80, ..]) {
        return Err(Unopened::Unsupported("BER with indefinite lengths".into()));
    }
    let pfx = Pfx::from_der(bytes).map_err(|_| Unopened::Damaged(WHAT))?;
    if pfx.version != 3 {
        return Err(Unopened::Damaged(WHAT));
    }
    if pfx.auth_safe.content_type != DATA {
        return Err(Unopened::Unsupported("integrity by a public key".into()));
    }
    let safe = octets(pfx.auth_safe.content.as_ref()).ok_or(Unopened::Damaged(WHAT))?;
    let mac = pfx.mac_data.ok_or_else(|| Unopened::Unsupported("without a MAC".into()))?;
    require_mac(&mac, password, safe)?;

    let mut contents = Contents::default();
    for info in elements(safe)? {
        let info = ContentInfo::from_der(&info).map_err(|_| Unopened::Damaged("its contents"))?;
        let plain = match info.content_type {
            DATA => Zeroizing::new(octets(info.content.as_ref()).ok_or(Unopened::Damaged("its contents"))?.to_vec()),
            ENCRYPTED_DATA => decrypt_data(info.content.as_ref(), password)?,
            other => return Err(Unopened::Unsupported(other.to_string())),
        };
        for bag in elements(&plain)? {
            read_bag(&bag, password, &mut contents)?;
        }
    }
    Ok(contents)
}

/// RFC 7292 5.1 and appendix B; RFC 9579.
fn require_mac(mac: &MacData<'_>, password: &str, safe: &[u8]) -> Result<(), Unopened> {
    const WHAT: &str = "its MAC";
    if mac.iterations > MOST_ITERATIONS {
        return Err(Unopened::Unsupported(format!("{} iterations", mac.iterations)));
    }
    let oid = mac.mac.algorithm.oid;
    let fits =
        |key: &[u8], algorithm| hmac::verify(&hmac::Key::new(algorithm, key), safe, mac.mac.digest.as_bytes()).is_ok();
    if oid == PBMAC1 {
        let parameters = mac.mac.algorithm.parameters.and_then(|any| any.decode_as::<Pbmac1Parameters<'_>>().ok());
        let parameters = parameters.ok_or(Unopened::Damaged(WHAT))?;
        let (key, algorithm) = pbmac1_key(&parameters, password)?;
        return if fits(&key, algorithm) { Ok(()) } else { Err(Unopened::WrongPassword) };
    }
    let (hash, algorithm): (&'static digest::Algorithm, hmac::Algorithm) = match oid.to_string().as_str() {
        "1.3.14.3.2.26" => (&digest::SHA1_FOR_LEGACY_USE_ONLY, hmac::HMAC_SHA1_FOR_LEGACY_USE_ONLY),
        "2.16.840.1.101.3.4.2.4" => (&digest::SHA224, hmac::HMAC_SHA224),
        "2.16.840.1.101.3.4.2.1" => (&digest::SHA256, hmac::HMAC_SHA256),
        "2.16.840.1.101.3.4.2.2" => (&digest::SHA384, hmac::HMAC_SHA384),
        "2.16.840.1.101.3.4.2.3" => (&digest::SHA512, hmac::HMAC_SHA512),
        other => return Err(Unopened::Unsupported(other.into())),
    };
    let salt = mac.salt.as_bytes();
    let try_with = |secret: &[u8]| {
        let key = pbe::derive(hash, Purpose::Mac, secret, salt, mac.iterations, hash.output_len());
        fits(&key, algorithm)
    };
    // Some programs write "no password" as no octets at all and not as an empty text.
    if try_with(&bmp_string(password)) || (password.is_empty() && try_with(&[])) {
        Ok(())
    } else {
        Err(Unopened::WrongPassword)
    }
}

fn pbmac1_key(
    parameters: &Pbmac1Parameters<'_>,
    password: &str,
) -> Result<(Zeroizing<Vec<u8>>, hmac::Algorithm), Unopened> {
    let derivation = parameters.derivation.parameters;
    let kdf = derivation.and_then(|any| any.decode_as::<pkcs5::pbes2::Pbkdf2Params>().ok());
    let kdf = kdf.ok_or_else(|| Unopened::Unsupported(parameters.derivation.oid.to_string()))?;
    let iterations = NonZeroU32::new(kdf.iteration_count).filter(|count| count.get() <= MOST_ITERATIONS);
    let iterations = iterations.ok_or_else(|| Unopened::Unsupported(format!("{} iterations", kdf.iteration_count)))?;
    let (prf, hash) = match kdf.prf {
        pkcs5::pbes2::Pbkdf2Prf::HmacWithSha256 => (pbkdf2::PBKDF2_HMAC_SHA256, hmac::HMAC_SHA256),
        pkcs5::pbes2::Pbkdf2Prf::HmacWithSha384 => (pbkdf2::PBKDF2_HMAC_SHA384, hmac::HMAC_SHA384),
        pkcs5::pbes2::Pbkdf2Prf::HmacWithSha512 => (pbkdf2::PBKDF2_HMAC_SHA512, hmac::HMAC_SHA512),
        other => return Err(Unopened::Unsupported(other.oid().to_string())),
    };
    let algorithm = match parameters.scheme.oid.to_string().as_str() {
        "1.2.840.113549.2.9" => hmac::HMAC_SHA256,
        "1.2.840.113549.2.10" => hmac::HMAC_SHA384,
        "1.2.840.113549.2.11" => hmac::HMAC_SHA512,
        other => return Err(Unopened::Unsupported(other.into())),
    };
    let length = kdf.key_length.map_or(hash.digest_algorithm().output_len(), usize::from);
    let mut key = Zeroizing::new(vec![0; length]);
    pbkdf2::derive(prf, iterations, kdf.salt.as_ref(), password.as_bytes(), &mut key);
    Ok((key, algorithm))
}

fn decrypt_data(content: Option<&Any>, password: &str) -> Result<Zeroizing<Vec<u8>>, Unopened> {
    const WHAT: &str = "its encrypted contents";
    let content = content.ok_or(Unopened::Damaged(WHAT))?;
    let data = content.decode_as::<EncryptedData<'_>>().map_err(|_| Unopened::Damaged(WHAT))?;
    let algorithm = data.content.algorithm.to_der().map_err(|_| Unopened::Damaged(WHAT))?;
    let octets = data.content.content.ok_or(Unopened::Damaged(WHAT))?;
    pbe::decrypt(&algorithm, password, octets.as_bytes())
}

/// A SafeBag: identifier, value in `[0]`, attributes that are not needed.
fn read_bag(bag: &[u8], password: &str, contents: &mut Contents) -> Result<(), Unopened> {
    const WHAT: &str = "one of its entries";
    let damaged = |_| Unopened::Damaged(WHAT);
    let body = AnyRef::from_der(bag).map_err(damaged)?;
    let mut reader = SliceReader::new(body.value()).map_err(damaged)?;
    let kind = ObjectIdentifier::decode(&mut reader).map_err(damaged)?;
    let value = ContextSpecific::<Any>::decode_explicit(&mut reader, TagNumber(0)).map_err(damaged)?;
    let value = value.ok_or(Unopened::Damaged(WHAT))?.value.to_der().map_err(damaged)?;
    match kind {
        KEY_BAG => contents.keys.push(Zeroizing::new(value)),
        SHROUDED_KEY_BAG => contents.keys.push(pbe::decrypt_key(&value, password)?),
        CERT_BAG => {
            let certificate = CertBag::from_der(&value).map_err(damaged)?;
            if certificate.kind == X509_CERTIFICATE {
                contents.certificates.push(certificate.value.as_bytes().to_vec());
            }
        }
        // Revocation lists, secrets and nested bags are nothing to sign with.
        _ => {}
    }
    Ok(())
}

/// The DER of each element of a SEQUENCE.
fn elements(der: &[u8]) -> Result<Vec<Zeroizing<Vec<u8>>>, Unopened> {
    const WHAT: &str = "its contents";
    let damaged = |_| Unopened::Damaged(WHAT);
    let list = Vec::<Any>::from_der(der).map_err(damaged)?;
    if list.len() > MOST_BAGS {
        return Err(Unopened::Damaged(WHAT));
    }
    list.iter().map(|element| element.to_der().map(Zeroizing::new).map_err(damaged)).collect()
}

fn octets(any: Option<&Any>) -> Option<&[u8]> {
    any.filter(|any| der::Tagged::tag(*any) == Tag::OctetString).map(Any::value)
}
