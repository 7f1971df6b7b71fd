//! Figures, each beside its reference, with the verdict on its goal.

use std::fmt::Write;
use std::time::Duration;

/// A quantity as people read it.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Quantity {
    /// Time.
    Seconds(f64),
    /// Memory, disk or traffic.
    Bytes(f64),
    /// Things.
    Count(f64),
}

impl Quantity {
    /// A time.
    pub fn time(duration: Duration) -> Self {
        Self::Seconds(duration.as_secs_f64())
    }

    fn value(self) -> f64 {
        match self {
            Self::Seconds(value) | Self::Bytes(value) | Self::Count(value) => value,
        }
    }
}

impl std::fmt::Display for Quantity {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let text = match *self {
            Self::Seconds(s) if s < 0.001 => format!("{:.1} µs", s * 1e6),
            Self::Seconds(s) if s < 1.0 => format!("{:.2} ms", s * 1e3),
            Self::Seconds(s) => format!("{s:.2} s"),
            Self::Bytes(b) if b < 10_000.0 => format!("{b:.0} B"),
            Self::Bytes(b) if b < 1e6 => format!("{:.1} kB", b / 1e3),
            Self::Bytes(b) => format!("{:.1} MB", b / 1e6),
            Self::Count(count) if count.fract() == 0.0 => format!("{count:.0}"),
            Self::Count(count) => format!("{count:.2}"),
        };
        f.pad(&text)
    }
}

struct Line {
    what: String,
    ours: Quantity,
    reference: Option<(&'static str, Quantity)>,
    /// Highest ratio, or without a reference the highest value, that is good enough.
    goal: Option<f64>,
}

/// Figures under headings, printed as they come.
#[derive(Default)]
pub struct Table {
    missed: Vec<String>,
}

impl Table {
    /// Begins a group of figures.
    pub fn section(&mut self, name: &str) {
        println!("\n{name}");
        println!("{:46} {:>11} {:>24} {:>7} {:>7}", "", "ours", "reference", "ratio", "goal");
    }

    /// A figure beside a reference, of which it may be `goal` times as much.
    pub fn ratio(
        &mut self,
        what: impl Into<String>,
        ours: Quantity,
        reference: (&'static str, Quantity),
        goal: Option<f64>,
    ) {
        self.print(&Line { what: what.into(), ours, reference: Some(reference), goal });
    }

    /// A figure that has no reference; it may be `goal` at most.
    pub fn alone(&mut self, what: impl Into<String>, ours: Quantity, goal: Option<f64>) {
        self.print(&Line { what: what.into(), ours, reference: None, goal });
    }

    fn print(&mut self, line: &Line) {
        let mut text = format!("{:46} {:>11}", line.what, line.ours);
        let measured = match line.reference {
            Some((name, reference)) => {
                let ratio = line.ours.value() / reference.value();
                let named = format!("{name} {reference}");
                let _ = write!(text, " {named:>24} {ratio:>7.2}");
                ratio
            }
            None => {
                let _ = write!(text, " {:>24} {:>7}", "", "");
                line.ours.value()
            }
        };
        if let Some(goal) = line.goal {
            let met = measured <= goal;
            let _ = write!(text, " {goal:>7} {}", if met { "pass" } else { "MISS" });
            if !met {
                self.missed.push(line.what.clone());
            }
        }
        println!("{text}");
    }

    /// The figures that missed their goals.
    pub fn missed(&self) -> &[String] {
        &self.missed
    }
}
