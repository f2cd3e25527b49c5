//! Takes from the SAM's process what it never needs: other files than its own, and the network. Security design 2.8.
//!
//! So it cannot reach the store's file, even where it runs under the same user as the web side, as in the demo.

use std::path::Path;

use landlock::{
    ABI, Access, AccessFs, AccessNet, Ruleset, RulesetAttr, RulesetCreatedAttr, RulesetError, RulesetStatus,
    path_beneath_rules,
};

/// The kernel's rules that are asked for; an older kernel enforces what it knows.
const RULES: ABI = ABI::V5;

/// Whether the kernel holds the process to it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Confinement {
    /// It does, wholly or as far as it knows the rules.
    Enforced,
    /// This kernel has no landlock.
    NotAvailable,
}

/// From here on this thread, and every thread and process that it starts, may write below `own`, read `readable`, and nothing else.
///
/// # Errors
/// If the kernel has landlock and refuses the rules; the caller must not go on then.
pub fn enter(own: &[&Path], readable: &[&Path]) -> Result<Confinement, RulesetError> {
    let status = Ruleset::default()
        .handle_access(AccessFs::from_all(RULES))?
        .handle_access(AccessNet::from_all(RULES))?
        .create()?
        .add_rules(path_beneath_rules(own, AccessFs::from_all(RULES)))?
        .add_rules(path_beneath_rules(readable, AccessFs::from_read(RULES)))?
        .restrict_self()?;
    Ok(match status.ruleset {
        RulesetStatus::FullyEnforced | RulesetStatus::PartiallyEnforced => Confinement::Enforced,
        RulesetStatus::NotEnforced => Confinement::NotAvailable,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::process::Command;

    const FOLDER: &str = "RAKKAN_CONFINEMENT_FOLDER";

    /// A confinement cannot be left, so the test below starts this one in a process of its own.
    #[test]
    #[ignore = "run by the_module_reaches_its_own_folder_and_neither_the_store_nor_the_network"]
    fn inside() {
        let folder = std::path::PathBuf::from(std::env::var(FOLDER).unwrap());
        let (own, store, configuration) = (folder.join("sam"), folder.join("store"), folder.join("sam.toml"));
        assert_eq!(enter(&[&own], &[&configuration]).unwrap(), Confinement::Enforced);
        std::fs::write(own.join("journal"), b"own").unwrap();
        std::fs::rename(own.join("journal"), own.join("renamed")).unwrap();
        assert_eq!(std::fs::read(&configuration).unwrap(), b"version = 1\n");
        let denied = |result: std::io::Result<()>| assert_eq!(result.unwrap_err().raw_os_error(), Some(13));
        denied(std::fs::read(store.join("rakkan.db")).map(drop));
        denied(std::fs::write(store.join("rakkan.db"), b"changed"));
        denied(std::fs::write(&configuration, b"changed"));
        denied(std::fs::read_dir(&store).map(drop));
        denied(std::fs::read(own.join("way-to-the-store")).map(drop));
        denied(std::net::TcpListener::bind("127.0.0.1:0").map(drop));
    }

    #[test]
    fn the_module_reaches_its_own_folder_and_neither_the_store_nor_the_network() {
        let folder = tempfile::tempdir().unwrap();
        for name in ["sam", "store"] {
            std::fs::create_dir(folder.path().join(name)).unwrap();
        }
        std::fs::write(folder.path().join("store/rakkan.db"), b"store").unwrap();
        std::fs::write(folder.path().join("sam.toml"), b"version = 1\n").unwrap();
        // A link out of the module's own folder leads nowhere either.
        let link = folder.path().join("sam/way-to-the-store");
        std::os::unix::fs::symlink(folder.path().join("store/rakkan.db"), link).unwrap();
        let output = Command::new(std::env::current_exe().unwrap())
            .args(["--exact", "confinement::tests::inside", "--ignored", "--test-threads=1"])
            .env(FOLDER, folder.path())
            .output()
            .unwrap();
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stdout));
        assert_eq!(std::fs::read(folder.path().join("store/rakkan.db")).unwrap(), b"store");
    }
}
