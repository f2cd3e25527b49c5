//! A root, two certification authorities and two time-stamp authorities on one loopback port, reached by HTTP alone.
//!
//! One root to trust: "Rakkan Demo Root". Below it a P-256 CA (`ca1`), an RSA-3072 CA (`ca2`) and a CA that certifies the TSAs
//! (`tsa-ca`). Each has a CRL and an OCSP responder; `ca1` and `ca2` enrol by EST.
//!
//! ```no_run
//! use test_support::authorities::{AuthoritySettings, DevelopmentAuthorities, SecondCa};
//!
//! # async fn example() -> Result<(), test_support::error::AuthorityError> {
//! let settings = AuthoritySettings { second_ca: SecondCa::Background, ..AuthoritySettings::default() };
//! let authorities = DevelopmentAuthorities::start(settings).await?;
//! println!("enrol at {}/simpleenroll", authorities.addresses().ca1.est);
//! # Ok(())
//! # }
//! ```

mod est;
mod routes;

use crate::ca::{CaMode, CaPlan, DevelopmentCa};
use crate::clock::{Clock, SystemClock};
use crate::error::AuthorityError;
use crate::http::server::{LoopbackServer, listen};
use crate::pki::key::KeyKind;
use crate::random::{Randomness, SystemRandomness};
use crate::tsa::DevelopmentTsa;
use std::os::unix::fs::DirBuilderExt;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};
use tokio::sync::watch;

/// How the authorities are set up.
#[derive(Clone)]
pub struct AuthoritySettings {
    /// The port on 127.0.0.1; 0 is any free one.
    pub port: u16,
    /// Where keys, certificates and records are kept; in memory only when `None`.
    pub folder: Option<PathBuf>,
    /// Who may enrol: the user name of HTTP Basic.
    pub est_user: String,
    /// Who may enrol: the password of HTTP Basic.
    pub est_password: String,
    /// When the RSA CA is made.
    pub second_ca: SecondCa,
    /// The time that goes into everything issued.
    pub clock: Arc<dyn Clock>,
    /// Where serial numbers come from.
    pub random: Arc<dyn Randomness>,
}

/// When the RSA CA, whose key takes a second to make, is made.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SecondCa {
    /// Before `start` returns.
    BeforeStart,
    /// On another thread after `start` has returned; until then it answers 503 with Retry-After.
    Background,
    /// Not at all; it answers 404.
    Absent,
}

impl Default for AuthoritySettings {
    fn default() -> Self {
        Self {
            port: 0,
            folder: None,
            est_user: "rakkan".into(),
            est_password: "demo-enrolment".into(),
            second_ca: SecondCa::Absent,
            clock: Arc::new(SystemClock),
            random: Arc::new(SystemRandomness),
        }
    }
}

/// Where everything is reached.
#[derive(Debug, Clone)]
pub struct Addresses {
    /// `http://127.0.0.1:PORT`.
    pub base: String,
    /// The P-256 CA.
    pub ca1: CaAddresses,
    /// The RSA CA.
    pub ca2: CaAddresses,
    /// The CA of the TSAs; it has no EST.
    pub tsa_ca: CaAddresses,
    /// The root; it has no EST.
    pub root: CaAddresses,
    /// The two TSAs.
    pub tsas: [String; 2],
}

/// Where one CA is reached.
#[derive(Debug, Clone)]
pub struct CaAddresses {
    /// To be followed by `/cacerts` or `/simpleenroll`.
    pub est: String,
    /// The revocation list.
    pub crl: String,
    /// The OCSP responder.
    pub ocsp: String,
    /// The CA's certificate in DER.
    pub issuer_certificate: String,
}

impl Addresses {
    fn under(base: &str) -> Self {
        let ca = |label: &str| CaAddresses {
            est: format!("{base}/{label}/.well-known/est"),
            crl: format!("{base}/{label}/crl"),
            ocsp: format!("{base}/{label}/ocsp"),
            issuer_certificate: format!("{base}/{label}/issuer.cer"),
        };
        Self {
            base: base.to_owned(),
            ca1: ca("ca1"),
            ca2: ca("ca2"),
            tsa_ca: ca("tsa-ca"),
            root: ca("root"),
            tsas: [format!("{base}/tsa1"), format!("{base}/tsa2")],
        }
    }
}

/// The state of the CA that may still be in the making.
#[derive(Clone)]
enum Second {
    Absent,
    Making,
    Ready(Arc<DevelopmentCa>),
    Failed(String),
}

/// What the routes work on.
struct Shared {
    root: Arc<DevelopmentCa>,
    ca1: Arc<DevelopmentCa>,
    ca2: watch::Sender<Second>,
    tsa_ca: Arc<DevelopmentCa>,
    tsas: [DevelopmentTsa; 2],
    modes: [Mutex<CaMode>; 2],
    settings: AuthoritySettings,
}

/// The running authorities; they stop when this is dropped.
pub struct DevelopmentAuthorities {
    shared: Arc<Shared>,
    addresses: Addresses,
    _server: LoopbackServer,
}

impl DevelopmentAuthorities {
    /// Makes or loads all authorities and starts to answer.
    pub async fn start(settings: AuthoritySettings) -> Result<Self, AuthorityError> {
        let listener = listen(settings.port).await?;
        let port = settings.port;
        let address = listener.local_addr().map_err(|source| AuthorityError::Port { port, source })?;
        let addresses = Addresses::under(&format!("http://{address}"));
        if let Some(folder) = &settings.folder {
            make_private_folder(folder)?;
        }
        let shared = Arc::new(Shared::make(&addresses.base, settings)?);
        shared.clone().make_second(&addresses.base)?;
        let routed = shared.clone();
        let server = LoopbackServer::serve(listener, move |request| {
            let shared = routed.clone();
            async move { routes::answer(&shared, request).await }
        });
        Ok(Self { shared, addresses, _server: server })
    }

    /// Where everything is reached.
    #[must_use]
    pub fn addresses(&self) -> &Addresses {
        &self.addresses
    }

    /// The root of all.
    #[must_use]
    pub fn root(&self) -> &DevelopmentCa {
        &self.shared.root
    }

    /// The P-256 CA.
    #[must_use]
    pub fn ca1(&self) -> &DevelopmentCa {
        &self.shared.ca1
    }

    /// The CA of the TSAs.
    #[must_use]
    pub fn tsa_ca(&self) -> &DevelopmentCa {
        &self.shared.tsa_ca
    }

    /// Waits for the RSA CA; `None` if it is absent or could not be made.
    pub async fn ca2(&self) -> Option<Arc<DevelopmentCa>> {
        let mut state = self.shared.ca2.subscribe();
        match &*state.wait_for(|state| !matches!(state, Second::Making)).await.ok()? {
            Second::Ready(ca) => Some(ca.clone()),
            Second::Absent | Second::Making | Second::Failed(_) => None,
        }
    }

    /// The first or the second TSA.
    ///
    /// # Panics
    /// If `number` is neither 1 nor 2.
    #[must_use]
    pub fn tsa(&self, number: usize) -> &DevelopmentTsa {
        &self.shared.tsas[number - 1]
    }

    /// Changes how enrolment at `ca1` (1) or `ca2` (2) behaves.
    ///
    /// # Panics
    /// If `number` is neither 1 nor 2.
    pub fn set_ca_mode(&self, number: usize, mode: CaMode) {
        *self.shared.modes[number - 1].lock().unwrap_or_else(PoisonError::into_inner) = mode;
    }
}

impl Shared {
    fn make(base: &str, settings: AuthoritySettings) -> Result<Self, AuthorityError> {
        let (now, random) = (settings.clock.now(), settings.random.clone());
        let plan = |label, name, kind| plan(base, &settings, label, name, kind);
        let root = DevelopmentCa::root(&plan("root", "Rakkan Demo Root", KeyKind::P256), now, &*random)?;
        let ca1 = DevelopmentCa::under(&root, &plan("ca1", "Rakkan Demo CA 1 ECDSA", KeyKind::P256), now, &*random)?;
        let tsa_plan = plan("tsa-ca", "Rakkan Demo Time-Stamping CA", KeyKind::P256);
        let tsa_ca = DevelopmentCa::under(&root, &tsa_plan, now, &*random)?;
        let tsa = |number: u8| {
            let key_file = settings.folder.as_ref().map(|folder| folder.join(format!("tsa{number}.key")));
            DevelopmentTsa::new(&tsa_ca, &format!("Rakkan Demo TSA {number}"), key_file.as_deref(), (now, &*random))
        };
        let tsas = [tsa(1)?, tsa(2)?];
        Ok(Self {
            root: Arc::new(root),
            ca1: Arc::new(ca1),
            ca2: watch::Sender::new(Second::Absent),
            tsa_ca: Arc::new(tsa_ca),
            tsas,
            modes: Default::default(),
            settings,
        })
    }

    fn make_second(self: Arc<Self>, base: &str) -> Result<(), AuthorityError> {
        let plan = plan(base, &self.settings, "ca2", "Rakkan Demo CA 2 RSA", KeyKind::Rsa3072);
        let make = move |shared: &Self| {
            DevelopmentCa::under(&shared.root, &plan, shared.settings.clock.now(), &*shared.settings.random)
        };
        match self.settings.second_ca {
            SecondCa::Absent => {}
            SecondCa::BeforeStart => {
                let ca = make(&self)?;
                self.ca2.send_replace(Second::Ready(Arc::new(ca)));
            }
            SecondCa::Background => {
                self.ca2.send_replace(Second::Making);
                tokio::task::spawn_blocking(move || {
                    let state = match make(&self) {
                        Ok(ca) => Second::Ready(Arc::new(ca)),
                        Err(error) => Second::Failed(error.to_string()),
                    };
                    self.ca2.send_replace(state);
                });
            }
        }
        Ok(())
    }
}

fn plan(base: &str, settings: &AuthoritySettings, label: &str, common_name: &str, kind: KeyKind) -> CaPlan {
    CaPlan {
        label: label.to_owned(),
        common_name: common_name.to_owned(),
        kind,
        base_url: base.to_owned(),
        folder: settings.folder.clone(),
    }
}

fn make_private_folder(folder: &Path) -> Result<(), AuthorityError> {
    std::fs::DirBuilder::new().recursive(true).mode(0o700).create(folder).map_err(|source| AuthorityError::Folder {
        action: "create",
        path: folder.to_owned(),
        source,
    })
}
