//! What the command line printed, without what differs from run to run.

use uuid::Uuid;

/// Characters of a UUID.
const UUID: usize = 36;

/// Ids, times and tokens become what they are; spacing, which depends on their lengths, becomes one
/// space, and a table's lines go.
pub(crate) fn redacted(text: &str) -> String {
    let mut redacted = String::new();
    for line in text.lines() {
        let mut word = String::new();
        let mut short = String::new();
        for letter in line.chars().chain(['\n']) {
            if letter.is_ascii_alphanumeric() || "-.:_".contains(letter) {
                word.push(letter);
                continue;
            }
            short.push_str(&meaning(&std::mem::take(&mut word)));
            if !([' ', '─', '═'].contains(&letter) && short.ends_with(letter)) {
                short.push(letter);
            }
        }
        if !["─", "═"].contains(&short.trim()) {
            redacted.push_str(short.trim_end());
            redacted.push('\n');
        }
    }
    redacted
}

fn meaning(word: &str) -> String {
    if word.parse::<jiff::Timestamp>().is_ok() {
        return "[time]".to_owned();
    }
    let parts: Vec<usize> = word.split('-').map(str::len).collect();
    if parts == [2, 32, 16, 2] {
        return "[traceparent]".to_owned();
    }
    // Streams are named after what they are about.
    let uuid = word
        .char_indices()
        .find_map(|(at, _)| word.get(at..at + UUID).filter(|it| Uuid::try_parse(it).is_ok()));
    match (uuid, word.split_once('.')) {
        (Some(uuid), _) => word.replace(uuid, "[uuid]"),
        (None, Some((kind, rest))) if rest.len() >= 25 => format!("[{kind}]"),
        _ => word.to_owned(),
    }
}
