//! The figures as a table and as one JSON object.

use comfy_table::{Table, presets::UTF8_HORIZONTAL_ONLY};
use indicatif::{ProgressBar, ProgressStyle};
use serde_json::json;

use crate::measure::Run;

/// One bench's cases, with a progress bar while it runs.
#[derive(Debug)]
pub struct Report {
    bench: &'static str,
    pub cases: Vec<Case>,
    progress: ProgressBar,
}

/// A case: its runs, and the runs of what limits it.
#[derive(Debug)]
pub struct Case {
    name: String,
    limited_by: &'static str,
    pub runs: Vec<Run>,
    pub limits: Vec<Run>,
}

impl Case {
    pub fn new(name: String, limited_by: &'static str) -> Self {
        Self { name, limited_by, runs: Vec::new(), limits: Vec::new() }
    }

    /// Whether it is one of those that were asked for.
    pub fn is(&self, only: &str) -> bool {
        self.name.contains(only)
    }
}

impl Report {
    pub fn new(bench: &'static str, steps: usize) -> Self {
        let progress = ProgressBar::new(steps as u64).with_message(bench);
        if let Ok(style) = ProgressStyle::with_template("{msg} {wide_bar} {pos}/{len} runs, {eta} left") {
            progress.set_style(style);
        }
        progress.tick();
        Self { bench, cases: Vec::new(), progress }
    }

    pub fn step(&self) {
        self.progress.inc(1);
    }

    pub fn print(&self, with_json: bool) {
        self.progress.finish_and_clear();
        let mut table = Table::new();
        table.load_style(UTF8_HORIZONTAL_ONLY);
        table.set_header(["case", "rate/s", "min–max", "p50 µs", "p99 µs", "limit/s", "ratio", "limited by"]);
        let mut rows = Vec::new();
        for case in &self.cases {
            let (rate, limit) = (median(&case.runs), median(&case.limits));
            let ratio = limit.map(|limit| rate.unwrap_or(0.0) / limit);
            let (least, most) = range(&case.runs);
            let [p50, p99] = [0.5, 0.99].map(|q| {
                let mut values: Vec<u64> = case.runs.iter().map(|run| run.quantile(q)).collect();
                values.sort_unstable();
                values.get(values.len() / 2).copied().unwrap_or(0)
            });
            table.add_row([
                case.name.clone(),
                format!("{:.0}", rate.unwrap_or(0.0)),
                format!("{least:.0}–{most:.0}"),
                p50.to_string(),
                p99.to_string(),
                limit.map_or_else(String::new, |limit| format!("{limit:.0}")),
                ratio.map_or_else(String::new, |ratio| format!("{:.0}%", ratio * 100.0)),
                case.limited_by.to_owned(),
            ]);
            rows.push(json!({
                "case": case.name, "rate": rate, "limit": limit, "ratio": ratio, "p50_us": p50, "p99_us": p99,
                "min": least, "max": most,
            }));
        }
        println!("{table}");
        if with_json {
            println!("{}", json!({"bench": self.bench, "rows": rows}));
        }
    }
}

fn median(runs: &[Run]) -> Option<f64> {
    let mut rates: Vec<f64> = runs.iter().map(Run::rate).collect();
    rates.sort_by(f64::total_cmp);
    rates.get(rates.len() / 2).copied()
}

fn range(runs: &[Run]) -> (f64, f64) {
    let rates = runs.iter().map(Run::rate);
    (rates.clone().fold(f64::INFINITY, f64::min), rates.fold(0.0, f64::max))
}
