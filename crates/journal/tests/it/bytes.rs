//! The bytes committed are the bytes read back: the log neither parses nor writes JSON.

use anyhow::Result;
use chancery_wire::Position;
use proptest::{prelude::*, strategy::ValueTree, test_runner::TestRunner};

use crate::{
    commands::{Compose, command},
    world::World,
};

/// What a parser, or `jsonb`, would have changed.
const ODD: &[&str] = &[
    r#"{"z":1,"a":2,"m":{"y":[],"b":{}}}"#,
    "{ \"a\"\t:\r\n [ 1 ,2,  3 ]\n}\n\n  ",
    r#"{"a":1,"a":2,"a":3}"#,
    r#"{"unknown_field_of_a_later_version":{"deep":[null,true,false]},"name":"x"}"#,
    r#"{"e":"\u00e9","direct":"é","pair":"\ud83d\ude00","direct":"😀","slash":"\/","nul":"\u0000"}"#,
    r#"{"lone":"\ud800"}"#,
    "\"right\u{202e}to left, zero\u{200b}width, \u{feff}bom, \u{7f}\"",
    r#"{"big":123456789012345678901234567890.1234567890,"exponent":1e400,"small":-0.0E-0,"zero":-0,"kept":1.00}"#,
    r#"{"int64":"9223372036854775807","number":9223372036854775807}"#,
    "null",
    " [ ] ",
    "\"\"",
    "0",
];

async fn come_back(texts: impl IntoIterator<Item = String>) -> Result<()> {
    let world = World::new()?;
    let texts: Vec<_> = texts.into_iter().collect();
    let says = texts.iter().enumerate().map(|(number, text)| command().says(&format!("s-{number}"), text));
    for answer in world.together(says.collect()).await? {
        answer?;
    }
    // Two ways of reading use two statements.
    let log = world.journal.read(Position::START, texts.len()).await?;
    for (event, text) in log.iter().zip(&texts) {
        assert_eq!(event.data, text.as_bytes());
        assert_eq!(world.journal.stream(&event.stream, 0).await?[0].data, text.as_bytes());
    }
    assert_eq!(log.len(), texts.len());
    Ok(())
}

#[tokio::test]
async fn odd_json_comes_back_byte_for_byte() -> Result<()> {
    come_back(ODD.iter().map(ToString::to_string)).await
}

#[tokio::test]
async fn any_json_comes_back_byte_for_byte() -> Result<()> {
    let space = "[ \t\r\n]{0,3}";
    let leaf = prop_oneof![
        "(null|true|false)",
        r"-?(0|[1-9][0-9]{0,30})(\.[0-9]{1,20})?([eE][+-]?[0-9]{1,4})?",
        r#""([^"\\\p{Cc}]|\\["\\/bfnrt]|\\u[0-9a-fA-F]{4}){0,12}""#,
    ];
    let json = leaf.prop_recursive(3, 12, 4, move |inner| {
        let padded =
            (space, inner, space).prop_map(|(before, value, after)| format!("{before}{value}{after}"));
        prop_oneof![
            prop::collection::vec(padded.clone(), 0..4).prop_map(|values| format!("[{}]", values.join(","))),
            prop::collection::vec(padded.prop_map(|value| format!("\"k\":{value}")), 0..4)
                .prop_map(|fields| format!("{{{}}}", fields.join(","))),
        ]
    });
    let mut runner = TestRunner::deterministic();
    let mut one = || json.new_tree(&mut runner).map(|tree| tree.current()).map_err(anyhow::Error::msg);
    let texts = (0..300).map(|_| one()).collect::<Result<Vec<_>>>()?;
    come_back(texts).await
}
