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
        if text.is_empty() {
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

    pub fn parse(text: &str) -> Result<Self, Invalid> {
        let text = text.trim();
        if text.chars().count() > Self::MAX_CHARACTERS {
            return Err(Invalid::ReasonTooLong);
        }
        if text.chars().any(|character| character != '\n' && is_deceptive(character)) {
            return Err(Invalid::ReasonCharacters);
        }
        Ok(Self(text.into()))
    }
}

/// Control, bidirectional, zero-width and other invisible characters (Unicode UAX #9 and UTS #39).
pub(super) fn is_deceptive(character: char) -> bool {
    character.is_control()
        || matches!(character,
            '\u{00AD}'                    // soft hyphen
            | '\u{034F}'                  // combining grapheme joiner
            | '\u{061C}' | '\u{200E}' | '\u{200F}' // bidirectional marks
            | '\u{115F}' | '\u{1160}' | '\u{3164}' | '\u{FFA0}' // Hangul fillers, blank
            | '\u{180B}'..='\u{180F}'     // Mongolian separators
            | '\u{200B}'..='\u{200D}'     // zero-width space, non-joiner, joiner
            | '\u{2028}' | '\u{2029}'     // line and paragraph separators
            | '\u{202A}'..='\u{202E}'     // bidirectional embeddings and overrides
            | '\u{2060}'..='\u{206F}'     // word joiner, invisible operators, isolates
            | '\u{FEFF}'                  // byte order mark
            | '\u{FFF9}'..='\u{FFFB}'     // interlinear annotations
            | '\u{E0000}'..='\u{E0FFF}'   // tags and selectors
        )
}
