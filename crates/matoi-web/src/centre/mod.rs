//! 体制: the way to everything by which the centre is run, and what stands out there now.

pub mod pages;
