//! A collector of spans: as much of OTLP over HTTP as an exporter needs.

use std::{
    fmt::Write as _,
    io::{BufRead as _, BufReader, Read as _, Write as _},
    net::{TcpListener, TcpStream},
    sync::{Arc, Mutex},
    thread,
};

use opentelemetry_proto::tonic::collector::trace::v1::ExportTraceServiceRequest;
use prost::Message as _;

/// Listens until the test ends.
pub(super) struct Collector {
    pub(super) url: String,
    kept: Arc<Mutex<Vec<Kept>>>,
}

/// A span, as far as the tests look at it. Ids in hexadecimal digits.
#[derive(Debug, Clone)]
pub(super) struct Kept {
    /// Whether it says that it is of `chancery`.
    pub(super) is_ours: bool,
    pub(super) name: String,
    trace: String,
    pub(super) id: String,
    pub(super) parent: String,
    /// Traces and spans.
    pub(super) links: Vec<(String, String)>,
    /// Everything that it says of itself.
    #[expect(dead_code, reason = "read by Debug: nothing secret may be in it")]
    attributes: String,
}

impl Collector {
    pub(super) fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let kept = Arc::new(Mutex::new(Vec::new()));
        let keeping = kept.clone();
        thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                let keeping = keeping.clone();
                thread::spawn(move || while serve(&stream, &keeping).is_some() {});
            }
        });
        Self { url, kept }
    }

    pub(super) fn kept(&self) -> Vec<Kept> {
        self.kept.lock().unwrap().clone()
    }
}

impl Kept {
    /// Whether it is a part of the trace, or linked to it.
    pub(super) fn concerns(&self, trace: &str) -> bool {
        self.trace == trace || self.links.iter().any(|(linked, _)| linked == trace)
    }
}

/// Takes one request; `None` when there is none any more.
fn serve(stream: &TcpStream, kept: &Mutex<Vec<Kept>>) -> Option<()> {
    let mut reader = BufReader::new(stream);
    let (mut line, mut length) = (String::new(), 0);
    while reader.read_line(&mut line).ok()? > 0 && line != "\r\n" {
        if let Some((name, value)) = line.trim().split_once(':')
            && name.eq_ignore_ascii_case("content-length")
        {
            length = value.trim().parse().ok()?;
        }
        line.clear();
    }
    let mut body = vec![0; length];
    reader.read_exact(&mut body).ok().filter(|()| length > 0)?;
    kept.lock().unwrap().extend(spans(&ExportTraceServiceRequest::decode(&*body).unwrap()));
    (&mut &*stream).write_all(b"HTTP/1.1 200 OK\r\ncontent-length: 0\r\n\r\n").ok()
}

fn spans(request: &ExportTraceServiceRequest) -> Vec<Kept> {
    let mut kept = Vec::new();
    for resource in &request.resource_spans {
        let mut attributes = resource.resource.iter().flat_map(|resource| &resource.attributes);
        let service = attributes.find(|attribute| attribute.key == "service.name");
        let is_ours = format!("{service:?}").contains("\"chancery\"");
        for span in resource.scope_spans.iter().flat_map(|scope| &scope.spans) {
            kept.push(Kept {
                is_ours,
                name: span.name.clone(),
                trace: hexadecimal(&span.trace_id),
                id: hexadecimal(&span.span_id),
                parent: hexadecimal(&span.parent_span_id),
                links: span
                    .links
                    .iter()
                    .map(|link| (hexadecimal(&link.trace_id), hexadecimal(&link.span_id)))
                    .collect(),
                attributes: format!("{:?} {:?}", span.attributes, span.events),
            });
        }
    }
    kept
}

fn hexadecimal(bytes: &[u8]) -> String {
    bytes.iter().fold(String::new(), |mut text, byte| {
        let _ = write!(text, "{byte:02x}");
        text
    })
}
