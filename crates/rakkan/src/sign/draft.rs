//! An output in the making: a copy of the input with updates behind it. A large copy is made by the kernel beside other work.
//!
//! What is checked and signed over is read from the copy, so that an input which changes meanwhile cannot slip into the output.

use std::fs::File;
use std::io::{self, Seek, SeekFrom, Write};
use std::path::Path;
use std::thread::JoinHandle;

use ades::pades::{OpenOptions, Password};
use ades::pdf::{FileSource, Source};

use super::error::SignError;
use super::output::Unfinished;
use super::places::Job;
use crate::key::PasswordSource;

/// A smaller copy is made in less time than a thread.
const WORTH_A_THREAD: u64 = 16 << 20;

/// An input that is open.
pub struct Input {
    file: File,
    source: FileSource,
    options: OpenOptions,
}

impl Input {
    /// Opens a file to read from.
    ///
    /// # Errors
    /// [`SignError::Open`], [`SignError::NotAFile`].
    pub fn open(path: &Path) -> Result<Self, SignError> {
        let failed = |source| SignError::Open { path: path.to_owned(), source };
        let file = File::open(path).map_err(failed)?;
        if !file.metadata().map_err(failed)?.is_file() {
            return Err(SignError::NotAFile(path.to_owned()));
        }
        let source = file.try_clone().and_then(FileSource::new).map_err(failed)?;
        Ok(Self { file, source, options: OpenOptions::default() })
    }

    /// Opens a PDF that may need the password in a file.
    ///
    /// # Errors
    /// As [`open`](Self::open), and [`SignError::Password`].
    pub fn open_with(path: &Path, password_file: Option<&Path>) -> Result<Self, SignError> {
        let mut input = Self::open(path)?;
        if let Some(password) = PasswordSource::from_options(password_file, None).given()? {
            input.options.password = Some(Password::new(password.as_str()));
        }
        Ok(input)
    }

    /// How it is read as a PDF.
    pub fn options(&self) -> &OpenOptions {
        &self.options
    }

    /// What to read from.
    pub fn source(&self) -> &FileSource {
        &self.source
    }
}

/// An output in the making.
pub struct Draft {
    output: Unfinished,
    copying: Option<JoinHandle<io::Result<u64>>>,
    job: Job,
    len: u64,
    options: OpenOptions,
}

impl Draft {
    /// Starts an output with a copy of `input`.
    ///
    /// # Errors
    /// [`SignError::Output`].
    pub fn begin(job: &Job, input: &Input) -> Result<Self, SignError> {
        let failed = |source| SignError::Output { path: job.output.clone(), source };
        let output = Unfinished::create(&job.output)?;
        let len = input.source.len();
        let (from, to) = (input.file.try_clone().map_err(failed)?, output.file().try_clone().map_err(failed)?);
        let copying = if len >= WORTH_A_THREAD {
            Some(std::thread::spawn(move || copy(from, to, len)))
        } else {
            copy(from, to, len).map_err(failed)?;
            None
        };
        Ok(Self { output, copying, job: job.clone(), len, options: input.options.clone() })
    }

    /// How it is read as a PDF.
    pub fn options(&self) -> &OpenOptions {
        &self.options
    }

    /// What has been written so far, once it is there.
    ///
    /// # Errors
    /// [`SignError::Output`].
    pub fn source(&mut self) -> Result<FileSource, SignError> {
        if let Some(copying) = self.copying.take() {
            let copied = copying.join().unwrap_or_else(|_| Err(io::ErrorKind::Other.into()));
            copied.map_err(|source| self.failed(source))?;
        }
        self.output.file().try_clone().and_then(FileSource::new).map_err(|source| self.failed(source))
    }

    /// Appends an update.
    ///
    /// # Errors
    /// [`SignError::Output`].
    pub fn append(&mut self, update: &[u8]) -> Result<(), SignError> {
        let mut file = self.output.file();
        let written = file.seek(SeekFrom::End(0)).and_then(|_| file.write_all(update));
        written.map_err(|source| self.failed(source))?;
        self.len += update.len() as u64;
        Ok(())
    }

    /// Lets the output appear.
    ///
    /// # Errors
    /// [`SignError::OutputExists`], [`SignError::Output`].
    pub fn deliver(mut self) -> Result<u64, SignError> {
        drop(self.source()?);
        let (output, replace, len) = (self.output, self.job.replace, self.len);
        output.deliver(replace)?;
        Ok(len)
    }

    fn failed(&self, source: io::Error) -> SignError {
        SignError::Output { path: self.job.output.clone(), source }
    }
}

/// Copies the first `len` bytes; inside the kernel, and without a copy at all where the file system shares blocks.
fn copy(mut from: File, mut to: File, len: u64) -> io::Result<u64> {
    from.seek(SeekFrom::Start(0))?;
    let copied = io::copy(&mut io::Read::take(&mut from, len), &mut to)?;
    if copied == len { Ok(copied) } else { Err(io::ErrorKind::UnexpectedEof.into()) }
}
