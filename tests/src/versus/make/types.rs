//! What expressions are made to be, and literals of each kind.

use super::super::random::Random;

/// The type that an expression should have. Now and then it has another.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Ty {
    Int,
    /// Integers that may be sizes and counts.
    Small,
    Float,
    Bool,
    Atom,
    List,
    /// Lists of integers.
    Ints,
    Tuple,
    /// The record `r`.
    Rec,
    Map,
    Bin,
    Bits,
    Fun,
    Any,
}

use Ty::*;

/// All but `Any`.
pub(super) const CONCRETE: [Ty; 13] =
    [Int, Small, Float, Bool, Atom, List, Ints, Tuple, Rec, Map, Bin, Bits, Fun];

impl Ty {
    /// Values of the other type are good for this one.
    pub(super) fn takes(self, other: Ty) -> bool {
        self == other
            || matches!(
                (self, other),
                (Any, _) | (Int, Small) | (Atom, Bool) | (List, Ints) | (Tuple, Rec) | (Bits, Bin)
            )
    }
}

/// Where integers change their form: in the reference system, here, in the machine, in patterns.
const BITS: [u32; 26] =
    [0, 1, 3, 7, 8, 15, 16, 24, 27, 28, 31, 32, 33, 47, 52, 53, 58, 59, 60, 61, 62, 63, 64, 65, 96, 126];

/// An integer at or next to an edge, or a small one.
pub(super) fn integer(r: &mut Random) -> String {
    if r.percent(40) {
        return r.range(-3, 40).to_string();
    }
    if r.percent(8) {
        let bits = r.pick(&[100, 192, 255, 256, 300, 1000]);
        return format!("{}((1 bsl {bits}) {:+})", r.pick(&["", "-"]), r.range(-1, 1));
    }
    let value = (1i128 << r.pick(&BITS)) + i128::from(r.range(-2, 2));
    if r.percent(40) { format!("{}", -value) } else { value.to_string() }
}

const FLOATS: [&str; 28] = [
    "0.0",
    "-0.0",
    "1.0",
    "-1.0",
    "0.5",
    "1.5",
    "2.5",
    "-2.5",
    "0.1",
    "3.0",
    "255.0",
    "1.0e10",
    "134217728.0",
    "576460752303423488.0",
    "1152921504606846976.0",
    "9007199254740991.0",
    "9007199254740992.0",
    "9007199254740993.0",
    "9223372036854775808.0",
    "-9223372036854775808.0",
    "18446744073709551616.0",
    "1.0e22",
    "1.0e23",
    "1.0e300",
    "1.7976931348623157e308",
    "5.0e-324",
    "2.2250738585072014e-308",
    "0.9999999999999999",
];

/// Atoms in programs.
pub(super) const ATOMS: [&str; 14] =
    ["a", "b", "c", "ok", "error", "true", "false", "undefined", "r", "[]", "''", "'A b'", "size", "self"];

/// A literal of a type; it may be a function where no literal exists.
pub(super) fn literal(r: &mut Random, ty: Ty) -> String {
    let one = |r: &mut Random, of: &[&str]| r.pick(of).to_string();
    match ty {
        Int => integer(r),
        Small => {
            let (least, most) = (r.pick(&[0, 0, 0, -2]), r.pick(&[9, 9, 9, 65]));
            r.range(least, most).to_string()
        }
        Float => r.pick(&FLOATS).to_string(),
        Bool => one(r, &["true", "false"]),
        Atom => r.pick(&ATOMS).to_string(),
        List => match r.below(9) {
            0 => "[]".into(),
            1 => "[a | b]".into(),
            2 => "[{a, 1}, {b, 2.0}, {1, x}]".into(),
            3 => "[[], [1], [[2]]]".into(),
            4 => "[1, 1.0, a, {}, [], <<>>]".into(),
            5 => format!("[{}, {}]", integer(r), integer(r)),
            6 => format!("[{}]", r.pick(&FLOATS)),
            _ => format!("[{}, {}, {}]", integer(r), r.pick(&ATOMS), r.pick(&FLOATS)),
        },
        Ints => match r.below(5) {
            0 => "[]".into(),
            1 => "\"abc\"".into(),
            2 => "[955, 8364, 128512]".into(),
            3 => format!("[{}, {}]", r.range(0, 255), r.range(0, 255)),
            _ => format!("[{}, {}, {}]", integer(r), integer(r), integer(r)),
        },
        Tuple => match r.below(6) {
            0 => "{}".into(),
            1 => format!("{{ok, {}}}", integer(r)),
            2 => format!("{{{}, {}, {}}}", integer(r), r.pick(&FLOATS), r.pick(&ATOMS)),
            3 => "{{1}, [2], #{3 => 4}}".into(),
            4 => format!("{{{}}}", r.pick(&ATOMS)),
            _ => format!("{{r, {}, a, []}}", integer(r)),
        },
        Rec => format!("{{r, {}, {}, [{}]}}", integer(r), r.pick(&ATOMS), integer(r)),
        Map => match r.below(6) {
            0 => "#{}".into(),
            1 => format!("#{{a => {}}}", integer(r)),
            2 => "#{1 => a, 1.0 => b, [] => c}".into(),
            3 => format!("#{{a => {}, b => {}, c => x}}", integer(r), r.pick(&FLOATS)),
            4 => format!("#{{{} => {}}}", integer(r), r.pick(&ATOMS)),
            _ => {
                let pairs: Vec<String> = (0..r.range(31, 34)).map(|n| format!("{n} => {}", n * n)).collect();
                format!("#{{{}}}", pairs.join(", "))
            }
        },
        Bin => match r.below(7) {
            0 => "<<>>".into(),
            1 => "<<\"abc\">>".into(),
            2 => "<<0, 255, 128, 1>>".into(),
            3 => "<<\"é€\u{1F600}\"/utf8>>".into(),
            4 => "<<(-1):560>>".into(),
            5 => format!("<<{}:64, {}>>", integer(r), r.range(0, 255)),
            _ => format!("<<{}, {}, {}>>", r.range(0, 255), r.range(0, 3), r.range(0, 255)),
        },
        Bits => match r.below(5) {
            0 => "<<5:3>>".into(),
            1 => "<<1:1>>".into(),
            2 => "<<255, 3:2>>".into(),
            3 => format!("<<{}:{}>>", integer(r), r.range(0, 80)),
            _ => "<<\"abc\", 0:7>>".into(),
        },
        Fun => {
            one(r, &["fun erlang:abs/1", "fun(X_) -> X_ end", "fun erlang:'+'/2", "fun(X_) -> X_ + 1 end"])
        }
        Any => {
            let ty = r.pick(&CONCRETE);
            literal(r, ty)
        }
    }
}
