//! The templates of this room.
