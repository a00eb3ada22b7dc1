//! The OpenAPI 3.1 document: what the operations say of themselves, and what all of them have in common.

use std::collections::BTreeMap;

use chancery_domain::Role;
use utoipa::{
    PartialSchema, ToSchema,
    openapi::{
        Components, Content, Header, Info, InfoBuilder, License, OpenApi, OpenApiBuilder, Ref, RefOr,
        Required, Response, ResponseBuilder,
        extensions::Extensions,
        path::{Operation, Parameter, ParameterBuilder, ParameterIn, PathItem},
        schema::{KnownFormat, ObjectBuilder, Schema, SchemaFormat, SchemaType, Type},
        security::{HttpAuthScheme, HttpBuilder, SecurityRequirement, SecurityScheme},
    },
};

use super::{
    authenticate,
    problem::{Document, FieldProblem},
};

/// Statuses that every operation can answer with.
const ALWAYS: [(&str, &str); 6] = [
    ("400", "The request is malformed: a header, the query or the JSON."),
    ("401", "The bearer token is missing or not valid."),
    ("403", "The bearer's role, or a rule, forbids it."),
    ("404", "Absent, or not for the bearer to see."),
    ("500", "A bug. Its traceId helps to find it."),
    (
        "503",
        "Something that is needed is away or behind, or waits for an operator (`projection_parked`). \
         Try again after `Retry-After`.",
    ),
];
/// Statuses that the HTTP layer answers with before there is a request to look at, and so without a body.
const UNREAD: [(&str, &str); 2] = [
    ("414", "The path and query are longer than 64 KiB. Without a body."),
    ("431", "The headers are much larger than 64 KiB, or more than 100. Without a body."),
];
/// What can be read and asked for, and is refused.
const REFUSED: (&str, &str) = ("422", "A field or a rule says no.");
/// Statuses that commands can answer with.
const COMMANDS: [(&str, &str); 6] = [
    ("408", "The body has not arrived within 10 seconds."),
    ("409", "The state is not one in which this can be done."),
    ("412", "It has changed since the version that `If-Match` names."),
    ("413", "The body is larger than 1 MiB, or an event larger than 256 KiB."),
    ("415", "The body is not JSON."),
    REFUSED,
];
/// Statuses that only a question with a body can answer with.
const ASKED: [(&str, &str); 6] = [COMMANDS[0], COMMANDS[1], COMMANDS[3], COMMANDS[4], REFUSED, STRANGERS[0]];
/// Statuses that only a stranger's command can answer with.
const STRANGERS: [(&str, &str); 1] = [("429", "Too many of these. Try again after `Retry-After`.")];
/// Operations on what has no version that could have been seen.
const UNVERSIONED: [&str; 8] = [
    "createApp",
    "createGroup",
    "createNetwork",
    "forgetPerson",
    "issueToken",
    "registerOrganization",
    "registerTenant",
    "requestAccess",
];
/// Operations with a body that leave nothing in the log, and so have neither a version nor a key.
const QUESTIONS: [&str; 2] = ["authorize", "tellUsage"];
/// Operations to which `null` says something, and nothing at all does not.
const NULLABLE: [&str; 2] = ["setRateLimit", "setReportRateLimit"];
/// Reads that may be of a moment, and then be made of more than an answer may take.
const OF_A_MOMENT: [&str; 6] =
    ["getApp", "listVersions", "listConnections", "getConnection", "listTenantApps", "getTenantConnection"];
const READ_PARAMETERS: [&str; 1] = ["Chancery-Min-Position"];
const COMMAND_PARAMETERS: [&str; 2] = ["Idempotency-Key", "If-Match"];

/// What stands in the document before any operation.
pub(super) fn outline() -> OpenApi {
    let mut info: Info = InfoBuilder::new()
        .title("Chancery")
        .version(env!("CARGO_PKG_VERSION"))
        .description(Some(
            "The system of record behind an API developer portal: which app may do what, on whose data, in which \
             environment, since when, and who said so.",
        ))
        .build();
    info.license = Some(License::new("Apache-2.0"));
    let bearer = HttpBuilder::new()
        .scheme(HttpAuthScheme::Bearer)
        .description(Some("A Chancery API token. Its role decides which operations it may call."))
        .build();
    let mut components = Components::new();
    components.add_security_scheme("bearer", SecurityScheme::Http(bearer));
    components.parameters = parameters();
    components.headers = headers();
    components.responses = problems();
    let mut schemas = vec![(Document::name().into_owned(), Document::schema())];
    Document::schemas(&mut schemas);
    schemas.push((FieldProblem::name().into_owned(), FieldProblem::schema()));
    components.schemas.extend(schemas);
    OpenApiBuilder::new()
        .info(info)
        .components(Some(components))
        .security(Some([SecurityRequirement::new("bearer", Vec::<String>::new())]))
        .build()
}

/// Which roles may call every operation that is in the document by now.
pub(super) fn say_roles(document: &mut OpenApi, roles: &[Role]) {
    let words: Vec<_> = roles.iter().map(|role| authenticate::word(*role)).collect();
    for PathItem { get, put, post, delete, patch, .. } in document.paths.paths.values_mut() {
        for operation in [get, put, post, delete, patch].into_iter().flatten() {
            let extensions = operation.extensions.get_or_insert_default();
            extensions.merge(Extensions::from_iter([("x-roles", words.clone())]));
        }
    }
}

/// Adds to every operation what it has in common with the others.
pub(super) fn complete(mut document: OpenApi) -> OpenApi {
    for PathItem { get, put, post, delete, patch, .. } in document.paths.paths.values_mut() {
        if let Some(read) = get {
            let of_a_moment = read.operation_id.as_deref().is_some_and(|id| OF_A_MOMENT.contains(&id));
            let more: &[_] = if of_a_moment { &[REFUSED] } else { &[] };
            common(
                read,
                &[&ALWAYS, &UNREAD, more],
                &READ_PARAMETERS,
                &["Chancery-Position", "Chancery-Log", "ETag"],
            );
        }
        for command in [put, post, delete, patch].into_iter().flatten() {
            say_body(command);
            if command.operation_id.as_deref().is_some_and(|id| QUESTIONS.contains(&id)) {
                common(command, &[&ALWAYS, &UNREAD, &ASKED], &[], &["Chancery-Position", "Chancery-Log"]);
                continue;
            }
            let headers = ["Chancery-Position", "Chancery-Log", "ETag", "Idempotency-Replayed"];
            let id = command.operation_id.as_deref().unwrap_or_default();
            let parameters =
                if UNVERSIONED.contains(&id) { &COMMAND_PARAMETERS[..1] } else { &COMMAND_PARAMETERS };
            let more: &[_] =
                if command.operation_id.as_deref() == Some("requestAccess") { &STRANGERS } else { &[] };
            common(command, &[&ALWAYS, &UNREAD, &COMMANDS, more], parameters, &headers);
        }
    }
    document
}

fn common(
    operation: &mut Operation,
    statuses: &[&[(&str, &str)]],
    parameters: &[&str],
    success_headers: &[&str],
) {
    for (status, response) in &mut operation.responses.responses {
        if let (true, RefOr::T(response)) = (status.starts_with('2'), response) {
            for name in success_headers {
                response.headers.insert((*name).to_owned(), header_ref(name));
            }
        }
    }
    for (status, _) in statuses.iter().copied().flatten() {
        let reference = RefOr::Ref(Ref::new(format!("#/components/responses/{}", response_name(status))));
        operation.responses.responses.entry((*status).to_owned()).or_insert(reference);
    }
    let own = operation.parameters.get_or_insert_default();
    own.extend(parameters.iter().map(|name| RefOr::Ref(Ref::new(format!("#/components/parameters/{name}")))));
}

/// A body of `Option<T>` may be missing and is never `null`; unless `null` says something, which then must be said.
fn say_body(operation: &mut Operation) {
    let nullable = operation.operation_id.as_deref().is_some_and(|id| NULLABLE.contains(&id));
    let Some(RefOr::T(body)) = &mut operation.request_body else { return };
    if nullable {
        body.required = Some(Required::True);
        return;
    }
    for content in body.content.values_mut() {
        let RefOr::T(Content { schema: Some(schema), .. }) = content else { continue };
        if let RefOr::T(Schema::OneOf(either)) = &*schema
            && let [one, null] = &either.items[..]
            && is_null(null)
        {
            *schema = one.clone();
            body.required = Some(Required::False);
        }
    }
}

fn is_null(schema: &RefOr<Schema>) -> bool {
    let RefOr::T(Schema::Object(object)) = schema else { return false };
    object.schema_type == SchemaType::Type(Type::Null)
}

fn response_name(status: &str) -> String {
    format!("Problem{status}")
}

fn header_ref(name: &str) -> RefOr<Header> {
    RefOr::Ref(Ref::new(format!("#/components/headers/{name}")))
}

fn problems() -> BTreeMap<String, RefOr<Response>> {
    let problem = |(status, description): &(&str, &str)| {
        let content = Content::new(Some(Ref::from_schema_name("Problem")));
        let mut response =
            ResponseBuilder::new().description(*description).content("application/problem+json", content);
        if matches!(*status, "429" | "503") {
            response = response.header("Retry-After", header("Seconds to wait.", Type::Integer));
        }
        if *status == "401" {
            response = response.header("WWW-Authenticate", header("`Bearer`", Type::String));
        }
        (response_name(status), RefOr::T(response.build()))
    };
    let unread = |(status, description): &(&str, &str)| {
        let response = ResponseBuilder::new().description(*description).build();
        (response_name(status), RefOr::T(response))
    };
    let problems = ALWAYS.iter().chain(&COMMANDS).chain(&STRANGERS).map(problem);
    problems.chain(UNREAD.iter().map(unread)).collect()
}

fn headers() -> BTreeMap<String, RefOr<Header>> {
    [
        ("Chancery-Position", "The log's position that the answer reflects.", Type::Integer),
        ("Chancery-Log", "The log that the position belongs to.", Type::String),
        ("ETag", "The version of the thing's stream, where it has one: good for `If-Match`.", Type::String),
        ("Idempotency-Replayed", "`true` where the command had been carried out before.", Type::String),
    ]
    .into_iter()
    .map(|(name, description, kind)| (name.to_owned(), RefOr::T(header(description, kind))))
    .collect()
}

fn parameters() -> BTreeMap<String, RefOr<Parameter>> {
    [
        (
            "Chancery-Min-Position",
            "The position that the answer must reflect at least, as `Chancery-Position` of a command gave it. \
             Waits up to 5 s for it.",
            Type::Integer,
        ),
        (
            "Idempotency-Key",
            "1 to 255 visible ASCII characters. The same command with the same key is carried out once.",
            Type::String,
        ),
        ("If-Match", "The `ETag` of the version that the command was decided on, or `*`.", Type::String),
    ]
    .into_iter()
    .map(|(name, description, kind)| {
        let parameter = ParameterBuilder::new()
            .name(name)
            .parameter_in(ParameterIn::Header)
            .required(Required::False)
            .description(Some(description))
            .schema(Some(schema(kind)))
            .build();
        (name.to_owned(), RefOr::T(parameter))
    })
    .collect()
}

fn header(description: &str, kind: Type) -> Header {
    let mut header = Header::new(schema(kind));
    header.description = Some(description.to_owned());
    header
}

fn schema(kind: Type) -> Schema {
    let format = matches!(kind, Type::Integer).then_some(SchemaFormat::KnownFormat(KnownFormat::Int64));
    ObjectBuilder::new().schema_type(kind).format(format).into()
}
