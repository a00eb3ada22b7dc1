use chancery_views::{AccessState, Who, access_requests};

use crate::{
    events::{access_approved, access_rejected, access_requested, id, person_forgotten},
    world::{World, person},
};

#[tokio::test(flavor = "multi_thread")]
async fn a_request_shows_who_asks_and_for_what() {
    let world = World::new();
    world.asked("p1", "Stella Stranger", "stella@acme.example", "to sync calendars").await;
    world.happened(access_requested(1, "p1")).await;
    let reader = world.caught_up().await;
    let request = access_requests::access_request(&reader, id(1)).await.unwrap().value.unwrap();
    assert_eq!(
        (request.name.as_str(), request.email.as_deref()),
        ("Stella Stranger", Some("stella@acme.example"))
    );
    assert_eq!(request.purpose.as_deref(), Some("to sync calendars"));
    assert_eq!((request.company.as_str(), request.requester_id.as_str()), ("Company 1", "p1"));
    assert_eq!((request.state, request.stream_version), (AccessState::Pending, 1));
    assert_eq!((request.decided_at, request.decided_by, request.reason), (None, None, None));
    assert_eq!(access_requests::access_request(&reader, id(2)).await.unwrap().value, None);
}

#[tokio::test(flavor = "multi_thread")]
async fn reviewers_list_requests_by_state_oldest_first() {
    let world = World::new();
    // Ids against the order of time.
    for request in [9, 8, 7, 6] {
        world.happened(access_requested(request, "p1")).await;
    }
    world.happened(access_approved(8, 1, 900)).await;
    world.happened(access_rejected(6, "no")).await;
    let reader = world.caught_up().await;
    let page = async |state, after, limit| {
        let page = access_requests::list(&reader, state, after, limit).await.unwrap().value;
        (page.items.iter().map(|request| request.request_id).collect::<Vec<_>>(), page.next)
    };
    let (first, next) = page(Some(AccessState::Pending), None, 1).await;
    let second = page(Some(AccessState::Pending), next, 1).await;
    assert_eq!((first, second), (vec![id(9)], (vec![id(7)], None)));
    assert_eq!(page(Some(AccessState::Approved), None, 10).await, (vec![id(8)], None));
    assert_eq!(page(Some(AccessState::Rejected), None, 10).await, (vec![id(6)], None));
    let (first, next) = page(None, None, 3).await;
    assert_eq!(first, [id(9), id(8), id(7)]);
    assert_eq!(page(None, next, 3).await, (vec![id(6)], None));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_decision_shows_who_decided_why_and_what_came_of_it() {
    let world = World::new();
    world.named("rev", "Rhea Viewer").await;
    world.happened(access_requested(1, "p1")).await;
    world.happened(access_requested(2, "p2")).await;
    world.done_by(person("rev"), [access_approved(1, 5, 900)]).await;
    world.done_by(person("rev"), [access_rejected(2, "no address")]).await;
    let reader = world.caught_up().await;
    let one =
        async |request| access_requests::access_request(&reader, id(request)).await.unwrap().value.unwrap();
    let (approved, rejected) = (one(1).await, one(2).await);
    assert_eq!((approved.state, approved.stream_version), (AccessState::Approved, 2));
    assert_eq!(
        (approved.organization_id, approved.tenant_id, approved.reason),
        (Some(id(5)), Some(900), None)
    );
    assert_eq!(approved.decided_by, Some(Who { id: "rev".into(), name: Some("Rhea Viewer".into()) }));
    assert!(approved.decided_at.unwrap() >= approved.requested_at);
    assert_eq!((rejected.state, rejected.reason.as_deref()), (AccessState::Rejected, Some("no address")));
    assert_eq!((rejected.organization_id, rejected.tenant_id), (None, None));
}

#[tokio::test(flavor = "multi_thread")]
async fn of_a_forgotten_person_only_the_company_is_left() {
    let world = World::new();
    world.asked("p1", "Stella Stranger", "stella@acme.example", "to sync calendars").await;
    world.happened(access_requested(1, "p1")).await;
    world.caught_up().await;
    let before = world.live(&access_requests::AccessRequests).await;
    world.forgotten("p1").await;
    world.happened(person_forgotten("p1")).await;
    let reader = world.caught_up().await;
    let request = access_requests::access_request(&reader, id(1)).await.unwrap().value.unwrap();
    assert_eq!((request.name.as_str(), request.email, request.purpose), ("forgotten", None, None));
    assert_eq!((request.company.as_str(), request.requester_id.as_str()), ("Company 1", "p1"));
    assert_eq!(world.live(&access_requests::AccessRequests).await, before, "nothing of it was ever here");
    assert!(!before["access_request"][0].contains("ella"));
}
