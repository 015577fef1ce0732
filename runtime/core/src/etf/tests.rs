use super::*;
use crate::compare::eq_exact;
use crate::term::View;
use crate::{Build, FragList, Term, map};
use alloc::vec::Vec;
use proptest::prelude::*;

fn bytes_of(t: Term) -> Vec<u8> {
    let mut out = Vec::new();
    encode(t, &mut out, &NoLinks).unwrap();
    out
}

fn sample() -> (FragList, Term) {
    let mut h = FragList::new();
    let atom = Term::atom(Atom::new("sample").unwrap());
    let big = h.big(true, &[5; 50]);
    let float = h.float(1.25);
    let bits = h.bitstring(&[1, 0x80], 9).unwrap();
    let bin = h.binary(&[9; 300]).unwrap();
    let string = h.byte_list(&[1; 70_000]);
    let list = h.list_with_tail(&[atom, big], float);
    let flat = map::from_pairs(&mut h, [(atom, bits), (bits, bin)].into_iter());
    let hash = map::from_pairs(&mut h, (0..50).map(|i| (Term::small(i), atom)));
    let reference = h.reference([1, 2, 3]);
    let all =
        [Term::small(-70000), list, flat, hash, string, reference, Term::pid(7), Term::port(8), Term::NIL];
    let t = h.tuple(&all);
    (h, t)
}

#[test]
fn what_is_encoded_decodes() {
    let (_h, t) = sample();
    let bytes = bytes_of(t);
    let (_frags, back, used) = decode(&bytes, &mut NoLinks).unwrap();
    assert_eq!(used, bytes.len());
    assert!(eq_exact(t, back));
}

#[test]
fn old_forms_are_read() {
    let read = |bytes: &[u8]| {
        let (frags, t, _) = decode(bytes, &mut NoLinks).unwrap();
        (frags, t)
    };
    let (_f, t) = read(&[131, 100, 0, 2, b'h', 0xE9]);
    assert_eq!(t.as_atom().unwrap().text(), "hé");
    let (_f, t) = read(b"\x83c1.50000000000000000000e+00\0\0\0\0\0");
    assert_eq!(t.as_float(), Some(1.5));
    let (_f, t) = read(&[131, 108, 0, 0, 0, 0, 97, 5]);
    assert_eq!(t, Term::small(5), "a list of no elements is its tail");
    let (_f, t) = read(&[131, 110, 3, 0, 1, 0, 0]);
    assert_eq!(t, Term::small(1), "an integer too long for its value");
    // {a, a list of zeros} compressed by zlib.
    let plain = bytes_of(t)[1..].to_vec();
    let mut packed = std::vec![131, 80, 0, 0, 0, plain.len() as u8];
    packed.extend(miniz_oxide::deflate::compress_to_vec_zlib(&plain, 6));
    packed.push(99);
    let (_f, t, used) = decode(&packed, &mut NoLinks).unwrap();
    assert_eq!((t, used), (Term::small(1), packed.len() - 1));
    packed[5] += 1;
    assert_eq!(decode(&packed, &mut NoLinks).unwrap_err().kind, Kind::Compressed);
}

#[test]
fn errors_are_named() {
    let kind = |bytes: &[u8]| decode(bytes, &mut NoLinks).map(|d| d.1).unwrap_err();
    let table: &[(&[u8], Kind, usize)] = &[
        (&[], Kind::Truncated, 0),
        (&[130], Kind::Version(130), 0),
        (&[131], Kind::Truncated, 1),
        (&[131, 1], Kind::Tag(1), 1),
        (&[131, 105, 255, 255, 255, 255], Kind::Truncated, 6),
        (&[131, 108, 255, 255, 255, 255, 97], Kind::Truncated, 6),
        (&[131, 109, 255, 255, 255, 255], Kind::Truncated, 6),
        (&[131, 116, 0, 0, 0, 2, 97, 1, 97, 1, 97, 1, 97, 2], Kind::DuplicateKey, 14),
        (&[131, 119, 1, 255], Kind::Atom, 1),
        (&[131, 70, 0x7F, 0xF0, 0, 0, 0, 0, 0, 0], Kind::Float, 10),
        (&[131, 77, 0, 0, 0, 1, 9, 0], Kind::Bits, 8),
        (&[131, 104, 1, 112], Kind::Truncated, 4),
        (&[131, 80, 0, 16, 0, 0, 1], Kind::Compressed, 6),
    ];
    for &(bytes, k, offset) in table {
        assert_eq!(kind(bytes), EtfError { kind: k, offset }, "{bytes:?}");
    }
    // Containers that each claim all bytes that are left: the second one is too much.
    let mut nested = std::vec![131];
    for i in 0..1000u32 {
        nested.push(105);
        nested.extend((100_000 - 5 * i).to_be_bytes());
    }
    nested.resize(100_000 + 6, 106);
    assert_eq!(kind(&nested), EtfError { kind: Kind::Truncated, offset: 11 });
    let mut no_new = Vec::from([131, 119, 13]);
    no_new.extend(b"nobody_has_it");
    struct Safe;
    impl Links for Safe {
        fn new_atoms(&self) -> bool {
            false
        }
    }
    assert_eq!(decode(&no_new, &mut Safe).unwrap_err().kind, Kind::NoAtom);
}

#[test]
fn a_million_levels() {
    let mut h = FragList::new();
    let deep = (0..1_000_000).fold(Term::NIL, |t, _| h.tuple(&[t, Term::NIL]));
    let left = (0..1_000_000).fold(Term::NIL, |t, _| h.cons(t, Term::NIL));
    for t in [deep, left] {
        let (_frags, back, _) = decode(&bytes_of(t), &mut NoLinks).unwrap();
        assert!(eq_exact(t, back));
    }
    // Maps in maps: each as the other's value.
    let mut bytes = std::vec![131];
    for _ in 0..1_000_000 {
        bytes.extend([116, 0, 0, 0, 1, 106]);
    }
    bytes.push(106);
    let (_frags, t, _) = decode(&bytes, &mut NoLinks).unwrap();
    assert_eq!(bytes_of(t), bytes);
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2000))]
    #[test]
    fn broken_input_is_an_error_or_a_term(at in any::<prop::sample::Index>(), byte: u8, cut in any::<prop::sample::Index>()) {
        let (_h, t) = small_sample();
        let mut bytes = bytes_of(t);
        bytes.truncate(cut.index(bytes.len() + 1));
        if !bytes.is_empty() {
            let at = at.index(bytes.len());
            bytes[at] = byte;
        }
        if let Ok((_frags, t, used)) = decode(&bytes, &mut NoLinks) {
            prop_assert!(used <= bytes.len());
            bytes_of(t);
        }
    }

    #[test]
    fn random_bytes_never_panic(bytes in prop::collection::vec(any::<u8>(), 0..100)) {
        let mut bytes = bytes;
        bytes.insert(0, VERSION);
        let _ = decode(&bytes, &mut NoLinks);
    }
}

fn small_sample() -> (FragList, Term) {
    let mut h = FragList::new();
    let atom = Term::atom(Atom::new("s").unwrap());
    let big = h.big(true, &[5, 5]);
    let float = h.float(1.25);
    let bin = h.binary(&[9; 70]).unwrap();
    let list = h.list_with_tail(&[atom, big], float);
    let flat = map::from_pairs(&mut h, [(atom, bin), (bin, list)].into_iter());
    let hash = map::from_pairs(&mut h, (0..33).map(|i| (Term::small(i), Term::NIL)));
    let t = h.tuple(&[list, flat, hash]);
    assert!(matches!(t.view(), View::Tuple(_)));
    (h, t)
}
