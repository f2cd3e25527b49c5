//! GET and POST /csc/v2/info: what the service is, offers and does not claim. CSC API 2.0.0.2 11.1.

use axum::Json;
use axum::extract::{RawQuery, State};
use csc_api::algorithm;
use csc_api::form::Form;
use csc_api::v2::info::{InfoRequest, InfoResponse, SPECS, SignAlgorithms, SignatureFormats};

use crate::App;
use crate::csc::{Failure, RequestBody, logo};
use crate::i18n::Language;
use crate::layer::log_fault;

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
    Ok(Json(info(&app, lang.as_deref()).await))
}

/// For clients that ask by POST, as the specification has it.
pub async fn post(State(app): State<App>, RequestBody(body): RequestBody) -> Result<Json<InfoResponse>, Failure> {
    let request = InfoRequest::from_json(&body)?;
    Ok(Json(info(&app, request.lang.as_deref()).await))
}

async fn info(app: &App, wanted: Option<&str>) -> InfoResponse {
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
        description: description(language, settings.demo, module_facts(app).await),
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

/// What the signature activation module says of itself, as far as clients should know it.
#[derive(Debug, Clone, Copy)]
struct ModuleFacts {
    scal2: bool,
    software_token: bool,
}

/// Nothing if the module does not answer: then nothing is said in its name, and `info` answers all the same.
async fn module_facts(app: &App) -> Option<ModuleFacts> {
    match app.ssa().sam_status().await {
        Ok(status) => Some(ModuleFacts { scal2: status.scal2, software_token: status.software_token }),
        Err(error) => {
            log_fault("the signature activation module gave no status", &error);
            None
        }
    }
}

/// What the service is, how keys are held, and what nobody has confirmed about it. The API knows no member for that; at most
/// 255 characters.
fn description(language: Language, demo: bool, module: Option<ModuleFacts>) -> String {
    let scal2 = module.is_some_and(|module| module.scal2);
    let software_token = module.is_some_and(|module| module.software_token);
    let (separator, sentences) = match language {
        Language::En => (
            " ",
            [
                (demo, "DEMONSTRATION, NOT VALID."),
                (true, "Remote signing of hashes."),
                (true, "The software is not certified or evaluated against any standard."),
                (
                    scal2,
                    "SCAL \"2\": each hash is approved by passkey and checked by a separate activation module, no more.",
                ),
                (software_token, "Keys are held by a software token."),
            ],
        ),
        Language::Ja => (
            "",
            [
                (demo, "デモ用・無効。"),
                (true, "ハッシュ値へのリモート署名。"),
                (true, "このソフトウェアはいかなる規格の認証・評価も受けていません。"),
                (
                    scal2,
                    "SCAL「2」は、各ハッシュ値がパスキーで承認され、独立した活性化モジュールで確認されることだけを示します。",
                ),
                (software_token, "署名鍵はソフトウェアトークンで保持しています。"),
            ],
        ),
    };
    let said: Vec<&str> = sentences.into_iter().filter_map(|(holds, sentence)| holds.then_some(sentence)).collect();
    said.join(separator)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Every description that can be given, with what the module said.
    fn descriptions(language: Language) -> Vec<(Option<ModuleFacts>, String)> {
        let both = [true, false];
        let told = both
            .iter()
            .flat_map(|scal2| both.map(|software_token| Some(ModuleFacts { scal2: *scal2, software_token })));
        let modules: Vec<_> = told.chain([None]).collect();
        both.iter()
            .flat_map(|demo| modules.iter().map(|module| (*module, description(language, *demo, *module))))
            .collect()
    }

    #[test]
    fn descriptions_fit_the_member_and_claim_no_certification() {
        for (_, english) in descriptions(Language::En) {
            assert!(english.chars().count() <= 255, "{}", english.chars().count());
            assert!(english.contains("not certified or evaluated"));
        }
        for (_, japanese) in descriptions(Language::Ja) {
            assert!(japanese.chars().count() <= 255, "{}", japanese.chars().count());
            assert!(japanese.contains("評価も受けていません"));
        }
    }

    #[test]
    fn descriptions_say_how_keys_are_held_and_claim_scal2_only_as_the_module_has_it() {
        for (language, token) in [(Language::En, "held by a software token"), (Language::Ja, "ソフトウェアトークン")]
        {
            for (module, text) in descriptions(language) {
                assert_eq!(text.contains(token), module.is_some_and(|module| module.software_token), "{text}");
                assert_eq!(text.contains("SCAL"), module.is_some_and(|module| module.scal2), "{text}");
            }
        }
    }
}
