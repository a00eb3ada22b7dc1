//! Older shapes of events, brought to the newest one before they are read (DESIGN §3).
//!
//! `proto/` has the newest message of a type and no other. What an older schema version said is taken to the next
//! version by a step from JSON to JSON: a pure function that knows these two shapes and nothing else. Steps follow each
//! other, so each is written once, when the newer version comes, and never touched again. The stored bytes stay what
//! they are; who reads them elsewhere is told their schema version.
//!
//! Not here: a step for a field more. The same version gains fields, and their absence says what it always said.

use serde::de::DeserializeOwned;
use serde_json::{Map, Value};

use crate::DecodeError;

/// From one schema version of a type to the next.
#[derive(Debug, Clone, Copy)]
pub struct Upcast {
    pub event_type: &'static str,
    /// The older version. The step makes the one after it.
    pub from: u32,
    /// Changes what differs, and leaves what it does not know.
    pub step: fn(&mut Map<String, Value>),
}

/// Every step there is. So far no event has needed a second schema version.
pub const UPCASTS: &[Upcast] = &[];

/// Reads the message of `event_type` from data of any schema version up to `newest`, the one that the message has.
pub(crate) fn read<M: DeserializeOwned>(
    upcasts: &[Upcast],
    event_type: &str,
    schema_version: u32,
    newest: u32,
    data: &[u8],
) -> Result<M, DecodeError> {
    let not_its_message = |source| DecodeError::Data { event_type: event_type.to_owned(), source };
    if schema_version == newest {
        return serde_json::from_slice(data).map_err(not_its_message);
    }
    let mut object = serde_json::from_slice(data).map_err(not_its_message)?;
    for from in schema_version..newest {
        let upcast = upcasts.iter().find(|upcast| upcast.event_type == event_type && upcast.from == from);
        let upcast =
            upcast.ok_or_else(|| DecodeError::NoUpcast { event_type: event_type.to_owned(), from })?;
        (upcast.step)(&mut object);
    }
    serde_json::from_value(Value::Object(object)).map_err(not_its_message)
}

#[cfg(test)]
mod tests {
    //! Steps of two versions that no log has: the message of the tests is the third.

    use serde_json::json;

    use super::*;
    use crate::v1::TenantAdded;

    const STEPS: &[Upcast] = &[
        // The second version called the tenant by its name of today, and had a number where text stands now.
        Upcast { event_type: "TenantAdded", from: 2, step: number_to_text },
        Upcast { event_type: "TenantAdded", from: 1, step: name_to_field },
        Upcast { event_type: "TenantRemoved", from: 1, step: |object| object.clear() },
    ];

    fn name_to_field(object: &mut Map<String, Value>) {
        if let Some(tenant) = object.remove("tenant") {
            object.insert("tenant_id".to_owned(), tenant);
        }
    }

    fn number_to_text(object: &mut Map<String, Value>) {
        if let Some(tenant) = object.get_mut("tenant_id") {
            *tenant = Value::String(tenant.to_string());
        }
    }

    fn read_added(schema_version: u32, data: &Value) -> Result<TenantAdded, DecodeError> {
        read(STEPS, "TenantAdded", schema_version, 3, data.to_string().as_bytes())
    }

    #[test]
    fn every_older_shape_is_read_as_the_newest() {
        let newest = TenantAdded { app_id: "a".into(), tenant_id: 7 };
        for (schema_version, data) in [
            (1, json!({"app_id": "a", "tenant": 7})),
            (2, json!({"app_id": "a", "tenant_id": 7})),
            (3, json!({"app_id": "a", "tenant_id": "7"})),
        ] {
            assert_eq!(read_added(schema_version, &data).unwrap(), newest, "{schema_version}");
        }
    }

    #[test]
    fn what_an_older_shape_left_out_stays_left_out() {
        assert_eq!(read_added(1, &json!({})).unwrap(), TenantAdded::default());
    }

    #[test]
    fn fields_that_no_step_knows_are_passed_over() {
        let newer = json!({"app_id": "a", "tenant": 7, "added_later": [1]});
        assert_eq!(read_added(1, &newer).unwrap().tenant_id, 7);
    }

    #[test]
    fn a_version_from_which_no_step_leads_is_refused() {
        let error = read_added(0, &json!({})).unwrap_err();
        assert!(matches!(error, DecodeError::NoUpcast { from: 0, .. }), "{error:?}");
    }

    #[test]
    fn data_that_is_no_object_and_data_that_steps_do_not_mend_are_told_by_their_type() {
        for data in [json!([]), json!({"app_id": 7})] {
            let error = read_added(1, &data).unwrap_err();
            let told = matches!(&error, DecodeError::Data { event_type, .. } if event_type == "TenantAdded");
            assert!(told, "{data}: {error:?}");
        }
    }
}
