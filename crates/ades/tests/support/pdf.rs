//! PDFs in every form that a document can have on disk.

use std::collections::BTreeMap;
use std::io::Write;

use flate2::Compression;
use flate2::write::ZlibEncoder;

/// Form of the file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Layout {
    Classic,
    /// Entries with carriage return and line feed.
    ClassicCrLf,
    /// Entries of 19 bytes, as some writers make them.
    ClassicShort,
    /// Entries of 21 bytes, and 65536 as the generation of free entries, as other writers make them.
    ClassicLong,
    XrefStream,
    /// Compressed, with the PNG "up" predictor, as most writers do.
    XrefStreamPredicted,
    /// Everything that may be inside an object stream is.
    ObjectStream,
    /// A table for old readers, and a stream with what they do not see.
    Hybrid,
    /// The first section stands at the front and refers to the main one.
    Linearized,
}

pub const LAYOUTS: [Layout; 9] = [
    Layout::Classic,
    Layout::ClassicCrLf,
    Layout::ClassicShort,
    Layout::ClassicLong,
    Layout::XrefStream,
    Layout::XrefStreamPredicted,
    Layout::ObjectStream,
    Layout::Hybrid,
    Layout::Linearized,
];

/// Objects by number; number 1 is the catalog.
#[derive(Clone)]
pub struct Pdf {
    pub objects: BTreeMap<u32, Vec<u8>>,
    /// Further entries of the trailer.
    pub trailer: String,
}

impl Pdf {
    /// Two pages with inherited attributes, no form, no annotations.
    pub fn plain() -> Self {
        let mut pdf =
            Self { objects: BTreeMap::new(), trailer: "/ID [<00112233445566778899aabbccddeeff> <00>]".into() };
        pdf.set(1, "<< /Type /Catalog /Pages 2 0 R >>");
        pdf.set(2, "<< /Type /Pages /Count 2 /Kids [3 0 R 4 0 R] /MediaBox [0 0 595 842] /Resources << /Font << /F1 6 0 R >> >> >>");
        pdf.set(3, "<< /Type /Page /Parent 2 0 R /Contents 5 0 R /Weird#20Key (a\\)b) /Num -.50 >>");
        pdf.set(4, "<< /Type /Page /Parent 2 0 R >>");
        let content = "BT /F1 24 Tf 72 700 Td (Contract) Tj ET";
        pdf.set(5, &format!("<< /Length {} >>\nstream\n{content}\nendstream", content.len()));
        pdf.set(6, "<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica >>");
        pdf
    }

    pub fn set(&mut self, number: u32, body: &str) -> &mut Self {
        self.objects.insert(number, body.as_bytes().to_vec());
        self
    }

    pub fn build(&self, layout: Layout) -> Vec<u8> {
        match layout {
            Layout::Classic => self.classic(" \n"),
            Layout::ClassicCrLf => self.classic("\r\n"),
            Layout::ClassicShort => self.classic("\n"),
            Layout::ClassicLong => self.classic(" \r\n"),
            Layout::XrefStream => self.xref_stream(false),
            Layout::XrefStreamPredicted => self.xref_stream(true),
            Layout::ObjectStream => self.object_stream(),
            Layout::Hybrid => self.hybrid(),
            Layout::Linearized => self.linearized(),
        }
    }

    fn size(&self) -> u32 {
        self.objects.keys().next_back().unwrap() + 1
    }

    fn start() -> File {
        File { bytes: b"%PDF-1.7\n%\xe2\xe3\xcf\xd3\n".to_vec(), places: BTreeMap::new() }
    }

    fn classic(&self, line_end: &str) -> Vec<u8> {
        let mut file = Self::start();
        for (number, body) in &self.objects {
            file.object(*number, body);
        }
        let start = file.bytes.len();
        file.table(0, self.size(), line_end);
        file.text(&format!("trailer\n<< /Size {} /Root 1 0 R {} >>\n", self.size(), self.trailer));
        file.end(start)
    }

    fn xref_stream(&self, predicted: bool) -> Vec<u8> {
        let mut file = Self::start();
        for (number, body) in &self.objects {
            file.object(*number, body);
        }
        let entries = file.places.iter().map(|(number, place)| (*number, Entry::At(*place))).collect();
        file.xref_stream_end(self.size(), entries, &self.trailer, predicted)
    }

    fn is_stream(body: &[u8]) -> bool {
        body.windows(6).any(|window| window == b"stream")
    }

    /// Object stream with all objects that are no streams; returns its body and the numbers in it.
    fn packed(&self) -> (Vec<u8>, Vec<u32>) {
        let mut header = String::new();
        let mut bodies = Vec::new();
        let mut numbers = Vec::new();
        for (number, body) in self.objects.iter().filter(|(_, body)| !Self::is_stream(body)) {
            header.push_str(&format!("{number} {} ", bodies.len()));
            bodies.extend_from_slice(body);
            bodies.push(b' ');
            numbers.push(*number);
        }
        let data = deflate(&[header.as_bytes(), &bodies].concat());
        let dictionary = format!(
            "<< /Type /ObjStm /N {} /First {} /Filter /FlateDecode /Length {} >>\nstream\n",
            numbers.len(),
            header.len(),
            data.len()
        );
        ([dictionary.as_bytes(), &data, b"\nendstream"].concat(), numbers)
    }

    fn object_stream(&self) -> Vec<u8> {
        let mut file = Self::start();
        let mut entries = BTreeMap::new();
        for (number, body) in self.objects.iter().filter(|(_, body)| Self::is_stream(body)) {
            file.object(*number, body);
        }
        let (body, numbers) = self.packed();
        let stream = self.size();
        file.object(stream, &body);
        entries.extend(file.places.iter().map(|(number, place)| (*number, Entry::At(*place))));
        entries.extend(numbers.iter().zip(0..).map(|(number, index)| (*number, Entry::In(stream, index))));
        file.xref_stream_end(stream + 1, entries, &self.trailer, true)
    }

    /// Two sections as text processors write them: the hidden objects are free in the older table.
    fn hybrid(&self) -> Vec<u8> {
        let mut file = Self::start();
        for (number, body) in self.objects.iter().filter(|(number, body)| **number <= 2 || Self::is_stream(body)) {
            file.object(*number, body);
        }
        let hidden = Self {
            objects: self.objects.iter().filter(|(n, _)| **n > 2).map(|(n, b)| (*n, b.clone())).collect(),
            trailer: String::new(),
        };
        let (body, numbers) = hidden.packed();
        let stream = self.size();
        file.object(stream, &body);
        let main = file.bytes.len();
        file.table(0, stream + 1, "\r\n");
        file.text(&format!("trailer\n<< /Size {} /Root 1 0 R {} >>\n", stream + 1, self.trailer));
        file.text(&format!("startxref\n{main}\n%%EOF\n"));
        let xref_stream = file.bytes.len();
        let entries: BTreeMap<u32, Entry> =
            numbers.iter().zip(0..).map(|(number, index)| (*number, Entry::In(stream, index))).collect();
        file.xref_stream(stream + 1, stream + 2, entries, "", false);
        let start = file.bytes.len();
        let size = stream + 2;
        file.text(&format!(
            "xref\n0 0\ntrailer\n<< /Size {size} /Root 1 0 R /Prev {main} /XRefStm {xref_stream} {} >>\n",
            self.trailer
        ));
        file.end(start)
    }

    fn linearized(&self) -> Vec<u8> {
        // Pass 1 finds out the positions, pass 2 writes them. All numbers have a fixed width.
        let mut main_at = 0_usize;
        let mut first_at = 0_usize;
        let mut places = BTreeMap::new();
        let front: Vec<u32> = vec![1, 3, 5];
        let mut bytes = Vec::new();
        for _ in 0..3 {
            let mut file = Self::start();
            file.places = places.clone();
            let parameters = self.size();
            file.object(
                parameters,
                format!("<< /Linearized 1 /L {:010} /H [0 0] /O 3 /E 0 /N 2 /T {main_at:010} >>", bytes.len())
                    .as_bytes(),
            );
            first_at = file.bytes.len();
            file.text("xref\n");
            for number in front.iter().chain([&parameters]) {
                file.text(&format!("{number} 1\n{:010} 00000 n \n", file.places.get(number).copied().unwrap_or(0)));
            }
            file.text(&format!(
                "trailer\n<< /Size {} /Root 1 0 R /Prev {main_at:010} {} >>\nstartxref\n0\n%%EOF\n",
                parameters + 1,
                self.trailer
            ));
            for number in &front {
                file.object(*number, &self.objects[number]);
            }
            for (number, body) in self.objects.iter().filter(|(number, _)| !front.contains(number)) {
                file.object(*number, body);
            }
            main_at = file.bytes.len();
            file.text("xref\n0 1\n0000000000 65535 f \n");
            for number in self.objects.keys().filter(|number| !front.contains(number)) {
                file.text(&format!("{number} 1\n{:010} 00000 n \n", file.places[number]));
            }
            file.text(&format!("trailer\n<< /Size {} >>\n", self.size()));
            places = file.places.clone();
            bytes = file.end(first_at);
        }
        assert_ne!(first_at, 0);
        bytes
    }
}

pub enum Entry {
    At(usize),
    In(u32, u32),
}

pub struct File {
    pub bytes: Vec<u8>,
    pub places: BTreeMap<u32, usize>,
}

impl File {
    pub fn text(&mut self, text: &str) {
        self.bytes.extend_from_slice(text.as_bytes());
    }

    pub fn object(&mut self, number: u32, body: &[u8]) {
        self.places.insert(number, self.bytes.len());
        self.text(&format!("{number} 0 obj\n"));
        self.bytes.extend_from_slice(body);
        self.text("\nendobj\n");
    }

    fn table(&mut self, first: u32, end: u32, line_end: &str) {
        self.text(&format!("xref\n{first} {}\n", end - first));
        for number in first..end {
            match self.places.get(&number) {
                Some(place) => self.text(&format!("{place:010} 00000 n{line_end}")),
                None => {
                    self.text(&format!("0000000000 {} f{line_end}", if line_end.len() == 3 { 65536 } else { 65535 }))
                }
            }
        }
    }

    fn xref_stream(&mut self, own: u32, size: u32, mut entries: BTreeMap<u32, Entry>, trailer: &str, predicted: bool) {
        entries.insert(own, Entry::At(self.bytes.len()));
        let mut rows = Vec::new();
        let mut index = String::new();
        for (number, entry) in &entries {
            index.push_str(&format!("{number} 1 "));
            let (kind, second, third) = match entry {
                Entry::At(place) => (1_u8, u32::try_from(*place).unwrap(), 0_u16),
                Entry::In(stream, at) => (2, *stream, u16::try_from(*at).unwrap()),
            };
            rows.push([&[kind][..], &second.to_be_bytes(), &third.to_be_bytes()].concat());
        }
        let parameters = if predicted { "/DecodeParms << /Predictor 12 /Columns 7 >>" } else { "" };
        let mut data = Vec::new();
        let mut above = vec![0_u8; 7];
        for row in rows {
            if predicted {
                data.push(2);
                data.extend(row.iter().zip(&above).map(|(byte, up)| byte.wrapping_sub(*up)));
                above = row;
            } else {
                data.extend(row);
            }
        }
        let data = deflate(&data);
        let root = if trailer.is_empty() { "" } else { "/Root 1 0 R" };
        self.text(&format!(
            "{own} 0 obj\n<< /Type /XRef /Size {size} /W [1 4 2] /Index [{index}] /Filter /FlateDecode {parameters} {root} {trailer} /Length {} >>\nstream\r\n",
            data.len()
        ));
        self.bytes.extend(data);
        self.text("\nendstream\nendobj\n");
    }

    fn xref_stream_end(mut self, own: u32, entries: BTreeMap<u32, Entry>, trailer: &str, predicted: bool) -> Vec<u8> {
        let start = self.bytes.len();
        let trailer = if trailer.is_empty() { " " } else { trailer };
        self.xref_stream(own, own + 1, entries, trailer, predicted);
        self.end(start)
    }

    fn end(mut self, start: usize) -> Vec<u8> {
        self.text(&format!("startxref\n{start}\n%%EOF\n"));
        self.bytes
    }
}

pub fn deflate(bytes: &[u8]) -> Vec<u8> {
    let mut encoder = ZlibEncoder::new(Vec::new(), Compression::default());
    encoder.write_all(bytes).unwrap();
    encoder.finish().unwrap()
}
