//! Style sheets, scripts and the logo, compiled into the binary and served under an address that holds their hash.
//!
//! What a browser gets is what stands in `assets/`: no bundler is between the audited file and the served one. Pages name the hash of each
//! file (subresource integrity) as far as browsers check it.

use std::sync::LazyLock;

use axum::extract::Path;
use axum::http::{HeaderName, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use base64ct::{Base64, Encoding};
use sha2::{Digest, Sha256};

/// One file.
struct Asset {
    name: &'static str,
    media_type: &'static str,
    bytes: &'static [u8],
}

macro_rules! assets {
    ($($name:literal : $media_type:literal),+ $(,)?) => {
        [$(Asset { name: $name, media_type: $media_type, bytes: include_bytes!(concat!("../../assets/", $name)) }),+]
    };
}

static ASSETS: [Asset; 13] = assets! {
    "tokens.css": "text/css; charset=utf-8",
    "rakkan.css": "text/css; charset=utf-8",
    "logo.svg": "image/svg+xml",
    "page.js": "text/javascript; charset=utf-8",
    "passkey.js": "text/javascript; charset=utf-8",
    "fingerprint.js": "text/javascript; charset=utf-8",
    "files.js": "text/javascript; charset=utf-8",
    "register.js": "text/javascript; charset=utf-8",
    "sign_in.js": "text/javascript; charset=utf-8",
    "review.js": "text/javascript; charset=utf-8",
    "approval.js": "text/javascript; charset=utf-8",
    "finish.js": "text/javascript; charset=utf-8",
    "signing.js": "text/javascript; charset=utf-8",
};

/// The part of the addresses that changes with any of the files: one for all, so that scripts find each other by relative addresses.
static VERSION: LazyLock<String> = LazyLock::new(|| {
    let mut all = Sha256::new();
    for asset in &ASSETS {
        all.update(Sha256::digest(asset.bytes));
    }
    all.finalize().iter().take(8).map(|byte| format!("{byte:02x}")).collect()
});

fn find(name: &str) -> Option<&'static Asset> {
    ASSETS.iter().find(|asset| asset.name == name)
}

/// The address of a file.
pub fn address(name: &str) -> String {
    debug_assert!(find(name).is_some(), "no asset {name}");
    format!("/assets/{}/{name}", *VERSION)
}

/// The value for an `integrity` attribute; empty for an unknown name.
pub fn integrity(name: &str) -> String {
    find(name)
        .map(|asset| format!("sha256-{}", Base64::encode_string(&Sha256::digest(asset.bytes))))
        .unwrap_or_default()
}

/// GET `/assets/{version}/{name}`. An old version is answered with what there is now, but not to be kept.
pub async fn serve(Path((version, name)): Path<(String, String)>) -> Response {
    let Some(asset) = find(&name) else {
        return StatusCode::NOT_FOUND.into_response();
    };
    let keep = if version == *VERSION { "public, max-age=31536000, immutable" } else { "no-store" };
    let headers: [(HeaderName, HeaderValue); 2] = [
        (header::CONTENT_TYPE, HeaderValue::from_static(asset.media_type)),
        (header::CACHE_CONTROL, HeaderValue::from_static(keep)),
    ];
    (headers, asset.bytes).into_response()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_file_of_the_folder_is_served_and_no_other() {
        let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/assets");
        let mut there: Vec<String> =
            std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect();
        there.sort();
        let mut served: Vec<&str> = ASSETS.iter().map(|asset| asset.name).collect();
        served.sort_unstable();
        assert_eq!(served, there);
    }

    #[test]
    fn scripts_write_no_markup_and_evaluate_no_text() {
        let forbidden = [
            "innerHTML",
            "outerHTML",
            "insertAdjacentHTML",
            "document.write",
            "eval(",
            "new Function",
            "setTimeout(\"",
            "//cdn",
        ];
        for asset in ASSETS.iter().filter(|asset| asset.name.ends_with(".js")) {
            let text = std::str::from_utf8(asset.bytes).unwrap();
            assert!(text.starts_with("// @ts-check\n"), "{}", asset.name);
            for word in forbidden {
                assert!(!text.contains(word), "{} in {}", word, asset.name);
            }
        }
    }

    #[test]
    fn the_script_of_the_signing_page_imports_nothing() {
        let signing = std::str::from_utf8(find("signing.js").unwrap().bytes).unwrap();
        assert!(!signing.contains("import ") && !signing.contains("import("));
    }

    #[test]
    fn style_sheets_load_nothing_from_elsewhere() {
        for asset in ASSETS.iter().filter(|asset| asset.name.ends_with(".css")) {
            let text = std::str::from_utf8(asset.bytes).unwrap();
            assert!(!text.contains("url(") && !text.contains("@import"), "{}", asset.name);
        }
    }

    #[test]
    fn every_class_of_the_style_sheet_is_worn_by_a_page() {
        let mut worn = String::new();
        let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/templates");
        for entry in std::fs::read_dir(folder).unwrap() {
            worn.push_str(&std::fs::read_to_string(entry.unwrap().path()).unwrap());
        }
        // Set by scripts, by the icons, or by what was found.
        worn.push_str(" is-over sheet icon valid unknown invalid ");
        let is_name = |c: char| c.is_ascii_alphanumeric() || c == '-' || c == '_';
        let worn: std::collections::HashSet<&str> = worn.split(|c| !is_name(c)).collect();
        let style = std::str::from_utf8(find("rakkan.css").unwrap().bytes).unwrap();
        let without_comments: String =
            style.split("/*").map(|part| part.split_once("*/").map_or(part, |(_, rest)| rest)).collect();
        for selector in without_comments.split('{').filter_map(|part| part.rsplit(['}', ';']).next()) {
            for class in selector.split('.').skip(1) {
                let class: String = class.chars().take_while(|c| is_name(*c)).collect();
                let number = class.starts_with(|c: char| c.is_ascii_digit());
                assert!(class.is_empty() || number || worn.contains(class.as_str()), "nothing wears .{class}");
            }
        }
    }
}
