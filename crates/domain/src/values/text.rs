//! Texts that people write and other people read on a consent page: nothing in them may be invisible or
//! change the order of what stands around it.

use crate::Invalid;

text_value! {
    /// A label of an organization, tenant, app or token: 1 to 100 characters, trimmed. Not unique.
    Name
}

impl Name {
    pub const MAX_CHARACTERS: usize = 100;

    pub fn parse(text: &str) -> Result<Self, Invalid> {
        let text = text.trim();
        if is_blank(text) {
            return Err(Invalid::NameMissing);
        }
        if text.chars().count() > Self::MAX_CHARACTERS {
            return Err(Invalid::NameTooLong);
        }
        if text.chars().any(is_deceptive) {
            return Err(Invalid::NameCharacters);
        }
        Ok(Self(text.into()))
    }
}

text_value! {
    /// Why somebody decided so: at most 1,000 characters, line breaks allowed, trimmed.
    Reason
}

impl Reason {
    pub const MAX_CHARACTERS: usize = 1000;

    /// A reason in which nothing is visible is none.
    pub fn parse(text: &str) -> Result<Self, Invalid> {
        let text = if is_blank(text) { "" } else { text.trim() };
        if text.chars().count() > Self::MAX_CHARACTERS {
            return Err(Invalid::ReasonTooLong);
        }
        if text.chars().any(is_deceptive_in_prose) {
            return Err(Invalid::ReasonCharacters);
        }
        Ok(Self(text.into()))
    }
}

text_value! {
    /// What a stranger wants access for (rule 1): 1 to 1,000 characters, line breaks allowed, trimmed. Personal: it
    /// never enters the log.
    Purpose
}

impl Purpose {
    pub const MAX_CHARACTERS: usize = 1000;

    pub fn parse(text: &str) -> Result<Self, Invalid> {
        let text = text.trim();
        if is_blank(text) {
            return Err(Invalid::PurposeMissing);
        }
        if text.chars().count() > Self::MAX_CHARACTERS {
            return Err(Invalid::PurposeTooLong);
        }
        if text.chars().any(is_deceptive_in_prose) {
            return Err(Invalid::PurposeCharacters);
        }
        Ok(Self(text.into()))
    }
}

text_value! {
    /// Where a person is written to: something, `@` and a domain name, at most 254 bytes. Whether anybody reads it is
    /// not known. Personal: it never enters the log.
    Email
}

impl Email {
    pub fn parse(text: &str) -> Result<Self, Invalid> {
        let text = text.trim();
        let (local, domain) = text.split_once('@').ok_or(Invalid::Email)?;
        let well_formed = text.len() <= 254
            && (1..=64).contains(&local.len())
            && domain.contains('.')
            && domain.split('.').all(|label| !label.is_empty())
            && !text.chars().any(|character| character.is_whitespace() || is_deceptive(character))
            && !domain.contains(['@', ',', ';', '<', '>', '"', '(', ')', '/', '\\'])
            && !local.contains([',', ';', '<', '>', '"', '(', ')', '\\']);
        if well_formed { Ok(Self(text.into())) } else { Err(Invalid::Email) }
    }
}

/// Nothing in it leaves a mark. The blank of Braille is no white space to Unicode.
fn is_blank(text: &str) -> bool {
    text.chars().all(|character| character.is_whitespace() || character == '\u{2800}')
}

/// Prose has lines, and symbols that choose between two looks.
fn is_deceptive_in_prose(character: char) -> bool {
    !matches!(character, '\n' | '\u{FE0E}' | '\u{FE0F}') && is_deceptive(character)
}

/// Control, bidirectional, zero-width and other invisible characters (Unicode UAX #9 and UTS #39).
pub(super) fn is_deceptive(character: char) -> bool {
    character.is_control()
        || matches!(character,
            '\u{00AD}'                    // soft hyphen
            | '\u{034F}'                  // combining grapheme joiner
            | '\u{061C}' | '\u{200E}' | '\u{200F}' // bidirectional marks
            | '\u{115F}' | '\u{1160}' | '\u{3164}' | '\u{FFA0}' // Hangul fillers, blank
            | '\u{17B4}' | '\u{17B5}'     // Khmer inherent vowels, blank
            | '\u{180B}'..='\u{180F}'     // Mongolian separators
            | '\u{200B}'..='\u{200D}'     // zero-width space, non-joiner, joiner
            | '\u{2028}' | '\u{2029}'     // line and paragraph separators
            | '\u{202A}'..='\u{202E}'     // bidirectional embeddings and overrides
            | '\u{2060}'..='\u{206F}'     // word joiner, invisible operators, isolates
            | '\u{FE00}'..='\u{FE0F}'     // variation selectors
            | '\u{FEFF}'                  // byte order mark
            | '\u{FFF9}'..='\u{FFFB}'     // interlinear annotations
            | '\u{1BCA0}'..='\u{1BCA3}'   // shorthand format controls
            | '\u{1D173}'..='\u{1D17A}'   // musical format controls
            | '\u{E0000}'..='\u{E0FFF}'   // tags and selectors
        )
}
