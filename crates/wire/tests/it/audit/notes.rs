//! Signed notes, checkpoints and the files that proofs come in.

use chancery_wire::audit::{
    BundleError, Checkpoint, CheckpointError, ConsistencyBundle, InclusionBundle, NoteError, SigningKey,
    Submission, VerifyingKey,
};

use super::leaf;

const SEED: &str = "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=";

fn key() -> SigningKey {
    SigningKey::parse("chancery/test", SEED).unwrap()
}

fn checkpoint(size: u64) -> Checkpoint {
    Checkpoint { origin: "chancery/test".into(), size, root: leaf(size) }
}

#[test]
fn a_note_of_the_go_library_is_read_and_written() {
    // golang.org/x/mod/sumdb/note, its documentation's example.
    let key: VerifyingKey =
        "PeterNeumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW".parse().unwrap();
    let text = "If you think cryptography is the answer to your problem,\nthen you don't know what your problem is.\n";
    let note = format!(
        "{text}\n— PeterNeumann x08go/ZJkuBS9UG/SffcvIAQxVBtiFupLLr8pAcElZInNIuGUgYN1FFYC2pZSNXgKvqfqdngotpRZb6KE6RyyBwJnAM=\n"
    );
    assert_eq!(key.open(&note), Ok(text));
    let signer = SigningKey::parse("PeterNeumann", "gQoUAtUUbI2E8kQzMPVAgOv5juF9nHT2JS/F1ccoMXM=").unwrap();
    assert_eq!(signer.verifying(), &key);
    assert_eq!(signer.sign(text), note);
}

#[test]
fn a_key_is_written_as_it_is_read() {
    let key = key();
    let text = key.verifying().to_string();
    assert_eq!(&text.parse::<VerifyingKey>().unwrap(), key.verifying());
    assert!(!format!("{key:?}").contains(&SEED[..8]));
    for wrong in ["", "a", "a+b", "chancery/test+00000000+", &text.replace("chancery/test", "chancery/other")]
    {
        assert_eq!(wrong.parse::<VerifyingKey>(), Err(NoteError::VerifyingKey), "{wrong}");
    }
    for (name, seed, error) in [
        ("a b", SEED, NoteError::Name),
        ("a+b", SEED, NoteError::Name),
        ("", SEED, NoteError::Name),
        ("a", "AAAA", NoteError::SigningKey),
        ("a", "not base64", NoteError::SigningKey),
    ] {
        assert_eq!(SigningKey::parse(name, seed).unwrap_err(), error, "{name} {seed}");
    }
}

#[test]
fn a_checkpoint_says_what_was_signed_and_nothing_else() {
    let (key, signed) = (key(), checkpoint(7).sign(&key()));
    assert_eq!(Checkpoint::open(&signed, key.verifying()), Ok(checkpoint(7)));
    assert_eq!(Checkpoint::read(&signed), Ok(checkpoint(7)));
    assert_eq!(signed.lines().count(), 5);
    let other = SigningKey::parse("chancery/test", "ICEiIyQlJicoKSorLC0uLzAxMjM0NTY3ODk6Ozw9Pj8=").unwrap();
    for (note, error) in [
        (signed.replacen("\n7\n", "\n8\n", 1), CheckpointError::Note(NoteError::Signature)),
        (checkpoint(7).sign(&other), CheckpointError::Note(NoteError::Unsigned)),
        (signed.replace("— chancery/test ", "— chancery/else "), CheckpointError::Note(NoteError::Unsigned)),
        (signed.trim_end().to_owned(), CheckpointError::Note(NoteError::Form)),
        (checkpoint(7).to_string(), CheckpointError::Note(NoteError::Form)),
        (key.sign("chancery/other\n7\nAAAA\n"), CheckpointError::Form),
        (Checkpoint { origin: "other".into(), ..checkpoint(7) }.sign(&key), CheckpointError::Origin),
        (key.sign("chancery/test\n07\n"), CheckpointError::Form),
    ] {
        assert_eq!(Checkpoint::open(&note, key.verifying()), Err(error), "{note}");
    }
    // A witness's signature beside the log's own, and lines that say nothing to us.
    let cosigned = format!("{signed}— witness.example AAAAAAAA\n");
    assert_eq!(Checkpoint::open(&cosigned, key.verifying()), Ok(checkpoint(7)));
    let longer = key.sign(&format!("{}more\n", checkpoint(7)));
    assert_eq!(Checkpoint::open(&longer, key.verifying()), Ok(checkpoint(7)));
}

#[test]
fn what_a_witness_is_sent_is_read_as_it_was_written() {
    for (old, proof) in [(0, vec![]), (5, vec![leaf(1), leaf(2)])] {
        let sent = Submission { old, proof, note: checkpoint(9).sign(&key()) };
        assert_eq!(sent.to_string().parse(), Ok(sent));
    }
    assert!("old 05\n\n".parse::<Submission>().is_err());
}

#[test]
fn proofs_are_read_as_they_were_written() {
    let [old, new] = [3, 9].map(|size| checkpoint(size).sign(&key()));
    let consistency = ConsistencyBundle { proof: vec![leaf(1)], old, new: new.clone() };
    assert_eq!(consistency.to_string().parse(), Ok(consistency.clone()));
    assert_eq!(consistency.verify(key().verifying()), Err(BundleError::Proof));
    let entry = chancery_wire::audit::Entry(vec![1, 2, 3]);
    let inclusion = InclusionBundle { entry, index: 4, proof: vec![leaf(1), leaf(2)], checkpoint: new };
    assert_eq!(inclusion.to_string().parse(), Ok(inclusion.clone()));
    assert!(matches!(inclusion.verify(key().verifying()), Err(BundleError::Entry(_))));
    for text in ["", "c2sp.org/tlog-proof@v1\n\n", "chancery/consistency-proof@v1\n\nx\n\ny"] {
        assert!(text.parse::<InclusionBundle>().is_err());
        assert!(text.parse::<ConsistencyBundle>().is_err());
    }
}
