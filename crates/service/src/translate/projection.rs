//! What operators had done to projections.

use chancery_domain::{
    EventsPerSecond, ProjectionName, ProjectionOperated, ProjectionOperation as Operation, Reason, RebuildId,
    VerificationId,
};
use chancery_wire::v1::{self, ProjectionOperation as Wire};
use uuid::Uuid;

use super::{
    Translate,
    read::{self, Unusable},
    word,
};

impl Translate for ProjectionOperated {
    type Message = v1::ProjectionOperated;

    fn to_wire(&self) -> Self::Message {
        let message = |operation: Wire| v1::ProjectionOperated {
            projection: self.projection.to_string(),
            operation: operation.into(),
            reason: self.reason.to_string(),
            ..v1::ProjectionOperated::default()
        };
        let about = |operation: Wire, id: Uuid| v1::ProjectionOperated {
            operation_id: id.to_string(),
            ..message(operation)
        };
        let at = |operation: Wire, position: u64| v1::ProjectionOperated {
            position: position.cast_signed(),
            ..message(operation)
        };
        match self.operation {
            Operation::Pause => message(Wire::Pause),
            Operation::Resume => message(Wire::Resume),
            Operation::Rebuild { rebuild_id, events_per_second, promote } => v1::ProjectionOperated {
                events_per_second: pace(events_per_second),
                promote: word::promotion::to_wire(promote),
                ..about(Wire::Rebuild, rebuild_id.0)
            },
            Operation::Promote(rebuild_id) => about(Wire::Promote, rebuild_id.0),
            Operation::Rollback => message(Wire::Rollback),
            Operation::Verify(verification_id) => about(Wire::Verify, verification_id.0),
            Operation::Retry(position) => at(Wire::Retry, position),
            Operation::Skip(position) => at(Wire::Skip, position),
            Operation::CancelRebuild(rebuild_id) => about(Wire::CancelRebuild, rebuild_id.0),
            Operation::PauseRebuild(rebuild_id) => about(Wire::PauseRebuild, rebuild_id.0),
            Operation::ResumeRebuild { rebuild_id, events_per_second } => v1::ProjectionOperated {
                events_per_second: pace(events_per_second),
                ..about(Wire::ResumeRebuild, rebuild_id.0)
            },
            Operation::DropBuild => message(Wire::DropBuild),
        }
    }

    fn to_domain(message: &Self::Message) -> Result<Self, Unusable> {
        Ok(Self {
            projection: ProjectionName::recorded(message.projection.as_str()),
            operation: operation(message)?,
            reason: Reason::recorded(message.reason.as_str()),
        })
    }
}

/// Proto3 says nothing by 0.
fn pace(events_per_second: Option<EventsPerSecond>) -> i64 {
    events_per_second.map_or(0, EventsPerSecond::get).cast_signed()
}

fn operation(message: &v1::ProjectionOperated) -> Result<Operation, Unusable> {
    let rebuild_id = || read::uuid("operation_id", &message.operation_id).map(RebuildId);
    let events_per_second = || {
        let number = message.events_per_second.try_into();
        number.map(EventsPerSecond::recorded).map_err(|_| Unusable("events_per_second"))
    };
    let position = || match message.position {
        position @ 1.. => Ok(position.cast_unsigned()),
        ..=0 => Err(Unusable("position")),
    };
    Ok(match Wire::try_from(message.operation).map_err(|_| Unusable("operation"))? {
        Wire::Unspecified => return Err(Unusable("operation")),
        Wire::Pause => Operation::Pause,
        Wire::Resume => Operation::Resume,
        Wire::Rebuild => Operation::Rebuild {
            rebuild_id: rebuild_id()?,
            events_per_second: events_per_second()?,
            promote: word::promotion::to_domain("promote", message.promote)?,
        },
        Wire::Promote => Operation::Promote(rebuild_id()?),
        Wire::Rollback => Operation::Rollback,
        Wire::Verify => Operation::Verify(VerificationId(read::uuid("operation_id", &message.operation_id)?)),
        Wire::Retry => Operation::Retry(position()?),
        Wire::Skip => Operation::Skip(position()?),
        Wire::CancelRebuild => Operation::CancelRebuild(rebuild_id()?),
        Wire::PauseRebuild => Operation::PauseRebuild(rebuild_id()?),
        Wire::ResumeRebuild => {
            Operation::ResumeRebuild { rebuild_id: rebuild_id()?, events_per_second: events_per_second()? }
        }
        Wire::DropBuild => Operation::DropBuild,
    })
}
