//! People: what the log knows by opaque ids only. The table `people` is written before an event names somebody, and
//! emptied before an event says that somebody is forgotten.

use chancery_domain::{Email, Name, PersonId, Purpose, StreamName, person};
use jiff::Timestamp;
use serde::Serialize;
use utoipa::ToSchema;

use super::{Answer, Caller, CommandError, Commands, plan::Plan};
use crate::states::Seen;

/// A person whom nobody here knows by name any more.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct ForgottenPerson {
    pub person_id: String,
    #[schema(value_type = String, format = DateTime)]
    pub forgotten_at: Timestamp,
}

/// What is known of a person beside the log.
#[derive(Debug)]
pub(super) struct Person {
    pub(super) id: PersonId,
    pub(super) name: Name,
    /// Kept as it was where it is not given.
    pub(super) email: Option<Email>,
    /// What the person wants access for.
    pub(super) purpose: Option<Purpose>,
}

impl Commands {
    /// `DELETE /v1/people/{id}`
    ///
    /// Also for somebody of whom nobody has heard: who is known here is nobody's business.
    pub async fn forget_person(&self, caller: &Caller, id: PersonId) -> Result<Answer, CommandError> {
        // First, so that no event ever says that somebody is forgotten who is not.
        self.forget_row(&id).await?;
        let stream = StreamName::Person(id.clone());
        let decide = |seen: &Seen| {
            let events = person::forget(id.clone(), &seen.person(&id)?)?;
            let person::State::Forgotten(forgotten) = seen.after(&events).person(&id)? else {
                unreachable!("forgetting leaves nobody remembered")
            };
            let body = ForgottenPerson { person_id: id.to_string(), forgotten_at: forgotten.at };
            Ok(Plan::new(200, events, &body).about(stream.clone()))
        };
        self.0.executor.execute(caller, &[], decide).await
    }

    /// Writes the person where it can be changed and forgotten, before any event names it.
    pub(super) async fn write_person(&self, person: &Person) -> Result<(), CommandError> {
        let Person { id, name, email, purpose } = person;
        let (email, purpose) = (email.as_ref().map(Email::as_str), purpose.as_ref().map(Purpose::as_str));
        let client = self.0.executor.journal().client().await?;
        let sql = "INSERT INTO public.people AS known (person_id, name, email, purpose) VALUES ($1, $2, $3, $4) \
                   ON CONFLICT (person_id) DO UPDATE SET name = excluded.name, updated_at = now(), \
                   email = coalesce(excluded.email, known.email), \
                   purpose = coalesce(excluded.purpose, known.purpose) \
                   WHERE (known.name, known.email, known.purpose) IS DISTINCT FROM \
                   (excluded.name, coalesce(excluded.email, known.email), coalesce(excluded.purpose, known.purpose))";
        let values: [&(dyn tokio_postgres::types::ToSql + Sync); 4] =
            [&id.as_str(), &name.as_str(), &email, &purpose];
        client.execute(sql, &values).await.map_err(CommandError::People)?;
        Ok(())
    }

    /// Deletes what is known of the person.
    pub(super) async fn forget_row(&self, id: &PersonId) -> Result<(), CommandError> {
        let client = self.0.executor.journal().client().await?;
        let sql = "DELETE FROM public.people WHERE person_id = $1";
        client.execute(sql, &[&id.as_str()]).await.map_err(CommandError::People)?;
        Ok(())
    }
}
