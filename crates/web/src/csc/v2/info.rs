//! GET and POST /csc/v2/info: what the service is, offers and does not claim. CSC API 2.0.0.2 11.1.

use axum::Json;
use axum::extract::{RawQuery, State};
use csc_api::algorithm;
use csc_api::form::Form;
use csc_api::v2::info::{InfoRequest, InfoResponse, SPECS, SignAlgorithms, SignatureFormats};

use crate::App;
use crate::csc::{Failure, RequestBody, logo};
use crate::i18n::Language;

/// The methods that exist here. A test calls each of them.
pub const METHODS: [&str; 8] = [
    "oauth2/authorize",
    "oauth2/pushed_authorize",
    "oauth2/token",
    "oauth2/revoke",
    "credentials/list",
    "credentials/info",
    "signatures/signHash",
    "signatures/timestamp",
];

/// For clients that ask by GET.
pub async fn get(State(app): State<App>, RawQuery(query): RawQuery) -> Result<Json<InfoResponse>, Failure> {
    let lang = Form::parse(query.unwrap_or_default().as_bytes())?.take("lang");
    Ok(Json(info(&app, lang.as_deref())))
}

/// For clients that ask by POST, as the specification has it.
pub async fn post(State(app): State<App>, RequestBody(body): RequestBody) -> Result<Json<InfoResponse>, Failure> {
    let request = InfoRequest::from_json(&body)?;
    Ok(Json(info(&app, request.lang.as_deref())))
}

fn info(app: &App, wanted: Option<&str>) -> InfoResponse {
    let settings = app.settings();
    let language = wanted
        .and_then(|tag| tag.split('-').next())
        .and_then(|tag| Language::from_tag(&tag.to_ascii_lowercase()))
        .unwrap_or(settings.default_language);
    InfoResponse {
        specs: SPECS.to_owned(),
        name: settings.service_name.clone(),
        logo: format!("{}{}", settings.portal_origin, logo::PATH),
        region: settings.region.clone(),
        lang: language.tag().to_owned(),
        description: description(language, settings.demo).to_owned(),
        auth_type: vec!["oauth2code".to_owned()],
        oauth2: Some(settings.portal_origin.clone()),
        oauth2_issuer: None,
        asynchronous_operation_mode: false,
        methods: METHODS.map(str::to_owned).to_vec(),
        sign_algorithms: SignAlgorithms {
            algos: [algorithm::ECDSA_WITH_SHA256, algorithm::RSA_WITH_SHA256].map(str::to_owned).to_vec(),
            algo_params: Vec::new(),
        },
        // Formats and levels are those of signDoc, which is not offered: the client makes the format.
        signature_formats: SignatureFormats::default(),
        conformance_levels: Vec::new(),
    }
}

/// What the service is and what nobody has confirmed about it. The API knows no member for that; at most 255 characters.
fn description(language: Language, demo: bool) -> &'static str {
    match (language, demo) {
        (Language::En, true) => {
            "DEMONSTRATION, NOT VALID. Remote signing of hashes. Not certified or evaluated against any standard. \
             SCAL \"2\" says that each hash is approved by passkey and checked by a separate activation module; \
             keys are held in software."
        }
        (Language::En, false) => {
            "Remote signing of hashes. The software is not certified or evaluated against any standard. SCAL \"2\" \
             says that each hash is approved by passkey and checked by a separate activation module, no more."
        }
        (Language::Ja, true) => {
            "デモ用・無効。ハッシュ値へのリモート署名。いかなる規格の認証・評価も受けていません。SCAL「2」は、各ハッシュ値が\
             パスキーで承認され、独立した活性化モジュールで確認されることだけを示します。署名鍵はソフトウェアで保持しています。"
        }
        (Language::Ja, false) => {
            "ハッシュ値へのリモート署名。このソフトウェアはいかなる規格の認証・評価も受けていません。SCAL「2」は、各ハッシュ値が\
             パスキーで承認され、独立した活性化モジュールで確認されることだけを示します。"
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn descriptions_fit_the_member_and_claim_no_certification() {
        for demo in [true, false] {
            let english = description(Language::En, demo);
            assert!(english.chars().count() <= 255, "{}", english.chars().count());
            assert!(english.contains("ot certified or evaluated"));
            let japanese = description(Language::Ja, demo);
            assert!(japanese.chars().count() <= 255, "{}", japanese.chars().count());
            assert!(japanese.contains("評価も受けていません"));
        }
    }
}
