//! Terms, heaps, collector, processes, schedulers, code loading.
