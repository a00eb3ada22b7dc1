//! What can be wrong with a request before any rule of the domain is asked.

use chancery_wire::Position;

/// The request is not one that can be carried out.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub(super) enum RequestError {
    #[error("Use a path of /openapi.json: there is nothing at this one.")]
    RouteUnknown,
    #[error("Use one of the methods that the header Allow names.")]
    MethodNotAllowed,
    /// Absent, or not for the caller to see.
    #[error("Name something that exists and that you can see: there is nothing here for you.")]
    NotFound,
    #[error("Call with a token of another role: {role} may not do this.")]
    RoleForbidden { role: &'static str },

    #[error("Correct the query: {reason}.")]
    QueryInvalid { reason: String },
    #[error("Ask for 1 to {max} items at once.")]
    LimitInvalid { max: usize },
    #[error("Send the cursor as next_cursor gave it, to the same list and with the same at.")]
    CursorInvalid,

    #[error("Send an Idempotency-Key of 1 to 255 visible ASCII characters.")]
    IdempotencyKeyInvalid,
    #[error("Send If-Match as * or as one ETag that an answer gave, such as \"3\".")]
    IfMatchInvalid,
    #[error("Leave If-Match out: what this is about has no version that could have been seen.")]
    IfMatchUnexpected,
    #[error("Send Chancery-Min-Position as a position that an answer gave, such as 42.")]
    MinPositionInvalid,
    #[error("Send Last-Event-ID as the id of an event of this stream, such as 42.")]
    LastEventIdInvalid,
    #[error("Ask for a position up to {head}, the log's head: it has none after that.")]
    PositionUnknown { head: Position },
    #[error(
        "Send at as a position up to the log's head, such as 42, or as a time up to now, such as 2026-03-01T12:00:00Z."
    )]
    AtInvalid,
    #[error("Leave at out, or read with an auditor's token: what was is for auditors.")]
    AtNotAllowed,
    #[error("Ask for a time up to now: what will be is not known.")]
    TimeUnknown,

    #[error("Send the body as application/json.")]
    ContentTypeUnsupported,
    #[error("Send at most {max} bytes.")]
    BodyTooLarge { max: usize },
    #[error("Send the whole body within {seconds} seconds.")]
    BodySlow { seconds: u64 },
    #[error("Send the body again: it ended early.")]
    BodyBroken,
    #[error("Send valid JSON: {reason}.")]
    JsonMalformed { reason: String },
    #[error("Leave the field out: {reason}.")]
    FieldUnknown { pointer: String, reason: String },
    #[error("Correct the field: {reason}.")]
    FieldInvalid { pointer: String, reason: String },

    #[error("Ask a process that has the role gate: this one decides no calls.")]
    GateElsewhere,
    #[error(
        "Let the gateway say the call in one way: by X-Forwarded-Method, X-Forwarded-Host and X-Forwarded-Uri, each once, \
         or by its own method, Host and path after /forward-auth."
    )]
    ForwardedInvalid,

    #[error("Ask again: this took longer than {seconds} seconds. A command may have been carried out.")]
    TimedOut { seconds: u64 },
}
