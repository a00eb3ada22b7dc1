use chancery_devkit::Nats;

use crate::raw_nats::RawNats;
use crate::runs;

const CREATE: &str = r#"{"name":"T","subjects":["chancery.t.>"],"storage":"file"}"#;

#[test]
fn the_reader_may_follow_and_ask_but_not_publish() {
    let server = Nats::start().unwrap();
    let mut relay = RawNats::connect(&server.relay_url());
    assert!(relay.request("$JS.API.STREAM.CREATE.T", CREATE).contains(r#""created""#));
    assert!(relay.may_publish("chancery.t.event"));

    let mut reader = RawNats::connect(&server.reader_url());
    assert!(reader.may_subscribe("chancery.t.>"));
    assert!(reader.request("$JS.API.STREAM.INFO.T", "").contains(r#""messages":1"#));
    let consumer = r#"{"stream_name":"T","config":{"ack_policy":"none","mem_storage":true,"inactive_threshold":5000000000}}"#;
    assert!(reader.request("$JS.API.CONSUMER.CREATE.T", consumer).contains(r#""num_pending":1"#));
    for forbidden in [
        "chancery.t.event",
        "chancery.v1.head",
        "$JS.API.STREAM.DELETE.T",
        "$JS.API.STREAM.PURGE.T",
        "_INBOX.x",
    ] {
        assert!(!reader.may_publish(forbidden), "the reader published {forbidden}");
    }
    assert!(!reader.may_subscribe("elsewhere.>"));
}

#[test]
fn usage_is_told_by_the_meter_and_read_by_the_worker_alone() {
    let server = Nats::start().unwrap();
    let mut worker = RawNats::connect(&server.usage_url());
    let stream = r#"{"name":"CHANCERY_USAGE","subjects":["chancery.v1.usage.>"],"storage":"file"}"#;
    assert!(worker.request("$JS.API.STREAM.CREATE.CHANCERY_USAGE", stream).contains(r#""created""#));
    let consumer =
        r#"{"stream_name":"CHANCERY_USAGE","config":{"durable_name":"store","ack_policy":"explicit"}}"#;
    let create = "$JS.API.CONSUMER.CREATE.CHANCERY_USAGE.store";
    assert!(worker.request(create, consumer).contains(r#""created""#));

    let mut meter = RawNats::connect(&server.meter_url());
    assert!(meter.request("chancery.v1.usage.a", "{}").contains(r#""seq":1"#));
    assert!(worker.request("$JS.API.CONSUMER.MSG.NEXT.CHANCERY_USAGE.store", "").contains("{}"));

    let secrets = [
        create,
        "$JS.API.CONSUMER.MSG.NEXT.CHANCERY_USAGE.store",
        "$JS.API.CONSUMER.INFO.CHANCERY_USAGE.store",
        "$JS.API.CONSUMER.DURABLE.CREATE.CHANCERY_USAGE.other",
        "$JS.API.CONSUMER.DELETE.CHANCERY_USAGE.store",
        "$JS.API.CONSUMER.CREATE.CHANCERY_USAGE",
        "$JS.API.STREAM.MSG.GET.CHANCERY_USAGE",
        "$JS.API.DIRECT.GET.CHANCERY_USAGE",
        "$JS.API.DIRECT.GET.CHANCERY_USAGE.chancery.v1.usage.a",
        "$JS.ACK.CHANCERY_USAGE.store.1.1.1.1.0",
        "chancery.v1.event.x",
    ];
    let mut reader = RawNats::connect(&server.reader_url());
    for (name, user) in [("meter", &mut meter), ("reader", &mut reader)] {
        for forbidden in secrets {
            assert!(!user.may_publish(forbidden), "the {name} published {forbidden}");
        }
        assert!(!user.may_subscribe("chancery.v1.usage.>"), "the {name} follows usage");
        assert!(!user.may_subscribe("_INBOX_USAGE.>"), "the {name} follows what the worker gets");
    }
    assert!(!reader.may_publish("chancery.v1.usage.a"));
    for forbidden in ["chancery.v1.usage.a", "chancery.v1.event.x", "$JS.API.STREAM.DELETE.CHANCERY_USAGE"] {
        assert!(!worker.may_publish(forbidden), "the worker published {forbidden}");
    }
    assert!(!worker.may_subscribe("chancery.v1.event.>"));
}

#[test]
fn after_kill_9_and_a_new_start_the_stream_is_there() {
    let server = Nats::start().unwrap();
    let url = server.relay_url();
    let mut relay = RawNats::connect(&url);
    relay.request("$JS.API.STREAM.CREATE.T", CREATE);
    assert!(relay.request("chancery.t.event", "x").contains(r#""seq":1"#));
    let pid = server.pid().unwrap();

    server.kill9();
    assert!(!server.is_running() && !runs(pid));

    server.start_again().unwrap();
    assert_eq!(server.relay_url(), url);
    assert!(RawNats::connect(&url).request("chancery.t.event", "y").contains(r#""seq":2"#));
}

#[test]
fn a_message_of_the_largest_event_fits() {
    let server = Nats::start().unwrap();
    let mut relay = RawNats::connect(&server.relay_url());
    relay.request("$JS.API.STREAM.CREATE.T", CREATE);
    let largest = "x".repeat(512 * 1024);
    assert!(relay.request("chancery.t.event", &largest).contains(r#""seq":1"#));
}
