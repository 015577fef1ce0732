//! Lists per number, in two flat arrays.

/// For each key below `len`, the values of the pairs with that key, in the order of the pairs.
pub(crate) struct Csr<T> {
    /// Start of each key's values, and the number of values.
    starts: Vec<u32>,
    items: Vec<T>,
}

impl<T: Copy + Default> Csr<T> {
    /// Groups pairs by key.
    pub fn new(len: usize, pairs: &[(u32, T)]) -> Csr<T> {
        let mut starts = vec![0u32; len + 2];
        for &(key, _) in pairs {
            starts[key as usize + 2] += 1;
        }
        for i in 2..starts.len() {
            starts[i] += starts[i - 1];
        }
        // `starts[k + 1]` is the cursor of key `k` and ends as the start of `k + 1`.
        let mut items = vec![T::default(); pairs.len()];
        for &(key, value) in pairs {
            let cursor = &mut starts[key as usize + 1];
            items[*cursor as usize] = value;
            *cursor += 1;
        }
        starts.pop();
        Csr { starts, items }
    }

    /// The values of a key.
    pub fn get(&self, key: usize) -> &[T] {
        &self.items[self.starts[key] as usize..self.starts[key + 1] as usize]
    }
}

#[cfg(test)]
mod tests {
    use super::Csr;

    #[test]
    fn groups_keep_their_order() {
        let csr = Csr::new(4, &[(2, 'a'), (0, 'b'), (2, 'c'), (3, 'd'), (2, 'e')]);
        assert_eq!(csr.get(0), ['b']);
        assert_eq!(csr.get(1), []);
        assert_eq!(csr.get(2), ['a', 'c', 'e']);
        assert_eq!(csr.get(3), ['d']);
    }
}
