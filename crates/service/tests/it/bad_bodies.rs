//! Bodies that are no command.

use std::{
    io::{BufRead, BufReader, Write},
    net::TcpStream,
    time::Duration,
};

use serde_json::{Value, json};

use crate::{
    cast::{Cast, app_body, catalog},
    redact::redacted,
};

#[tokio::test]
async fn json_that_is_malformed_is_400() {
    let cast = Cast::new().await;
    let goes_on = format!("{} {{}}", app_body());
    for body in ["", "{", "nonsense", "{\"name\": \"a\",}", "\u{feff}{}", &goes_on] {
        let call = cast.server.post("/v1/apps").token(&cast.maker).text("application/json", body);
        call.send().await.problem(400, "json_malformed");
    }
    let call = cast.server.post("/v1/apps").token(&cast.maker);
    call.text("application/json", &b"{\"name\": \"\xff\"}"[..]).send().await.problem(400, "json_malformed");
}

#[tokio::test]
async fn json_of_another_shape_is_422_and_points_at_it() {
    let cast = Cast::new().await;
    let pointed = |change: fn(&mut Value), code: &'static str, pointer: &'static str| {
        let mut body = app_body();
        change(&mut body);
        let call = cast.server.post("/v1/apps").token(&cast.maker).json(&body);
        async move {
            let problem = call.send().await.problem(422, code);
            assert_eq!(problem["errors"][0]["pointer"], pointer, "{problem:#}");
            assert_eq!(problem["errors"][0]["code"], code);
        }
    };
    pointed(|body| body["name"] = 7.into(), "field_invalid", "/name").await;
    pointed(|body| body["tenant_ids"][1] = "102".into(), "field_invalid", "/tenant_ids/1").await;
    pointed(|body| body["visibility"] = "secret".into(), "field_invalid", "/visibility").await;
    pointed(|body| body["app_key"] = "mine".into(), "field_unknown", "/app_key").await;
    pointed(|body| body["instance"] = json!({"tenant": 1}), "field_unknown", "/instance/tenant").await;
    pointed(|body| body["instance"] = json!([101, "production"]), "field_invalid", "/instance").await;
    pointed(|body| drop(body.as_object_mut().unwrap().remove("name")), "field_invalid", "").await;
    pointed(|body| *body = body.as_object().unwrap().values().cloned().collect(), "field_invalid", "").await;
}

#[tokio::test]
async fn an_array_is_no_object_at_any_depth() {
    let cast = Cast::new().await;
    let mut published = catalog();
    published["scopes"][1] = json!(["tn.crm.customers:w", "crm", "customers", "modify", "customers"]);
    let token = |part: Value, field: &str| json!({"role": "tenant_admin", "name": "A", field: part});
    let calls = [
        (cast.server.put("/v1/scope-catalog").json(&published), "/scopes/1"),
        (cast.server.post("/v1/tokens").json(&token(json!([[101, "production"]]), "tenants")), "/tenants/0"),
        (cast.server.post("/v1/tokens").json(&token(json!(["mia", "Mia"]), "subject")), "/subject"),
    ];
    for (call, pointer) in calls {
        let problem = call.token(&cast.platform).send().await.problem(422, "field_invalid");
        assert_eq!(problem["errors"][0]["pointer"], pointer, "{problem:#}");
    }
}

#[tokio::test]
async fn an_unknown_field_is_told_by_its_name() {
    let cast = Cast::new().await;
    let mut body = app_body();
    body["colour"] = "red".into();
    let reply = cast.server.post("/v1/apps").token(&cast.maker).json(&body).send().await;
    insta::assert_json_snapshot!(redacted(reply.problem(422, "field_unknown")));
}

#[tokio::test]
async fn a_field_twice_is_refused() {
    let cast = Cast::new().await;
    let body = r#"{"scopes": ["tn.crm.customers:r"], "scopes": ["tn.jpm.jobs:r"]}"#;
    let path = format!("/v1/apps/{}/scopes", cast.app().await["app_id"].as_str().unwrap());
    let call = cast.server.put(&path).token(&cast.maker).text("application/json", body);
    call.send().await.problem(422, "field_invalid");
}

#[tokio::test]
async fn a_body_that_is_not_json_is_415() {
    let cast = Cast::new().await;
    for content_type in ["text/plain", "application/x-www-form-urlencoded", "application/jsonish", ""] {
        let call = cast.server.post("/v1/apps").token(&cast.maker).text(content_type, app_body().to_string());
        call.send().await.problem(415, "content_type_unsupported");
    }
    for content_type in ["application/json; charset=utf-8", "APPLICATION/JSON", "application/vnd.a+json"] {
        let call = cast.server.post("/v1/apps").token(&cast.maker).text(content_type, app_body().to_string());
        call.send().await.expect(201);
    }
}

#[tokio::test]
async fn a_body_that_says_it_is_too_large_is_refused_before_it_is_read() {
    let cast = Cast::new().await;
    let head = format!(
        "POST /v1/apps HTTP/1.1\r\nHost: chancery\r\nAuthorization: Bearer {}\r\n\
         Content-Type: application/json\r\nContent-Length: 1073741824\r\n\r\n",
        cast.maker
    );
    let address = cast.server.address().to_owned();
    let (status, body) = tokio::task::spawn_blocking(move || raw(&address, head.as_bytes())).await.unwrap();
    assert!(status.starts_with("HTTP/1.1 413 "), "{status}");
    assert_eq!(body["code"], "body_too_large");
}

#[tokio::test]
async fn a_body_that_does_not_say_its_size_is_read_up_to_the_limit() {
    let cast = Cast::new().await;
    let head = format!(
        "POST /v1/apps HTTP/1.1\r\nHost: chancery\r\nAuthorization: Bearer {}\r\n\
         Content-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\n",
        cast.maker
    );
    let mut sent = head.into_bytes();
    // A byte over 1 MiB, and no last chunk: the answer comes all the same.
    for _ in 0..16 {
        sent.extend_from_slice(b"10000\r\n");
        sent.extend_from_slice(&b" ".repeat(0x10000));
        sent.extend_from_slice(b"\r\n");
    }
    sent.extend_from_slice(b"1\r\n \r\n");
    let address = cast.server.address().to_owned();
    let (status, body) = tokio::task::spawn_blocking(move || raw(&address, &sent)).await.unwrap();
    assert!(status.starts_with("HTTP/1.1 413 "), "{status}");
    assert_eq!(body["code"], "body_too_large");
}

#[tokio::test]
async fn a_body_of_one_mebibyte_is_read() {
    let cast = Cast::new().await;
    let mut body = app_body().to_string();
    body.extend(std::iter::repeat_n(' ', 1024 * 1024 - body.len()));
    let call = cast.server.post("/v1/apps").token(&cast.maker).text("application/json", body);
    call.send().await.expect(201);
}

#[tokio::test]
async fn an_event_that_would_be_too_large_is_refused() {
    let cast = Cast::new().await;
    let mut body = catalog();
    let scopes = body["scopes"].as_array_mut().unwrap();
    for number in 0..2500 {
        let (module, resource) = ("crm", format!("resource{number}"));
        scopes.push(json!({"scope": format!("tn.{module}.{resource}:r"), "module": module,
                           "resource": resource, "access": "view", "title": "x".repeat(90)}));
    }
    let reply = cast.server.put("/v1/scope-catalog").token(&cast.platform).json(&body).send().await;
    reply.problem(413, "event_too_large");
    assert_eq!(cast.events("ScopeCatalogPublished").await.len(), 1);
}

#[tokio::test]
async fn who_is_refused_before_its_body_arrives_may_go_on_with_its_connection() {
    let cast = Cast::new().await;
    let address = cast.server.address().to_owned();
    let answers = move || {
        let mut stream = TcpStream::connect(&address).unwrap();
        stream.set_read_timeout(Some(Duration::from_secs(15))).unwrap();
        let mut lines = BufReader::new(stream.try_clone().unwrap());
        std::array::from_fn::<_, 3, _>(|_| {
            let head = b"POST /v1/apps HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: 2\r\n\r\n";
            stream.write_all(head).unwrap();
            // Long enough for an answer to the head alone.
            std::thread::sleep(Duration::from_millis(50));
            stream.write_all(b"{}").unwrap();
            answer(&mut lines).1["code"].as_str().unwrap().to_owned()
        })
    };
    let codes = tokio::task::spawn_blocking(answers).await.unwrap();
    assert_eq!(codes, ["unauthenticated"; 3]);
}

#[tokio::test]
async fn who_sends_five_megabytes_reads_that_they_are_too_many() {
    let cast = Cast::new().await;
    let (address, token) = (cast.server.address().to_owned(), cast.maker.clone());
    let head = format!(
        "POST /v1/apps HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer {token}\r\nContent-Type: application/json\r\n\
         Content-Length: 5242880\r\n\r\n"
    );
    let sent = [head.into_bytes(), vec![b' '; 5_242_880]].concat();
    let (status, body) = tokio::task::spawn_blocking(move || raw(&address, &sent)).await.unwrap();
    assert!(status.starts_with("HTTP/1.1 413 "), "{status}");
    assert_eq!(body["code"], "body_too_large");
}

/// Sends these bytes; gives the answer's status line and body. Does not wait for the connection's end.
fn raw(address: &str, sent: &[u8]) -> (String, Value) {
    let mut stream = TcpStream::connect(address).unwrap();
    stream.set_read_timeout(Some(Duration::from_secs(15))).unwrap();
    stream.write_all(sent).unwrap();
    answer(&mut BufReader::new(stream))
}

/// Reads an answer's status line and body.
fn answer(lines: &mut BufReader<TcpStream>) -> (String, Value) {
    let mut status = String::new();
    lines.read_line(&mut status).unwrap();
    let mut length = 0;
    loop {
        let mut line = String::new();
        lines.read_line(&mut line).unwrap();
        if line.trim().is_empty() {
            break;
        }
        if let Some(value) = line.to_ascii_lowercase().strip_prefix("content-length:") {
            length = value.trim().parse().unwrap();
        }
    }
    let mut body = vec![0; length];
    std::io::Read::read_exact(lines, &mut body).unwrap();
    (status, serde_json::from_slice(&body).unwrap())
}
