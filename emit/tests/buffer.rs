//! The code buffer with a made-up instruction set: references of one byte and of four, measured from the field's end.

use linac_emit::object::Fault;
use linac_emit::*;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Use {
    Near,
    Far,
    /// As near, but with a veneer: an opcode 0xEE and a far reference.
    Lengthened,
}

impl LabelUse for Use {
    fn size(self) -> u32 {
        match self {
            Use::Near | Use::Lengthened => 1,
            Use::Far => 4,
        }
    }
    fn max_forward(self) -> u32 {
        match self {
            Use::Near | Use::Lengthened => 128,
            Use::Far => i32::MAX as u32,
        }
    }
    fn max_backward(self) -> u32 {
        match self {
            Use::Near | Use::Lengthened => 127,
            Use::Far => i32::MAX as u32 - 4,
        }
    }
    fn patch(self, field: &mut [u8], at: u32, target: u32) -> Result<(), OutOfRange> {
        let distance = i64::from(target) - i64::from(at + self.size());
        match self {
            Use::Near | Use::Lengthened => field[0] = i8::try_from(distance).map_err(|_| OutOfRange)? as u8,
            Use::Far => {
                field.copy_from_slice(&i32::try_from(distance).map_err(|_| OutOfRange)?.to_le_bytes())
            }
        }
        Ok(())
    }
    fn veneer(self) -> Option<Veneer<Use>> {
        (self == Use::Lengthened).then_some(Veneer { size: 5, inner: Use::Far, field: 1 })
    }
    fn write_veneer(self, bytes: &mut [u8]) {
        bytes[0] = 0xEE;
    }
}

type Buffer = CodeBuffer<Use>;

fn finish(buffer: Buffer) -> Result<CodeObject, EmitError> {
    buffer.finish(UnitInfo::default())
}

#[test]
fn references_reach_both_ways() {
    let mut buffer = Buffer::new();
    let (back, ahead) = (buffer.bound_label(), buffer.label());
    buffer.put_use(ahead, Use::Near, &[0]);
    buffer.put_use(back, Use::Near, &[0]);
    buffer.put_use(back, Use::Far, &[0; 4]);
    buffer.put_use(ahead, Use::Far, &[0; 4]);
    assert_eq!(buffer.deadline(), 128);
    buffer.bind(ahead);
    let code = finish(buffer).unwrap().code;
    assert_eq!(code, [9, 0xFE, 0xFA, 0xFF, 0xFF, 0xFF, 0, 0, 0, 0]);
}

#[test]
fn reach_is_checked_to_the_byte() {
    for (gap, fits) in [(127, true), (128, false)] {
        let mut buffer = Buffer::new();
        let ahead = buffer.label();
        buffer.put_use(ahead, Use::Near, &[0]);
        buffer.put(&vec![0; gap]);
        buffer.bind(ahead);
        let expected = EmitError::OutOfReach { label: ahead, at: 0, target: 129 };
        assert_eq!(finish(buffer).map(|object| object.code[0]), if fits { Ok(127) } else { Err(expected) });
    }
    for (gap, fits) in [(127, true), (128, false)] {
        let mut buffer = Buffer::new();
        let back = buffer.bound_label();
        buffer.put(&vec![0; gap]);
        buffer.put_use(back, Use::Near, &[0]);
        let expected = EmitError::OutOfReach { label: back, at: 128, target: 0 };
        assert_eq!(
            finish(buffer).map(|object| object.code[gap]),
            if fits { Ok(0x80) } else { Err(expected) }
        );
    }
}

/// Follows a reference of one byte, and the veneer if it leads to one.
fn follow(code: &[u8], at: usize) -> usize {
    let place = (at as i64 + 1 + i64::from(code[at] as i8)) as usize;
    if code[place] != 0xEE {
        return place;
    }
    let far = i32::from_le_bytes(code[place + 1..place + 5].try_into().unwrap());
    (place as i64 + 5 + i64::from(far)) as usize
}

#[test]
fn islands_lengthen_what_would_not_reach() {
    let mut buffer = Buffer::new();
    let (far, near, never) = (buffer.label(), buffer.label(), buffer.label());
    let mut uses = Vec::new();
    let mut write = |buffer: &mut Buffer, label| {
        buffer.island(20, (Use::Far, &[0; 4]));
        uses.push((buffer.offset() as usize, label));
        buffer.put_use(label, Use::Lengthened, &[0]);
    };
    write(&mut buffer, far);
    write(&mut buffer, near);
    for _ in 0..30 {
        buffer.island(20, (Use::Far, &[0; 4]));
        buffer.put1(1);
    }
    buffer.bind(near);
    let before = buffer.offset();
    for _ in 0..300 {
        buffer.island(20, (Use::Far, &[0; 4]));
        buffer.put1(2);
    }
    // One detour of four bytes, one veneer: what is bound needs none.
    assert_eq!(buffer.offset() - before, 309);
    for _ in 0..40 {
        write(&mut buffer, far);
    }
    buffer.bind(far);
    buffer.put1(3);
    let places = [far, near].map(|label| buffer.place(label).unwrap() as usize);
    buffer.bind(never);
    buffer.put1(3);
    let code = finish(buffer).unwrap().code;
    for (at, label) in uses {
        assert_eq!(follow(&code, at), if label == far { places[0] } else { places[1] }, "at {at}");
    }
}

#[test]
fn mistakes_are_named() {
    let mut buffer = Buffer::new();
    let label = buffer.label();
    buffer.put_use(label, Use::Far, &[0; 4]);
    assert_eq!(finish(buffer), Err(EmitError::UnboundLabel(label)));

    let mut buffer = Buffer::new();
    let label = buffer.bound_label();
    buffer.put1(0);
    buffer.bind(label);
    assert_eq!(finish(buffer), Err(EmitError::BoundTwice(label, 1)));

    let mut buffer = Buffer::new();
    buffer.put1(0);
    buffer.return_site(ReturnSiteInfo::default());
    assert_eq!(finish(buffer), Err(EmitError::OutsideFunction(1)));

    let mut buffer = Buffer::new();
    buffer.begin_function("f", 0, 0);
    buffer.put1(0);
    assert_eq!(finish(buffer), Err(EmitError::FunctionNesting(1)));

    let mut buffer = Buffer::new();
    buffer.put1(0);
    buffer.align(4, |buffer, _| buffer.put1(0));
    assert_eq!(finish(buffer), Err(EmitError::BadPadding(1)));

    let mut buffer = Buffer::new();
    buffer.begin_function("f", 0, 0);
    buffer.end_function();
    let Err(EmitError::Invalid(invalid)) = finish(buffer) else { panic!("an empty function is invalid") };
    assert_eq!((invalid.table, invalid.fault), ("function", Fault::BadRange));
}

#[test]
fn constants_are_shared_aligned_and_last() {
    let mut buffer = Buffer::new();
    let one = buffer.constant8(1f64.to_le_bytes());
    let mask = buffer.constant16([0xAA; 16]);
    let two = buffer.constant8(2f64.to_le_bytes());
    assert_eq!(buffer.constant8(1f64.to_le_bytes()), one);
    assert_eq!(buffer.constant16([0xAA; 16]), mask);
    let target = buffer.bound_label();
    let table = buffer.jump_table(vec![target, one, target]);
    for label in [one, mask, two, table] {
        buffer.put_use(label, Use::Far, &[0; 4]);
    }
    let code = finish(buffer).unwrap().code;
    let place =
        |nth: usize| 4 + 4 * nth + u32::from_le_bytes(code[4 * nth..][..4].try_into().unwrap()) as usize;
    assert_eq!([place(0), place(1), place(2), place(3)], [32, 16, 40, 48]);
    assert_eq!(code[16..32], [0xAA; 16]);
    assert_eq!(code[32..40], 1f64.to_le_bytes());
    assert_eq!(code[40..48], 2f64.to_le_bytes());
    assert_eq!(code[48..], [-48i32, -16, -48].map(i32::to_le_bytes).concat());
}

#[test]
fn records_carry_the_offset_they_were_made_at() {
    let mut symbols = SymbolTable::default();
    let literal = symbols.intern(Symbol::Literal(3));
    let cell = symbols.intern(Symbol::LocalFunction(0));
    assert_eq!(symbols.intern(Symbol::Literal(3)), literal);
    assert_eq!(symbols.get(cell), Some(&Symbol::LocalFunction(0)));

    let mut buffer = Buffer::new();
    buffer.put1(0x90);
    assert_eq!(buffer.begin_function("loop", 2, 5), 0);
    buffer.put1(0x90);
    buffer.function_entry();
    let place = Location { file: 0, line: 12 };
    buffer.line(Some(place));
    buffer.frame_mark(0);
    buffer.put1(0x50);
    buffer.frame_mark(1);
    buffer.reloc(RelocKind::PcRel32, cell, -4);
    buffer.put4(0);
    let pad = buffer.label();
    let lists = Mfa { module: "lists".into(), function: "map".into(), arity: 2 };
    let number = buffer.inlined_function(&lists);
    assert_eq!(buffer.inlined_function(&lists), number);
    buffer.return_site(ReturnSiteInfo {
        frame_words: 1,
        term_slots: SlotSet::from_iter([0]),
        landing_pad: Some(pad),
        location: Some(place),
        inlined: vec![InlinedFrame { function: number, location: None, call: 0 }],
        left: false,
        call: 7,
    });
    buffer.put1(0x90);
    buffer.bind(pad);
    buffer.put1(0xC3);
    buffer.value_location(4, 8, 1, ValueLoc::Frame(0));
    buffer.value_location(2, 4, 1, ValueLoc::Register(7));
    buffer.value_location(4, 4, 1, ValueLoc::Register(6));
    buffer.line(None);
    buffer.end_function();
    let unit = UnitInfo { module: "m".into(), symbols, files: vec!["m.erl".into()], ..UnitInfo::default() };
    let object = buffer.finish(unit).unwrap();

    let function = FunctionRecord { name: "loop".into(), arity: 2, index: 5, start: 1, entry: 2, end: 9 };
    assert_eq!(object.functions, [function]);
    assert_eq!(object.relocs, [Reloc { offset: 3, kind: RelocKind::PcRel32, symbol: 1, addend: -4 }]);
    let site = object.return_site(7).unwrap();
    assert_eq!((site.landing_pad, site.function, site.location), (Some(8), 0, Some(place)));
    assert_eq!(
        object.lines,
        [LineRecord { offset: 2, file: 0, line: 12 }, LineRecord { offset: 9, file: 0, line: 0 }]
    );
    assert_eq!(object.frames, [FrameMark { offset: 2, words: 0 }, FrameMark { offset: 3, words: 1 }]);
    assert_eq!(
        object.values.iter().map(|value| (value.start, value.end)).collect::<Vec<_>>(),
        [(2, 4), (4, 8)]
    );
    assert_eq!(CodeObject::from_bytes(&object.to_bytes().unwrap()), Ok(object));
}
