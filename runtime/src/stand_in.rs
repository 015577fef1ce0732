//! The external term format, until the data core has it.
pub mod etf {
    use linac_core::{Atom, FragList, Term};
    pub trait Links {
        fn export_cell(&mut self, _: Atom, _: Atom, _: u8) -> Option<usize> { None }
        fn new_atoms(&self) -> bool { true }
    }
    #[derive(Debug)]
    pub struct EtfError;
    impl std::fmt::Display for EtfError { fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result { f.write_str("unsupported: external terms") } }
    pub fn encode(_: Term, _: &mut Vec<u8>, _: &dyn Links) -> Result<(), EtfError> { Err(EtfError) }
    pub fn decode(_: &[u8], _: &mut dyn Links) -> Result<(FragList, Term, usize), EtfError> { Err(EtfError) }
}
