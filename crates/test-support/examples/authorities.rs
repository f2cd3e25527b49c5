//! Runs the development authorities until interrupted, for trying other people's programs against them.
//!
//! `cargo run -p test-support --example authorities -- 8090` prints where everything is reached.

use test_support::authorities::{AuthoritySettings, DevelopmentAuthorities, SecondCa};

#[tokio::main]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let port = std::env::args().nth(1).map_or(Ok(0), |port| port.parse())?;
    let settings = AuthoritySettings { port, second_ca: SecondCa::Background, ..AuthoritySettings::default() };
    let authorities = DevelopmentAuthorities::start(settings).await?;
    println!("{:#?}", authorities.addresses());
    tokio::signal::ctrl_c().await?;
    Ok(())
}
