//! The messages of `proto/` as `protox` reads them, independently of the generated code.

use std::{fs, path::Path, sync::LazyLock};

use prost_reflect::{DescriptorPool, MessageDescriptor};

static POOL: LazyLock<DescriptorPool> = LazyLock::new(|| {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../proto");
    let files = fs::read_dir(root.join("chancery/v1")).unwrap().map(|file| file.unwrap().path());
    DescriptorPool::from_file_descriptor_set(protox::compile(files, [root]).unwrap()).unwrap()
});

/// Every message of the package.
pub fn messages() -> impl Iterator<Item = MessageDescriptor> {
    POOL.all_messages().filter(|message| message.package_name() == "chancery.v1")
}

/// The message of an event.
pub fn message(event_type: &str) -> MessageDescriptor {
    POOL.get_message_by_name(&format!("chancery.v1.{event_type}"))
        .unwrap_or_else(|| panic!("proto/ has no message {event_type}"))
}
