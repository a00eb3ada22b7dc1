use ::postgres::{Client, NoTls};
use chancery_devkit::{Postgres, PostgresOptions};
use std::os::unix::fs::MetadataExt;

use crate::{eventually, runs};

fn client(server: &Postgres) -> Client {
    Client::connect(&server.url(), NoTls).unwrap()
}

fn show(client: &mut Client, setting: &str) -> String {
    client.query_one(&format!("SHOW {setting}"), &[]).unwrap().get(0)
}

#[test]
fn a_private_postgres_is_durable_and_loopback_only() {
    let server = Postgres::start().unwrap();
    let mut client = client(&server);
    assert_eq!(show(&mut client, "fsync"), "on");
    assert_eq!(show(&mut client, "synchronous_commit"), "on");
    assert_eq!(show(&mut client, "full_page_writes"), "on");
    assert_eq!(show(&mut client, "listen_addresses"), "127.0.0.1");
    assert_eq!(show(&mut client, "unix_socket_directories"), "");
}

#[test]
fn a_wrong_password_is_refused() {
    let server = Postgres::start().unwrap();
    let stranger = format!("postgres://postgres:guess@127.0.0.1:{}/postgres", server.port());
    assert!(Client::connect(&stranger, NoTls).is_err());
}

#[test]
fn after_kill_9_and_a_new_start_what_was_committed_is_there() {
    let server = Postgres::start().unwrap();
    let mut before = client(&server);
    before.batch_execute("CREATE TABLE kept (n int); INSERT INTO kept VALUES (7)").unwrap();
    let (url, pid) = (server.url(), server.pid().unwrap());

    server.kill9();
    assert!(!server.is_running() && !runs(pid));
    assert!(before.batch_execute("SELECT 1").is_err());

    server.start_again().unwrap();
    assert_eq!(server.url(), url);
    let kept: i32 = client(&server).query_one("SELECT n FROM kept", &[]).unwrap().get(0);
    assert_eq!(kept, 7);
}

#[test]
fn a_dropped_handle_leaves_neither_process_nor_data() {
    let server = Postgres::start().unwrap();
    let pid = server.pid().unwrap();
    let data: String = show(&mut client(&server), "data_directory");
    assert!(std::path::Path::new(&data).exists());
    drop(server);
    assert!(!runs(pid));
    assert!(!std::path::Path::new(&data).exists());
}

#[test]
fn a_panic_leaves_neither_process_nor_data() {
    let (tell, told) = std::sync::mpsc::channel();
    let panicked = std::thread::spawn(move || {
        let server = Postgres::start().unwrap();
        tell.send(server.pid().unwrap()).unwrap();
        panic!("on purpose");
    })
    .join();
    assert!(panicked.is_err());
    let pid = told.recv().unwrap();
    eventually("the server is gone", || !runs(pid));
}

#[test]
fn the_server_never_runs_as_root() {
    let server = Postgres::start().unwrap();
    let owner = std::fs::metadata(format!("/proc/{}", server.pid().unwrap())).unwrap().uid();
    assert_ne!(owner, 0);
}

#[test]
fn kept_data_is_there_for_the_next_handle() {
    let folder = tempfile::tempdir_in("/var/tmp").unwrap();
    let keep_in = chancery_devkit::usable_data_dir(folder.path()).unwrap();
    let options = PostgresOptions { keep_in: Some(keep_in.clone()), ..PostgresOptions::default() };

    let first = Postgres::start_with(options.clone()).unwrap();
    client(&first).batch_execute("CREATE TABLE kept (); INSERT INTO kept DEFAULT VALUES").unwrap();
    let port = first.port();
    drop(first);

    let second = Postgres::start_with(PostgresOptions { port: Some(port), ..options }).unwrap();
    let rows: i64 = client(&second).query_one("SELECT count(*) FROM kept", &[]).unwrap().get(0);
    assert_eq!(rows, 1);
    drop(second);
    if keep_in != folder.path() {
        std::fs::remove_dir_all(keep_in).unwrap();
    }
}

#[test]
fn settings_are_passed_on() {
    let settings = vec![("max_connections".to_owned(), "17".to_owned())];
    let server = Postgres::start_with(PostgresOptions { settings, ..PostgresOptions::default() }).unwrap();
    assert_eq!(show(&mut client(&server), "max_connections"), "17");
}
