//! Whatever an event ever looked like means something to the domain: the corpus of `wire` has every shape that was
//! released.

use std::{fs, path::Path};

use chancery_wire as wire;

use super::{to_domain, to_wire};

/// Have every field set, also of things that one event is never about: an app's and a report's, a rebuild's and a parked
/// event's.
const NEVER_SAID: [&str; 2] = ["RateLimitOverridden.v1.json", "ProjectionOperated.v1.json"];

#[test]
fn every_shape_that_was_ever_released_is_an_event_of_the_domain() {
    let corpus = Path::new(env!("CARGO_MANIFEST_DIR")).join("../wire/tests/corpus");
    let files = fs::read_dir(corpus).unwrap().map(|file| file.unwrap().path());
    for path in files.filter(|path| path.extension().is_some_and(|extension| extension == "json")) {
        let name = path.file_name().unwrap().to_str().unwrap();
        let (event_type, rest) = name.split_once(".v").unwrap();
        let schema_version = rest.split('.').next().unwrap().parse().unwrap();
        let message = wire::Event::decode(event_type, schema_version, &fs::read(&path).unwrap()).unwrap();
        let again = to_domain(&message).map(|event| to_wire(&event));
        if NEVER_SAID.contains(&name) {
            assert_ne!(again, Ok(message), "{name} says something after all: it needs no exception");
        } else {
            assert_eq!(again, Ok(message), "{name}");
        }
    }
}
