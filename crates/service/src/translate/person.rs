//! Events of people.

use chancery_domain::{PersonForgotten, PersonId};
use chancery_wire::v1;

use super::{Translate, read::Unusable};

impl Translate for PersonForgotten {
    type Message = v1::PersonForgotten;

    fn to_wire(&self) -> Self::Message {
        v1::PersonForgotten { person_id: self.person_id.to_string() }
    }

    fn to_domain(message: &Self::Message) -> Result<Self, Unusable> {
        Ok(Self { person_id: PersonId::recorded(message.person_id.as_str()) })
    }
}
