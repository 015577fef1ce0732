//! The measured rows: shown, kept as JSON, compared with those of an earlier run.
//!
//! Times of two runs cannot be compared where other work shares the machine, but the reference VM ran beside linac both
//! times: what is compared is the ratio of the two. A program counts as slower when its ratio fell by more than a tenth and by
//! more than twice the spread that the rounds of either run show.

use serde_json::{Map, Value, json};

/// One program: least times in milliseconds.
#[derive(Clone, Debug, PartialEq)]
pub struct Row {
    /// The program's module.
    pub name: String,
    /// On the reference VM.
    pub erl: f64,
    /// On linac, everything optimized.
    pub o2: f64,
    /// On linac as users run it.
    pub tiered: f64,
    /// How far the ratios of single rounds lie apart, as a part of the ratio.
    pub spread: f64,
}

impl Row {
    /// How many times as fast as the reference VM the optimized program is.
    pub fn ratio(&self) -> f64 {
        self.erl / self.o2
    }
}

/// Geometric mean of the ratios; 1 of none.
pub fn geomean(rows: &[Row]) -> f64 {
    let sum: f64 = rows.iter().map(|r| r.ratio().ln()).sum();
    (sum / rows.len().max(1) as f64).exp()
}

/// The rows as JSON: name to times.
pub fn to_json(rows: &[Row]) -> Value {
    let row = |r: &Row| json!({"erl_ms": r.erl, "o2_ms": r.o2, "tiered_ms": r.tiered, "spread": r.spread});
    Value::Object(rows.iter().map(|r| (r.name.clone(), row(r))).collect::<Map<_, _>>())
}

/// Rows from the JSON that [`to_json`] made; none if it is something else.
pub fn from_json(value: &Value) -> Option<Vec<Row>> {
    let number = |row: &Value, key: &str| row.get(key)?.as_f64().filter(|n| n.is_finite() && *n >= 0.0);
    let rows = value.as_object()?.iter().map(|(name, row)| {
        Some(Row {
            name: name.clone(),
            erl: number(row, "erl_ms")?,
            o2: number(row, "o2_ms")?,
            tiered: number(row, "tiered_ms")?,
            spread: number(row, "spread")?,
        })
    });
    rows.collect()
}

/// A program that became slower: its name, and the ratio to the reference VM before and now.
pub type Slower = (String, f64, f64);

/// The programs that are slower than in the earlier run.
pub fn slower(before: &[Row], now: &[Row]) -> Vec<Slower> {
    let pairs = now.iter().filter_map(|new| Some((before.iter().find(|old| old.name == new.name)?, new)));
    pairs
        .filter(|(old, new)| {
            let noise = (2.0 * old.spread.max(new.spread)).max(0.1);
            new.ratio() < old.ratio() * (1.0 - noise)
        })
        .map(|(old, new)| (new.name.clone(), old.ratio(), new.ratio()))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn row(name: &str, erl: f64, o2: f64, spread: f64) -> Row {
        Row { name: name.into(), erl, o2, tiered: o2, spread }
    }

    #[test]
    fn json_gives_the_rows_back() {
        let rows = vec![row("a", 10.0, 5.0, 0.01), row("b", 1.5, 3.0, 0.2)];
        assert_eq!(from_json(&to_json(&rows)), Some(rows));
        assert_eq!(from_json(&json!({"a": {"erl_ms": "fast"}})), None);
    }

    #[test]
    fn the_mean_is_geometric() {
        let mean = geomean(&[row("a", 8.0, 1.0, 0.0), row("b", 1.0, 2.0, 0.0)]);
        assert!((mean - 2.0).abs() < 1e-9, "{mean}");
    }

    #[test]
    fn noise_is_not_a_regression() {
        let before = [row("a", 10.0, 5.0, 0.01), row("b", 10.0, 5.0, 0.3), row("c", 10.0, 5.0, 0.01)];
        // The machine is half as fast: same ratios. Then b is within its spread and c is not.
        let now = [row("a", 20.0, 10.5, 0.01), row("b", 10.0, 8.0, 0.3), row("c", 10.0, 8.0, 0.01)];
        assert_eq!(slower(&before, &now), [("c".to_string(), 2.0, 1.25)]);
    }
}
