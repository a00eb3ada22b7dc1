//! What operators have done to projections.

use chancery_wire::v1::{ProjectionOperated, ProjectionOperation as Operation};

use super::{Naming, Sentence};

impl Sentence for ProjectionOperated {
    fn sentence(&self, _: &dyn Naming) -> String {
        let Self { projection, operation_id: id, position, .. } = self;
        match self.operation() {
            Operation::Unspecified => format!("operated the projection {projection}"),
            Operation::Pause => format!("paused the projection {projection}"),
            Operation::Resume => format!("resumed the projection {projection}"),
            Operation::Rebuild => format!("asked for the rebuild {id} of the projection {projection}"),
            Operation::Promote => format!("promoted a build of the projection {projection}"),
            Operation::Rollback => format!("rolled the projection {projection} back to its former build"),
            Operation::Verify => format!("had the projection {projection} verified against the log"),
            Operation::Retry => format!("had event {position} applied to the projection {projection} again"),
            Operation::Skip => format!("left event {position} out of the projection {projection}"),
            Operation::CancelRebuild => format!("cancelled the rebuild {id} of the projection {projection}"),
            Operation::PauseRebuild => format!("paused the rebuild {id} of the projection {projection}"),
            Operation::ResumeRebuild => format!("resumed the rebuild {id} of the projection {projection}"),
            Operation::DropBuild => format!("dropped the former build of the projection {projection}"),
        }
    }
}
