//! Rules kept as data: their versions, writing one, checking and trying it, putting it in force.

pub mod api;
mod forms;
pub mod pages;
mod trial;
mod views;
