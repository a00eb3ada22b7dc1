//! How long a token is remembered, and as what.

use std::sync::Arc;

use chancery_gate::{Denial, verify::Opened};
use chancery_wire::Event;

use super::{Stage, claims, decide};
use crate::log::{self, NOW};

#[test]
fn a_token_is_verified_once_and_then_known() {
    let stage = Stage::new();
    let token = stage.token();
    let (first, known) = stage.open(&token, NOW).unwrap();
    assert!(!known);
    let (second, known) = stage.open(&token, NOW).unwrap();
    assert!(known && Arc::ptr_eq(&first, &second));
    assert_eq!(decide(&stage.log.gate, &first, NOW), Ok(()));
}

#[test]
fn what_is_remembered_ends_with_the_token() {
    let stage = Stage::new();
    let token = stage.token();
    stage.open(&token, NOW).unwrap();
    assert!(stage.open(&token, NOW + 899).unwrap().1);
    for _ in 0..2 {
        let (verified, known) = stage.open(&token, NOW + 900).unwrap();
        assert!(!known);
        assert_eq!(decide(&stage.log.gate, &verified, NOW + 900), Err(Denial::TokenExpired));
    }
}

#[test]
fn what_a_gate_that_is_behind_makes_of_a_token_is_not_remembered() {
    let mut stage = Stage::new();
    // Issued at a gate that knows of two more events: of one that names a scope for the first time.
    let mut ahead = claims(&stage.log);
    ahead.pos += 2;
    ahead.scope = "tn.jpm.jobs:r".into();
    let token = stage.signer.sign(&ahead);
    assert!(!stage.is_known(&token) && !stage.is_known(&token));

    let names: [Event; 2] = [log::edited(&["tn.jpm.jobs:r"]), log::edited(&["tn.crm.contacts:r"])];
    for event in &names {
        stage.log.append(event);
    }
    let Ok(Opened::New(authentic)) = stage.verifier.open(&token, NOW) else {
        panic!("it was not remembered")
    };
    assert_eq!(authentic.position(), stage.log.gate.position());
    stage.verifier.settle(authentic, &stage.log.gate);
    assert!(stage.is_known(&token));
}

#[test]
fn what_was_cut_off_is_refused_however_well_it_is_remembered() {
    let mut stage = Stage::new();
    let token = stage.token();
    assert!(!stage.is_known(&token) && stage.is_known(&token));
    stage.log.append(&log::disabled(log::TENANT));
    let (verified, known) = stage.open(&token, NOW).unwrap();
    assert!(known);
    assert_eq!(decide(&stage.log.gate, &verified, NOW), Err(Denial::TokenCutOff));
}
