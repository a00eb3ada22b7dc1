//! Whom an app is for, and where it stands with the reviewers (rules 10 and 12). One value, because the one
//! means nothing without the other: a private app is in no queue, and remembers an approval.

use crate::{Reason, Stamp, Visibility};

/// Whom the app is for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Audience {
    /// One customer. Nobody reviews the app meanwhile.
    Private {
        /// Where the review will stand once the app is public: an approval holds again.
        once_public: Review,
    },
    /// Everybody, as far as the review goes.
    Public(Review),
}

/// Where a public app stands with the reviewers.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Review {
    NotRequired,
    Pending,
    Approved(Verdict),
    Rejected(Verdict),
}

/// What a reviewer said.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Verdict {
    pub reason: Reason,
    pub decided: Stamp,
}

impl Audience {
    pub const fn visibility(&self) -> Visibility {
        match self {
            Self::Private { .. } => Visibility::Private,
            Self::Public(_) => Visibility::Public,
        }
    }

    /// What is asked of the reviewers now: of a private app nothing.
    pub const fn review(&self) -> &Review {
        match self {
            Self::Private { .. } => &Review::NotRequired,
            Self::Public(review) => review,
        }
    }

    /// Whether tenants may see the app, as far as the review goes.
    pub const fn lets_tenants_see(&self) -> bool {
        matches!(self.review(), Review::NotRequired | Review::Approved(_))
    }

    pub(super) const fn was_approved(&self) -> bool {
        matches!(self, Self::Private { once_public: Review::Approved(_) } | Self::Public(Review::Approved(_)))
    }

    pub(super) const fn created(visibility: Visibility, review_required: bool) -> Self {
        match (visibility, review_required) {
            (Visibility::Private, _) => Self::Private { once_public: Review::NotRequired },
            (Visibility::Public, true) => Self::Public(Review::Pending),
            (Visibility::Public, false) => Self::Public(Review::NotRequired),
        }
    }

    /// From now on the app is for these. What was not approved is forgotten with the queue that it leaves.
    pub(super) fn open_to(&mut self, visibility: Visibility) {
        *self = match (&*self, visibility) {
            (Self::Public(review @ Review::Approved(_)), Visibility::Private) => {
                Self::Private { once_public: review.clone() }
            }
            (Self::Public(_), Visibility::Private) => Self::Private { once_public: Review::NotRequired },
            (Self::Private { once_public }, Visibility::Public) => Self::Public(once_public.clone()),
            (Self::Private { .. }, Visibility::Private) | (Self::Public(_), Visibility::Public) => return,
        };
    }

    /// The app is in the reviewers' queue, a private one once it is public; an approval is never asked for again.
    pub(super) fn await_review(&mut self) {
        let (Self::Public(review) | Self::Private { once_public: review }) = self;
        if !matches!(review, Review::Approved(_)) {
            *review = Review::Pending;
        }
    }

    pub(super) fn approve(&mut self, verdict: Verdict) {
        let (Self::Public(review) | Self::Private { once_public: review }) = self;
        *review = Review::Approved(verdict);
    }

    pub(super) fn reject(&mut self, verdict: Verdict) {
        if let Self::Public(review) = self {
            *review = Review::Rejected(verdict);
        }
    }
}
