//! What a view says of itself that is that of apps, but for its version and what becomes of a batch.

/// All of `impl View` but `apply`.
macro_rules! like_apps {
    ($version:expr) => {
        fn name(&self) -> &'static str {
            Apps.name()
        }

        fn version(&self) -> u32 {
            $version
        }

        fn schema(&self) -> &'static str {
            Apps.schema()
        }

        fn wants(&self) -> chancery_views::Wants {
            Apps.wants()
        }

        fn keyed_by(&self) -> chancery_views::KeyedBy {
            Apps.keyed_by()
        }

        fn shards(&self) -> u32 {
            Apps.shards()
        }
    };
}
pub(crate) use like_apps;
