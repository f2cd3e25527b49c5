//! The page drawing worker against hostile documents: each gets a typed answer, and the next one is answered as if nothing had been.
//! Threats T-PA-1, T-PA-2, T-PA-10.

#[path = "../src/worker/mod.rs"]
#[allow(dead_code, reason = "the child side runs in the program, not in this test")]
mod worker;

use std::fmt::Write as _;
use std::fs::File;
use std::io::{Seek, SeekFrom, Write as _};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use web::portal::pages::{DisplayWarning, PageRenderer, RenderError, Survey};
use worker::client::WorkerRenderer;

fn renderer() -> WorkerRenderer {
    WorkerRenderer::new(env!("CARGO_BIN_EXE_rakkan"), 2)
}

/// A PDF of these objects, numbered from 1; the first is the catalogue.
fn pdf(objects: &[&str]) -> Vec<u8> {
    let mut file = b"%PDF-1.7\n".to_vec();
    let mut places = Vec::new();
    for (index, object) in objects.iter().enumerate() {
        places.push(file.len());
        write!(file, "{} 0 obj\n{object}\nendobj\n", index + 1).unwrap();
    }
    let start = file.len();
    write!(file, "xref\n0 {}\n0000000000 65535 f \n", objects.len() + 1).unwrap();
    for place in places {
        writeln!(file, "{place:010} 00000 n ").unwrap();
    }
    write!(file, "trailer\n<< /Size {} /Root 1 0 R >>\nstartxref\n{start}\n%%EOF\n", objects.len() + 1).unwrap();
    file
}

fn one_page(catalogue: &str, page: &str, more: &[&str]) -> Vec<u8> {
    let catalogue = format!("<< /Type /Catalog /Pages 2 0 R {catalogue} >>");
    let page = format!("<< /Type /Page /Parent 2 0 R /MediaBox [0 0 300 200] {page} >>");
    let mut objects = vec![catalogue.as_str(), "<< /Type /Pages /Kids [3 0 R] /Count 1 >>", page.as_str()];
    objects.extend(more);
    pdf(&objects)
}

fn stream(content: &str) -> String {
    format!("<< /Length {} >>\nstream\n{content}\nendstream", content.len())
}

fn plain() -> Vec<u8> {
    let content = stream("BT /F1 24 Tf 30 100 Td (Hello) Tj 0 -30 Td (second line) Tj ET");
    let page =
        "/Contents 4 0 R /Resources << /Font << /F1 << /Type /Font /Subtype /Type1 /BaseFont /Helvetica >> >> >>";
    one_page("", page, &[&content])
}

/// A file without a name, whose position stands at its end.
fn on_disk(content: &[u8]) -> File {
    let mut file = tempfile::tempfile().unwrap();
    file.write_all(content).unwrap();
    file
}

async fn survey(file: Vec<u8>) -> Result<Survey, RenderError> {
    renderer().survey(on_disk(&file)).await
}

async fn warnings(file: Vec<u8>) -> Vec<DisplayWarning> {
    survey(file).await.unwrap().warnings
}

#[tokio::test]
async fn a_plain_page_is_measured_read_and_drawn() {
    let file = on_disk(&plain());
    let survey = renderer().survey(file.try_clone().unwrap()).await.unwrap();
    assert_eq!((survey.pages.len(), survey.pages[0].width, survey.pages[0].height), (1, 300.0, 200.0));
    let lines = survey.pages[0].lines.as_ref().unwrap();
    assert_eq!(lines.iter().map(|line| line.text.as_str()).collect::<Vec<_>>(), ["Hello", "second line"]);
    assert!((lines[0].x - 30.0).abs() < 0.5 && (lines[0].y - 100.0).abs() < 0.5 && (lines[0].size - 24.0).abs() < 0.5);
    assert_eq!(survey.warnings, []);
    let png = renderer().draw(file, 1, 600).await.unwrap();
    let size = |at: usize| u32::from_be_bytes(png[at..at + 4].try_into().unwrap());
    assert_eq!((size(16), size(20)), (600, 400));
}

#[tokio::test]
async fn what_a_picture_does_not_show_is_told() {
    let script = one_page("/OpenAction << /S /JavaScript /JS (app.alert\\(1\\)) >>", "", &[]);
    assert!(warnings(script).await.contains(&DisplayWarning::JavaScript));
    let launch = one_page("/OpenAction << /S /Launch /F (x.exe) >>", "", &[]);
    assert!(warnings(launch).await.contains(&DisplayWarning::Action));
    let xfa = one_page("/AcroForm << /XFA [] /Fields [] >>", "", &[]);
    assert!(warnings(xfa).await.contains(&DisplayWarning::Xfa));
    let layers =
        one_page("/OCProperties << /OCGs [4 0 R] /D << /OFF [4 0 R] >> >>", "", &["<< /Type /OCG /Name (hidden) >>"]);
    assert!(warnings(layers).await.contains(&DisplayWarning::Layers { hidden: true }));
    let inside = one_page("/Names << /EmbeddedFiles << /Names [] >> >>", "", &[]);
    assert!(warnings(inside).await.contains(&DisplayWarning::EmbeddedFiles));
    let field = one_page("/AcroForm << /Fields [4 0 R] >>", "", &["<< /FT /Tx /T (name) >>"]);
    assert!(warnings(field).await.contains(&DisplayWarning::OpenFields { count: 1 }));
}

#[tokio::test]
async fn a_font_that_is_not_in_the_file_is_told_with_its_script() {
    let content = stream("BT /F1 24 Tf 30 100 Td <82a082a2> Tj ET");
    let font = "<< /Type /Font /Subtype /Type0 /BaseFont /MS-Mincho /Encoding /90ms-RKSJ-H /DescendantFonts [<< /Type /Font \
        /Subtype /CIDFontType2 /BaseFont /MS-Mincho /CIDSystemInfo << /Registry (Adobe) /Ordering (Japan1) /Supplement 2 >> \
        /FontDescriptor << /Type /FontDescriptor /FontName /MS-Mincho /Flags 4 >> >>] >>";
    let page = format!("/Contents 4 0 R /Resources << /Font << /F1 {font} >> >>");
    let found = warnings(one_page("", &page, &[&content])).await;
    assert!(found.contains(&DisplayWarning::FontMissing { name: "MS-Mincho".into(), cjk: true }), "{found:?}");
}

#[tokio::test]
async fn a_page_without_text_is_told() {
    let content = stream("0 0 100 100 re f");
    assert_eq!(warnings(one_page("", "/Contents 4 0 R", &[&content])).await, [DisplayWarning::NoText]);
}

#[tokio::test]
async fn what_is_no_pdf_gets_a_typed_answer() {
    for file in [vec![], b"hello".to_vec(), b"%PDF-1.7\n".to_vec(), b"<html>%PDF-".to_vec()] {
        assert_eq!(survey(file).await, Err(RenderError::NotAPdf));
    }
    let mut cut = plain();
    cut.truncate(40);
    assert_eq!(survey(cut).await, Err(RenderError::NotAPdf));
    let no_page = pdf(&["<< /Type /Catalog /Pages 2 0 R >>", "<< /Type /Pages /Kids [] /Count 0 >>"]);
    assert_eq!(survey(no_page).await, Err(RenderError::PageCount));
}

#[tokio::test]
async fn an_encrypted_file_is_told_from_a_damaged_one() {
    let mut file = String::from_utf8(plain()).unwrap();
    file = file.replace("/Root 1 0 R", "/Encrypt 9 0 R /Root 1 0 R");
    assert_eq!(survey(file.into_bytes()).await, Err(RenderError::Encrypted));
}

#[tokio::test]
async fn a_page_that_is_not_there_cannot_be_drawn() {
    for page in [0, 2, u32::MAX] {
        assert_eq!(renderer().draw(on_disk(&plain()), page, 600).await, Err(RenderError::NoSuchPage));
    }
}

#[tokio::test]
async fn a_file_above_the_limit_is_refused_without_a_process() {
    let file = tempfile::tempfile().unwrap();
    file.set_len(worker::protocol::MAX_DOCUMENT_BYTES + 1).unwrap();
    let nobody = WorkerRenderer::new("/nonexistent", 1);
    assert_eq!(nobody.survey(file).await, Err(RenderError::TooLarge));
    assert_eq!(nobody.survey(on_disk(&plain())).await, Err(RenderError::Unavailable));
}

#[tokio::test]
async fn a_document_larger_than_the_memory_for_any_document_is_surveyed_and_drawn() {
    // 450 MiB of an unused stream between the pages and the table: memory grows with the document, what it may do does not.
    let small = plain();
    let table = small.windows(5).position(|window| window == b"xref\n").unwrap();
    let (large, places) = (450 * 1024 * 1024, String::from_utf8_lossy(&small[table..]).into_owned());
    let mut file = on_disk(&small[..table]);
    let head = format!("5 0 obj\n<< /Length {large} >>\nstream\n");
    file.write_all(head.as_bytes()).unwrap();
    let start = table as u64 + head.len() as u64 + large;
    file.set_len(start).unwrap();
    file.seek(SeekFrom::End(0)).unwrap();
    file.write_all(b"\nendstream\nendobj\n").unwrap();
    let end = places.replace(&format!("startxref\n{table}"), &format!("startxref\n{}", start + 18));
    file.write_all(end.as_bytes()).unwrap();
    assert_eq!(renderer().survey(file.try_clone().unwrap()).await.map(|survey| survey.pages.len()), Ok(1));
    assert!(renderer().draw(file, 1, 60).await.is_ok());
}

#[tokio::test]
async fn deep_nesting_loops_and_bombs_end_with_an_answer_and_the_next_file_is_drawn() {
    let arrays = one_page("", &format!("/Contents {}{}", "[".repeat(5_000), "]".repeat(5_000)), &[]);
    let deep = one_page("", &format!("/X {}{}", "[".repeat(200_000), "]".repeat(200_000)), &[]);
    let loops = pdf(&["<< /Type /Catalog /Pages 2 0 R >>", "<< /Type /Pages /Kids [2 0 R 2 0 R] /Count 2 >>"]);
    let mut saves = String::new();
    for _ in 0..300_000 {
        saves.write_str("q 1 0 0 1 1 1 cm ").unwrap();
    }
    let saves = one_page("", "/Contents 4 0 R", &[&stream(&saves)]);
    let form = "<< /Type /XObject /Subtype /Form /BBox [0 0 9 9] /Resources << /XObject << /X 5 0 R >> >> /Length 16 >>\nstream\n\
        /X Do /X Do /X D\nendstream";
    let forms = one_page("", "/Contents 4 0 R /Resources << /XObject << /X 5 0 R >> >>", &[&stream("/X Do"), form]);
    let huge = pdf(&[
        "<< /Type /Catalog /Pages 2 0 R >>",
        "<< /Type /Pages /Kids [3 0 R] /Count 1 >>",
        "<< /Type /Page /Parent 2 0 R /MediaBox [0 0 1000000000 1000000000] >>",
    ]);
    for (name, file) in
        [("arrays", arrays), ("deep", deep), ("loops", loops), ("saves", saves), ("forms", forms), ("huge", huge)]
    {
        let file = on_disk(&file);
        // Any answer will do; what counts is that there is one, and that it names the document and not the service.
        for error in
            [renderer().survey(file.try_clone().unwrap()).await.err(), renderer().draw(file, 1, 600).await.err()]
        {
            assert_ne!(error, Some(RenderError::Unavailable), "{name}");
        }
    }
    assert!(renderer().draw(on_disk(&plain()), 1, 600).await.is_ok());
}

#[tokio::test]
async fn a_compressed_bomb_meets_the_memory_limit_and_nothing_else_does() {
    // 1 GiB of spaces in a content stream: about 1 MB compressed.
    let mut packer = flate2::write::ZlibEncoder::new(Vec::new(), flate2::Compression::best());
    for _ in 0..1024 {
        packer.write_all(&[b' '; 1024 * 1024]).unwrap();
    }
    let packed = packer.finish().unwrap();
    let mut file = b"%PDF-1.7\n1 0 obj\n<< /Type /Catalog /Pages 2 0 R >>\nendobj\n2 0 obj\n<< /Type /Pages /Kids [3 0 R] /Count 1 >>\nendobj\n\
        3 0 obj\n<< /Type /Page /Parent 2 0 R /MediaBox [0 0 300 200] /Contents 4 0 R >>\nendobj\n"
        .to_vec();
    write!(file, "4 0 obj\n<< /Filter /FlateDecode /Length {} >>\nstream\n", packed.len()).unwrap();
    file.extend_from_slice(&packed);
    file.extend_from_slice(b"\nendstream\nendobj\ntrailer\n<< /Size 5 /Root 1 0 R >>\n%%EOF\n");
    match renderer().draw(on_disk(&file), 1, 600).await {
        Ok(_) | Err(RenderError::GaveUp) => {}
        Err(other) => panic!("{other:?}"),
    }
    assert!(survey(plain()).await.is_ok());
}

/// The folder of hostile and odd files; `None`, told loudly, where it is not there and need not be.
fn corpus() -> Option<PathBuf> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../shared/corpora/pdf-robust/pdfjs");
    if folder.is_dir() {
        return Some(folder);
    }
    assert!(std::env::var_os("CI").is_none(), "{} is missing, and CI needs it", folder.display());
    let _ = std::io::Write::write_all(
        &mut std::io::stderr(),
        b"SKIPPED 876 cases: shared/corpora/pdf-robust is not beside the checkout\n",
    );
    None
}

#[tokio::test(flavor = "multi_thread")]
async fn every_odd_file_of_the_corpus_gets_an_answer() {
    let Some(folder) = corpus() else { return };
    let mut files: Vec<PathBuf> = std::fs::read_dir(folder)
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .filter(|path| path.extension().is_some_and(|extension| extension == "pdf"))
        .collect();
    files.sort();
    assert!(files.len() >= 800, "{} files", files.len());
    let renderer = renderer();
    let (mut surveyed, mut gave_up) = (0, Vec::new());
    for file in files {
        match renderer.survey(File::open(&file).unwrap()).await {
            Ok(_) => surveyed += 1,
            Err(RenderError::Unavailable) => panic!("{}: the worker did not start", file.display()),
            Err(RenderError::GaveUp) => gave_up.push(file),
            Err(_) => {}
        }
    }
    assert!(surveyed > 800, "{surveyed} files could be surveyed");
    assert!(gave_up.len() <= 3, "{gave_up:?}");
}

/// Runs this test program again as a sandboxed process that tries one thing; returns its status.
fn sandboxed(attempt: &str) -> std::process::ExitStatus {
    Command::new(std::env::current_exe().unwrap())
        .args(["--exact", "inside_the_sandbox", "--ignored", "--nocapture", "--test-threads=1"])
        .env("RAKKAN_SANDBOX_ATTEMPT", attempt)
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .status()
        .unwrap()
}

#[test]
#[ignore = "run by the tests below, in a process of its own"]
fn inside_the_sandbox() {
    let attempt = std::env::var("RAKKAN_SANDBOX_ATTEMPT").expect("run by the tests below");
    worker::sandbox::enter(0).unwrap();
    match attempt.as_str() {
        "nothing" => {}
        "file" => drop(File::open("/etc/passwd")),
        "folder" => drop(std::fs::create_dir("/tmp/rakkan-sandbox-attempt")),
        "socket" => drop(std::net::TcpListener::bind("127.0.0.1:0")),
        "process" => drop(Command::new("/bin/true").status()),
        "thread" => drop(std::thread::Builder::new().spawn(|| {})),
        "memory" => {
            let mut hoard = Vec::new();
            for _ in 0..64 {
                hoard.push(vec![1u8; 16 * 1024 * 1024]);
            }
            assert_eq!(hoard.len(), 64);
        }
        other => panic!("{other}"),
    }
    // Without the harness' own end, which the sandbox would not survive.
    std::process::exit(0);
}

#[test]
fn the_sandbox_lets_reading_and_computing_through() {
    assert!(sandboxed("nothing").success());
}

#[test]
fn the_sandbox_kills_what_opens_connects_or_starts_something() {
    use std::os::unix::process::ExitStatusExt;
    for attempt in ["file", "folder", "socket", "process", "thread"] {
        assert_eq!(sandboxed(attempt).signal(), Some(libc::SIGSYS), "{attempt}");
    }
}

#[test]
fn the_sandbox_bounds_memory() {
    assert!(!sandboxed("memory").success());
}
