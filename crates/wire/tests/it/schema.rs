//! The messages of `proto/` as `protox` reads them, independently of the generated code.

use std::{fs, path::Path, sync::LazyLock};

use prost_reflect::{
    DescriptorPool, FileDescriptor, MessageDescriptor, prost_types::source_code_info::Location,
};

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

/// Everything there is.
pub fn pool() -> &'static DescriptorPool {
    &POOL
}

/// The comment above the declaration at `path`, as one line; empty where there is none.
pub fn comment(file: &FileDescriptor, path: &[i32]) -> String {
    let location = locations(file).find(|location| location.path == path);
    location.map_or_else(String::new, |location| one_line(location.leading_comments()))
}

/// The comment that stands by itself at the beginning of the file that declares the message.
pub fn about_file(message: &MessageDescriptor) -> String {
    let file = message.parent_file();
    let alone = locations(&file).find_map(|location| location.leading_detached_comments.first());
    alone.map_or_else(String::new, |comment| one_line(comment))
}

fn locations(file: &FileDescriptor) -> impl Iterator<Item = &Location> {
    file.file_descriptor_proto().source_code_info.iter().flat_map(|info| &info.location)
}

fn one_line(comment: &str) -> String {
    comment.split_whitespace().collect::<Vec<_>>().join(" ")
}
