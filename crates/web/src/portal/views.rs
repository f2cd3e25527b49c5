//! The pages as data: one struct per template, filled by the handlers. Nothing here decides anything.

use askama::Template;

use super::page::Page;
use crate::i18n::{Fingerprint, Moment};

/// `/`
#[derive(Template)]
#[template(path = "home.html")]
pub struct HomePage {
    /// The frame.
    pub p: Page,
    /// The activation module answers.
    pub signing_available: bool,
}

/// `/register`
#[derive(Template)]
#[template(path = "register.html")]
pub struct RegisterPage {
    /// The frame.
    pub p: Page,
    /// The authorities to choose from.
    pub authorities: Vec<AuthorityChoice>,
}

/// One certification authority as a choice.
pub struct AuthorityChoice {
    /// Its id.
    pub id: String,
    /// Its name.
    pub name: String,
    /// Whether it issues certificates for trial only.
    pub demo: bool,
    /// Chosen at first.
    pub checked: bool,
    /// Kind of the key that is made.
    pub algorithm: String,
    /// How it checks who somebody is.
    pub proof: String,
    /// How long it takes.
    pub wait: String,
    /// What Acrobat shows.
    pub acrobat: String,
}

/// `/sign-in`
#[derive(Template)]
#[template(path = "sign_in.html")]
pub struct SignInPage {
    /// The frame.
    pub p: Page,
    /// Where to go then: a path of the portal.
    pub next: String,
}

/// `/documents`
#[derive(Template)]
#[template(path = "documents.html")]
pub struct DocumentsPage {
    /// The frame.
    pub p: Page,
    /// Number of certificates that can sign.
    pub usable: usize,
    /// A sample is offered.
    pub sample: bool,
    /// Documents that are there already.
    pub documents: Vec<DocumentLine>,
}

/// A document in the list.
pub struct DocumentLine {
    /// Its id.
    pub id: String,
    /// Its file name.
    pub name: String,
    /// State in words.
    pub state: String,
    /// Class of the tag.
    pub tone: &'static str,
    /// Size in words.
    pub size: String,
    /// When it came.
    pub created: Moment,
    /// Whether there is a page to open.
    pub open: bool,
}

/// `/documents/{id}` before the signature.
#[derive(Template)]
#[template(path = "review.html")]
pub struct ReviewPage {
    /// The frame.
    pub p: Page,
    /// Id of the document.
    pub id: String,
    /// Its file name.
    pub name: String,
    /// Size in words.
    pub size: String,
    /// Changes when the prepared bytes change; keeps old pictures out.
    pub version: String,
    /// The pages.
    pub pages: Vec<PageView>,
    /// The certificates of the signer.
    pub credentials: Vec<CredentialChoice>,
    /// Whether the document is kept after delivery.
    pub keep: bool,
    /// What to know before signing, the grave ones first.
    pub warnings: Vec<WarningView>,
    /// What will be signed.
    pub fingerprint: Fingerprint,
    /// Commands that compute the fingerprint from the saved file.
    pub self_check: String,
}

/// A page of the document.
pub struct PageView {
    /// From 1.
    pub number: usize,
    /// Points.
    pub width: f32,
    /// Points.
    pub height: f32,
    /// Height of the small picture that is 60 px wide.
    pub thumb_height: u32,
    /// For screen readers.
    pub label: String,
    /// Lines that can be laid over the picture.
    pub lines: Vec<LineView>,
    /// The text to read.
    pub paragraphs: Vec<String>,
}

/// A line of text over the picture of a page.
pub struct LineView {
    /// Points from the left.
    pub x: f32,
    /// Points from above.
    pub y: f32,
    /// Size of the type.
    pub size: f32,
    /// Length of the line.
    pub width: f32,
    /// The characters.
    pub text: String,
}

/// A certificate as a choice.
pub struct CredentialChoice {
    /// Credential id.
    pub id: String,
    /// Name in the certificate.
    pub name: String,
    /// Organisation in the certificate.
    pub organisation: Option<String>,
    /// Name of the authority.
    pub authority: String,
    /// How long it is valid, in words.
    pub until: String,
    /// For trial only.
    pub demo: bool,
    /// The one in use.
    pub chosen: bool,
    /// Can sign.
    pub usable: bool,
}

/// Something to know before signing.
pub struct WarningView {
    /// What it is.
    pub title: String,
    /// What it means and what to do.
    pub text: String,
    /// The picture may not be the whole truth.
    pub grave: bool,
}

/// `/documents/{id}/approval`
#[derive(Template)]
#[template(path = "approval.html")]
pub struct ApprovalPage {
    /// The frame.
    pub p: Page,
    /// Id of the document.
    pub id: String,
    /// Its file name.
    pub name: String,
}

/// `/documents/{id}/finish`
#[derive(Template)]
#[template(path = "finish.html")]
pub struct FinishPage {
    /// The frame.
    pub p: Page,
    /// Id of the document.
    pub id: String,
    /// Its file name.
    pub name: String,
}

/// `/documents/{id}` after the signature.
#[derive(Template)]
#[template(path = "done.html")]
pub struct DonePage {
    /// The frame.
    pub p: Page,
    /// Id of the document.
    pub id: String,
    /// Its file name.
    pub name: String,
    /// File name of the signed document.
    pub signed_name: String,
    /// Its size in words.
    pub signed_size: Option<String>,
    /// File name of the receipt.
    pub receipt_name: String,
    /// Who signed.
    pub signer: Option<SignerView>,
    /// When.
    pub time: Option<Moment>,
    /// Who vouches for the time.
    pub time_source: String,
    /// Format and level.
    pub level: String,
    /// Hash of the signed file.
    pub fingerprint: Option<Fingerprint>,
    /// Where it stands in the log.
    pub log: Option<LogView>,
    /// Whether it is kept after delivery.
    pub keep: bool,
}

/// The signer as named in the certificate.
pub struct SignerView {
    /// Name.
    pub name: String,
    /// Organisation.
    pub organisation: Option<String>,
    /// Name of the authority.
    pub authority: String,
    /// Last bytes of the serial number.
    pub serial_tail: String,
    /// The certificate is for trial only.
    pub demo: bool,
}

/// A place in the log.
pub struct LogView {
    /// Index of the entry.
    pub index: String,
    /// Name of the log.
    pub origin: String,
    /// Number of entries then.
    pub size: String,
}

/// `/certificates`
#[derive(Template)]
#[template(path = "certificates.html")]
pub struct CertificatesPage {
    /// The frame.
    pub p: Page,
    /// What the signer has.
    pub credentials: Vec<CredentialCard>,
    /// The authorities to choose from.
    pub authorities: Vec<AuthorityChoice>,
}

/// A certificate with its facts.
pub struct CredentialCard {
    /// Credential id.
    pub id: String,
    /// Name in the certificate.
    pub name: String,
    /// Organisation in the certificate.
    pub organisation: Option<String>,
    /// Name of the authority.
    pub authority: String,
    /// For trial only.
    pub demo: bool,
    /// State in words.
    pub state: String,
    /// Class of the tag.
    pub tone: &'static str,
    /// Can sign.
    pub usable: bool,
    /// The authority can be asked again.
    pub waiting: bool,
    /// From when to when.
    pub validity: Option<String>,
    /// Kind of key.
    pub algorithm: String,
    /// Last bytes of the serial number.
    pub serial_tail: String,
}

/// `/check`
#[derive(Template)]
#[template(path = "check.html")]
pub struct CheckPage {
    /// The frame.
    pub p: Page,
}

/// The answer of `/check`.
#[derive(Template)]
#[template(path = "check_report.html")]
pub struct CheckReportPage {
    /// The frame.
    pub p: Page,
    /// File name.
    pub name: String,
    /// Size in words.
    pub size: String,
    /// Hash of the file.
    pub fingerprint: Fingerprint,
    /// Class of the verdict.
    pub tone: &'static str,
    /// Drawing of the verdict.
    pub icon: &'static str,
    /// The verdict.
    pub heading: String,
    /// The verdict as a sentence.
    pub lead: String,
    /// One per signature.
    pub signatures: Vec<SignatureView>,
}

/// What was computed about one signature.
pub struct SignatureView {
    /// Name in the certificate.
    pub signer: String,
    /// The single findings.
    pub lines: Vec<FindingView>,
}

/// One finding.
pub struct FindingView {
    /// What was looked at.
    pub label: String,
    /// Class of the tag.
    pub tone: &'static str,
    /// Drawing of the tag.
    pub icon: &'static str,
    /// The result in a word.
    pub word: String,
    /// The result as a sentence; may be empty.
    pub text: String,
    /// What the sentence names is for trial only.
    pub demo: bool,
}

/// `/help`
#[derive(Template)]
#[template(path = "help.html")]
pub struct HelpPage {
    /// The frame.
    pub p: Page,
    /// The log, if the activation module answers.
    pub log: Option<LogKeyView>,
}

/// Name and key of the log.
pub struct LogKeyView {
    /// Its name.
    pub origin: String,
    /// Its key as C2SP verifier key.
    pub key: String,
}

/// Any page that says that something is not possible.
#[derive(Template)]
#[template(path = "problem.html")]
pub struct ProblemPage {
    /// The frame.
    pub p: Page,
    /// What happened.
    pub title: String,
    /// Why.
    pub cause: String,
    /// What to do.
    pub remedy: String,
    /// Where to do it.
    pub next: String,
    /// Words for that.
    pub next_label: String,
    /// To find it in the logs.
    pub reference: Option<String>,
}

/// The signing page. The same for every request: what is signed comes by script.
#[derive(Template)]
#[template(path = "signing.html")]
pub struct SigningPage {
    /// The frame.
    pub p: Page,
    /// Host name and port of the signing origin.
    pub host: String,
    /// Origin of the portal.
    pub portal: String,
}

/// What a person reads at the signing origin when there is no answer. No way leads from it: where to go on is known to the page before.
#[derive(Template)]
#[template(path = "signing_problem.html")]
pub struct SigningProblemPage {
    /// The frame.
    pub p: Page,
    /// What happened.
    pub title: String,
    /// Why.
    pub cause: String,
    /// What to do.
    pub remedy: String,
    /// To find it in the logs.
    pub reference: Option<String>,
}
