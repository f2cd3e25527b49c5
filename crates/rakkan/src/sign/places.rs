//! Where outputs go, decided for all files before any is touched.

use std::collections::HashSet;
use std::ffi::OsString;
use std::path::{Path, PathBuf};

use clap::Args;

use super::error::SignError;
use super::output::Identity;

/// Where outputs go.
#[derive(Args, Debug, Clone, Default)]
#[command(next_help_heading = "Output")]
pub struct OutputArgs {
    /// Output file [default: beside the input, with -signed in its name]
    #[arg(short, long, value_name = "FILE", conflicts_with_all = ["out_dir", "in_place"])]
    pub out: Option<PathBuf>,
    /// Folder for the outputs, under the names of the inputs; made if it is not there
    #[arg(long, value_name = "DIR", conflicts_with = "in_place")]
    pub out_dir: Option<PathBuf>,
    /// Replace the inputs
    #[arg(long)]
    pub in_place: bool,
    /// Overwrite outputs that exist
    #[arg(long)]
    pub force: bool,
}

impl OutputArgs {
    /// Makes the folder for the outputs, if one was named that is not there.
    ///
    /// # Errors
    /// [`SignError::Output`].
    pub fn make_folder(&self) -> Result<(), SignError> {
        let Some(folder) = &self.out_dir else { return Ok(()) };
        std::fs::create_dir_all(folder).map_err(|source| SignError::Output { path: folder.clone(), source })
    }
}

/// One file to work on.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Job {
    /// What is read.
    pub input: PathBuf,
    /// What is written.
    pub output: PathBuf,
    /// Whether a file that is there may be replaced.
    pub replace: bool,
}

/// How outputs are named.
#[derive(Debug, Clone, Copy)]
pub enum Naming {
    /// `name-SUFFIX.ext`.
    Suffix(&'static str),
    /// `name.ext.SUFFIX`; a file of its own, also in another folder.
    Append(&'static str),
}

/// The jobs for these inputs.
///
/// # Errors
/// [`SignError::Usage`], [`SignError::OutputIsInput`], [`SignError::SameOutput`], [`SignError::OutputExists`].
pub fn jobs(inputs: &[PathBuf], args: &OutputArgs, naming: Naming) -> Result<Vec<Job>, SignError> {
    if args.out.is_some() && inputs.len() > 1 {
        return Err(SignError::Usage("--out takes one file; use --out-dir for several".into()));
    }
    let identities: HashSet<Identity> = inputs.iter().filter_map(|input| Identity::of(input)).collect();
    let mut taken = HashSet::new();
    let mut jobs = Vec::new();
    for input in inputs {
        let output = place(input, args, naming)?;
        if !taken.insert(output.clone()) {
            return Err(SignError::SameOutput(output));
        }
        if !args.in_place {
            // The same file under another name, too: a link.
            if output == *input || Identity::of(&output).is_some_and(|identity| identities.contains(&identity)) {
                return Err(SignError::OutputIsInput(output));
            }
            if !args.force && output.symlink_metadata().is_ok() {
                return Err(SignError::OutputExists(output));
            }
        }
        jobs.push(Job { input: input.clone(), output, replace: args.in_place || args.force });
    }
    Ok(jobs)
}

fn place(input: &Path, args: &OutputArgs, naming: Naming) -> Result<PathBuf, SignError> {
    let name = input.file_name().ok_or_else(|| SignError::NotAFile(input.to_owned()))?;
    if args.in_place && matches!(naming, Naming::Append(_)) {
        return Err(SignError::Usage("--in-place is for PDFs; a CAdES signature is a file of its own".into()));
    }
    if args.in_place {
        // The file itself is replaced and not a link to it.
        return Ok(input.canonicalize().unwrap_or_else(|_| input.to_owned()));
    }
    Ok(match (&args.out, &args.out_dir) {
        (Some(out), _) if out.is_dir() => {
            return Err(SignError::Usage(format!("--out {} is a folder; use --out-dir", out.display())));
        }
        (Some(out), _) => out.clone(),
        (None, Some(folder)) => match naming {
            Naming::Suffix(_) => folder.join(name),
            Naming::Append(_) => folder.join(named(input, naming)),
        },
        (None, None) => input.with_file_name(named(input, naming)),
    })
}

fn named(input: &Path, naming: Naming) -> OsString {
    match naming {
        Naming::Suffix(suffix) => {
            let mut name = input.file_stem().unwrap_or_default().to_owned();
            name.push("-");
            name.push(suffix);
            if let Some(extension) = input.extension() {
                name.push(".");
                name.push(extension);
            }
            name
        }
        Naming::Append(suffix) => {
            let mut name = input.file_name().unwrap_or_default().to_owned();
            name.push(".");
            name.push(suffix);
            name
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn plan(inputs: &[&Path], args: &OutputArgs) -> Result<Vec<PathBuf>, SignError> {
        let inputs: Vec<_> = inputs.iter().map(|path| path.to_path_buf()).collect();
        let jobs = jobs(&inputs, args, Naming::Suffix("signed"))?;
        Ok(jobs.into_iter().map(|job| job.output).collect())
    }

    #[test]
    fn names_are_made_from_the_inputs() {
        let beside = OutputArgs::default();
        assert_eq!(plan(&[Path::new("d/a.b.pdf")], &beside).unwrap(), [Path::new("d/a.b-signed.pdf")]);
        assert_eq!(plan(&[Path::new("plain")], &beside).unwrap(), [Path::new("plain-signed")]);
        let folder = OutputArgs { out_dir: Some("out".into()), ..beside.clone() };
        assert_eq!(plan(&[Path::new("d/a.pdf")], &folder).unwrap(), [Path::new("out/a.pdf")]);
    }

    #[test]
    fn signatures_beside_their_files_have_names_of_their_own() {
        let plan = |args: &OutputArgs| jobs(&["d/a.txt".into()], args, Naming::Append("p7s"));
        assert_eq!(plan(&OutputArgs::default()).unwrap()[0].output, Path::new("d/a.txt.p7s"));
        let folder = OutputArgs { out_dir: Some("out".into()), ..OutputArgs::default() };
        assert_eq!(plan(&folder).unwrap()[0].output, Path::new("out/a.txt.p7s"));
        let in_place = OutputArgs { in_place: true, ..OutputArgs::default() };
        assert!(matches!(plan(&in_place), Err(SignError::Usage(_))));
    }

    #[test]
    fn inputs_are_not_outputs_even_under_another_name() {
        let folder = tempfile::tempdir().unwrap();
        let (input, link) = (folder.path().join("a.pdf"), folder.path().join("link.pdf"));
        std::fs::write(&input, b"x").unwrap();
        std::fs::hard_link(&input, &link).unwrap();
        for out in [&input, &link] {
            let args = OutputArgs { out: Some(out.clone()), force: true, ..OutputArgs::default() };
            assert!(matches!(plan(&[&input], &args), Err(SignError::OutputIsInput(_))));
        }
        let args = OutputArgs { in_place: true, ..OutputArgs::default() };
        assert_eq!(plan(&[&input], &args).unwrap(), [input.canonicalize().unwrap()]);
    }

    #[test]
    fn two_files_do_not_become_one() {
        let args = OutputArgs { out_dir: Some("out".into()), ..OutputArgs::default() };
        assert!(matches!(plan(&[Path::new("a/x.pdf"), Path::new("b/x.pdf")], &args), Err(SignError::SameOutput(_))));
        let args = OutputArgs { out: Some("o.pdf".into()), ..OutputArgs::default() };
        assert!(matches!(plan(&[Path::new("a.pdf"), Path::new("b.pdf")], &args), Err(SignError::Usage(_))));
    }

    #[test]
    fn the_folder_for_outputs_is_made_and_a_file_in_its_place_is_told() {
        let folder = tempfile::tempdir().unwrap();
        let wanted = folder.path().join("a/b");
        let args = |path: PathBuf| OutputArgs { out_dir: Some(path), ..OutputArgs::default() };
        args(wanted.clone()).make_folder().unwrap();
        assert!(wanted.is_dir());
        let file = folder.path().join("file");
        std::fs::write(&file, b"x").unwrap();
        assert!(matches!(args(file).make_folder(), Err(SignError::Output { .. })));
    }
}
