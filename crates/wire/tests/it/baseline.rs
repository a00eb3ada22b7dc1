//! What was released of `proto/` stays: nothing of `proto/baseline.binpb` is missing or means something else. `cargo
//! xtask interop buf` checks more of the same, and moves the baseline on; this needs nothing from outside.

use std::{fs, path::Path};

use prost_reflect::{DescriptorPool, EnumDescriptor, MessageDescriptor};

use crate::schema;

#[test]
fn every_message_that_was_released_still_has_every_field() {
    let released = released();
    let ours = released.all_messages().filter(|message| message.package_name() == "chancery.v1");
    let mut seen = 0;
    for message in ours {
        let now = schema::pool().get_message_by_name(message.full_name());
        check_message(&message, &now.unwrap_or_else(|| panic!("{} is gone", message.full_name())));
        seen += 1;
    }
    assert!(seen > 0, "the baseline is empty");
}

#[test]
fn every_enum_that_was_released_still_has_every_word() {
    for words in released().all_enums().filter(|words| words.package_name() == "chancery.v1") {
        let now = schema::pool().get_enum_by_name(words.full_name());
        check_enum(&words, &now.unwrap_or_else(|| panic!("{} is gone", words.full_name())));
    }
}

fn released() -> DescriptorPool {
    let baseline = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../proto/baseline.binpb");
    DescriptorPool::decode(fs::read(baseline).unwrap().as_slice()).unwrap()
}

fn check_message(released: &MessageDescriptor, now: &MessageDescriptor) {
    for field in released.fields() {
        let what = field.full_name();
        let same = now.get_field(field.number()).unwrap_or_else(|| panic!("{what} is gone"));
        assert_eq!((same.name(), same.json_name()), (field.name(), field.json_name()), "{what}");
        assert_eq!(same.cardinality(), field.cardinality(), "{what}");
        assert_eq!(format!("{:?}", same.kind()), format!("{:?}", field.kind()), "{what}");
    }
}

fn check_enum(released: &EnumDescriptor, now: &EnumDescriptor) {
    for word in released.values() {
        let same = now.get_value(word.number()).unwrap_or_else(|| panic!("{} is gone", word.full_name()));
        assert_eq!(same.name(), word.name(), "{}", word.full_name());
    }
}
